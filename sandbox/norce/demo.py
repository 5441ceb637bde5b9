"""The demo client: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.norce import storefront
from sandbox.norce.answers import Json
from sandbox.norce.articles import new_product, new_sku
from sandbox.norce.state import SALES_AREA, Store

if TYPE_CHECKING:
    from sandbox.norce.app import NorceApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
DAY = 86_400
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "STCPAY"
BUNDLE = "DEMO-BUNDLE"
PEOPLE = [
    ("محمد", "العتيبي", "طريق الملك فهد 120", "الرياض", "mohammed.otaibi@example.com"),
    ("نورة", "القحطاني", "شارع العليا 45", "الرياض", "noura.q@example.com"),
    ("عبدالله", "الغامدي", "شارع فلسطين 9", "جدة", "abdullah.g@example.com"),
    ("سارة", "الحربي", "حي الروضة، شارع الأمير سلطان", "جدة", "sara.harbi@example.com"),
    ("فهد", "الدوسري", "الكورنيش، برج 3", "الدمام", "fahad.d@example.com"),
    ("Omar", "Haddad", "Olaya Street 88", "Riyadh", "omar.haddad@example.com"),
    ("خالد", "الزهراني", "حي النزهة 🏠 بجوار المسجد", "مكة المكرمة", "khaled.z@example.com"),
]
COMPANIES = [
    ("C-9001", "مؤسسة الأفق للتجارة", "310122393500003"),
    ("C-9002", "Gulf Office Supplies LLC", "310175397400003"),
]
NOTES = ["", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁"]

# position in a round of 30 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["promotion"], {"discount_code": "welcome10"}),
    2: (["discount_beside"], {}),
    3: (["fee"], {"fees": [{"amount": "13.04", "text": "Packing", "part_no": "PACKING"}]}),
    4: (["invoice_fee"], {"payment": "INVOICE"}),
    5: (["unmapped_payment"], {"payment": UNMAPPED_PAYMENT}),
    6: (["b2b"], {}),
    7: (["bundle"], {}),
    8: (["two_payments"], {}),
    9: (["invoice"], {"payment": "INVOICE"}),
    10: (["cancelled"], {"status": "Cancelled"}),
    11: (["delivered"], {"status": "Delivered"}),
    12: (["template"], {"order_type": 4}),
    13: (["invoiced"], {"status": "Invoiced"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["hold"], {"hold": True}),
    18: (["b2b", "many_lines"], {}),
    19: (["recurring"], {"order_type": 3}),
    20: (["freight_untaxed"], {"freight": {"amount": "17.39", "vat": 0}}),
    21: (["rounding"], {}),
    22: (["header_discount"], {"discounts": [{"Type": "Voucher", "Code": "GIFT20", "Amount": 20}]}),
    23: (["other_address"], {"ship_to": {"first_name": "ريم", "line1": "شارع التحلية 7", "city": "جدة"}}),
    24: (["unpaid"], {"payments": []}),
    25: (["partly_delivered"], {"status": "PartlyDelivered"}),
    26: (["pickup"], {"delivery_method": "PICKUP", "freight": None}),
    27: (["credit_control"], {"status": "CreditControl"}),
}


def rows_of(items: int | None = None) -> list[Json]:
    """The demo rows; items: how many sellable ones at most."""
    rows: list[Json] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    if items is None:
        return rows
    kept: list[Json] = []
    parents: dict[str, Json] = {}
    sellable = 0
    for row in rows:
        if row["type"] == "variable":
            parents[row["sku"]] = row
            continue
        if sellable == items:
            break
        if row["type"] == "variation" and row["parent_sku"] in parents:
            kept.append(parents.pop(row["parent_sku"]))
        kept.append(row)
        sellable += 1
    return kept


def seed(app: "NorceApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = rows_of(items)
        store.add_warehouse("JED", "Jeddah")
        store.add_price_list("WHOLESALE", "جملة | Wholesale")
        for row in rows:
            _category(store, row["category"], row["category_ar"])
            _article(store, row)
        _orders(app, rows, count=orders, seed=seed)


def _category(store: Store, path: list[str], arabic: list[str]) -> str:
    parent, code = None, ""
    for name, name_ar in zip(path, arabic, strict=False):
        code = "-".join(filter(None, (code, name.upper().replace(" ", "_"))))
        row = store.categories.get(code)
        if row is None:
            number = store.next_id("category", 400)
            row = {"Id": number, "Code": code, "DefaultName": f"{name_ar} | {name}", "ParentId": parent}
            store.categories[code] = row
        parent = row["Id"]
    return code


def _article(store: Store, row: Json) -> None:
    code = row["parent_sku"] or (row["sku"] if row["type"] == "variable" else "")
    key = code or row["sku"]
    product = store.products.get(key)
    if product is None:
        product = new_product(store, key, code, "DEMO")
        product["Cultures"] = {"en-GB": {"Name": row["name_en"]}, "ar-SA": {"Name": row["name_ar"]}}
        product["Categories"] = [_category(store, row["category"], row["category_ar"])]
    if row["type"] == "variable":
        return
    rate = 0 if row["tax_class"] == "zero-rate" else int(store.options.vat)
    new_sku(
        store,
        key,
        row["sku"],
        EanCode=row["barcode"] or None,
        VatRates=[{"SalesArea": SALES_AREA, "Rate": rate}],
        ActualWeight=row["weight"],
    )
    store.set_price(row["sku"], row["price"])
    for warehouse, quantity in row["stock"].items():
        store.set_on_hand(row["sku"], quantity, warehouse)


# ---------------------------------------------------------------- orders


def _orders(app: "NorceApp", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    sellable = [row["sku"] for row in rows if row["type"] != "variable"]
    if not sellable:
        return
    zero = [row["sku"] for row in rows if row["type"] == "simple" and row["tax_class"] == "zero-rate"]
    start = store.clock.now() - 14 * DAY
    for number in range(count):
        marks, extra = ROUND.get(number % 30, ([], {}))
        marks = list(marks)
        first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
        guest = number % 3 == 0
        options: Json = {
            "buyer": {
                "first_name": first,
                "last_name": last,
                "line1": street,
                "city": city,
                "zip": "12345",
                "country": "SA",
                "phone": f"+96650000{number % len(PEOPLE):04d}",
                "email": email,
            },
            "customer_code": "" if guest else f"C-70{number % len(PEOPLE):02d}",
            "freight": "25.00" if number % 3 else None,
            "note": NOTES[number % len(NOTES)],
            "created": start + number * (14 * DAY - 7200) // max(1, count),
            **extra,
        }
        lines = _lines(rng, marks, sellable, zero)
        _particular(marks, options, number)
        order = storefront.place_order(store, app.emit, lines, **options)
        if "two_payments" in marks:
            _split_payment(order)
        marks.append("guest" if guest else "registered")
        order["_updated"] = order["_created"] + 3600
        store.demo_tags[order["ClientOrderRef"]] = marks


def _particular(marks: list[str], options: Json, number: int) -> None:
    if "b2b" in marks:
        code, name, vat_no = COMPANIES[number % len(COMPANIES)]
        options["company"] = {"code": code, "name": name, "vat_no": vat_no}
    if "invoice_fee" in marks:
        options["fees"] = [{"type": "Invoice", "amount": "8.00", "text": "Invoice fee", "part_no": "INVFEE"}]
    if "rounding" in marks:
        options["fees"] = [
            {"type": "CentRounding", "amount": "0.03", "vat": 0, "text": "Rounding", "part_no": "ROUND"}
        ]


def _lines(rng: random.Random, marks: list[str], sellable: list[str], zero: list[str]) -> list[Json]:
    wanted = rng.randint(5, 12) if "many_lines" in marks else rng.randint(1, 4)
    pool = zero if "zero_rate" in marks and zero else sellable
    chosen = rng.sample(pool, min(wanted, len(pool)))
    if "mixed_rates" in marks and zero:
        chosen = list(dict.fromkeys([zero[0], *chosen]))
    lines: list[Json] = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in chosen]
    if "unknown_sku" in marks:
        lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "quantity": 1, "price": "35.00"})
    if "promotion" in marks:
        lines[0] |= {
            "price": "45.00",
            "original": "50.00",
            "promotions": [{"Id": 7, "Name": "Welcome", "DiscountCode": "welcome10", "AppliedAmount": 5}],
        }
    if "discount_beside" in marks:
        lines[0] |= {"price": "50.00", "discount": "5.00"}
    if "bundle" in marks:
        parts = [{"sku": sku} for sku in rng.sample(sellable, min(2, len(sellable)))]
        lines.append(
            {"sku": BUNDLE, "name": "طقم هدايا | Gift set", "quantity": 1, "price": "99.00", "parts": parts}
        )
    return lines


def _split_payment(order: Json) -> None:
    """A gift card pays a part."""
    paid = order["Payments"][0]
    gift = min(paid["Amount"], type(paid["Amount"])(10))
    order["Payments"].append(
        {
            **paid,
            "PaymentCode": paid["PaymentCode"] + 500,
            "PaymentMethodCode": "GIFTCARD",
            "PaymentName": "Gift card",
            "PaymentRef": "gc-1",
            "Amount": gift,
        }
    )
    paid["Amount"] -= gift


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for reference, tags in store.demo_tags.items():
        order = store.orders.get(reference)
        if order is None:
            continue
        statuses[order["_status"]] = statuses.get(order["_status"], 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    return {
        "kinds": dict(sorted(kinds.items())),
        "statuses": dict(sorted(statuses.items())),
        "orders": dict(store.demo_tags),
    }
