"""Deliveries in: events, which say what to look up, and orders, which Norce waits to see taken.

Neither is signed. Events bear a static header of ours, the order receiver is called with user and password; both are
the webhook secret of the site. The type of an event is not in its body but in a header or in the address. Source: fact
sheet §10, §13.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import field, moment, text
from platforms.norce.jobs import Kind
from platforms.types import EventKind, WebhookDelivery, WebhookNotice

TOKEN_HEADER = "X-Hub-Token"
TYPE_HEADER, TYPE_PARAMETER = "x-norce-event-type", "norceEventType"
RECEIVER = "CreateOrder"
#: What the order receiver answers: the order is stored; its number follows by SendOrderStatus.
ANSWER = b'{"StatusCode":"OK","Description":"","HasErpOrderNo":false,"ErpOrderNo":""}'

TOPICS: Mapping[str, EventKind] = {
    RECEIVER: EventKind.ORDER_CREATED,
    "OrderReceivedEvent": EventKind.ORDER_CREATED,
    "OrderConfirmedEvent": EventKind.ORDER_UPDATED,
    "OrderDeliveredEvent": EventKind.ORDER_UPDATED,
    "OrderPartlyDeliveredEvent": EventKind.ORDER_UPDATED,
    "OrderReadyForPickupEvent": EventKind.ORDER_UPDATED,
    "OrderCancelledEvent": EventKind.ORDER_CANCELLED,
    "OrderPaymentReceivedEvent": EventKind.ORDER_PAID,
    "CustomerChangedNotification": EventKind.CUSTOMER_UPDATED,
    "CompanyChangedNotification": EventKind.CUSTOMER_UPDATED,
    "SkuChangedNotification": EventKind.PRODUCT_UPDATED,
    "SkuPriceChangedNotification": EventKind.PRODUCT_UPDATED,
    "SkuOnHandBreakPointNotification": EventKind.STOCK_CHANGED,
    "SkuStockChangedNotification": EventKind.STOCK_CHANGED,
    "JobCompletedEvent": EventKind.UNKNOWN,
    "InvoiceCaptureCompleted": EventKind.UNKNOWN,
}
REQUIRED_TOPICS = (RECEIVER,)
#: Events that our own imports cause.
ECHOES: Mapping[str, Kind] = {
    "SkuChangedNotification": Kind.PRODUCTS,
    "SkuPriceChangedNotification": Kind.PRICES,
    "SkuOnHandBreakPointNotification": Kind.ONHANDS,
    "SkuStockChangedNotification": Kind.ONHANDS,
    "CustomerChangedNotification": Kind.CUSTOMERS,
    "CompanyChangedNotification": Kind.COMPANIES,
}
#: What of a body names its record.
_IDS: Mapping[str, tuple[str, ...]] = {
    "order": ("ClientOrderRef",),
    "product": ("PartNo",),
    "customer": ("CustomerId", "CompanyId"),
    "job": ("JobId",),
    "invoice": ("CapturedInvoiceId",),
}


def topic_for(kind: EventKind) -> str:
    """The topic for one of our kinds, or ""."""
    if kind is EventKind.UNKNOWN:
        return ""
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


def read_delivery(
    delivery: WebhookDelivery, *, secret: str, receiver_user: str, application: str
) -> WebhookNotice:
    """Prove who calls and name the event. Raises InvalidSignature, InvalidPayload."""
    _verify(delivery, secret, receiver_user)
    payload = _payload(delivery.body)
    topic = delivery.headers.get(TYPE_HEADER, "").strip() or delivery.query.get(TYPE_PARAMETER, "").strip()
    if not topic and text(payload, "ClientOrderRef") and isinstance(field(payload, "Items"), list):
        topic = RECEIVER
    _of_this_application(payload, topic, application)
    resource = _resource(topic)
    remote_id = text(payload, *_IDS[resource]) if resource in _IDS else ""
    return WebhookNotice(
        kind=TOPICS.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=_identity(topic, payload, delivery.body),
        occurred_at=_occurred(payload),
        resource=resource,
        remote_id=remote_id,
        payload=payload,
    )


def _verify(delivery: WebhookDelivery, secret: str, receiver_user: str) -> None:
    """Raises InvalidSignature unless header or password are the site's secret. Without a secret nothing is proved."""
    if not secret:
        raise InvalidSignature(
            "The site has no webhook secret, so no delivery can be proved.",
            code="no_webhook_secret",
            cure=f"Save a webhook secret on the site and enter it in Norce Admin as the header {TOKEN_HEADER} of the events "
            "and as the password of the ERP integration.",
            platform=PLATFORM,
        )
    given = delivery.headers.get(TOKEN_HEADER.lower(), "").strip()
    basic = delivery.headers.get("authorization", "")
    if given:
        proved = hmac.compare_digest(secret.encode(), given.encode())
    elif basic.lower().startswith("basic "):
        pair = f"{receiver_user}:{secret}".encode()
        proved = hmac.compare_digest(pair, _decoded(basic[6:]))
    else:
        raise InvalidSignature(
            "The delivery bears neither our header nor a password.",
            platform=PLATFORM,
            cure=f"In Norce Admin > Integrations > Events add the header {TOKEN_HEADER} with the webhook secret of the site; "
            "for the ERP integration enter user and password.",
        )
    if not proved:
        raise InvalidSignature(
            "The header or the password of the delivery is not the webhook secret of the site.",
            platform=PLATFORM,
            cure=f"In Norce Admin correct the header {TOKEN_HEADER} of the events, or user and password of the ERP "
            "integration.",
        )


def _decoded(text_of_pair: str) -> bytes:
    try:
        return base64.b64decode(text_of_pair.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _of_this_application(payload: Mapping[str, Any], topic: str, application: str) -> None:
    """One client has several applications, and events of all of them may come to one address."""
    told = text(payload, "ApplicationId")
    if told and application and told != application and topic in TOPICS:
        raise InvalidPayload(
            f"The event is of application {told}, and this site is application {application}.",
            platform=PLATFORM,
            cure="In Norce Admin give each application's events the address of its own site.",
        )


def _resource(topic: str) -> str:
    if topic == RECEIVER or topic.startswith("Order"):
        return "order" if topic in TOPICS else ""
    for start, name in (
        ("Sku", "product"),
        ("Customer", "customer"),
        ("Company", "customer"),
        ("Job", "job"),
    ):
        if topic.startswith(start):
            return name
    return "invoice" if topic.startswith("Invoice") else ""


def _identity(topic: str, payload: Mapping[str, Any], body: bytes) -> str:
    """An order that Norce hands over again is the same order, by application and reference."""
    if topic == RECEIVER:
        key = text(field(payload, "Header"), "ApplicationKey")
        parts = [topic, key, text(payload, "ClientOrderRef")]
    else:
        parts = [topic, hashlib.sha256(body).hexdigest()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _occurred(payload: Mapping[str, Any]) -> datetime | None:
    try:
        return moment(field(payload, "SubmitDate"))
    except ValueError:
        return None


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            "The delivery is proved but is not JSON.",
            platform=PLATFORM,
            cure="In Norce Admin set the endpoint type of the ERP integration to REST with JSON.",
        ) from err
    if not isinstance(payload, dict):
        raise InvalidPayload(
            "The delivery is proved but is no JSON object.",
            platform=PLATFORM,
            cure="In Norce Admin set the endpoint type of the ERP integration to REST with JSON.",
        )
    return payload
