"""Bring back what dead workers held, and what an outage that is over had killed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ecomsync.common.conf import conf
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.kinds import KINDS, Kind
from sync_queues.models import ErrorClass, Request, State
from sync_queues.services.faults import suspect
from sync_queues.services.problems import report_problems
from sync_queues.services.reopen import reopen

logger = logging.getLogger(__name__)

CHUNK = 500
#: Faults of the shop as a whole: no row is to blame, so the dead go again once the shop answers.
OUTAGE_CODES = ("network", "shop_unavailable", "timeout")
REVIVE_WITHIN = timedelta(hours=24)
REVIVE_AFTER = timedelta(minutes=10)

_DIED = RowResult(
    0,
    RowOutcome.RETRY,
    "worker_lost",
    "The worker stopped while it held this request.",
    "Nothing to do: it is tried again by itself.",
)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """freed: wait again. dead: given up as poisonous. revived: dead from an outage that is over."""

    freed: int = 0
    dead: int = 0
    revived: int = 0


def sweep(*, now: datetime | None = None) -> SweepReport:
    """Free every request whose lease has ended. Safe to run anywhere, at any time, several at once."""
    moment = now or timezone.now()
    freed = dead = revived = 0
    for queue in KINDS.values():
        while True:
            batch_freed, batch_dead, taken = _free_some(queue, moment)
            freed, dead = freed + batch_freed, dead + batch_dead
            if taken < CHUNK:
                break
        revived += _revive(queue, moment)
    if freed or dead or revived:
        logger.warning("Sweep: %s freed, %s given up, %s revived", freed, dead, revived)
    return SweepReport(freed, dead, revived)


def _free_some(queue: Kind, now: datetime) -> tuple[int, int, int]:
    """(freed, dead, rows taken) of one chunk; locked rows belong to somebody who is alive."""
    with transaction.atomic():
        expired = queue.model._default_manager.filter(state=State.PROCESSING, claimed_until__lt=now).order_by(
            "id"
        )
        rows: list[Request] = list(expired.select_for_update(skip_locked=True)[:CHUNK])
        if not rows:
            return 0, 0, 0
        report = suspect(queue.name, rows, _DIED, died=True)
    if report.problems:
        for site in Site.objects.filter(pk__in={row.site_id for row in rows}):
            report_problems(queue.name, site, report.problems)
    return report.states[State.PENDING], report.states[State.DEAD], len(rows)


def _revive(queue: Kind, now: datetime) -> int:
    """Let the dead of an outage try once more when the shop has answered since; a day long, then they stay."""
    rows = queue.model._default_manager
    answered = rows.filter(
        site_id=OuterRef("site_id"), state=State.COMPLETED, completed_at__gt=OuterRef("last_attempt_at")
    )
    dead = rows.filter(
        state=State.DEAD,
        error_class=ErrorClass.RETRYABLE,
        error_code__in=OUTAGE_CODES,
        created_at__gt=now - REVIVE_WITHIN,
        last_attempt_at__lt=now - REVIVE_AFTER,
    )
    ids = list(dead.filter(Exists(answered)).order_by("id").values_list("pk", flat=True)[:CHUNK])
    return reopen(queue, ids, retry_count=max(0, conf.max_retry_attempts - 1)).reopened
