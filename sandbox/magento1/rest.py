"""The REST door: small in what it covers, paged by 10 to 100, and with a last page that comes again and again."""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.magento1 import orders, products
from sandbox.magento1.calls import Call
from sandbox.magento1.errors import ApiFault
from sandbox.magento1.filters import chosen
from sandbox.magento1.oauth import OauthProblem, Tokens, verify
from sandbox.magento1.rows import Json, Order, Product
from sandbox.magento1.state import php_int
from sandbox.magento1.stock import apply_stock_data
from sandbox.messages import Request, Response
from sandbox.php import nest

MAX_LIMIT, DEFAULT_LIMIT = 100, 10
_ORDER_FIELDS = [
    "entity_id",
    "increment_id",
    "created_at",
    "updated_at",
    "status",
    "shipping_description",
    "base_currency_code",
    "store_currency_code",
    "subtotal",
    "discount_amount",
    "shipping_amount",
    "shipping_tax_amount",
    "tax_amount",
    "grand_total",
    "coupon_code",
    "discount_description",
    "customer_id",
    "total_paid",
    "total_refunded",
]
_PRODUCT_FIELDS = [
    "entity_id",
    "type_id",
    "sku",
    "name",
    "status",
    "visibility",
    "price",
    "special_price",
    "tax_class_id",
    "weight",
    "description",
    "short_description",
    "attribute_set_id",
    "created_at",
    "updated_at",
]
_NEEDED = [
    "type_id",
    "attribute_set_id",
    "sku",
    "name",
    "description",
    "short_description",
    "weight",
    "status",
    "visibility",
    "tax_class_id",
    "price",
]


class RestError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def answer(call: Call, tokens: Tokens, request: Request, path: str, url: str) -> Response:
    """One request below /api/rest/."""
    try:
        verify(call.store, tokens, request, url, token_table=tokens.access)
        with call.store.lock:
            status, body, headers = _dispatch(call, request, path.removeprefix("api/rest").strip("/"))
    except OauthProblem as err:
        status, body, headers = err.status, _messages(err.status, err.problem), []
    except RestError as err:
        status, body, headers = err.status, _messages(err.status, err.message), []
    except ApiFault as err:
        status, body, headers = 400, _messages(400, err.message), []
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return Response(status, raw, [("Content-Type", "application/json; charset=utf-8"), *headers])


def _messages(status: int, message: str) -> Json:
    return {"messages": {"error": [{"code": status, "message": message}]}}


Answer = tuple[int, Any, list[tuple[str, str]]]


def _dispatch(call: Call, request: Request, path: str) -> Answer:
    query = nest(request.pairs)
    if path == "products" and request.method == "POST":
        return _create_product(call, _body(request))
    if path == "stockitems" and request.method == "PUT":
        return _update_stock(call, _body(request))
    for pattern, method, handler in _ROUTES:
        found = re.fullmatch(pattern, path)
        if found and request.method == method:
            return handler(call, request, query, *found.groups())
    if any(re.fullmatch(pattern, path) for pattern, _, _ in _ROUTES):
        raise RestError(405, "Resource does not support method.")
    raise RestError(404, "Resource not found.")


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body or b"null")
    except ValueError as err:
        raise RestError(400, "Decoding error.") from err


# Lists.


def paged(rows: list[Json], query: Json, keys: str) -> list[Json]:
    """Filtered, sorted, cut: a page beyond the end is the last one."""
    filters = query.get("filter")
    for condition in filters.values() if isinstance(filters, dict) else ():
        attribute = condition.get("attribute") if isinstance(condition, dict) else None
        if not attribute or (rows and attribute not in rows[0]):
            raise RestError(400, "Resource collection filtering error.")
        operators = {name: _plain(value) for name, value in condition.items() if name != "attribute"}
        rows = chosen(rows, {attribute: operators}, lambda row, field: row[field])
    order = query.get("order")
    if order:
        if rows and order not in rows[0]:
            raise RestError(400, "Resource collection ordering error.")
        rows = sorted(rows, key=lambda row: str(row[order]), reverse=query.get("dir") == "dsc")
    limit = php_int(str(query.get("limit", DEFAULT_LIMIT))) or DEFAULT_LIMIT
    if limit > MAX_LIMIT:
        raise RestError(400, "The paging limit exceeds the allowed number.")
    last = max(1, -(-len(rows) // limit))
    page = min(max(1, php_int(str(query.get("page", 1)))), last)
    wanted = str(query.get("attrs") or "").split(",") if query.get("attrs") else None
    cut = rows[(page - 1) * limit : page * limit]
    return [
        row if wanted is None else {k: v for k, v in row.items() if k in wanted or k == keys} for row in cut
    ]


def _plain(value: Any) -> Any:
    return list(value.values()) if isinstance(value, dict) else value


def _order_row(call: Call, order: Order) -> Json:
    """Embedded rows, no state, no currency of the order."""
    shown = {**orders.header(order), "entity_id": str(order.id)}
    row = {name: shown.get(name) for name in _ORDER_FIELDS}
    record = orders.info(call, order.increment_id)
    addresses = [
        record["billing_address"],
        *([record["shipping_address"]] if record["shipping_address"] else []),
    ]
    return {
        **row,
        "_payment_method": order.payment["method"],
        "addresses": addresses,
        "order_items": record["items"],
        "order_comments": record["status_history"],
    }


def _orders(call: Call, request: Request, query: Json) -> Answer:
    rows = [_order_row(call, order) for order in call.store.orders.values()]
    return 200, {row["entity_id"]: row for row in paged(rows, query, "entity_id")}, []


def _order_of(call: Call, number: str) -> Order:
    found = call.store.orders.get(int(number))
    if found is None:
        raise RestError(404, "Resource not found.")
    return found


def _order(call: Call, request: Request, query: Json, number: str) -> Answer:
    return 200, _order_row(call, _order_of(call, number)), []


def _order_part(call: Call, request: Request, query: Json, number: str, part: str) -> Answer:
    row = _order_row(call, _order_of(call, number))
    return 200, row["addresses" if part == "addresses" else f"order_{part}"], []


def _comment(call: Call, request: Request, query: Json, number: str) -> Answer:
    body = _body(request)
    if not isinstance(body, dict) or not body.get("comment"):
        raise RestError(400, "Resource data pre-validation error.")
    order = _order_of(call, number)
    orders.add_comment(call, order.increment_id, body.get("status"), body["comment"])
    return 200, None, [("Location", f"/api/rest/orders/{number}/comments")]


def _product_row(call: Call, product: Product) -> Json:
    known = products.columns(call, product)
    return {name: known.get(name) for name in _PRODUCT_FIELDS}


def _products(call: Call, request: Request, query: Json) -> Answer:
    rows = [_product_row(call, product) for product in call.store.products.values()]
    return 200, {row["entity_id"]: row for row in paged(rows, query, "entity_id")}, []


def _product_of(call: Call, number: str) -> Product:
    found = call.store.products.get(int(number))
    if found is None:
        raise RestError(404, "Resource not found.")
    return found


def _product(call: Call, request: Request, query: Json, number: str) -> Answer:
    return 200, _product_row(call, _product_of(call, number)), []


def _change_product(call: Call, request: Request, query: Json, number: str) -> Answer:
    _product_of(call, number)
    products.update(call, number, _body(request), None, "id")
    return 200, None, []


def _delete_product(call: Call, request: Request, query: Json, number: str) -> Answer:
    call.store.forget_product(_product_of(call, number))
    return 200, None, []


def _create_product(call: Call, body: Any) -> Answer:
    """Simple products only; an empty body and the place in a header."""
    if not isinstance(body, dict) or any(body.get(name) in (None, "") for name in _NEEDED):
        raise RestError(400, "Resource data pre-validation error.")
    if body["type_id"] != "simple":
        raise RestError(405, "Resource does not support method.")
    number = products.create(call, "simple", body["attribute_set_id"], body["sku"], body)
    return 200, None, [("Location", f"/api/rest/products/{number}")]


# Stock.


def _stock_row(product: Product) -> Json:
    return {
        "item_id": str(product.id),
        "product_id": str(product.id),
        "stock_id": "1",
        "qty": f"{product.stock.qty:.4f}",
        "is_in_stock": "1" if product.stock.is_in_stock else "0",
    }


def _stock_items(call: Call, request: Request, query: Json) -> Answer:
    rows = [_stock_row(product) for product in call.store.products.values()]
    return 200, paged(rows, query, "item_id"), []


def _stock_item(call: Call, request: Request, query: Json, number: str) -> Answer:
    return 200, _stock_row(_product_of(call, number)), []


def _change_stock_item(call: Call, request: Request, query: Json, number: str) -> Answer:
    apply_stock_data(_product_of(call, number).stock, _body(request) or {}, v2=True)
    return 200, None, []


def _update_stock(call: Call, body: Any) -> Answer:
    """Each row for itself; good ones are saved."""
    if not isinstance(body, list):
        raise RestError(400, "The request data is invalid.")
    good: list[Json] = []
    bad: list[Json] = []
    for row in body:
        number = php_int(str(row.get("item_id") or "")) if isinstance(row, dict) else 0
        product = call.store.products.get(number)
        if product is None:
            bad.append({"item_id": number, "message": f"StockItem #{number} not found.", "code": 400})
            continue
        apply_stock_data(product.stock, row, v2=True)
        good.append({"item_id": number, "message": "Resource updated successful.", "code": 200})
    return 207, {"success": good, "error": bad}, []


Route = tuple[str, str, Callable[..., Answer]]
_ROUTES: tuple[Route, ...] = (
    (r"orders", "GET", _orders),
    (r"orders/(\d+)", "GET", _order),
    (r"orders/(\d+)/(items|addresses|comments)", "GET", _order_part),
    (r"orders/(\d+)/comments", "POST", _comment),
    (r"products", "GET", _products),
    (r"products/(\d+)", "GET", _product),
    (r"products/(\d+)", "PUT", _change_product),
    (r"products/(\d+)", "DELETE", _delete_product),
    (r"stockitems", "GET", _stock_items),
    (r"stockitems/(\d+)", "GET", _stock_item),
    (r"stockitems/(\d+)", "PUT", _change_stock_item),
)
