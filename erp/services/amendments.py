"""Confirmed orders that change: amended under their own number while unbilled, extended once they are invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from erp.errors import CustomerRefused, IllegalState, QuantityExceeded
from erp.inputs import ChargeInput, LineInput, ReservationInput, SalesOrderInput
from erp.models import (
    CreditCheck,
    DeliveryLine,
    DocumentCharge,
    InvoiceKind,
    ReceiptAllocation,
    ReservationState,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
    SalesOrderRevision,
    StockReservation,
)
from erp.models.columns import as_quantity, plain
from erp.selectors.customers import customer_exposure
from erp.services import transitions
from erp.services.base_quantities import stock_needs
from erp.services.progress import FOLLOWING, refresh_order_state
from erp.services.sales_orders import default_warehouse, set_header_discount
from erp.services.stock.reservations import release, reserve
from erp.services.totals import build_charge, fill_line, set_totals
from erp.states import ISSUED_STATES, DeliveryState, InvoiceState

#: Columns of the header that follow the shop; number, dates, series and channel stay.
_HEADER = (
    "customer",
    "exchange_rate",
    "prices_include_tax",
    "price_list",
    "delivery_method",
    "payment_terms",
    "salesperson",
    "note",
    "rounding",
    "remarks",
    "content_hash",
)
_KEPT_OF_LINE = (
    "line_no",
    "description",
    "quantity",
    "subtotal_net",
    "discount_amount",
    "net_amount",
    "tax_amount",
    "delivered_qty",
    "external_line_id",
)


@transaction.atomic
def amend_sales_order(*, order: SalesOrder, data: SalesOrderInput, reason: str = "") -> SalesOrder:
    """Let a confirmed order that is not invoiced say what the shop says now; its number stays.

    What it said before is kept as a revision. Stock is held anew for what is still open, drafts of deliveries and
    invoices are dropped. Raises IllegalState (not confirmed, invoiced, paid by another customer, moved to another
    currency) and QuantityExceeded (less than was delivered or cancelled already).
    """
    transitions.lock(order)
    _require_amendable(order, data)
    lines = list(order.lines.select_related("item", "unit", "warehouse"))
    keep_revision(order, lines, reason)
    drop_drafts(order)
    held = _holds_stock(lines)
    release(order_lines=lines)
    for name in _HEADER:
        setattr(order, name, getattr(data, name))
    order.coupon_code = data.coupon_code[:255]
    order.billing_address, order.shipping_address = dict(data.billing_address), dict(data.shipping_address)
    set_header_discount(order, data)
    if data.warehouse is not None and not any(line.delivered_qty for line in lines):
        order.warehouse = data.warehouse
    kept = _write_lines(order, lines, data.lines)
    charges = [build_charge(charge, line_no=line_no) for line_no, charge in enumerate(data.charges, start=1)]
    order.charges.all().delete()
    _save_charges(order, charges)
    _finish(order, kept, charges, hold=held)
    return order


@transaction.atomic
def extend_sales_order(
    *, order: SalesOrder, lines: Sequence[LineInput], charges: Sequence[ChargeInput] = (), reason: str = ""
) -> SalesOrder:
    """Add lines and charges to a confirmed order, invoiced or not; nothing that stands is touched.

    Stock is held for the new lines when it was held for the old ones or those have left.
    """
    transitions.lock(order)
    if order.state not in FOLLOWING:
        raise IllegalState(f"Order {order} is {order.state} and cannot be extended.", item=str(order))
    present = list(order.lines.select_related("item", "unit", "warehouse"))
    keep_revision(order, present, reason)
    first = max((line.line_no for line in present), default=0) + 1
    added = []
    for line_no, given in enumerate(lines, start=first):
        line = SalesOrderLine(order=order, warehouse=_place(order, given))
        fill_line(line, given, line_no=line_no)
        added.append(line)
    SalesOrderLine.objects.bulk_create(added)
    extra = [
        build_charge(charge, line_no=line_no)
        for line_no, charge in enumerate(charges, start=order.charges.count() + 1)
    ]
    _save_charges(order, extra)
    _hold_open(order, added)
    _finish(order, [*present, *added], list(order.charges.all()), hold=False)
    return order


def keep_revision(order: SalesOrder, lines: Sequence[SalesOrderLine], reason: str) -> SalesOrderRevision:
    """Store what the order says now."""
    content: dict[str, Any] = {
        "number": order.number,
        "state": order.state,
        "customer": order.customer.code,
        "discount": [str(order.discount_net), str(order.discount_tax)],
        "rounding": str(order.rounding),
        "lines": [
            {"item": line.item.code, **{name: str(getattr(line, name)) for name in _KEPT_OF_LINE}}
            for line in lines
        ],
        "charges": [
            {"kind": row.kind, "net": str(row.net_amount), "tax": str(row.tax_amount)}
            for row in order.charges.all()
        ],
    }
    return SalesOrderRevision.objects.create(
        order=order,
        revision=order.revisions.count() + 1,
        reason=reason[:500],
        grand_total=order.grand_total,
        content=content,
    )


def drop_drafts(order: SalesOrder) -> None:
    """Cancel drafts of deliveries and invoices: they were made from what no longer holds."""
    for delivery in order.deliveries.filter(state=DeliveryState.DRAFT):
        DeliveryLine.objects.filter(delivery=delivery).delete()
        transitions.change_state(delivery, DeliveryState.CANCELLED)
    for invoice in order.invoices.filter(state=InvoiceState.DRAFT):
        SalesInvoiceLine.objects.filter(invoice=invoice).update(order_line=None)
        transitions.change_state(invoice, InvoiceState.CANCELLED)


def _require_amendable(order: SalesOrder, data: SalesOrderInput) -> None:
    if order.state not in FOLLOWING:
        raise IllegalState(
            f"Order {order} is {order.state} and cannot be amended.",
            cure="A draft is updated, a cancelled order stays as it is.",
            item=str(order),
        )
    if order.invoices.filter(kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES).exists():
        raise IllegalState(
            f"Order {order} is invoiced, so it is not rewritten.",
            cure="Correct it by a return with its credit note, and add what is new.",
            item=str(order),
        )
    paid = ReceiptAllocation.objects.filter(order=order).exists()
    other = data.customer.pk != order.customer_id
    if data.currency != order.currency or (other and (paid or order.deliveries.exists())):
        raise IllegalState(
            f"Order {order} was moved to {'another customer' if other else 'the currency ' + data.currency}.",
            cure="Cancel the documents and import the order again.",
            item=str(order),
        )


def _write_lines(
    order: SalesOrder, present: Sequence[SalesOrderLine], wanted: Sequence[LineInput]
) -> list[SalesOrderLine]:
    """Rows of the same line and item are filled anew, others added, those that are gone deleted."""
    free = list(present)
    written = []
    for line_no, given in enumerate(wanted, start=1):
        line = _same_line(free, given)
        if line is None:
            line = SalesOrderLine(order=order)
        else:
            free.remove(line)
        if not line.delivered_qty:
            line.warehouse = _place(order, given)
        fill_line(line, given, line_no=line_no)
        line.shortage_qty = as_quantity(0)
        _require_room(order, line)
        written.append(line)
    for line in free:
        _require_untouched(order, line)
    SalesOrderLine.objects.filter(pk__in=[line.pk for line in free]).delete()
    for line in written:
        line.save()
    return written


def _same_line(present: Sequence[SalesOrderLine], given: LineInput) -> SalesOrderLine | None:
    unit = given.unit.pk if given.unit else None
    for line in present:
        if (line.external_line_id, line.item_id, line.unit_id) == (
            given.external_line_id,
            given.item.pk,
            unit,
        ):
            return line
    return None


def _require_room(order: SalesOrder, line: SalesOrderLine) -> None:
    least = max(line.delivered_qty + line.cancelled_qty, line.invoiced_qty + line.waived_qty)
    if line.quantity < least:
        raise QuantityExceeded(
            f"Order {order}, item {line.item.code}: {plain(line.quantity)} ordered now, {plain(least)} delivered "
            "or cancelled.",
            cure="Take the goods back with a return; the rest of the change is taken over then.",
            item=line.item.code,
        )


def _require_untouched(order: SalesOrder, line: SalesOrderLine) -> None:
    if line.delivered_qty or line.cancelled_qty or line.delivery_lines.exists() or line.return_lines.exists():
        raise QuantityExceeded(
            f"Order {order}, item {line.item.code} was removed in the shop after it was delivered or returned.",
            cure="Take the goods back with a return, or put the line back in the shop.",
            item=line.item.code,
        )


def _place(order: SalesOrder, given: LineInput) -> Any:
    if not given.item.is_deliverable:
        return None
    return given.warehouse or order.warehouse or default_warehouse()


def _save_charges(order: SalesOrder, charges: Sequence[DocumentCharge]) -> None:
    for charge in charges:
        charge.sales_order = order
    DocumentCharge.objects.bulk_create(charges)


def _finish(
    order: SalesOrder, lines: Sequence[SalesOrderLine], charges: Sequence[DocumentCharge], *, hold: bool
) -> None:
    before = order.grand_total
    set_totals(order, lines, charges)
    order.version += 1
    order.save()
    if hold:
        _hold_open(order, lines)
    if order.grand_total > before:
        _check_credit(order)
    refresh_order_state(order)


def _check_credit(order: SalesOrder) -> None:
    """An order that grew, and is counted among the open ones with its new total already."""
    customer = order.customer
    if customer.credit_check != CreditCheck.BLOCK or customer.credit_limit is None:
        return
    exposure = customer_exposure(customer)
    if exposure > customer.credit_limit:
        raise CustomerRefused(
            f"Customer {customer}: credit limit {plain(customer.credit_limit)} passed: {plain(exposure)} with the "
            f"change of order {order}.",
            code="credit_limit",
            cure="Collect open invoices, raise the limit, or set the credit check to 'warn'.",
            item=customer.code,
        )


def _holds_stock(lines: Sequence[SalesOrderLine]) -> bool:
    """Whether stock is held for the order, or was until it left."""
    states = (ReservationState.ACTIVE, ReservationState.CONSUMED)
    return StockReservation.objects.filter(order_line__in=lines, state__in=states).exists()


def _hold_open(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> None:
    """Hold stock for what is still to be delivered."""
    goods = [line for line in lines if line.item.is_deliverable and line.open_to_deliver > 0]
    needs = stock_needs(goods)
    requests = [
        ReservationInput(
            item=need.item,
            warehouse=line.warehouse,
            quantity=need.times(line.open_to_deliver),
            order_line=line,
            reference=order.external_number or f"{order.pk}",
        )
        for line in goods
        for need in needs.get(line.pk, ())
        if line.warehouse is not None
    ]
    reserve(requests=requests)
