"""What all writes to an order share: the order as it stands, its comments, its documents, the results.

Magento knows no idempotency: everything is looked for before it is written. All calls of one order go one after the
other, since parallel documents lose quantities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, Rejected
from ecomsync.common.money import ZERO, to_decimal
from platforms.base import result_from_error
from platforms.magento2.client import MageClient
from platforms.magento2.criteria import Criteria, read_time
from platforms.magento2.errors import plain_text
from platforms.types import Outcome, PushResult

LANE = "orders"
#: How far the shop's clock may be behind ours when a comment's age is judged.
CLOCK_TOLERANCE = timedelta(minutes=10)
FINAL_STATES = ("complete", "closed", "canceled")


class OrderDesk:
    """One shop's orders, read and commented."""

    def __init__(self, client: MageClient) -> None:
        self.client = client

    def order(self, order_id: str) -> dict[str, Any]:
        """The order as it stands. Raises Rejected, NotFound."""
        if not order_id.isdigit():
            raise Rejected(
                f"'{order_id}' is not the id of an order in this shop.",
                code="bad_id",
                cure="Read the order again from the shop.",
            )
        return self.client.record(f"orders/{order_id}", lane=LANE)

    def documents(self, route: str, order_id: str) -> list[dict[str, Any]]:
        """Invoices, shipments or credit memos of an order, oldest first."""
        criteria = Criteria().where("order_id", order_id)
        return list(self.client.pages(route, criteria, lane=LANE))

    def comment(
        self,
        order: Mapping[str, Any],
        text: str,
        *,
        status: str = "",
        notify: bool = False,
        visible: bool = False,
        since: datetime | None = None,
    ) -> bool:
        """Add a comment, and with it perhaps a status, unless the order has just this one. Returns whether it was
        written.

        since: a comment from before that was not written by this message, however alike it is.
        """
        present = str(order.get("status") or "")
        if (not text or self.has_comment(order, text, since)) and status in ("", present):
            return False
        history = {
            "comment": "" if self.has_comment(order, text, since) else text,
            "status": status or present,
            "is_customer_notified": int(notify),
            "is_visible_on_front": int(visible),
        }
        self.client.post(f"orders/{order['entity_id']}/comments", {"statusHistory": history}, lane=LANE)
        return True

    @staticmethod
    def has_comment(order: Mapping[str, Any], text: str, since: datetime | None) -> bool:
        wanted = plain_text(text)
        for entry in order.get("status_histories") or ():
            if not isinstance(entry, Mapping) or plain_text(str(entry.get("comment") or "")) != wanted:
                continue
            made = read_time(entry.get("created_at"))
            if since is None or made is None or made >= since - CLOCK_TOLERANCE:
                return True
        return False


def items_of(order: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Order items by id."""
    return {
        str(row.get("item_id")): row
        for row in order.get("items") or ()
        if isinstance(row, dict) and row.get("item_id")
    }


def number(row: Mapping[str, Any], name: str) -> Decimal:
    try:
        return to_decimal(row.get(name))
    except ValueError:
        return ZERO


def open_to_ship(row: Mapping[str, Any]) -> Decimal:
    """Pieces of an item that have not left, went back to nobody and are goods at all."""
    if str(row.get("is_virtual") or "0") not in ("0", "False", ""):
        return ZERO
    left = number(row, "qty_ordered") - number(row, "qty_shipped") - number(row, "qty_canceled")
    return max(ZERO, left - number(row, "qty_refunded"))


def open_to_invoice(row: Mapping[str, Any]) -> Decimal:
    left = number(row, "qty_ordered") - number(row, "qty_invoiced") - number(row, "qty_canceled")
    return max(ZERO, left)


def top_items(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Items that are nobody's child."""
    items = items_of(order)
    return [row for row in items.values() if str(row.get("parent_item_id") or "") not in items]


def done(key: str, order_id: str, changed: bool, *, warning: str = "", **data: Any) -> PushResult:
    outcome = Outcome.OK if changed else Outcome.UNCHANGED
    return PushResult(key, outcome, remote_id=order_id, warning=warning, data=data)


def refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)


def id_in(answer: Any) -> str:
    """Documents answer with their id as a number or as text."""
    return str(answer) if isinstance(answer, int | str) and not isinstance(answer, bool) else ""
