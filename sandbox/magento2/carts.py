"""Guest carts over REST, as a storefront app or a module uses them. A cart that became an order is gone."""

from decimal import Decimal
from typing import Any

from sandbox.magento2 import stock, storefront
from sandbox.magento2.call import Call, as_decimal, as_int, num
from sandbox.magento2.errors import MageError, no_product, required
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json
from sandbox.magento2.shop_prices import final_price

_METHODS = ("checkmo", "banktransfer", "cashondelivery")
_WINDOW = 60


def create(call: Call) -> str:
    code = call.store.token()
    call.store.carts[code] = {"items": [], "address": {}, "shipping": None, "email": ""}
    return code


def _cart(call: Call) -> Json:
    found = call.store.carts.get(call.args["cartId"])
    if found is None:
        raise MageError(
            "No such entity with %fieldName = %fieldValue",
            {"fieldName": "cartId", "fieldValue": call.args["cartId"]},
            status=404,
        )
    return found


def _item_json(call: Call, row: Json) -> Json:
    product = call.store.by_sku(row["sku"])
    return {
        "item_id": row["item_id"],
        "sku": row["sku"],
        "qty": num(row["qty"]),
        "name": product.get("name") if product else row["sku"],
        "price": num(final_price(call.store, product, call.scope or 1)) if product else 0,
        "product_type": product.type_id if product else "simple",
        "quote_id": call.args["cartId"],
    }


def get_cart(call: Call) -> Json:
    cart = _cart(call)
    rows = [_item_json(call, row) for row in cart["items"]]
    return {
        "id": call.args["cartId"],
        "is_active": True,
        "items": rows,
        "items_count": len(rows),
        "items_qty": num(sum((row["qty"] for row in cart["items"]), Decimal(0))),
        "customer_is_guest": True,
        "currency": {
            "base_currency_code": call.options.currency,
            "quote_currency_code": call.options.currency,
        },
    }


def list_items(call: Call) -> list[Json]:
    return [_item_json(call, row) for row in _cart(call)["items"]]


def add_item(call: Call) -> Json:
    """Refused when there is less for sale than asked for."""
    cart, body = _cart(call), call.object("cartItem")
    sku, quantity = str(body.get("sku") or ""), as_decimal(body.get("qty") or 0)
    product = call.store.by_sku(sku)
    if product is None:
        raise no_product()
    if quantity <= 0:
        raise required("qty")
    counted = (
        product.type_id in ("simple", "virtual") and call.options.msi and not product.stock.get("backorders")
    )
    if counted and stock.salable(call.store, sku) < quantity:
        raise MageError("The requested qty is not available")
    row: Json = {"item_id": call.store.next_id("cart_item"), "sku": product.sku, "qty": quantity}
    cart["items"].append(row)
    return _item_json(call, row)


def shipping(call: Call) -> Json:
    cart, body = _cart(call), call.object("addressInformation")
    address = body.get("billing_address") or body.get("shipping_address") or {}
    cart["address"] = {k: v for k, v in dict(address).items() if k not in ("same_as_billing", "region_id")}
    carrier, method = (
        str(body.get("shipping_carrier_code") or ""),
        str(body.get("shipping_method_code") or ""),
    )
    if not carrier or not method:
        raise required("shipping_carrier_code" if not carrier else "shipping_method_code")
    cart["shipping"] = {"method": f"{carrier}_{method}", "title": "Flat Rate - Fixed", "total": "5.00"}
    return {
        "payment_methods": [{"code": code, "title": storefront.TITLES[code]} for code in _METHODS],
        "totals": {"items": list_items(call), "base_currency_code": call.options.currency},
    }


def place(call: Call) -> Any:
    """The order's entity_id. Placing the cart again answers 404, as the cart is no more."""
    cart = _cart(call)
    _backpressure(call)
    method = str(call.object("paymentMethod").get("method") or "")
    if method not in _METHODS:
        raise MageError("The requested Payment Method is not available.")
    if not cart["items"] or cart["shipping"] is None:
        raise MageError("The shipping address is missing. Set the address and try again.")
    email = str(call.body.get("email") or cart["address"].get("email") or "")
    if not email:
        raise required("email")
    lines = [{"sku": row["sku"], "quantity": row["qty"]} for row in cart["items"]]
    view = call.store.views.get(call.scope) or call.store.default_view
    order = storefront.place_order(
        call.app,
        lines,
        payment_method=method,
        shipping=cart["shipping"],
        billing={**cart["address"], "email": email},
        store=view.code,
    )
    del call.store.carts[call.args["cartId"]]
    return order.id


def _backpressure(call: Call) -> None:
    """The checkout's own limit of 2.4.7, off unless the shop sets it."""
    limit = as_int(call.options.checkout_limit)
    if not limit:
        return
    now = call.store.clock.now()
    call.store.checkouts = [at for at in call.store.checkouts if at > now - _WINDOW]
    if len(call.store.checkouts) >= limit:
        raise MageError("Too Many Requests", status=429)
    call.store.checkouts.append(now)


_ONE = "/V1/guest-carts/:cartId"
LINES: list[Line] = [
    ("POST", "/V1/guest-carts", create, "anonymous"),
    ("GET", _ONE, get_cart, "anonymous"),
    ("GET", f"{_ONE}/items", list_items, "anonymous"),
    ("POST", f"{_ONE}/items", add_item, "anonymous"),
    ("POST", f"{_ONE}/shipping-information", shipping, "anonymous"),
    ("POST", f"{_ONE}/payment-information", place, "anonymous"),
    ("PUT", f"{_ONE}/order", place, "anonymous"),
]
