"""Orders and refunds of the shop against the documents made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from erp.models import SalesOrder, StockReservation
from erp.models.stock import ReservationState
from erp.states import SalesOrderState
from orders.models import Order, ReturnOrder
from orders.reasons import FLAG_CODES
from orders.services.chain import owed_by
from orders.states import OrderState
from sites.models import Site
from tests.chaos.wrong import Wrong

IMPORTED_STATUSES = ("processing", "on-hold", "completed")
#: The demo's shop sells a few things that the ERP does not know: held with this reason, as it must be.
EXPECTED_HOLDS = {"unknown_sku"}
UNKNOWN = ("unknown_sku", "deleted_product")


def _ours(site: Site) -> Mapping[str, Order]:
    rows = Order.objects.filter(site=site).select_related("sales_order").prefetch_related("holds")
    return {row.remote_id: row for row in rows}


def _reasons(order: Order) -> set[str]:
    return {hold.code for hold in order.holds.all() if hold.released_at is None}


def orders(site: Site, remote_orders: list[dict[str, Any]]) -> Iterator[Wrong]:
    """Each order of the shop that is to be imported is one sales order of the same total, proved, or rightly held."""
    ours = _ours(site)
    documents = Counter(
        SalesOrder.objects.filter(channel=site.code)
        .exclude(state=SalesOrderState.CANCELLED)
        .values_list("external_id", flat=True)
    )
    for remote in remote_orders:
        subject, number = f"order {remote['id']}", remote["number"]
        order = ours.get(str(remote["id"]))
        if order is None:
            if remote["status"] in IMPORTED_STATUSES:
                yield Wrong(
                    subject,
                    f"Order {number} ({remote['status']}, {remote['date_created_gmt']}) was not read.",
                )
            continue
        if documents[str(remote["id"])] > 1:
            yield Wrong(subject, f"Order {number} has {documents[str(remote['id'])]} live sales orders.")
        if remote["status"] in IMPORTED_STATUSES:
            yield from _imported(subject, remote, order)
    unknown = set(documents) - {str(remote["id"]) for remote in remote_orders}
    for remote_id in sorted(unknown):
        yield Wrong(f"order {remote_id}", f"A sales order stands for {remote_id!r}, which the shop has not.")


def _imported(subject: str, remote: Mapping[str, Any], order: Order) -> Iterator[Wrong]:
    number, total, reasons = remote["number"], Decimal(remote["total"]), _reasons(order)
    if order.state != OrderState.IMPORTED:
        if order.state == OrderState.HELD and reasons & EXPECTED_HOLDS:
            return
        yield Wrong(
            subject,
            f"Order {number} is {remote['status']} in the shop and {order.state} here "
            f"({order.state_reason} {' '.join(sorted(reasons))}).",
        )
        return
    if order.sales_order is None:
        yield Wrong(subject, f"Order {number} is imported and has no sales order.")
        return
    if reasons & FLAG_CODES:
        # What the site's policies do not follow is flagged for staff; the documents then stand as they were.
        return
    owed = owed_by(order.sales_order)
    if owed != total or order.grand_total != total:
        yield Wrong(
            subject,
            f"Order {number}: the shop says {total}, the order {order.grand_total}, its documents {owed}.",
        )
    if not order.proof_ok:
        yield Wrong(subject, f"Order {number} was imported without a proof.")


def cancelled(site: Site, remote_orders: list[dict[str, Any]]) -> Iterator[Wrong]:
    """What the shop cancelled has no live document and holds no stock, or is flagged."""
    ours = _ours(site)
    for remote in remote_orders:
        order = ours.get(str(remote["id"]))
        if remote["status"] != "cancelled" or order is None or order.sales_order is None:
            continue
        sales_order = order.sales_order
        if _reasons(order) & FLAG_CODES:
            continue
        held = StockReservation.objects.filter(
            order_line__order=sales_order, state=ReservationState.ACTIVE
        ).exists()
        if sales_order.state != SalesOrderState.CANCELLED or held:
            yield Wrong(
                f"order {remote['id']}",
                f"Order {remote['number']} was cancelled in the shop; sales order {sales_order} is {sales_order.state}"
                f"{' and holds stock' if held else ''}; the order is {order.state}.",
            )


def refunds(site: Site, remote_orders: list[dict[str, Any]]) -> Iterator[Wrong]:
    """Each refund of an imported order is one return, credited by the same amount."""
    ours = _ours(site)
    returns = {
        row.remote_id: row for row in ReturnOrder.objects.filter(site=site).select_related("credit_note")
    }
    credit_notes = Counter(row.credit_note_id for row in returns.values() if row.credit_note_id)
    for remote in remote_orders:
        order = ours.get(str(remote["id"]))
        if order is None or order.state != OrderState.IMPORTED or remote["status"] not in IMPORTED_STATUSES:
            continue
        for refund in remote["refunds"]:
            subject, total = f"order {remote['id']}", -Decimal(refund["total"])
            row = returns.get(str(refund["id"]))
            if row is None:
                yield Wrong(subject, f"Refund {refund['id']} of order {remote['number']} was not read.")
            elif row.credit_note is None:
                if order.sales_order and order.sales_order.invoices.exists():
                    yield Wrong(
                        subject,
                        f"Refund {refund['id']} of order {remote['number']} has no credit note: "
                        f"{row.state} {row.hold_code}.",
                    )
            elif row.credit_note.grand_total != total:
                yield Wrong(
                    subject,
                    f"Refund {refund['id']}: the shop says {total}, the credit note {row.credit_note.grand_total}.",
                )
            elif credit_notes[row.credit_note.pk] > 1:
                yield Wrong(subject, f"The credit note of refund {refund['id']} stands for another too.")
