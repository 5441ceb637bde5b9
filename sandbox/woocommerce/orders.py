"""/orders, their notes, and order totals by status."""

from typing import Any

from sandbox.php import to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result, dated, links, ordered, paged, post_keys
from sandbox.woocommerce.order_json import BILLING, SHIPPING, order_json
from sandbox.woocommerce.order_write import (
    add_note,
    calculate,
    change_status,
    pay,
    write_charges,
    write_coupons,
    write_lines,
)
from sandbox.woocommerce.products import invalid_id
from sandbox.woocommerce.rows import ORDER_STATUSES, Json, Order
from sandbox.woocommerce.state import Store, apply_meta
from sandbox.woocommerce.validate import (
    DATED,
    META,
    MODIFIED,
    B,
    Field,
    I,
    M,
    S,
    Schema,
    array,
    enum,
    obj,
    objects,
)

_ADDRESS = dict.fromkeys(SHIPPING, S)
ORDER_BODY: Schema = {
    "parent_id": I,
    "status": enum(*ORDER_STATUSES),
    "currency": S,
    "customer_id": I,
    "customer_note": S,
    "billing": obj(**_ADDRESS, email=Field("string", email=True)),
    "shipping": obj(**_ADDRESS),
    "payment_method": S,
    "payment_method_title": S,
    "transaction_id": S,
    "meta_data": META,
    "line_items": objects(
        id=I,
        name=M,
        product_id=M,
        variation_id=I,
        quantity=I,
        tax_class=S,
        subtotal=S,
        total=S,
        meta_data=META,
        sku=M,
    ),
    "shipping_lines": objects(id=I, method_title=M, method_id=M, instance_id=S, total=S, meta_data=META),
    "fee_lines": objects(
        id=I, name=M, tax_class=S, tax_status=enum("taxable", "none"), total=S, meta_data=META
    ),
    "coupon_lines": objects(id=I, code=M, meta_data=META),
    "set_paid": B,
}
ORDER_LIST: Schema = {
    **DATED,
    **MODIFIED,
    "orderby": enum("date", "id", "include", "title", "slug", "modified"),
    "status": array(enum("any", "trash", *ORDER_STATUSES)),
    "customer": I,
    "product": I,
    "dp": I,
}
# `modified_after` came years before sorting by the same date.
ORDER_LIST_UNSORTED: Schema = {**ORDER_LIST, "orderby": enum("date", "id", "include", "title", "slug")}
ORDER_LIST_OLD: Schema = {k: v for k, v in ORDER_LIST_UNSORTED.items() if k not in MODIFIED}
INVALID_ORDER = "woocommerce_rest_shop_order_invalid_id"
_RECALCULATES = ("billing", "shipping", "line_items", "shipping_lines", "fee_lines", "coupon_lines")


def find_order(call: Call, status: int = 404, position: int = -1) -> Order:
    order = call.store.orders.get(call.id(position))
    if order is None:
        raise invalid_id(INVALID_ORDER, status)
    return order


def list_orders(call: Call) -> Result:
    rows = dated(call, call.store.orders.values())
    statuses = set(call.strings("status")) or {"any"}
    if "any" in statuses:
        rows = [o for o in rows if o.status not in ("trash", "auto-draft")]
    else:
        rows = [o for o in rows if o.status in statuses]
    if call.params.get("customer") not in (None, ""):
        rows = [o for o in rows if o.customer_id == call.number("customer")]
    if call.text("product"):
        wanted = call.number("product")
        rows = [o for o in rows if any(wanted in (line.product_id, line.variation_id) for line in o.lines)]
    if call.text("created_via"):
        ways = set(call.strings("created_via"))
        rows = [o for o in rows if o.created_via in ways]
    if call.text("search"):
        rows = [o for o in rows if _matches(o, call.text("search").lower())]
    if call.params.get("parent") not in (None, "", []):
        rows = [o for o in rows if 0 in call.integers("parent")]
    rows = ordered(call, rows, {**post_keys("number"), "slug": lambda o: o.id})
    extra = {} if "status" in call.query else {"status": {"0": "any"}}
    return paged(call, rows, lambda o: order_json(call, o), extra)


def _matches(order: Order, word: str) -> bool:
    texts = [order.number, *map(str, order.billing.values()), *map(str, order.shipping.values())]
    return any(word in text.lower() for text in texts) or any(
        word in line.name.lower() for line in order.lines
    )


def get_order(call: Call) -> Result:
    return Result(order_json(call, find_order(call)))


def new_order(store: Store) -> Order:
    order = Order(store.next_id("post"), currency=store.options.currency)
    order.number = store.options.order_number_format.format(id=order.id)
    order.order_key = f"wc_order_{store.token(13)}"
    order.created = order.modified = store.clock.now()
    order.prices_include_tax = store.options.prices_include_tax
    return order


def create_order(call: Call) -> Result:
    store, params = call.store, call.params
    if params.get("id"):
        raise RestError("woocommerce_rest_shop_order_exists", "Cannot create existing order.", 400)
    _check_customer(store, params)
    before = store.ids.copy()
    order = new_order(store)
    try:
        _write(call, order, creating=True)
    except RestError:
        store.ids["post"] = before["post"]
        raise
    calculate(store, order, coupons=bool(order.coupon_lines))
    store.orders[order.id] = order
    if params.get("status"):
        change_status(store, call.emit, order, _status(str(params["status"])))
    if call.flag("set_paid"):
        pay(store, call.emit, order, call.text("transaction_id"))
    call.emit("order.created", order.id)
    return Result(order_json(call, order), 201, [("Location", f"{call.rest_url}/wc/v3/orders/{order.id}")])


def _status(wanted: str) -> str:
    """A batch is not validated: a status nobody knows becomes pending."""
    wanted = wanted.removeprefix("wc-")
    return wanted if wanted in ORDER_STATUSES else "pending"


def _check_customer(store: Store, params: Json) -> None:
    if params.get("customer_id") and to_int(params["customer_id"]) not in store.customers:
        raise RestError("woocommerce_rest_invalid_customer_id", "Customer ID is invalid.", 400)


def _write(call: Call, order: Order, *, creating: bool) -> None:
    store, params = call.store, call.params
    for name in ("currency", "customer_note", "payment_method", "payment_method_title", "transaction_id"):
        if params.get(name) is not None:
            setattr(order, name, str(params[name]))
    if params.get("customer_id") is not None:
        order.customer_id = to_int(params["customer_id"])
    if creating and params.get("created_via"):
        order.created_via = str(params["created_via"])
    for name, keys in (("billing", BILLING), ("shipping", SHIPPING)):
        if isinstance(params.get(name), dict):
            target: Json = getattr(order, name)
            target.update({k: str(v) for k, v in params[name].items() if k in keys and v is not None})
    apply_meta(store, order.meta, params.get("meta_data"))
    if isinstance(params.get("line_items"), list):
        write_lines(store, order, params["line_items"], creating=creating)
    if isinstance(params.get("shipping_lines"), list):
        write_charges(store, order.shipping_lines, params["shipping_lines"], "shipping")
    if isinstance(params.get("fee_lines"), list):
        write_charges(store, order.fee_lines, params["fee_lines"], "fee")
    if isinstance(params.get("coupon_lines"), list):
        write_coupons(store, order, params["coupon_lines"])


def update_order(call: Call) -> Result:
    """Lines or addresses in the body recalculate everything with today's rates; a no-op moves no date."""
    store, params = call.store, call.params
    order = find_order(call, 400)
    _check_customer(store, params)
    before = fingerprint(order)
    _write(call, order, creating=False)
    if any(params.get(name) is not None for name in _RECALCULATES):
        calculate(store, order, coupons=params.get("coupon_lines") is not None)
    if params.get("status"):
        change_status(store, call.emit, order, _status(str(params["status"])))
    if call.flag("set_paid") and order.status in ("pending", "failed", "on-hold", "cancelled"):
        pay(store, call.emit, order, call.text("transaction_id"))
    if fingerprint(order) != before:
        order.modified = store.clock.now()
    call.emit("order.updated", order.id)
    return Result(order_json(call, order))


def fingerprint(order: Order) -> str:
    skipped = ("modified", "notes", "trackings", "fulfillments")
    return repr([getattr(order, name) for name in order.__slots__ if name not in skipped])


def delete_order(call: Call) -> Result:
    store = call.store
    order = find_order(call)
    shown = order_json(call, order)
    if call.flag("force"):
        for refund in order.refunds:
            store.refunds.pop(refund.id, None)
        del store.orders[order.id]
        return Result(shown)
    if not store.options.trash_enabled:
        raise RestError("woocommerce_rest_trash_not_supported", "The order does not support trashing.", 501)
    if order.status == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The order has already been deleted.", 410)
    order.trashed_from, order.status = order.status, "trash"
    order.modified = store.clock.now()
    # Before 8.0 trashing an order kept in its own tables did not reach the hook of order.deleted.
    if not store.options.hpos or store.options.at_least(8):
        call.emit("order.deleted", order.id)
    return Result(shown)


# Notes.


def note_json(call: Call, order: Order, note: Json) -> Json:
    clock = call.store.clock
    parent = f"/orders/{order.id}"
    return {
        "id": note["id"],
        "author": note["author"],
        "date_created": clock.local(note["created"]),
        "date_created_gmt": clock.gmt(note["created"]),
        "note": note["note"],
        "customer_note": note["customer_note"],
        "_links": links(call, f"{parent}/notes", note["id"], "GET,DELETE", parent),
    }


NOTE_BODY: Schema = {"note": Field("string", required=True), "customer_note": B, "added_by_user": B}
NOTE_LIST: Schema = {"type": enum("any", "customer", "internal"), "context": enum("view", "edit")}


def list_notes(call: Call) -> Result:
    order = find_order(call, position=0)
    kind = call.text("type", "any")
    rows = [n for n in reversed(order.notes) if kind == "any" or n["customer_note"] == (kind == "customer")]
    return Result([note_json(call, order, n) for n in rows])


def _note(call: Call) -> tuple[Order, Json]:
    order = find_order(call, position=0)
    note = next((n for n in order.notes if n["id"] == call.id()), None)
    if note is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    return order, note


def get_note(call: Call) -> Result:
    order, note = _note(call)
    return Result(note_json(call, order, note))


def create_note(call: Call) -> Result:
    order = find_order(call, position=0)
    author = "admin" if call.flag("added_by_user") else "WooCommerce"
    note = add_note(call.store, order, call.text("note"), customer=call.flag("customer_note"), author=author)
    location = f"{call.rest_url}/wc/v3/orders/{order.id}/notes/{note['id']}"
    return Result(note_json(call, order, note), 201, [("Location", location)])


def delete_note(call: Call) -> Result:
    order, note = _note(call)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Order notes do not support trashing.", 501)
    shown = note_json(call, order, note)
    order.notes.remove(note)
    return Result(shown)


# Reports and order actions.

_TITLES = (
    ("pending", "Pending payment"),
    ("processing", "Processing"),
    ("on-hold", "On hold"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("refunded", "Refunded"),
    ("failed", "Failed"),
    ("checkout-draft", "Draft"),
)


def order_totals(call: Call) -> Result:
    counted: dict[str, int] = {}
    for order in call.store.orders.values():
        counted[order.status] = counted.get(order.status, 0) + 1
    rows: list[Any] = [
        {
            "slug": slug,
            "name": name,
            "total": counted.get(slug, 0),
            "_links": {"about": [{"href": f"{call.rest_url}/wc/v3/reports"}]},
        }
        for slug, name in _TITLES
    ]
    return Result(rows)


def send_order_details(call: Call) -> Result:
    order = find_order(call, position=0)
    add_note(call.store, order, "Order details sent to customer.")
    return Result({"message": "Order details email sent to customer."})


def show_any(call: Call, order_id: int) -> Json:
    order = call.store.orders.get(order_id)
    if order is None:
        raise invalid_id(INVALID_ORDER, 404)
    return order_json(call, order)
