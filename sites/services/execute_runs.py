"""Carry out runs that wait. A worker may die at any moment: its runs are taken up again by the next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from activity.models import Run, RunNote
from activity.services import RunReporter
from activity.services.runs import COUNTERS, account_for_rest
from ecomsync.common.actor import acting
from ecomsync.common.conf import conf
from ecomsync.common.errors import ConfigurationError, EcomsyncError, RetryableError
from ecomsync.common.logs import new_trace
from sites.models import Site
from sites.runs import ACTIONS, load, request_run
from sites.services.renew import renew_or_note

logger = logging.getLogger(__name__)

MAX_RESTARTS = 3
RESTARTS = "restarts"


def stale_after() -> timedelta:
    """Silence after which a worker counts as dead: a lease and a half, of which it signs thrice."""
    return timedelta(seconds=settings.LEASE_SECONDS * 1.5)


def claim_runs(*, limit: int) -> list[Run]:
    """Take waiting runs, the oldest first, and those whose worker fell silent. One per site and action at a time."""
    taken: list[Run] = []
    for pk, site_code in _candidates():
        if len(taken) >= limit:
            break
        run = _claim(pk, site_code)
        if run is not None:
            taken.append(run)
    return taken


def _candidates() -> list[tuple[int, str]]:
    silent = timezone.now() - stale_after()
    rows = Run.objects.filter(action__in=list(ACTIONS), state__in=(Run.State.QUEUED, Run.State.RUNNING))
    rows = rows.exclude(state=Run.State.RUNNING, heartbeat__gte=silent)
    return list(rows.order_by("created_at", "pk").values_list("pk", "site_code")[:100])


def _claim(pk: int, site_code: str) -> Run | None:
    """Under the lock of the site, so that two workers cannot take two runs of one action."""
    now = timezone.now()
    alive = now - stale_after()
    with transaction.atomic():
        if Site.objects.select_for_update().filter(code=site_code).only("pk").first() is None:
            Run.objects.filter(pk=pk).update(
                state=Run.State.FAILED, finished_at=now, message=f"There is no site '{site_code}' any more."
            )
            return None
        run = Run.objects.select_for_update().get(pk=pk)
        if run.is_over or (run.state == Run.State.RUNNING and run.heartbeat and run.heartbeat >= alive):
            return None
        same = Run.objects.filter(site_code=site_code, action=run.action, state=Run.State.RUNNING)
        if same.filter(heartbeat__gte=alive).exclude(pk=pk).exists():
            return None
        if run.state == Run.State.RUNNING and not _restart(run):
            return None
        run.state, run.started_at, run.heartbeat = Run.State.RUNNING, run.started_at or now, now
        run.save(update_fields=["state", "started_at", "heartbeat", "counts", *COUNTERS])
    return run


def _restart(run: Run) -> bool:
    """Go on after the last checkpoint, or begin again at zero: actions are idempotent, so what was done shows as
    unchanged. Gives up in the end; a run that had come further since its last restart is given new ones."""
    before = run.counts.get(RESTARTS, 0)
    moved = run.checkpoint.get("counts", {}).get(RESTARTS, 0) == before and bool(run.checkpoint)
    restarts = 1 if moved else int(before) + 1
    if restarts > MAX_RESTARTS:
        Run.objects.filter(pk=run.pk).update(
            state=Run.State.FAILED,
            finished_at=timezone.now(),
            message=f"The worker died {restarts} times during this run. Look at its log, then start the action again.",
        )
        account_for_rest(Run.objects.filter(pk=run.pk))
        return False
    place = run.checkpoint.get("place")
    counters = run.checkpoint.get("counters", {})
    for name in COUNTERS:
        setattr(run, name, counters.get(name, 0))
    run.counts = {**run.checkpoint.get("counts", {}), RESTARTS: restarts}
    if not place:
        RunNote.objects.filter(run=run).delete()
    told = (
        "The worker stopped; the run goes on after its last checkpoint."
        if place
        else "The worker stopped; the run was started again."
    )
    RunNote.objects.create(run=run, level="warning", message=told)
    return True


def execute_waiting_runs(*, limit: int | None = None) -> int:
    """Claim and carry out; returns how many. Several runs go in threads, a single one in this one."""
    runs = claim_runs(limit=limit or conf.concurrent_sync_threads)
    if len(runs) <= 1:
        for run in runs:
            execute(run)
        return len(runs)
    with ThreadPoolExecutor(max_workers=len(runs), thread_name_prefix="run") as pool:
        list(pool.map(_execute_in_thread, runs))
    return len(runs)


def _execute_in_thread(run: Run) -> None:
    close_old_connections()
    try:
        execute(run)
    finally:
        connections.close_all()


def execute(run: Run) -> None:
    """Carry out one claimed run and write its end down, whatever happens."""
    name = run.started_by.get_username() if run.started_by else ""
    with new_trace(run.trace_id), acting(name), _heartbeat([run.pk]):
        try:
            with RunReporter(run) as reporter:
                _perform(run, reporter)
        except EcomsyncError as error:
            logger.info("Run %s failed: %s", run.pk, error, extra={"site": run.site_code, "code": error.code})
        except Exception:  # the outer loop of a worker: one broken action must not stop the others
            logger.exception("Run %s failed", run.pk, extra={"site": run.site_code, "kind": run.action})


def _perform(run: Run, reporter: RunReporter) -> None:
    site = Site.objects.filter(code=run.site_code).first()
    action = ACTIONS.get(run.action)
    if site is None or action is None:
        raise ConfigurationError(
            f"The site '{run.site_code}' or the action '{run.action}' does not exist any more.",
            cure="Start the action again from the page of the site.",
        )
    try:
        load(action.path)(run=reporter, site=site, params=dict(run.params))
    except (ConfigurationError, RetryableError) as error:
        if renew_or_note(site, error):
            again = request_run(site=site, action=run.action, params=run.params, user=run.started_by)
            reporter.note(f"The access token was renewed; run {again.pk} begins anew.", level="warning")
        raise


@contextmanager
def _heartbeat(run_ids: Sequence[int]) -> Iterator[None]:
    """Signs of life from a thread of its own, for actions that are silent during a long call."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(settings.LEASE_SECONDS / 3):
            Run.objects.filter(pk__in=run_ids, state=Run.State.RUNNING).update(heartbeat=timezone.now())
        connections.close_all()

    thread = threading.Thread(target=beat, name=f"beat-{run_ids[0]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
