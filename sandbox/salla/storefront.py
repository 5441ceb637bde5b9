"""What buyers do: an order is priced, discounted, taxed and paid here, as the fact sheet's example adds up.

Lines are net. Where the store enters prices with tax, a line's net is its gross taken back and rounded, and the tax of the
order is what its gross total has above the nets.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.salla.answers import Json, rounded
from sandbox.salla.products import by_sku, level, level_key, name_of, product_json, set_level
from sandbox.salla.state import Store

Emit = Callable[[str, Json], None]
ZERO = Decimal(0)
_DINARS = ("KWD", "BHD", "OMR", "JOD", "TND")
BUYER = {
    "first_name": "نورة",
    "last_name": "السالم",
    "mobile": 555000111,
    "mobile_code": "+966",
    "email": "noura@example.com",
    "city": "الرياض",
}
#: method -> (status of a new order, whether the payment is awaited)
_FIRST = {"bank": ("payment_pending", True)}


def place_order(
    store: Store,
    emit: Emit,
    lines: list[Json],
    *,
    payment_method: str = "credit_card",
    buyer: Json | None = None,
    guest: bool = False,
    coupon: Json | None = None,
    offer: str = "0",
    shipping: str = "25",
    free_shipping: bool = False,
    cod_fee: str = "",
    status: str = "",
    draft: bool = False,
    price_quote: bool = False,
    note: str = "",
    currency: str = "",
    exchange_rate: str = "1.00000000",
    shipped: bool = True,
    tags: list[str] | None = None,
    created: int | None = None,
) -> Json:
    """Place an order and return its row.

    lines: `{"sku", "quantity", "price"?, "name"?, "branch"?}`; a SKU that the store does not have needs a price. coupon:
    `{"code", "percent" | "amount"}`; offer: an amount off the order by itself. Amounts are as the store enters prices.
    """
    with store.lock:
        now = store.clock.now() if created is None else created
        first, pending = _FIRST.get(payment_method, ("under_review", False))
        order: Json = {
            "id": store.next_id("order", 987_654_321),
            "reference_id": store.next_id("reference", 40_123),
            "_created": now,
            "_updated": now,
            "_draft": draft,
            "_quote": price_quote,
            "_status": _status_id(store, status or first),
            "_pending": pending,
            "_history": [],
            "_refunded": {},
            "payment_method": payment_method,
            "currency": currency or store.options.currency,
            "exchange_rate": exchange_rate,
            "_note": note,
            "_tags": tags or [],
            "_shipped": shipped,
            "_stock": {},
        }
        order["_customer"] = _customer(store, buyer or {}, guest=guest)
        order["_buyer"] = {**BUYER, **(buyer or {}), **({"email": ""} if guest else {})}
        order["_lines"] = [_line(store, row, note) for row in lines]
        fee = Decimal(cod_fee or ("10" if payment_method == "cod" else "0"))
        _total(
            store,
            order,
            coupon,
            Decimal(offer),
            Decimal(shipping) if shipped else ZERO,
            fee,
            free=free_shipping,
        )
        store.orders[order["id"]] = order
        if not draft and not price_quote:
            _take_stock(store, order, emit)
            _transaction(store, order)
        emit("order.created", event_json(store, order))
        return order


def event_json(store: Store, order: Json) -> Json:
    from sandbox.salla.orders import order_json

    return order_json(store, order)


def _status_id(store: Store, slug: str) -> int:
    return next(
        number for number, row in store.statuses.items() if row["slug"] == slug and not row["_parent"]
    )


def _customer(store: Store, buyer: Json, *, guest: bool) -> Json:
    wanted: Json = {**BUYER, **buyer}
    email = "" if guest else str(wanted["email"])
    for known in store.customers.values():
        if known["mobile"] == wanted["mobile"]:
            return known
    made: Json = {
        "id": store.next_id("customer", 44_001),
        "first_name": wanted["first_name"],
        "last_name": wanted["last_name"],
        "mobile": wanted["mobile"],
        "mobile_code": wanted["mobile_code"],
        "email": email,
        "city": wanted["city"],
        "country": "السعودية",
        "country_code": wanted.get("country_code", "SA"),
        "groups": [],
        "_updated": store.clock.now(),
    }
    store.customers[made["id"]] = made
    return made


def _line(store: Store, row: Json, note: str) -> Json:
    try:
        product, variant = by_sku(store, str(row["sku"]))
    except LookupError:
        product, variant = None, None
    sold: Any = variant or product or {}
    price = row.get("price") or (sold["sale_price"] or sold["price"] if sold else "0")
    options = product["_options"] if product and variant else []
    return {
        "id": store.next_id("line", 7001),
        "name": row.get("name") or (name_of(product, "ar") if product else str(row["sku"])),
        "sku": str(row["sku"]),
        "quantity": int(row.get("quantity", 1)),
        "_price": Decimal(str(price)),
        "_taxed": product["with_tax"] if product else True,
        "_product": product["id"] if product else 0,
        "_parent_sku": product["sku"] if product else "",
        "_variant": variant["id"] if variant else 0,
        "_options": [
            {
                "id": n + 1,
                "product_option_id": option["id"],
                "name": option["name"],
                "value": next(v for v in option["values"] if v["id"] == variant["_values"][n]),
            }
            for n, option in enumerate(options)
            if variant
        ],
        "_branch": row.get("branch"),
        "notes": row.get("note", note),
    }


def _total(
    store: Store,
    order: Json,
    coupon: Json | None,
    offer: Decimal,
    shipping: Decimal,
    fee: Decimal,
    *,
    free: bool,
) -> None:
    """All figures of the order. Discounts and charges are given as the store enters prices."""
    decimals, inclusive = _decimals(store, order["currency"]), store.options.prices_include_tax
    lines = order["_lines"]

    def net(amount: Decimal, rate: Decimal) -> Decimal:
        return rounded(amount / (1 + rate), decimals) if inclusive else amount

    for line in lines:
        line["_rate"] = store.rate if line["_taxed"] else ZERO
        line["_unit"] = net(line["_price"], line["_rate"])
        line["_sub"] = line["_unit"] * line["quantity"]
        line["_gross"] = line["_price"] * line["quantity"] if inclusive else ZERO
        line["_discount"] = ZERO
    order["_sub_total"] = sum((line["_sub"] for line in lines), ZERO)
    order["_discounts"] = []
    if coupon:
        off = (
            rounded(order["_sub_total"] * Decimal(str(coupon["percent"])) / 100, decimals)
            if "percent" in coupon
            else min(net(Decimal(str(coupon["amount"])), store.rate), order["_sub_total"])
        )
        _give(order, off, str(coupon["code"]), "coupon", decimals)
    if offer:
        _give(order, min(net(offer, store.rate), order["_sub_total"]), "", "special_offer", decimals)
    order["_shipping"] = net(shipping, store.rate)
    order["_cod"] = net(fee, store.rate)
    order["_free"] = order["_shipping"] if free else ZERO
    if free:
        order["_discounts"].append(
            {"title": "شحن مجاني", "type": "coupon", "code": "FREESHIP", "discount": ZERO, "discounted_shipping": order["_free"]}
        )  # fmt: skip
    for line in lines:
        line["_tax"] = rounded((line["_sub"] - line["_discount"]) * line["_rate"], decimals)
    charged = order["_shipping"] - order["_free"] + order["_cod"]
    tax = sum((line["_tax"] for line in lines), ZERO) + rounded(charged * store.rate, decimals)
    if inclusive and not order["_discounts"]:
        gross = sum((line["_gross"] for line in lines), ZERO) + shipping + fee
        tax = gross - order["_sub_total"] - charged
    order["_tax"] = tax
    given = sum((row["discount"] for row in order["_discounts"]), ZERO) + order["_free"]
    order["_total"] = order["_sub_total"] - given + order["_shipping"] + order["_cod"] + tax


def _decimals(store: Store, currency: str) -> int:
    """Of the store's own currency as its settings say; dinars have three wherever they are."""
    return store.options.decimals if currency == store.options.currency else 3 if currency in _DINARS else 2


def _give(order: Json, off: Decimal, code: str, kind: str, decimals: int) -> None:
    """A discount of the order, repeated on its lines in proportion."""
    order["_discounts"].append(
        {"title": code or "عرض خاص", "type": kind, "code": code, "discount": off, "discounted_shipping": ZERO}
    )
    left = off
    for n, line in enumerate(order["_lines"]):
        last = n == len(order["_lines"]) - 1
        part = left if last else rounded(off * line["_sub"] / order["_sub_total"], decimals)
        line["_discount"] += part
        left -= part


def _take_stock(store: Store, order: Json, emit: Emit) -> None:
    for line in order["_lines"]:
        product = store.products.get(line["_product"])
        if product is None:
            continue
        key = level_key(product, store.variants.get(line["_variant"]))
        branch = int(line["_branch"] or store.default_branch)
        held = store.levels.get(key, {}).get(branch, 0)
        set_level(store, key, branch, max(0, held - line["quantity"]))
        order["_stock"][line["id"]] = (key, branch)
        product["_updated"] = store.clock.now()
        if level(store, key) <= 0:
            emit("product.quantity.low", product_json(store, product))


def _transaction(store: Store, order: Json) -> None:
    if order["payment_method"] in ("cod", "bank") or not order["_total"]:
        return
    made: Json = {
        "id": store.next_id("transaction", 660_001),
        "order_id": order["id"],
        "total": order["_total"],
        "refunded": ZERO,
        "payment_method": order["payment_method"],
        "status": "paid",
        "currency": order["currency"],
        "_created": order["_created"],
    }
    store.transactions[made["id"]] = made


# ---------------------------------------------------------------- what happens later


def touch(store: Store, order: Json) -> None:
    order["_updated"] = max(store.clock.now(), order["_updated"])


def set_status(store: Store, order: Json, number: int, emit: Emit, note: str = "") -> None:
    row = store.statuses[number]
    if order["_status"] == number:
        return
    before = store.statuses[order["_status"]]["slug"]
    order["_status"] = number
    order["_history"].append({"status": row["slug"], "note": note, "at": store.clock.now()})
    if row["slug"] in ("in_progress", "completed", "delivered"):
        order["_pending"] = False
    touch(store, order)
    if row["slug"] == "canceled" and before != "canceled":
        give_back(store, order, {line["id"]: line["quantity"] for line in order["_lines"]})
        emit("order.cancelled", event_json(store, order))
    if row["slug"] == "restored" and not order["_refunded"]:
        order["_refunded"] = {line["id"]: line["quantity"] for line in order["_lines"]}
        give_back(store, order, order["_refunded"])
        emit("order.refunded", event_json(store, order))
    shown = event_json(store, order)
    inner = {k: shown[k] for k in ("id", "reference_id", "status", "amounts", "customer")}
    emit(
        "order.status.updated",
        {
            "id": store.next_id("status_event", 550_001),
            "status": row["name"],
            "customized": {"id": number, "name": row["name"]},
            "note": note,
            "created_at": shown["updated_at"],
            "order": {**inner, "items": [], "total": shown["amounts"]["total"]},
        },
    )


def give_back(store: Store, order: Json, pieces: dict[int, int]) -> None:
    for line_id, count in pieces.items():
        if line_id in order["_stock"]:
            key, branch = order["_stock"][line_id]
            held = store.levels.get(key, {}).get(branch, 0)
            set_level(store, key, branch, held + count)


def refund_items(store: Store, order: Json, pieces: dict[int, int], emit: Emit) -> None:
    """The merchant takes some pieces back: a sub-status of restored, and items without quantities in the API."""
    restored = _status_id(store, "restored")
    partial = next((n for n, row in store.statuses.items() if row["_parent"] == restored), 0)
    partial = (
        partial or store.add_status("restored", "مسترجع جزئيًا", "Partly restored", parent=restored)["id"]
    )
    order["_status"] = partial
    for line_id, count in pieces.items():
        order["_refunded"][line_id] = order["_refunded"].get(line_id, 0) + count
    give_back(store, order, pieces)
    touch(store, order)
    emit("order.refunded", event_json(store, order))


def return_shipment(store: Store, order: Json, pieces: dict[int, int]) -> Json:
    """A parcel of the order that comes back; its packages name the items with their pieces."""
    made: Json = {
        "id": store.next_id("shipment", 33_001),
        "order_id": order["id"],
        "type": "return",
        "status": "delivered",
        "courier_id": store.companies[0]["id"],
        "courier_name": store.companies[0]["name"],
        "external_id": None,
        "external_company_name": None,
        "shipping_number": f"R-{order['reference_id']}",
        "tracking_number": f"R-{order['reference_id']}",
        "tracking_link": None,
        "label": None,
        "payment_method": "pre_paid",
        "packages": [
            {"item_id": line["id"], "name": line["name"], "sku": line["sku"], "quantity": pieces[line["id"]]}
            for line in order["_lines"]
            if line["id"] in pieces
        ],
        "ship_to": None,
        "_created": store.clock.now(),
    }
    store.shipments[made["id"]] = made
    touch(store, order)
    return made
