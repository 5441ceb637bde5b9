"""/v3/hooks: an account sees its own hooks only; the same scope and destination are refused."""

import re
from typing import Any
from urllib.parse import urlsplit

from sandbox.bigcommerce.answers import ApiError, Json
from sandbox.bigcommerce.state import Account, Store

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SCOPE = re.compile(
    r"store/(\*|order/(\*|created|updated|archived|statusUpdated|message/created|refund/created|transaction/\w+"
    r"|metafield/\w+)|shipment/(\*|created|updated|deleted)"
    r"|product/(\*|created|updated|deleted|inventory/updated|inventory/order/updated|metafield/\w+)"
    r"|sku/(\*|created|updated|deleted|inventory/updated|inventory/order/updated)|category/(\*|created|updated|deleted)"
    r"|customer/(\*|created|updated|deleted)|priceList/records?/(\*|created|updated|deleted)"
    r"|inventory/location/(\*|created|updated|deleted)|channel/.+|hook/deliveryException|app/uninstalled)"
)
MOST_PER_SCOPE = 10


def hook_json(store: Store, hook: Json) -> Json:
    return {k: v for k, v in hook.items() if not k.startswith("_")}


def of_account(store: Store, account: Account) -> list[Json]:
    return [hook for hook in store.hooks.values() if hook["client_id"] == account.client_id]


def create(store: Store, account: Account, body: Any) -> Json:
    clean = _checked(store, body)
    if "scope" not in clean or "destination" not in clean:
        raise ApiError(
            422, errors={name: "required" for name in ("scope", "destination") if name not in clean}
        )
    same = [hook for hook in of_account(store, account) if hook["scope"] == clean["scope"]]
    if any(hook["destination"] == clean["destination"] for hook in same):
        raise ApiError(422, "This webhook already exists.", errors={"destination": "duplicate"})
    if len(same) >= MOST_PER_SCOPE:
        raise ApiError(422, "There are too many webhooks of this scope.")
    now = store.clock.now()
    hook: Json = {
        "id": store.next_id("hook", 20_001),
        "client_id": account.client_id,
        "store_hash": store.options.store_hash,
        "scope": clean["scope"],
        "destination": clean["destination"],
        "headers": clean.get("headers") or {},
        "is_active": clean.get("is_active", True),
        "created_at": now,
        "updated_at": now,
        "_last_event": now,
        "_failures": 0,
    }
    store.hooks[hook["id"]] = hook
    return hook


def update(store: Store, hook: Json, body: Any) -> Json:
    clean = _checked(store, body)
    hook |= clean
    hook["updated_at"] = hook["_last_event"] = store.clock.now()
    return hook


def _checked(store: Store, body: Any) -> Json:
    if not isinstance(body, dict):
        raise ApiError(422)
    clean: Json = {}
    if "scope" in body:
        if not _SCOPE.fullmatch(str(body["scope"])):
            raise ApiError(422, f"The scope {body['scope']} is not supported.", errors={"scope": "unknown"})
        clean["scope"] = body["scope"]
    if "destination" in body:
        clean["destination"] = _destination(store, str(body["destination"]))
    if "is_active" in body:
        if not isinstance(body["is_active"], bool):
            raise ApiError(422, errors={"is_active": "must be a boolean"})
        clean["is_active"] = body["is_active"]
    if body.get("headers") is not None:
        clean["headers"] = {str(k): str(v) for k, v in dict(body["headers"]).items()}
    return clean


def _destination(store: Store, url: str) -> str:
    parts = urlsplit(url)
    loopback = store.options.loopback_hooks and (
        parts.hostname in _LOOPBACK or parts.hostname in store.options.webhook_hosts
    )
    if not loopback and (parts.scheme != "https" or parts.port not in (None, 443)):
        raise ApiError(422, "The destination must be HTTPS on port 443.", errors={"destination": "invalid"})
    return url


def listens(hook: Json, scope: str) -> bool:
    wanted = str(hook["scope"])
    return wanted == scope or (wanted.endswith("/*") and scope.startswith(wanted[:-1]))
