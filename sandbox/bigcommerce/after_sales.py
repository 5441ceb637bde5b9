"""Shipments, captures and refunds of an order."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json, decimal_of, iso, rfc2822
from sandbox.bigcommerce.state import Store
from sandbox.bigcommerce.storefront import Emit, discounted, set_status, touch

ZERO = Decimal(0)
CENT = Decimal("0.01")
PROVIDERS = (
    "",
    "auspost",
    "canadapost",
    "endicia",
    "usps",
    "fedex",
    "royalmail",
    "ups",
    "upsready",
    "shipperhq",
)


def ship(store: Store, order: Json, body: Any, emit: Emit) -> Json:
    """POST /v2/orders/{id}/shipments: lines of one address, never more than was ordered."""
    if not isinstance(body, dict):
        raise ApiError(400, "The request body is not an object.")
    address = next((a for a in order["_addresses"] if a["id"] == body.get("order_address_id")), None)
    if address is None:
        raise ApiError(400, "The field 'order_address_id' is invalid.")
    if len(str(body.get("tracking_number", ""))) > 50:
        raise ApiError(400, "The field 'tracking_number' is invalid.")
    if len(str(body.get("tracking_link", ""))) > 500:
        raise ApiError(400, "The field 'tracking_link' is invalid.")
    provider = str(body.get("shipping_provider", ""))
    if provider not in PROVIDERS and not provider.startswith("carrier_"):
        raise ApiError(400, "The field 'shipping_provider' is invalid.")
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise ApiError(400, "The required field 'items' was not supplied.")
    lines = {line["id"]: line for line in order["_lines"] if line["order_address_id"] == address["id"]}
    for item in items:
        line = lines.get(item.get("order_product_id"))
        quantity = item.get("quantity")
        if line is None or not isinstance(quantity, int) or quantity < 1:
            raise ApiError(400, "The field 'items' is invalid.")
        if quantity > line["quantity"] - line["quantity_shipped"]:
            raise ApiError(400, "The quantity of an item is greater than what is left to ship.")
    for item in items:
        lines[item["order_product_id"]]["quantity_shipped"] += item["quantity"]
    shipment: Json = {
        "id": store.next_id("shipment", 610),
        "order_id": order["id"],
        "customer_id": order["customer_id"],
        "order_address_id": address["id"],
        "date_created": rfc2822(store.clock.now()),
        "tracking_number": str(body.get("tracking_number", "")),
        "tracking_carrier": str(body.get("tracking_carrier", "")),
        "tracking_link": str(body.get("tracking_link", "")),
        "merchant_shipping_cost": "0.0000",
        "shipping_method": str(body.get("shipping_method") or address["shipping_method"]),
        "shipping_provider": provider,
        "comments": str(body.get("comments", "")),
        "billing_address": {k: v for k, v in order["billing_address"].items() if k != "form_fields"},
        "items": [
            {
                "order_product_id": item["order_product_id"],
                "product_id": lines[item["order_product_id"]]["product_id"],
                "quantity": item["quantity"],
            }
            for item in items
        ],
    }
    order["_shipments"].append(shipment)
    touch(store, order)
    emit("store/shipment/created", "shipment", shipment["id"], {"orderId": order["id"]})
    emit("store/order/updated", "order", order["id"], {})
    if store.options.shipment_moves_status:
        left = any(
            line["quantity_shipped"] < line["quantity"]
            for line in order["_lines"]
            if line["order_address_id"]
        )
        set_status(store, order, 3 if left else 2, emit)
    return shipment


def capture(store: Store, order: Json, emit: Emit, *, void: bool = False) -> None:
    if order["payment_status"] != "authorized":
        raise ApiError(422, "The payment of this order cannot be captured or voided.")
    order["payment_status"] = "void" if void else "captured"
    touch(store, order)
    emit("store/order/transaction/created", "order", order["id"], {})


# ---------------------------------------------------------------- refunds


def line_refund(order: Json, line: Json, quantity: int) -> tuple[Decimal, Decimal]:
    """(with tax, tax) of some pieces of a line as they were paid."""
    inc, tax = discounted(line, including=order["is_tax_inclusive_pricing"])
    share = Decimal(quantity) / line["quantity"]
    return (inc * share).quantize(CENT, rounding=ROUND_HALF_UP), (tax * share).quantize(
        CENT, rounding=ROUND_HALF_UP
    )


def _figures(store: Store, order: Json, body: Any) -> tuple[list[Json], Decimal, Decimal]:
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise ApiError(422, errors={"items": "Please provide items."})
    total = tax_total = ZERO
    shown: list[Json] = []
    for item in items:
        kind = item.get("item_type")
        if kind == "PRODUCT":
            line = next((row for row in order["_lines"] if row["id"] == item.get("item_id")), None)
            quantity = item.get("quantity")
            if line is None or not isinstance(quantity, int) or quantity < 1:
                raise ApiError(422, errors={"items": "Unknown order product or quantity."})
            if quantity > line["quantity"] - line["quantity_refunded"]:
                raise ApiError(422, errors={"items": "The quantity is greater than what is left to refund."})
            amount, tax = line_refund(order, line, quantity)
            shown.append(
                {"item_type": kind, "item_id": line["id"], "quantity": quantity, "requested_amount": None}
            )
        elif kind in ("ORDER", "SHIPPING", "HANDLING", "FEE"):
            amount = decimal_of(item.get("amount")).quantize(CENT)
            tax = ZERO if kind == "ORDER" else _tax_share(store, order, amount)
            shown.append(
                {"item_type": kind, "item_id": item.get("item_id"), "quantity": 0, "requested_amount": amount}
            )
        else:
            raise ApiError(422, errors={"items": "Unknown item_type."})
        shown[-1] |= {"reason": str(item.get("reason", "")), "adjustments": []}
        total, tax_total = total + amount, tax_total + tax
    left = order["total_inc_tax"] - refunded_total(store, order)
    if total > left:
        raise ApiError(
            422, "The refund is greater than what is left of the order.", errors={"amount": str(left)}
        )
    return shown, total, tax_total


def _tax_share(store: Store, order: Json, amount: Decimal) -> Decimal:
    return (amount - amount / (1 + store.rate)).quantize(CENT, rounding=ROUND_HALF_UP)


def refunded_total(store: Store, order: Json) -> Decimal:
    return sum(
        (row["total_amount"] for row in store.refunds.values() if row["order_id"] == order["id"]), ZERO
    )


def quote(store: Store, order: Json, body: Any) -> Json:
    _, total, tax = _figures(store, order, body)
    total, tax = _override(body, total, tax)
    return {
        "order_id": order["id"],
        "total_refund_amount": total,
        "total_refund_tax_amount": tax,
        "order_level_refund_amount": ZERO,
        "rounding": 0,
        "adjustment": "0",
        "tax_inclusive": order["is_tax_inclusive_pricing"],
        "refund_methods": _methods(order, total),
    }


def _methods(order: Json, total: Decimal) -> list[list[Json]]:
    def way(provider: str, words: str, *, offline: bool) -> Json:
        return {
            "provider_id": provider,
            "provider_description": words,
            "amount": total,
            "offline": offline,
            "offline_provider": offline,
            "offline_reason": "",
        }

    paid = order["payment_status"] in ("captured", "paid", "partially refunded")
    online = [[way("moyasar", order["payment_method"], offline=False)]] if paid else []
    credit = [[way("storecredit", "Store Credit", offline=False)]] if order["customer_id"] else []
    return [*online, *credit, [way("custom", "Offline", offline=True)]]


def _override(body: Json, total: Decimal, tax: Decimal) -> tuple[Decimal, Decimal]:
    own = body.get("merchant_calculated_override")
    if not isinstance(own, dict):
        return total, tax
    return decimal_of(own.get("total_amount")).quantize(CENT), decimal_of(own.get("total_tax")).quantize(CENT)


def refund(store: Store, order: Json, body: Any, emit: Emit) -> Json:
    items, total, tax = _figures(store, order, body)
    total, tax = _override(body, total, tax)
    payments = body.get("payments")
    if not isinstance(payments, list) or not payments:
        raise ApiError(422, errors={"payments": "Please provide payments."})
    if sum((decimal_of(p.get("amount")) for p in payments), ZERO).quantize(CENT) != total:
        raise ApiError(
            422, "The amounts of the payments do not match the refund.", errors={"payments": str(total)}
        )
    if total > order["total_inc_tax"] - refunded_total(store, order):
        raise ApiError(
            422, "The refund is greater than what is left of the order.", errors={"amount": str(total)}
        )
    row: Json = {
        "id": store.next_id("refund", 90),
        "order_id": order["id"],
        "user_id": 1,
        "created": iso(store.clock.now()).replace("Z", "+00:00"),
        "_created": store.clock.now(),
        "reason": "",
        "total_amount": total,
        "total_tax": tax,
        "uses_merchant_override_values": "merchant_calculated_override" in body,
        "items": items,
        "payments": [
            {
                "id": store.next_id("refund_payment", 40),
                "provider_id": str(p.get("provider_id", "")),
                "amount": decimal_of(p.get("amount")),
                "offline": bool(p.get("offline")),
                "is_declined": False,
                "declined_message": "",
            }
            for p in payments
        ],
    }
    store.refunds[row["id"]] = row
    for item in items:
        for line in order["_lines"]:
            if item["item_type"] == "PRODUCT" and line["id"] == item["item_id"]:
                line["quantity_refunded"] += item["quantity"]
    whole = refunded_total(store, order) >= order["total_inc_tax"]
    if order["payment_status"]:
        order["payment_status"] = "refunded" if whole else "partially refunded"
    set_status(store, order, 4 if whole else 14, emit)
    touch(store, order)
    emit("store/order/refund/created", "order", order["id"], {"refund": {"refund_id": row["id"]}})
    return row


def refund_json(row: Json) -> Json:
    return {k: v for k, v in row.items() if not k.startswith("_")}
