"""Webhook subscriptions: registered through the API, signed with the app's secret."""

from urllib.parse import urlsplit

from sandbox.shopify.calls import Call, Row, mutates, refuse, resolves
from sandbox.shopify.connections import connection, filtered
from sandbox.shopify.state import number_of

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: Topics whose payload carries customer data: an app that is not approved for it may not subscribe.
_PROTECTED = ("ORDERS_", "CUSTOMERS_", "FULFILLMENTS_", "REFUNDS_", "ORDER_TRANSACTIONS_", "RETURNS_")
#: Scopes by the beginning of a topic.
_SCOPES = (
    ("ORDERS_", "read_orders"),
    ("ORDER_TRANSACTIONS_", "read_orders"),
    ("REFUNDS_", "read_orders"),
    ("RETURNS_", "read_returns"),
    ("FULFILLMENTS_", "read_fulfillments"),
    ("PRODUCTS_", "read_products"),
    ("COLLECTIONS_", "read_products"),
    ("INVENTORY_", "read_inventory"),
    ("LOCATIONS_", "read_locations"),
    ("CUSTOMERS_", "read_customers"),
)


@resolves("QueryRoot.webhookSubscriptions")
def subscriptions(call: Call, row: Row, args: Row) -> Row:
    rows = call.store.rows("WebhookSubscription")
    if args.get("topics"):
        rows = [r for r in rows if r["topic"] in args["topics"]]
    for name in ("callbackUrl", "uri"):
        if args.get(name):
            rows = [r for r in rows if r["uri"] == args[name]]
    fields = {
        "id": ("id", lambda r: r["id"]),
        "created_at": ("time", lambda r: r["createdAt"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "topic": ("word", lambda r: r["topic"]),
    }
    return connection(filtered(call, rows, args.get("query"), fields), args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.webhookSubscriptionsCount")
def count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(call.store.tables["WebhookSubscription"]), "precision": "EXACT"}


@resolves("QueryRoot.webhookSubscription")
def subscription(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "WebhookSubscription")


@resolves("WebhookSubscription.callbackUrl")
def callback_url(call: Call, row: Row, args: Row) -> str:
    return str(row["uri"])


@resolves("WebhookSubscription.endpoint")
def endpoint(call: Call, row: Row, args: Row) -> Row:
    return {"__typename": "WebhookHttpEndpoint", "callbackUrl": row["uri"]}


@resolves("WebhookSubscription.apiVersion")
def api_version(call: Call, row: Row, args: Row) -> Row:
    version = call.options.webhook_version
    return {"handle": version, "displayName": version, "supported": True}


def _check(call: Call, topic: str, given: Row, own: str | None) -> str:
    """The address, or Refused; errors still name the older field."""
    path = ["webhookSubscription", "callbackUrl"]
    uri = given.get("uri") or given.get("callbackUrl") or ""
    parts = urlsplit(uri)
    if not uri:
        raise refuse(path, "Address can't be blank")
    if parts.scheme == "http" and not (call.options.allow_http_webhooks and parts.hostname in _LOOPBACK):
        raise refuse(path, "Address protocol http:// is not supported")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refuse(path, "Address is invalid")
    if parts.hostname.endswith("myshopify.com") or parts.hostname.endswith("shopify.com"):
        raise refuse(path, "Address cannot be a Shopify or an internal domain")
    scope = next((s for start, s in _SCOPES if topic.startswith(start)), None)
    approved = call.options.protected_customer_data or not topic.startswith(_PROTECTED)
    if (scope and scope not in call.scopes) or not approved:
        raise refuse(
            ["topic"],
            "You do not have permission to create or update webhooks with "
            f"{topic.lower().replace('_', '/', 1)} topic. This topic contains protected customer data."
            if not approved
            else f"You do not have permission to create or update webhooks with {topic} topic.",
        )
    for row in call.store.rows("WebhookSubscription"):
        same = row["topic"] == topic and row["uri"] == uri and row["filter"] == given.get("filter")
        if same and row["id"] != own:
            raise refuse(path, "Address for this topic has already been taken")
    return uri


def _fields(given: Row) -> Row:
    known: Row = {
        "format": "JSON",
        "includeFields": [],
        "metafieldNamespaces": [],
        "filter": None,
        "name": None,
    }
    return {name: given.get(name) or default for name, default in known.items()}


@mutates("webhookSubscriptionCreate", scope="")
def create(call: Call, args: Row) -> Row:
    given = args["webhookSubscription"]
    uri = _check(call, args["topic"], given, None)
    row = call.store.add("WebhookSubscription", topic=args["topic"], uri=uri, _failures=0, **_fields(given))
    return {"webhookSubscription": row}


@mutates("webhookSubscriptionUpdate", scope="")
def update(call: Call, args: Row) -> Row:
    row = call.store.find(args["id"], "WebhookSubscription")
    if row is None:
        raise refuse(["id"], "Webhook subscription does not exist")
    given = {**row, **args["webhookSubscription"]}
    if "callbackUrl" in args["webhookSubscription"]:
        given["uri"] = args["webhookSubscription"]["callbackUrl"]
    row["uri"] = _check(call, row["topic"], given, row["id"])
    row.update(_fields(given))
    call.store.touch(row)
    return {"webhookSubscription": row}


@mutates("webhookSubscriptionDelete", scope="")
def delete(call: Call, args: Row) -> Row:
    row = call.store.find(args["id"], "WebhookSubscription")
    if row is None:
        raise refuse(["id"], "Webhook subscription does not exist")
    call.store.drop(row)
    return {"deletedWebhookSubscriptionId": row["id"]}
