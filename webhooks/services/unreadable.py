"""Deliveries that are signed and cannot be read: kept, so that nothing fails silently."""

from __future__ import annotations

import hashlib

from ecomsync.common.errors import InvalidPayload
from platforms.types import EventKind, WebhookDelivery, WebhookNotice

TOPIC_HEADERS = ("x-wc-webhook-topic", "x-shopify-topic", "x-event-topic")


def unreadable_notice(delivery: WebhookDelivery, error: InvalidPayload) -> WebhookNotice:
    """A notice that says why the body cannot be read; its identity is the whole body."""
    topic = next((delivery.headers[name] for name in TOPIC_HEADERS if name in delivery.headers), "unreadable")
    digest = hashlib.sha256(topic.encode() + b"\x00" + delivery.body).hexdigest()
    return WebhookNotice(
        kind=EventKind.UNKNOWN,
        topic=topic,
        identity=digest,
        error=f"{error.message} {error.cure}".strip(),
    )
