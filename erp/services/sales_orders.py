"""Sales orders: made from a shop's figures, confirmed, held, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import ZERO
from erp.errors import DuplicateMismatch, IllegalState
from erp.inputs import ReservationInput, SalesOrderInput
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    SalesInvoice,
    SalesOrder,
    SalesOrderLine,
    Warehouse,
)
from erp.models.columns import plain
from erp.services import numbering, transitions
from erp.services.base_quantities import stock_needs
from erp.services.credit import check_customer
from erp.services.stock.balances import BalanceBook
from erp.services.stock.reservations import OnShortage, release, write_reservations
from erp.services.totals import assert_totals, build_charge, fill_line, set_totals
from erp.states import ISSUED_STATES, DeliveryState, DocumentType, InvoiceState, SalesOrderState

__all__ = [
    "assert_totals",
    "cancel_sales_order",
    "confirm_sales_order",
    "create_sales_order",
    "hold_sales_order",
    "release_sales_order",
    "update_draft_sales_order",
]


def create_sales_order(*, data: SalesOrderInput) -> tuple[SalesOrder, bool]:
    """Make a draft order; True when it is new.

    Idempotent on (channel, external_number) of orders that are not cancelled: the same content hash answers the
    existing order, another one raises DuplicateMismatch. Safe when two workers try at once.
    """
    existing = _existing(data)
    if existing is not None:
        return existing, False
    try:
        with transaction.atomic():
            order = _insert(data)
    except IntegrityError:
        existing = _existing(data)
        if existing is None:
            raise
        return existing, False
    return order, True


def _existing(data: SalesOrderInput) -> SalesOrder | None:
    if not data.external_number:
        return None
    live = SalesOrder.objects.exclude(state=SalesOrderState.CANCELLED)
    found = live.filter(channel=data.channel, external_number=data.external_number).first()
    if found is not None and found.content_hash != data.content_hash:
        raise DuplicateMismatch(
            f"Order {data.external_number} of {data.channel} exists as {found} with other content.",
            site=data.channel,
            item=data.external_number,
            details={"order_id": found.pk, "state": found.state},
        )
    return found


def _insert(data: SalesOrderInput) -> SalesOrder:
    order = SalesOrder()
    lines, charges = _fill(order, data)
    order.save()
    _save_parts(order, lines, charges)
    transitions.announce_state(order, old_state="")
    return order


def _fill(order: SalesOrder, data: SalesOrderInput) -> tuple[list[SalesOrderLine], list[DocumentCharge]]:
    if not data.lines and not data.charges:
        raise PermanentError(
            f"Order {data.external_number} of {data.channel} has neither lines nor charges.",
            code="empty_order",
            cure="Nothing can be booked from it; ignore the order or add a line in the shop.",
            site=data.channel,
            item=data.external_number,
        )
    for name in (
        "channel",
        "external_number",
        "external_id",
        "content_hash",
        "customer",
        "order_date",
        "currency",
        "exchange_rate",
        "price_list",
        "prices_include_tax",
        "delivery_method",
        "payment_terms",
        "salesperson",
        "note",
        "rounding",
        "legal_entity",
        "branch",
        "department",
        "sector",
        "number_series",
        "remarks",
    ):
        setattr(order, name, getattr(data, name))
    order.coupon_code = data.coupon_code[:255]
    order.billing_address = dict(data.billing_address)
    order.shipping_address = dict(data.shipping_address)
    order.discount_net = data.header_discount_net
    order.discount_tax = data.header_discount_tax
    order.warehouse = data.warehouse or _default_warehouse(data)
    lines = []
    for line_no, given in enumerate(data.lines, start=1):
        line = SalesOrderLine(
            warehouse=given.warehouse or (order.warehouse if given.item.is_deliverable else None)
        )
        fill_line(line, given, line_no=line_no)
        lines.append(line)
    charges = [build_charge(charge, line_no=line_no) for line_no, charge in enumerate(data.charges, start=1)]
    set_totals(order, lines, charges)
    return lines, charges


def _save_parts(
    order: SalesOrder, lines: Sequence[SalesOrderLine], charges: Sequence[DocumentCharge]
) -> None:
    for line in lines:
        line.order = order
    for charge in charges:
        charge.sales_order = order
    SalesOrderLine.objects.bulk_create(lines)
    DocumentCharge.objects.bulk_create(charges)


def _default_warehouse(data: SalesOrderInput) -> Warehouse | None:
    if all(line.warehouse is not None or not line.item.is_deliverable for line in data.lines):
        return None
    return default_warehouse()


def default_warehouse() -> Warehouse:
    """The warehouse of orders that name none: the default one, else the first active by priority."""
    found = Warehouse.objects.filter(active=True).order_by("-is_default", "priority", "id").first()
    if found is None:
        raise ConfigurationError(
            "There is no active warehouse.",
            code="no_warehouse",
            cure="Create a warehouse and mark it as default, or set a default warehouse on the site.",
        )
    return found


@transaction.atomic
def update_draft_sales_order(*, order: SalesOrder, data: SalesOrderInput) -> SalesOrder:
    """Replace header, lines and charges of an order that is a draft or on hold."""
    transitions.lock(order)
    if order.state not in (SalesOrderState.DRAFT, SalesOrderState.ON_HOLD):
        raise IllegalState(
            f"Order {order} is {order.state} and can no longer be changed.",
            cure="Cancel it and import the order again, or correct it by a return.",
            item=str(order),
        )
    order.lines.all().delete()
    order.charges.all().delete()
    lines, charges = _fill(order, data)
    order.version += 1
    order.save()
    _save_parts(order, lines, charges)
    return order


@transaction.atomic
def confirm_sales_order(
    *,
    order: SalesOrder,
    reserve: bool = True,
    on_shortage: OnShortage = "back_order",
    prepaid: Decimal = ZERO,
) -> SalesOrder:
    """Check the customer, hold the stock, take the number.

    prepaid: what is paid already and needs no credit, in the order's currency.

    Raises CustomerRefused (blocked, or over a blocking credit limit), StockShortage (with on_shortage="reject"),
    TotalMismatch, IllegalState.
    """
    transitions.lock(order)
    transitions.require_transition(order, SalesOrderState.CONFIRMED)
    assert_totals(order)
    order.notice = check_customer(order, prepaid=prepaid)
    if reserve:
        _reserve(order, on_shortage)
    order.number = order.number or numbering.next_number(
        document_type=DocumentType.SALES_ORDER,
        series=order.number_series,
        legal_entity=order.legal_entity,
        on=order.issue_date,
    )
    order.hold_reason = ""
    transitions.change_state(order, SalesOrderState.CONFIRMED, fields=["number", "notice", "hold_reason"])
    return order


def _reserve(order: SalesOrder, on_shortage: OnShortage) -> None:
    lines = list(order.lines.select_related("item", "unit", "warehouse"))
    needs = stock_needs(lines)
    fallback = order.warehouse
    requests = []
    for line in lines:
        for need in needs.get(line.pk, ()):
            if line.warehouse is None:
                line.warehouse = fallback = fallback or default_warehouse()
                line.save(update_fields=["warehouse"])
            requests.append(
                ReservationInput(
                    item=need.item,
                    warehouse=line.warehouse,
                    quantity=need.times(line.quantity),
                    order_line=line,
                    reference=order.external_number or f"{order.pk}",
                )
            )
    if not requests:
        return
    book = BalanceBook((request.item, request.warehouse) for request in requests)
    _, short = write_reservations(book, requests, on_shortage)
    book.save()
    back_ordered = [line for line in lines if short.get(line.pk)]
    for line in back_ordered:
        line.shortage_qty = short[line.pk]
    SalesOrderLine.objects.bulk_update(back_ordered, ["shortage_qty"], batch_size=200)


@transaction.atomic
def cancel_sales_order(*, order: SalesOrder, reason: str = "") -> SalesOrder:
    """Cancel, and give back exactly what was held. Refuses after delivery and while an invoice stands."""
    transitions.lock(order)
    transitions.require_transition(order, SalesOrderState.CANCELLED)
    lines = list(order.lines.all())
    _refuse_delivered(order, lines)
    _refuse_invoiced(order)
    release(order_lines=lines)
    for delivery in order.deliveries.filter(state=DeliveryState.DRAFT):
        transitions.change_state(delivery, DeliveryState.CANCELLED)
    for invoice in order.invoices.filter(state=InvoiceState.DRAFT):
        transitions.change_state(invoice, InvoiceState.CANCELLED)
    order.cancel_reason = reason[:500]
    transitions.change_state(order, SalesOrderState.CANCELLED, fields=["cancel_reason"])
    return order


def _refuse_delivered(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> None:
    if any(line.delivered_qty > line.returned_qty for line in lines):
        raise IllegalState(
            f"Order {order} was delivered, so it cannot be cancelled.",
            cure="Take the goods back with a return and credit it, or leave the order as it is.",
            item=str(order),
        )


def _refuse_invoiced(order: SalesOrder) -> None:
    open_total = ZERO
    rows = SalesInvoice.objects.filter(order=order, state__in=ISSUED_STATES)
    for kind, total in rows.values_list("kind", "grand_total"):
        open_total += _signed(kind, total)
    if open_total > 0:
        raise IllegalState(
            f"Order {order} is invoiced: {plain(open_total)} {order.currency} are not credited.",
            cure="Credit the invoice first (return or credit note), then cancel the order.",
            item=str(order),
        )


def _signed(kind: str, total: Decimal) -> Decimal:
    return -total if kind == InvoiceKind.CREDIT_NOTE else total


@transaction.atomic
def hold_sales_order(*, order: SalesOrder, reason: str) -> SalesOrder:
    """Set a draft aside, with the reason that staff will read."""
    transitions.lock(order)
    order.hold_reason = reason[:500]
    transitions.change_state(order, SalesOrderState.ON_HOLD, fields=["hold_reason"])
    return order


@transaction.atomic
def release_sales_order(*, order: SalesOrder) -> SalesOrder:
    """Take an order off hold: it is a draft again."""
    transitions.lock(order)
    order.hold_reason = ""
    transitions.change_state(order, SalesOrderState.DRAFT, fields=["hold_reason"])
    return order
