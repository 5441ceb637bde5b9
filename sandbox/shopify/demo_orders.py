"""Orders of the demo shop: every kind that the platform knows, in rounds of 50, in the last 14 days."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.shopify import merchant
from sandbox.shopify.calls import Row
from sandbox.shopify.checkout import place_order
from sandbox.shopify.product_rows import product_of, remove_product

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

ROUND = 50
ARAMEX = {"title": "Aramex", "code": "ARAMEX", "price": "25.00"}
_NAMES = (
    ("سارة", "العتيبي", "طريق الملك فهد ١٢", "الرياض", "SA", "11564"),
    ("محمد", "الحربي", "شارع التحلية ٤", "جدة", "SA", "23434"),
    ("Noura", "Al-Qahtani", "Prince Sultan St 9", "Khobar", "SA", "31952"),
    ("Anna", "Leroy", "4 rue des Forges", "Lyon", "FR", "69003"),
    ("فاطمة", "الزهراني", "حي النزهة", "الدمام", "SA", "32241"),
)


class Demo:
    """Places the orders; every scene returns the order and its marks."""

    def __init__(self, app: "ShopifyApp", rows: list[Row], seed: int) -> None:
        self.app = app
        self.random = random.Random(seed)
        sellable = [r for r in rows if r["type"] != "variable"]
        self.standard = [r["sku"] for r in sellable if r["tax_class"] != "zero-rate"]
        self.zero = [r["sku"] for r in sellable if r["tax_class"] == "zero-rate"] or self.standard
        self.number = 0
        self.created = ""
        self.buyer: Row = {}
        self.included = False
        self.companies: list[Row] = []

    def lines(self, count: int = 2, source: list[str] | None = None) -> list[Row]:
        skus = self.random.sample(source or self.standard, min(count, len(source or self.standard)))
        return [{"sku": sku, "quantity": self.random.randint(1, 3)} for sku in skus]

    def order(self, lines: list[Row] | None = None, **extra: Any) -> Row:
        settings: Row = {
            "shipping": ARAMEX,
            "created": self.created,
            "prices_include_tax": self.included,
            **self.buyer,
            **extra,
        }
        return place_order(self.app, lines or self.lines(), **settings)

    def company(self) -> Row:
        if not self.companies:
            self.companies = [
                merchant.add_company(
                    self.app,
                    "شركة النور للتجارة",
                    email="khalid@alnoor.example",
                    external_id="C-1001",
                    tax_id="310122393500003",
                ),
                merchant.add_company(
                    self.app,
                    "Forge SARL",
                    email="achats@forge.example",
                    external_id="C-1002",
                    tax_id="FR40303265045",
                    tax_exempt=True,
                    address={"city": "Lyon", "country": "France", "countryCode": "FR", "zip": "69003"},
                ),
            ]
        return self.random.choice(self.companies)


def _plain(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(), []


def _fulfilled(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order()
    merchant.fulfill(demo.app, order, number=f"AR{order['number']}", company="Aramex")
    return order, ["fulfilled"]


def _partly_fulfilled(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(2)
    order = demo.order(rows)
    merchant.fulfill(demo.app, order, lines={rows[0]["sku"]: 1}, number="AR-1", company="Aramex")
    return order, ["partly_fulfilled"]


def _pending(gateway: str, mark: str) -> Callable[[Demo], tuple[Row, list[str]]]:
    return lambda demo: (demo.order(payment=gateway), [mark])


def _paid(state: str, mark: str) -> Callable[[Demo], tuple[Row, list[str]]]:
    return lambda demo: (demo.order(paid=state), [mark])


def _discount(mark: str, *discounts: Any) -> Callable[[Demo], tuple[Row, list[str]]]:
    return lambda demo: (demo.order(demo.lines(3), discounts=list(discounts)), ["discount", mark])


def _line_discount(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(3)
    given = {"automatic": "Summer sale", "percent": "15", "skus": [rows[0]["sku"]]}
    return demo.order(rows, discounts=[given]), ["discount", "discount_line"]


def _unmapped(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(payment="tamara"), ["unmapped_payment"]


def _unknown_sku(demo: Demo) -> tuple[Row, list[str]]:
    rows = [*demo.lines(1), {"sku": "OLD-CATALOGUE-77", "quantity": 1, "price": "33.00"}]
    return demo.order(rows), ["unknown_sku"]


def _no_sku(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order([*demo.lines(1), {"title": "Gift wrapping", "price": "7.50"}]), ["custom_line"]


def _deleted(demo: Demo) -> tuple[Row, list[str]]:
    sku = f"GONE-{demo.number:03d}"
    merchant.add_product(demo.app, sku=sku, price="12.00", title="Discontinued")
    order = demo.order([*demo.lines(1), {"sku": sku, "quantity": 1}])
    found = demo.app.store.by_sku(sku)
    if found is not None:
        remove_product(demo.app.store, product_of(demo.app.store, found))
    return order, ["deleted_product"]


def _gift_paid(demo: Demo) -> tuple[Row, list[str]]:
    payments = [{"gateway": "gift_card", "amount": "30.00"}, {"gateway": "shopify_payments"}]
    return demo.order(payment=payments), ["gift_card_paid"]


def _gift_whole(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(demo.lines(1), payment=[{"gateway": "gift_card", "amount": "99999"}]), [
        "gift_card_whole"
    ]


def _gift_sold(demo: Demo) -> tuple[Row, list[str]]:
    store = demo.app.store
    if store.by_sku("GIFT-100") is None:
        merchant.add_product(
            demo.app,
            sku="GIFT-100",
            price="100.00",
            title="بطاقة هدية | Gift card",
            gift_card=True,
            stock=None,
            tracked=False,
        )
    return demo.order([{"sku": "GIFT-100", "quantity": 1}, *demo.lines(1)]), ["gift_card_sold"]


def _tip(demo: Demo) -> tuple[Row, list[str]]:
    as_line = demo.number % 2 == 0
    return demo.order(tip="10.00", tip_as_line=as_line), ["tip", "tip_as_line" if as_line else "tip_apart"]


def _duties(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(duties="18.40", prices_include_tax=False), ["duties"]


def _fees(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(fees=[{"name": "Import fee", "amount": "12.00", "tax_rate": "0.15"}]), [
        "additional_fee"
    ]


def _currency(code: str) -> Callable[[Demo], tuple[Row, list[str]]]:
    return lambda demo: (demo.order(currency=code), ["presentment", f"presentment_{code}"])


def _b2b(demo: Demo) -> tuple[Row, list[str]]:
    company = demo.company()
    place = company["location"]
    address = place["shippingAddress"]
    given = {
        "firstName": address["firstName"],
        "lastName": address["lastName"],
        "company": company["company"]["name"],
        "address1": address["address1"],
        "city": address["city"],
        "zip": address["zip"],
        "countryCodeV2": address["countryCode"],
        "phone": address["phone"],
    }
    order = demo.order(
        demo.lines(3),
        company=company,
        customer={"id": company["customer"]["id"]},
        shipping_address=given,
        billing_address=given,
        terms="NET 30",
        po_number=f"PO-{7000 + demo.number}",
        tax_exempt=place["_tax_exempt"],
    )
    return order, ["b2b", *(["tax_exempt"] if place["_tax_exempt"] else [])]


def _refund_lines(demo: Demo) -> tuple[Row, list[str]]:
    rows = [{"sku": demo.lines(1)[0]["sku"], "quantity": 3}]
    order = demo.order(rows, discounts=["WELCOME10"])
    merchant.refund(demo.app, order, lines={rows[0]["sku"]: 1}, restock="CANCEL")
    return order, ["refund_partial", "discount"]


def _refund_all(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order()
    merchant.refund(demo.app, order, restock="CANCEL")
    return order, ["refund_full"]


def _refund_shipping(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order()
    merchant.refund(demo.app, order, lines={}, shipping="10.00")
    return order, ["refund_shipping"]


def _refund_money(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order()
    merchant.refund(demo.app, order, lines={}, amount="5.00")
    return order, ["refund_money_only"]


def _edited_down(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(2)
    rows[0]["quantity"] = 3
    order = demo.order(rows, discounts=["WELCOME10"])
    merchant.edit(demo.app, order, {rows[0]["sku"]: 1}, [])
    return order, ["edited", "edited_removed", "discount"]


def _edited_up(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(1)
    order = demo.order(rows)
    merchant.edit(demo.app, order, {rows[0]["sku"]: 4}, demo.lines(1))
    return order, ["edited", "edited_added"]


def _line_removed(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(2)
    order = demo.order(rows)
    merchant.edit(demo.app, order, {rows[1]["sku"]: 0}, [])
    return order, ["edited", "line_removed"]


def _returned(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(1)
    order = demo.order(rows)
    merchant.fulfill(demo.app, order, number="AR-9", company="Aramex")
    merchant.open_return(demo.app, order, {rows[0]["sku"]: 1})
    merchant.refund(demo.app, order, lines={rows[0]["sku"]: 1}, restock="RETURN")
    return order, ["returned"]


def _return_asked(demo: Demo) -> tuple[Row, list[str]]:
    rows = demo.lines(1)
    order = demo.order(rows)
    merchant.fulfill(demo.app, order, number="AR-8", company="Aramex")
    merchant.open_return(demo.app, order, {rows[0]["sku"]: 1}, request=True)
    return order, ["return_requested"]


def _cancelled(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order()
    merchant.cancel(demo.app, order)
    return order, ["cancelled"]


def _voided(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order(paid="authorized")
    merchant.cancel(demo.app, order)
    return order, ["cancelled", "voided"]


def _zero_rate(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(demo.lines(2, demo.zero)), ["zero_rate"]


def _mixed(demo: Demo) -> tuple[Row, list[str]]:
    rows = [
        *demo.lines(1),
        *demo.lines(1, demo.zero),
        {"title": "Book", "price": "40.00", "tax_rate": "0.05"},
    ]
    return demo.order(rows), ["mixed_rates"]


def _many(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(demo.lines(demo.random.randint(8, 12))), ["many_lines"]


def _till(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order(
        source="pos",
        customer=None,
        email=None,
        shipping=None,
        shipping_address=None,
        billing_address=None,
        payment="cash",
    )
    return order, ["pos", "no_customer"]


def _free(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(discounts=["VIPGIFT", "FREESHIP"]), ["discount", "free_of_charge"]


def _test(demo: Demo) -> tuple[Row, list[str]]:
    return demo.order(test=True), ["test"]


def _failed(demo: Demo) -> tuple[Row, list[str]]:
    rows = [{"gateway": "shopify_payments", "status": "FAILURE"}, {"gateway": "shopify_payments"}]
    return demo.order(payment=rows), ["failed_attempt"]


def _noted(demo: Demo) -> tuple[Row, list[str]]:
    order = demo.order(
        [{**demo.lines(1)[0], "properties": {"Engraving": "إلى أمي"}}],
        note="يرجى الاتصال قبل التوصيل",
        attributes={"delivery_slot": "18:00-20:00"},
        tags=["vip", "gift"],
    )
    return order, ["noted"]


SCENES: tuple[Callable[[Demo], tuple[Row, list[str]]], ...] = (
    _plain,
    _fulfilled,
    _discount("discount_percent", "WELCOME10"),
    _discount("discount_fixed", "RAMADAN50"),
    _line_discount,
    _discount("discount_two", "WELCOME10", {"manual": "Loyal customer", "amount": "5.00"}),
    _discount("discount_shipping", "FREESHIP"),
    _discount("discount_manual", {"manual": "Sorry", "amount": "9.99", "description": "Late parcel"}),
    _free,
    _gift_paid,
    _gift_whole,
    _gift_sold,
    _tip,
    _tip,
    _duties,
    _fees,
    _currency("USD"),
    _currency("KWD"),
    _b2b,
    _b2b,
    _refund_lines,
    _refund_all,
    _refund_shipping,
    _refund_money,
    _edited_down,
    _edited_up,
    _line_removed,
    _returned,
    _return_asked,
    _cancelled,
    _voided,
    _paid("authorized", "authorized"),
    _paid("expired", "authorization_expired"),
    _paid("partially", "partly_paid"),
    _pending("Cash on Delivery (COD)", "cod"),
    _pending("Cash on Delivery (COD)", "cod"),
    _pending("Bank Deposit", "bank_deposit"),
    _unmapped,
    _unknown_sku,
    _no_sku,
    _deleted,
    _zero_rate,
    _mixed,
    _many,
    _till,
    _test,
    _failed,
    _noted,
    _partly_fulfilled,
    _plain,
)


def seed_orders(app: "ShopifyApp", rows: list[Row], *, count: int, seed: int) -> None:
    """The same numbers make the same orders; scenes take turns with and without tax in prices."""
    demo = Demo(app, rows, seed)
    now = app.clock.now()
    for number in range(count):
        demo.number = number
        scene = SCENES[number % len(SCENES)]
        moment = now - 14 * 86400 + (14 * 86400 - 600) * number // max(1, count)
        demo.created = app.store.stamp(moment)
        demo.included = (number + number // len(SCENES)) % 2 == 1
        guest = number % 3 == 0
        demo.buyer = _buyer(demo.random.choice(_NAMES), number, guest=guest)
        order, marks = scene(demo)
        _backdate(app, order, moment)
        marks += ["tax_included" if order["taxesIncluded"] else "tax_excluded"]
        marks += ["registered" if order["_customer"] else "guest"]
        app.store.demo_tags[order["id"]] = marks
    app.queue.clear()


def _buyer(name: tuple[str, ...], number: int, *, guest: bool) -> Row:
    first, last, street, city, country, code = name
    address = {
        "firstName": first,
        "lastName": last,
        "address1": street,
        "city": city,
        "countryCodeV2": country,
        "zip": code,
        "phone": f"+96650{number:07d}",
    }
    email = f"buyer{number % 40:02d}@example.com"
    return {"shipping_address": address, "email": email, "customer": None if guest else {"email": email}}


def _backdate(app: "ShopifyApp", order: Row, moment: int) -> None:
    """What happened to the order happened back then, an hour after it was placed."""
    later = app.store.stamp(moment + 3600)
    store = app.store
    order["updatedAt"] = later if order["updatedAt"] != order["createdAt"] else order["createdAt"]
    for field in ("cancelledAt", "closedAt"):
        if order[field]:
            order[field] = later
    groups = (("_refunds", "Refund"), ("_fulfillments", "Fulfillment"), ("_returns", "Return"))
    for field, kind in groups:
        for gid in order[field]:
            row = store.tables[kind][gid]
            row["createdAt"] = row["updatedAt"] = later
            if "processedAt" in row:
                row["processedAt"] = later
    for gid in order["_transactions"]:
        row = store.tables["OrderTransaction"][gid]
        row["createdAt"] = row["processedAt"] = order["createdAt"] if row["kind"] != "REFUND" else later
