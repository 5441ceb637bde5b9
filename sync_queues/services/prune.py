"""Finished requests make room; waiting, running, failed and dead ones stay."""

from __future__ import annotations

from activity.services import prune
from ecomsync.common.retention import Retention
from sync_queues.kinds import KINDS
from sync_queues.models import FINISHED_STATES


def prune_requests() -> dict[str, int]:
    """Delete completed and superseded requests of all three queues. Returns {"requests": how many}."""
    return prune(
        Retention("requests", queue.model._default_manager.filter(state__in=FINISHED_STATES), "completed_at")
        for queue in KINDS.values()
    )
