"""What happens to an event that went wrong."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from activity.services import report_error
from activity.services.subjects import clean_text
from ecomsync.common.conf import conf
from ecomsync.common.errors import EcomsyncError, PermanentError, RetryableError
from sites.models import Site
from sync_queues.retry import UNCOUNTED_CODES
from webhooks.models import EventState, WebhookEvent

#: Attempts beyond the usual ones that a worker may die in before the event is given up.
CRASHES_ALLOWED = 2
LONGEST_WAIT = 6 * 3600.0


def record_fault(event: WebhookEvent, site: Site, error: Exception, *, worker: str) -> None:
    """Try again later, or give up: permanent errors at once, the others after the usual attempts. Patience that the
    shop asks for, and a shop that is left alone for a while, cost no attempt.

    What a person can do about it goes to the problem list, and is closed there once the event passes.
    """
    code = error.code if isinstance(error, EcomsyncError) else "internal"
    counts = code not in UNCOUNTED_CODES
    given_up = isinstance(error, PermanentError) or (counts and event.attempts >= conf.max_retry_attempts)
    message = str(error) if isinstance(error, EcomsyncError) else f"{type(error).__name__}: {error}"
    waits = timedelta(seconds=0 if given_up else _delay(event, error))
    WebhookEvent.objects.filter(pk=event.pk, claimed_by=worker, state=EventState.PROCESSING).update(
        state=EventState.DEAD if given_up else EventState.FAILED,
        attempts=event.attempts if counts else max(event.attempts - 1, 0),
        not_before=timezone.now() + waits,
        claimed_by="",
        claimed_until=None,
        error_code=code[:64],
        error_message=clean_text(message)[:4000],
        actions=event.actions,
    )
    if isinstance(error, RetryableError) and not given_up:
        return  # it goes again by itself; a person need not know yet
    report_error(
        site_code=site.code,
        error=error if isinstance(error, EcomsyncError) else None,
        code=code,
        message=message,
        subject=event,
    )


def bury_killer(event: WebhookEvent, site: Site, *, worker: str) -> None:
    """The worker died again and again while it worked on this event."""
    code, message = (
        "webhook_worker_died",
        f"The worker died {event.attempts - 1} times while it worked on this event.",
    )
    WebhookEvent.objects.filter(pk=event.pk, claimed_by=worker).update(
        state=EventState.DEAD, claimed_by="", claimed_until=None, error_code=code, error_message=message
    )
    report_error(site_code=site.code, code=code, message=message, subject=event)


def _delay(event: WebhookEvent, error: Exception) -> float:
    """What the other side asks for, else a delay that doubles, with jitter."""
    if isinstance(error, RetryableError) and error.retry_after is not None:
        return min(max(error.retry_after, 1.0), LONGEST_WAIT)
    doubled: float = conf.retry_delay_seconds * 2.0 ** max(event.attempts - 1, 0)
    return float(min(doubled * random.uniform(0.8, 1.2), LONGEST_WAIT))
