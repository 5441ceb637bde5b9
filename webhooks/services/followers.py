"""Further events of an order that this batch has just imported: they tell nothing new and are closed together.

A shop whose plugin saves an order again and again sends hundreds of events of it; each alone would cost a few statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone

from ecomsync.common.errors import ConfigurationError
from sites.choices import EventAction
from sites.models import Site
from webhooks.models import EventState, WebhookEvent
from webhooks.services.batch import Batch
from webhooks.services.steps import steps_of

COVERED = "Done already by an earlier event of this batch, after this one had been received."


def close_followers(batch: Batch, event: WebhookEvent, site: Site) -> tuple[int, int]:
    """Close the events of the batch that ask for nothing but what `event` has brought. One statement as a rule.

    Returns how many were closed, and how many were no longer ours: sent again meanwhile, they wait and are done anew.
    """
    if not batch.is_done(site.pk, EventAction.IMPORT_ORDER, event):
        return 0, 0
    by_step: dict[str, list[int]] = defaultdict(list)
    for later in batch.same_record(event):
        key = _only_import(later, site)
        if key and later.pk != event.pk and later.pk not in batch.closed:
            by_step[key].append(later.pk)
    closed = sum(_close(batch, ids, key) for key, ids in by_step.items())
    found = [pk for ids in by_step.values() for pk in ids]
    batch.closed.update(found)
    return closed, len(found) - closed


def _only_import(event: WebhookEvent, site: Site) -> str:
    """The key of the one step of an event that only wants its order read; "" for all others."""
    if event.attempts or event.actions or event.error_code:
        return ""
    try:
        steps = steps_of(event, site)
    except ConfigurationError:
        return ""  # its own turn tells what is wrong
    return steps[0].key if len(steps) == 1 and steps[0].action == EventAction.IMPORT_ORDER else ""


def _close(batch: Batch, ids: Sequence[int], key: str) -> int:
    now = timezone.now()
    entry = {"key": key, "action": str(EventAction.IMPORT_ORDER), "result": COVERED, "at": now.isoformat()}
    mine = WebhookEvent.objects.filter(pk__in=ids, claimed_by=batch.worker, state=EventState.PROCESSING)
    return mine.update(
        state=EventState.PROCESSED,
        attempts=F("attempts") + 1,
        result=COVERED,
        actions=[entry],
        processed_at=now,
        claimed_by="",
        claimed_until=None,
    )
