"""Full runs: everything of a site is asked for again, in checkpoints; they are the new state to start from.

A run whose worker was killed goes on after its last checkpoint. Memory and statements grow with the pages only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from activity.services import RunReporter
from sites.models import Site
from sync_queues.inputs import EnqueueResult, RequestInput
from sync_queues.services.enqueue import discard_older, enqueue

PAGE = 500

#: A page of item ids -> the requests that are to be made for it.
RequestsOf = Callable[[Sequence[int]], list[RequestInput]]


def ask_for_all(
    *,
    run: RunReporter,
    site: Site,
    kind: str,
    ids: QuerySet[Any, Any],
    key: str,
    requests_of: RequestsOf,
    page: int = PAGE,
    stands_for: Q | None = None,
) -> None:
    """A request for each of the ids that `requests_of` lets in; what waited or failed before the run is set aside.

    ids: a query whose values are ids, without order; key: their column, by which it is read page by page.
    stands_for: the requests of the queue that the run takes the place of; None: all.
    """
    checkpoint = run.resumed_from
    began = datetime.fromisoformat(checkpoint["began"]) if checkpoint else timezone.now()
    after, done = int(checkpoint.get("after", 0)), int(checkpoint.get("done", 0))
    total = int(checkpoint.get("total", 0)) or ids.order_by().count()
    run.progress(done, total)
    while True:
        run.check_cancelled()
        part = list(ids.filter(**{f"{key}__gt": after}).order_by(key)[:page])
        if not part:
            break
        requests = requests_of(part)
        result = enqueue(kind, site=site, rows=requests, supersede=True)
        count_requests(run, max(len(part), len(requests)), result)
        after, done = part[-1], done + len(part)
        run.progress(done, max(total, done))
        run.checkpoint(began=began.isoformat(), after=after, done=done, total=total)
    run.count("set_aside", discard_older(kind, site=site, before=began, among=stands_for))


def count_requests(run: RunReporter, found: int, result: EnqueueResult) -> None:
    """found = new requests (created) + those that joined a waiting one (updated) + kept out (skipped)."""
    run.found(found)
    run.created(result.created)
    run.updated(result.coalesced)
    run.skipped(found - result.total)
