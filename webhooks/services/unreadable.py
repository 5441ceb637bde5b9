"""Deliveries that are signed and cannot be read: kept, so that nothing fails silently."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ecomsync.common.errors import InvalidPayload
from platforms.types import EventKind, WebhookDelivery, WebhookNotice

#: Of no platform in particular; a platform's own are its adapter's `webhook_topic_headers`.
TOPIC_HEADER = "x-event-topic"


def unreadable_notice(
    delivery: WebhookDelivery, error: InvalidPayload, topic_headers: Sequence[str]
) -> WebhookNotice:
    """A notice that says why the body cannot be read; its identity is the whole body."""
    names = (*topic_headers, TOPIC_HEADER)
    topic = next((delivery.headers[name] for name in names if name in delivery.headers), "unreadable")
    digest = hashlib.sha256(topic.encode() + b"\x00" + delivery.body).hexdigest()
    return WebhookNotice(
        kind=EventKind.UNKNOWN,
        topic=topic,
        identity=digest,
        error=f"{error.message} {error.cure}".strip(),
    )
