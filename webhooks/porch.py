"""The porch: takes deliveries of shops before anything else is asked.

POST /webhooks/<platform>/<public id>/ → size → site (kept in memory) → signature → one INSERT → 200.
No session, no other middleware, no other statement. The answer leaves after the commit, since the INSERT is its
own transaction. What a delivery means is decided later (`webhooks.services.process`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException, UnreadablePostError

from activity.services.events import record_event
from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature
from ecomsync.common.logs import new_trace
from platforms.types import EventKind, WebhookDelivery, WebhookNotice
from webhooks.kick import kick
from webhooks.services.counters import count
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
}


class WebhookPorch:
    """First middleware: answers deliveries itself and lets everything else pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with new_trace():
            return receive(request)


def receive(request: HttpRequest) -> HttpResponse:
    """The answer to one delivery."""
    platform, public_id = _address(request.path_info)
    if not public_id:
        return _unknown()
    if request.method != "POST":
        response = _refuse(405, "method_not_allowed")
        response["Allow"] = "POST"
        return response
    if _declared_length(request) > settings.WEBHOOK_MAX_BODY_BYTES:
        return _too_large(public_id)
    try:
        card = cards.get(public_id)
    except ConfigurationError:
        logger.exception("The site of webhook id %s… cannot be opened", public_id[:6])
        return _refuse(503, "site_broken")
    if card is None or not card.is_open or card.platform != platform:
        return _unknown()
    body = _read_body(request, settings.WEBHOOK_MAX_BODY_BYTES)
    if body is None:
        return _too_large(public_id)
    return _take(card, public_id, WebhookDelivery(_headers(request), body, request.GET.dict()))


def _take(card: SiteCard, public_id: str, delivery: WebhookDelivery) -> HttpResponse:
    try:
        card, notice = _verified(card, public_id, delivery)
    except InvalidSignature as error:
        count("bad_signature", site_id=card.site_id)
        _sample(card, "webhook.bad_signature", error.message)
        return _refuse(401, "bad_signature")
    if notice.kind == EventKind.PING:
        count("pings", site_id=card.site_id)
        return _answer(200, "ping")
    stored = store_event(card=card, notice=notice, delivery=delivery)
    if stored.waits and card.is_critical(notice.kind):
        kick()
    return _answer(200, "stored")


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
        return unreadable_notice(delivery, error)


def _address(path: str) -> tuple[str, str]:
    """(platform, public id) of /webhooks/<platform>/<public id>/, the last slash being optional; else empty."""
    parts = path[len(PREFIX) :].rstrip("/").split("/")
    return (parts[0], parts[1]) if len(parts) == 2 and len(parts[1]) <= 64 else ("", "")


def _headers(request: HttpRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _declared_length(request: HttpRequest) -> int:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdigit() else 0


def _read_body(request: HttpRequest, limit: int) -> bytes | None:
    """The raw body, or None when it is longer than it said and than we take."""
    try:
        body = request.read(limit + 1)
    except (UnreadablePostError, RawPostDataException, OSError):
        return b""
    return None if len(body) > limit else body


def _unknown() -> HttpResponse:
    count("unknown_site")
    return _refuse(404, "unknown_site")


def _too_large(public_id: str) -> HttpResponse:
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


def _answer(status: int, code: str, **texts: str) -> HttpResponse:
    response = JsonResponse({"status": code, **texts}, status=status)
    # Nobody behind the porch adds it; without it the server sends a short answer in chunks.
    response["Content-Length"] = str(len(response.content))
    return response


def _refuse(status: int, code: str) -> HttpResponse:
    """The shop's log keeps this: it names cause and cure for whoever reads it there."""
    message, cure = REFUSALS[code]
    limit = settings.WEBHOOK_MAX_BODY_BYTES
    return _answer(status, code, message=message.format(limit=limit), cure=cure)
