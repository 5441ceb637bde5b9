"""Keys by approval in the browser: WordPress asks its administrator and posts the keys to us.

The post is not signed, so what `user_id` brings back must be a secret of ours that nobody can guess. WordPress
deletes the key again unless the post is answered with exactly 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from ecomsync.common.errors import ConfigurationError, InvalidPayload, MissingPermission
from platforms.types import ConnectGrant
from platforms.woocommerce.client import site_address

_KEY, _SECRET = re.compile(r"ck_[0-9a-zA-Z]{10,80}"), re.compile(r"cs_[0-9a-zA-Z]{10,80}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def approval_url(url: str, *, app_name: str, token: str, return_url: str, callback_url: str) -> str:
    """The page of the shop that asks for approval. Raises ConfigurationError when the shop would refuse to ask."""
    callback = urlsplit(callback_url)
    if callback.scheme != "https" and callback.hostname not in _LOOPBACK:
        raise ConfigurationError(
            f"WooCommerce sends keys to https addresses only, and this installation is at {callback_url}.",
            code="https_required",
            cure="Set BASE_URL of this installation to its public https address, or enter the keys by hand.",
            platform="woocommerce",
        )
    query = {
        "app_name": app_name,
        "scope": "read_write",
        "user_id": token,
        "return_url": return_url,
        "callback_url": callback_url,
    }
    return f"{site_address(url)}/wc-auth/v1/authorize?{urlencode(query)}"


def grant_from(payload: Any) -> ConnectGrant:
    """The keys that WordPress posts. Raises InvalidPayload, MissingPermission."""
    body: Mapping[str, Any] = payload if isinstance(payload, Mapping) else {}
    token, key, secret = (body.get(name) for name in ("user_id", "consumer_key", "consumer_secret"))
    if not (isinstance(key, str) and isinstance(secret, str)) or not (
        _KEY.fullmatch(key) and _SECRET.fullmatch(secret)
    ):
        raise InvalidPayload(
            "This is not what WooCommerce sends when keys are approved: consumer_key or consumer_secret is missing.",
            cure="Start 'Connect' again on the page of the site.",
            platform="woocommerce",
        )
    if body.get("key_permissions") != "read_write":
        raise MissingPermission(
            f"The approved key may only '{str(body.get('key_permissions'))[:20]}'.",
            cure="Start 'Connect' again and approve reading and writing.",
            platform="woocommerce",
        )
    return ConnectGrant(str(token or ""), {"username": key, "password": secret})


def token_of_return(query: Mapping[str, str]) -> tuple[str, bool]:
    """(our token, approved) of the address to which the browser comes back."""
    return query.get("user_id", ""), query.get("success") == "1"
