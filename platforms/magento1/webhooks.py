"""Hints of a module in the shop. Magento 1 pushes nothing by itself, so this is a contract of our own.

`X-Ecomsync-Signature` is hex(HMAC-SHA256(secret, timestamp + "." + raw body)). A hint says that an order changed and is
never more than that: the order is read, and polling finds what no hint told.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from platforms.magento1.payloads import moment
from platforms.types import EventKind, WebhookDelivery, WebhookNotice

ORDER_UPDATED = "order.updated"
TOPICS = (ORDER_UPDATED,)
_CURE = "Enter the address and the secret of this site's webhooks in the settings of the shop's module again."


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """The signature in lower-case hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def read_delivery(
    delivery: WebhookDelivery,
    *,
    secret: str,
    tolerance: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> WebhookNotice:
    """Verify and name one hint. Raises InvalidSignature, InvalidPayload.

    tolerance: seconds by which the signed time may differ from ours. Identity is of topic, signed time and body: the
    delivery's id is not signed.
    """
    stamp = delivery.headers.get("x-ecomsync-timestamp", "").strip()
    _verify(delivery, secret, stamp)
    age = now().timestamp() - int(stamp)
    if abs(age) > tolerance:
        raise InvalidSignature(
            f"The hint was signed {abs(age):.0f} seconds {'ago' if age > 0 else 'ahead of our time'}.",
            code="stale_delivery",
            cure="Let this server and the shop's server take their time from a time server.",
            platform="magento1",
        )
    topic = delivery.headers.get("x-ecomsync-topic", "").strip()
    payload = _payload(delivery.body)
    number = payload.get("increment_id")
    digest = hashlib.sha256(b"\n".join((topic.encode(), stamp.encode(), delivery.body))).hexdigest()
    return WebhookNotice(
        kind=EventKind.ORDER_UPDATED if topic == ORDER_UPDATED else EventKind.UNKNOWN,
        topic=topic,
        identity=digest,
        delivery_id=delivery.headers.get("x-ecomsync-delivery", "")[:100],
        occurred_at=_occurred(payload),
        resource="order",
        remote_id=str(number) if isinstance(number, str | int) and not isinstance(number, bool) else "",
        payload=payload,
    )


def _verify(delivery: WebhookDelivery, secret: str, stamp: str) -> None:
    given = delivery.headers.get("x-ecomsync-signature", "").strip().lower()
    if not secret:
        raise InvalidSignature(
            "The site has no webhook secret, so no hint can be verified.", cure=_CURE, platform="magento1"
        )
    if not given or not re.fullmatch(r"\d{1,12}", stamp):
        raise InvalidSignature("The hint is not signed.", cure=_CURE, platform="magento1")
    expected = signature_of(secret, stamp, delivery.body)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", errors="replace")):
        raise InvalidSignature("The signature of the hint is wrong.", cure=_CURE, platform="magento1")


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload("The hint is not JSON.", platform="magento1", cure=_CURE) from err
    if not isinstance(payload, Mapping):
        raise InvalidPayload("The hint is not a JSON object.", platform="magento1", cure=_CURE)
    return payload


def _occurred(payload: Mapping[str, Any]) -> datetime | None:
    try:
        return moment(payload.get("updated_at"))
    except ValueError:
        return None


def topic_for(kind: EventKind) -> str:
    """The topic under which the module tells of one of our kinds of events, or ""."""
    return ORDER_UPDATED if kind in (EventKind.ORDER_UPDATED, EventKind.ORDER_CREATED) else ""
