"""Statuses back to an order. Magento's states move by documents, not by being set: so completing ships and invoices,
cancelling cancels, holding holds, and any other status goes with a comment.

`POST orders` would save the whole order anew and can empty fields, so it is used for `ext_order_id` only where the site
asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.magento2.invoices import InvoiceWriter
from platforms.magento2.order_desk import (
    FINAL_STATES,
    LANE,
    OrderDesk,
    done,
    open_to_invoice,
    refused,
    top_items,
)
from platforms.magento2.shipments import ShipmentWriter
from platforms.magento2.shop import ORDER_STATUSES
from platforms.types import PushResult, StatusNotice

_ACTIONS = {"complete": "complete", "cancel": "canceled"}
#: Statuses that only a document or an action brings.
_BY_ACTION = ("complete", "closed", "canceled", "holded")


class StatusWriter:
    def __init__(self, desk: OrderDesk, invoices: InvoiceWriter, shipments: ShipmentWriter) -> None:
        self._desk = desk
        self._invoices = invoices
        self._shipments = shipments
        self._options = desk.client.options

    def push(self, notice: StatusNotice) -> PushResult:
        """UNCHANGED when all is there already. One call to look, one to write; completing may take two documents."""
        order_id = notice.order_remote_id
        status = notice.status or _ACTIONS.get(notice.action, "")
        text = self._text(notice)
        try:
            if status:
                self._refuse_unknown(status)
            order = self._desk.order(order_id)
            changed, warning = self._reach(order, status, notice.key)
            if changed:
                order = self._desk.order(order_id)
            with_status = status if status and status not in _BY_ACTION else ""
            if with_status and order.get("state") in FINAL_STATES and order.get("status") != with_status:
                raise _final(order, with_status)
            changed |= self._desk.comment(
                order,
                text,
                status=with_status,
                notify=notice.notify_customer and bool(notice.comment),
                visible=notice.notify_customer and bool(notice.comment),
                since=notice.tried_since,
            )
            changed |= self._number(order, notice.metadata)
        except PermanentError as error:
            return refused(notice.key, order_id, error)
        return done(notice.key, order_id, changed, warning=warning, status=status)

    def _text(self, notice: StatusNotice) -> str:
        """The comment, and the ERP's number where it goes into a comment and none is for the buyer's eyes."""
        numbers = ", ".join(value for value in notice.metadata.values() if value)
        if not numbers or self._options.erp_number != "comment" or notice.notify_customer:
            return notice.comment
        return "\n".join(filter(None, (notice.comment, f"ERP: {numbers}")))

    def _refuse_unknown(self, status: str) -> None:
        known = {code for code, _label in ORDER_STATUSES} | set(self._options.statuses)
        if status not in known:
            raise Rejected(
                f"The shop is not known to have a status '{status}'.",
                code="unknown_status",
                cure="Add its code to 'Statuses of the shop's own' in the options of the site, or map another status.",
            )

    # -- states ---------------------------------------------------------------
    def _reach(self, order: Mapping[str, Any], status: str, key: str) -> tuple[bool, str]:
        """Bring the order there, as far as it takes a document or an action. (whether anything was done, a warning)"""
        state = str(order.get("state") or "")
        if not status or order.get("status") == status:
            return False, ""
        if status == "canceled":
            return self._cancel(order, state), ""
        if status == "holded":
            return self._act(order, "hold", "The shop does not put the order on hold"), ""
        if status == "complete":
            return self._complete(order, state, key)
        if status == "closed":
            raise Rejected(
                "Magento closes an order only when all of it was refunded.",
                code="status_by_document",
                cure="Refund the order, or map another status.",
            )
        if state == "holded":
            return self._act(order, "unhold", "The shop does not release the order"), ""
        return False, ""

    def _cancel(self, order: Mapping[str, Any], state: str) -> bool:
        if state == "canceled":
            return False
        if state == "holded":
            self._act(order, "unhold", "The shop does not release the order")
        return self._act(order, "cancel", "The shop does not cancel the order")

    def _act(self, order: Mapping[str, Any], action: str, complaint: str) -> bool:
        """These routes answer `false` where the order is not in the state for it, with status 200."""
        if self._desk.client.post(f"orders/{order['entity_id']}/{action}", {}, lane=LANE) is True:
            return True
        raise Rejected(
            f"{complaint}: its state is '{order.get('state')}', and it may be invoiced or shipped already.",
            code=f"cannot_{action}",
            cure="What is invoiced or shipped is not cancelled but refunded: compare the order in the shop.",
        )

    def _complete(self, order: Mapping[str, Any], state: str, key: str) -> tuple[bool, str]:
        if state in FINAL_STATES:
            if state == "complete":
                return False, ""
            raise _final(order, "complete")
        changed = bool(self._invoices.make(order, notify=False))
        changed |= self._shipments.ship_rest(order, key)
        stays = self._options.invoice_in_shop == "none" and any(
            open_to_invoice(row) for row in top_items(order)
        )
        return changed, _NOT_INVOICED if stays else ""

    # -- the ERP's number -------------------------------------------------------
    def _number(self, order: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
        wanted = next((value for value in metadata.values() if value), "")
        if self._options.erp_number != "ext_order_id" or not wanted or order.get("ext_order_id") == wanted:
            return False
        entity = {
            "entity_id": order["entity_id"],
            "increment_id": order.get("increment_id"),
            "status": order.get("status"),
            "ext_order_id": wanted,
        }
        self._desk.client.post("orders", {"entity": entity}, lane=LANE)
        return True


_NOT_INVOICED = "The order stays open in the shop until it is invoiced there; 'Invoice in the shop' of the site is 'none'."


def _final(order: Mapping[str, Any], status: str) -> Rejected:
    return Rejected(
        f"The order is '{order.get('state')}' in the shop and cannot become '{status}' any more.",
        code="order_is_final",
        cure="Leave the order as it is in the shop, or map another status.",
    )
