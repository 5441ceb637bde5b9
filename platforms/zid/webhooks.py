"""Deliveries in, and the hooks that send them.

Zid signs nothing. Three defences: a token in the address that nobody can guess, user and password where Zid sends them, and
a body that is a hint only: what it is about is read again through the API. Thirty failures within an hour break a hook and
throw its events away; it is mended by deleting the app's hooks and registering all of them again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature, PermanentError
from platforms.base import result_from_error
from platforms.types import (
    AppGrant,
    EventKind,
    Outcome,
    PushResult,
    WebhookDelivery,
    WebhookHealth,
    WebhookNotice,
)
from platforms.zid.client import ZidClient
from platforms.zid.errors import PLATFORM
from platforms.zid.mapping_orders import updated_at
from platforms.zid.options import ZidOptions

LANE = "orders"
ROUTE = "/v1/managers/webhooks"
USER = "ecomsync"
#: How long after a deletion hooks are made again.
REST = 1.0
TOPICS: Mapping[str, EventKind] = {
    "order.create": EventKind.ORDER_CREATED,
    "order.status.update": EventKind.ORDER_UPDATED,
    "order.payment_status.update": EventKind.ORDER_UPDATED,
    "product.create": EventKind.PRODUCT_CREATED,
    "product.update": EventKind.PRODUCT_UPDATED,
    "product.publish": EventKind.PRODUCT_UPDATED,
    "product.delete": EventKind.PRODUCT_DELETED,
    "category.create": EventKind.CATEGORY_CHANGED,
    "category.update": EventKind.CATEGORY_CHANGED,
    "category.delete": EventKind.CATEGORY_CHANGED,
    "customer.create": EventKind.CUSTOMER_CREATED,
    "customer.update": EventKind.CUSTOMER_UPDATED,
    "customer.merchant.update": EventKind.CUSTOMER_UPDATED,
}
REGISTRABLE_TOPICS = tuple(TOPICS)
REQUIRED_TOPICS = ("order.create", "order.status.update", "order.payment_status.update")
#: Of the app itself; their address is entered in the partner dashboard.
_APP_EVENTS: Mapping[str, EventKind] = {"app.market.application.uninstall": EventKind.APP_REMOVED}
_TOPIC_OF_KIND = {
    EventKind.ORDER_PAID: "order.payment_status.update",
    EventKind.ORDER_CANCELLED: "order.status.update",
    EventKind.STOCK_CHANGED: "product.update",
}
_ENVELOPES = ("order", "product", "data", "payload")


def topic_for(kind: EventKind) -> str:
    """The store's event for one of our kinds, or ""."""
    if kind in _TOPIC_OF_KIND:
        return _TOPIC_OF_KIND[kind]
    return next((topic for topic, known in TOPICS.items() if known is kind), "")


# ---------------------------------------------------------------- proofs


def url_token(secret: str, subject: str) -> str:
    """What the address of an event bears: 32 hex digits that only who has the secret can make. subject: the event, since
    each site has a secret of its own."""
    return hmac.new(secret.encode(), subject.encode(), hashlib.sha256).hexdigest()[:32]


def basic_password(secret: str) -> str:
    """The password that is given at registration; the secret itself never leaves."""
    return url_token(secret, "basic")


def basic_header(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def target_url(address: str, secret: str, event: str) -> str:
    """Where an event is to be sent: the body does not name it reliably, so the address does."""
    query = urlencode({"event": event, "token": url_token(secret, event)})
    return f"{address}{'&' if urlsplit(address).query else '?'}{query}"


class DeliveryReader:
    """Reads the deliveries of one site. In mode `auto` it remembers that user and password came once."""

    def __init__(self, options: ZidOptions, *, secret: str, store_id: str, basic_seen: bool) -> None:
        self._options = options
        self._secret = secret
        self._store_id = store_id
        self.basic_seen = basic_seen

    def read(self, delivery: WebhookDelivery) -> WebhookNotice:
        """Verify, and name the event. Raises InvalidSignature, InvalidPayload."""
        topic = delivery.query.get("event", "").strip()
        self._verify(delivery, topic)
        payload = _payload(delivery.body)
        body = _object(payload)
        self._check_store(body)
        kind = TOPICS.get(topic) or _APP_EVENTS.get(topic, EventKind.UNKNOWN)
        return WebhookNotice(
            kind=kind,
            topic=topic,
            identity=hashlib.sha256(topic.encode() + b"\n" + delivery.body).hexdigest(),
            occurred_at=self._moment(body),
            resource=topic.partition(".")[0],
            remote_id=str(body.get("id") or ""),
            payload=body,
            # An app that was removed takes all tokens with it.
            grant=AppGrant(self._store_id, None, delivery.body) if kind is EventKind.APP_REMOVED else None,
        )

    def _verify(self, delivery: WebhookDelivery, topic: str) -> None:
        """Raises InvalidSignature unless the delivery is proved. Without a secret nothing can be proved."""
        if not self._secret:
            raise _unproved(
                "The site has no webhook secret, so no delivery can be proved.",
                code="no_webhook_secret",
                cure="Run 'Register Webhooks': it makes a secret and gives it to the shop.",
            )
        wanted = url_token(self._secret, topic)
        if not topic or not hmac.compare_digest(delivery.query.get("token", "").encode(), wanted.encode()):
            raise _unproved("The address of the delivery does not bear the token of this site.")
        if self._options.webhook_basic == "off":
            return
        given = delivery.headers.get("authorization", "").strip()
        if not given:
            if self._options.webhook_basic == "required" or self.basic_seen:
                raise _unproved("The delivery bears no user and password.")
            return
        right = basic_header(USER, basic_password(self._secret))
        if not hmac.compare_digest(given.encode(), right.encode()):
            raise _unproved("The user and password of the delivery are not those of this site.")
        self.basic_seen = True

    def _check_store(self, body: Mapping[str, Any]) -> None:
        """Orders tell the store's number; products its UUID, which a site need not know."""
        told = str(body.get("store_id") or "")
        if told.isdigit() and self._store_id.isdigit() and told != self._store_id:
            raise _unproved("The delivery comes from another store.", code="other_store")

    def _moment(self, body: Mapping[str, Any]) -> datetime | None:
        return updated_at(body, self._options)


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


def _object(payload: dict[str, Any]) -> dict[str, Any]:
    """The object itself, whatever it is wrapped in; an object bears an id of its own."""
    if payload.get("id"):
        return payload
    for name in _ENVELOPES:
        inner = payload.get(name)
        if isinstance(inner, dict):
            return _object(inner)
    return payload


# ---------------------------------------------------------------- out


class WebhookRegistrar:
    def __init__(self, client: ZidClient, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self.pause = pause
        connection = client.connection
        self._url = connection.webhook_url
        self._secret = connection.webhook_secret

    def register(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """One healthy hook per event. Lists first and adds what is missing; where a hook of ours is broken or has another
        token, all hooks of the app in this store are deleted and made again, since they cannot be changed."""
        self._need_address()
        wanted = list(dict.fromkeys(topics))
        rows = [row for row in self._rows() if self._is_ours(row)]
        bad = [row for row in rows if not is_healthy(row) or not self._is_right(row)]
        if anew or bad or any(str(row.get("event")) not in wanted for row in rows):
            if rows:
                self._client.delete(ROUTE, [("original_id", self._app_id())], lane=LANE)
                self.pause(REST)
            rows = []
        present = {str(row.get("event")): str(row.get("id", "")) for row in rows}
        return [self._ensure(topic, present.get(topic, ""), renewed=bool(bad)) for topic in wanted]

    def _ensure(self, topic: str, known: str, *, renewed: bool) -> PushResult:
        if topic not in TOPICS:
            return PushResult(
                topic,
                Outcome.REJECTED,
                "unknown_topic",
                f"Zid has no webhook event '{topic}'.",
                f"Choose among: {', '.join(REGISTRABLE_TOPICS)}.",
            )
        if known:
            return PushResult(topic, Outcome.UNCHANGED, remote_id=known)
        body = {
            "event": topic,
            "target_url": target_url(self._url, self._secret, topic),
            "original_id": int(self._app_id()) if self._app_id().isdigit() else self._app_id(),
            "subscriber": USER,
            "conditions": None,
            "username": USER,
            "password": basic_password(self._secret),
        }
        try:
            made = self._client.post(ROUTE, body, lane=LANE)
        except PermanentError as error:
            return result_from_error(topic, error)
        row = made.record("data") if isinstance(made.data, dict) and "data" in made.data else made.record()
        return PushResult(
            topic, Outcome.OK, "enabled_again" if renewed else "", remote_id=str(row.get("id", ""))
        )

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the store sees them."""
        return [
            WebhookHealth(
                str(row.get("id", "")),
                str(row.get("event", "")),
                urlsplit(str(row.get("target_url", "")))._replace(query="").geturl(),
                is_healthy(row),
                _state(row),
            )
            for row in self._rows()
            if self._is_ours(row)
        ]

    def _rows(self) -> list[dict[str, Any]]:
        return self._client.get(ROUTE, lane=LANE).rows("data", "webhooks")

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        return (
            not self._url or str(row.get("target_url", "")).partition("?")[0] == self._url.partition("?")[0]
        )

    def _is_right(self, row: Mapping[str, Any]) -> bool:
        event = str(row.get("event"))
        given = parse_qs(urlsplit(str(row.get("target_url", ""))).query)
        told = next(iter(given.get("token", ())), "")
        return hmac.compare_digest(told.encode(), url_token(self._secret, event).encode())

    def _app_id(self) -> str:
        own = self._client.options.app_id or self._client.connection.credentials.get("username", "").strip()
        if not own:
            raise ConfigurationError(
                "The site has no app ID, by which Zid keeps webhooks.",
                code="no_app_id",
                cure="Enter 'App ID for webhooks' in the options of the site, then run 'Register Webhooks' again.",
                platform=PLATFORM,
            )
        return own

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
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ConfigurationError(
                "Zid delivers to HTTPS only.",
                code="webhook_address",
                cure="Give this installation a public https address.",
                platform=PLATFORM,
            )


def is_healthy(row: Mapping[str, Any]) -> bool:
    """A degraded hook is still sent; a broken one is not, until it is made again."""
    return row.get("active") is not False and str(row.get("health_status") or "") != "broken"


def _state(row: Mapping[str, Any]) -> str:
    if row.get("active") is False:
        return "switched off"
    return str(row.get("health_status") or "active")
