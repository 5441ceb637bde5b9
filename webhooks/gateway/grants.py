"""Tokens in events of an app, on their way through a gateway: sealed where they wait, read where their shop is known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from platforms.types import AppGrant, Token
from webhooks.models import GatewayGrant


def keep_sealed(*, event_id: int, grant: AppGrant) -> None:
    """On the gateway: it knows no shop by its number, so the token waits for whoever fetches the event."""
    GatewayGrant.objects.update_or_create(
        event_id=event_id, defaults={"sealed": json.dumps(grant_as_json(grant))}
    )


def forget(event_ids: Iterable[int]) -> None:
    """These are safe with the client."""
    GatewayGrant.objects.filter(event_id__in=event_ids).delete()


def grant_as_json(grant: AppGrant) -> dict[str, Any]:
    token = grant.token
    told = token and {
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "expires_at": token.expires_at and token.expires_at.isoformat(),
        "scopes": list(token.scopes),
        "extra": dict(token.extra),
    }
    return {"account": grant.account, "token": told}


def grant_from_json(told: Mapping[str, Any], body: bytes) -> AppGrant:
    """Raises KeyError, TypeError, ValueError for what is not such a grant."""
    token, until = told["token"], None
    if token is None:
        return AppGrant(str(told["account"]), None, body)
    if token["expires_at"] is not None:
        until = datetime.fromisoformat(token["expires_at"])
    read = Token(
        access_token=str(token["access_token"]),
        refresh_token=str(token["refresh_token"]),
        expires_at=until,
        scopes=tuple(str(scope) for scope in token["scopes"]),
        extra={str(name): str(value) for name, value in token["extra"].items()},
    )
    return AppGrant(str(told["account"]), read, body)
