"""Sales orders: made from a shop's figures, confirmed, held, cancelled."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import ZERO
from ecomsync.common.sql import insert_rows, save_rows
from erp.errors import DuplicateMismatch, IllegalState
from erp.inputs import ReservationInput, SalesOrderInput
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    SalesInvoice,
    SalesOrder,
    SalesOrderLine,
    StockReservation,
    Warehouse,
)
from erp.models.columns import as_amount, plain
from erp.services import numbering, transitions
from erp.services.base_quantities import StockNeed, stock_needs
from erp.services.credit import check_customers
from erp.services.order_parts import OrderParts, lock_parts, read_parts
from erp.services.stock.balances import BalanceBook
from erp.services.stock.reservations import OnShortage, release, write_reservations
from erp.services.tax_parts import parts_json
from erp.services.totals import assert_totals, build_charge, check_totals, fill_line, set_totals
from erp.states import ISSUED_STATES, DeliveryState, DocumentType, InvoiceState, SalesOrderState

__all__ = [
    "assert_totals",
    "cancel_sales_order",
    "confirm_sales_order",
    "confirm_sales_orders",
    "create_sales_order",
    "create_sales_orders",
    "hold_sales_order",
    "release_sales_order",
    "update_draft_sales_order",
]


def create_sales_order(*, data: SalesOrderInput) -> tuple[SalesOrder, bool]:
    """Make a draft order; True when it is new.

    Idempotent on (channel, external_number) of orders that are not cancelled: the same content hash answers the
    existing order, another one raises DuplicateMismatch. Safe when two workers try at once.
    """
    [parts] = create_sales_orders(inputs=[data])
    return parts.order, parts.is_new


def create_sales_orders(*, inputs: Sequence[SalesOrderInput]) -> list[OrderParts]:
    """Draft orders in a handful of statements, all or none; each with the promise of `create_sales_order`."""
    found = _existing(inputs)
    new = [data for data in _first_of_each(inputs) if _key(data) not in found]
    try:
        with transaction.atomic():
            made = _insert(new)
    except IntegrityError:
        found = _existing(inputs)
        if not any(_key(data) in found for data in new):
            raise
        with transaction.atomic():  # what another worker made meanwhile is answered, the rest is made now
            new = [data for data in new if _key(data) not in found]
            made = _insert(new)
    known = {parts.order.pk: parts for parts in read_parts(list(found.values()))}
    by_key = {_key(data): parts for data, parts in zip(new, made, strict=True)}
    answer = []
    for data in inputs:
        parts = by_key.get(_key(data)) or known[found[_key(data)].pk]
        _require_same_content(parts.order, data)
        answer.append(parts)
    return answer


def _key(data: SalesOrderInput) -> tuple[str, str] | int:
    """What may be there only once; orders of our own have no number of a shop."""
    return (data.channel, data.external_number) if data.external_number else id(data)


def _first_of_each(inputs: Sequence[SalesOrderInput]) -> list[SalesOrderInput]:
    return list({_key(data): data for data in reversed(inputs)}.values())[::-1]


def _existing(inputs: Sequence[SalesOrderInput]) -> dict[tuple[str, str] | int, SalesOrder]:
    by_channel: dict[str, list[str]] = {}
    for data in inputs:
        if data.external_number:
            by_channel.setdefault(data.channel, []).append(data.external_number)
    live = SalesOrder.objects.exclude(state=SalesOrderState.CANCELLED)
    return {
        (order.channel, order.external_number): order
        for channel, numbers in by_channel.items()
        for order in live.filter(channel=channel, external_number__in=numbers)
    }


def _require_same_content(order: SalesOrder, data: SalesOrderInput) -> None:
    if order.content_hash != data.content_hash:
        raise DuplicateMismatch(
            f"Order {data.external_number} of {data.channel} exists as {order} with other content.",
            site=data.channel,
            item=data.external_number,
            details={"order_id": order.pk, "state": order.state},
        )


def _insert(inputs: Sequence[SalesOrderInput]) -> list[OrderParts]:
    made = []
    for data in inputs:
        order = SalesOrder()
        lines, charges = _fill(order, data)
        made.append(OrderParts(order, lines, charges, is_new=True, reservations=[]))
    insert_rows([parts.order for parts in made])
    _save_parts(made)
    for parts in made:
        transitions.announce_state(parts.order, old_state="")
    return made


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
    set_header_discount(order, data)
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


def set_header_discount(order: SalesOrder, data: SalesOrderInput) -> None:
    """The discount of the header with its tax, and that per rate."""
    order.discount_net = data.header_discount_net
    order.discount_tax = data.header_discount_tax
    order.discount_tax_parts = parts_json(
        data.header_discount_tax_parts, as_amount(order.discount_tax), least=1
    )


def _save_parts(made: Sequence[OrderParts]) -> None:
    for parts in made:
        for line in parts.lines:
            line.order = parts.order
        for charge in parts.charges:
            charge.sales_order = parts.order
    insert_rows([line for parts in made for line in parts.lines])
    insert_rows([charge for parts in made for charge in parts.charges])


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
    _save_parts([OrderParts(order, lines, charges)])
    return order


@transaction.atomic
def confirm_sales_order(
    *,
    order: SalesOrder,
    reserve: bool = True,
    on_shortage: OnShortage = "back_order",
    prepaid: Decimal = ZERO,
    delivers: bool = False,
) -> SalesOrder:
    """Check the customer, hold the stock, take the number.

    prepaid: what is paid already and needs no credit, in the order's currency. delivers: a delivery follows in this
    transaction, so its balances are locked now: balances come before number series, everywhere.

    Raises CustomerRefused (blocked, or over a blocking credit limit), StockShortage (with on_shortage="reject"),
    TotalMismatch, IllegalState.
    """
    [parts] = lock_parts([order])
    confirm_sales_orders(
        confirmations=[Confirmation(parts, reserve=reserve, prepaid=prepaid, delivers=delivers)],
        on_shortage=on_shortage,
    )
    return order


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What `confirm_sales_orders` is told of one order: see `confirm_sales_order`."""

    parts: OrderParts
    reserve: bool = True
    prepaid: Decimal = ZERO
    delivers: bool = False


@transaction.atomic(savepoint=False)
def confirm_sales_orders(
    *, confirmations: Sequence[Confirmation], on_shortage: OnShortage = "back_order"
) -> None:
    """Confirm orders in their order, in a handful of statements, all or none."""
    orders = [entry.parts.order for entry in confirmations]
    for entry in confirmations:
        transitions.require_transition(entry.parts.order, SalesOrderState.CONFIRMED)
        check_totals(entry.parts.order, entry.parts.lines, entry.parts.charges)
    notices = check_customers([(entry.parts.order, entry.prepaid) for entry in confirmations])
    for order, notice in zip(orders, notices, strict=True):
        order.notice = notice
    _hold_stock(confirmations, on_shortage)
    unnumbered = [order for order in orders if not order.number]
    numbers = numbering.next_numbers([_number_wish(order) for order in unnumbered])
    for order, number in zip(unnumbered, numbers, strict=True):
        order.number = number
    for order in orders:
        order.hold_reason = ""
    transitions.change_states(
        [(order, SalesOrderState.CONFIRMED) for order in orders], fields=["number", "notice", "hold_reason"]
    )


def _number_wish(order: SalesOrder) -> numbering.NumberWish:
    return numbering.NumberWish(
        DocumentType.SALES_ORDER, order.number_series, order.legal_entity, order.issue_date
    )


def _hold_stock(confirmations: Sequence[Confirmation], on_shortage: OnShortage) -> None:
    """Lock the balances of all that is reserved or will be delivered, in one order; then reserve."""
    needed = [entry.parts for entry in confirmations if entry.reserve or entry.delivers]
    needs = stock_needs(line for parts in needed for line in parts.lines)
    _give_warehouses(needed, needs)
    pairs = [
        (need.item, line.warehouse)
        for parts in needed
        for line in parts.lines
        for need in needs.get(line.pk, ())
        if line.warehouse is not None  # given above
    ]
    if pairs:
        book = BalanceBook(pairs)
        _reserve([entry.parts for entry in confirmations if entry.reserve], needs, book, on_shortage)


def _reserve(
    orders: Sequence[OrderParts],
    needs: Mapping[int, Sequence[StockNeed]],
    book: BalanceBook,
    on_shortage: OnShortage,
) -> None:
    lines = [line for parts in orders for line in parts.lines]
    requests = [
        ReservationInput(
            item=need.item,
            warehouse=line.warehouse,
            quantity=need.times(line.quantity),
            order_line=line,
            reference=parts.order.external_number or f"{parts.order.pk}",
        )
        for parts in orders
        for line in parts.lines
        for need in needs.get(line.pk, ())
        if line.warehouse is not None  # given above
    ]
    if not requests:
        return
    made, short = write_reservations(book, requests, on_shortage)
    book.save()
    _keep_reservations(orders, made)
    back_ordered = [line for line in lines if short.get(line.pk)]
    for line in back_ordered:
        line.shortage_qty = short[line.pk]
    save_rows(back_ordered, ["shortage_qty"])


def _give_warehouses(orders: Sequence[OrderParts], needs: Container[int]) -> None:
    """Lines that name no warehouse get that of their order, else the default one."""
    changed = []
    fallback: Warehouse | None = None
    for parts in orders:
        for line in parts.lines:
            if line.warehouse_id is None and line.pk in needs:
                if parts.order.warehouse is None:
                    fallback = fallback or default_warehouse()
                line.warehouse = parts.order.warehouse or fallback
                changed.append(line)
    save_rows(changed, ["warehouse"])


def _keep_reservations(orders: Sequence[OrderParts], made: Sequence[StockReservation]) -> None:
    by_line: dict[int, list[StockReservation]] = {}
    for row in made:
        by_line.setdefault(row.order_line_id or 0, []).append(row)
    for parts in orders:
        if parts.reservations is not None:
            parts.reservations += [row for line in parts.lines for row in by_line.get(line.pk, ())]


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
