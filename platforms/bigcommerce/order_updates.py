"""What goes back to an order: status, notes, shipments, invoice link, capture.

Lines and amounts are never sent: BigCommerce would clear the discounts of changed lines. Orders are never archived. Each
write looks first, so that a repetition after a lost answer does nothing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound, PermanentError, Rejected
from ecomsync.common.money import to_decimal
from platforms.base import result_from_error
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.mapping_orders import ORDER_STATUSES
from platforms.bigcommerce.payloads import moment_of
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, PushResult, ShipmentNotice, StatusNotice

LANE = "orders"
NAMESPACE = "ecomsync"
MAX_NOTES, MAX_TRACKING, MAX_LINK = 65_535, 50, 500
#: How far the store's clock may be behind ours when the age of a shipment is judged.
CLOCK_TOLERANCE = timedelta(minutes=10)
_MARK = re.compile(r"\[ecomsync:[0-9a-f]{10}\]")
_ACTION_STATUS = {"complete": "10", "cancel": "5"}
_NUMBERS = {number for number, _ in ORDER_STATUSES}
_FIELDS = {
    InvoiceKind.INVOICE: ("invoice_number", "invoice_url"),
    InvoiceKind.CREDIT_NOTE: ("credit_note_number", "credit_note_url"),
}
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
_UNHEARD = "BigCommerce sends the buyer no comments; it stands in the staff notes."
#: Metadata of a status that has a field of its own on the order: the ERP's number.
_ORDER_FIELDS = {"_erp_order_no": "external_order_id"}


class OrderUpdater:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Set the status and add our note in one call; our data goes to metafields. UNCHANGED when all is there."""
        status = notice.status or _ACTION_STATUS.get(notice.action, "")
        if not status and not notice.metadata and not notice.comment:
            return _rejected(
                notice.key, notice.order_remote_id, "no_status", "No status is given.", "Map the status."
            )
        try:
            _known_status(status)
            order = self._order(notice.order_remote_id)
            changed = self._change(order, _wanted(order, status, notice.comment, notice.metadata))
            rest = {key: value for key, value in notice.metadata.items() if key not in _ORDER_FIELDS}
            changed |= self._keep_fields(order, rest)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        done = _done(notice.key, notice.order_remote_id, changed, status=status)
        unheard = bool(notice.comment) and notice.notify_customer
        return replace(done, warning=_UNHEARD) if unheard else done

    def _order(self, order_id: str) -> dict[str, Any]:
        if not order_id.isdigit():
            raise Rejected(
                f"'{order_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
            )
        return self._client.get(f"v2/orders/{order_id}", lane=LANE).record()

    def _change(self, order: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
        if not body:
            return False
        answer = self._client.put(f"v2/orders/{order['id']}", body, lane=LANE).record()
        if "status_id" in body and answer.get("status_id") != body["status_id"]:
            raise Rejected(
                f"The store made the status {answer.get('status_id')} although {body['status_id']} was sent.",
                code="status_not_kept",
                cure="An app of the store changes statuses; choose another status in 'Update Order Status'.",
            )
        return True

    def _keep_fields(self, order: Mapping[str, Any], values: Mapping[str, str]) -> bool:
        """Metafields of our namespace; those that say the same already are left alone."""
        if not values:
            return False
        route = f"v3/orders/{order['id']}/metafields"
        rows = self._client.pages_v3(route, [("namespace", NAMESPACE)], lane=LANE)
        present = {str(row.get("key")): row for row in rows}
        changed = False
        for key, value in values.items():
            known = present.get(key[:64])
            if known is not None and str(known.get("value")) == value:
                continue
            body = {"permission_set": "read", "namespace": NAMESPACE, "key": key[:64], "value": value}
            if known is not None:
                self._client.put(f"{route}/{known['id']}", body, lane=LANE)
            elif value:
                self._client.post(route, body, lane=LANE)
            changed = True
        return changed

    # -- shipment -----------------------------------------------------------
    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        """One shipment per address with its lines; then the status, unless the store has moved it by itself."""
        try:
            order = self._order(notice.order_remote_id)
            number = str(order["id"])
            lines = list(self._client.pages_v2(f"v2/orders/{number}/products", lane=LANE))
            present = list(self._client.pages_v2(f"v2/orders/{number}/shipments", lane=LANE))
            groups = _groups(notice, lines)
            changed = False
            for address_id, items in groups.items():
                if not _is_there(present, address_id, items, notice) and _is_left(items, lines, notice):
                    body = _shipment_body(address_id, items, notice)
                    self._client.post(f"v2/orders/{number}/shipments", body, lane=LANE)
                    changed = True
            if groups and self._client.options.capture_on_shipment:
                changed |= self._capture(order)
            if notice.status:
                _known_status(notice.status)
                order = self._order(number) if changed else order
                changed |= self._change(order, _wanted(order, notice.status, "", {}))
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed)

    def _capture(self, order: Mapping[str, Any]) -> bool:
        """Take the money that is only held, also where an earlier try got no further than the shipment. It happens a while
        later; the order tells how it went. Whether anything was done."""
        if order.get("payment_status") != "authorized":
            return False
        self._client.post(f"v3/orders/{order['id']}/payment_actions/capture", {}, lane=LANE)
        return True

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The document's number and link as metafields, and in the staff notes. BigCommerce keeps no files."""
        number_key, url_key = _FIELDS[notice.kind]
        values = {number_key: notice.number, **({url_key: notice.url} if notice.url else {})}
        comment = notice.comment or f"{_TITLES[notice.kind]} {notice.number}:"
        text = " ".join(part for part in (comment, notice.url) if part)
        try:
            order = self._order(notice.order_remote_id)
            changed = self._keep_fields(order, values)
            changed |= self._change(order, _wanted(order, "", text, {}))
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed)


def _known_status(status: str) -> None:
    if status and status not in _NUMBERS:
        raise Rejected(
            f"BigCommerce has no order status '{status}'.",
            code="unknown_status",
            cure="Choose the number of a status in 'Update Order Status' of the site: 10 is Completed, 2 Shipped, 5 Cancelled.",
        )


def _wanted(order: Mapping[str, Any], status: str, note: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """What of the order is to be changed; nothing that it shows already. A note is added to the staff notes once."""
    body: dict[str, Any] = {}
    if status and str(order.get("status_id")) != status:
        body["status_id"] = int(status)
    present = str(order.get("staff_notes") or "")
    if note and f"\n{note}\n" not in f"\n{present}\n":
        body["staff_notes"] = f"{present}\n{note}".strip()[-MAX_NOTES:]
    for key, name in _ORDER_FIELDS.items():
        if metadata.get(key) and str(order.get(name) or "") != metadata[key]:
            body[name] = metadata[key]
    return body


# ---------------------------------------------------------------- shipments

Items = dict[int, int]


def _groups(notice: ShipmentNotice, lines: Sequence[Mapping[str, Any]]) -> dict[int, Items]:
    """Quantities by line, by address. Without lines in the notice: all that has not left yet, or, when all has left,
    all of it, so that a repetition finds what it made. Raises Rejected for a line that the order does not have."""
    goods = {str(line.get("id")): line for line in lines if int(line.get("order_address_id") or 0)}
    wanted: dict[str, int] = {}
    if notice.lines:
        for line_id, pieces in notice.lines:
            if line_id not in goods:
                raise Rejected(
                    f"The order has no line {line_id} that can be shipped.",
                    code="unknown_line",
                    cure="Read the order again from the store and correct the delivery.",
                )
            wanted[line_id] = wanted.get(line_id, 0) + int(pieces)
    else:
        waiting = {line_id: _left(line) for line_id, line in goods.items()}
        everything = {line_id: int(to_decimal(line.get("quantity"))) for line_id, line in goods.items()}
        wanted = waiting if any(waiting.values()) else everything
    found: dict[int, Items] = {}
    for line_id, quantity in wanted.items():
        if quantity > 0:
            address = int(goods[line_id]["order_address_id"])
            found.setdefault(address, {})[int(line_id)] = quantity
    return found


def _is_left(items: Items, lines: Sequence[Mapping[str, Any]], notice: ShipmentNotice) -> bool:
    """False where all was to leave and has left, with no number of ours to add: there is nothing to do. Else the store
    decides."""
    if notice.lines or _tracking_number(notice):
        return True
    left = {int(line["id"]): _left(line) for line in lines}
    return any(left.get(number, 0) > 0 for number in items)


def _left(line: Mapping[str, Any]) -> int:
    return int(to_decimal(line.get("quantity")) - to_decimal(line.get("quantity_shipped")))


def _is_there(
    present: Sequence[Mapping[str, Any]], address_id: int, items: Items, notice: ShipmentNotice
) -> bool:
    """Whether the order has just this shipment: same address, and our mark where it has no number; of one without a mark
    the same lines and tracking number, and not from before the first try. Without lines in the notice any shipment with
    the number counts, whatever lines had left by then."""
    number, mark = _tracking_number(notice), _mark_of(notice.key)
    for row in present:
        if int(row.get("order_address_id") or 0) != address_id:
            continue
        marks = _MARK.findall(str(row.get("comments") or ""))
        if mark in marks:
            return True
        if marks or str(row.get("tracking_number") or "") != number:
            continue
        if _is_older(row, notice.tried_since):
            continue
        shown = {int(i["order_product_id"]): int(i["quantity"]) for i in row.get("items") or ()}
        if shown == items or (not notice.lines and number):
            return True
    return False


def _is_older(row: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether a shipment stood there before `since`; one without a readable time counts as ours."""
    if since is None:
        return False
    try:
        made = moment_of(row.get("date_created"))
    except ValueError:
        return False
    return made is not None and made < since - CLOCK_TOLERANCE


def _mark_of(key: str) -> str:
    """Tells shipments without a number apart, such as two of one piece each that leave within minutes."""
    return f"[ecomsync:{hashlib.sha256(key.encode()).hexdigest()[:10]}]"


def _tracking_number(notice: ShipmentNotice) -> str:
    return notice.parcels[0].number[:MAX_TRACKING] if notice.parcels else ""


def _shipment_body(address_id: int, items: Items, notice: ShipmentNotice) -> dict[str, Any]:
    """The first parcel is the shipment's own; the others stand in the comments, since a shipment has one number."""
    others = [" ".join(filter(None, (p.number, p.url))) for p in notice.parcels[1:]]
    mark = "" if _tracking_number(notice) else _mark_of(notice.key)
    body: dict[str, Any] = {
        "order_address_id": address_id,
        "items": [{"order_product_id": line, "quantity": quantity} for line, quantity in items.items()],
        "tracking_number": _tracking_number(notice),
        "comments": "\n".join(filter(None, (notice.comment, *others, mark))),
    }
    if notice.carrier:
        body["shipping_method"] = notice.carrier
        body["tracking_carrier"] = _slug(notice.carrier)
    if notice.parcels and notice.parcels[0].url:
        body["tracking_link"] = notice.parcels[0].url[:MAX_LINK]
    return body


def _slug(carrier: str) -> str:
    """As AfterShip writes carriers: `DHL Express` is `dhl-express`."""
    return "-".join("".join(c if c.isalnum() else " " for c in carrier.lower()).split())


# ---------------------------------------------------------------- results


def _done(key: str, order_id: str, changed: bool, **data: Any) -> PushResult:
    return PushResult(key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data=data)


def _refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    found = replace(result_from_error(key, error), remote_id=order_id)
    gone = isinstance(error, NotFound)
    return (
        replace(found, cure="The order is not in the store: read it again.")
        if gone and not found.cure
        else found
    )


def _rejected(key: str, order_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=order_id)
