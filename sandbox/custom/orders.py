"""Orders: placed, changed, shipped, refunded, and shown."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.custom.state import PAYMENTS, RATES, SHIPPINGS, STATUSES, ApiError, Json, Store

Emit = Callable[[str, int], None]


def place(store: Store, emit: Emit, lines: list[Json], **extra: Any) -> Json:
    """A new order. extra: billing, company, tax_number, note, customer (id), prices_include_tax, discount_percent,
    discount, shipping (amount), shipping_method, fee, payment_method, gift_card, paid, rounded, status, created."""
    with store.lock:
        included = bool(extra.get("prices_include_tax", store.options.prices_include_tax))
        number = store.next_id("orders", 1001)
        made = [_line(store, line, included) for line in lines]
        _discount(
            store,
            made,
            Decimal(str(extra.get("discount_percent", 0))),
            Decimal(str(extra.get("discount", 0))),
        )
        shipping = _charge(store, Decimal(str(extra.get("shipping", 0))), included)
        fee = _charge(store, Decimal(str(extra.get("fee", 0))), included)
        total = sum((row["total"] + row["tax"] for row in (*made, shipping, fee)), Decimal(0))
        rounding = Decimal(0)
        if extra.get("rounded"):
            whole = (total / Decimal("0.05")).quantize(Decimal(1)) * Decimal("0.05")
            rounding, total = whole - total, whole
        method = str(extra.get("payment_method", "mada"))
        gift = min(Decimal(str(extra.get("gift_card", 0))), total)
        now = int(extra.get("created", store.clock.now()))
        paid = bool(extra.get("paid", method != "cod"))
        billing: Json = {
            "first_name": "سلمى",
            "last_name": "العمري",
            "company": extra.get("company", ""),
            "street": "شارع الأمير سلطان 7",
            "city": "جدة",
            "zip": "21577",
            "country": "SA",
            "phone": "+966500000000",
            "email": f"buyer{number}@example.com",
            **extra.get("billing", {}),
        }
        order: Json = {
            "id": number,
            "number": f"C-{number}",
            "status": str(extra.get("status", "processing")),
            "payment_status": "paid" if paid else "unpaid",
            "currency": store.options.currency,
            "prices_include_tax": included,
            "created": now,
            "updated": now,
            "customer_id": extra.get("customer"),
            "tax_number": extra.get("tax_number", ""),
            "billing": billing,
            "note": str(extra.get("note", "")),
            "lines": made,
            "shipping": {**shipping, "method": extra.get("shipping_method", "aramex")},
            "fee": {**fee, "title": extra.get("fee_title", "Gift wrapping")},
            "discount_code": extra.get("discount_code", ""),
            "payment": {"method": method, "amount": total - gift, "paid": paid},
            "gift_card": gift,
            "rounding": rounding,
            "total": total,
            "shipments": [],
            "invoices": [],
            "refunds": [],
        }
        store.orders[number] = order
        for line in made:
            product = store.products.get(line["product_id"])
            if product is not None:
                product["quantity"] -= line["quantity"]
        emit("order.created", number)
        return order


def _line(store: Store, line: Json, included: bool) -> Json:
    product = store.by_sku(str(line["sku"])) or {}
    rate = RATES[str(line.get("tax_class", product.get("tax_class", "standard")))]
    price = Decimal(str(line.get("price", product.get("special_price") or product.get("price", "10.00"))))
    quantity = Decimal(str(line.get("quantity", 1)))
    # The price of the table is net; where buyers see tax, the shop shows it with tax and rounds that.
    if included:
        shown = store.money(price * (100 + rate) / 100)
        gross = store.money(shown * quantity)
        tax = store.money(gross * rate / (100 + rate))
        net = gross - tax
    else:
        shown, net = price, store.money(price * quantity)
        tax = store.money(net * rate / 100)
    return {
        "id": store.next_id("lines"),
        "product_id": product.get("id"),
        "sku": str(line["sku"]),
        "name": str(line.get("name", product.get("name", line["sku"]))),
        "quantity": quantity,
        "unit_price": shown,
        "tax_rate": rate,
        "subtotal": net,
        "subtotal_tax": tax,
        "total": net,
        "tax": tax,
    }


def _discount(store: Store, lines: list[Json], percent: Decimal, amount: Decimal) -> None:
    """Taken off the lines; a fixed amount is net and spread by value."""
    base = sum((line["subtotal"] for line in lines), Decimal(0))
    left = store.money(base * percent / 100) + min(amount, base)
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        part = (
            left
            if last
            else store.money((store.money(base * percent / 100) + amount) * line["subtotal"] / base)
            if base
            else Decimal(0)
        )
        part = min(part, line["subtotal"])
        left -= part
        line["total"] = line["subtotal"] - part
        line["tax"] = store.money(line["total"] * line["tax_rate"] / 100) if part else line["tax"]


def _charge(store: Store, amount: Decimal, included: bool) -> Json:
    if included:
        tax = store.money(amount * 15 / 115)
        return {"total": store.money(amount) - tax, "tax": tax}
    return {"total": store.money(amount), "tax": store.money(amount * 15 / 100)}


# ---------------------------------------------------------------- changes


def find(store: Store, text: str) -> Json:
    """Raises ApiError 404."""
    order = store.orders.get(int(text)) if text.isdigit() else None
    if order is None:
        raise ApiError(404, "NOT_FOUND", f"There is no order {text}.")
    return order


def touch(store: Store, emit: Emit, order: Json) -> None:
    order["updated"] = store.clock.now()
    emit("order.updated", order["id"])


def set_status(store: Store, emit: Emit, order: Json, status: str) -> Json:
    if status not in STATUSES:
        raise ApiError(422, "BAD_STATUS", f"'{status}' is no status of this shop.")
    if order["status"] != status:
        order["status"] = status
        touch(store, emit, order)
    return order


def ship(store: Store, emit: Emit, order: Json, body: Json) -> Json:
    lines = body.get("lines") or []
    known = {line["id"]: line for line in order["lines"]}
    gone: dict[int, Decimal] = {}
    for shipment in order["shipments"]:
        for row in shipment["lines"]:
            gone[row["line_id"]] = gone.get(row["line_id"], Decimal(0)) + row["quantity"]
    rows = []
    for row in lines:
        line = known.get(int(row["line_id"]))
        quantity = Decimal(str(row["quantity"]))
        if line is None or quantity <= 0 or gone.get(line["id"], Decimal(0)) + quantity > line["quantity"]:
            raise ApiError(422, "BAD_LINE", f"Line {row['line_id']} cannot ship {quantity}.")
        rows.append({"line_id": line["id"], "quantity": quantity})
    if not rows:
        raise ApiError(422, "NO_LINES", "A shipment needs lines.")
    made = {
        "id": store.next_id("shipments"),
        "carrier": str(body.get("carrier", "")),
        "tracking": str(body.get("tracking", "")),
        "at": store.clock.now(),
        "lines": rows,
    }
    order["shipments"].append(made)
    touch(store, emit, order)
    return made


def invoice(store: Store, emit: Emit, order: Json, body: Json) -> Json:
    made = {"number": str(body["number"]), "url": str(body.get("url", ""))}
    order["invoices"].append(made)
    touch(store, emit, order)
    return made


def refund(store: Store, emit: Emit, order: Json, body: Json) -> Json:
    """Money back: an amount, and the lines that it is for."""
    amount = Decimal(str(body["amount"]))
    before = sum((row["amount"] for row in order["refunds"]), Decimal(0))
    if amount <= 0 or before + amount > order["total"]:
        raise ApiError(422, "TOO_MUCH", "More than the order's total cannot be given back.")
    known = {line["id"]: line for line in order["lines"]}
    rows = []
    for row in body.get("lines") or []:
        line = known.get(int(row["line_id"]))
        if line is None:
            raise ApiError(422, "BAD_LINE", f"There is no line {row['line_id']}.")
        share = Decimal(str(row["quantity"])) / line["quantity"]
        rows.append(
            {
                "line_id": line["id"],
                "sku": line["sku"],
                "quantity": Decimal(str(row["quantity"])),
                "total": store.money(line["total"] * share),
                "tax": store.money(line["tax"] * share),
            }
        )
    made = {
        "id": store.next_id("refunds"),
        "reference": str(body.get("reference", "")),
        "reason": str(body.get("reason", "")),
        "amount": amount,
        "at": store.clock.now(),
        "lines": rows,
    }
    order["refunds"].append(made)
    whole = before + amount >= order["total"]
    order["payment_status"] = "refunded" if whole else "partly_refunded"
    touch(store, emit, order)
    return made


# ---------------------------------------------------------------- shown


def shown(store: Store, order: Json) -> Json:
    """An order as the API prints it: amounts as text, times in ISO 8601."""

    def money(value: Decimal) -> str:
        return f"{value.quantize(store.quantum):f}"

    def at(stamp: int) -> str:
        return f"{store.clock.gmt(stamp)}Z"

    def charge(row: Json) -> Json:
        return {"total": money(row["total"]), "tax": money(row["tax"])}

    payments = [
        {
            "method": order["payment"]["method"],
            "title": dict(PAYMENTS).get(order["payment"]["method"], order["payment"]["method"]),
            "amount": money(order["payment"]["amount"]),
            "kind": "payment",
            "paid": order["payment"]["paid"],
        }
    ]
    if order["gift_card"]:
        payments.append(
            {
                "method": "gift_card",
                "title": "Gift card",
                "amount": money(order["gift_card"]),
                "kind": "gift_card",
                "paid": True,
            }
        )
    fees = [{"title": order["fee"]["title"], **charge(order["fee"])}] if order["fee"]["total"] else []
    method = order["shipping"]["method"]
    shipping = [{"method": method, "title": dict(SHIPPINGS).get(method, method), **charge(order["shipping"])}]
    return {
        **{
            name: order[name]
            for name in ("id", "number", "status", "payment_status", "currency", "prices_include_tax")
        },
        "created_at": at(order["created"]),
        "updated_at": at(order["updated"]),
        "customer": {
            "id": order["customer_id"],
            "email": order["billing"]["email"],
            "tax_number": order["tax_number"],
        },
        "billing": order["billing"],
        "note": order["note"],
        "lines": [
            {
                **{name: line[name] for name in ("id", "product_id", "sku", "name")},
                "quantity": int(line["quantity"]),
                "tax_rate": f"{line['tax_rate']:f}",
                **{
                    name: money(line[name])
                    for name in ("unit_price", "subtotal", "subtotal_tax", "total", "tax")
                },
            }
            for line in order["lines"]
        ],
        "shipping": shipping if order["shipping"]["total"] else [],
        "fees": fees,
        "discount_code": order["discount_code"],
        "payments": payments,
        "total": money(order["total"]),
        "tax_total": money(
            sum((r["tax"] for r in (*order["lines"], order["shipping"], order["fee"])), Decimal(0))
        ),
        "refunded": money(sum((row["amount"] for row in order["refunds"]), Decimal(0))),
        "shipments": [
            {
                "id": row["id"],
                "carrier": row["carrier"],
                "tracking": row["tracking"],
                "shipped_at": at(row["at"]),
                "lines": [
                    {"line_id": one["line_id"], "quantity": int(one["quantity"])} for one in row["lines"]
                ],
            }
            for row in order["shipments"]
        ],
        "invoices": order["invoices"],
        "refunds": [
            {
                **{name: row[name] for name in ("id", "reference", "reason")},
                "amount": money(row["amount"]),
                "created_at": at(row["at"]),
                "lines": [
                    {
                        "line_id": one["line_id"],
                        "sku": one["sku"],
                        "quantity": int(one["quantity"]),
                        "total": money(one["total"]),
                        "tax": money(one["tax"]),
                    }
                    for one in row["lines"]
                ],
            }
            for row in order["refunds"]
        ],
    }
