"""Old events make room; what still waits or needs a person stays."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from webhooks.models import EventState, WebhookEvent

KEEP_DAYS = 60
CHUNK = 1000


def prune_events(*, keep_days: int = KEEP_DAYS, max_chunks: int = 20) -> int:
    """Delete finished events that are older than so many days, in short transactions. Returns how many."""
    before = timezone.now() - timedelta(days=keep_days)
    finished = WebhookEvent.objects.filter(
        state__in=(EventState.PROCESSED, EventState.IGNORED), last_received_at__lt=before
    )
    total = 0
    for _chunk in range(max_chunks):
        ids = list(finished.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        total += WebhookEvent.objects.filter(pk__in=ids).delete()[0]
    return total
