"""What buyers do: an order is priced, discounted, taxed and paid here.

Line amounts keep four decimals, the order's header is rounded to the decimals of the currency. A discount of the order
leaves `total_*` of its lines as they are and stands in their `applied_discounts` and `discounted_total_inc_tax`.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.catalog import by_sku, variant_json
from sandbox.bigcommerce.inventory import announce, item_key, on_hand
from sandbox.bigcommerce.state import Store

Emit = Callable[[str, str, int, Json], None]
ZERO = Decimal(0)
FOUR = Decimal("0.0001")
ZERO_RATE_CLASS = 2

STATUSES: tuple[tuple[int, str], ...] = (
    (0, "Incomplete"),
    (1, "Pending"),
    (2, "Shipped"),
    (3, "Partially Shipped"),
    (4, "Refunded"),
    (5, "Cancelled"),
    (6, "Declined"),
    (7, "Awaiting Payment"),
    (8, "Awaiting Pickup"),
    (9, "Awaiting Shipment"),
    (10, "Completed"),
    (11, "Awaiting Fulfillment"),
    (12, "Manual Verification Required"),
    (13, "Disputed"),
    (14, "Partially Refunded"),
)
LABELS = dict(STATUSES)
#: method label -> (status of a new order, payment_status)
PAYMENTS = {
    "Credit Card": (11, "captured"),
    "Tabby": (11, "authorized"),
    "Cash on Delivery": (11, ""),
    "Bank Deposit": (7, ""),
}
ADDRESS = {
    "first_name": "سارة",
    "last_name": "الحربي",
    "company": "",
    "street_1": "طريق الملك فهد 12",
    "street_2": "",
    "city": "الرياض",
    "state": "",
    "zip": "11564",
    "country": "Saudi Arabia",
    "country_iso2": "SA",
    "phone": "+966500000001",
    "email": "sara@example.test",
}


def place_order(
    store: Store,
    emit: Emit,
    lines: list[Json],
    *,
    coupons: list[str] | None = None,
    discount: str = "0",
    shipping: str | Json | None = None,
    addresses: int = 1,
    handling: str = "0",
    wrapping: str = "0",
    fees: list[Json] | None = None,
    payment_method: str = "Credit Card",
    payment_status: str | None = None,
    status: int | None = None,
    customer: Json | int | None = None,
    billing: Json | None = None,
    company: str = "",
    vat_number: str = "",
    store_credit: str = "0",
    gift_certificate: str = "0",
    currency: str = "",
    display_currency: str = "",
    exchange_rate: str = "1",
    prices_include_tax: bool | None = None,
    customer_message: str = "",
    staff_notes: str = "",
    channel_id: int = 1,
    locale: str = "ar",
    created: int | None = None,
    digital: bool = False,
) -> Json:
    """Place an order and return its row.

    lines: `{"sku", "quantity", "price"?, "name"?, "tax_class_id"?, "type"?}`; a SKU that the store does not have becomes a
    custom line at `price`. Amounts are with tax where `prices_include_tax`. shipping: an amount or `{"amount", "method",
    "taxed"}`. addresses: over how many the lines are spread. status 0 is an order left at the payment.
    """
    with store.lock:
        including = store.options.prices_include_tax if prices_include_tax is None else prices_include_tax
        now = store.clock.now() if created is None else created
        order = _head(store, now, including=including)
        order |= {
            "payment_method": payment_method,
            "customer_message": customer_message,
            "staff_notes": staff_notes,
            "channel_id": channel_id,
            "customer_locale": locale,
            "currency_code": display_currency or currency or store.options.currency,
            "default_currency_code": currency or store.options.currency,
            "currency_exchange_rate": exchange_rate,
            "order_is_digital": digital,
        }
        order["billing_address"] = _billing(billing, company, vat_number)
        order["customer_id"] = _customer(store, customer, order["billing_address"])
        order["_addresses"] = [] if digital else [_address(store, order) for _ in range(addresses)]
        for number, row in enumerate(lines):
            order["_lines"].append(_line(store, order, row, number))
        _discount(store, order, coupons or [], Decimal(discount))
        _charges(store, order, shipping, Decimal(handling), Decimal(wrapping), fees or [])
        total(store, order)
        order["store_credit_amount"], order["gift_certificate_amount"] = (
            Decimal(store_credit),
            Decimal(gift_certificate),
        )
        first, paid = PAYMENTS.get(payment_method, (11, "captured"))
        order["payment_status"] = paid if payment_status is None else payment_status
        if order["payment_status"] and order["total_inc_tax"] > 0:
            order["payment_provider_id"] = f"ch_{store.token(12)}"
            _transaction(store, order)
        wanted = first if status is None else status
        order["status_id"] = wanted
        store.orders[order["id"]] = order
        if wanted != 0:
            take_stock(store, order, emit)
        emit("store/order/created", "order", order["id"], {})
        return order


def _head(store: Store, now: int, *, including: bool) -> Json:
    return {
        "id": store.next_id("order", 2187),
        "_created": now,
        "_modified": now,
        "_shipped": None,
        "is_tax_inclusive_pricing": including,
        "cart_id": "-".join(store.token(size) for size in (8, 4, 4, 4, 12)),
        "order_source": "www",
        "external_source": None,
        "external_id": None,
        "external_order_id": "",
        "external_merchant_id": None,
        "is_deleted": False,
        "payment_provider_id": None,
        "payment_status": "",
        "_lines": [],
        "_addresses": [],
        "_coupons": [],
        "_fees": [],
        "_shipments": [],
        "_transactions": [],
        "_stock_taken": {},
        "_coupon_discount": ZERO,
        "_discount": ZERO,
    }


def _billing(billing: Json | None, company: str, vat_number: str) -> Json:
    address: Json = {**ADDRESS, **(billing or {})}
    if company:
        address["company"] = company
    fields = [{"name": "VAT number", "value": vat_number}] if vat_number else []
    return {**address, "form_fields": fields}


def _customer(store: Store, customer: Json | int | None, billing: Json) -> int:
    if customer is None:
        return 0
    if isinstance(customer, int):
        return customer
    email = str(customer.get("email") or billing["email"])
    for known in store.customers.values():
        if known["email"].lower() == email.lower():
            return int(known["id"])
    return int(add_customer(store, {"email": email, **customer}, billing)["id"])


def add_customer(store: Store, body: Json, billing: Json | None = None) -> Json:
    shown = billing or ADDRESS
    now = store.clock.now()
    made = {
        "id": store.next_id("customer", 412),
        "email": body["email"],
        "first_name": body.get("first_name") or shown["first_name"],
        "last_name": body.get("last_name") or shown["last_name"],
        "company": body.get("company") or shown["company"],
        "phone": body.get("phone") or shown["phone"],
        "notes": "",
        "tax_exempt_category": "",
        "customer_group_id": int(body.get("customer_group_id", 0)),
        "channel_ids": [1],
        "origin_channel_id": 1,
        "_created": now,
        "_modified": now,
    }
    store.customers[made["id"]] = made
    return made


def _address(store: Store, order: Json) -> Json:
    shown = {k: v for k, v in order["billing_address"].items() if k != "form_fields"}
    return {
        "id": store.next_id("address", 2210),
        **shown,
        "form_fields": [],
        "shipping_method": "",
        "_ex": ZERO,
        "_inc": ZERO,
        "_tax": ZERO,
        "_rate": ZERO,
        "shipping_zone_id": 1,
        "shipping_zone_name": "السعودية",
    }


# ---------------------------------------------------------------- lines


def _line(store: Store, order: Json, row: Json, number: int) -> Json:
    product, variant = _bought(store, row)
    quantity = int(row.get("quantity", 1))
    price = _price(store, product, variant, row)
    usual = product["tax_class_id"] if product else 0
    tax_class = int(row.get("tax_class_id") or usual or 0)
    rate = ZERO if tax_class == ZERO_RATE_CLASS else store.rate
    if order["is_tax_inclusive_pricing"]:
        unit_inc = price
        unit_ex = (price / (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)
    else:
        unit_ex = price
        unit_inc = (price * (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)
    addresses = order["_addresses"]
    return {
        "id": store.next_id("line", 5121),
        "product_id": product["id"] if product else 0,
        "variant_id": _variant_id(store, product, variant),
        "order_address_id": addresses[number % len(addresses)]["id"] if addresses else 0,
        "name": row.get("name") or (product["name"] if product else row.get("sku", "Custom item")),
        "sku": (variant or product or row).get("sku", ""),
        "upc": (variant or product or {}).get("upc", ""),
        "type": row.get("type") or ("digital" if order["order_is_digital"] else "physical"),
        "quantity": quantity,
        "quantity_shipped": 0,
        "quantity_refunded": 0,
        "_base": price,
        "_unit_ex": unit_ex,
        "_unit_inc": unit_inc,
        "_ex": unit_ex * quantity,
        "_inc": unit_inc * quantity,
        "_rate": rate,
        "_class": tax_class,
        "_off": ZERO,
        "applied_discounts": [],
        "product_options": _options(variant),
        "parent_order_product_id": None,
        "is_bundled_product": False,
    }


def _bought(store: Store, row: Json) -> tuple[Json | None, Json | None]:
    try:
        return by_sku(store, str(row.get("sku", "")))
    except LookupError:
        return None, None


def _variant_id(store: Store, product: Json | None, variant: Json | None) -> int:
    if variant is not None:
        return int(variant["id"])
    return store.variants_of[product["id"]][0] if product else 0


def _price(store: Store, product: Json | None, variant: Json | None, row: Json) -> Decimal:
    if "price" in row or product is None:
        return Decimal(str(row.get("price", "0")))
    base = variant or store.variants[store.variants_of[product["id"]][0]]
    return Decimal(str(variant_json(store, base)["calculated_price"]))


def _options(variant: Json | None) -> list[Json]:
    return [
        {
            "id": number + 9,
            "option_id": value["option_id"],
            "product_option_id": value["option_id"],
            "display_name": value["option_display_name"],
            "display_value": value["label"],
            "value": str(value["id"]),
            "type": "Multiple choice",
        }
        for number, value in enumerate(variant["option_values"] if variant else ())
    ]


# ---------------------------------------------------------------- discounts and charges


def _discount(store: Store, order: Json, codes: list[str], manual: Decimal) -> None:
    for code in codes:
        coupon = store.coupons[code]
        amount = Decimal(coupon["amount"])
        if coupon["type"] == 1:
            taken = _spread(order, None, amount / 100, "total-coupon", coupon["name"], code)
        else:
            taken = _spread(order, amount, ZERO, "total-coupon", coupon["name"], code)
        order["_coupon_discount"] += taken
        order["_coupons"].append(
            {
                "id": store.next_id("order_coupon"),
                "coupon_id": coupon["id"],
                "order_id": order["id"],
                "code": code,
                "amount": str(coupon["amount"]),
                "type": coupon["type"],
                "discount": float(taken),
            }
        )
    if manual:
        order["_discount"] += _spread(order, manual, ZERO, "manual-discount", "Manual Discount", None)


def _spread(
    order: Json, amount: Decimal | None, share: Decimal, mark: str, name: str, code: str | None
) -> Decimal:
    """A discount of the order on its lines, in the basis in which prices are kept; what is left goes to the last."""
    key = "_inc" if order["is_tax_inclusive_pricing"] else "_ex"
    lines = [line for line in order["_lines"] if line[key] > line["_off"]]
    basis = sum((line[key] - line["_off"] for line in lines), ZERO)
    wanted = min(basis, basis * share if amount is None else amount).quantize(
        Decimal("0.01"), rounding=ROUND_HALF_UP
    )
    rest = wanted
    for number, line in enumerate(lines):
        part = (wanted * (line[key] - line["_off"]) / basis).quantize(FOUR, rounding=ROUND_HALF_UP)
        part = rest if number == len(lines) - 1 else part
        rest -= part
        line["_off"] += part
        line["applied_discounts"].append(
            {"id": mark, "amount": f"{part:.4f}", "name": name, "code": code, "target": "order"}
        )
    return wanted


def _charges(
    store: Store,
    order: Json,
    shipping: str | Json | None,
    handling: Decimal,
    wrapping: Decimal,
    fees: list[Json],
) -> None:
    given: Json = shipping if isinstance(shipping, dict) else {"amount": shipping or "0"}
    rate = store.rate if given.get("taxed", True) else ZERO
    amount = Decimal(str(given["amount"]))
    for number, address in enumerate(order["_addresses"]):
        own = amount if number == 0 else ZERO
        address["shipping_method"] = given.get("method", "Aramex") if amount else "Free Shipping"
        address["_base"], address["_rate"] = own, rate
        address["_ex"], address["_inc"], address["_tax"] = split(order, own, rate)
    order["_handling"] = split(order, handling, store.rate)
    order["_wrapping"] = split(order, wrapping, store.rate)
    for fee in fees:
        ex, inc, tax = split(
            order, Decimal(str(fee["amount"])), store.rate if fee.get("taxed", True) else ZERO
        )
        order["_fees"].append(
            {
                "id": store.next_id("fee"),
                "type": "custom_fee",
                "display_name_customer": fee["name"],
                "display_name_merchant": fee["name"],
                "source": "v2",
                "base_cost": f"{Decimal(str(fee['amount'])):.4f}",
                "_ex": ex,
                "_inc": inc,
                "_tax": tax,
                "tax_class_id": 0,
            }
        )


def split(order: Json, amount: Decimal, rate: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """(without tax, with tax, tax) of an amount in the order's basis."""
    if order["is_tax_inclusive_pricing"]:
        ex = (amount / (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)
        return ex, amount, amount - ex
    inc = (amount * (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)
    return amount, inc, inc - amount


def discounted(line: Json, *, including: bool) -> tuple[Decimal, Decimal]:
    """(with tax, tax) of a line after all discounts."""
    rate = line["_rate"]
    if including:
        inc = line["_inc"] - line["_off"]
        return inc, (inc - inc / (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)
    ex = line["_ex"] - line["_off"]
    tax = (ex * rate).quantize(FOUR, rounding=ROUND_HALF_UP)
    return ex + tax, tax


def total(store: Store, order: Json) -> None:
    """The header, rounded once over all."""
    quantum = Decimal(1).scaleb(-store.options.decimals)

    def rounded(amount: Decimal) -> Decimal:
        return amount.quantize(quantum, rounding=ROUND_HALF_UP)

    including = order["is_tax_inclusive_pricing"]
    pairs = [discounted(line, including=including) for line in order["_lines"]]
    pairs += [(a["_inc"], a["_tax"]) for a in order["_addresses"]]
    pairs += [(f["_inc"], f["_tax"]) for f in order["_fees"]]
    pairs += [(order["_handling"][1], order["_handling"][2]), (order["_wrapping"][1], order["_wrapping"][2])]
    order["total_inc_tax"] = rounded(sum((inc for inc, _ in pairs), ZERO))
    order["total_tax"] = rounded(sum((tax for _, tax in pairs), ZERO))
    order["total_ex_tax"] = order["total_inc_tax"] - order["total_tax"]
    order["subtotal_inc_tax"] = rounded(sum((line["_inc"] for line in order["_lines"]), ZERO))
    order["subtotal_ex_tax"] = rounded(sum((line["_ex"] for line in order["_lines"]), ZERO))


# ---------------------------------------------------------------- payment, stock, status


def _transaction(store: Store, order: Json) -> None:
    event = "authorization" if order["payment_status"] == "authorized" else "purchase"
    order["_transactions"].append(
        {
            "id": store.next_id("transaction", 700),
            "order_id": str(order["id"]),
            "event": event,
            "method": "credit_card",
            "amount": order["total_inc_tax"]
            - Decimal(order["store_credit_amount"])
            - order["gift_certificate_amount"],
            "currency": order["default_currency_code"],
            "gateway": "moyasar",
            "gateway_transaction_id": order["payment_provider_id"],
            "payment_method_id": "moyasar.card",
            "status": "ok",
            "test": False,
            "fraud_review": False,
            "reference_transaction_id": None,
            "date_created": store.clock.gmt(order["_created"]),
        }
    )


def take_stock(store: Store, order: Json, emit: Emit) -> None:
    """Orders lower the stock when they are placed, or when they are completed, as the store is set."""
    if order["_stock_taken"] or (
        store.options.stock_on == "completion" and order["status_id"] not in (2, 10)
    ):
        return
    for line in order["_lines"]:
        product = store.products.get(line["product_id"])
        if product is None or product["inventory_tracking"] == "none":
            continue
        key = item_key(store, product, store.variants.get(line["variant_id"]))
        left = max(0, on_hand(store, key, 1) - line["quantity"])
        store.levels[key, 1] = left
        order["_stock_taken"][key] = order["_stock_taken"].get(key, 0) + line["quantity"]
        announce(store, emit, key, -line["quantity"], "relative", by_order=True)


def set_status(store: Store, order: Json, status: int, emit: Emit) -> None:
    """Change the status as staff or the API do; the same status again changes nothing."""
    before = order["status_id"]
    if before == status:
        return
    order["status_id"] = status
    touch(store, order)
    if status == 2 and order["_shipped"] is None:
        order["_shipped"] = store.clock.now()
    if before == 0 or status in (2, 10):
        take_stock(store, order, emit)
    if status == 5 and store.options.cancel_restocks:
        for key, quantity in order["_stock_taken"].items():
            store.levels[key, 1] = store.levels.get((key, 1), 0) + quantity
        order["_stock_taken"] = {}
    moved: Json = {"status": {"previous_status_id": before, "new_status_id": status}}
    emit("store/order/statusUpdated", "order", order["id"], moved)
    emit("store/order/updated", "order", order["id"], {})


def touch(store: Store, order: Json) -> None:
    order["_modified"] = max(store.clock.now(), order["_modified"])


def archive(store: Store, order: Json, emit: Emit) -> None:
    order["is_deleted"] = True
    touch(store, order)
    emit("store/order/archived", "order", order["id"], {})
