"""What goes back to an order. Each write looks first, so that a repetition after a lost answer does nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.base import result_from_error
from platforms.custom.client import CustomClient
from platforms.custom.expressions import ExpressionError
from platforms.custom.operations import Operation
from platforms.custom.orders import LANE, OrderReader
from platforms.custom.settings import bad_option
from platforms.custom.templates import holds
from platforms.types import (
    InvoiceNotice,
    Outcome,
    PushResult,
    RefundNotice,
    RemoteOrder,
    ShipmentNotice,
    StatusNotice,
)

_BY_ACTION = {"complete": "complete_order", "cancel": "cancel_order"}


class OrderUpdater:
    def __init__(self, client: CustomClient, orders: OrderReader, need: Callable[[str], Operation]) -> None:
        self._client = client
        self._orders = orders
        self._need = need

    def push_status(self, notice: StatusNotice) -> PushResult:
        name = _BY_ACTION.get(notice.action, "")
        operation = self._client.settings.operation(name) if name else None
        if operation is None and not notice.status:
            return self._note(notice)
        operation = operation or self._need("push_status")
        known = dict(self._client.settings.status_titles)
        if notice.status and known and notice.status not in known:
            return _refused(
                notice.key,
                notice.order_remote_id,
                "unknown_status",
                f"The shop has no status '{notice.status}'.",
                "Choose one of the 'Statuses of orders' in 'Update Order Status', or add it to the platform options.",
            )
        return self._write(
            operation, notice, lambda order: bool(notice.status) and order.status == notice.status, {}
        )

    def _note(self, notice: StatusNotice) -> PushResult:
        """A comment or our number alone. A shop without an operation for it loses nothing that it would show."""
        operation = self._client.settings.operation("push_note")
        if operation is None:
            return PushResult(notice.key, Outcome.UNCHANGED, remote_id=notice.order_remote_id)
        return self._write(operation, notice, lambda order: False, {})

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        def is_told(order: RemoteOrder) -> bool:
            numbers = {number for shipment in order.shipments for number in shipment.tracking_numbers}
            ours = [parcel.number for parcel in notice.parcels if parcel.number]
            if ours:
                return set(ours) <= numbers
            return bool(order.lines) and not open_lines(order, notice)

        def more(order: RemoteOrder) -> dict[str, Any]:
            first = notice.parcels[0] if notice.parcels else None
            return {
                "lines": open_lines(order, notice),
                "tracking_number": first.number if first else "",
                "tracking_url": first.url if first else "",
                "tracking_numbers": [parcel.number for parcel in notice.parcels],
            }

        return self._write(self._need("push_shipment"), notice, is_told, more)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._write(self._need("push_invoice"), notice, lambda order: False, {"pdf": None})

    def push_refund(self, notice: RefundNotice) -> PushResult:
        def is_made(order: RemoteOrder) -> bool:
            made = self._orders.returns_of(order.remote_id) if not order.returns else order.returns
            return any(one.our_key == notice.key for one in made)

        return self._write(self._need("push_refund"), notice, is_made, {})

    def _write(
        self,
        operation: Operation,
        notice: StatusNotice | ShipmentNotice | InvoiceNotice | RefundNotice,
        is_done: Callable[[RemoteOrder], bool],
        more: Mapping[str, Any] | Callable[[RemoteOrder], dict[str, Any]],
    ) -> PushResult:
        """Look at the order, then write. The operation's own `done` takes the place of our look where it is set."""
        remote_id = notice.order_remote_id
        try:
            raw = self._orders.raw(remote_id)
            order = self._orders.parse(raw)
            extra = more(order) if callable(more) else dict(more)
            context = {"id": remote_id, "order": raw, "notice": {**_plain(notice), **extra}}
            if self._holds(operation.done, context) if operation.done else is_done(order):
                return PushResult(notice.key, Outcome.UNCHANGED, remote_id=remote_id)
            self._client.run(operation, context, lane=LANE)
        except PermanentError as error:
            return result_from_error(notice.key, error)
        return PushResult(notice.key, Outcome.OK, remote_id=remote_id)

    def _holds(self, expression: str, context: Mapping[str, Any]) -> bool:
        try:
            return holds(expression, context, self._client.scope)
        except ExpressionError as error:
            raise bad_option("operations", str(error)) from error


def open_lines(order: RemoteOrder, notice: ShipmentNotice) -> list[dict[str, Any]]:
    """Lines and quantities that the notice ships; of all, those that have not left yet."""
    if notice.lines:
        return [{"line_id": line, "quantity": quantity} for line, quantity in notice.lines]
    left: dict[str, Decimal] = {line.remote_id: line.quantity for line in order.lines}
    for shipment in order.shipments:
        if not shipment.lines:
            return []
        for line, quantity in shipment.lines:
            if line in left:
                left[line] -= quantity
    return [{"line_id": line, "quantity": quantity} for line, quantity in left.items() if quantity > 0]


def _plain(notice: StatusNotice | ShipmentNotice | InvoiceNotice | RefundNotice) -> dict[str, Any]:
    """A notice as templates see it, without the bytes of a file."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(notice).items()
        if not isinstance(value, bytes)
    }


def _refused(key: str, remote_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=remote_id)
