"""Returns: reverse orders, their credit notes, and what is paid back."""

from decimal import Decimal

from sandbox.zid.answers import ApiError, Json, decimal_of, plain_time, whole
from sandbox.zid.catalog import Emit
from sandbox.zid.orders import order_json
from sandbox.zid.state import Store
from sandbox.zid.storefront import given, history, line_of, paid_net, touch

ZERO = Decimal(0)
CENT = Decimal("0.01")
REFUND_METHODS = ("credit_card", "zid_bank_transfer", "bank_transfer", "cash", "zid_cod")


def reversed_of(order: Json, number: int) -> int:
    return sum(
        item["quantity"]
        for note in order["_credit_notes"]
        for item in note["_items"]
        if item["order_product_id"] == number
    )


def create(store: Store, body: Json, emit: Emit) -> Json:
    """`POST /v1/managers/store/reverse-orders`: the goods come back, and a credit note is written."""
    order = store.orders.get(whole(body.get("order_id", ""), "order_id"))
    if order is None:
        raise ApiError(404, "Order not found")
    missing = [
        name
        for name in ("consignee_name", "consignee_mobile", "inventory_location_id", "reason")
        if not body.get(name)
    ]
    if missing:
        raise ApiError(422, fields={name: ["The field is required."] for name in missing})
    if str(body["inventory_location_id"]) not in store.locations:
        raise ApiError(422, fields={"inventory_location_id": ["The selected location is invalid."]})
    wanted = _wanted(order, body)
    reasons = [str(reason.get("name", "")) for reason in body["reason"]]
    note = credit(store, order, wanted, reason=", ".join(reasons))
    number = store.next_id("reverse", 3001)
    store.reverses[number] = {
        "id": number,
        "order_id": order["id"],
        "status": "new",
        "total": note["_total"],
        "refunded": ZERO,
        "refunds": [],
    }
    _restock(store, wanted, str(body["inventory_location_id"]), order)
    _move(store, order, emit)
    return store.reverses[number]


def _wanted(order: Json, body: Json) -> dict[int, int]:
    """Pieces by order_product_id; all that is left without `is_partial`."""
    if not body.get("is_partial"):
        rows = {line["order_product_id"]: line["quantity"] for line in order["_lines"]}
        left = {number: quantity - reversed_of(order, number) for number, quantity in rows.items()}
        wanted = {number: quantity for number, quantity in left.items() if quantity > 0}
    else:
        wanted = {}
        for entry in body.get("products") or ():
            line = line_of(order, entry.get("order_product_id"))
            pieces = whole(entry.get("quantity", ""), "quantity")
            number = line["order_product_id"] if line else 0
            if line is None or pieces < 1 or pieces > line["quantity"] - reversed_of(order, number):
                raise ApiError(422, fields={"products": ["The quantity is more than can be reversed."]})
            wanted[number] = pieces
    if not wanted:
        raise ApiError(422, fields={"products": ["Nothing is left to be reversed."]})
    return wanted


def credit(store: Store, order: Json, wanted: dict[int, int], *, reason: str) -> Json:
    """A credit note over pieces of lines, at what was paid for them with tax."""
    items = []
    for number, pieces in wanted.items():
        line = line_of(order, number)
        if line is None:
            raise ApiError(422, fields={"products": [f"{number} is not of this order."]})
        gross = (paid_net(line) - given(line)) * (1 + line["rate"]) / line["quantity"]
        items.append(
            {
                "order_product_id": number,
                "product_id": line["product_id"],
                "sku": line["sku"],
                "quantity": pieces,
                "price": gross,
                "total": (gross * pieces).quantize(CENT),
            }
        )
    number = store.next_id("credit_note", 501)
    note: Json = {
        "id": number,
        "_items": items,
        "_total": sum((item["total"] for item in items), ZERO),
        "_created": store.clock.now(),
        "issue_reason": reason,
    }
    order["_credit_notes"].append(note)
    return note


def credit_notes_json(order: Json) -> list[Json]:
    return [
        {
            "id": note["id"],
            "order_id": order["id"],
            "invoice_number": f"CN-{note['id']}",
            "original_invoice_number": str(order["id"]),
            "issue_reason": note["issue_reason"],
            "items": [
                {
                    "product_id": item["product_id"],
                    "sku": item["sku"],
                    "quantity": item["quantity"],
                    "price": float(item["price"]),
                    "total": float(item["total"]),
                }
                for item in note["_items"]
            ],
            "order_total": float(note["_total"]),
            "created_at": plain_time(note["_created"]),
        }
        for note in order["_credit_notes"]
    ]


def _restock(store: Store, wanted: dict[int, int], location: str, order: Json) -> None:
    for number, pieces in wanted.items():
        line = line_of(order, number)
        product = store.products.get(line["product_id"]) if line else None
        if product is not None and location in product["_stocks"]:
            product["_stocks"][location]["quantity"] += pieces


def _move(store: Store, order: Json, emit: Emit) -> None:
    left = sum(line["quantity"] - reversed_of(order, line["order_product_id"]) for line in order["_lines"])
    order["status"] = "partially_reversed" if left else "reversed"
    touch(store, order)
    history(store, order, "", "merchant")
    emit("order.status.update", order_json(store, order))


def refund(store: Store, body: Json, emit: Emit) -> Json:
    """`POST …/refund`: money goes back, at most what the reverse order is worth."""
    found = store.reverses.get(whole(body.get("order_reverse_id", ""), "order_reverse_id"))
    if found is None:
        raise ApiError(404, "Reverse order not found")
    amount = decimal_of(body.get("amount"), "amount")
    if body.get("payment_method") not in REFUND_METHODS:
        raise ApiError(422, fields={"payment_method": ["The selected payment method is invalid."]})
    if amount <= 0 or found["refunded"] + amount > found["total"] + CENT:
        raise ApiError(422, fields={"amount": ["The amount is more than can be refunded."]})
    found["refunded"] += amount
    entry = {
        "id": store.next_id("refund", 901),
        "amount": float(amount),
        "payment_method": body["payment_method"],
        "notes": str(body.get("notes") or ""),
    }
    found["refunds"].append(entry)
    order = store.orders[found["order_id"]]
    if order["status"] == "reversed" and found["refunded"] >= found["total"]:
        order["payment_status"] = "refunded"
        emit("order.payment_status.update", order_json(store, order))
    touch(store, order)
    return entry


def totals(store: Store, body: Json) -> Json:
    """The preview of a credit note; the body is a form: `products[0][order_product_id]`."""
    order = store.orders.get(whole(body.get("order_id", ""), "order_id"))
    if order is None:
        raise ApiError(404, "Order not found")
    rows = []
    n = 0
    while f"products[{n}][order_product_id]" in body:
        rows.append(
            {
                "order_product_id": body[f"products[{n}][order_product_id]"],
                "quantity": body.get(f"products[{n}][quantity]", "0"),
            }
        )
        n += 1
    wanted = _wanted(order, {"is_partial": body.get("is_partial") in ("1", 1, True), "products": rows})
    whole_amount = ZERO
    for number, pieces in wanted.items():
        line = line_of(order, number)
        if line is not None:
            whole_amount += (paid_net(line) - given(line)) * (1 + line["rate"]) * pieces / line["quantity"]
    return {"total": float(whole_amount.quantize(CENT))}
