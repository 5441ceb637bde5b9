"""`sales_order_invoice.*`, `sales_order_shipment.*`, `sales_order_creditmemo.*` and what they do to an order."""

from decimal import Decimal
from typing import Any

from sandbox.magento1.calls import Call, flag, limited
from sandbox.magento1.errors import fault
from sandbox.magento1.filters import chosen, flat_column, parse
from sandbox.magento1.rows import ZERO, Document, Json, Order
from sandbox.magento1.state import Store, php_number, shown_row

STATUS_OF = {
    "new": "pending",
    "pending_payment": "pending_payment",
    "processing": "processing",
    "complete": "complete",
    "closed": "closed",
    "canceled": "canceled",
    "holded": "holded",
    "payment_review": "payment_review",
}
_NO_MORE = ("canceled", "closed", "holded", "payment_review", "pending_payment")
OFFLINE = ("checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free")
CARRIERS = {
    "custom": "Custom Value",
    "dhl": "DHL (Deprecated)",
    "fedex": "Federal Express",
    "ups": "United Parcel Service",
    "usps": "United States Postal Service",
    "dhlint": "DHL",
}
_PREFIX = {"invoice": "1", "shipment": "1", "creditmemo": "1"}
_TABLES = {
    "invoice": ("sales_order_invoice", "sales_flat_invoice"),
    "shipment": ("sales_order_shipment", "sales_flat_shipment"),
    "creditmemo": ("sales_order_creditmemo", "sales_flat_creditmemo"),
}


# Quantities.


def _tops(order: Order) -> list[Json]:
    return [row for row in order.items if row["parent_item_id"] is None]


def asked(quantities: Any) -> dict[str, Decimal]:
    """{item id: quantity}, or v2's list of pairs; empty means all that remains."""
    if isinstance(quantities, dict):
        return {str(key): php_number(value) for key, value in quantities.items()}
    if isinstance(quantities, list):
        return {
            str(row["order_item_id"]): php_number(row["qty"]) for row in quantities if isinstance(row, dict)
        }
    return {}


def chosen_rows(order: Order, quantities: Any, left: str) -> list[tuple[Json, Decimal]]:
    """The rows with what is taken of each; never more than remains."""
    wanted_of = asked(quantities)
    found = []
    for row in _tops(order):
        remains = _left(row, left)
        wanted = remains if not wanted_of else min(remains, wanted_of.get(row["item_id"], ZERO))
        if wanted > 0:
            found.append((row, wanted))
    return found


def _left(row: Json, kind: str) -> Decimal:
    ordered = row["qty_ordered"] - row["qty_canceled"]
    if kind == "invoice":
        return Decimal(ordered - row["qty_invoiced"])
    if kind == "shipment":
        return (
            Decimal(0)
            if row["is_virtual"] == "1"
            else Decimal(ordered - row["qty_shipped"] - row["qty_refunded"])
        )
    return Decimal(row["qty_invoiced"] - row["qty_refunded"])


def count_pieces(order: Order, row: Json, column: str, quantity: Decimal) -> None:
    row[column] += quantity
    for child in order.items:
        if child["parent_item_id"] == row["item_id"]:
            child[column] += quantity * child["qty_ordered"] / row["qty_ordered"]


def settle_state(store: Store, order: Order) -> None:
    """processing after the first document, complete after all, closed when all was given back."""
    if order.state in ("canceled", "holded"):
        return
    rows = _tops(order)
    refunded = order.columns["total_refunded"] or ZERO
    if refunded and refunded >= order.columns["grand_total"]:
        state = "closed"
    elif all(_left(row, "invoice") <= 0 and _left(row, "shipment") <= 0 for row in rows):
        state = "complete"
    elif any(row["qty_invoiced"] or row["qty_shipped"] for row in rows):
        state = "processing"
    else:
        return
    if state != order.state:
        order.columns |= {"state": state, "status": STATUS_OF[state]}


def new_document(store: Store, kind: str, order: Order, moment: str) -> Document:
    number = store.next_id(kind)
    document = Document(number, kind, f"{_PREFIX[kind]}{number:08d}", order.id, {})
    document.columns = {
        f"{kind}_id": str(number),
        "entity_id": str(number),
        "increment_id": document.increment_id,
        "order_id": str(order.id),
        "store_id": order.columns["store_id"],
        "created_at": moment,
        "updated_at": moment,
        "order_currency_code": order.columns["order_currency_code"],
        "base_currency_code": order.columns["base_currency_code"],
    }
    store.documents[kind][document.increment_id] = document
    return document


def item_of(document: Document, row: Json, quantity: Decimal, number: int) -> Json:
    return {
        "item_id": str(document.id * 1000 + number),
        "parent_id": str(document.id),
        "order_item_id": row["item_id"],
        "product_id": row["product_id"],
        "sku": row["sku"],
        "name": row["name"],
        "qty": quantity,
    }


# Invoices.


def make_invoice(store: Store, order: Order, quantities: Any, *, moment: str = "") -> Document:
    rows = chosen_rows(order, quantities, "invoice")
    if not rows or order.state in _NO_MORE:
        raise fault("sales_order_invoice", 102, "Cannot do invoice for order.")
    document = new_document(store, "invoice", order, moment or store.now())
    for number, (row, quantity) in enumerate(rows, 1):
        count_pieces(order, row, "qty_invoiced", quantity)
        document.items.append(item_of(document, row, quantity, number))
    whole = all(_left(row, "invoice") <= 0 for row in _tops(order))
    already = order.columns["total_invoiced"] or ZERO
    # Shipping goes with the first invoice; what is neither row nor shipping, with the last.
    shipping = ZERO if already else order.columns["shipping_amount"] + order.columns["shipping_tax_amount"]
    amount = order.columns["grand_total"] - already if whole else worth(store, rows) + shipping
    offline = order.payment["method"] in OFFLINE
    document.columns |= {
        "grand_total": amount,
        "state": "2" if offline else "1",
        "subtotal": worth(store, rows),
    }
    order.columns["total_invoiced"] = already + amount
    if offline:
        _pay(order, amount)
    settle_state(store, order)
    store.touch(order)
    return document


def _pay(order: Order, amount: Decimal) -> None:
    order.columns["total_paid"] = (order.columns["total_paid"] or ZERO) + amount
    order.columns["total_due"] = order.columns["grand_total"] - order.columns["total_paid"]
    order.payment["amount_paid"] = order.columns["total_paid"]


def worth(store: Store, rows: list[tuple[Json, Decimal]]) -> Decimal:
    """What pieces of rows cost with tax after discount."""
    total = ZERO
    for row, quantity in rows:
        whole = row["row_total"] - row["discount_amount"] + row["hidden_tax_amount"] + row["tax_amount"]
        total += store.round(whole * quantity / row["qty_ordered"])
    return total


def invoice_create(
    call: Call,
    number: Any,
    quantities: Any = None,
    comment: Any = None,
    email: Any = False,
    include: Any = False,
) -> str:
    order = call.store.order(number, "sales_order_invoice", 103)
    document = make_invoice(call.store, order, quantities)
    say(call, order, document, comment, flag(email))
    return document.increment_id


def invoice_capture(call: Call, number: Any) -> bool:
    document = document_of(call, "invoice", number)
    if document.columns["state"] != "1":
        raise fault("sales_order_invoice", 104, "Invoice cannot be captured.")
    document.columns["state"] = "2"
    order = call.store.orders[document.order_id]
    _pay(order, document.columns["grand_total"])
    call.store.touch(order)
    return True


def invoice_cancel(call: Call, number: Any) -> bool:
    document = document_of(call, "invoice", number)
    if document.columns["state"] != "1":
        raise fault("sales_order_invoice", 104, "Invoice cannot be canceled.")
    document.columns["state"] = "3"
    return True


def say(call: Call, order: Order, document: Document, comment: Any, mail: bool) -> None:
    if comment:
        document.comments.append(_comment(call, document, comment, mail))
    if mail:
        order.mails.append(document.kind)
    call.hint("order.updated", order)


def _comment(call: Call, document: Document, comment: Any, notified: bool) -> Json:
    return {
        "comment_id": str(call.store.next_id("comment")),
        "parent_id": str(document.id),
        "comment": str(comment),
        "is_customer_notified": "1" if notified else "0",
        "created_at": call.store.now(),
    }


# Reading and comments, alike for all three.


def document_of(call: Call, kind: str, number: Any) -> Document:
    found = call.store.documents[kind].get(str(number))
    if found is None:
        raise fault(_TABLES[kind][0], 100)
    return found


def lister(kind: str) -> Any:
    _resource, table = _TABLES[kind]

    def items(call: Call, filters: Any = None) -> list[Json]:
        get = flat_column(table, lambda one: one.columns)
        rows = chosen(call.store.documents[kind].values(), parse(filters, {f"{kind}_id": "entity_id"}), get)
        return [shown_row(one.columns) for one in limited(call.store, rows)]

    return items


def informer(kind: str) -> Any:
    def info(call: Call, number: Any) -> Json:
        document = document_of(call, kind, number)
        order = call.store.orders[document.order_id]
        shown: Json = {
            **shown_row(document.columns),
            "order_increment_id": order.increment_id,
            "items": [shown_row(row) for row in document.items],
            "comments": [dict(row) for row in document.comments],
        }
        if kind == "shipment":
            shown["tracks"] = [dict(row) for row in document.tracks]
        return shown

    return info


def commenter(kind: str) -> Any:
    def add_comment(call: Call, number: Any, comment: Any, mail: Any = False, include: Any = False) -> bool:
        document = document_of(call, kind, number)
        document.comments.append(_comment(call, document, comment, flag(mail)))
        call.store.touch(call.store.orders[document.order_id])
        return True

    return add_comment


# Shipments.


def make_shipment(store: Store, order: Order, quantities: Any, *, moment: str = "") -> Document:
    rows = chosen_rows(order, quantities, "shipment")
    if not rows or order.state in _NO_MORE:
        raise fault("sales_order_shipment", 102, "Cannot do shipment for order.")
    document = new_document(store, "shipment", order, moment or store.now())
    for number, (row, quantity) in enumerate(rows, 1):
        count_pieces(order, row, "qty_shipped", quantity)
        document.items.append(item_of(document, row, quantity, number))
    document.columns["total_qty"] = sum((quantity for _, quantity in rows), ZERO)
    settle_state(store, order)
    store.touch(order)
    return document


def shipment_create(
    call: Call,
    number: Any,
    quantities: Any = None,
    comment: Any = None,
    email: Any = False,
    include: Any = False,
) -> str:
    order = call.store.order(number, "sales_order_shipment", 103)
    document = make_shipment(call.store, order, quantities)
    say(call, order, document, comment, flag(email))
    return document.increment_id


def add_track(call: Call, number: Any, carrier: Any, title: Any, track: Any, weight: Any = None) -> int:
    document = document_of(call, "shipment", number)
    if carrier not in CARRIERS:
        raise fault("sales_order_shipment", 102, "Invalid carrier specified.")
    track_id = call.store.next_id("track")
    document.tracks.append(
        {
            "track_id": str(track_id),
            "parent_id": str(document.id),
            "order_id": str(document.order_id),
            "created_at": call.store.now(),
            "updated_at": call.store.now(),
            "carrier_code": carrier,
            "title": title,
            "number": str(track),
        }
    )
    return track_id


def remove_track(call: Call, number: Any, track_id: Any) -> bool:
    document = document_of(call, "shipment", number)
    for row in document.tracks:
        if row["track_id"] == str(track_id):
            document.tracks.remove(row)
            return True
    raise fault("sales_order_shipment", 104)


def send_info(call: Call, number: Any, comment: Any = "") -> bool:
    document = document_of(call, "shipment", number)
    tracks = ",".join(row["number"] for row in document.tracks)
    call.store.orders[document.order_id].mails.append(f"shipment {tracks}".strip())
    return True


def carriers(call: Call, number: Any) -> Json:
    call.store.order(number, "sales_order_shipment", 103)
    return dict(CARRIERS)
