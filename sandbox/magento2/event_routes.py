"""The routes of Adobe Commerce Webhooks and of I/O Events; Open Source has neither."""

from sandbox.magento2.call import Call, as_bool
from sandbox.magento2.errors import MageError, required
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json

_IDENTITY = ("webhook_method", "webhook_type", "batch_name", "hook_name")


def _of(call: Call, kind: str) -> list[Json]:
    return [hook for hook in call.store.hooks.values() if hook["kind"] == kind]


def subscribe(call: Call) -> bool:
    """The same four names again change the hook. `required` is true unless it is said: then failures break checkout."""
    row = call.object("webhook")
    for name in (*_IDENTITY, "url"):
        if not row.get(name):
            raise required(name)
    if not str(row["webhook_method"]).startswith(("observer.", "plugin.")):
        raise MageError("The webhook method is not valid: %1", [row["webhook_method"]])
    identity = [str(row[name]) for name in _IDENTITY]
    known = next((hook for hook in _of(call, "commerce") if hook["identity"] == identity), None)
    fields: Json = {
        "kind": "commerce",
        "identity": identity,
        "method_name": identity[0],
        "url": str(row["url"]),
        "required": as_bool(row.get("required", True)),
        "fields": list(row.get("fields") or []),
        "headers": {str(h["name"]): str(h["value"]) for h in row.get("headers") or []},
        "fallback": str(row.get("fallback_error_message") or ""),
        "shown": dict(row),
    }
    if known is not None:
        known.update(fields)
    else:
        call.app.events.add(fields)
    return True


def unsubscribe(call: Call) -> bool:
    row = call.object("webhook")
    identity = [str(row.get(name) or "") for name in _IDENTITY]
    for hook in _of(call, "commerce"):
        if hook["identity"] == identity:
            del call.store.hooks[hook["id"]]
            return True
    raise MageError("The webhook was not found.", status=404)


def list_webhooks(call: Call) -> list[Json]:
    return [
        {**hook["shown"], "required": hook["required"]} for hook in _of(call, "commerce") if hook["active"]
    ]


# I/O events.


def event_subscribe(call: Call) -> bool:
    row = call.object("event")
    name = str(row.get("name") or "")
    if not name:
        raise required("name")
    if not name.startswith(("observer.", "plugin.")):
        raise MageError("Event name must start with one of the following prefixes: observer., plugin.")
    if any(hook["name"] == name for hook in _of(call, "subscription")):
        raise MageError("Event with name %1 is already subscribed.", [name])
    fields = list(row.get("fields") or [])
    call.app.events.add(
        {
            "kind": "subscription",
            "name": name,
            "fields": fields,
            "priority": as_bool(row.get("priority")),
            "url": "",
        }
    )
    return True


def event_unsubscribe(call: Call) -> bool:
    for hook in _of(call, "subscription"):
        if hook["name"] == call.args["name"]:
            del call.store.hooks[hook["id"]]
            return True
    raise MageError('The "%1" event is not registered.', [call.args["name"]], status=404)


def list_subscriptions(call: Call) -> list[Json]:
    return [
        {"name": h["name"], "fields": h["fields"], "priority": h["priority"]}
        for h in _of(call, "subscription")
    ]


_HOOKS, _EVENTS = "Magento_AdobeCommerceWebhooks::webhooks", "Magento_AdobeCommerceEventsClient::eventing"
LINES: list[Line] = [
    ("POST", "/V1/webhooks/subscribe", subscribe, _HOOKS),
    ("POST", "/V1/webhooks/unsubscribe", unsubscribe, _HOOKS),
    ("GET", "/V1/webhooks/list", list_webhooks, _HOOKS),
    ("POST", "/V1/eventing/eventSubscribe", event_subscribe, _EVENTS),
    ("POST", "/V1/eventing/eventUnsubscribe/:name", event_unsubscribe, _EVENTS),
    ("GET", "/V1/eventing/getEventSubscriptions", list_subscriptions, _EVENTS),
]
