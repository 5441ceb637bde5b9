"""Deliveries in, by the three ways that Magento shops have.

Open Source has no webhooks of its own: a third-party module posts a template of ours with a secret header (`module`).
Adobe Commerce has two more: hooks that run inside the shopper's request (`commerce`), signed with the shop's own key
when staff made one, and I/O events (`events`), signed with Adobe's keys. All are hints: the record is read again from
the shop, and polling goes on. Source: fact sheet §13.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from platforms.magento2.criteria import read_time
from platforms.magento2.event_keys import EventKeys
from platforms.magento2.rsa import proves
from platforms.types import EventKind, WebhookDelivery, WebhookNotice

PLATFORM = "magento2"
TOKEN_HEADER = "x-ecomsync-token"
TOPIC_HEADER = "x-ecomsync-topic"
SIGNATURE_HEADER = "x-adobe-commerce-webhook-signature"

TOPICS: Mapping[str, EventKind] = {
    "order": EventKind.ORDER_UPDATED,
    "new_order_comment": EventKind.ORDER_UPDATED,
    "new_invoice": EventKind.ORDER_PAID,
    "new_shipment": EventKind.ORDER_UPDATED,
    "new_creditmemo": EventKind.RETURN_CREATED,
    "new_product": EventKind.PRODUCT_CREATED,
    "update_product": EventKind.PRODUCT_UPDATED,
    "delete_product": EventKind.PRODUCT_DELETED,
    "new_customer": EventKind.CUSTOMER_CREATED,
    "update_customer": EventKind.CUSTOMER_UPDATED,
    "delete_customer": EventKind.CUSTOMER_DELETED,
    "new_category": EventKind.CATEGORY_CHANGED,
    "update_category": EventKind.CATEGORY_CHANGED,
    "delete_category": EventKind.CATEGORY_CHANGED,
}
REQUIRED_TOPICS = ("order",)
#: Names of Adobe's events -> our topics; they come with a prefix such as `com.adobe.commerce.`.
EVENT_TOPICS: Mapping[str, str] = {
    "observer.sales_order_save_commit_after": "order",
    "observer.sales_order_invoice_save_commit_after": "new_invoice",
    "observer.sales_order_shipment_save_commit_after": "new_shipment",
    "observer.sales_order_creditmemo_save_commit_after": "new_creditmemo",
    "observer.catalog_product_save_commit_after": "update_product",
    "observer.catalog_product_delete_commit_after": "delete_product",
    "observer.customer_save_after_data_object": "update_customer",
    "observer.catalog_category_save_commit_after": "update_category",
}
_RESOURCES = {"order", "product", "customer", "category"}


def topic_for(kind: EventKind) -> str:
    """The topic for one of our kinds, or ""."""
    if kind in (EventKind.ORDER_CREATED, EventKind.ORDER_CANCELLED):
        return "order"
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


def read_delivery(
    delivery: WebhookDelivery, *, secret: str, variant: str, public_key: str, keys: EventKeys
) -> WebhookNotice:
    """Verify the raw body and name the event. Raises InvalidSignature, InvalidPayload."""
    if variant == "events":
        _verify_event(delivery, keys)
        return _event_notice(delivery)
    verify_token(delivery.headers.get(TOKEN_HEADER, ""), secret)
    if variant == "commerce" and public_key:
        _verify_commerce(delivery, public_key)
    return _hint_notice(delivery)


def challenge_answer(query: Mapping[str, str], variant: str) -> bytes:
    """Adobe I/O asks an address for the word that it was sent, before it delivers there; b"" when nothing is asked."""
    word = query.get("challenge", "")
    return json.dumps({"challenge": word}).encode() if variant == "events" and word else b""


# ---------------------------------------------------------------- proofs


def verify_token(given: str, secret: str) -> None:
    """Raises InvalidSignature unless the static header is the site's secret. Without a secret nothing can be proved."""
    if not secret:
        raise InvalidSignature(
            "The site has no webhook secret, so no delivery can be proved.",
            code="no_webhook_secret",
            cure="Save a webhook secret on the site and enter it in the shop as the header X-Ecomsync-Token.",
            platform=PLATFORM,
        )
    if not given:
        raise InvalidSignature(
            "The delivery has no secret header.",
            platform=PLATFORM,
            cure="In the shop's webhook, add the header X-Ecomsync-Token with the webhook secret of the site.",
        )
    if not hmac.compare_digest(secret.encode(), given.strip().encode()):
        raise InvalidSignature(
            "The secret header is not the webhook secret of the site.",
            platform=PLATFORM,
            cure="In the shop's webhook, correct the header X-Ecomsync-Token.",
        )


def _verify_commerce(delivery: WebhookDelivery, public_key: str) -> None:
    """Adobe's documents have the body signed as base64 text, its sender may sign the body itself: either proves it."""
    given = delivery.headers.get(SIGNATURE_HEADER, "")
    if not given:
        raise InvalidSignature(
            "The delivery is not signed.",
            platform=PLATFORM,
            cure="Switch the signature of webhooks on in the shop's admin, or empty the public key on the site.",
        )
    texts = (base64.b64encode(delivery.body), delivery.body)
    if not any(proves(public_key, text, given) for text in texts):
        raise InvalidSignature(
            "The signature does not fit the body and the public key of the site.",
            platform=PLATFORM,
            cure="Copy the public key of webhooks from the shop's admin to the site again.",
        )


def _verify_event(delivery: WebhookDelivery, keys: EventKeys) -> None:
    """Either of the two signatures proves the raw body. Raises InvalidSignature."""
    for n in ("1", "2"):
        given = delivery.headers.get(f"x-adobe-digital-signature-{n}", "")
        path = delivery.headers.get(f"x-adobe-public-key{n}-path", "")
        key = keys.get(path) if given and path else ""
        if key and proves(key, delivery.body, given):
            return
    raise InvalidSignature(
        "The event bears no signature of Adobe that fits its body.",
        platform=PLATFORM,
        cure="See in the Adobe Developer Console that the registration delivers to this address, and that this server "
        "can reach static.adobeioevents.com.",
    )


# ---------------------------------------------------------------- reading


def _hint_notice(delivery: WebhookDelivery) -> WebhookNotice:
    payload = _payload(delivery.body)
    topic = str(payload.get("topic") or delivery.headers.get(TOPIC_HEADER, "")).strip().lower()
    return _notice(topic, payload, delivery, delivery_id="")


def _event_notice(delivery: WebhookDelivery) -> WebhookNotice:
    """The chosen fields lie in `data`, or in `data.value`."""
    payload = _payload(delivery.body)
    data = payload.get("data")
    fields = data.get("value", data) if isinstance(data, Mapping) else {}
    code = str(payload.get("type") or delivery.headers.get("x-adobe-event-code", ""))
    name = code.removeprefix("com.adobe.commerce.")
    event_id = delivery.headers.get("x-adobe-event-id", "") or str(
        payload.get("eventid") or payload.get("id") or ""
    )
    return _notice(
        EVENT_TOPICS.get(name, name),
        fields if isinstance(fields, Mapping) else {},
        delivery,
        delivery_id=delivery.headers.get("x-adobe-delivery-id", ""),
        event_id=event_id,
        sent_at=_sent_at(payload.get("time")),
    )


def _notice(
    topic: str,
    fields: Mapping[str, Any],
    delivery: WebhookDelivery,
    *,
    delivery_id: str,
    event_id: str = "",
    sent_at: datetime | None = None,
) -> WebhookNotice:
    remote_id = _remote_id(topic, fields)
    occurred_at = read_time(fields.get("updated_at")) or sent_at
    digest = hashlib.sha256(delivery.body).hexdigest()
    parts = [topic, event_id] if event_id else [topic, remote_id, digest]
    return WebhookNotice(
        kind=TOPICS.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=hashlib.sha256("\n".join(parts).encode()).hexdigest(),
        delivery_id=delivery_id,
        occurred_at=occurred_at,
        resource=_resource(topic),
        remote_id=remote_id,
        payload=dict(fields),
    )


def _remote_id(topic: str, fields: Mapping[str, Any]) -> str:
    """Of documents of an order the order's id: it is the order that is read again."""
    names = (
        ("order_id", "entity_id", "id")
        if topic in ("new_invoice", "new_shipment", "new_creditmemo", "new_order_comment")
        else ("id", "entity_id")
    )
    return next((str(fields[name]) for name in names if fields.get(name)), "")


def _resource(topic: str) -> str:
    found = topic.rpartition("_")[2]
    return found if found in _RESOURCES else ("order" if topic in TOPICS else "")


def _sent_at(value: Any) -> datetime | None:
    return read_time(str(value).replace("Z", "+00:00")) if value else None


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            "The delivery is proved but is not JSON.",
            platform=PLATFORM,
            cure="Correct the body template of the shop's webhook.",
        ) from err
    if not isinstance(payload, dict):
        raise InvalidPayload(
            "The delivery is proved but is no JSON object.",
            platform=PLATFORM,
            cure="Correct the body template of the shop's webhook.",
        )
    return payload
