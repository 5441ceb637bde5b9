"""The demo shop: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.custom import catalog
from sandbox.custom import orders as orders_module
from sandbox.custom.state import Json, Store

if TYPE_CHECKING:
    from sandbox.custom.app import CustomApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
DAY = 86_400
UNKNOWN_SKU = "OLD-CATALOGUE-77"
PEOPLE = [
    ("محمد", "العتيبي", "طريق الملك فهد 120", "الرياض"),
    ("نورة", "القحطاني", "شارع العليا 45", "الرياض"),
    ("عبدالله", "الغامدي", "شارع فلسطين 9", "جدة"),
    ("Omar", "Haddad", "Olaya Street 88", "Riyadh"),
    ("خالد", "الزهراني", "حي النزهة 🏠 بجوار المسجد", "مكة المكرمة"),
]
COMPANIES = [("مؤسسة الأفق للتجارة", "310122393500003"), ("Gulf Office Supplies LLC", "310175397400003")]
NOTES = ["", "", "يرجى الاتصال قبل التوصيل 📞", "Gift wrap please 🎁"]

# position in a round of 25 orders -> (marks, what differs)
ROUND: dict[int, tuple[list[str], Json]] = {
    0: (["unknown_sku"], {}),
    1: (["discount_percent"], {"discount_percent": "10", "discount_code": "welcome10"}),
    2: (["discount_fixed"], {"discount": "5.00", "discount_code": "five"}),
    3: (["fee"], {"fee": "13.05"}),
    4: (["gift_card"], {"gift_card": "20.00"}),
    5: (["unmapped_payment"], {"payment_method": "stc"}),
    6: (["b2b"], {}),
    7: (["refund_partial"], {}),
    8: (["refund_full"], {}),
    9: (["cod"], {"payment_method": "cod"}),
    10: (["cancelled"], {"status": "cancelled"}),
    11: (["pending"], {"status": "pending", "paid": False}),
    12: (["rounded"], {"rounded": True}),
    13: (["completed"], {"status": "completed"}),
    14: (["many_lines"], {}),
    15: (["zero_rate"], {}),
    16: (["discount_percent", "many_lines", "fee"], {"discount_percent": "12.5", "fee": "7.77"}),
    17: (["shipped"], {}),
    18: (["b2b", "many_lines"], {}),
}


def rows_of(items: int | None = None) -> list[Json]:
    """The demo rows; items: how many sellable ones at most."""
    rows: list[Json] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    kept: list[Json] = []
    parents: dict[str, Json] = {}
    sellable = 0
    for row in rows:
        if row["type"] == "variable":
            parents[row["sku"]] = row
            continue
        if items is not None and sellable == items:
            break
        if row["type"] == "variation" and row["parent_sku"] in parents:
            kept.append(parents.pop(row["parent_sku"]))
        kept.append(row)
        sellable += 1
    return kept


def seed(app: "CustomApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        ids: dict[str, int] = {}
        rows = rows_of(items)
        for row in rows:
            made = catalog.add(
                store,
                sku=row["sku"],
                name=f"{row['name_ar']} | {row['name_en']}",
                parent_id=ids.get(row["parent_sku"] or ""),
                sellable=row["type"] != "variable",
                price=row["price"] or "10.00",
                special_price=row["special_price"],
                quantity=sum(row["stock"].values()) if row["stock"] else 0,
                barcode=row["barcode"],
                tax_class=row["tax_class"],
            )
            ids[row["sku"]] = made["id"]
        _orders(app, rows, count=orders, seed=seed)


def _orders(app: "CustomApp", rows: list[Json], *, count: int, seed: int) -> None:
    store, rng = app.store, random.Random(seed)
    sellable = [row["sku"] for row in rows if row["type"] != "variable"]
    zero = [row["sku"] for row in rows if row["type"] != "variable" and row["tax_class"] == "zero-rate"]
    if not sellable:
        return
    start = store.clock.now() - 14 * DAY
    for number in range(count):
        marks, extra = ROUND.get(number % 25, ([], {}))
        marks = list(marks)
        pool = zero if "zero_rate" in marks and zero else sellable
        wanted = rng.randint(5, 9) if "many_lines" in marks else rng.randint(1, 4)
        lines: list[Json] = [
            {"sku": sku, "quantity": rng.randint(1, 3)} for sku in rng.sample(pool, min(wanted, len(pool)))
        ]
        if "unknown_sku" in marks:
            lines.append({"sku": UNKNOWN_SKU, "name": "Old catalogue item", "price": "35.00"})
        first, last, street, city = PEOPLE[number % len(PEOPLE)]
        billing = {"first_name": first, "last_name": last, "street": street, "city": city}
        options: Json = {
            "billing": billing,
            "shipping": "25.00" if number % 3 else "0",
            "shipping_method": "smsa" if number % 2 else "aramex",
            "customer": None if number % 3 == 0 else 500 + number,
            "note": NOTES[number % len(NOTES)],
            "prices_include_tax": number % 2 == 0,
            "created": start + number * (14 * DAY - 7200) // max(1, count),
            **extra,
        }
        if "b2b" in marks:
            options["company"], options["tax_number"] = COMPANIES[number % len(COMPANIES)]
        marks.append("guest" if options["customer"] is None else "registered")
        marks.append("tax_included" if options["prices_include_tax"] else "tax_excluded")
        order = orders_module.place(store, app.emit, lines, **options)
        _afterwards(app, order, marks)
        store.demo_tags[order["id"]] = marks


def _afterwards(app: "CustomApp", order: Json, marks: list[str]) -> None:
    store = app.store
    if "refund_full" in marks:
        lines = [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]]
        orders_module.refund(
            store, app.emit, order, {"amount": order["total"], "lines": lines, "reason": "Returned"}
        )
    if "refund_partial" in marks:
        line = order["lines"][0]
        share = Decimal(1) / line["quantity"]
        amount = store.money(line["total"] * share) + store.money(line["tax"] * share)
        body = {"amount": amount, "lines": [{"line_id": line["id"], "quantity": 1}], "reason": "Damaged"}
        orders_module.refund(store, app.emit, order, body)
    if "shipped" in marks:
        lines = [{"line_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]]
        orders_module.ship(
            store, app.emit, order, {"carrier": "SMSA", "tracking": "SMSA-100200300", "lines": lines}
        )
    for row in (*order["refunds"], *order["shipments"]):
        row["at"] = order["created"] + 3600
    order["updated"] = order["created"] + 3600


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for number, tags in store.demo_tags.items():
        status = store.orders[number]["status"]
        statuses[status] = statuses.get(status, 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks = {str(number): tags for number, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
