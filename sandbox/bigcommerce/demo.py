"""The demo store: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.bigcommerce import after_sales, catalog, categories, pricelists, storefront
from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.bulk import nobody
from sandbox.bigcommerce.inventory import set_level
from sandbox.bigcommerce.state import Store
from sandbox.bigcommerce.storefront import ZERO_RATE_CLASS

if TYPE_CHECKING:
    from sandbox.bigcommerce.app import BigCommerceApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
DAY = 86_400
UNKNOWN_SKU = "OLD-CATALOGUE-77"
UNMAPPED_PAYMENT = "STC Pay"
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

# position in a round of 40 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["coupon", "coupon_percent"], {"coupons": ["welcome10"]}),
    2: (["coupon", "coupon_fixed"], {"coupons": ["ramadan50"]}),
    3: (["fee"], {"fees": [{"name": "Package protection", "amount": "13.04"}]}),
    4: (["manual_discount"], {"discount": "8.70"}),
    5: (["unmapped_payment"], {"payment_method": UNMAPPED_PAYMENT}),
    6: (["b2b"], {}),
    7: (["refund_partial"], {"status": 10}),
    8: (["refund_full"], {"status": 10}),
    9: (["bank_transfer"], {"payment_method": "Bank Deposit"}),
    10: (["cancelled"], {}),
    11: (["declined"], {"status": 6, "payment_status": "declined"}),
    12: (["incomplete"], {"status": 0, "payment_status": ""}),
    13: (["completed"], {"status": 10}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["mixed_rates"], {}),
    17: (["cod", "handling"], {"payment_method": "Cash on Delivery", "handling": "15.00"}),
    18: (["b2b", "many_lines"], {}),
    19: (["authorized"], {"payment_method": "Tabby"}),
    20: (["gift_certificate"], {"gift_certificate": "20.00"}),
    21: (["store_credit"], {"store_credit": "10.00"}),
    22: (["shipping_untaxed"], {"shipping": {"amount": "17.39", "method": "SMSA", "taxed": False}}),
    23: (["two_addresses", "many_lines"], {"addresses": 2}),
    24: (["coupon", "coupon_percent", "many_lines"], {"coupons": ["welcome10"]}),
    25: (["gift_wrap"], {"wrapping": "7.50"}),
    26: (["digital"], {"digital": True}),
    27: (["shipped"], {}),
    28: (["coupon", "coupon_two"], {"coupons": ["welcome10", "ramadan50"]}),
    29: (["archived"], {"status": 10}),
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


def seed(app: "BigCommerceApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = rows_of(items)
        for row in rows:
            if row["type"] != "variation":
                children = [r for r in rows if r["parent_sku"] == row["sku"] and r["type"] == "variation"]
                _product(store, row, children)
        _coupons(store)
        store.groups[1] = {"id": 1, "name": "جملة | Wholesale", "is_default": False}
        wholesale = pricelists.add_list(store, {"name": "Wholesale", "active": True})
        store.assignments.append(
            {"id": 1, "price_list_id": wholesale["id"], "customer_group_id": 1, "channel_id": 1}
        )
        _orders(app, rows, count=orders, seed=seed)


def _coupons(store: Store) -> None:
    for number, (code, kind, amount) in enumerate((("welcome10", 1, "10"), ("ramadan50", 2, "50")), 1):
        store.coupons[code] = {
            "id": number,
            "code": code,
            "name": code.upper(),
            "type": kind,
            "amount": amount,
        }


def _category(store: Store, path: list[str]) -> int:
    parent = 0
    for name in path:
        known = (
            c["category_id"]
            for c in store.categories.values()
            if c["name"] == name and c["parent_id"] == parent
        )
        parent = (
            next(known, 0)
            or categories.add(store, {"name": name, "parent_id": parent, "tree_id": 1})["category_id"]
        )
    return parent


def _product(store: Store, row: Json, children: list[Json]) -> None:
    prices = [Decimal(child["price"]) for child in children]
    body: Json = {
        "name": f"{row['name_ar']} | {row['name_en']}",
        "type": "physical",
        "sku": row["sku"],
        "weight": Decimal(row["weight"] or "0"),
        "price": Decimal(row["price"]) if row["price"] else min(prices, default=Decimal(0)),
        "sale_price": Decimal(row.get("special_price") or "0"),
        "upc": row["barcode"] or "",
        "description": f"<p>{row['name_ar']}</p><p>{row['name_en']}</p>",
        "categories": [_category(store, row["category"])],
        "tax_class_id": ZERO_RATE_CLASS if row["tax_class"] == "zero-rate" else 0,
        "inventory_tracking": "variant" if children else "product",
        "is_visible": True,
    }
    if children:
        body["variants"] = [
            {
                "sku": child["sku"],
                "price": Decimal(child["price"]),
                "sale_price": Decimal(child["special_price"]) if child.get("special_price") else None,
                "upc": child["barcode"] or "",
                "option_values": [
                    {"option_display_name": name, "label": label}
                    for name, label in child["attributes"].items()
                ],
            }
            for child in children
        ]
    product = catalog.create_product(store, body, nobody)
    if not children:
        set_level(store, f"p{product['id']}", 1, sum(row["stock"].values()))
    for child in children:
        _, variant = catalog.by_sku(store, child["sku"])
        if variant is not None:
            set_level(store, f"v{variant['id']}", 1, sum(child["stock"].values()))


# ---------------------------------------------------------------- orders


def _orders(app: "BigCommerceApp", rows: list[Json], *, count: int, seed: int) -> None:
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
        lines = _lines(rng, marks, sellable, zero, standard)
        first, last, street, city, email = PEOPLE[number % len(PEOPLE)]
        billing = {"first_name": first, "last_name": last, "street_1": street, "city": city, "email": email}
        options: Json = {
            "billing": billing,
            "shipping": {"amount": "25.00", "method": "Aramex"} if number % 3 else None,
            "customer": None if number % 3 == 0 else {"email": email},
            "customer_message": NOTES[number % len(NOTES)],
            "prices_include_tax": number % 2 == 0,
            "created": start + number * (14 * DAY - 7200) // max(1, count),
            **extra,
        }
        marks.append("guest" if options["customer"] is None else "registered")
        marks.append("tax_included" if options["prices_include_tax"] else "tax_excluded")
        if "b2b" in marks:
            options["company"], options["vat_number"] = COMPANIES[number % len(COMPANIES)]
        order = storefront.place_order(store, app.emit, lines, **options)
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
    return lines


def _afterwards(app: "BigCommerceApp", order: Json, marks: list[str]) -> None:
    store, emit = app.store, app.emit
    moved = order["_created"] + 3600
    if "refund_partial" in marks or "refund_full" in marks:
        lines = order["_lines"] if "refund_full" in marks else order["_lines"][:1]
        items: list[Json] = [
            {
                "item_type": "PRODUCT",
                "item_id": line["id"],
                "quantity": line["quantity"] if "refund_full" in marks else 1,
                "reason": "Returned by the buyer",
            }
            for line in lines
        ]
        quoted = after_sales.quote(store, order, {"items": items})
        body: Json = {"items": items}
        total = quoted["total_refund_amount"]
        if "refund_full" in marks:
            total = order["total_inc_tax"]
            body["merchant_calculated_override"] = {"total_amount": total, "total_tax": order["total_tax"]}
        body["payments"] = [{"provider_id": "moyasar", "amount": total, "offline": False}]
        made = after_sales.refund(store, order, body, emit)
        made["_created"] = moved
    if "cancelled" in marks:
        storefront.set_status(store, order, 5, emit)
    if "shipped" in marks:
        for address in order["_addresses"]:
            items = [
                {"order_product_id": line["id"], "quantity": line["quantity"]} for line in order["_lines"]
            ]
            shipment = {
                "order_address_id": address["id"],
                "items": items,
                "tracking_number": "SMSA-100200300",
            }
            after_sales.ship(store, order, shipment, emit)
    if "archived" in marks:
        storefront.archive(store, order, emit)
    order["_modified"] = moved


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for order_id, tags in store.demo_tags.items():
        order = store.orders.get(order_id)
        if order is None:
            continue
        statuses[str(order["status_id"])] = statuses.get(str(order["status_id"]), 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks = {str(number): tags for number, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
