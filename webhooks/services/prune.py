"""Old events make room; what still waits or needs a person stays."""

from __future__ import annotations

from activity.services import prune
from ecomsync.common.retention import Retention
from webhooks.models import EventState, WebhookCounter, WebhookEvent


def prune_events() -> dict[str, int]:
    """Deal with events that are done and with counters of long ago. Returns how many rows went, per kind."""
    done = WebhookEvent.objects.filter(state__in=(EventState.PROCESSED, EventState.IGNORED))
    return prune(
        [
            Retention("webhooks", done, "last_received_at"),
            Retention("counters", WebhookCounter.objects.all(), "day"),
        ]
    )
