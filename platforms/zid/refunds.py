"""Refunds back to the store: a reverse order takes the goods back and writes the credit note; money goes back apart.

Zid lists no reverse orders, so the reason bears our key and the order's credit notes are looked through first. Pieces that
came back already are never taken back again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO
from platforms.base import result_from_error
from platforms.types import Outcome, PushResult, RefundNotice, RemoteOrder
from platforms.zid.client import ZidClient
from platforms.zid.errors import PLATFORM
from platforms.zid.locations import LocationBook
from platforms.zid.mapping_orders import location_with_dashes, order_from_json
from platforms.zid.mapping_prices import number
from platforms.zid.mapping_returns import reason_with_key
from platforms.zid.orders import OrderReader

LANE = "orders"
ROUTE = "/v1/managers/store/reverse-orders"


class RefundPusher:
    def __init__(self, client: ZidClient, orders: OrderReader, locations: LocationBook) -> None:
        self._client = client
        self._orders = orders
        self._locations = locations

    def push(self, notice: RefundNotice) -> PushResult:
        """Cost: two calls to look, one or two for the reason, one to take the goods back, one to pay."""
        order_id = notice.order_remote_id
        try:
            payload = self._orders.view(order_id)
            payload = {**payload, "credit_notes": self._orders.credit_notes(order_id)}
            order = order_from_json(payload, self._client.options)
            known = next((entry for entry in order.returns if entry.our_key == notice.key), None)
            if known is not None:
                return PushResult(
                    notice.key, Outcome.UNCHANGED, remote_id=order_id, data={"refund_id": known.remote_id}
                )
            wanted = _pieces(notice, order)
            made = self._client.post(ROUTE, self._body(notice, payload, wanted), lane=LANE)
            reverse_id = str(made.record("order_reverse").get("id", ""))
        except PermanentError as error:
            return replace(result_from_error(notice.key, error), remote_id=order_id)
        warning = self._pay(notice, reverse_id) if notice.pay_back else ""
        return PushResult(
            notice.key, Outcome.OK, remote_id=order_id, warning=warning, data={"refund_id": reverse_id}
        )

    def _body(
        self, notice: RefundNotice, order: Mapping[str, Any], wanted: Mapping[str, int]
    ) -> dict[str, Any]:
        who = order.get("customer") or {}
        address = (order.get("shipping") or {}).get("address") or {}
        location = location_with_dashes(str((order.get("inventory_address") or {}).get("id") or ""))
        return {
            "order_id": order["id"],
            "consignee_name": str(who.get("name") or ""),
            "consignee_mobile": str(who.get("mobile") or ""),
            "consignee_city_id": (address.get("city") or {}).get("id"),
            "consignee_address_1": str(address.get("street") or address.get("formatted_address") or ""),
            "consignee_address_2": str(address.get("district") or ""),
            "inventory_location_id": location or self._locations.default(),
            "reason": [{"id": self._reason_id(), "name": reason_with_key(notice.reason, notice.key)}],
            "is_partial": True,
            "products": [
                {"order_product_id": int(line), "quantity": pieces} for line, pieces in wanted.items()
            ],
            "refund_payment_method": self._client.options.refund_method,
            "packages_count": 1,
            "shipping_method": None,
        }

    def _reason_id(self) -> Any:
        rows = self._client.get(f"{ROUTE}/reasons", lane=LANE).rows("order_reverse_reasons")
        if rows:
            return rows[0].get("id")
        made = self._client.post(f"{ROUTE}/reasons", {"name": "Returned by the buyer"}, lane=LANE)
        return made.record("order_reverse_reason").get("id")

    def _pay(self, notice: RefundNotice, reverse_id: str) -> str:
        """What staff should know; the goods are back whatever becomes of the money."""
        body = {
            "order_reverse_id": int(reverse_id) if reverse_id.isdigit() else reverse_id,
            "amount": number(notice.amount),
            "payment_method": self._client.options.refund_method,
            "notes": reason_with_key(notice.reason, notice.key),
        }
        try:
            self._client.post(f"{ROUTE}/refund", body, lane=LANE)
        except PermanentError as error:
            return f"The goods were taken back, and the money was not: {error.message}"
        return ""


def _pieces(notice: RefundNotice, order: RemoteOrder) -> dict[str, int]:
    """Pieces by line. Raises Rejected for what the order does not have or what came back already."""
    sold = {line.remote_id: line for line in order.lines}
    back: dict[str, Decimal] = {}
    for entry in order.returns:
        for given in entry.lines:
            back[given.order_line_id] = back.get(given.order_line_id, ZERO) + given.quantity
    wanted: dict[str, int] = {}
    for line in notice.lines:
        if line.kind != "line" or line.quantity < 1:
            continue
        known = sold.get(line.order_line_id)
        if known is None:
            raise _no_goods(f"The order has no line {line.order_line_id} that can come back.")
        pieces = wanted.get(line.order_line_id, 0) + int(line.quantity)
        if pieces > known.quantity - back.get(line.order_line_id, ZERO):
            raise _no_goods(f"Of line {line.order_line_id} fewer pieces are left than are to come back.")
        wanted[line.order_line_id] = pieces
    if not wanted:
        raise _no_goods("Zid takes goods back and no bare amounts.")
    worth = sum((_worth(sold[number_], pieces) for number_, pieces in wanted.items()), ZERO)
    if notice.amount > worth + Decimal("0.05"):
        raise _no_goods(f"The refund of {notice.amount} is more than its goods are worth ({worth:.2f}).")
    return wanted


def _worth(line: Any, pieces: int) -> Decimal:
    paid: Decimal = line.net + line.tax
    return paid * pieces / line.quantity if line.quantity else ZERO


def _no_goods(message: str) -> Rejected:
    return Rejected(
        message,
        code="not_refundable",
        cure="Refund this in Zid's dashboard, or correct the lines of the return.",
        platform=PLATFORM,
    )
