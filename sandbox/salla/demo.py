"""The demo store: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.salla import products, storefront
from sandbox.salla.answers import Json
from sandbox.salla.bulk import IMAGE
from sandbox.salla.state import Store

if TYPE_CHECKING:
    from sandbox.salla.app import SallaApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
DAY = 86_400
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "stc_pay"
PEOPLE: list[Json] = [
    {"first_name": "محمد", "last_name": "العتيبي", "city": "الرياض", "street": "طريق الملك فهد 120", "mobile": 500000001, "email": "mohammed.otaibi@example.com"},
    {"first_name": "نورة", "last_name": "القحطاني", "city": "الرياض", "street": "شارع العليا 45", "mobile": 500000002, "email": "noura.q@example.com"},
    {"first_name": "عبدالله", "last_name": "الغامدي", "city": "جدة", "street": "شارع فلسطين 9", "mobile": 500000003, "email": "abdullah.g@example.com"},
    {"first_name": "سارة", "last_name": "الحربي", "city": "جدة", "street": "حي الروضة، شارع الأمير سلطان", "mobile": 500000004, "email": "sara.harbi@example.com"},
    {"first_name": "فهد", "last_name": "الدوسري", "city": "الدمام", "street": "الكورنيش، برج 3", "mobile": 500000005, "email": "fahad.d@example.com"},
    {"first_name": "Omar", "last_name": "Haddad", "city": "Riyadh", "street": "Olaya Street 88", "mobile": 500000006, "email": "omar.haddad@example.com"},
    {"first_name": "خالد", "last_name": "الزهراني", "city": "مكة المكرمة", "street": "حي النزهة 🏠 بجوار المسجد", "mobile": 500000007, "email": "khaled.z@example.com"},
]  # fmt: skip
NOTES = ["", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁"]

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupon": {"code": "WELCOME10", "percent": "10"}}),
    2: (["coupon", "coupon_fixed"], {"coupon": {"code": "RAMADAN50", "amount": "50"}}),
    3: (["offer"], {"offer": "8.70"}),
    4: (["free_shipping"], {"free_shipping": True}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["cod"], {"payment_method": "cod", "cod_fee": "15.00"}),
    7: (["restored_full"], {}),
    8: (["restored_partial"], {}),
    9: (["bank_transfer"], {"payment_method": "bank"}),
    10: (["cancelled"], {}),
    11: (["draft"], {"draft": True}),
    12: (["price_quote"], {"price_quote": True, "status": "request_quote"}),
    13: (["completed"], {"status": "completed"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["guest"], {"guest": True}),
    18: (["no_shipping"], {"shipped": False}),
    19: (["installments"], {"payment_method": "tabby_installment"}),
    20: (["custom_status"], {}),
    21: (["shipped"], {"status": "shipped"}),
    22: (["coupon", "coupon_full"], {"coupon": {"code": "VIPGIFT", "percent": "100"}}),
    23: (["many_lines", "coupon", "coupon_percent"], {"coupon": {"code": "WELCOME10", "percent": "10"}}),
    24: (
        ["coupon", "coupon_percent", "offer"],
        {"coupon": {"code": "WELCOME10", "percent": "10"}, "offer": "5.00"},
    ),
    25: (
        ["cod", "coupon", "coupon_fixed"],
        {"payment_method": "cod", "coupon": {"code": "RAMADAN50", "amount": "50"}},
    ),
    26: (["mada"], {"payment_method": "mada"}),
    27: (["tagged"], {"tags": ["VIP"]}),
    28: (["restored_pieces"], {}),
    29: (["foreign_currency"], {"currency": "KWD", "exchange_rate": "0.08180000"}),
    30: (
        ["foreign_currency", "coupon"],
        {"currency": "KWD", "exchange_rate": "0.08180000", "coupon": {"code": "WELCOME10", "percent": "10"}},
    ),
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


def seed(app: "SallaApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = rows_of(items)
        if len(store.branches) == 1:
            store.add_branch("فرع جدة")
        for row in rows:
            if row["type"] != "variation":
                children = [r for r in rows if r["parent_sku"] == row["sku"] and r["type"] == "variation"]
                _product(store, row, children)
        progress = next(n for n, r in store.statuses.items() if r["slug"] == "in_progress")
        store.add_status("in_progress", "جاهز للتغليف", "Ready to pack", parent=progress)
        _orders(app, rows, count=orders, seed=seed)


def _category(store: Store, path: list[str], arabic: list[str]) -> int:
    parent = 0
    for name, name_ar in zip(path, arabic, strict=True):
        known = next(
            (
                r["id"]
                for r in store.categories.values()
                if r["_names"]["en"] == name and r["parent_id"] == parent
            ),
            0,
        )
        if not known:
            known = store.next_id("category", 5001)
            store.categories[known] = {
                "id": known,
                "parent_id": parent,
                "sort_order": 0,
                "status": "active",
                "image": None,
                "_names": {"ar": name_ar, "en": name},
                "update_at": "",
            }
        parent = known
    return parent


def _product(store: Store, row: Json, children: list[Json]) -> None:
    prices = [Decimal(child["price"]) for child in children]
    body: Json = {
        "name": row["name_ar"],
        "product_type": "product",
        "price": row["price"] or str(min(prices, default=Decimal(0))),
        "sale_price": row.get("special_price") or 0,
        "weight": row["weight"] or "0",
        "gtin": row["barcode"] or "",
        "description": f"<p>{row['name_ar']}</p>",
        "categories": [_category(store, row["category"], row["category_ar"])],
        "with_tax": row["tax_class"] != "zero-rate",
        "images": IMAGE,
    }
    if children:
        body["options"] = [
            {"name": name, "values": [{"name": value} for value in dict.fromkeys(c["attributes"][name] for c in children)]}
            for name in children[0]["attributes"]
        ]  # fmt: skip
    product = products.create(store, body)
    product["sku"] = row["sku"]
    product["_names"]["en"] = row["name_en"]
    product["_managed"] = True
    if not children:
        products.set_level(
            store, ("product", product["id"]), store.default_branch, sum(row["stock"].values())
        )
        return
    names = {v["id"]: v["name"] for option in product["_options"] for v in option["values"]}
    for variant in products.variants_of(store, product):
        wanted = [names[number] for number in variant["_values"]]
        child = next((c for c in children if list(c["attributes"].values()) == wanted), None)
        if child is None:
            continue
        variant["sku"], variant["barcode"] = child["sku"], child["barcode"] or ""
        variant["price"] = Decimal(child["price"])
        variant["sale_price"] = Decimal(child.get("special_price") or 0)
        products.set_level(
            store, ("variant", variant["id"]), store.default_branch, sum(child["stock"].values())
        )


# ---------------------------------------------------------------- orders


def _orders(app: "SallaApp", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    sellable = [row["sku"] for row in rows if row["type"] != "variable"]
    simple = [row for row in rows if row["type"] == "simple"]
    zero = [row["sku"] for row in simple if row["tax_class"] == "zero-rate"]
    standard = [row["sku"] for row in simple if row["tax_class"] != "zero-rate"]
    if not sellable:
        return
    start = store.clock.now() - 14 * DAY
    inclusive = store.options.prices_include_tax
    for number in range(count):
        found, extra = ROUND.get(number % 40, ([], {}))
        marks = list(found)
        store.options.prices_include_tax = number % 2 == 0
        options: Json = {
            "buyer": PEOPLE[number % len(PEOPLE)],
            "shipping": "25.00" if number % 3 else "0",
            "note": NOTES[number % len(NOTES)],
            "created": start + number * (14 * DAY - 7200) // max(1, count),
            **extra,
        }
        marks.append("tax_included" if store.options.prices_include_tax else "tax_excluded")
        lines = _lines(rng, marks, sellable, zero, standard)
        order = storefront.place_order(store, _nobody, lines, **options)
        _afterwards(store, order, marks)
        store.demo_tags[order["id"]] = marks
    store.options.prices_include_tax = inclusive


def _nobody(event: str, data: Json) -> None:
    """Nobody is told of what was there before the shop opened."""


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
        lines.append({"sku": UNKNOWN_SKU, "name": "صنف من دليل قديم", "quantity": 1, "price": "35.00"})
    if "restored_partial" in marks:
        lines[0]["quantity"] = 1
    if "restored_pieces" in marks:
        lines[0]["quantity"] = 3
    return lines


def _afterwards(store: Store, order: Json, marks: list[str]) -> None:
    slugs: Any = {row["slug"]: number for number, row in store.statuses.items() if not row["_parent"]}
    if "cancelled" in marks:
        storefront.set_status(store, order, slugs["canceled"], _nobody)
    if "restored_full" in marks:
        storefront.set_status(store, order, slugs["restored"], _nobody)
    if "restored_partial" in marks:
        storefront.refund_items(store, order, {order["_lines"][0]["id"]: 1}, _nobody)
    if "restored_pieces" in marks:
        storefront.refund_items(store, order, {order["_lines"][0]["id"]: 2}, _nobody)
        storefront.return_shipment(store, order, {order["_lines"][0]["id"]: 2})
    if "custom_status" in marks:
        custom = next(n for n, row in store.statuses.items() if row["_parent"] == slugs["in_progress"])
        storefront.set_status(store, order, custom, _nobody)
    order["_updated"] = order["_created"] + 3600


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for order_id, tags in store.demo_tags.items():
        order = store.orders.get(order_id)
        if order is None:
            continue
        slug = store.statuses[order["_status"]]["slug"]
        statuses[slug] = statuses.get(slug, 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks = {str(number): tags for number, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
