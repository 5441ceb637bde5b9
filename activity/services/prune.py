"""Retention: old rows of the logs go, in small batches, so that no lock is held for long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from activity.models import Alert, ApiCall, Event, Run, SiteError

BATCH = 1_000


def prune(
    *,
    events_days: int = 90,
    calls_days: int = 30,
    runs_days: int = 90,
    errors_days: int = 90,
    batch: int = BATCH,
) -> dict[str, int]:
    """Delete what is older than the days given. Open problems, open alerts and unfinished runs always stay.

    Returns the number of deleted rows per kind.
    """
    now = timezone.now()
    over = (Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED)
    return {
        "events": _delete(Event.objects.filter(created_at__lt=now - timedelta(days=events_days)), batch),
        "calls": _delete(ApiCall.objects.filter(created_at__lt=now - timedelta(days=calls_days)), batch),
        "runs": _delete(
            Run.objects.filter(state__in=over, created_at__lt=now - timedelta(days=runs_days)), batch
        ),
        "errors": _delete(
            SiteError.objects.filter(
                state=SiteError.State.RESOLVED, resolved_at__lt=now - timedelta(days=errors_days)
            ),
            batch,
        ),
        "alerts": _delete(Alert.objects.filter(acknowledged_at__lt=now - timedelta(days=errors_days)), batch),
    }


def _delete(rows: QuerySet[Any], batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
