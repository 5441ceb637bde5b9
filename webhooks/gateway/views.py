"""`/gateway/…`: token, shops, events, acknowledgement. JSON in and out; errors name cause and cure."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from ecomsync.common.conf import conf
from webhooks.gateway.keeping import acknowledge, keep_sites, waiting_events
from webhooks.gateway.tokens import (
    TOKEN_SECONDS,
    GatewayAuthentication,
    GatewayUser,
    client_of_credentials,
    issue_token,
)
from webhooks.models import GatewayClient

MAX_LIMIT = 1_000


class TokenThrottle(AnonRateThrottle):
    """Guessing a secret is slow."""

    scope = "gateway-token"
    rate = "30/min"


class FetchThrottle(UserRateThrottle):
    """A client that has gone wild does not take the porch's place."""

    scope = "gateway"
    rate = "1200/min"


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "The body is larger than this address takes."
    default_code = "too_large"


class BoundedView(APIView):
    """The parsers read a body whole, so a large one is refused by its declared length."""

    max_body_bytes: ClassVar[int]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.max_body_bytes:
            raise BodyTooLarge
        super().initial(request, *args, **kwargs)


class TokenView(BoundedView):
    """OAuth 2 client credentials (RFC 6749, 4.4): form or Basic in, a bearer token out."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (TokenThrottle,)
    parser_classes = (FormParser,)
    max_body_bytes = 16 * 1024

    def post(self, request: Request) -> Response:
        if request.POST.get("grant_type") != "client_credentials":
            return Response({"error": "unsupported_grant_type"}, status=400)
        client = client_of_credentials(request)
        if client is None:
            text = "Client id or secret is wrong, or the client is switched off. 'manage.py make_gateway_client' on the gateway makes a new secret."
            return Response({"error": "invalid_client", "error_description": text}, status=401)
        token = issue_token(client)
        return Response({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})


class GatewayView(BoundedView):
    authentication_classes = (GatewayAuthentication,)
    permission_classes = (IsAuthenticated,)
    throttle_classes = (FetchThrottle,)
    parser_classes = (JSONParser,)
    max_body_bytes = 4 * 1024 * 1024

    def client_of(self, request: Request) -> GatewayClient:
        return cast(GatewayUser, request.user).client


class SitesView(GatewayView):
    """PUT: the client's whole list of shops."""

    def put(self, request: Request) -> Response:
        told = request.data.get("sites") if isinstance(request.data, dict) else None
        if not isinstance(told, list) or not all(isinstance(entry, dict) for entry in told):
            return _wrong('Send {"sites": [{…}, …]}.')
        report = keep_sites(self.client_of(request), told)
        return Response({"kept": report.kept, "refused": report.refused})


class EventsView(GatewayView):
    """GET ?after=<id>&limit=<n>: events that are not acknowledged yet, by their id."""

    def get(self, request: Request) -> Response:
        try:
            after = max(0, int(request.query_params.get("after", "0")))
            limit = int(request.query_params.get("limit", conf.read_ecommerce_webhook_events_page_size))
        except ValueError:
            return _wrong("'after' and 'limit' are whole numbers.")
        events, has_more = waiting_events(
            self.client_of(request), after=after, limit=max(1, min(limit, MAX_LIMIT))
        )
        last = events[-1]["id"] if events else after
        return Response({"events": events, "next": last, "has_more": has_more})


class AcknowledgeView(GatewayView):
    """POST {"events": [[id, occurrences], …]}: these are safe with the client."""

    def post(self, request: Request) -> Response:
        pairs = request.data.get("events") if isinstance(request.data, dict) else None
        if not isinstance(pairs, list) or not all(_is_pair(entry) for entry in pairs):
            return _wrong('Send {"events": [[id, occurrences], …]}.')
        return Response({"acknowledged": acknowledge(self.client_of(request), [(a, b) for a, b in pairs])})


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(type(part) is int for part in entry)


def _wrong(text: str) -> Response:
    return Response({"error": "invalid_request", "error_description": text}, status=400)
