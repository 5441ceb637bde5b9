"""Connect's synchronous calls about orders: status, delivery notes, invoices, credits, cancelling."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.norce.answers import Json, pick
from sandbox.norce.state import ORDER_STATUSES, Emit, Store

OK: Json = {"StatusCode": "OK", "Description": ""}


class Refused(Exception):
    """StatusCode Failed, with its description."""


def status(store: Store, body: Json, emit: Emit) -> None:
    order = _order(store, body)
    wanted = _status_name(pick(body, "OrderStatus"))
    if pick(body, "ErpOrderNo"):
        order["ErpOrderNo"] = str(pick(body, "ErpOrderNo"))
    for info in pick(body, "Infos") or []:
        order["AdditionalInfo"].append(
            {"Id": 1, "Code": "", "Code2": pick(info, "Code"), "Value": pick(info, "Value")}
        )
    set_status(store, order, wanted, emit)


def set_status(store: Store, order: Json, wanted: str, emit: Emit) -> None:
    order["_updated"] = store.stamp()
    if order["_status"] == wanted:
        return
    order["_status"] = wanted
    told = {"Confirmed": "OrderConfirmedEvent", "Cancelled": "OrderCancelledEvent"}
    told |= {"Delivered": "OrderDeliveredEvent", "PartlyDelivered": "OrderPartlyDeliveredEvent"}
    if wanted in told:
        emit(told[wanted], order_event(order))


def order_event(order: Json) -> Json:
    person = (order["ShipTo"] or {}).get("Person") or {}
    return {
        "OrderId": order["_id"],
        "OrderNo": str(order["_id"]),
        "ClientOrderRef": order["ClientOrderRef"],
        "CellPhone": person.get("CellPhone"),
        "FirstName": person.get("FirstName"),
        "LastName": person.get("LastName"),
        "Source": order["Source"],
    }


def delivery_note(store: Store, body: Json, emit: Emit) -> None:
    """Two notes of one number are one; the goods leave the shelf when the ERP says so, by ImportOnhands."""
    number = str(pick(body, "OrderNo") or "")
    order = next((one for one in store.orders.values() if str(one["_id"]) == number), None)
    if order is None:
        raise Refused(f"Order {number} not found")
    note = str(pick(body, "NoteNo") or "")
    if not note:
        raise Refused("NoteNo is required")
    if note in store.notes:
        raise Refused(f"Delivery note {note} exists already")
    lines = {str(line["LineNo"]): line for line in order["Items"]}
    for item in pick(body, "DeliveryNoteItems") or []:
        line = lines.get(str(pick(item, "RowNumber")))
        if line is None:
            raise Refused(f"Row {pick(item, 'RowNumber')} not found")
        if Decimal(str(pick(item, "Qty") or 0)) > Decimal(str(line.get("Quantity2") or line["Quantity"])):
            raise Refused(f"Row {pick(item, 'RowNumber')}: more than was ordered")
    store.notes[note] = {
        "NoteNo": note,
        "OrderNo": number,
        "DeliveryDate": pick(body, "DeliveryDate"),
        "DeliveryMode": pick(body, "DeliveryMode"),
        "NoteText": pick(body, "NoteText"),
        "DeliveryNoteItems": pick(body, "DeliveryNoteItems") or [],
        "DeliveryNotePackages": pick(body, "DeliveryNotePackages") or [],
        "_updated": store.stamp(),
    }
    order["_updated"] = store.stamp()


def invoice(store: Store, body: Json, emit: Emit) -> None:
    """Captures the money at the PSP, unless that is suppressed. No last-invoice mark counts as the last."""
    order = _order(store, body)
    _new_invoice(store, body, order)
    row = store.invoices[str(pick(body, "InvoiceNo"))]
    if not pick(body, "SuppressPspCall"):
        row["IsCaptured"] = True
        order["_captured"] += row["TotalAmount"]
        emit(
            "InvoiceCaptureCompleted",
            {"CapturedInvoiceId": store.next_id("capture", 90001), "State": "Captured"},
        )
    last = pick(body, "IsLastInvoiceForOrder")
    if last is None or last is True:
        set_status(store, order, "Invoiced", emit)


def credit(store: Store, body: Json, emit: Emit) -> None:
    order = _order(store, body)
    credited = store.invoices.get(str(pick(body, "CreditedInvoiceNo") or ""))
    if credited is None or credited["ClientOrderRef"] != order["ClientOrderRef"]:
        raise Refused("CreditedInvoiceNo is not an invoice of this order")
    amount = abs(_amount(pick(body, "TotalAmount")))
    earlier = [
        row["TotalAmount"]
        for row in store.invoices.values()
        if row["CreditedInvoiceNo"] == credited["InvoiceNo"]
    ]
    if amount + sum(earlier, Decimal(0)) > credited["TotalAmount"]:
        raise Refused("The amount is above what was invoiced")
    _new_invoice(store, body, order)


def cancel(store: Store, body: Json, emit: Emit) -> None:
    order = _order(store, body)
    if order["_status"] in ("Delivered", "Invoiced"):
        raise Refused("A delivered or invoiced order cannot be cancelled")
    set_status(store, order, "Cancelled", emit)


def _new_invoice(store: Store, body: Json, order: Json) -> None:
    number = str(pick(body, "InvoiceNo") or "")
    if not number:
        raise Refused("InvoiceNo is required")
    if number in store.invoices:
        raise Refused(f"Invoice {number} exists already")
    items = pick(body, "Items") or []
    if not items:
        raise Refused("Items are required")
    total = _amount(pick(body, "TotalAmount"))
    store.invoices[number] = {
        "InvoiceNo": number,
        "ClientOrderRef": order["ClientOrderRef"],
        "ErpOrderNo": pick(body, "ErpOrderNo"),
        "InvoiceDate": pick(body, "InvoiceDate"),
        "CurrencyCode": pick(body, "CurrencyCode"),
        "TotalAmount": total,
        "Vat": _amount(pick(body, "Vat")),
        "CreditedInvoiceNo": pick(body, "CreditedInvoiceNo"),
        "IsCaptured": False,
        "Items": items,
        "_updated": store.stamp(),
    }
    order["_updated"] = store.stamp()


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        raise Refused(f"{value!r} is no amount") from None


def _order(store: Store, body: Json) -> Json:
    """`ClientOrderRef` is text in the order and a number here."""
    ref = pick(body, "ClientOrderRef")
    if not isinstance(ref, int) or isinstance(ref, bool):
        raise Refused("ClientOrderRef is no number")
    order = store.orders.get(str(ref))
    if order is None:
        raise Refused(f"Order {ref} not found")
    return order


def _status_name(value: Any) -> str:
    if isinstance(value, int) and 0 <= value < len(ORDER_STATUSES):
        return ORDER_STATUSES[value]
    if isinstance(value, str) and value in ORDER_STATUSES:
        return value
    raise Refused(f"OrderStatus {value!r} is unknown")


CALLS = {
    "Order/SendOrderStatus": status,
    "Order/CreateDeliveryNote": delivery_note,
    "Order/CreateInvoice": invoice,
    "Order/CreditPayment": credit,
    "Order/CancelOrder": cancel,
}
