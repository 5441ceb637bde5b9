"""OAuth 2 client credentials: a client's id and secret for a token that lasts an hour."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from webhooks.models import GatewayClient

TOKEN_SECONDS = 3600
_SALT = "webhooks.gateway"


def issue_token(client: GatewayClient) -> str:
    """Void as soon as the client is switched off or gets a new secret."""
    return signing.dumps([client.pk, client.secret_hash[-12:]], salt=_SALT, compress=False)


def client_of_token(token: str) -> GatewayClient | None:
    try:
        pk, mark = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    client = GatewayClient.objects.filter(pk=pk, active=True).first()
    return client if client is not None and client.secret_hash[-12:] == mark else None


def client_of_credentials(request: HttpRequest | Request) -> GatewayClient | None:
    """The client named by HTTP Basic or by the form of the request, when the secret fits."""
    client_id, secret = _basic(request) or (
        str(request.POST.get("client_id", "")),
        str(request.POST.get("client_secret", "")),
    )
    client = GatewayClient.objects.filter(client_id=client_id[:64], active=True).first()
    if client is None or not client.accepts(secret):
        return None
    GatewayClient.objects.filter(pk=client.pk).update(last_seen_at=timezone.now())
    return client


def _basic(request: HttpRequest | Request) -> tuple[str, str] | None:
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return name, secret


class GatewayUser:
    """What DRF needs of somebody signed in."""

    is_authenticated = True

    def __init__(self, client: GatewayClient) -> None:
        self.client = client
        self.pk = f"gateway-{client.pk}"


class GatewayAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        scheme, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        client = client_of_token(token.strip())
        if client is None:
            raise AuthenticationFailed("The token is wrong or over: fetch a new one at /gateway/token.")
        return GatewayUser(client), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="gateway"'
