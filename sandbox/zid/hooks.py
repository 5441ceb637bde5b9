"""/v1/managers/webhooks: one event per registration, https only, no update; deletion takes all of an app."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.zid.answers import ApiError, Json, plain_time
from sandbox.zid.state import Store

EVENTS = (
    "order.create",
    "order.status.update",
    "order.payment_status.update",
    "product.create",
    "product.update",
    "product.publish",
    "product.delete",
    "category.create",
    "category.update",
    "category.delete",
    "customer.create",
    "customer.update",
    "customer.merchant.update",
    "customer.login",
    "abandoned_cart.created",
    "abandoned_cart.completed",
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ORDER_CONDITIONS = {"status", "delivery_option_id", "payment_method"}


def hook_json(hook: Json) -> Json:
    """User and password are not told again."""
    shown = {key: value for key, value in hook.items() if not key.startswith("_")}
    return shown | {"broken_at": plain_time(hook["_broken_at"])}


def create(store: Store, body: Json) -> Json:
    faults: Json = {}
    for name in ("event", "target_url", "original_id", "subscriber"):
        if not body.get(name):
            faults[name] = [f"The {name} field is required."]
    if body.get("event") and body["event"] not in EVENTS:
        faults["event"] = ["The selected event is invalid."]
    conditions = body.get("conditions")
    if conditions is not None and not _good_conditions(str(body.get("event")), conditions):
        faults["conditions"] = ["The conditions are invalid."]
    if faults:
        raise ApiError(422, fields=faults)
    url = _target(store, str(body["target_url"]))
    same = [h for h in store.hooks.values() if (h["event"], h["target_url"]) == (body["event"], url)]
    if same:
        raise ApiError(409, "The webhook is registered already.", code="webhook_exists")
    hook: Json = {
        "id": store.new_uuid(),
        "event": body["event"],
        "target_url": url,
        "store_id": str(store.options.store_id),
        "conditions": conditions,
        "original_id": str(body["original_id"]),
        "subscriber": body["subscriber"],
        "active": True,
        "health_status": "healthy",
        "doc": None,
        "_basic": (str(body["username"]), str(body.get("password") or "")) if body.get("username") else None,
        "_broken_at": None,
        "_failures": [],
    }
    store.hooks[hook["id"]] = hook
    return hook


def _good_conditions(event: str, conditions: Any) -> bool:
    return (
        isinstance(conditions, dict) and event.startswith("order.") and set(conditions) <= _ORDER_CONDITIONS
    )


def _target(store: Store, url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if store.options.loopback_hooks and (host in _LOOPBACK or host in store.options.webhook_hosts):
        return url
    if parts.scheme != "https":
        raise ApiError(422, fields={"target_url": ["The target url must be https."]})
    return url


def listens(hook: Json, event: str, body: Json) -> bool:
    if hook["event"] != event:
        return False
    wanted = (hook["conditions"] or {}).get("status")
    status = (body.get("order_status") or {}).get("code", "")
    return not wanted or str(wanted).lower() == str(status).lower()
