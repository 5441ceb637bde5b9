"""Edits of an order whose invoice is out: further documents beside the posted ones, which stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_noop

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO, round_money
from erp.inputs import ChargeInput, LineInput, ReturnLineInput
from erp.models import InvoiceKind, SalesOrder, SalesOrderLine, SalesReturn
from erp.models.sales import ChargeKind
from erp.services.amendments import extend_sales_order
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.progress import refresh_order_state
from erp.services.returns import create_sales_return, credit_return, receive_return
from erp.services.settlement import set_off_order
from erp.states import ISSUED_STATES
from orders.models import Order
from orders.services.chain import EDIT_MARK
from orders.services.context import ImportContext
from orders.services.difference import Added, Difference, MoneyChange, Removed
from orders.services.documents import line_input, with_tax
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan
from sites.choices import RestockPolicy

REASON = gettext_noop("The shop changed the order.")


def correct_posted(
    *, order: Order, sales_order: SalesOrder, plan: OrderPlan, found: Difference, context: ImportContext
) -> None:
    """Order and invoice what came, return and credit what went. Call in a savepoint; refusals are raised.

    A return of goods that had been delivered waits for them, unless the site restocks or writes off at once.
    """
    more = [change for change in found.money if change.gross > 0 or (not change.gross and change.net > 0)]
    less = [change for change in found.money if change not in more]
    if found.added or more:
        _add(order, sales_order, plan, found.added, more, context)
    _take_back(order, sales_order, found.removed, less, context)
    set_off_order(sales_order)
    sales_order.refresh_from_db()
    refresh_order_state(sales_order)


def is_billed(sales_order: SalesOrder) -> bool:
    return sales_order.invoices.filter(kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES).exists()


# ---------------------------------------------------------------- more


def _add(
    order: Order,
    sales_order: SalesOrder,
    plan: OrderPlan,
    added: Sequence[Added],
    money: Sequence[MoneyChange],
    context: ImportContext,
) -> None:
    before = set(sales_order.lines.values_list("pk", flat=True))
    gross = with_tax(context.site, plan.remote)
    extend_sales_order(
        order=sales_order,
        lines=[_added_line(entry, gross=gross) for entry in added],
        charges=[_charge(change, 1) for change in money],
        reason=REASON,
    )
    new = sales_order.lines.exclude(pk__in=before)
    invoice = create_invoice(order=sales_order, quantities={line.pk: line.quantity for line in new})
    issue_invoice(invoice=invoice, post_entries=context.site.generate_accounting_entries)


def _added_line(entry: Added, *, gross: bool) -> LineInput:
    """The whole line where it is new, else the quantity that came, with its money after discounts."""
    whole = line_input(entry.line, gross=gross)
    if (entry.quantity, entry.net, entry.tax) == (entry.line.quantity, entry.line.net, entry.line.tax):
        return whole
    price = entry.net + (entry.tax if gross else ZERO)
    return LineInput(
        item=whole.item,
        quantity=entry.quantity,
        unit_price=price / entry.quantity,
        net_amount=entry.net,
        tax_amount=entry.tax,
        subtotal_net=entry.net,
        description=whole.description,
        tax_code=whole.tax_code,
        tax_rate=whole.tax_rate,
        unit=whole.unit,
        external_line_id=whole.external_line_id,
    )


def _charge(change: MoneyChange, sign: int) -> ChargeInput:
    return ChargeInput(
        kind=change.kind,
        description=change.description or str(ChargeKind(change.kind).label),
        net_amount=sign * change.net,
        tax_amount=sign * change.tax,
        tax_rate=change.tax_rate,
        service_item=change.service_item,
        external_line_id=change.external_id,
        tax_code=change.tax_code,
    )


# ---------------------------------------------------------------- less


def _take_back(
    order: Order,
    sales_order: SalesOrder,
    removed: Sequence[Removed],
    money: Sequence[MoneyChange],
    context: ImportContext,
) -> None:
    """One return of what had not left, with the money; another of delivered goods, which must come back first."""
    undelivered: list[ReturnLineInput] = []
    delivered: list[ReturnLineInput] = []
    for entry in removed:
        kept, left = _split(entry, sales_order.currency)
        undelivered += kept
        delivered += left
    charges = [_charge(change, -1) for change in money]
    if undelivered or charges:
        made = _return(order, sales_order, undelivered, charges)
        if undelivered:
            _receive(made, context, restock=False)
        _credit(made, context)
    if not delivered:
        return
    made = _return(order, sales_order, delivered, [])
    policy = context.site.restock_policy
    if policy != RestockPolicy.AS_SHOP:
        _receive(made, context, restock=policy == RestockPolicy.ALWAYS)
        _credit(made, context)


def _split(entry: Removed, currency: str) -> tuple[list[ReturnLineInput], list[ReturnLineInput]]:
    """The rows that bear the quantity, newest first; what was not delivered goes before what was."""
    pieces: list[tuple[SalesOrderLine, Decimal, bool]] = []
    left = entry.quantity
    rows = list(reversed(entry.standing.rows))
    for row in rows:
        open_quantity = row.quantity - row.delivered_qty - row.cancelled_qty
        if not row.item.is_deliverable:
            open_quantity = row.open_to_return
        part = min(left, max(ZERO, open_quantity))
        if part > 0:
            pieces.append((row, part, False))
            left -= part
    for row in rows:
        part = min(left, max(ZERO, row.delivered_qty - row.returned_qty))
        if part > 0:
            pieces.append((row, part, True))
            left -= part
    if left > 0:
        raise PermanentError(
            f"{left.normalize():f} of {entry.standing.rows[0].item.code} came back already.",
            code="quantity_exceeded",
            cure="Compare the order with its returns in the shop and correct it there.",
            item=entry.standing.rows[0].item.code,
        )
    kept: list[ReturnLineInput] = []
    gone: list[ReturnLineInput] = []
    net, tax, rest = entry.net, entry.tax, entry.quantity
    for row, quantity, was_delivered in pieces:
        part_net, part_tax = net, tax
        if quantity != rest:
            part_net = round_money(net * quantity / rest, currency)
            part_tax = round_money(tax * quantity / rest, currency)
        net, tax, rest = net - part_net, tax - part_tax, rest - quantity
        given = ReturnLineInput(
            order_line=row,
            item=row.item,
            quantity=quantity,
            net_amount=part_net,
            tax_amount=part_tax,
            external_line_id=row.external_line_id,
        )
        (gone if was_delivered else kept).append(given)
    return kept, gone


def _return(
    order: Order, sales_order: SalesOrder, lines: Sequence[ReturnLineInput], charges: Sequence[ChargeInput]
) -> SalesReturn:
    number = sales_order.sales_returns.filter(external_number__contains=EDIT_MARK).count() + 1
    made, _created = create_sales_return(
        channel=sales_order.channel,
        external_number=f"{clean_text(order.remote_id, 80)}{EDIT_MARK}{number}",
        customer=sales_order.customer,
        lines=lines,
        charges=charges,
        order=sales_order,
        reason=REASON,
    )
    return made


def _receive(sales_return: SalesReturn, context: ImportContext, *, restock: bool) -> None:
    receive_return(
        sales_return=sales_return,
        restock=restock,
        warehouse=context.site.restock_warehouse if restock else None,
        waive=True,
        undelivered_first=True,
        post_entries=context.site.generate_accounting_entries,
    )


def _credit(sales_return: SalesReturn, context: ImportContext) -> None:
    """Nothing is credited of what was taken off before it was invoiced."""
    waived = all(row.waived_qty == row.quantity for row in sales_return.lines.all())
    if waived and sales_return.lines.exists() and not sales_return.charges.exists():
        return
    credit_return(sales_return=sales_return, post_entries=context.site.generate_accounting_entries)
