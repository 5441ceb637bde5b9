"""The demo store: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.zid import catalog, reverse, storefront
from sandbox.zid.answers import Json
from sandbox.zid.catalog import nobody
from sandbox.zid.orders import order_json
from sandbox.zid.state import Store
from sandbox.zid.store_routes import new_category

if TYPE_CHECKING:
    from sandbox.zid.app import ZidApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
DAY = 86_400
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "stc_pay"
PEOPLE = [
    ("محمد", "العتيبي", "طريق الملك فهد 120", "الرياض", "mohammed.otaibi@example.com"),
    ("نورة", "القحطاني", "شارع العليا 45", "الرياض", "noura.q@example.com"),
    ("عبدالله", "الغامدي", "شارع فلسطين 9", "جدة", "abdullah.g@example.com"),
    ("سارة", "الحربي", "حي الروضة، شارع الأمير سلطان", "جدة", "sara.harbi@example.com"),
    ("فهد", "الدوسري", "الكورنيش، برج 3", "الدمام", "fahad.d@example.com"),
    ("Omar", "Haddad", "Olaya Street 88", "Riyadh", "omar.haddad@example.com"),
    ("خالد", "الزهراني", "حي النزهة 🏠 بجوار المسجد", "مكة المكرمة", "khaled.z@example.com"),
]
COMPANIES = [("مؤسسة الأفق للتجارة", "310122393500003"), ("Gulf Office Supplies LLC", "310175397400003")]
NOTES = ["", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁"]
COLOURS = {"White": "أبيض", "Green": "أخضر", "Black": "أسود", "Red": "أحمر", "Blue": "أزرق"}
NAMES = {"Color": "اللون", "Size": "المقاس", "Flavour": "النكهة", "Storage": "السعة"}

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupon": "welcome10"}),
    2: (["coupon", "coupon_fixed"], {"coupon": "ramadan50"}),
    3: (["gift_wrap"], {"gift_wrap": "13.04"}),
    4: (["loyalty"], {"loyalty": "8.70"}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["b2b"], {}),
    7: (["refund_partial"], {"status": "delivered"}),
    8: (["refund_full"], {"status": "delivered"}),
    9: (["bank_transfer"], {"payment_method": "zid_bank_transfer"}),
    10: (["cancelled"], {}),
    11: (["initial"], {"status": "initial", "payment_status": "pending"}),
    12: (["voided"], {"payment_status": "voided", "status": "cancelled"}),
    13: (["completed"], {"status": "delivered"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["cod"], {"payment_method": "zid_cod", "cod_fee": "10.00"}),
    18: (["b2b", "many_lines"], {}),
    19: (["tabby"], {"payment_method": "tabby"}),
    20: (["coupon", "loyalty"], {"coupon": "welcome10", "loyalty": "5.00"}),
    21: (["dashboard"], {"source": "md"}),
    22: (["free_shipping"], {"shipping": {"amount": "0", "method": "Pickup"}}),
    23: (["consignee"], {"consignee": {"name": "أم محمد", "mobile": "966500000777"}}),
    24: (["coupon", "coupon_percent", "many_lines"], {"coupon": "welcome10"}),
    25: (["additions"], {}),
    26: (["cod", "indelivery"], {"payment_method": "zid_cod", "cod_fee": "10.00", "status": "indelivery"}),
    27: (["shipped"], {}),
    28: (["odd_cents"], {"loyalty": "0.33"}),
    29: (["foreign_currency"], {"currency": "KWD", "exchange_rate": "0.0818"}),
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


def seed(app: "ZidApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        jeddah = store.add_location("جدة", "Jeddah")["id"]
        rows = rows_of(items)
        for row in rows:
            if row["type"] != "variation":
                children = [r for r in rows if r["parent_sku"] == row["sku"] and r["type"] == "variation"]
                _product(store, row, children, jeddah)
        store.coupons["welcome10"] = {"id": 1, "type": "p", "amount": "10"}
        store.coupons["ramadan50"] = {"id": 2, "type": "f", "amount": "50"}
        _orders(app, rows, count=orders, seed=seed)


def _category(store: Store, path: list[str], path_ar: list[str]) -> int:
    parent: int | None = None
    for name, arabic in zip(path, path_ar, strict=True):
        known = next(
            (
                c["id"]
                for c in store.categories.values()
                if c["names"].get("en") == name and c["parent_id"] == parent
            ),
            None,
        )
        parent = known or new_category(store, {"ar": arabic, "en": name}, parent=parent)["id"]
    return parent or 0


def _product(store: Store, row: Json, children: list[Json], jeddah: str) -> None:
    prices = [Decimal(child["price"]) for child in children]
    special = row.get("special_price")
    made = catalog.create(
        store,
        {
            "name": {"ar": row["name_ar"], "en": row["name_en"]},
            "description": {"ar": f"<p>{row['name_ar']}</p>", "en": f"<p>{row['name_en']}</p>"},
            "sku": row["sku"],
            "price": row["price"] or str(min(prices, default=Decimal(0))),
            "sale_price": special if special and not children else None,
            "barcode": row["barcode"],
            "weight": {"value": float(row["weight"] or 0), "unit": "kg"},
            "is_taxable": row["tax_class"] != "zero-rate",
        },
        nobody,
    )
    made["_categories"].append(_category(store, row["category"], row["category_ar"]))
    if not children:
        _stock(store, made, row, jeddah)
        return
    for child in children:
        for name, label in child["attributes"].items():
            attribute_with(store, name, label)
    variants = [
        {
            "sku": child["sku"],
            "price": child["price"],
            "sale_price": child.get("special_price"),
            "barcode": child["barcode"],
            "attributes": [
                {"slug": name.lower(), "value": {"en": label, "ar": COLOURS.get(label, label)}}
                for name, label in child["attributes"].items()
            ],
        }
        for child in children
    ]
    catalog.write_variants(store, made, {"variants": variants}, nobody)
    for child in children:
        row_of_child = catalog.by_sku(store, child["sku"])
        row_of_child |= {"is_draft": False, "is_published": True}
        _stock(store, row_of_child, child, jeddah)


def _stock(store: Store, product: Json, row: Json, jeddah: str) -> None:
    catalog.set_stock(store, product, store.default_location, int(row["stock"].get("RUH", 0)))
    catalog.set_stock(store, product, jeddah, int(row["stock"].get("JED", 0)))


def attribute_with(store: Store, name: str, label: str) -> None:
    """An attribute with this preset, whatever was there of it."""
    slug = name.lower()
    attribute = next((a for a in store.attributes.values() if a["slug"] == slug), None)
    if attribute is None:
        attribute = catalog.add_attribute(
            store, {"name": {"en": name, "ar": NAMES.get(name, name)}, "slug": slug}
        )
    if not any(label in preset["value"].values() for preset in attribute["_presets"]):
        catalog.add_preset(store, attribute, {"value": {"en": label, "ar": COLOURS.get(label, label)}})


# ---------------------------------------------------------------- many at once


def bulk_simple(
    store: Store, count: int, *, prefix: str = "BULK", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    return [
        catalog.create(
            store,
            {
                "name": {"ar": f"منتج {prefix} {number:05d}", "en": f"Product {prefix} {number:05d}"},
                "sku": f"{prefix}-{number:05d}",
                "price": price,
                "quantity": stock,
            },
            nobody,
        )
        for number in range(start, start + count)
    ]


def bulk_variable(
    store: Store, count: int, each: int, *, prefix: str = "VAR", price: str = "10.00", stock: int = 5
) -> list[Json]:
    """Products with `each` variants; returns the variants."""
    made = []
    for child in range(1, each + 1):
        attribute_with(store, "Size", f"Size {child}")
    for _ in range(count):
        sku = f"{prefix}-{store.next_id('bulk_parent'):04d}"
        parent = catalog.create(store, {"name": {"en": f"Product {sku}"}, "sku": sku, "price": price}, nobody)
        variants = [
            {
                "sku": f"{sku}-{child}",
                "price": price,
                "attributes": [{"slug": "size", "value": {"en": f"Size {child}"}}],
                "stocks": [
                    {"location": store.default_location, "available_quantity": stock, "is_infinite": False}
                ],
            }
            for child in range(1, each + 1)
        ]
        catalog.write_variants(store, parent, {"variants": variants}, nobody)
        for number in parent["_children"]:
            store.products[number] |= {"is_draft": False, "is_published": True}
            made.append(store.products[number])
    return made


# ---------------------------------------------------------------- orders


def _orders(app: "ZidApp", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    sellable = [row["sku"] for row in rows if row["type"] != "variable"]
    simple = [row for row in rows if row["type"] == "simple"]
    zero = [row["sku"] for row in simple if row["tax_class"] == "zero-rate"]
    standard = [row["sku"] for row in simple if row["tax_class"] != "zero-rate"]
    if not sellable:
        return
    start = store.clock.now() - 14 * DAY
    for number in range(count):
        marks, extra = ROUND.get(number % 40, ([], {}))
        marks = list(marks)
        first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
        options: Json = {
            "buyer": {
                "first_name": first,
                "last_name": last,
                "street": street,
                "city": city,
                "email": email,
                "mobile": f"9665000000{number % len(PEOPLE):02d}",
            },
            "shipping": {"amount": "25.00", "method": "SMSA"}
            if number % 3
            else {"amount": "17.39", "method": "Aramex"},
            "guest": number % 3 == 0,
            "note": NOTES[number % len(NOTES)],
            "prices_include_tax": number % 2 == 0,
            "created": start + number * (14 * DAY - 7200) // max(1, count),
            **extra,
        }
        marks.append("guest" if options["guest"] else "registered")
        marks.append("tax_included" if options["prices_include_tax"] else "tax_excluded")
        if "b2b" in marks:
            name, tax_number = COMPANIES[number % len(COMPANIES)]
            options["business"] = {"name": name, "tax_number": tax_number}
        order = storefront.place_order(
            store, app.emit, _lines(rng, marks, sellable, zero, standard), **options
        )
        _afterwards(app, order, marks)
        store.demo_tags[order["id"]] = marks


def _lines(
    rng: random.Random, marks: list[str], sellable: list[str], zero: list[str], standard: list[str]
) -> list[Json]:
    wanted = rng.randint(5, 12) if "many_lines" in marks else rng.randint(1, 4)
    pool = zero if "zero_rate" in marks and zero else sellable
    chosen = rng.sample(pool, min(wanted, len(pool)))
    if "mixed_rates" in marks and zero and standard:
        chosen = [rng.choice(zero), rng.choice(standard), *chosen]
    lines: list[Json] = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in dict.fromkeys(chosen)]
    if "unknown_sku" in marks:
        lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "quantity": 1, "price": "35.00"})
    if "additions" in marks:
        lines[0]["addition"] = "7.50"
    return lines


def _afterwards(app: "ZidApp", order: Json, marks: list[str]) -> None:
    store = app.store
    moved = order["_created"] + 3600
    if "refund_partial" in marks or "refund_full" in marks:
        full = "refund_full" in marks
        lines = order["_lines"] if full else order["_lines"][:1]
        wanted = {line["order_product_id"]: line["quantity"] if full else 1 for line in lines}
        give_back(app, order, wanted, reason="Returned by the buyer")
        for note in order["_credit_notes"]:
            note["_created"] = moved
    if "cancelled" in marks:
        storefront.set_status(store, order, "cancelled", app.emit)
    if "shipped" in marks:
        order["_tracking"] |= {"number": "SMSA-100200300", "url": "https://track.example.test/SMSA-100200300"}
        storefront.set_status(store, order, "indelivery", app.emit)
    order["_updated"] = moved


def give_back(app: "ZidApp", order: Json, wanted: dict[int, int], *, reason: str = "") -> Json:
    """The merchant takes goods back and pays for them: a credit note, the status, the payment's status."""
    store = app.store
    note = reverse.credit(store, order, wanted, reason=reason)
    left = sum(
        line["quantity"] - reverse.reversed_of(order, line["order_product_id"]) for line in order["_lines"]
    )
    order["status"] = "partially_reversed" if left else "reversed"
    if not left:
        order["payment_status"] = "refunded"
    storefront.touch(store, order)
    storefront.history(store, order, "", "merchant")
    app.emit("order.status.update", order_json(store, order))
    return note


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for order_id, tags in store.demo_tags.items():
        order = store.orders.get(order_id)
        if order is None:
            continue
        statuses[order["status"]] = statuses.get(order["status"], 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks = {str(number): tags for number, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
