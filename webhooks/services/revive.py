"""Events that an outage of the shop had killed go again by themselves once the shop answers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ecomsync.common.conf import conf
from sites.models import Site, SyncCursor
from sync_queues.services.sweep import OUTAGE_CODES, REVIVE_AFTER, REVIVE_WITHIN
from webhooks.models import EventState, WebhookEvent


def revive_events(*, now: datetime | None = None) -> int:
    """Let them try once more, a day long; then they stay until a person replays them. Returns how many; one statement.

    `not_before` of a dead event is the moment at which it was given up.
    """
    moment = now or timezone.now()
    read = SyncCursor.objects.filter(site=OuterRef("site"), last_ok_at__gt=OuterRef("not_before"))
    passed = WebhookEvent.objects.filter(
        site=OuterRef("site"), state=EventState.PROCESSED, processed_at__gt=OuterRef("not_before")
    )
    dead = WebhookEvent.objects.filter(
        Exists(read) | Exists(passed),
        site__in=Site.objects.filter(active=True, paused=False),
        state=EventState.DEAD,
        error_code__in=OUTAGE_CODES,
        received_at__gt=moment - REVIVE_WITHIN,
        not_before__lt=moment - REVIVE_AFTER,
    )
    return dead.update(
        state=EventState.FAILED, attempts=max(0, conf.max_retry_attempts - 1), not_before=moment
    )
