"""What buyers do: an order is priced, discounted, taxed and paid here.

Nothing is rounded: lines and totals keep the long decimals of the server's arithmetic, which is what the API prints.
"""

from decimal import Decimal, localcontext
from typing import Any

from sandbox.zid import catalog
from sandbox.zid.answers import Json
from sandbox.zid.catalog import Emit
from sandbox.zid.orders import order_json
from sandbox.zid.state import Store

ZERO = Decimal(0)
#: code -> (name, payment status of a new order)
PAYMENTS = {
    "credit_card": ("Credit Card", "paid"),
    "zid_cod": ("Cash On Delivery", "pending"),
    "zid_bank_transfer": ("Bank Transfer", "pending"),
    "tabby": ("Tabby", "paid"),
    "stc_pay": ("STC Pay", "paid"),
}
BUYER: Json = {
    "first_name": "سارة",
    "last_name": "الحربي",
    "email": "sara@example.test",
    "mobile": "966500000001",
    "street": "طريق الملك فهد 12",
    "district": "العليا",
    "city": "الرياض",
    "postcode": "11564",
    "country": "SA",
}


def place_order(
    store: Store,
    emit: Emit,
    lines: list[Json],
    *,
    coupon: str = "",
    loyalty: str = "0",
    shipping: str | Json | None = None,
    cod_fee: str = "0",
    gift_wrap: str = "0",
    payment_method: str = "credit_card",
    payment_status: str | None = None,
    status: str = "new",
    buyer: Json | None = None,
    consignee: Json | None = None,
    guest: bool = False,
    business: Json | None = None,
    currency: str = "",
    exchange_rate: str = "1",
    prices_include_tax: bool | None = None,
    note: str = "",
    source: str = "catalog",
    location: str = "",
    created: int | None = None,
) -> Json:
    """Place an order and return its row.

    lines: `{"sku", "quantity", "price"?, "name"?, "taxed"?, "addition"?}`; a SKU that the store does not have is one of a
    product deleted since. Prices are with tax where `prices_include_tax`; shipping (an amount or `{"amount", "method"}`),
    fees and the coupon's amount are without. business: `{"name", "tax_number"}`.
    """
    with store.lock, localcontext() as context:
        context.prec = 28
        now = store.clock.now() if created is None else created
        who: Json = {**BUYER, **(buyer or {})}
        including = store.options.prices_include_tax if prices_include_tax is None else prices_include_tax
        order = _head(store, now, status, including=including)
        order |= {
            "_currency": currency or store.options.currency,
            "_exchange_rate": exchange_rate,
            "_payment": payment_method,
            "_guest": guest,
            "_buyer": who,
            "_consignee": consignee,
            "_business": business,
            "_note": note,
            "_source": source,
            "_location": location or store.default_location,
            "_customer": _customer(store, who, business),
            "payment_status": PAYMENTS.get(payment_method, ("", "paid"))[1]
            if payment_status is None
            else payment_status,
        }
        order["_lines"] = [_line(store, row, including=including) for row in lines]
        _coupon(store, order, coupon)
        _loyalty(order, Decimal(loyalty))
        _invoice(store, order, shipping, Decimal(cod_fee), Decimal(gift_wrap))
        store.orders[order["id"]] = order
        if status != "initial":
            _take_stock(store, order, -1, emit)
        history(store, order, "")
        emit("order.create", order_json(store, order))
        return order


def _head(store: Store, now: int, status: str, *, including: bool) -> Json:
    number = store.next_id("order", 48_100_231)
    return {
        "id": number,
        "code": store.token(10),
        "status": status,
        "_including": including,
        "_created": now,
        "_updated": now,
        "_delivered": None,
        "_tracking": {"number": None, "url": None, "status": None},
        "_waybill": None,
        "_lines": [],
        "_invoice": [],
        "_histories": [],
        "_credit_notes": [],
        "_coupon": None,
        "_transaction": store.token(16),
        "_restocked": False,
    }


def _customer(store: Store, who: Json, business: Json | None) -> int:
    for known in store.customers.values():
        if known["mobile"] == who["mobile"] and known["email"] == who["email"]:
            return int(known["id"])
    number = store.next_id("customer", 7001)
    store.customers[number] = {
        "id": number,
        "name": f"{who['first_name']} {who['last_name']}".strip(),
        "nickname": None,
        "email": who["email"],
        "mobile": who["mobile"],
        "gender": None,
        "birth_date": None,
        "type": "business" if business else "individual",
        "business_name": business["name"] if business else None,
        "tax_number": business["tax_number"] if business else None,
        "commercial_registration": None,
        "city": {
            "id": 1,
            "name": who["city"],
            "ar_name": who["city"],
            "en_name": who["city"],
            "country_code": "SA",
        },
        "verified": True,
        "is_active": True,
        "points": 0,
        "tags": [],
    }
    return number


# ---------------------------------------------------------------- lines


def _line(store: Store, row: Json, *, including: bool) -> Json:
    product = store.products.get(store.skus.get(str(row.get("sku", "")), ""))
    taxed = bool(row.get("taxed", product["is_taxable"] if product else True))
    rate = store.rate if taxed else ZERO
    usual = Decimal(str(row["price"])) if "price" in row else (product["price"] if product else ZERO)
    sale = product["sale_price"] if product and "price" not in row else None
    addition = Decimal(str(row.get("addition", "0")))
    return {
        "product_id": product["id"] if product else store.new_uuid(),
        "order_product_id": store.next_id("line", 61_001),
        "parent_id": product["parent_id"] if product else None,
        "name": row.get("name") or _name(store, product) or str(row.get("sku")),
        "sku": str(row.get("sku", "")),
        "barcode": product["barcode"] if product else None,
        "quantity": int(row.get("quantity", 1)),
        "options": _options(product),
        "rate": rate,
        "net": _net(usual, rate, including=including),
        "net_sale": None if sale is None else _net(sale, rate, including=including),
        "net_addition": _net(addition, rate, including=including),
        "discounts": {},
    }


def _net(amount: Decimal, rate: Decimal, *, including: bool) -> Decimal:
    return amount / (1 + rate) if including else amount


def _name(store: Store, product: Json | None) -> str:
    names = product["name"] if product else {}
    return str(names.get(store.options.language) or next(iter(names.values()), ""))


def _options(product: Json | None) -> list[Json]:
    return [
        {"id": entry["id"], "name": entry["name"], "value": next(iter(entry["value"].values()))}
        for entry in (product["attributes"] if product else ())
    ]


def paid_net(line: Json) -> Decimal:
    """Of all pieces, after a sale price and with additions, before discounts."""
    unit: Decimal = line["net"] if line["net_sale"] is None else line["net_sale"]
    addition: Decimal = line["net_addition"]
    return (unit + addition) * int(line["quantity"])


def given(line: Json) -> Decimal:
    return sum((entry["amount"] for entry in line["discounts"].values()), ZERO)


# ---------------------------------------------------------------- discounts and totals


def _spread(order: Json, name: str, amount: Decimal) -> Decimal:
    """A net discount of the whole order, on its lines by their worth."""
    whole = sum((paid_net(line) - given(line) for line in order["_lines"]), ZERO)
    amount = min(amount, whole)
    if amount <= 0:
        return ZERO
    for line in order["_lines"]:
        worth = paid_net(line) - given(line)
        share = amount * worth / whole
        if share:
            line["discounts"][name] = {
                "amount": share,
                "percentage": share * 100 / worth,
                "unit_amount": share / line["quantity"],
            }
    return amount


def _coupon(store: Store, order: Json, code: str) -> None:
    if not code:
        return
    coupon = store.coupons[code]
    worth = sum((paid_net(line) for line in order["_lines"]), ZERO)
    wanted = Decimal(coupon["amount"])
    taken = _spread(order, "coupon", worth * wanted / 100 if coupon["type"] == "p" else wanted)
    order["_coupon"] = {
        "id": coupon["id"],
        "code": code,
        "name": code.upper(),
        "discount": float(wanted),
        "discount_string": f"{taken:.2f}",
    }
    order["_invoice"].append(("coupon", -taken, f"Coupon ({code})"))


def _loyalty(order: Json, amount: Decimal) -> None:
    if amount:
        taken = _spread(order, "loyalty_points", amount)
        order["_invoice"].append(("loyalty_redemption", -taken, "Loyalty points"))


def _invoice(
    store: Store, order: Json, shipping: str | Json | None, cod_fee: Decimal, gift_wrap: Decimal
) -> None:
    """The ordered list of totals. VAT is taken on everything after discounts; shipping by the store's setting."""
    lines = order["_lines"]
    net = sum((paid_net(line) for line in lines), ZERO)
    rows: list[tuple[str, Decimal, str]] = [("sub_totals_before_vat", net, "Total without VAT")]
    left = net
    for code, value, title in order["_invoice"]:
        rows.append((code, value, title))
        left += value
        rows.append((f"sub_totals_after_{code}_discount", left, f"Total after {title}"))
    way = {"amount": shipping, "method": "SMSA"} if isinstance(shipping, str) else shipping
    charge = Decimal(str(way["amount"])) if way else ZERO
    order["_method"] = str(way["method"]) if way else ""
    extra = [("shipping", charge, "Shipping")] if way else []
    extra += [("cod_fee", cod_fee, "COD fee")] if cod_fee else []
    extra += [("gift_wrap", gift_wrap, "Gift wrapping")] if gift_wrap else []
    rows += extra
    vat = sum(((paid_net(line) - given(line)) * line["rate"] for line in lines), ZERO)
    vat += (
        sum((v for code, v, _ in extra if code != "shipping" or store.options.shipping_taxed), ZERO)
        * store.rate
    )
    taxable = left + sum((value for _, value, _ in extra), ZERO)
    total = taxable + vat
    percent = (store.rate * 100).normalize()
    rows += [
        ("taxable_amount", taxable, "Taxable amount"),
        ("vat", vat, f"VAT (%{percent:f})"),
        ("sub_totals_after_vat", total, "Total Inc. VAT"),
        ("total", total, "Total"),
    ]
    order["_invoice"] = rows
    order["_total"] = total


# ---------------------------------------------------------------- afterwards


def _take_stock(store: Store, order: Json, sign: int, emit: Emit) -> None:
    for line in order["_lines"]:
        product = store.products.get(line["product_id"])
        stock = product["_stocks"].get(order["_location"]) if product else None
        if product is None or stock is None or stock["infinite"]:
            continue
        stock["quantity"] = max(0, stock["quantity"] + sign * line["quantity"])
        catalog.touch(store, product)
        emit("product.update", catalog.product_json(store, product))


def history(store: Store, order: Json, comment: str, by: str = "customer") -> None:
    order["_histories"].append(
        {
            "order_status_id": 1,
            "order_status_name": order["status"],
            "changed_by_type": by,
            "changed_by_details": None,
            "comment": comment,
            "_created": store.clock.now(),
        }
    )


def touch(store: Store, order: Json) -> None:
    order["_updated"] = store.clock.now()


def set_status(store: Store, order: Json, status: str, emit: Emit, *, by: str = "merchant") -> None:
    before, order["status"] = order["status"], status
    if status == "delivered":
        order["_delivered"] = store.clock.now()
    if status == "cancelled" and before != "cancelled" and store.options.cancel_restocks:
        _take_stock(store, order, 1, emit)
    touch(store, order)
    history(store, order, "", by)
    emit("order.status.update", order_json(store, order))


def set_paid(store: Store, order: Json, status: str, emit: Emit) -> None:
    order["payment_status"] = status
    touch(store, order)
    emit("order.payment_status.update", order_json(store, order))


def line_of(order: Json, number: Any) -> Json | None:
    return next((line for line in order["_lines"] if str(line["order_product_id"]) == str(number)), None)
