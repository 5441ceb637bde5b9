"""Deliveries in, proved by the scheme of the settings, and the hooks that send them where the shop has an API for it.

Fails closed: without a secret, with an unknown scheme or without its header nothing is proved.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import InvalidPayload, InvalidSignature, PermanentError
from platforms.base import result_from_error
from platforms.custom.client import CustomClient
from platforms.custom.expressions import ExpressionError, Scope, compiled
from platforms.custom.formats import decode
from platforms.custom.operations import Operation
from platforms.custom.paging import all_rows
from platforms.custom.records import Record
from platforms.custom.settings import CustomSettings, WebhookSettings
from platforms.custom.signing_in import digest
from platforms.custom.templates import as_text, render
from platforms.types import EventKind, Outcome, PushResult, WebhookDelivery, WebhookHealth, WebhookNotice

LANE = "orders"
PLATFORM = "custom"


def read_delivery(
    delivery: WebhookDelivery,
    settings: CustomSettings,
    *,
    secret: str,
    scope: Scope,
    now: datetime | None = None,
) -> WebhookNotice:
    """Verify the raw body and name the event. Raises InvalidSignature, InvalidPayload."""
    rule = settings.webhooks
    verify(delivery, rule, secret=secret, scope=scope, now=now or datetime.now(UTC))
    try:
        body = decode(delivery.body, delivery.headers.get("content-type", ""), settings.body_format)
    except ValueError as error:
        raise InvalidPayload(
            f"The body of the delivery cannot be read: {error}.",
            platform=PLATFORM,
            cure="Look at the format of bodies in the platform options of the site.",
        ) from error
    context = {"body": body, "headers": dict(delivery.headers), "query": dict(delivery.query)}

    def told(expression: str) -> Any:
        try:
            return compiled(expression).value(context, scope) if expression else None
        except ExpressionError as error:
            raise InvalidPayload(f"The delivery cannot be read: {error}.", platform=PLATFORM) from error

    topic = as_text(told(rule.topic))
    occurred = told(rule.occurred_at)
    return WebhookNotice(
        kind=_kind(rule.topics.get(topic, topic)),
        topic=topic,
        identity=hashlib.sha256(topic.encode() + b"\n" + delivery.body).hexdigest(),
        delivery_id=as_text(told(rule.delivery_id)),
        occurred_at=occurred if isinstance(occurred, datetime) else None,
        resource=as_text(told(rule.resource)) or topic.partition(".")[0],
        remote_id=as_text(told(rule.id)),
        payload=body,
    )


def _kind(value: str) -> EventKind:
    return EventKind(value) if value in set(EventKind) else EventKind.UNKNOWN


def verify(
    delivery: WebhookDelivery, rule: WebhookSettings, *, secret: str, scope: Scope, now: datetime
) -> None:
    """Raises InvalidSignature unless the delivery is proved."""
    if not secret:
        raise _unproved(
            "The site has no webhook secret, so no delivery can be proved.", code="no_webhook_secret"
        )
    given = (
        delivery.query.get(rule.parameter, "")
        if rule.parameter
        else delivery.headers.get(rule.header.lower(), "")
    )
    if rule.scheme == "basic":
        given, wanted = _password_of(delivery.headers.get("authorization", "")), secret
    elif rule.scheme == "token":
        given, wanted = given.removeprefix(rule.prefix), secret
    else:
        _check_age(delivery, rule, now)
        wanted = digest(secret, signed_text(delivery, rule, scope), rule.algorithm, rule.encoding)
        given = given.removeprefix(rule.prefix)
        if rule.encoding == "hex":
            given = given.lower()
    if not given or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise _unproved("The delivery does not prove that it comes from this shop.")


def signed_text(delivery: WebhookDelivery, rule: WebhookSettings, scope: Scope) -> bytes:
    """The bytes that are signed. The body goes in as it came, whatever its encoding."""
    if rule.signed.strip() == "{{ body }}":
        return delivery.body
    mark = "\x00body\x00"
    context = {"body": mark, "headers": dict(delivery.headers), "query": dict(delivery.query)}
    try:
        text = as_text(render(rule.signed, context, scope))
    except ExpressionError as error:
        raise _unproved(f"What is signed cannot be put together: {error}.") from error
    return text.encode().replace(mark.encode(), delivery.body)


def _check_age(delivery: WebhookDelivery, rule: WebhookSettings, now: datetime) -> None:
    """A signature over a time counts only for a while, so that an old delivery cannot be sent again."""
    if not rule.timestamp:
        return
    stamp = delivery.headers.get(rule.timestamp.lower(), "").strip()
    if not stamp.isascii() or not stamp.isdigit():
        raise _unproved("The delivery has no time, which is part of its signature.")
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1)
    if abs(now.timestamp() - seconds) > rule.max_age:
        raise _unproved("The delivery was signed too long ago, or ahead of our clock.", code="stale_delivery")


def _password_of(header: str) -> str:
    scheme, _blank, value = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unproved(message: str, *, code: str = "") -> InvalidSignature:
    return InvalidSignature(
        message,
        code=code,
        cure="Enter the site's webhook secret in the shop, or run 'Register Webhooks'; look at the scheme in the platform "
        "options of the site.",
        platform=PLATFORM,
    )


def topics_of(settings: CustomSettings) -> tuple[str, ...]:
    """The shop's topics that the settings name; our own words where they name none."""
    return tuple(settings.webhooks.topics) or tuple(
        kind.value for kind in EventKind if kind.value.startswith("order.")
    )


def topic_for(settings: CustomSettings, kind: EventKind) -> str:
    topics = settings.webhooks.topics
    if not topics:
        return kind.value if kind.value in topics_of(settings) else ""
    found = next((topic for topic, name in topics.items() if name == kind.value), "")
    if not found and kind in (EventKind.ORDER_CREATED, EventKind.ORDER_PAID, EventKind.ORDER_CANCELLED):
        return topic_for(settings, EventKind.ORDER_UPDATED)
    return found


# ---------------------------------------------------------------- hooks


class WebhookRegistrar:
    def __init__(self, client: CustomClient, need: Callable[[str], Operation]) -> None:
        self._client = client
        self._need = need

    def health(self) -> list[WebhookHealth]:
        """Our hooks as the shop has them."""
        fields: Mapping[str, Any] = self._client.settings.maps.get("webhook", {})
        found = []
        for row in all_rows(self._client, self._need("list_webhooks"), {}, lane=LANE):
            record = Record("webhook", row, fields, self._client.scope)
            if record.text("url") == self._client.connection.webhook_url:
                found.append(
                    WebhookHealth(
                        record.text("remote_id"),
                        record.text("topic"),
                        record.text("url"),
                        record.flag("active", True),
                    )
                )
        return found

    def register(self, topics: Sequence[str], *, anew: bool) -> list[PushResult]:
        present = {hook.topic: hook for hook in self.health()}
        return [self._register(topic, present.get(topic), anew=anew) for topic in topics]

    def _register(self, topic: str, hook: WebhookHealth | None, *, anew: bool) -> PushResult:
        if hook is not None and hook.active and not anew:
            return PushResult(topic, Outcome.UNCHANGED, remote_id=hook.remote_id)
        connection = self._client.connection
        told = {
            "topic": topic,
            "url": connection.webhook_url,
            "secret": connection.webhook_secret,
            "remote_id": hook.remote_id if hook else "",
        }
        operation = self._need("update_webhook" if hook else "register_webhook")
        try:
            reply = self._client.run(operation, {"hook": told}, lane=LANE)
        except PermanentError as error:
            return result_from_error(topic, error)
        remote_id = (
            as_text(self._client.value(operation.id, reply.context)) if operation.id else told["remote_id"]
        )
        return PushResult(topic, Outcome.OK, remote_id=remote_id)
