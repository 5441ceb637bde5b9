"""The porch: takes deliveries of shops before anything else is asked.

POST /webhooks/<platform>/<public id>/ → size → site (kept in memory) → signature → one INSERT → 200.
No session, no middleware, no other statement. The answer leaves after the commit, since the INSERT is its
own transaction. What a delivery means is decided later (`webhooks.services.process`).

It stands before Django's own handler (`PorchBefore`, in `ecomsync.wsgi`), whose requests, responses and signals would
cost a delivery as much as everything that is done for it. Where a server is given Django's handler itself, the
middleware `WebhookPorch` does the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    connections,
    reset_queries,
    transaction,
)
from django.http import HttpRequest, HttpResponse, QueryDict

from activity.services.events import record_event
from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature
from ecomsync.common.logs import new_trace
from platforms.types import AppGrant, EventKind, WebhookDelivery, WebhookNotice
from sites.services.app_grants import keep_grant
from webhooks.gateway.grants import keep_sealed
from webhooks.kick import kick
from webhooks.services.counters import count
from webhooks.services.insertion import Stored
from webhooks.services.sites import DOUBT_SECONDS, SiteCard, cards
from webhooks.services.store import store_event
from webhooks.services.unreadable import unreadable_notice

logger = logging.getLogger(__name__)

PREFIX = "/webhooks/"
#: At most one security event per site and kind in so many seconds; the counters count them all.
SAMPLE_SECONDS = 60

#: code -> cause and cure, in the language of logs.
REFUSALS: Mapping[str, tuple[str, str]] = {
    "method_not_allowed": (
        "Deliveries are sent by POST.",
        "Enter this address in the shop as the delivery URL of a webhook; it is not a page.",
    ),
    "unknown_site": (
        "No site takes deliveries at this address.",
        "Compare it with the webhook address on the page of the site, which must be active and have webhooks on; "
        "'Register Webhooks' there sets it right in the shop.",
    ),
    "bad_signature": (
        "The signature does not fit the body and the secret of this address.",
        "Run 'Register Webhooks' on the page of the site, so that both sides hold the same secret.",
    ),
    "too_large": (
        "A delivery may hold at most {limit} bytes.",
        "Raise WEBHOOK_MAX_BODY_BYTES if the shop's records are that large; the order is read by polling anyway.",
    ),
    "site_broken": (
        "The settings of this site cannot be read.",
        "Look at the log of the web server; often the keys of FIELD_ENCRYPTION_KEYS were changed.",
    ),
    "not_stored": (
        "The delivery could not be stored.",
        "Send it again later. Look at the log of the web server: the database does not answer or refuses to write.",
    ),
    "internal": (
        "The delivery could not be taken, because of an error in ecomsync.",
        "Send it again later. The log of the web server tells what happened.",
    ),
}

Environ = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop is told. body: JSON; allow: the value of that header, if any."""

    status: int
    body: bytes
    allow: str = ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        # Nobody behind the porch adds the length; without it the server sends a short answer in chunks.
        told = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        return [*told, ("Allow", self.allow)] if self.allow else told


class PorchBefore:
    """A WSGI application that answers deliveries itself and hands everything else to `application`."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self.application(environ, start_response)
        answer = _answered(environ)
        start_response(_LINES[answer.status], answer.headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _answered(environ: Environ) -> Answer:
    """The answer, whatever happens; with what Django's signals do before a request."""
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_unusable_or_obsolete()
    if database.queries_logged:
        reset_queries()
    try:
        with new_trace():
            return receive(environ)
    except Exception:  # the outer loop of a web worker: the shop gets an answer, and sends again
        logger.exception("A delivery to %s could not be taken", environ.get("PATH_INFO"))
        return _refuse(500, "internal")


class WebhookPorch:
    """First middleware: the same where Django's handler is called without the one of `ecomsync.wsgi`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with new_trace():
            answer = receive(request.META)
        return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def receive(environ: Environ) -> Answer:
    """The answer to one delivery, given the WSGI environment. 200 only for what is stored and committed."""
    try:
        return _receive(environ)
    except (DatabaseError, InterfaceError):
        logger.exception("A delivery to %s could not be stored", environ.get("PATH_INFO"))
        return _refuse(503, "not_stored")


def _receive(environ: Environ) -> Answer:
    platform, public_id = _address(environ.get("PATH_INFO", ""))
    if not public_id:
        return _unknown()
    if environ["REQUEST_METHOD"] != "POST":
        return _asked(environ, platform, public_id) or _refuse(405, "method_not_allowed", allow="POST")
    limit = settings.WEBHOOK_MAX_BODY_BYTES
    if _declared_length(environ) > limit:
        return _too_large(public_id)
    try:
        card = cards.get(public_id)
    except ConfigurationError:
        logger.exception("The site of webhook id %s… cannot be opened", public_id[:6])
        return _refuse(503, "site_broken")
    if card is None or not card.is_open or card.platform != platform:
        return _unknown()
    body = _read_body(environ, limit)
    if len(body) > limit:
        return _too_large(public_id)
    return _take(card, public_id, WebhookDelivery(_headers(environ), body, _query(environ)))


def _asked(environ: Environ, platform: str, public_id: str) -> Answer | None:
    """The answer to a GET: one by which a platform asks whether the address is ours, or a delivery with its proof in the
    query where the platform sends such."""
    query = _query(environ) if environ["REQUEST_METHOD"] == "GET" else {}
    if not query:
        return None
    try:
        card = cards.get(public_id)
    except ConfigurationError:
        return None
    if card is None or not card.is_open or card.platform != platform:
        return None
    if card.adapter.capabilities.webhooks_by_get:
        return _take(card, public_id, WebhookDelivery(_headers(environ), b"", query))
    told = card.adapter.webhook_challenge(query)
    return Answer(200, told) if told else None


def _take(card: SiteCard, public_id: str, delivery: WebhookDelivery) -> Answer:
    try:
        card, notice = _verified(card, public_id, delivery)
    except InvalidSignature as error:
        count("bad_signature", site_id=card.site_id)
        _sample(card, "webhook.bad_signature", error.message)
        return _refuse(401, "bad_signature")
    if notice.kind == EventKind.PING:
        count("pings", site_id=card.site_id)
        return _PING
    if notice.grant is not None:
        stored = _take_grant(card, notice, notice.grant, delivery)
    else:
        stored = store_event(card=card, notice=notice, delivery=delivery)
    if stored.waits and card.is_critical(notice.kind):
        kick()
    wanted = card.adapter.webhook_answer
    return Answer(200, wanted) if wanted else _STORED


def _take_grant(card: SiteCard, notice: WebhookNotice, grant: AppGrant, delivery: WebhookDelivery) -> Stored:
    """What an event of the app grants goes to its shop's site; on a gateway it waits with the event, as one change."""
    kept = replace(delivery, body=grant.body)
    if settings.ROLE != "gateway":
        keep_grant(platform=card.platform, grant=grant, heard_at=card.code)
        return store_event(card=card, notice=notice, delivery=kept)
    with transaction.atomic():
        stored = store_event(card=card, notice=notice, delivery=kept)
        keep_sealed(event_id=stored.event_id, grant=grant)
    return stored


def _verified(card: SiteCard, public_id: str, delivery: WebhookDelivery) -> tuple[SiteCard, WebhookNotice]:
    """The delivery, named. A refused one is looked at again with the secret of this very moment."""
    try:
        return card, _named(card, delivery)
    except InvalidSignature:
        fresh = cards.get(public_id, younger_than=DOUBT_SECONDS)
        if fresh is None or fresh is card:
            raise
        return fresh, _named(fresh, delivery)


def _named(card: SiteCard, delivery: WebhookDelivery) -> WebhookNotice:
    """A signed body that cannot be read is kept too, as what it is."""
    try:
        return card.adapter.read_webhook(delivery)
    except InvalidPayload as error:
        return unreadable_notice(delivery, error, card.adapter.webhook_topic_headers)


def _address(path: str) -> tuple[str, str]:
    """(platform, public id) of /webhooks/<platform>/<public id>/, the last slash being optional; else empty."""
    parts = path[len(PREFIX) :].rstrip("/").split("/")
    return (parts[0], parts[1]) if len(parts) == 2 and len(parts[1]) <= 64 else ("", "")


def _headers(environ: Environ) -> dict[str, str]:
    """The request's headers, names in lower case."""
    found = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-").lower()] = environ[name]
    return found


def _query(environ: Environ) -> dict[str, str]:
    told = environ.get("QUERY_STRING", "")
    return QueryDict(told.encode("latin-1")).dict() if told else {}


def _declared_length(environ: Environ) -> int:
    declared = environ.get("CONTENT_LENGTH") or ""
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _read_body(environ: Environ, limit: int) -> bytes:
    """The raw body; one that tells no length is read up to one byte more than we take, if the server says where it
    ends. Empty when the connection broke."""
    length = _declared_length(environ)
    if not length and environ.get("wsgi.input_terminated"):
        length = limit + 1
    try:
        return bytes(environ["wsgi.input"].read(length))
    except OSError:
        return b""


def _unknown() -> Answer:
    count("unknown_site")
    return _refuse(404, "unknown_site")


def _too_large(public_id: str) -> Answer:
    card = cards.get(public_id)
    count("too_large", site_id=card.site_id if card else None)
    return _refuse(413, "too_large")


def _sample(card: SiteCard, kind: str, message: str) -> None:
    if cache.add(f"{kind}:{card.site_id}", 1, SAMPLE_SECONDS):
        record_event(
            kind=kind,
            site_code=card.code,
            level="warning",
            subject=("ecomsites.site", card.site_id, card.code),
            message=message,
        )


def _answer(status: int, code: str, *, allow: str = "", **texts: str) -> Answer:
    return Answer(status, json.dumps({"status": code, **texts}).encode(), allow)


def _refuse(status: int, code: str, *, allow: str = "") -> Answer:
    """The shop's log keeps this: it names cause and cure for whoever reads it there."""
    message, cure = REFUSALS[code]
    limit = settings.WEBHOOK_MAX_BODY_BYTES
    return _answer(status, code, allow=allow, message=message.format(limit=limit), cure=cure)


_STORED = _answer(200, "stored")
_PING = _answer(200, "ping")
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
