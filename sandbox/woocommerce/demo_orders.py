"""The demo's orders: of every kind that a connector meets, the same for the same seed number.

Each order carries marks (`store.demo_tags`), so that a demo run can be checked against what was placed.
"""

import random
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.woocommerce import storefront
from sandbox.woocommerce.order_write import change_status
from sandbox.woocommerce.rows import Json, Order
from sandbox.woocommerce.totals import money

if TYPE_CHECKING:
    from sandbox.woocommerce.app import WooApp

PEOPLE: list[tuple[str, str, str, str, str]] = [
    ("محمد", "العتيبي", "طريق الملك فهد 120", "الرياض", "mohammed.otaibi@example.com"),
    ("نورة", "القحطاني", "شارع العليا 45", "الرياض", "noura.q@example.com"),
    ("عبدالله", "الغامدي", "شارع فلسطين 9", "جدة", "abdullah.g@example.com"),
    ("سارة", "الحربي", "حي الروضة، شارع الأمير سلطان", "جدة", "sara.harbi@example.com"),
    ("فهد", "الدوسري", "الكورنيش، برج 3", "الدمام", "fahad.d@example.com"),
    ("ريم", "الشهري", "طريق أبها العام", "أبها", "reem.shehri@example.com"),
    ("Omar", "Haddad", "Olaya Street 88", "Riyadh", "omar.haddad@example.com"),
    ("Layla", "Nasser", "Tahlia Street 12", "Jeddah", "layla.nasser@example.com"),
    ("John", "Miller", "Diplomatic Quarter, Villa 7", "Riyadh", "john.miller@example.com"),
    ("خالد", "الزهراني", "حي النزهة 🏠 بجوار المسجد", "مكة المكرمة", "khaled.z@example.com"),
]
COMPANIES = [
    ("مؤسسة الأفق للتجارة", "310122393500003"),
    ("Gulf Office Supplies LLC", "310175397400003"),
    ("شركة نجد للمقاولات", "300055184400003"),
]
NOTES = ["", "", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁", "الدور الثاني، شكرًا لكم 🌹"]
SHIPPING = [
    {"method_id": "flat_rate", "title": "Aramex", "total": "25.00", "instance_id": "1"},
    {"method_id": "free_shipping", "title": "Free shipping", "total": "0.00", "instance_id": "2"},
    {"method_id": "local_pickup", "title": "Branch pickup", "total": "0.00", "instance_id": "3"},
    {"method_id": "flat_rate", "title": "SMSA", "total": "17.39", "instance_id": "1", "taxable": False},
]
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "stc_pay"
DELETED_SKU = "DEMO-GONE-1"

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupons": ["welcome10"]}),
    2: (["coupon", "coupon_fixed"], {"coupons": ["ramadan50"]}),
    3: (["fee_positive"], {"fees": [{"name": "Cash handling", "total": "13.04"}], "payment_method": "cod"}),
    4: (["fee_negative"], {"fees": [{"name": "Loyalty discount", "total": "-8.70"}]}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["b2b"], {}),
    7: (["refund_partial"], {"status": "completed"}),
    8: (["refund_full"], {"status": "completed"}),
    9: (["bank_transfer"], {"payment_method": "bacs"}),
    10: (["cancelled"], {"status": "cancelled"}),
    11: (["failed"], {"status": "failed"}),
    12: (["pending"], {"status": "pending"}),
    13: (["completed"], {"status": "completed"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["cod"], {"payment_method": "cod"}),
    18: (["b2b", "many_lines"], {}),
    19: (["completed", "cod"], {"status": "completed", "payment_method": "cod"}),
    20: (["fee_untaxed"], {"fees": [{"name": "Donation", "total": "5.00", "taxable": False}]}),
    21: (["shipping_untaxed"], {"shipping": SHIPPING[3]}),
    22: (["bank_transfer", "b2b"], {"payment_method": "bacs"}),
    23: (["tabby"], {"payment_method": "tabby"}),
    24: (["coupon", "coupon_percent", "many_lines"], {"coupons": ["welcome10"]}),
    25: (["coupon", "coupon_two"], {"coupons": ["welcome10", "ramadan50"]}),
}


def seed_orders(app: "WooApp", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    sellable = [r["sku"] for r in rows if r["type"] != "variable"]
    zero = [r["sku"] for r in rows if r["type"] == "simple" and r["tax_class"] == "zero-rate"]
    standard = [r["sku"] for r in rows if r["type"] == "simple" and r["tax_class"] == "standard"]
    if not sellable or not count:
        return
    gone = _product_to_delete(app) if count >= 40 else None
    start = store.clock.now() - 14 * 86400
    for number in range(count):
        position = number % 40
        marks, extra = ROUND.get(position, ([], {}))
        marks = [*marks]
        lines = _lines(rng, sellable, zero, standard, marks)
        if gone and number in (26, 66, 106):
            marks.append("deleted_product")
            lines.append({"product_id": gone, "quantity": 1})
        if number == 27:
            marks += ["coupon", "coupon_full"]
            extra = {"coupons": ["vipgift"], "shipping": SHIPPING[2]}
        moment = start + number * (14 * 86400 - 7200) // count
        order = _place(app, rng, number, lines, marks, extra, store.clock.gmt(moment) or "")
        _afterwards(app, order, marks)
        store.demo_tags[order.id] = marks
    if gone:
        store.forget_product(store.products[gone])


def _product_to_delete(app: "WooApp") -> int:
    made = app.internal(
        "POST", "/products", {"name": "Discontinued lamp", "sku": DELETED_SKU, "regular_price": "90.00"}
    )
    return int(made["id"])


def _lines(
    rng: random.Random, sellable: list[str], zero: list[str], standard: list[str], marks: list[str]
) -> list[Json]:
    wanted = rng.randint(5, 12) if "many_lines" in marks else rng.randint(1, 4)
    pool = sellable
    if "zero_rate" in marks and zero:
        pool = zero
    if "mixed_rates" in marks and zero and standard:
        chosen = [rng.choice(zero), rng.choice(standard), *rng.sample(standard, min(wanted, len(standard)))]
    else:
        chosen = rng.sample(pool, min(wanted, len(pool)))
    lines: list[Json] = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in dict.fromkeys(chosen)]
    if "unknown_sku" in marks:
        lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "quantity": 1, "price": "35.00"})
    return lines


def _place(
    app: "WooApp",
    rng: random.Random,
    number: int,
    lines: list[Json],
    marks: list[str],
    extra: Json,
    moment: str,
) -> Order:
    first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
    billing = {
        "first_name": first,
        "last_name": last,
        "address_1": street,
        "city": city,
        "email": email,
        "phone": f"+9665{rng.randint(10_000_000, 99_999_999)}",
    }
    options: Json = {
        "billing": billing,
        "shipping": SHIPPING[number % 3],
        "customer": None if number % 3 == 0 else {"email": email},
        "customer_note": NOTES[number % len(NOTES)],
        # The shop has one setting; orders remember the one of their day.
        "prices_include_tax": number % 2 == 0,
        "created_gmt": moment,
        **extra,
    }
    marks.append("guest" if options["customer"] is None else "registered")
    marks.append("tax_included" if options["prices_include_tax"] else "tax_excluded")
    if "b2b" in marks:
        company, vat = COMPANIES[number % len(COMPANIES)]
        options |= {"company": company, "vat_number": vat}
    return storefront.place_order(app, lines, **options)


def _afterwards(app: "WooApp", order: Order, marks: list[str]) -> None:
    if "refund_partial" in marks:
        _refund(app, order, whole=False)
    if "refund_full" in marks:
        _refund(app, order, whole=True)
    if "cancelled" in marks and order.status != "cancelled":
        change_status(app.store, app.queue.emit, order, "cancelled")


def _refund(app: "WooApp", order: Order, *, whole: bool) -> None:
    """One piece of the first line, or everything line by line, as an agent does it in the admin."""
    lines = order.lines if whole else order.lines[:1]
    rows: list[Json] = []
    for line in lines:
        quantity = line.quantity if whole else 1
        share = Decimal(quantity) / line.quantity
        rows.append(
            {
                "id": line.id,
                "quantity": quantity,
                "refund_total": money(line.total * share, 2),
                "refund_tax": [
                    {"id": rate, "refund_total": money(total * share, 2)}
                    for rate, (total, _) in line.taxes.items()
                ],
            }
        )
    charges = [*order.shipping_lines, *order.fee_lines] if whole else []
    for charge in charges:
        taxes = [{"id": rate, "refund_total": money(total, 2)} for rate, total in charge.taxes.items()]
        rows.append({"id": charge.id, "refund_total": money(charge.total, 2), "refund_tax": taxes})
    body: Json = {"reason": "Returned by the buyer", "api_refund": False, "line_items": rows}
    if whole:
        body["amount"] = money(order.total, 2)
    app.internal("POST", f"/orders/{order.id}/refunds", body)
