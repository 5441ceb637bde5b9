"""Deliveries in, and the hooks that send them.

The signature is the HMAC-SHA256 of the raw body in hex, or the token strategy sends the secret itself; both are set by a
second call, since registering takes neither. There is no delivery id: a resend has the same bytes. Events of the app come
for all its merchants to one address, with the app's own secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature, PermanentError
from platforms.base import result_from_error
from platforms.salla.client import SallaClient
from platforms.salla.errors import PLATFORM
from platforms.salla.payloads import moment_of
from platforms.salla.tokens import AUTHORIZE, token_of_event
from platforms.types import (
    AppGrant,
    EventKind,
    Outcome,
    PushResult,
    WebhookDelivery,
    WebhookHealth,
    WebhookNotice,
)

LANE = "orders"
TOPICS: Mapping[str, EventKind] = {
    "order.created": EventKind.ORDER_CREATED,
    "order.updated": EventKind.ORDER_UPDATED,
    "order.status.updated": EventKind.ORDER_UPDATED,
    "order.payment.updated": EventKind.ORDER_UPDATED,
    "order.products.updated": EventKind.ORDER_UPDATED,
    "order.coupon.updated": EventKind.ORDER_UPDATED,
    "order.total.price.updated": EventKind.ORDER_UPDATED,
    "order.shipping.address.updated": EventKind.ORDER_UPDATED,
    "order.cancelled": EventKind.ORDER_CANCELLED,
    "order.deleted": EventKind.ORDER_DELETED,
    "order.refunded": EventKind.RETURN_CREATED,
    "product.created": EventKind.PRODUCT_CREATED,
    "product.updated": EventKind.PRODUCT_UPDATED,
    "product.deleted": EventKind.PRODUCT_DELETED,
    "product.available": EventKind.STOCK_CHANGED,
    "product.quantity.low": EventKind.STOCK_CHANGED,
    "customer.created": EventKind.CUSTOMER_CREATED,
    "customer.updated": EventKind.CUSTOMER_UPDATED,
    "category.created": EventKind.CATEGORY_CHANGED,
    "category.updated": EventKind.CATEGORY_CHANGED,
}
#: These come by themselves to the app's address and cannot be subscribed to.
APP_EVENTS: Mapping[str, EventKind] = {
    AUTHORIZE: EventKind.TOKEN_GRANTED,
    "app.uninstalled": EventKind.APP_REMOVED,
}
REGISTRABLE_TOPICS = tuple(TOPICS)
REQUIRED_TOPICS = (
    "order.created",
    "order.updated",
    "order.status.updated",
    "order.cancelled",
    "order.refunded",
)
_TOPIC_OF_KIND = {EventKind.ORDER_UPDATED: "order.updated", EventKind.ORDER_PAID: "order.payment.updated"}
#: Looked for before the proof, only to choose the secret by which the delivery is to be proved.
_APP_BODY = re.compile(rb'"event"\s*:\s*"app\.')
_JAVASCRIPT = re.compile(r"\w{3} (\w{3} \d{2} \d{4} \d{2}:\d{2}:\d{2}) GMT([+-]\d{4})")


def topic_for(kind: EventKind) -> str:
    """Salla's event for one of our kinds, or ""."""
    if kind in _TOPIC_OF_KIND:
        return _TOPIC_OF_KIND[kind]
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


# ---------------------------------------------------------------- in


def signature_of(secret: str, body: bytes) -> str:
    """64 lower-case hex characters over the raw bytes."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def read_delivery(
    delivery: WebhookDelivery, *, secret: str, app_secret: str, strategy: str, merchant: str
) -> WebhookNotice:
    """Verify the raw body and name the event. Raises InvalidSignature, InvalidPayload.

    app_secret: of the app's own webhook address; strategy: signature | token; merchant: the store's number, where known.
    Events of a store are proved by the site's own secret, events of the app by the app's; these may be about any store.
    An event of the app that only the site's own secret proves must be about its own store.
    """
    is_app = bool(_APP_BODY.search(delivery.body))
    proofs = [one for one in ((app_secret, secret) if is_app else (secret,)) if one]
    verify(delivery, secrets=proofs, strategy=strategy)
    envelope = _envelope(delivery.body)
    sender = str(envelope.get("merchant") or "")
    topic = str(envelope.get("event") or "").strip()
    is_other = bool(sender) and sender != merchant
    if topic.startswith("app."):
        # The site's own secret proves what is about its own store; about others only the app speaks.
        if is_other and not app_secret:
            raise _unproved("The delivery comes from another store.", code="other_store")
        if is_other:
            verify(delivery, secrets=(app_secret,), strategy=strategy)
    elif merchant and is_other:
        raise _unproved("The delivery comes from another store.", code="other_store")
    data = envelope.get("data")
    grant = _grant(topic, sender, envelope, delivery.body)
    return WebhookNotice(
        kind=TOPICS.get(topic) or APP_EVENTS.get(topic, EventKind.UNKNOWN),
        topic=topic,
        identity=hashlib.sha256(topic.encode() + b"\n" + delivery.body).hexdigest(),
        occurred_at=_moment(envelope.get("created_at")),
        resource=topic.partition(".")[0],
        remote_id=_remote_id(topic, data if isinstance(data, Mapping) else {}),
        payload={} if grant is not None else data,
        grant=grant,
    )


def _grant(topic: str, merchant: str, envelope: Mapping[str, Any], body: bytes) -> AppGrant | None:
    """The token of an installation, or its end; both tokens are dead then. Tokens are left out of what is kept."""
    if APP_EVENTS.get(topic) is None:
        return None
    kept = json.dumps(
        {name: value for name, value in envelope.items() if name != "data"}, default=str
    ).encode()
    token = token_of_event(body.decode("utf-8-sig")) if topic == AUTHORIZE else None
    return AppGrant(merchant, token, kept)


def verify(delivery: WebhookDelivery, *, secrets: Sequence[str], strategy: str) -> None:
    """Raises InvalidSignature unless the delivery is proved. Without a secret nothing can be proved."""
    if not secrets:
        raise _unproved(
            "The site has no webhook secret, so no delivery can be proved.",
            code="no_webhook_secret",
            cure="Run 'Register Webhooks': it makes a secret and gives it to the shop.",
        )
    if strategy == "token":
        given = delivery.headers.get("authorization", "").strip()
        given = given[7:].strip() if given[:7].lower() == "bearer " else given
        if not any(hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets):
            raise _unproved("The delivery does not bear the secret of this site.")
        return
    given = delivery.headers.get("x-salla-signature", "").strip().lower()
    if not given:
        raise _unproved("The delivery is not signed.")
    wanted = [signature_of(secret, delivery.body) for secret in secrets]
    if not any(hmac.compare_digest(given.encode(), one.encode()) for one in wanted):
        raise _unproved("The signature does not fit the body and the secret of the site.")


def _unproved(message: str, *, code: str = "", cure: str = "") -> InvalidSignature:
    return InvalidSignature(message, code=code, cure=cure, platform=PLATFORM)


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as err:
        raise InvalidPayload(
            "The delivery is proved but is not JSON.",
            platform=PLATFORM,
            cure="Something between Salla and us changes deliveries.",
        ) from err
    if not isinstance(payload, dict):
        raise InvalidPayload("The delivery is proved but is not a JSON object.", platform=PLATFORM)
    return payload


def _remote_id(topic: str, data: Mapping[str, Any]) -> str:
    """Status events have an id of their own, and the order's inside."""
    inner = data.get("order")
    if topic == "order.status.updated" and isinstance(inner, Mapping) and inner.get("id"):
        return str(inner["id"])
    number = data.get("id")
    return "" if number is None else str(number)


def _moment(value: Any) -> datetime | None:
    """Three forms have been seen; it is never used for ordering."""
    text = str(value or "").strip()
    found = _JAVASCRIPT.match(text)
    try:
        if found:
            return datetime.strptime(" ".join(found.groups()), "%b %d %Y %H:%M:%S %z").astimezone(UTC)
        return moment_of(text)
    except ValueError:
        return None


# ---------------------------------------------------------------- out


class WebhookRegistrar:
    def __init__(self, client: SallaClient) -> None:
        self._client = client
        self._url = client.connection.webhook_url
        self._secret = client.connection.webhook_secret
        self._strategy = client.options.webhook_strategy

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One hook per event with our secret; other hooks of ours to our address go, by their number.

        Cost: one call to look; two for each hook that is missing, one for each whose secret is not ours.
        """
        self._need_address()
        ours: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows():
            ours.setdefault(str(row.get("event")), []).append(row)
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
                f"Salla has no event '{topic}' that can be subscribed to.",
                f"Choose among: {', '.join(REGISTRABLE_TOPICS)}.",
            )
        try:
            if rows and self._is_ours(rows[0]) and not anew:
                return PushResult(topic, Outcome.UNCHANGED, remote_id=str(rows[0].get("id", "")))
            number = str(rows[0].get("id", "")) if rows else self._subscribe(topic)
            body = {"security_strategy": self._strategy, "secret": self._secret}
            self._client.put(f"webhooks/{number}", body, lane=LANE)
        except PermanentError as error:
            return result_from_error(topic, error)
        return PushResult(topic, Outcome.OK, "secret_renewed" if rows else "", remote_id=number)

    def _subscribe(self, topic: str) -> str:
        body = {"name": f"ecomsync {topic}", "event": topic, "url": self._url, "version": 2}
        return str(self._client.post("webhooks/subscribe", body, lane=LANE).record().get("id", ""))

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        """A hook without strategy, or with another secret, sends what we refuse."""
        security = row.get("security")
        if not isinstance(security, Mapping):
            return False
        return security.get("strategy") == self._strategy and security.get("secret") == self._secret

    def _delete(self, number: str) -> None:
        """By its number only: by the address all hooks would go."""
        try:
            self._client.delete("webhooks/unsubscribe", [("id", number)], lane=LANE)
        except PermanentError:
            return  # somebody else was quicker

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the store sees them, and those that are missing."""
        found = []
        for row in self._rows():
            proved = self._is_ours(row)
            found.append(
                WebhookHealth(
                    str(row.get("id", "")),
                    str(row.get("event", "")),
                    str(row.get("url", "")),
                    proved,
                    "active" if proved else "has another secret",
                )
            )
        present = {hook.topic for hook in found}
        missing = [topic for topic in REQUIRED_TOPICS if topic not in present]
        return [*found, *(WebhookHealth("", topic, self._url, False, "is missing") for topic in missing)]

    def _rows(self) -> list[dict[str, Any]]:
        rows = self._client.pages("webhooks", lane=LANE)
        return [row for row in rows if not self._url or row.get("url") == self._url]

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
