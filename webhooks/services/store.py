"""Keep a delivery with one statement, whatever else happens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from activity.services.subjects import clean_text
from ecomsync.common.logs import current_trace_id
from platforms.types import WebhookDelivery, WebhookNotice
from webhooks.models import EventState
from webhooks.services.insertion import Stored, insert_new
from webhooks.services.sites import SiteCard
from webhooks.services.together import Together

#: Headers that help to understand a delivery; signatures, cookies and keys are not among them.
KEPT_HEADERS = ("content-type", "content-length", "user-agent", "date")
#: Of no platform: proxies' and those of Standard Webhooks. A platform's own are its adapter's `webhook_headers`.
KEPT_PREFIXES = ("x-event-", "x-forwarded-for", "webhook-")
NEVER_KEPT = ("signature", "hmac", "token", "secret", "authorization", "cookie")

MAX_HEADER = 500
#: The hook may not read what it is to send: its user is gone from the shop.
REFUSED = "hook_refused"


def store_event(*, card: SiteCard, notice: WebhookNotice, delivery: WebhookDelivery) -> Stored:
    """Insert the event, or count it again: one statement, committed when this returns.

    The same content again is no reason to drop it: the object may have changed and changed back. If the first
    one has been dealt with, it waits once more; if it is being dealt with right now, it will wait afterwards
    (`claimed_by` is taken off, so that whoever works on it cannot close it).
    A signed body that holds an error instead of the object is kept with its reason, and nothing is done about it.
    What other threads want to store at the same time goes into the same statement (`together`).
    """
    return together.keep(_values(card, notice, delivery, timezone.now()))


def _values(
    card: SiteCard, notice: WebhookNotice, delivery: WebhookDelivery, now: datetime
) -> Mapping[str, Any]:
    is_error = bool(notice.error)
    return {
        "site_id": card.site_id,
        "platform": card.platform,
        "topic": clean_text(notice.topic)[:200],
        "kind": notice.kind.value,
        "identity": notice.identity[:64],
        "delivery_id": clean_text(notice.delivery_id)[:200],
        "resource": clean_text(notice.resource)[:100],
        "remote_id": clean_text(notice.remote_id)[:100],
        "occurred_at": notice.occurred_at or now,
        "received_at": now,
        "last_received_at": now,
        "headers": safe_headers(delivery.headers, card.adapter.webhook_headers),
        "body": delivery.body,
        "state": (EventState.IGNORED if is_error and settings.ROLE == "full" else EventState.PENDING).value,
        "not_before": now,
        "processed_at": now if is_error else None,
        "result": clean_text(f"The shop sent no record but this: {notice.error}")[:2000] if is_error else "",
        "error_code": _error_code(notice),
        "critical": card.is_critical(notice.kind.value),
        "trace_id": current_trace_id() or uuid.uuid4().hex,
    }


def _error_code(notice: WebhookNotice) -> str:
    if not notice.error:
        return ""
    if notice.is_refusal:
        return REFUSED
    return "error_body" if notice.payload is not None else "invalid_payload"


def safe_headers(headers: Mapping[str, str], own: tuple[str, ...]) -> dict[str, str]:
    """The headers worth keeping, without anything that proves or opens something. own: beginnings of the platform's."""
    return {
        name.lower(): clean_text(value)[:MAX_HEADER] for name, value in headers.items() if _is_kept(name, own)
    }


@lru_cache(maxsize=1000)
def _is_kept(name: str, own: tuple[str, ...]) -> bool:
    lower = name.lower()
    if any(word in lower for word in NEVER_KEPT):
        return False
    return lower in KEPT_HEADERS or lower.startswith((*KEPT_PREFIXES, *own))


together = Together(insert_new)
