"""Deliveries in, and the hooks that send them.

A body holds ids only. Two proofs: the header with our secret that each hook is registered with, and the Standard Webhooks
signature by the client secret. A retry has the same body, so the body tells events apart. A hook that failed for two days,
or that had nothing to send for 90, is switched off: polling is the truth, and `health` is to be watched.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature, PermanentError
from platforms.base import result_from_error
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.errors import PLATFORM
from platforms.types import EventKind, Outcome, PushResult, WebhookDelivery, WebhookHealth, WebhookNotice

LANE = "orders"
ROUTE = "v3/hooks"
#: Each hook is registered with this header and our secret in it.
SECRET_HEADER = "X-Ecomsync-Token"
TOLERANCE = 300  # seconds between the signature's time and ours
TOPICS: Mapping[str, EventKind] = {
    "store/order/created": EventKind.ORDER_CREATED,
    "store/order/updated": EventKind.ORDER_UPDATED,
    "store/order/statusUpdated": EventKind.ORDER_UPDATED,
    # An archived order is out of sight and not cancelled: it is read again.
    "store/order/archived": EventKind.ORDER_UPDATED,
    "store/order/transaction/created": EventKind.ORDER_UPDATED,
    "store/order/refund/created": EventKind.RETURN_CREATED,
    "store/product/created": EventKind.PRODUCT_CREATED,
    "store/product/updated": EventKind.PRODUCT_UPDATED,
    "store/product/deleted": EventKind.PRODUCT_DELETED,
    "store/product/inventory/updated": EventKind.STOCK_CHANGED,
    "store/product/inventory/order/updated": EventKind.STOCK_CHANGED,
    "store/sku/created": EventKind.PRODUCT_UPDATED,
    "store/sku/updated": EventKind.PRODUCT_UPDATED,
    "store/sku/deleted": EventKind.PRODUCT_UPDATED,
    "store/sku/inventory/updated": EventKind.STOCK_CHANGED,
    "store/sku/inventory/order/updated": EventKind.STOCK_CHANGED,
    "store/customer/created": EventKind.CUSTOMER_CREATED,
    "store/customer/updated": EventKind.CUSTOMER_UPDATED,
    "store/customer/deleted": EventKind.CUSTOMER_DELETED,
    "store/category/created": EventKind.CATEGORY_CHANGED,
    "store/category/updated": EventKind.CATEGORY_CHANGED,
    "store/category/deleted": EventKind.CATEGORY_CHANGED,
    "store/app/uninstalled": EventKind.APP_REMOVED,
}
REGISTRABLE_TOPICS = tuple(TOPICS)
REQUIRED_TOPICS = (
    "store/order/created",
    "store/order/updated",
    "store/order/statusUpdated",
    "store/order/refund/created",
)
_TOPIC_OF_KIND = {
    EventKind.ORDER_PAID: "store/order/statusUpdated",
    EventKind.ORDER_CANCELLED: "store/order/statusUpdated",
    EventKind.ORDER_DELETED: "store/order/archived",
    EventKind.STOCK_CHANGED: "store/sku/inventory/updated",
}


def topic_for(kind: EventKind) -> str:
    """The store's topic for one of our kinds, or ""."""
    if kind in _TOPIC_OF_KIND:
        return _TOPIC_OF_KIND[kind]
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


# ---------------------------------------------------------------- in


def signature_of(client_secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Standard Webhooks: base64 of the HMAC-SHA256 over id, time and raw body, by the bytes of the client secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return (
        "v1," + base64.b64encode(hmac.new(client_secret.encode(), signed, hashlib.sha256).digest()).decode()
    )


def read_delivery(
    delivery: WebhookDelivery,
    *,
    secret: str,
    client_secret: str,
    store_hash: str,
    mode: str,
    now: datetime | None = None,
) -> WebhookNotice:
    """Verify the raw body and name the event. Raises InvalidSignature, InvalidPayload.

    mode: auto | required | header, the option 'Signature of deliveries'.
    """
    verify(delivery, secret=secret, client_secret=client_secret, mode=mode, now=now or datetime.now(UTC))
    payload = _payload(delivery.body)
    _check_store(payload, store_hash)
    topic = str(payload.get("scope") or "").strip()
    data = payload.get("data")
    data = data if isinstance(data, Mapping) else {}
    return WebhookNotice(
        kind=TOPICS.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=hashlib.sha256(topic.encode() + b"\n" + delivery.body).hexdigest(),
        delivery_id=delivery.headers.get("webhook-id", "").strip(),
        occurred_at=_moment(payload.get("created_at")),
        resource=str(data.get("type") or ""),
        remote_id=_remote_id(data),
        payload=payload,
    )


def verify(delivery: WebhookDelivery, *, secret: str, client_secret: str, mode: str, now: datetime) -> None:
    """Raises InvalidSignature unless the delivery is proved. Without a secret nothing can be proved."""
    if not secret:
        raise _unproved(
            "The site has no webhook secret, so no delivery can be proved.",
            code="no_webhook_secret",
            cure="Run 'Register Webhooks': it makes a secret and gives it to the shop.",
        )
    given = delivery.headers.get(SECRET_HEADER.lower(), "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise _unproved("The delivery does not bear the secret of this site.")
    signed = "webhook-signature" in delivery.headers
    if mode == "header" or (mode == "auto" and not client_secret):
        return
    if not client_secret:
        raise _unproved(
            "The site has no client secret, so no signature can be proved.",
            cure="Enter the client secret of the API account on the site, or set 'Signature of deliveries' to header.",
        )
    if not signed:
        raise _unproved(
            "The delivery is not signed.",
            cure="If this store does not sign its deliveries, set 'Signature of deliveries' of the site to header.",
        )
    _verify_signature(delivery, client_secret, now)


def _verify_signature(delivery: WebhookDelivery, client_secret: str, now: datetime) -> None:
    message_id = delivery.headers.get("webhook-id", "").strip()
    timestamp = delivery.headers.get("webhook-timestamp", "").strip()
    if not message_id or not timestamp.isascii() or not timestamp.isdigit():
        raise _unproved("The delivery has no id or no time, which are part of its signature.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise _unproved(
            "The delivery was signed more than five minutes ago, or ahead of our clock.",
            code="stale_delivery",
            cure="Let this server take its time from a time server.",
        )
    wanted = signature_of(client_secret, message_id, timestamp, delivery.body).encode()
    given = delivery.headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(one.encode(), wanted) for one in given):
        raise _unproved("The signature does not fit the body and the client secret of the site.")


def _unproved(message: str, *, code: str = "", cure: str = "") -> InvalidSignature:
    return InvalidSignature(message, code=code, cure=cure, platform=PLATFORM)


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            "The delivery is proved but is not JSON.",
            platform=PLATFORM,
            cure="Something between the store and us changes deliveries.",
        ) from err
    if not isinstance(payload, dict):
        raise InvalidPayload("The delivery is proved but is not a JSON object.", platform=PLATFORM)
    return payload


def _check_store(payload: Mapping[str, Any], store_hash: str) -> None:
    """An app's secret is the same for all stores that installed it, so a delivery must say that it is this store's."""
    producer = str(payload.get("producer") or "")
    if producer and store_hash and producer != f"stores/{store_hash}":
        raise _unproved("The delivery comes from another store.", code="other_store")


def _remote_id(data: Mapping[str, Any]) -> str:
    """Variants are known to us by the number of the variant, which stands beside the number of the SKU."""
    for part in ("inventory", "sku"):
        detail = data.get(part)
        if data.get("type") == "sku" and isinstance(detail, Mapping) and detail.get("variant_id"):
            return str(detail["variant_id"])
    number = data.get("id")
    return "" if number is None else str(number)


def _moment(value: Any) -> datetime | None:
    text = str(value or "")
    if not text.isdigit() or len(text) > 11:
        return None
    return datetime.fromtimestamp(int(text), UTC)


# ---------------------------------------------------------------- out


class WebhookRegistrar:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._url = client.connection.webhook_url
        self._secret = client.connection.webhook_secret

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One active hook per topic with our secret in its header, and no other hook of ours to our address.

        Only hooks of our own API account are seen, so those of an earlier account are not in the way. Nothing is written
        when all is right.
        """
        self._need_address()
        ours: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows():
            ours.setdefault(str(row.get("scope")), []).append(row)
        wanted = list(dict.fromkeys(topics))
        results = [self._ensure(topic, ours.get(topic, []), anew=anew) for topic in wanted]
        for topic, rows in ours.items():
            for row in rows[1 if topic in wanted else 0 :]:
                self._delete(str(row.get("id")))
        return results

    def _ensure(self, topic: str, rows: Sequence[Mapping[str, Any]], *, anew: bool) -> PushResult:
        if topic not in TOPICS:
            return PushResult(
                topic,
                Outcome.REJECTED,
                "unknown_topic",
                f"BigCommerce has no webhook topic '{topic}'.",
                f"Choose among: {', '.join(REGISTRABLE_TOPICS)}.",
            )
        body = {
            "scope": topic,
            "destination": self._url,
            "is_active": True,
            "headers": {SECRET_HEADER: self._secret},
        }
        try:
            if not rows:
                made = self._client.post(ROUTE, body, lane=LANE).record()
                return PushResult(topic, Outcome.OK, remote_id=str(made.get("id", "")))
            row = rows[0]
            number = str(row.get("id", ""))
            active, known = row.get("is_active") is True, self._has_secret(row)
            if active and known and not anew:
                return PushResult(topic, Outcome.UNCHANGED, remote_id=number)
            self._client.put(f"{ROUTE}/{number}", body, lane=LANE)
        except PermanentError as error:
            return result_from_error(topic, error)
        return PushResult(
            topic, Outcome.OK, "secret_renewed" if active else "enabled_again", remote_id=number
        )

    def _has_secret(self, row: Mapping[str, Any]) -> bool:
        headers = row.get("headers")
        if not isinstance(headers, Mapping):
            return False
        given = {str(name).lower(): str(value) for name, value in headers.items()}
        return given.get(SECRET_HEADER.lower()) == self._secret

    def _delete(self, number: str) -> None:
        try:
            self._client.delete(f"{ROUTE}/{number}", lane=LANE)
        except PermanentError:
            return  # somebody else was quicker

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the store sees them."""
        return [
            WebhookHealth(
                str(row.get("id", "")),
                str(row.get("scope", "")),
                str(row.get("destination", "")),
                row.get("is_active") is True,
                "active" if row.get("is_active") is True else "switched off",
            )
            for row in self._rows()
        ]

    def _rows(self) -> list[dict[str, Any]]:
        rows = self._client.pages_v3(ROUTE, lane=LANE)
        return [row for row in rows if not self._url or row.get("destination") == self._url]

    def _need_address(self) -> None:
        if not self._url:
            raise ConfigurationError(
                "This installation has no public address for webhooks.",
                code="no_webhook_url",
                cure="Set the public URL of this installation, then run 'Register Webhooks' again.",
                platform=PLATFORM,
            )
        if not self._secret:
            raise ConfigurationError(
                "The site has no webhook secret.",
                code="no_webhook_secret",
                cure="Save a webhook secret on the site, then run 'Register Webhooks' again.",
                platform=PLATFORM,
            )
        parts = urlsplit(self._url)
        loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not loopback and (parts.scheme != "https" or parts.port not in (None, 443)):
            raise ConfigurationError(
                "BigCommerce delivers to HTTPS on port 443 only.",
                code="webhook_address",
                cure="Give this installation a public https address without a port.",
                platform=PLATFORM,
            )
