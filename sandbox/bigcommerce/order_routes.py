"""Routes of orders (V2), of their money and metafields (V3), and of refunds."""

import json
from typing import Any

from sandbox.bigcommerce import after_sales, orders
from sandbox.bigcommerce.answers import (
    ApiError,
    Json,
    answer,
    empty,
    ids_of,
    moment,
    paged_v2,
    paged_v3,
    wrapped,
)
from sandbox.bigcommerce.call import Call, Route
from sandbox.bigcommerce.orders import address_json, fee_json, line_json, order_json, taxes_json
from sandbox.bigcommerce.storefront import archive
from sandbox.messages import Response

ORDERS = ("store_v2_orders",)
MONEY = ("store_v2_orders", "store_v2_transactions")
TRANSACTIONS = ("store_v2_transactions",)


def _order(call: Call) -> Json:
    """By id an archived order is still there."""
    found = call.store.orders.get(call.ids[0])
    if found is None:
        raise ApiError(404, "The requested resource was not found.")
    return found


def _shown(call: Call, order: Json) -> Json:
    return order_json(call.store, order, call.app.base_url, call.include())


def list_orders(call: Call) -> Response:
    page = paged_v2([order["id"] for order in orders.listed(call.store, call.query)], call.query)
    if page.status == 204:
        return page

    return answer([_shown(call, call.store.orders[number]) for number in json.loads(page.body)])


def get_order(call: Call) -> Response:
    return answer(_shown(call, _order(call)))


def change_order(call: Call) -> Response:
    order = _order(call)
    orders.change(call.store, order, call.body(), call.app.emit)
    return answer(_shown(call, order))


def archive_order(call: Call) -> Response:
    archive(call.store, _order(call), call.app.emit)
    return empty()


def archive_all(call: Call) -> Response:
    """DELETE /v2/orders archives every order of the store. It is what it is."""
    call.store.archived_all = True
    for order in call.store.orders.values():
        archive(call.store, order, call.app.emit)
    return empty()


def count_orders(call: Call) -> Response:
    return answer(orders.count_json(call.store))


def list_statuses(call: Call) -> Response:
    return answer(orders.statuses_json(call.store))


def list_lines(call: Call) -> Response:
    order = _order(call)
    return paged_v2([line_json(order, line) for line in order["_lines"]], call.query)


def list_addresses(call: Call) -> Response:
    order = _order(call)
    return paged_v2([address_json(order, address) for address in order["_addresses"]], call.query)


def list_coupons(call: Call) -> Response:
    return paged_v2(_order(call)["_coupons"], call.query)


def list_taxes(call: Call) -> Response:
    details = call.query.get("details") == "true"
    return paged_v2(taxes_json(call.store, _order(call), details=details), call.query)


def list_fees(call: Call) -> Response:
    rows = [fee_json(fee) for fee in _order(call)["_fees"]]
    return answer(rows) if rows else empty()


def list_shipments(call: Call) -> Response:
    return paged_v2(_order(call)["_shipments"], call.query)


def create_shipment(call: Call) -> Response:
    return answer(after_sales.ship(call.store, _order(call), call.body(), call.app.emit), 201)


def list_transactions(call: Call) -> Response:
    return paged_v3(_order(call)["_transactions"], call.query)


def capture(call: Call) -> Response:
    after_sales.capture(call.store, _order(call), call.app.emit)
    return Response(201, b"", [])


def void(call: Call) -> Response:
    after_sales.capture(call.store, _order(call), call.app.emit, void=True)
    return Response(201, b"", [])


def quote_refund(call: Call) -> Response:
    return wrapped(after_sales.quote(call.store, _order(call), call.body()), 201)


def create_refund(call: Call) -> Response:
    made = after_sales.refund(call.store, _order(call), call.body(), call.app.emit)
    return wrapped(after_sales.refund_json(made), 201)


def refunds_of_order(call: Call) -> Response:
    order = _order(call)
    rows = [row for row in call.store.refunds.values() if row["order_id"] == order["id"]]
    return wrapped([after_sales.refund_json(row) for row in rows])


def list_refunds(call: Call) -> Response:
    rows = list(call.store.refunds.values())
    if "order_id:in" in call.query:
        rows = [row for row in rows if row["order_id"] in ids_of(call.query["order_id:in"], "order_id:in")]
    if "created:min" in call.query:
        since = moment(call.query["created:min"], "created:min")
        rows = [row for row in rows if row["_created"] >= since]
    return paged_v3([after_sales.refund_json(row) for row in rows], call.query)


# ---------------------------------------------------------------- metafields


def _own(call: Call) -> list[Json]:
    """Those of an app are seen by that app alone."""
    return [
        row
        for row in call.store.metafields.values()
        if row["resource_type"] == "order"
        and row["resource_id"] == _order(call)["id"]
        and (row["permission_set"] != "app_only" or row["_client"] == call.account.client_id)
    ]


def _field_json(row: Json) -> Json:
    return {k: v for k, v in row.items() if not k.startswith("_")}


def list_metafields(call: Call) -> Response:
    rows = _own(call)
    for name in ("namespace", "key"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    return paged_v3([_field_json(row) for row in rows], call.query)


def create_metafield(call: Call) -> Response:
    clean = _checked(call.body(), needed=True)
    same = [row for row in _own(call) if (row["namespace"], row["key"]) == (clean["namespace"], clean["key"])]
    if same:
        raise ApiError(409, "The metafield exists", errors={"key": "must be unique"})
    now = call.store.clock.gmt(call.store.clock.now())
    row = {
        "id": call.store.next_id("metafield", 810),
        "resource_type": "order",
        "resource_id": _order(call)["id"],
        "description": "",
        **clean,
        "_client": call.account.client_id,
        "owner_client_id": call.account.client_id,
        "date_created": now,
        "date_modified": now,
    }
    call.store.metafields[row["id"]] = row
    call.app.emit("store/order/metafield/created", "order", row["resource_id"], {"metafield_id": row["id"]})
    return wrapped(_field_json(row))


def change_metafield(call: Call) -> Response:
    for row in _own(call):
        if row["id"] == call.ids[1]:
            row |= _checked(call.body(), needed=False)
            return wrapped(_field_json(row))
    raise ApiError(404)


def _checked(body: Any, *, needed: bool) -> Json:
    body = body if isinstance(body, dict) else {}
    limits = {"namespace": 64, "key": 64, "value": 65_535}
    errors = {n: f"{n} must have 1 to {most} characters" for n, most in limits.items()
              if (needed or n in body) and not 1 <= len(str(body.get(n, ""))) <= most}  # fmt: skip
    if body.get("permission_set", "app_only") not in (
        "app_only", "read", "write", "read_and_sf_access", "write_and_sf_access"
    ):  # fmt: skip
        errors["permission_set"] = "unknown"
    if errors:
        raise ApiError(422, errors=errors)
    return {n: body[n] for n in (*limits, "permission_set", "description") if n in body}


def _routes(version: str, scopes: tuple[str, ...], *rows: tuple[str, str, Any]) -> list[Route]:
    return [Route(method, version, path, handler, scopes) for method, path, handler in rows]


ROUTES = [
    *_routes(
        "v2",
        ORDERS,
        ("GET", "/orders", list_orders),
        ("DELETE", "/orders", archive_all),
        ("GET", "/orders/count", count_orders),
        ("GET", "/orders/{id}", get_order),
        ("PUT", "/orders/{id}", change_order),
        ("DELETE", "/orders/{id}", archive_order),
        ("GET", "/orders/{id}/products", list_lines),
        ("GET", "/orders/{id}/shipping_addresses", list_addresses),
        ("GET", "/orders/{id}/coupons", list_coupons),
        ("GET", "/orders/{id}/taxes", list_taxes),
        ("GET", "/orders/{id}/fees", list_fees),
        ("GET", "/orders/{id}/shipments", list_shipments),
        ("POST", "/orders/{id}/shipments", create_shipment),
        ("GET", "/order_statuses", list_statuses),
    ),
    *_routes(
        "v3",
        MONEY,
        ("POST", "/orders/{id}/payment_actions/capture", capture),
        ("POST", "/orders/{id}/payment_actions/void", void),
        ("POST", "/orders/{id}/payment_actions/refund_quotes", quote_refund),
        ("POST", "/orders/{id}/payment_actions/refunds", create_refund),
        ("GET", "/orders/{id}/payment_actions/refunds", refunds_of_order),
        ("GET", "/orders/payment_actions/refunds", list_refunds),
    ),
    *_routes("v3", TRANSACTIONS, ("GET", "/orders/{id}/transactions", list_transactions)),
    *_routes(
        "v3",
        ORDERS,
        ("GET", "/orders/{id}/metafields", list_metafields),
        ("POST", "/orders/{id}/metafields", create_metafield),
        ("PUT", "/orders/{id}/metafields/{field}", change_metafield),
    ),
]
