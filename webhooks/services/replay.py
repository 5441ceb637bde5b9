"""Staff let events be processed again."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from activity.services import record_event
from webhooks.models import EventState, WebhookEvent

#: Whatever is not waiting already and not under work.
REPLAYABLE = (EventState.PROCESSED, EventState.IGNORED, EventState.FAILED, EventState.DEAD)


def replay_events(
    *, events: QuerySet[WebhookEvent], user: AbstractBaseUser | AnonymousUser | None = None
) -> int:
    """Put the events back to waiting; each of their actions will be done anew. Returns how many."""
    with transaction.atomic():
        ids = list(events.filter(state__in=REPLAYABLE).values_list("pk", flat=True))
        number = WebhookEvent.objects.filter(pk__in=ids, state__in=REPLAYABLE).update(
            state=EventState.PENDING,
            attempts=0,
            not_before=timezone.now(),
            actions=[],
            claimed_by="",
            claimed_until=None,
        )
        if number:
            record_event(
                kind="webhooks.replayed", message=f"{number} events", payload={"ids": ids[:100]}, actor=user
            )
    return number
