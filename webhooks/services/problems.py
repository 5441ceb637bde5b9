"""The problem list's way to webhook events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activity.models import SiteError
from webhooks.models import EventState, WebhookEvent
from webhooks.services.privacy import FOR_STAFF
from webhooks.services.replay import replay_events

_OVER = (EventState.PROCESSED, EventState.IGNORED)


def _keys(problems: Sequence[SiteError]) -> list[int]:
    return [int(row.subject_id) for row in problems if row.subject_id.isdigit()]


def retry_events(*, problems: Sequence[SiteError], user: Any) -> int:
    """Events that were given up, and those that wait for their next try, are processed again."""
    rows = WebhookEvent.objects.filter(pk__in=_keys(problems), state__in=(EventState.FAILED, EventState.DEAD))
    return replay_events(events=rows, user=user)


def standing_events(*, problems: Sequence[SiteError]) -> set[int]:
    rows = WebhookEvent.objects.filter(pk__in=_keys(problems)).exclude(state__in=_OVER)
    waiting = set(rows.values_list("pk", flat=True))
    return {row.pk for row in problems if row.code in FOR_STAFF or int(row.subject_id) in waiting}
