"""The demo's orders: of every kind that a connector meets, the same for the same seed number.

Each order carries marks, so that a demo run can be checked against what was placed.
"""

import random
from decimal import Decimal

from sandbox.magento1 import creditmemos, documents
from sandbox.magento1.catalogue import add_product
from sandbox.magento1.orders import cancel_order
from sandbox.magento1.rows import Json, Order
from sandbox.magento1.state import Store
from sandbox.magento1.storefront import place_order

PEOPLE: list[tuple[str, str, str, str, str]] = [
    ("محمد", "العتيبي", "طريق الملك فهد 120", "الرياض", "mohammed.otaibi@example.com"),
    ("نورة", "القحطاني", "شارع العليا 45", "الرياض", "noura.q@example.com"),
    ("عبدالله", "الغامدي", "شارع فلسطين 9", "جدة", "abdullah.g@example.com"),
    ("سارة", "الحربي", "حي الروضة\nشارع الأمير سلطان", "جدة", "sara.harbi@example.com"),
    ("فهد", "الدوسري", "الكورنيش\nبرج 3", "الدمام", "fahad.d@example.com"),
    ("ريم", "الشهري", "طريق أبها العام", "أبها", "reem.shehri@example.com"),
    ("Omar", "Haddad", "Olaya Street 88", "Riyadh", "omar.haddad@example.com"),
    ("Layla", "Nasser", "Tahlia Street 12", "Jeddah", "layla.nasser@example.com"),
    ("John", "Miller", "Diplomatic Quarter\nVilla 7", "Riyadh", "john.miller@example.com"),
    ("خالد", "الزهراني", "حي النزهة 🏠 بجوار المسجد", "مكة المكرمة", "khaled.z@example.com"),
]
COMPANIES = [
    ("مؤسسة الأفق للتجارة", "310122393500003"),
    ("Gulf Office Supplies LLC", "310175397400003"),
    ("شركة نجد للمقاولات", "300055184400003"),
]
NOTES = ["", "", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁", "الدور الثاني، شكرًا لكم 🌹"]
SHIPPING = [
    ("flatrate_flatrate", "Flat Rate - Aramex", "25.00"),
    ("freeshipping_freeshipping", "Free Shipping - Free", "0.00"),
    ("tablerate_bestway", "Best Way - SMSA", "17.39"),
]
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "stc_pay"
DELETED_SKU = "DEMO-GONE-1"

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupon": ("welcome10", "percent", "10")}),
    2: (["coupon", "coupon_fixed"], {"coupon": ("ramadan50", "fixed", "50")}),
    3: (["surcharge"], {"extras": {"fooman_surcharge_amount": "13.04"}, "payment_method": "cashondelivery"}),
    4: (["reward"], {"extras": {"reward_currency_amount": "8.70"}}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["b2b"], {}),
    7: (["refund_partial"], {}),
    8: (["refund_full"], {}),
    9: (["bank_transfer"], {"payment_method": "banktransfer"}),
    10: (["cancelled"], {}),
    11: (["payment_review"], {"state": "payment_review", "payment_method": "paypal_express"}),
    12: (["pending_payment"], {"state": "pending_payment", "payment_method": "paypal_express"}),
    13: (["completed"], {}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["cod"], {"payment_method": "cashondelivery"}),
    18: (["b2b", "many_lines"], {}),
    19: (["completed", "cod"], {"payment_method": "cashondelivery"}),
    20: (["gift_card"], {"extras": {"gift_cards_amount": "20.00"}}),
    21: (["shipping_untaxed"], {"shipping_taxed": False}),
    22: (["bank_transfer", "b2b"], {"payment_method": "banktransfer"}),
    23: (["store_credit"], {"extras": {"customer_balance_amount": "15.00"}}),
    24: (["coupon", "coupon_percent", "many_lines"], {"coupon": ("welcome10", "percent", "10")}),
    25: (["virtual"], {"virtual": True}),
    26: (["deleted_product"], {}),
    27: (["holded"], {"state": "holded"}),
    28: (["gift_wrap"], {"extras": {"gw_price": "7.00"}}),
    29: (["configurable"], {}),
    30: (["bundle"], {}),
    31: (["custom_status"], {"state": "processing", "status": "picking"}),
    32: (["other_currency"], {"order_currency": "USD", "rate": "0.2667"}),
    33: (["fixed_tax"], {"fixed_taxes_in": "total"}),
    34: (["fixed_tax_in_tax"], {"fixed_taxes_in": "tax"}),
    35: (["fixed_tax_in_subtotal"], {"fixed_taxes_in": "subtotal"}),
    36: (["bundle_dynamic"], {}),
    37: (["cancelled_in_part"], {"payment_method": "checkmo"}),
    38: (["cancelled_in_part", "configurable"], {"payment_method": "checkmo"}),
    39: (["cancelled_in_part", "coupon", "coupon_percent"],
         {"payment_method": "checkmo", "coupon": ("welcome10", "percent", "10")}),
}  # fmt: skip
_UNPAID = ("payment_review", "pending_payment", "holded", "bank_transfer", "cancelled", "custom_status")


def seed_orders(store: Store, rows: list[Json], *, count: int, seed: int) -> None:
    rng = random.Random(seed)
    simple = [row for row in rows if row["type"] == "simple"]
    pools = {
        "all": [row["sku"] for row in rows if row["type"] != "variable"],
        "zero": [row["sku"] for row in simple if row["tax_class"] == "zero-rate"],
        "standard": [row["sku"] for row in simple if row["tax_class"] == "standard"],
        "children": [row["sku"] for row in rows if row["type"] == "variation"],
    }
    if not pools["all"] or not count:
        return
    gone = add_product(store, DELETED_SKU, price="90.00", name="Discontinued lamp") if count >= 40 else None
    start = store.clock.now() - 14 * 86400
    for number in range(count):
        marks, extra = ROUND.get(number % 40, ([], {}))
        marks = [mark for mark in marks if mark != "deleted_product" or gone is not None]
        lines = _lines(rng, pools, marks)
        moment = start + number * (14 * 86400 - 7200) // count
        order = _place(store, rng, number, lines, marks, dict(extra), moment)
        _afterwards(store, order, marks, moment + 600)
        order.marks = marks
    if gone is not None:
        store.forget_product(gone)


def _lines(rng: random.Random, pools: dict[str, list[str]], marks: list[str]) -> list[Json]:
    wanted = rng.randint(5, 12) if "many_lines" in marks else rng.randint(1, 4)
    pool = pools["zero"] if "zero_rate" in marks and pools["zero"] else pools["all"]
    if "configurable" in marks and pools["children"]:
        pool = pools["children"]
    if "mixed_rates" in marks and pools["zero"] and pools["standard"]:
        chosen = [rng.choice(pools["zero"]), rng.choice(pools["standard"])]
    else:
        chosen = rng.sample(pool, min(wanted, len(pool)))
    lines: list[Json] = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in dict.fromkeys(chosen)]
    if "unknown_sku" in marks:
        lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "quantity": 1, "price": "35.00"})
    if "deleted_product" in marks:
        lines.append({"sku": DELETED_SKU, "quantity": 1})
    if any(mark.startswith("fixed_tax") for mark in marks):
        lines = [{**line, "fixed_tax": "2.50"} for line in lines]
    if "cancelled_in_part" in marks:
        lines = [{**line, "quantity": line["quantity"] + 1} for line in lines]
    if "bundle_dynamic" in marks:
        parts = [{"sku": line["sku"], "quantity": 2} for line in lines]
        lines = [
            {"sku": "DEMO-BUNDLE-DYN", "name": "Gift box", "type": "bundle", "quantity": 1, "parts": parts}
        ]
    if "bundle" in marks:
        lines.append(
            {"sku": "DEMO-BUNDLE", "name": "Breakfast box", "type": "bundle", "quantity": 1, "price": "120.00",
             "children": lines[0]["sku"]}
        )  # fmt: skip
    return lines


def _place(
    store: Store,
    rng: random.Random,
    number: int,
    lines: list[Json],
    marks: list[str],
    extra: Json,
    moment: int,
) -> Order:
    first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
    billing: Json = {
        "firstname": first,
        "lastname": last,
        "street": street,
        "city": city,
        "region": None,
        "region_id": None,
        "postcode": "11564",
        "country_id": "SA",
        "email": email,
        "telephone": f"+9665{rng.randint(10_000_000, 99_999_999)}",
    }
    if "b2b" in marks:
        billing["company"], extra["vat_id"] = COMPANIES[number % len(COMPANIES)]
    method, title, amount = SHIPPING[number % 3]
    options: Json = {
        "billing": billing,
        "shipping_method": method,
        "shipping_description": title,
        "shipping_amount": amount,
        "customer": None
        if number % 3 == 0
        else {"email": email, "firstname": first, "lastname": last, "password": "x"},
        "note": NOTES[number % len(NOTES)],
        # The shop has one setting; orders keep the arithmetic of their day.
        "prices_include_tax": number % 2 == 0,
        "created": moment,
        **extra,
    }
    if options.get("virtual"):
        options["shipping_amount"] = "0.00"
    marks.append("guest" if options["customer"] is None else "registered")
    marks.append("tax_included" if options["prices_include_tax"] else "tax_excluded")
    return place_order(store, lines, **options)


def _afterwards(store: Store, order: Order, marks: list[str], moment: int) -> None:
    stamp = store.stamp(moment)
    if "cancelled" in marks:
        cancel_order(store, order)
    elif "cancelled_in_part" in marks:
        first = next(row for row in order.items if row["parent_item_id"] is None)
        documents.make_invoice(store, order, {first["item_id"]: 1}, moment=stamp)
        cancel_order(store, order)
    elif not any(mark in marks for mark in _UNPAID):
        documents.make_invoice(store, order, {}, moment=stamp)
        if order.columns["total_paid"] is None:  # an online payment that was captured at once
            order.columns["total_paid"] = order.columns["grand_total"]
            order.columns["total_due"] = Decimal(0)
    if "completed" in marks or "refund_partial" in marks:
        documents.make_shipment(store, order, {}, moment=stamp)
    if "refund_partial" in marks:
        first = order.items[0]
        creditmemos.make_creditmemo(
            store, order, {"qtys": {first["item_id"]: 1}, "shipping_amount": "0"}, moment=stamp
        )
    if "refund_full" in marks:
        creditmemos.make_creditmemo(store, order, {}, moment=stamp)
    order.columns["updated_at"] = stamp
