"""Deliveries in, and the hooks that send them.

`X-WC-Webhook-Delivery-ID` is the same for all deliveries of one hook within a second, so it identifies nothing: the
identity is computed of topic, resource and body. WooCommerce never repeats a delivery, and after seven failures in a
row it switches the hook off without a word: polling is the truth, and `health` is to be watched.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from ecomsync.common.errors import (
    ConfigurationError,
    InvalidPayload,
    InvalidSignature,
    NotFound,
    PermanentError,
)
from ecomsync.common.http import is_private_host
from platforms.base import result_from_error
from platforms.types import EventKind, Outcome, PushResult, WebhookDelivery, WebhookHealth, WebhookNotice
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.mapping_orders import modified_at

LANE = "orders"
TOPICS: Mapping[str, EventKind] = {
    "order.created": EventKind.ORDER_CREATED,
    "order.updated": EventKind.ORDER_UPDATED,
    "order.deleted": EventKind.ORDER_DELETED,
    "order.restored": EventKind.ORDER_UPDATED,
    "product.created": EventKind.PRODUCT_CREATED,
    "product.updated": EventKind.PRODUCT_UPDATED,
    "product.deleted": EventKind.PRODUCT_DELETED,
    "product.restored": EventKind.PRODUCT_UPDATED,
    "product.published": EventKind.PRODUCT_UPDATED,
    "customer.created": EventKind.CUSTOMER_CREATED,
    "customer.updated": EventKind.CUSTOMER_UPDATED,
    "customer.deleted": EventKind.CUSTOMER_DELETED,
}
# `product.published` came with 10.x, so older shops refuse it: it is understood but not asked for.
REGISTRABLE_TOPICS = tuple(topic for topic in TOPICS if topic != "product.published")
REQUIRED_TOPICS = ("order.created", "order.updated", "order.deleted")
_TOPIC_OF_KIND = {
    EventKind.ORDER_PAID: "order.updated",
    EventKind.ORDER_CANCELLED: "order.updated",
    EventKind.RETURN_CREATED: "order.updated",
    EventKind.STOCK_CHANGED: "product.updated",
}
_PING = re.compile(rb"webhook_id=\d{1,19}")
#: A body is what the user who made the hook may see; once he is deleted or demoted, every body is this refusal.
_REFUSED = re.compile(r"woocommerce_rest_(cannot_\w+|authentication_error)|rest_(forbidden|not_logged_in)")
#: Made once: to make one takes longer than to read a small body with it.
_DECODER = json.JSONDecoder(parse_float=Decimal)
_ALLOWED_PORTS = (80, 443, 8080)


def topic_for(kind: EventKind) -> str:
    """The shop's topic for one of our kinds, or ""."""
    if kind in _TOPIC_OF_KIND:
        return _TOPIC_OF_KIND[kind]
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


# ---------------------------------------------------------------- in


def signature_of(body: bytes, secret: str) -> str:
    """base64 of the HMAC-SHA256; WordPress decodes HTML entities in the secret before it signs."""
    digest = hmac.digest(unescape(secret).encode(), body, "sha256")
    return base64.b64encode(digest).decode()


def read_delivery(delivery: WebhookDelivery, *, secret: str) -> WebhookNotice:
    """Verify the raw body and name the event. Raises InvalidSignature, InvalidPayload.

    A ping is the one delivery without signature: it must be answered with exactly 200 and means nothing else.
    """
    given = delivery.headers.get("x-wc-webhook-signature", "")
    if not given and "x-wc-webhook-topic" not in delivery.headers and _PING.fullmatch(delivery.body):
        return WebhookNotice(EventKind.PING, "ping", _identity("ping", "", delivery.body))
    verify(delivery.body, given, secret)
    topic = delivery.headers.get("x-wc-webhook-topic", "").strip().lower()
    payload = _payload(delivery.body, topic)
    remote_id = str(payload.get("id") or "") if isinstance(payload, dict) else ""
    occurred_at = modified_at(payload) if isinstance(payload, dict) else None
    delivery_id = delivery.headers.get("x-wc-webhook-delivery-id", "")
    # A body without a date, such as {"id":5} of a deletion, is the same each time that it happens: there the second
    # of sending, which is what the delivery id stands for, tells one event from the next.
    moment = "" if occurred_at is not None else delivery_id
    return WebhookNotice(
        kind=TOPICS.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=_identity(topic, remote_id, delivery.body, moment),
        delivery_id=delivery_id,
        occurred_at=occurred_at,
        resource=delivery.headers.get("x-wc-webhook-resource", "") or topic.partition(".")[0],
        remote_id=remote_id,
        payload=payload,
        error=_error_in(payload),
        is_refusal=bool(_error_in(payload)) and bool(_REFUSED.match(str(payload.get("code", "")))),
    )


def verify(body: bytes, given: str, secret: str) -> None:
    """Raises InvalidSignature unless `given` proves the body. Without a secret nothing can be proved."""
    if not secret:
        raise InvalidSignature(
            "The site has no webhook secret, so no delivery can be proved.",
            code="no_webhook_secret",
            cure="Run 'Register Webhooks': it makes a secret and gives it to the shop.",
            platform="woocommerce",
        )
    if not given:
        raise InvalidSignature("The delivery is not signed.", platform="woocommerce")
    if not hmac.compare_digest(signature_of(body, secret).encode(), given.strip().encode()):
        raise InvalidSignature(
            "The signature does not fit the body and the site's webhook secret.", platform="woocommerce"
        )


def _payload(body: bytes, topic: str) -> Any:
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            f"The delivery '{topic}' is signed but is not JSON.",
            platform="woocommerce",
            cure="A plugin of the shop prints into deliveries; see the shop's error log.",
        ) from err


def _error_in(payload: Any) -> str:
    """The error that a correctly signed delivery holds when its object was gone before the queue ran."""
    if isinstance(payload, dict) and "id" not in payload and "code" in payload and "message" in payload:
        return f"{payload['code']}: {payload['message']}"
    return ""


def _identity(topic: str, remote_id: str, body: bytes, moment: str = "") -> str:
    parts = [topic, remote_id, hashlib.sha256(body).hexdigest(), *([moment] if moment else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# ---------------------------------------------------------------- out


@dataclass(frozen=True, slots=True)
class _Hook:
    """A hook of the shop that delivers to our address."""

    remote_id: int
    topic: str
    status: str
    name: str


class WebhookRegistrar:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._url = client.connection.webhook_url
        self._secret = client.connection.webhook_secret

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One active hook per topic, with our secret, and no other hook to our address.

        anew: all are made again, so that they belong to the user of our present key; the API does not tell whose a
        hook is, and no change gives it to another.

        The shop never tells a secret, so its fingerprint is part of the hook's name: a hook with another fingerprint
        is given the new secret. Nothing is written when all is right. Each write makes the shop ping our address.
        """
        self._need_address()
        ours: dict[str, list[_Hook]] = {}
        for hook in self._hooks():
            ours.setdefault(hook.topic, []).append(hook)
        wanted = list(dict.fromkeys(topics))
        results = [self._ensure(topic, [] if anew else ours.get(topic, [])) for topic in wanted]
        made = {result.key for result in results if result.is_ok}
        for topic, hooks in ours.items():
            kept = hooks[:1] if topic in wanted and not (anew and topic in made) else []
            for hook in hooks[len(kept) :]:
                self._delete(hook)
        return results

    def _delete(self, hook: _Hook) -> None:
        with suppress(NotFound):  # somebody else was quicker
            self._client.delete(f"webhooks/{hook.remote_id}", lane=LANE)

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the shop sees them: `disabled` after seven failures in a row, `paused` by hand."""
        return [
            WebhookHealth(
                str(row.get("id", "")),
                str(row.get("topic", "")),
                str(row.get("delivery_url", "")),
                row.get("status") == "active",
                str(row.get("status", "")),
            )
            for row in self._rows()
            if not self._url or row.get("delivery_url") == self._url
        ]

    def _ensure(self, topic: str, hooks: Sequence[_Hook]) -> PushResult:
        if topic not in TOPICS and not topic.startswith("action."):
            return PushResult(
                topic,
                Outcome.REJECTED,
                "unknown_topic",
                f"WooCommerce has no webhook topic '{topic}'.",
                f"Choose among: {', '.join(REGISTRABLE_TOPICS)}.",
            )
        name = f"ecomsync {topic} [{hashlib.sha256(self._secret.encode()).hexdigest()[:8]}]"
        body = {"name": name, "secret": self._secret, "status": "active"}
        warning = _address_warning(self._url)
        try:
            if not hooks:
                made = self._client.post(
                    "webhooks", {**body, "topic": topic, "delivery_url": self._url}, lane=LANE
                ).record()
                return PushResult(topic, Outcome.OK, remote_id=str(made.get("id", "")), warning=warning)
            hook = hooks[0]
            if hook.status == "active" and hook.name == name:
                return PushResult(topic, Outcome.UNCHANGED, remote_id=str(hook.remote_id), warning=warning)
            self._client.put(f"webhooks/{hook.remote_id}", body, lane=LANE)
        except PermanentError as error:
            return result_from_error(topic, error)
        code = "enabled_again" if hook.status != "active" else "secret_renewed"
        return PushResult(topic, Outcome.OK, code, remote_id=str(hook.remote_id), warning=warning)

    def _hooks(self) -> list[_Hook]:
        return [
            _Hook(
                int(row["id"]),
                str(row.get("topic", "")),
                str(row.get("status", "")),
                str(row.get("name", "")),
            )
            for row in self._rows()
            if row.get("delivery_url") == self._url
        ]

    def _rows(self) -> list[dict[str, Any]]:
        params = [("orderby", "id"), ("order", "asc"), ("status", "all")]
        return list(self._client.pages("webhooks", params, lane=LANE))

    def _need_address(self) -> None:
        if not self._url:
            raise ConfigurationError(
                "This installation has no public address for webhooks.",
                code="no_webhook_url",
                cure="Set the public URL of this installation, then run 'Register Webhooks' again.",
                platform="woocommerce",
            )
        if not self._secret:
            raise ConfigurationError(
                "The site has no webhook secret.",
                code="no_webhook_secret",
                cure="Save a webhook secret on the site; WooCommerce would make one that nobody can read.",
                platform="woocommerce",
            )


def _address_warning(url: str) -> str:
    """Addresses to which WordPress refuses to deliver, without telling anybody."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port not in _ALLOWED_PORTS:
        return f"WordPress delivers only to the ports 80, 443 and 8080, and this address has {port}."
    if is_private_host(parts.hostname or ""):
        return "WordPress does not deliver to private addresses; the shop must be able to reach this address."
    return ""
