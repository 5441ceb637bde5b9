"""Retention of the logs, and of whatever other rooms hand in; a full archive disk is told once and loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from activity.models import LIVE_STATES, Alert, ApiCall, Difference, Event, Run, SiteError
from activity.services.alerts import clear_alerts, raise_alert
from ecomsync.common.retention import BATCH, ArchiveFailed, Retention, prune_kind

logger = logging.getLogger(__name__)

ARCHIVE_ALERT = "archive_failed"


def log_rules() -> list[Retention]:
    """Open problems, open alerts and unfinished runs always stay."""
    over = (Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED)
    return [
        Retention("events", Event.objects.all(), "created_at"),
        Retention("calls", ApiCall.objects.all(), "created_at"),
        Retention("runs", Run.objects.filter(state__in=over), "created_at", details=("notes",)),
        Retention("problems", SiteError.objects.filter(state=SiteError.State.RESOLVED), "resolved_at"),
        Retention("differences", Difference.objects.exclude(state__in=LIVE_STATES), "closed_at"),
        Retention("alerts", Alert.objects.filter(acknowledged_at__isnull=False), "acknowledged_at"),
    ]


def prune(rules: Iterable[Retention] | None = None, *, batch: int = BATCH) -> dict[str, int]:
    """Delete what is older than its kind may get. Returns the number of deleted rows per kind."""
    gone: dict[str, int] = {}
    for rule in log_rules() if rules is None else rules:
        try:
            count = prune_kind(rule, batch=batch)
        except ArchiveFailed as error:
            logger.error("%s", error)
            raise_alert(code=ARCHIVE_ALERT, message=f"{error.message} {error.cure}")
            return gone
        gone[rule.kind] = gone.get(rule.kind, 0) + count
        if count:
            clear_alerts(code=ARCHIVE_ALERT)
    return gone
