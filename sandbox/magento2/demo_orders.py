"""The demo's orders: of every kind that a connector meets, the same for the same seed number.

Each order carries marks (`store.demo_tags`), so that a demo run can be checked against what was placed.
"""

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento2 import stocking, storefront
from sandbox.magento2.creditmemos import refund
from sandbox.magento2.documents import invoice, shipment
from sandbox.magento2.order_flow import cancel_rest
from sandbox.magento2.order_rows import Order
from sandbox.magento2.product_parts import bundle_option
from sandbox.magento2.rows import Json
from sandbox.magento2.state import Store

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

PEOPLE: list[tuple[str, str, list[str], str, str]] = [
    ("محمد", "العتيبي", ["طريق الملك فهد 120"], "الرياض", "mohammed.otaibi@example.com"),
    ("نورة", "القحطاني", ["شارع العليا 45", "الدور الثالث"], "الرياض", "noura.q@example.com"),
    ("عبدالله", "الغامدي", ["شارع فلسطين 9"], "جدة", "abdullah.g@example.com"),
    ("سارة", "الحربي", ["حي الروضة، شارع الأمير سلطان"], "جدة", "sara.harbi@example.com"),
    ("فهد", "الدوسري", ["الكورنيش، برج 3"], "الدمام", "fahad.d@example.com"),
    ("ريم", "الشهري", ["طريق أبها العام"], "أبها", "reem.shehri@example.com"),
    ("Omar", "Haddad", ["Olaya Street 88"], "Riyadh", "omar.haddad@example.com"),
    ("Layla", "Nasser", ["Tahlia Street 12", "2nd floor"], "Jeddah", "layla.nasser@example.com"),
    ("John", "Miller", ["Diplomatic Quarter, Villa 7"], "Riyadh", "john.miller@example.com"),
    ("خالد", "الزهراني", ["حي النزهة 🏠 بجوار المسجد"], "مكة المكرمة", "khaled.z@example.com"),
]
COMPANIES = [
    ("مؤسسة الأفق للتجارة", "310122393500003"),
    ("Gulf Office Supplies LLC", "310175397400003"),
    ("شركة نجد للمقاولات", "300055184400003"),
]
NOTES = ["", "", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁", "الدور الثاني، شكرًا لكم 🌹"]
SHIPPING: list[Json] = [
    {"method": "flatrate_flatrate", "title": "Aramex", "total": "25.00"},
    {"method": "freeshipping_freeshipping", "title": "Free Shipping - Free", "total": "0.00"},
    {"method": "instore_pickup", "title": "In-store Pickup Delivery", "total": "0.00"},
    {"method": "tablerate_bestway", "title": "SMSA", "total": "17.39", "taxable": False},
]
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "stc_pay"
DYNAMIC, FIXED, SET = "DEMO-BUNDLE-DYN", "DEMO-BUNDLE-FIX", "DEMO-SET"

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupons": ["welcome10"]}),
    2: (["coupon", "coupon_fixed"], {"coupons": ["ramadan50"]}),
    3: (["surcharge", "cod"], {"surcharge": "15.00", "payment_method": "cashondelivery"}),
    4: (["rewards"], {"rewards": "8.70"}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["b2b"], {"payment_method": "purchaseorder", "po_number": "PO-2026-114"}),
    7: (["refund_partial"], {"status": "complete"}),
    8: (["refund_full"], {"status": "complete"}),
    9: (["bank_transfer"], {"payment_method": "banktransfer"}),
    10: (["canceled"], {"payment_method": "banktransfer", "status": "canceled"}),
    11: (["payment_review"], {"status": "payment_review"}),
    12: (["pending_payment"], {"status": "pending_payment"}),
    13: (["complete"], {"status": "complete"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["cod"], {"payment_method": "cashondelivery"}),
    18: (["b2b", "many_lines"], {}),
    19: (["complete", "cod"], {"payment_method": "cashondelivery", "status": "complete"}),
    20: (["gift_card"], {"gift_cards": {"GC-7F31-90AA": "20.00"}}),
    21: (["shipping_untaxed"], {"shipping": SHIPPING[3]}),
    22: (["bank_transfer", "b2b"], {"payment_method": "banktransfer"}),
    23: (["tabby"], {"payment_method": "tabby_installments"}),
    24: (["coupon", "coupon_percent", "many_lines"], {"coupons": ["welcome10"]}),
    25: (["coupon", "coupon_two"], {"coupons": ["welcome10", "ramadan50"]}),
    26: (["store_credit"], {"store_credit": "12.50"}),
    28: (["gift_wrap"], {"gift_wrap": "5.00"}),
    29: (["bundle_dynamic"], {}),
    30: (["bundle_fixed"], {}),
    31: (["grouped"], {}),
    32: (["foreign_currency"], {"currency": "USD"}),
    33: (["arabic_view"], {"store": "ar"}),
    34: (["partly_shipped"], {}),
    35: (["holded"], {"status": "holded"}),
    36: (["configurable"], {}),
    37: (["adjustment_refund"], {"status": "complete"}),
    27: (["weee"], {}),
    39: (["cancelled_in_part"], {"payment_method": "checkmo"}),
    38: (["gift_card", "store_credit"], {"gift_cards": {"GC-11B2-4411": "10.00"}, "store_credit": "5.00"}),
}
_FREE: tuple[list[str], Json] = (
    ["coupon", "coupon_full", "free"],
    {"coupons": ["vipgift"], "shipping": SHIPPING[2]},
)
_EXTRA_LINES = {"bundle_dynamic": DYNAMIC, "bundle_fixed": FIXED, "grouped": SET}


def add_composed(store: Store, rows: list[Json]) -> None:
    """Two bundles and a group, made of the first simple products."""
    skus = [r["sku"] for r in rows if r["type"] == "simple"][:3]
    if len(skus) < 3:
        return
    for sku, kind, price in ((DYNAMIC, "0", "0"), (FIXED, "1", "99.00")):
        bundle = stocking.new_product(
            store, sku, type_id="bundle", price=price, price_type=kind, name=f"Gift box {sku[-3:]}"
        )
        for place, part in enumerate(skus[:2], start=1):
            link = {"sku": part, "qty": place, "is_default": True}
            option = {"title": f"Part {place}", "position": place, "product_links": [link]}
            bundle.bundle.append(bundle_option(store, bundle, option))
    group = stocking.new_product(store, SET, type_id="grouped", price=None, name="Coffee set")
    for place, member in enumerate(skus, start=1):
        group.links.append(
            {
                "sku": SET,
                "link_type": "associated",
                "linked_product_sku": member,
                "linked_product_type": "simple",
                "position": place,
                "extension_attributes": {"qty": 1.0},
            }
        )


def seed_orders(app: "Magento2App", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    pools = {
        "all": [r["sku"] for r in rows if r["type"] != "variable"],
        "zero": [r["sku"] for r in rows if r["type"] == "simple" and r["tax_class"] == "zero-rate"],
        "standard": [r["sku"] for r in rows if r["type"] == "simple" and r["tax_class"] == "standard"],
        "children": [r["sku"] for r in rows if r["type"] == "variation"],
    }
    if not pools["all"] or not count:
        return
    start = store.clock.now() - 14 * 86_400
    for number in range(count):
        position = number % 40
        known, extra = _FREE if number == 27 else ROUND.get(position, ([], {}))
        marks = [*known]
        lines = _lines(store, rng, pools, marks)
        moment = start + number * (14 * 86_400 - 7200) // count
        order = _place(app, rng, number, lines, marks, extra, store.clock.gmt(moment) or "")
        _afterwards(app, order, marks)
        order.updated = max(order.created, min(order.updated, moment + 7200))
        store.demo_tags[order.id] = marks


def _lines(store: Store, rng: random.Random, pools: dict[str, list[str]], marks: list[str]) -> list[Json]:
    wanted = rng.randint(5, 12) if "many_lines" in marks else rng.randint(1, 4)
    pool = pools["all"]
    if "zero_rate" in marks and pools["zero"]:
        pool = pools["zero"]
    if "configurable" in marks and pools["children"]:
        pool = pools["children"]
    chosen = rng.sample(pool, min(wanted, len(pool)))
    if "mixed_rates" in marks and pools["zero"] and pools["standard"]:
        chosen = [rng.choice(pools["zero"]), rng.choice(pools["standard"]), *chosen]
    lines: list[Json] = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in dict.fromkeys(chosen)]
    if "unknown_sku" in marks:
        lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "quantity": 1, "price": "35.00"})
    if "weee" in marks:
        lines = [{**line, "weee": "2.50"} for line in lines]
    if "cancelled_in_part" in marks:
        lines = [{**line, "quantity": line["quantity"] + 1} for line in lines]
    lines += [
        {"sku": sku, "quantity": 1}
        for mark, sku in _EXTRA_LINES.items()
        if mark in marks and store.by_sku(sku)
    ]
    return lines


def _place(
    app: "Magento2App",
    rng: random.Random,
    number: int,
    lines: list[Json],
    marks: list[str],
    extra: Json,
    moment: str,
) -> Order:
    first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
    billing = {
        "firstname": first,
        "lastname": last,
        "street": street,
        "city": city,
        "email": email,
        "telephone": f"+9665{rng.randint(10_000_000, 99_999_999)}",
    }
    options: dict[str, Any] = {
        "billing": billing,
        "shipping": SHIPPING[number % 3],
        "customer": None if number % 3 == 0 else {"email": email},
        "customer_note": NOTES[number % len(NOTES)],
        # The shop has one setting; orders were placed under the one of their day.
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


def _afterwards(app: "Magento2App", order: Order, marks: list[str]) -> None:
    payers = [i for i in order.items if i.row_total and i.parent_id is None]
    if "refund_partial" in marks:
        rows = [{"order_item_id": payers[0].id, "qty": 1}]
        refund(app, order, {"items": rows, "arguments": {"shipping_amount": 0}})
    if "refund_full" in marks:
        refund(
            app,
            order,
            {"arguments": {"extension_attributes": {"return_to_stock_items": [i.id for i in payers]}}},
        )
    if "adjustment_refund" in marks:
        rows = [{"order_item_id": payers[0].id, "qty": 1}]
        arguments = {
            "shipping_amount": 0,
            "adjustment_positive": Decimal("3.00"),
            "adjustment_negative": Decimal("1.25"),
        }
        refund(app, order, {"items": rows, "arguments": arguments})
    if "cancelled_in_part" in marks:
        invoice(app, order, {"items": [{"order_item_id": payers[0].id, "qty": 1}], "capture": True})
        cancel_rest(app, order)
    if "partly_shipped" in marks:
        track = {"track_number": f"SHP{order.id:08d}", "title": "Aramex", "carrier_code": "custom"}
        shipment(app, order, {"items": [{"order_item_id": payers[0].id, "qty": 1}], "tracks": [track]})
