"""The routes of invoices, shipments, tracks and credit memos."""

from typing import Any

from sandbox.magento2 import search
from sandbox.magento2.call import Call, as_decimal, as_int
from sandbox.magento2.creditmemos import refund
from sandbox.magento2.document_json import document_json
from sandbox.magento2.documents import (
    add_comment,
    document_item,
    invoice,
    new_document,
    new_track,
    pay,
    shipment,
)
from sandbox.magento2.errors import MageError, no_entity, required
from sandbox.magento2.order_rows import Document
from sandbox.magento2.orders import find
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json

Table = dict[int, Document]
_FIELDS = frozenset(
    [
        "entity_id",
        "increment_id",
        "order_id",
        "state",
        "created_at",
        "updated_at",
        "store_id",
        "grand_total",
        "invoice_id",
    ]
)


def _table(call: Call) -> Table:
    """The table that the address is about."""
    word = call.template.split("/")[2]
    tables = {
        "invoices": call.store.invoices,
        "invoice": call.store.invoices,
        "shipments": call.store.shipments,
        "shipment": call.store.shipments,
        "creditmemos": call.store.creditmemos,
        "creditmemo": call.store.creditmemos,
    }
    return tables[word]


def _value(call: Call, document: Document, name: str) -> Any:
    match name:
        case "entity_id":
            return document.id
        case "created_at":
            return call.store.moment(document.created)
        case "updated_at":
            return call.store.moment(document.updated)
    return getattr(document, name)


def list_documents(call: Call) -> Json:
    rows = list(_table(call).values())
    return search.answer(
        call, rows, lambda d, name: _value(call, d, name), lambda d: document_json(call.store, d), _FIELDS
    )


def _find(call: Call) -> Document:
    value = call.args["id"]
    found = _table(call).get(as_int(value)) if value.isdigit() else None
    if found is None:
        raise no_entity()
    return found


def get_document(call: Call) -> Json:
    return document_json(call.store, _find(call))


def comments(call: Call) -> Json:
    rows = _find(call).comments
    return {
        "items": [dict(r) for r in rows],
        "search_criteria": {"filter_groups": []},
        "total_count": len(rows),
    }


def send_email(call: Call) -> bool:
    _find(call).emails += 1
    return True


def comment_by_entity(call: Call) -> Json:
    """`POST /V1/invoices/comments`, `/V1/creditmemo/:id/comments`: the parent is in the body."""
    row = call.object("entity")
    found = _table(call).get(as_int(row.get("parent_id") or 0))
    if found is None:
        raise no_entity()
    if not row.get("comment"):
        raise required("comment")
    return dict(add_comment(call.store, found, row))


# Made for an order.


def _spoiled(call: Call, text: str) -> None:
    fault = call.request.fault("batch_fail") if call.request else None
    if fault is not None:
        raise MageError(str(fault.params.get("message", text)))


def make_invoice(call: Call) -> str:
    _spoiled(call, "Could not save an invoice, see error log for details")
    return str(invoice(call.app, find(call), call.body).id)


def make_shipment(call: Call) -> str:
    _spoiled(call, "Could not save a shipment, see error log for details")
    return str(shipment(call.app, find(call), call.body).id)


def save_shipment(call: Call) -> Json:
    """Stores a shipment and nothing else: the order's quantities, its state and the stock do not hear of it."""
    row = call.object("entity")
    order = call.store.orders.get(as_int(row.get("order_id") or 0))
    if order is None:
        raise MageError("Could not save shipment")
    document = new_document(call.store, order, "shipment")
    for line in row.get("items") or []:
        item = order.item(as_int(line.get("order_item_id") or 0))
        if item is not None:
            document.items.append(
                document_item(call.store, "shipment", item, as_decimal(line.get("qty") or 0))
            )
    document.tracks = [new_track(call.store, document, track) for track in row.get("tracks") or []]
    call.store.shipments[document.id] = document
    return document_json(call.store, document)


def refund_order(call: Call) -> str:
    _spoiled(call, "Could not save a Creditmemo, see error log for details")
    return str(refund(call.app, find(call), {**call.body, "isOnline": False}).id)


def refund_invoice(call: Call) -> str:
    _spoiled(call, "Could not save a Creditmemo, see error log for details")
    document = _find(call)
    return str(refund(call.app, call.store.orders[document.order_id], call.body, document).id)


def capture(call: Call) -> bool:
    document = _find(call)
    if document.state != 1:
        raise MageError("The invoice can't be captured.")
    order = call.store.orders[document.order_id]
    pay(call.store, order, document, online=True)
    document.updated = call.store.clock.now()
    return True


def void(call: Call) -> bool:
    document = _find(call)
    if document.state != 1:
        raise MageError("The invoice can't be voided.")
    document.state = 3
    document.updated = call.store.clock.now()
    return True


# Tracks.


def add_track(call: Call) -> Json:
    row = call.object("entity")
    found = call.store.shipments.get(as_int(row.get("parent_id") or 0))
    if found is None or found.order_id != as_int(row.get("order_id") or 0):
        raise MageError("Could not save the shipment tracking.")
    if not row.get("track_number"):
        raise required("track_number")
    track = new_track(call.store, found, row)
    found.tracks.append(track)
    found.updated = call.store.clock.now()
    return dict(track)


def remove_track(call: Call) -> bool:
    for document in call.store.shipments.values():
        for track in document.tracks:
            if str(track["entity_id"]) == call.args["id"]:
                document.tracks.remove(track)
                document.updated = call.store.clock.now()
                return True
    raise no_entity()


def label(call: Call) -> str:
    _find(call)
    raise MageError("The label doesn't exist.", status=404)


_SALES = "Magento_Sales::"
LINES: list[Line] = [
    ("POST", "/V1/order/:id/invoice", make_invoice, f"{_SALES}invoice"),
    ("POST", "/V1/order/:id/ship", make_shipment, f"{_SALES}ship"),
    ("POST", "/V1/order/:id/refund", refund_order, f"{_SALES}creditmemo"),
    ("GET", "/V1/invoices", list_documents, f"{_SALES}sales_invoice"),
    ("POST", "/V1/invoices/comments", comment_by_entity, f"{_SALES}sales_invoice"),
    ("GET", "/V1/invoices/:id", get_document, f"{_SALES}sales_invoice"),
    ("GET", "/V1/invoices/:id/comments", comments, f"{_SALES}sales_invoice"),
    ("POST", "/V1/invoices/:id/emails", send_email, f"{_SALES}sales_invoice"),
    ("POST", "/V1/invoices/:id/capture", capture, f"{_SALES}sales_invoice"),
    ("POST", "/V1/invoices/:id/void", void, f"{_SALES}sales_invoice"),
    ("POST", "/V1/invoice/:id/refund", refund_invoice, f"{_SALES}creditmemo"),
    ("GET", "/V1/shipments", list_documents, f"{_SALES}shipment"),
    ("POST", "/V1/shipment", save_shipment, f"{_SALES}shipment"),
    ("GET", "/V1/shipment/:id", get_document, f"{_SALES}shipment"),
    ("GET", "/V1/shipment/:id/comments", comments, f"{_SALES}shipment"),
    ("POST", "/V1/shipment/:id/comments", comment_by_entity, f"{_SALES}shipment"),
    ("POST", "/V1/shipment/:id/emails", send_email, f"{_SALES}shipment"),
    ("GET", "/V1/shipment/:id/label", label, f"{_SALES}shipment"),
    ("POST", "/V1/shipment/track", add_track, f"{_SALES}shipment"),
    ("DELETE", "/V1/shipment/track/:id", remove_track, f"{_SALES}shipment"),
    ("GET", "/V1/creditmemos", list_documents, f"{_SALES}sales_creditmemo"),
    ("GET", "/V1/creditmemo/:id", get_document, f"{_SALES}sales_creditmemo"),
    ("GET", "/V1/creditmemo/:id/comments", comments, f"{_SALES}sales_creditmemo"),
    ("POST", "/V1/creditmemo/:id/comments", comment_by_entity, f"{_SALES}sales_creditmemo"),
    ("POST", "/V1/creditmemo/:id/emails", send_email, f"{_SALES}sales_creditmemo"),
]
