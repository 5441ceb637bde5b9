"""What all calls about an order share: the order as it stands, its number for Connect, the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound, Rejected
from platforms.base import result_from_error
from platforms.norce.client import NorceClient, quoted
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import text
from platforms.norce.order_states import status_of
from platforms.norce.orders import LANE, OrderReader
from platforms.types import Outcome, PushResult

#: Under which the house passes on the number of its sales order.
ERP_NUMBER = "_erp_order_no"


class OrderDesk:
    def __init__(self, client: NorceClient, reader: OrderReader) -> None:
        self.client = client
        self._reader = reader

    def order(self, reference: str) -> dict[str, Any]:
        return self._reader.payload(reference)

    def records(self, entity: str, condition: str, *, expand: str = "") -> list[dict[str, Any]]:
        """Rows of a set beside the order; none where Query has no such set."""
        query = [("$filter", condition), *([("$expand", expand)] if expand else [])]
        try:
            return list(self.client.pages(f"Orders/{entity}", query, lane=LANE))
        except NotFound:
            return []

    def invoices(self, reference: str) -> list[dict[str, Any]]:
        return self.records("Invoices", f"ClientOrderRef eq {quoted(reference)}")

    def send_status(self, reference: str, status: str, *, erp_number: str = "") -> None:
        body: dict[str, Any] = {"ClientOrderRef": connect_number(reference), "OrderStatus": status}
        if erp_number:
            body["ErpOrderNo"] = erp_number
        if self.client.options.account_id:
            body["AccountId"] = self.client.options.account_id
        self.client.post_order("Order/SendOrderStatus", body)

    def status(self, order: Mapping[str, Any]) -> str:
        return status_of(order)


def connect_number(reference: str) -> int:
    """The reference is text in an order and a number in the calls back. Raises Rejected."""
    if not (reference.isascii() and reference.isdigit()):
        raise Rejected(
            f"The reference '{reference}' of the order is no number, and Connect takes numbers only.",
            code="bad_reference",
            cure="Ask Norce for numeric references of orders; change the order in Norce Admin until then.",
            platform=PLATFORM,
        )
    return int(reference)


def done(key: str, reference: str, changed: bool, *, warning: str = "", **data: Any) -> PushResult:
    outcome = Outcome.OK if changed else Outcome.UNCHANGED
    return PushResult(key, outcome, remote_id=reference, warning=warning, data=data)


def refused(key: str, reference: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=reference)


def order_no(order: Mapping[str, Any]) -> str:
    return text(order, "OrderNo", "Id")
