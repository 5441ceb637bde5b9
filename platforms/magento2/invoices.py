"""Invoices: one in Magento where the site wants it, and a comment with the link to the ERP's document.

Magento keeps no files of orders and has no document of ours: the link stands in a comment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.magento2.order_desk import LANE, OrderDesk, done, id_in, open_to_invoice, refused, top_items
from platforms.types import InvoiceKind, InvoiceNotice, PushResult

_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}


class InvoiceWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self._options = desk.client.options

    def push(self, notice: InvoiceNotice) -> PushResult:
        """Two calls, and one more where the site has invoices made in the shop."""
        text = notice.comment or f"{_TITLES[notice.kind]} {notice.number}:"
        text = " ".join(part for part in (text, notice.url) if part)
        try:
            order = self._desk.order(notice.order_remote_id)
            made = ""
            if notice.kind is InvoiceKind.INVOICE:
                made = self.make(order, notify=notice.notify_customer)
            changed = bool(made)
            if made:  # the order has another state now, and a comment names the status
                order = self._desk.order(notice.order_remote_id)
            if notice.url or notice.comment:
                visible = self._options.link_visible
                changed |= self._desk.comment(
                    order,
                    text,
                    notify=notice.notify_customer and visible,
                    visible=visible,
                    since=notice.tried_since,
                )
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed, invoice_id=made)

    def make(self, order: Mapping[str, Any], *, notify: bool) -> str:
        """The invoice of what is not invoiced yet, where the site wants one; its id, or "" when none was made."""
        mode = self._options.invoice_in_shop
        if mode == "none" or not any(open_to_invoice(row) for row in top_items(order)):
            return ""
        body = {"capture": mode == "capture", "notify": notify}
        try:
            return id_in(self._desk.client.post(f"order/{order['entity_id']}/invoice", body, lane=LANE))
        except Rejected:
            # Refused because somebody else was quicker is done; anything else is told.
            fresh = self._desk.order(str(order["entity_id"]))
            if any(open_to_invoice(row) for row in top_items(fresh)):
                raise
            return ""
