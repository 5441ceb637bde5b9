"""Routes of the store itself: facts, channels, shipping, payment, customers and webhooks."""

from typing import Any

from sandbox.bigcommerce import hooks
from sandbox.bigcommerce.answers import (
    ApiError,
    Json,
    answer,
    ids_of,
    iso,
    moment,
    paged_v2,
    paged_v3,
    wrapped,
)
from sandbox.bigcommerce.call import Call, Route
from sandbox.bigcommerce.delivery import switch_idle_off
from sandbox.bigcommerce.storefront import add_customer
from sandbox.messages import Response

INFORMATION = ("store_v2_information",)
CUSTOMERS = ("store_v2_customers",)
CHANNELS = ("store_channel_listings", "store_channel_settings")
CUSTOMER_BATCH = 10


def get_store(call: Call) -> Response:
    options, clock = call.store.options, call.store.clock
    return answer(
        {
            "id": options.store_hash,
            "domain": "store.example.test",
            "secure_url": "https://store.example.test",
            "control_panel_base_url": f"https://store-{options.store_hash}.mybigcommerce.com",
            "status": options.status,
            "name": options.name,
            "country": "Saudi Arabia",
            "country_code": "SA",
            "language": options.language,
            "currency": options.currency,
            "currency_symbol": options.currency,
            "decimal_places": options.decimals,
            "weight_units": options.weight_units,
            "dimension_units": "Centimeters",
            "plan_name": options.plan,
            "plan_level": options.plan,
            "is_price_entered_with_tax": options.prices_include_tax,
            "store_id": 1_001_548_912,
            "default_channel_id": 1,
            "timezone": {
                "name": clock.zone_name,
                "raw_offset": 10_800,
                "dst_offset": 0,
                "dst_correction": False,
            },
            "features": {"multi_storefront_enabled": len(call.store.channels) > 1},
        }
    )


def get_time(call: Call) -> Response:
    return answer({"time": call.store.clock.now()})


def list_payment_methods(call: Call) -> Response:
    return paged_v2(call.store.payment_methods, call.query)


def list_zones(call: Call) -> Response:
    return paged_v2(
        [{k: v for k, v in z.items() if k != "methods"} for z in call.store.shipping_zones], call.query
    )


def list_methods(call: Call) -> Response:
    for zone in call.store.shipping_zones:
        if zone["id"] == call.ids[0]:
            methods: Any = zone["methods"]
            return paged_v2(methods, call.query)
    raise ApiError(404)


def list_tax_classes(call: Call) -> Response:
    return answer([{"id": 1, "name": "Non-Taxable Products"}, {"id": 2, "name": "Zero rate"}])


def list_groups(call: Call) -> Response:
    return paged_v2(list(call.store.groups.values()), call.query)


def list_channels(call: Call) -> Response:
    return paged_v3(call.store.channels, call.query)


# ---------------------------------------------------------------- customers


def _customer_json(row: Json) -> Json:
    shown = {k: v for k, v in row.items() if not k.startswith("_")}
    return {**shown, "date_created": iso(row["_created"]), "date_modified": iso(row["_modified"])}


def list_customers(call: Call) -> Response:
    rows = list(call.store.customers.values())
    if "id:in" in call.query:
        rows = [row for row in rows if row["id"] in ids_of(call.query["id:in"], "id:in")]
    if "email:in" in call.query:
        wanted = call.query["email:in"].lower().split(",")
        rows = [row for row in rows if row["email"].lower() in wanted]
    if "date_modified:min" in call.query:
        since = moment(call.query["date_modified:min"], "date_modified:min")
        rows = [row for row in rows if row["_modified"] >= since]
    if call.query.get("sort") == "date_modified:asc":
        rows.sort(key=lambda row: (row["_modified"], row["id"]))
    return paged_v3([_customer_json(row) for row in rows], call.query)


def create_customers(call: Call) -> Response:
    rows = call.body()
    if not isinstance(rows, list) or not 1 <= len(rows) <= CUSTOMER_BATCH:
        raise ApiError(413, f"The maximum items allowed in the array is {CUSTOMER_BATCH}.")
    known = {row["email"].lower() for row in call.store.customers.values()}
    if any(str(row.get("email", "")).lower() in known for row in rows):
        raise ApiError(422, errors={"email": "must be unique"})
    return wrapped([_customer_json(add_customer(call.store, row)) for row in rows])


# ---------------------------------------------------------------- webhooks


def _hook(call: Call) -> Json:
    found = call.store.hooks.get(call.ids[0])
    if found is None or found["client_id"] != call.account.client_id:
        raise ApiError(404)
    return found


def list_hooks(call: Call) -> Response:
    switch_idle_off(call.store)
    rows = hooks.of_account(call.store, call.account)
    if "scope" in call.query:
        rows = [row for row in rows if row["scope"] == call.query["scope"]]
    if "destination" in call.query:
        rows = [row for row in rows if row["destination"] == call.query["destination"]]
    if "is_active" in call.query:
        rows = [row for row in rows if row["is_active"] == (call.query["is_active"].lower() in ("true", "1"))]
    return paged_v3([hooks.hook_json(call.store, row) for row in rows], call.query)


def create_hook(call: Call) -> Response:
    return wrapped(hooks.hook_json(call.store, hooks.create(call.store, call.account, call.body())))


def get_hook(call: Call) -> Response:
    return wrapped(hooks.hook_json(call.store, _hook(call)))


def change_hook(call: Call) -> Response:
    return wrapped(hooks.hook_json(call.store, hooks.update(call.store, _hook(call), call.body())))


def delete_hook(call: Call) -> Response:
    gone = call.store.hooks.pop(_hook(call)["id"])
    return wrapped(hooks.hook_json(call.store, gone))


def _routes(version: str, scopes: tuple[str, ...], *rows: tuple[str, str, Any]) -> list[Route]:
    return [Route(method, version, path, handler, scopes) for method, path, handler in rows]


ROUTES = [
    *_routes(
        "v2",
        INFORMATION,
        ("GET", "/store", get_store),
        ("GET", "/time", get_time),
        ("GET", "/payments/methods", list_payment_methods),
        ("GET", "/shipping/zones", list_zones),
        ("GET", "/shipping/zones/{id}/methods", list_methods),
        ("GET", "/tax_classes", list_tax_classes),
    ),
    *_routes("v2", CUSTOMERS, ("GET", "/customer_groups", list_groups)),
    *_routes(
        "v3", CUSTOMERS, ("GET", "/customers", list_customers), ("POST", "/customers", create_customers)
    ),
    *_routes("v3", CHANNELS, ("GET", "/channels", list_channels)),
    *_routes(
        "v3",
        (),
        ("GET", "/hooks", list_hooks),
        ("POST", "/hooks", create_hook),
        ("GET", "/hooks/{id}", get_hook),
        ("PUT", "/hooks/{id}", change_hook),
        ("DELETE", "/hooks/{id}", delete_hook),
    ),
]
