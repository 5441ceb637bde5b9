"""What goes back to an order: status, notes, shipments, invoices. Each write looks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.money import to_decimal
from platforms.base import result_from_error
from platforms.salla.client import SallaClient
from platforms.salla.payloads import amount_of
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, PushResult, ShipmentNotice, StatusNotice

LANE = "orders"
MAX_LINK = 300
_LIGHT = (("format", "light"),)
#: Salla keeps no fields of others at an order: what we know of it stands in notes.
_LABELS = {"_erp_order_no": "ERP"}
_ACTION_STATUS = {"complete": "completed", "cancel": "canceled"}


class OrderUpdater:
    def __init__(self, client: SallaClient) -> None:
        self._client = client
        self._known: list[dict[str, Any]] | None = None

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Set the status with our comment, and note our numbers. Two calls, one for the list of statuses, and two for a
        note; UNCHANGED when all is there."""
        status = notice.status or _ACTION_STATUS.get(notice.action, "")
        try:
            order = self._order(notice.order_remote_id)
            changed = bool(status) and self._set(order, status, notice.comment)
            told = [notice.comment] if notice.comment and not changed else []
            told += [
                f"{_LABELS.get(name, name)}: {value}" for name, value in notice.metadata.items() if value
            ]
            if told:
                changed |= self._note(notice.order_remote_id, "\n".join(told))
            elif not status:
                raise Rejected("No status is given.", code="no_status", cure="Map the status.")
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed, status=status)

    def _order(self, order_id: str) -> dict[str, Any]:
        if not order_id.isdigit():
            raise Rejected(
                f"'{order_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
            )
        return self._client.get(f"orders/{order_id}", _LIGHT, lane=LANE).record()

    def _set(self, order: Mapping[str, Any], status: str, note: str) -> bool:
        row = self._status(status)
        present = order.get("status")
        present = present if isinstance(present, Mapping) else {}
        custom = present.get("customized")
        custom = custom if isinstance(custom, Mapping) else {}
        if row.get("type") == "custom":
            if str(custom.get("id")) == str(row.get("id")):
                return False
            body: dict[str, Any] = {"status_id": row.get("id")}
        else:
            if present.get("slug") == row.get("slug"):
                return False
            body = {"slug": row.get("slug")}
        if note:
            body["note"] = note
        self._client.post(f"orders/{order['id']}/status", body, lane=LANE)
        return True

    def _status(self, status: str) -> dict[str, Any]:
        """A built-in one by its slug, a custom one as `slug/number` or by its number. Raises Rejected."""
        if self._known is None:
            self._known = self._client.get("orders/statuses", lane=LANE).rows()
        number = status.rpartition("/")[2]
        for row in self._known:
            if number.isdigit() and str(row.get("id")) == number:
                return row
            if not number.isdigit() and row.get("slug") == status and row.get("type") == "original":
                return row
        raise Rejected(
            f"The store has no order status '{status}'.",
            code="unknown_status",
            cure="Choose a status of the store in 'Update Order Status' of the site; a custom one by its number.",
        )

    def _note(self, order_id: str, note: str) -> bool:
        """A note in the order's history, which buyers do not see; once."""
        route = f"orders/{order_id}/histories"
        if any(str(row.get("note") or "").strip() == note for row in self._client.pages(route, lane=LANE)):
            return False
        self._client.post(route, {"note": note}, lane=LANE)
        return True

    # -- shipment -----------------------------------------------------------
    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        """A shipment of ours is known by our key; it is made, gets its number, and then the order its status.

        Cost: one call for the order, one for its shipments, one or two for companies and lines, two to write.
        """
        try:
            order = self._order(notice.order_remote_id)
            changed = self._ship(order, notice)
            if notice.status:
                changed |= self._set(order, notice.status, notice.comment)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed)

    def _ship(self, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        of_order = [("order_id", notice.order_remote_id)]
        rows = [
            row for row in self._client.pages("shipments", of_order, lane=LANE) if row.get("type") != "return"
        ]
        number = notice.parcels[0].number if notice.parcels else ""
        ours = next((row for row in rows if str(row.get("external_id") or "") == notice.key), None)
        if ours is None and number:
            ours = next((row for row in rows if number in _numbers(row)), None)
        changed = False
        if ours is None:
            ours = self._client.post("shipments", self._shipment_body(order, notice), lane=LANE).record()
            changed = True
        if number and number not in _numbers(ours):
            self._client.put(f"shipments/{ours['id']}", _tracking_body(notice, number), lane=LANE)
            changed = True
        return changed

    def _shipment_body(self, order: Mapping[str, Any], notice: ShipmentNotice) -> dict[str, Any]:
        of_order = [("order_id", notice.order_remote_id)]
        lines = {
            str(row.get("id")): row for row in self._client.get("orders/items", of_order, lane=LANE).rows()
        }
        wanted = dict(notice.lines) or {
            number: to_decimal(row.get("quantity")) for number, row in lines.items()
        }
        unknown = [number for number in wanted if number not in lines]
        if unknown:
            raise Rejected(
                f"The order has no line {unknown[0]} that can be shipped.",
                code="unknown_line",
                cure="Read the order again from the store and correct the delivery.",
            )
        is_cod = order.get("payment_method") == "cod"
        body: dict[str, Any] = {
            "order_id": int(notice.order_remote_id),
            "courier_id": self._courier(notice.carrier),
            "shipment_type": "shipment",
            "payment_method": "cod" if is_cod else "pre_paid",
            "external_id": notice.key,
            "packages": [_package(lines[number], int(quantity)) for number, quantity in wanted.items()],
        }
        amounts = order.get("amounts")
        if is_cod and isinstance(amounts, Mapping):
            body["cash_on_delivery"] = amounts.get("total")
        address = (order.get("shipping") or {}).get("address")
        if isinstance(address, Mapping):
            body["ship_to"] = {
                name: address.get(name) for name in ("country", "city", "shipping_address", "postal_code") if address.get(name)
            }  # fmt: skip
        return body

    def _courier(self, carrier: str) -> int:
        """The company of this name, else the one of the option, else the first that is handled by hand."""
        rows = self._client.get("shipping/companies", lane=LANE).rows()
        wanted = carrier.strip().casefold()
        for row in rows:
            if wanted and wanted in (str(row.get("name")).casefold(), str(row.get("slug") or "").casefold()):
                return int(row["id"])
        if self._client.options.courier_id is not None:
            return self._client.options.courier_id
        for row in rows:
            if row.get("activation_type") == "manual":
                return int(row["id"])
        raise Rejected(
            f"The store has no shipping company '{carrier}'.",
            code="no_courier",
            cure="Activate a shipping company in the store, or set 'Courier of shipments' of the site.",
        )

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The tax invoice of the ERP by its address; the store's setting for invoices must be 'custom'."""
        try:
            if notice.kind is InvoiceKind.CREDIT_NOTE:
                raise Rejected(
                    "Salla takes tax invoices only, and no credit notes.",
                    code="unsupported",
                    cure="Switch credit notes off in what goes back to this site.",
                )
            of_order = [("order_id", notice.order_remote_id)]
            order = self._order(notice.order_remote_id)
            for row in self._client.pages("orders/invoices", of_order, lane=LANE):
                if str(row.get("invoice_number")) == notice.number:
                    return _done(notice.key, notice.order_remote_id, False)
            self._client.post("orders/invoices", _invoice_body(order, notice), lane=LANE)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, _with_setting(error))
        return _done(notice.key, notice.order_remote_id, True)


def _with_setting(error: PermanentError) -> PermanentError:
    fields = error.details.get("fields")
    if isinstance(fields, Mapping) and "data_type" in fields:
        error.cure = "Set the invoices of the store to 'custom' in its settings, then send the invoice again."
    return error


def _invoice_body(order: Mapping[str, Any], notice: InvoiceNotice) -> dict[str, Any]:
    if not notice.url:
        raise Rejected(
            "The invoice has no public address.",
            code="no_url",
            cure="Give this installation a public address, so that invoices can be linked.",
        )
    amounts = order.get("amounts")
    amounts = amounts if isinstance(amounts, Mapping) else {}
    tax = amounts.get("tax")
    tax = tax if isinstance(tax, Mapping) else {}
    return {
        "order_id": int(notice.order_remote_id),
        "type": "tax_invoice",
        "data_type": "url",
        "url": notice.url,
        "invoice_number": notice.number,
        "sub_total": float(amount_of(amounts.get("sub_total"))),
        "shipping_cost": float(amount_of(amounts.get("shipping_cost"))),
        "cash_on_delivery_cost": float(amount_of(amounts.get("cash_on_delivery"))),
        "tax": float(to_decimal(tax.get("percent"))),
        "tax_value": float(amount_of(tax.get("amount"))),
        "total": float(amount_of(amounts.get("total"))),
    }


def _package(line: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    amounts = line.get("amounts")
    price = amounts.get("price_without_tax") if isinstance(amounts, Mapping) else None
    return {
        "item_id": line.get("id"),
        "name": line.get("name"),
        "sku": line.get("sku"),
        "price": price,
        "quantity": quantity,
        "weight": {"value": line.get("weight") or 0, "units": "kg"},
    }


def _tracking_body(notice: ShipmentNotice, number: str) -> dict[str, Any]:
    body: dict[str, Any] = {"shipment_number": number, "tracking_number": number, "status": "shipped"}
    if notice.parcels[0].url:
        body["tracking_link"] = notice.parcels[0].url[:MAX_LINK]
    if notice.carrier:
        body["external_company_name"] = notice.carrier
    others = [" ".join(filter(None, (p.number, p.url))) for p in notice.parcels[1:]]
    text = "; ".join(filter(None, (notice.comment, *others)))
    return {**body, "status_note": text} if text else body


def _numbers(row: Mapping[str, Any]) -> set[str]:
    return {str(row.get(name)) for name in ("shipping_number", "tracking_number") if row.get(name)}


def _done(key: str, order_id: str, changed: bool, **data: Any) -> PushResult:
    return PushResult(key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data=data)


def _refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)
