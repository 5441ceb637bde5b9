"""Deliveries in: proved by the app's client secret, named, and told apart.

Shopify repeats a delivery up to eight times and in any order, and one change may come as several topics. The identity is
computed of topic, object and body; a body without a date (a deletion) is told apart by the event's own id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from platforms.shopify.ids import number_of
from platforms.types import EventKind, PersonNamed, WebhookDelivery, WebhookNotice

TOPICS: Mapping[str, EventKind] = {
    "orders/create": EventKind.ORDER_CREATED,
    "orders/updated": EventKind.ORDER_UPDATED,
    "orders/edited": EventKind.ORDER_UPDATED,
    "orders/paid": EventKind.ORDER_PAID,
    "orders/cancelled": EventKind.ORDER_CANCELLED,
    "orders/fulfilled": EventKind.ORDER_UPDATED,
    "orders/partially_fulfilled": EventKind.ORDER_UPDATED,
    "orders/delete": EventKind.ORDER_DELETED,
    "order_transactions/create": EventKind.ORDER_UPDATED,
    "fulfillments/create": EventKind.ORDER_UPDATED,
    "fulfillments/update": EventKind.ORDER_UPDATED,
    "refunds/create": EventKind.RETURN_CREATED,
    "returns/request": EventKind.ORDER_UPDATED,
    "returns/approve": EventKind.ORDER_UPDATED,
    "returns/close": EventKind.RETURN_CREATED,
    "returns/cancel": EventKind.ORDER_UPDATED,
    "returns/reopen": EventKind.ORDER_UPDATED,
    "products/create": EventKind.PRODUCT_CREATED,
    "products/update": EventKind.PRODUCT_UPDATED,
    "products/delete": EventKind.PRODUCT_DELETED,
    "inventory_levels/update": EventKind.STOCK_CHANGED,
    "inventory_items/update": EventKind.STOCK_CHANGED,
    "collections/update": EventKind.CATEGORY_CHANGED,
    "customers/create": EventKind.CUSTOMER_CREATED,
    "customers/update": EventKind.CUSTOMER_UPDATED,
    "customers/delete": EventKind.CUSTOMER_DELETED,
    "app/uninstalled": EventKind.APP_REMOVED,
    "bulk_operations/finish": EventKind.UNKNOWN,
}
#: Set up with the app itself, not by us: a request for a person's data, and two that ask to forget. Each must be answered
#: within 30 days.
PRIVACY_TOPICS: Mapping[str, EventKind] = {
    "customers/data_request": EventKind.PERSON_ASKS_FOR_DATA,
    "customers/redact": EventKind.PERSON_TO_ERASE,
    "shop/redact": EventKind.SHOP_TO_ERASE,
}
REGISTRABLE_TOPICS = tuple(TOPICS)
REQUIRED_TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "refunds/create", "app/uninstalled")
_TOPIC_OF_KIND = {
    EventKind.ORDER_UPDATED: "orders/updated",
    EventKind.RETURN_CREATED: "refunds/create",
    EventKind.STOCK_CHANGED: "inventory_levels/update",
    EventKind.APP_REMOVED: "app/uninstalled",
}
#: Where the number of the object stands, for topics whose own id is another's.
_ABOUT_ORDER = re.compile(r"(refunds|returns|fulfillments|order_transactions)/|orders/edited$")


def topic_for(kind: EventKind) -> str:
    """The shop's topic for one of our kinds, or ""."""
    if kind is EventKind.UNKNOWN:
        return ""
    if kind in _TOPIC_OF_KIND:
        return _TOPIC_OF_KIND[kind]
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


def signature_of(body: bytes, secret: str) -> str:
    """base64 of the HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def read_delivery(delivery: WebhookDelivery, *, secrets: Sequence[str], shop: str = "") -> WebhookNotice:
    """Verify the raw body and name the event. shop: the site's own domain, when it is one of myshopify.com.

    Raises InvalidSignature, InvalidPayload.
    """
    _verify(delivery, secrets)
    _same_shop(_header(delivery, "shop-domain"), shop)
    topic = _header(delivery, "topic").strip().lower()
    payload = _payload(delivery.body, topic)
    body: Mapping[str, Any] = payload if isinstance(payload, Mapping) else {}
    remote_id = _remote_id(topic, body)
    delivery_id, event_id = _header(delivery, "webhook-id"), _header(delivery, "event-id")
    changed_at = _moment(body.get("updated_at"))
    moment = "" if changed_at is not None else (event_id or delivery_id)
    return WebhookNotice(
        kind={**TOPICS, **PRIVACY_TOPICS}.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=_identity(topic, remote_id, delivery.body, moment),
        delivery_id=delivery_id,
        occurred_at=changed_at or _moment(_header(delivery, "triggered-at")),
        resource=_resource(topic),
        remote_id=remote_id,
        payload=payload,
    )


def _header(delivery: WebhookDelivery, name: str) -> str:
    """A header of either way of delivery: `X-Shopify-…` and, of events, `shopify-…`."""
    return delivery.headers.get(f"x-shopify-{name}") or delivery.headers.get(f"shopify-{name}") or ""


def _verify(delivery: WebhookDelivery, secrets: Sequence[str]) -> None:
    """For an hour after the secret was renewed Shopify may still sign with the former one, so both are tried."""
    known = [secret for secret in secrets if secret]
    if not known:
        raise InvalidSignature(
            "The site has no client secret of the app, so no delivery can be proved.",
            code="no_webhook_secret",
            cure="Enter the app's client secret on the site.",
            platform="shopify",
        )
    given = _header(delivery, "hmac-sha256").strip()
    if not given:
        raise InvalidSignature("The delivery is not signed.", platform="shopify")
    proofs = [
        hmac.compare_digest(signature_of(delivery.body, secret).encode(), given.encode()) for secret in known
    ]
    if not any(proofs):
        raise InvalidSignature(
            "The signature does not fit the body and the app's client secret.",
            cure="Enter the app's client secret on the site. Webhooks made by hand in the shop's admin are signed with "
            "another key: delete them there and run 'Register Webhooks'.",
            platform="shopify",
        )


def _same_shop(named: str, shop: str) -> None:
    """One app may be installed in many shops, and all of them sign with its secret."""
    if shop.endswith(".myshopify.com") and named and named.strip().lower() != shop.lower():
        raise InvalidSignature(
            "The delivery is of another shop of the same app.",
            code="other_shop",
            cure="Correct the URL of the site, or delete the webhook of the other shop.",
            platform="shopify",
        )


def _payload(body: bytes, topic: str) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            f"The delivery '{topic}' is signed but is not JSON.",
            platform="shopify",
            cure="Something between Shopify and this installation changes deliveries.",
        ) from err


def _remote_id(topic: str, body: Mapping[str, Any]) -> str:
    if _ABOUT_ORDER.match(topic):
        inner = body.get("order_edit") if topic == "orders/edited" else body
        row: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
        order = row.get("order")
        return number_of(row.get("order_id") or (order.get("id") if isinstance(order, Mapping) else ""))
    if topic.startswith("inventory_levels/"):
        return number_of(body.get("inventory_item_id"))
    if topic.startswith("customers/") and isinstance(body.get("customer"), Mapping):
        return number_of(body["customer"].get("id"))
    return number_of(body.get("id")) or number_of(body.get("admin_graphql_api_id"))


def _resource(topic: str) -> str:
    if topic.startswith("orders/") or _ABOUT_ORDER.match(topic):
        return "order"
    name = topic.partition("/")[0]
    return _RESOURCES.get(name, name)


_RESOURCES = {"customers": "customer", "products": "product"}


def person_named(payload: Mapping[str, Any]) -> PersonNamed:
    """The buyer of a privacy topic. Such a delivery names the orders that it is about; none are all."""
    given = payload.get("customer")
    customer: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    orders = payload.get("orders_to_redact") or payload.get("orders_requested") or ()
    return PersonNamed(
        customer_id=number_of(customer.get("id")),
        email=str(customer.get("email") or "").strip(),
        order_ids=tuple(number for order in orders if (number := number_of(order))),
    )


def _moment(value: object) -> datetime | None:
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(value or ""))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _identity(topic: str, remote_id: str, body: bytes, moment: str) -> str:
    parts = [topic, remote_id, hashlib.sha256(body).hexdigest(), *([moment] if moment else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def shop_domain(url: str) -> str:
    """The host of the site's address when it is one of myshopify.com, else ""."""
    host = urlsplit(url).hostname or ""
    return host if host.endswith(".myshopify.com") else ""
