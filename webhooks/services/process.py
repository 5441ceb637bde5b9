"""Works on waiting events: batches across sites in the order of the shops' time, each event on its own."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from activity.services import resolve_errors
from ecomsync.common.conf import conf
from ecomsync.common.errors import BadCredentials, EcomsyncError
from ecomsync.common.logs import new_trace
from sites.models import Site
from sites.services.renew import renew_or_note
from webhooks.models import EventState, WebhookEvent
from webhooks.services.actions import ACTIONS
from webhooks.services.batch import Batch
from webhooks.services.calls import Call
from webhooks.services.claim import claim_batch, extend_lease, release, start_one
from webhooks.services.faults import CRASHES_ALLOWED, bury_killer, record_fault
from webhooks.services.followers import close_followers
from webhooks.services.steps import Step, steps_of, why_nothing

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 20.0
MAX_BATCHES = 50


@dataclass
class ProcessReport:
    """What became of the events that were claimed; taken = processed + ignored + faults + lost."""

    taken: int = 0
    processed: int = 0
    ignored: int = 0
    faults: int = 0
    lost: int = 0

    @property
    def adds_up(self) -> bool:
        return self.taken == self.processed + self.ignored + self.faults + self.lost


def process_waiting(*, max_batches: int = MAX_BATCHES) -> ProcessReport:
    """Work until nothing is due, batch by batch. With DEBUG on only if `run-ecommerce-webhook-in-debug` says so; on a
    gateway never, since its events belong to others."""
    report = ProcessReport()
    if settings.ROLE == "gateway":
        return report
    if settings.DEBUG and not conf.run_ecommerce_webhook_in_debug:
        return report
    limit = conf.read_ecommerce_webhook_events_page_size
    for _round in range(max_batches):
        if not process_batch(limit=limit, report=report):
            break
    return report


def process_batch(*, limit: int, report: ProcessReport) -> int:
    """Claim one batch and work on it. Returns how many events it had."""
    worker = f"{os.uname().nodename}:{os.getpid()}:{threading.get_ident()}:{uuid.uuid4().hex[:8]}"[:100]
    events = claim_batch(worker=worker, limit=limit)
    if not events:
        return 0
    report.taken += len(events)
    ids = {event.site_id for event in events}
    sites = Site.objects.prefetch_related("ecommerce_event_actions_lines").in_bulk(ids)
    with ExitStack() as stack:
        _work(Batch(worker, events, sites, stack), report)
    _mark_read(events)
    return len(events)


def _work(batch: Batch, report: ProcessReport) -> None:
    alive = time.monotonic()
    stopped: set[int] = set()
    for number, event in enumerate(batch.events):
        if time.monotonic() - alive > HEARTBEAT_SECONDS:
            extend_lease([later.pk for later in batch.events[number:]], worker=batch.worker)
            alive = time.monotonic()
        if event.pk in batch.closed:
            continue  # counted with the event that it followed
        if event.site_id in stopped or not start_one(event, worker=batch.worker):
            report.lost += 1
            continue
        with new_trace(event.trace_id):
            outcome = _one(batch, event)
        if outcome == "paused":
            stopped.add(event.site_id)
            rest = [later.pk for later in batch.events[number:] if later.site_id == event.site_id]
            release(rest, worker=batch.worker)
            report.lost += 1
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)
            if outcome == "processed":
                closed, lost = close_followers(batch, event, batch.sites[event.site_id])
                report.processed, report.lost = report.processed + closed, report.lost + lost


def _one(batch: Batch, event: WebhookEvent) -> str:
    """The event from beginning to end; no error leaves. Returns the name of its place in the report."""
    site = batch.sites[event.site_id]
    if event.attempts > conf.max_retry_attempts + CRASHES_ALLOWED:
        bury_killer(event, site, worker=batch.worker)
        return "faults"
    try:
        return _carry_out(batch, event, site)
    except BadCredentials as error:
        renew_or_note(site, error)
        WebhookEvent.objects.filter(pk=event.pk).update(attempts=max(event.attempts - 1, 0))
        return "paused"
    except EcomsyncError as error:
        record_fault(event, site, error, worker=batch.worker)
    except Exception as error:  # the outer loop of a worker: one event must not stop the others
        logger.exception("Webhook event %s failed", event.pk, extra={"site": site.code})
        record_fault(event, site, error, worker=batch.worker)
    return "faults"


def _carry_out(batch: Batch, event: WebhookEvent, site: Site) -> str:
    steps = steps_of(event, site)
    done = {entry.get("key") for entry in event.actions if isinstance(entry, dict)}
    waiting = [step for step in steps if step.key not in done]
    if not waiting:
        ignored = not steps
        text = why_nothing(event, steps) if ignored else event.result
        _close(batch, event, EventState.IGNORED if ignored else EventState.PROCESSED, text)
        return "ignored" if ignored else "processed"
    for step in waiting:
        _do(batch, event, site, step, is_last=step is waiting[-1])
    if event.error_code:
        resolve_errors(site_code=site.code, subject=event)
    return "processed"


def _do(batch: Batch, event: WebhookEvent, site: Site, step: Step, *, is_last: bool) -> None:
    """One step: ask the shop, then write what follows and the note of it in one transaction.

    When the shop sent the event again meanwhile the note is not taken: the event waits and is done once more.
    """
    apply = ACTIONS[step.action](Call(event, site, batch, step.parameters))
    with transaction.atomic():
        text = apply()
        entry = {
            "key": step.key,
            "action": str(step.action),
            "result": text,
            "at": timezone.now().isoformat(),
        }
        event.actions = [*event.actions, entry]
        if is_last:
            _close(
                batch, event, EventState.PROCESSED, " ".join(str(entry["result"]) for entry in event.actions)
            )
        else:
            _mine(batch, event).update(actions=event.actions)


def _close(batch: Batch, event: WebhookEvent, state: str, text: str) -> None:
    """Finished. An event that the shop sent again meanwhile is not ours any more and stays waiting."""
    _mine(batch, event).update(
        state=state,
        result=text[:4000],
        actions=event.actions,
        processed_at=timezone.now(),
        claimed_by="",
        claimed_until=None,
        error_code="",
        error_message="",
    )


def _mine(batch: Batch, event: WebhookEvent) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(pk=event.pk, claimed_by=batch.worker, state=EventState.PROCESSING)


def _mark_read(events: Sequence[WebhookEvent]) -> None:
    """The last moment up to which each site was read."""
    newest: dict[int, WebhookEvent] = {}
    for event in events:
        known = newest.get(event.site_id)
        if known is None or known.last_received_at < event.last_received_at:
            newest[event.site_id] = event
    for site_id, event in newest.items():
        later = Q(last_webhook_read_at=None) | Q(last_webhook_read_at__lt=event.last_received_at)
        Site.objects.filter(later, pk=site_id).update(last_webhook_read_at=event.last_received_at)
