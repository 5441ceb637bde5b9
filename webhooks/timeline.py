"""The part of an order's story that the inbox tells: which deliveries named it, and what was done about them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ecomsync.common.admin import STATE_TONES, change_url
from ecomsync.common.stored_text import in_reader_language
from orders.models import Order
from orders.timeline_sources import Told
from webhooks.models import WebhookEvent

SHOWN = 60


def events_of_order(*, order: Order) -> list[Told]:
    """Oldest first, at most the newest 60; bodies stay on their own page."""
    rows = WebhookEvent.objects.filter(site=order.site_id, resource="order", remote_id=order.remote_id)
    newest = rows.defer("body", "headers").order_by("-received_at", "-pk")[:SHOWN]
    return [_told(row) for row in reversed(newest)]


def _told(row: WebhookEvent) -> Told:
    times = _("%(count)s times") % {"count": row.occurrences} if row.occurrences > 1 else ""
    result = in_reader_language(row.error_message or row.result)[:200]
    return Told(
        at=row.received_at,
        badge=_("Webhook"),
        tone=STATE_TONES.get(row.state, "info"),
        text=row.topic,
        url=change_url("webhooks.webhookevent", row.pk),
        detail=" · ".join(str(part) for part in (row.get_state_display(), times, result) if part),
    )
