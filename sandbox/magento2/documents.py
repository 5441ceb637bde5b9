"""Invoices and shipments: made for an order, validated as a whole, numbered on their own."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento2 import stock
from sandbox.magento2.call import as_bool, as_decimal, as_int
from sandbox.magento2.errors import MageError
from sandbox.magento2.order_flow import (
    FINAL,
    can_invoice,
    can_ship,
    check_state,
    followers,
    history,
    settle_parents,
    to_invoice,
    to_ship,
    units,
)
from sandbox.magento2.order_rows import Document, DocumentItem, Item, Order
from sandbox.magento2.rows import ZERO, Json
from sandbox.magento2.state import Store

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

OFFLINE = frozenset({"checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free"})
Wanted = list[tuple[Item, Decimal]]


def new_document(store: Store, order: Order, kind: str) -> Document:
    number = store.next_id(f"{kind}_number_{order.store_id}")
    prefix = "" if order.store_id == 1 else str(order.store_id)
    document = Document(store.next_id(kind), kind, f"{prefix}{number:09d}", order.id, order.store_id)
    document.created = document.updated = store.clock.now()
    return document


def refused(name: str, lines: list[str]) -> MageError:
    """The validators' lines in one message, parameters filled in."""
    return MageError(f"{name} Document Validation Error(s):\n" + "\n".join(lines))


def wanted(order: Order, candidates: list[Item], rows: list[Json], left: str) -> tuple[Wanted, list[str]]:
    """What a body asks for, and what is wrong with it. No rows: everything that is left."""
    rest = {"invoice": to_invoice, "ship": to_ship}[left]
    if not rows:
        return [(item, rest(item)) for item in candidates if rest(item) > 0], []
    chosen: Wanted = []
    problems = []
    noun = {"invoice": "invoice", "ship": "shipment"}[left]
    for row in rows:
        item_id, quantity = as_int(row.get("order_item_id")), as_decimal(row.get("qty", 0))
        item = order.item(item_id)
        if item is None:
            problems.append(f"The {noun} contains one or more items that are not part of the original order.")
        elif item not in candidates:
            continue
        elif quantity > rest(item):
            verb = "invoice" if left == "invoice" else "ship"
            problems.append(
                f'The quantity to {verb} must not be greater than the unprocessed quantity for product SKU "{item.sku}".'
            )
        elif quantity > 0:
            chosen.append((item, quantity))
    return chosen, list(dict.fromkeys(problems))


def share(
    store: Store, whole: Decimal, given: Decimal, quantity: Decimal, before: Decimal, item: Item
) -> Decimal:
    """The part of an amount that goes with a quantity; the last piece takes what is left of it."""
    if before + quantity >= item.ordered:
        return whole - given
    return store.money(whole * quantity / item.ordered)


def document_item(store: Store, kind: str, item: Item, quantity: Decimal) -> DocumentItem:
    return DocumentItem(
        store.next_id(f"{kind}_item"), item.id, item.sku, item.name, item.product_id, quantity
    )


def priced_item(
    store: Store, kind: str, earlier: list[DocumentItem], item: Item, quantity: Decimal
) -> DocumentItem:
    """A line of an invoice or credit memo. earlier: the lines about this item in the documents before."""
    row = document_item(store, kind, item, quantity)
    before = sum((e.quantity for e in earlier), ZERO)
    for name, source in (
        ("row_total", "row_total"),
        ("tax_amount", "tax_amount"),
        ("discount_amount", "discount_amount"),
        ("compensation", "compensation"),
    ):
        given = sum((getattr(e, name) for e in earlier), ZERO)
        setattr(row, name, share(store, getattr(item, source), given, quantity, before, item))
    row.price, row.price_incl_tax = item.price, item.price_incl_tax
    return row


def add_up(document: Document) -> None:
    items = document.items
    document.subtotal = sum((i.row_total for i in items), ZERO)
    document.tax = sum((i.tax_amount for i in items), ZERO) + document.shipping_tax
    document.discount = sum((i.discount_amount for i in items), ZERO)
    document.compensation = sum((i.compensation for i in items), ZERO)
    document.grand_total = (
        document.subtotal
        + document.tax
        + document.compensation
        - document.discount
        + document.shipping_amount
        + document.adjustment_positive
        - document.adjustment_negative
    )


def earlier_items(documents: list[Document], item: Item) -> list[DocumentItem]:
    return [row for d in documents for row in d.items if row.order_item_id == item.id]


def of_order(table: dict[int, Document], order: Order) -> list[Document]:
    return [d for d in table.values() if d.order_id == order.id and d.state != 3]


# Invoices.


def invoice(app: "Magento2App", order: Order, body: Json) -> Document:
    """Raises the validators' refusal; otherwise saves the invoice and moves the order."""
    store = app.store
    candidates = units(store, order, "money")
    chosen, problems = wanted(order, candidates, list(body.get("items") or []), "invoice")
    if not can_invoice(store, order):
        if order.state in (*FINAL, "holded", "payment_review"):
            problems.append(f"An invoice cannot be created when an order has a status of {order.status}")
        problems.append("The order does not allow an invoice to be created.")
    if not chosen:
        problems.append("The invoice can't be created without products. Add products and try again.")
    if problems:
        raise refused("Invoice", problems)
    document = _save_invoice(app, order, chosen, capture=as_bool(body.get("capture", False)))
    comment = body.get("comment")
    if isinstance(comment, dict) and comment.get("comment"):
        add_comment(store, document, comment)
        if as_bool(body.get("appendComment", False)):
            history(store, order, str(comment["comment"]), "invoice")
    if as_bool(body.get("notify", False)):
        document.emails += 1
    app.happened("new_invoice", document.id)
    app.happened("order", order.id)
    return document


def _save_invoice(app: "Magento2App", order: Order, chosen: Wanted, *, capture: bool) -> Document:
    store = app.store
    before = of_order(store.invoices, order)
    document = new_document(store, order, "invoice")
    for item, quantity in chosen:
        document.items.append(priced_item(store, "invoice", earlier_items(before, item), item, quantity))
        item.invoiced += quantity
        for child, each in followers(order, item):
            child.invoiced += quantity * each
            document.items.append(
                priced_item(store, "invoice", earlier_items(before, child), child, quantity * each)
            )
    settle_parents(order, "invoiced")
    if not order.shipping_invoiced and order.shipping_amount:
        document.shipping_amount, document.shipping_tax = order.shipping_amount, order.shipping_tax
        order.shipping_invoiced = order.shipping_amount
    add_up(document)
    last = not any(i.ordered - i.invoiced - i.canceled > 0 for i in units(store, order, "money"))
    if last:
        # What is neither line nor shipping (gift cards, credit, fees) goes with the last invoice.
        document.grand_total = order.grand_total - order.invoiced
    order.invoiced += document.grand_total
    store.invoices[document.id] = document
    if capture or order.payment["method"] in OFFLINE:
        pay(store, order, document, online=capture and order.payment["method"] not in OFFLINE)
    check_state(store, order)
    return document


def pay(store: Store, order: Order, document: Document, *, online: bool) -> None:
    document.state = 2
    document.online = online
    order.paid += document.grand_total
    if online and not order.payment.get("last_trans_id"):
        order.payment["last_trans_id"] = f"txn_{store.token(12)}"


def capture_all(app: "Magento2App", order: Order) -> Document | None:
    """Invoices what is left, paid."""
    chosen = [(i, to_invoice(i)) for i in units(app.store, order, "money") if to_invoice(i) > 0]
    return _save_invoice(app, order, chosen, capture=True) if chosen else None


# Shipments.


def shipment(app: "Magento2App", order: Order, body: Json) -> Document:
    store = app.store
    chosen, problems = wanted(order, units(store, order, "goods"), list(body.get("items") or []), "ship")
    if not can_ship(store, order):
        if order.state in ("canceled", "closed", "holded", "payment_review", "complete"):
            problems.append(f"A shipment cannot be created when an order has a status of {order.status}")
        problems.append("The order does not allow a shipment to be created.")
    if not chosen:
        problems.append("You can't create a shipment without products.")
    for track in body.get("tracks") or []:
        if not track.get("track_number"):
            problems.append("Please enter a tracking number.")
    if problems:
        raise refused("Shipment", problems)
    extra = ((body.get("arguments") or {}).get("extension_attributes")) or {}
    source = _source(store, order, chosen, str(extra.get("source_code") or ""))
    document = _save_shipment(app, order, chosen, source)
    document.tracks = [new_track(store, document, track) for track in body.get("tracks") or []]
    comment = body.get("comment")
    if isinstance(comment, dict) and comment.get("comment"):
        add_comment(store, document, comment)
        if as_bool(body.get("appendComment", False)):
            history(store, order, str(comment["comment"]), "shipment")
    if as_bool(body.get("notify", False)):
        document.emails += 1
    app.happened("new_shipment", document.id)
    app.happened("order", order.id)
    return document


def leaves(order: Order, chosen: Wanted) -> Wanted:
    """What leaves the shelf: children in place of their parents."""
    found: Wanted = []
    for item, quantity in chosen:
        below = followers(order, item)
        found += [(child, quantity * each) for child, each in below] if below else [(item, quantity)]
    return found


def _source(store: Store, order: Order, chosen: Wanted, named: str) -> str:
    """The source that the goods leave: the named one, otherwise the first that has them all."""
    if not store.options.msi:
        return ""
    goods = [(i, q) for i, q in leaves(order, chosen) if i.product_id in store.products and not i.is_virtual]
    codes = (
        [named]
        if named
        else sorted(
            store.stocks[order.stock_id].sources, key=lambda c: store.stocks[order.stock_id].sources[c]
        )
    )
    for code in codes:
        if code not in store.sources:
            raise MageError('Source with code "%value" does not exist.', {"value": code}, status=404)
        rows = [(stock.source_item(store, item.sku, code), quantity) for item, quantity in goods]
        if all(row is not None and row.quantity >= quantity for row, quantity in rows):
            return code
    raise MageError("Not all of your products are available in the requested quantity.")


def _save_shipment(app: "Magento2App", order: Order, chosen: Wanted, source: str) -> Document:
    store = app.store
    document = new_document(store, order, "shipment")
    document.source_code = source
    for item, quantity in chosen:
        row = document_item(store, "shipment", item, quantity)
        row.price = item.price
        document.items.append(row)
        item.shipped += quantity
        for child, each in followers(order, item):
            child.shipped += quantity * each
    settle_parents(order, "shipped")
    for item, quantity in leaves(order, chosen):
        if item.product_id not in store.products or item.is_virtual or not store.options.msi:
            continue
        stock.take(store, item.sku, quantity, source)
        stock.reserve(store, item.sku, quantity, order.stock_id, "shipment_created", order.id)
    store.shipments[document.id] = document
    check_state(store, order)
    return document


def ship_all(app: "Magento2App", order: Order) -> Document | None:
    """Ships what is left, from wherever it lies; sources may go below zero."""
    store = app.store
    chosen = [(i, to_ship(i)) for i in units(store, order, "goods") if to_ship(i) > 0]
    if not chosen:
        return None
    try:
        source = _source(store, order, chosen, "")
    except MageError:
        source = stock.DEFAULT
    return _save_shipment(app, order, chosen, source)


def new_track(store: Store, document: Document, row: Json) -> Json:
    return {
        "entity_id": store.next_id("track"),
        "order_id": document.order_id,
        "parent_id": document.id,
        "track_number": str(row.get("track_number", "")),
        "title": str(row.get("title", "")),
        "carrier_code": str(row.get("carrier_code", "custom")),
        "weight": row.get("weight"),
        "qty": row.get("qty"),
        "description": row.get("description"),
        "created_at": store.moment(store.clock.now()),
        "updated_at": store.moment(store.clock.now()),
    }


def add_comment(store: Store, document: Document, row: Json) -> Json:
    comment: Json = {
        "comment": str(row["comment"]),
        "created_at": store.moment(store.clock.now()),
        "entity_id": store.next_id("comment"),
        "is_customer_notified": as_int(row.get("is_customer_notified") or 0),
        "is_visible_on_front": as_int(row.get("is_visible_on_front") or 0),
        "parent_id": document.id,
    }
    document.comments.append(comment)
    return comment
