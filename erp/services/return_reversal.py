"""Taking a return back: the goods leave again, and what was credited is claimed again by a new invoice."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from ecomsync.common.money import ZERO
from erp.errors import IllegalState
from erp.inputs import ReservationInput
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
    SalesReturn,
    SalesReturnLine,
    StockMovement,
)
from erp.services import accounting, settlement, transitions
from erp.services.base_quantities import stock_needs
from erp.services.credit_notes import CHARGE_COPY, LINE_COPY
from erp.services.invoice_parts import save_invoice
from erp.services.invoices import issue_invoice
from erp.services.progress import refresh_order_state
from erp.services.stock.ledger import reverse_movements
from erp.services.stock.reservations import reserve
from erp.services.totals import set_totals
from erp.states import ISSUED_STATES, DocumentType, ReturnState, SalesOrderState


@transaction.atomic
def reverse_return(
    *, sales_return: SalesReturn, reason: str = "", post_entries: bool = False
) -> SalesInvoice | None:
    """Undo a received or credited return by documents; None when nothing had been credited.

    Stock that came back leaves again, quantities count as sold again, and an invoice over the very amounts of the
    credit notes claims them back, set off against them as far as they are open.
    Raises StockShortage when the goods are gone meanwhile, IllegalState, PeriodLocked.
    """
    order = (
        SalesOrder.objects.select_for_update().get(pk=sales_return.order_id)
        if sales_return.order_id
        else None
    )
    transitions.lock(sales_return)
    transitions.require_transition(sales_return, ReturnState.REVERSED)
    if order is not None and order.state == SalesOrderState.CANCELLED:
        raise IllegalState(
            f"Order {order} of return {sales_return} is cancelled.",
            cure="A return of a cancelled order stays.",
            item=str(sales_return),
        )
    movements = StockMovement.objects.filter(
        source_type=DocumentType.RETURN, source_id=sales_return.pk, reversal_of=None
    )
    reverse_movements(movements=list(movements), source_label=sales_return.number)
    accounting.reverse_entry(source_type=f"{DocumentType.RETURN}_cost", source_id=sales_return.pk)
    _sold_again(sales_return)
    invoice = _claim_again(sales_return, reason, post_entries=post_entries)
    sales_return.remarks = "\n".join(part for part in (sales_return.remarks, reason) if part)
    transitions.change_state(sales_return, ReturnState.REVERSED, fields=["remarks"])
    if order is not None:
        refresh_order_state(order)
    return invoice


def _sold_again(sales_return: SalesReturn) -> None:
    """Quantities of the order lines as they were; what had been cancelled is held for the order again."""
    rows = list(
        sales_return.lines.filter(order_line__isnull=False).select_related(
            "order_line__item", "order_line__unit", "order_line__warehouse"
        )
    )
    lines = {row.order_line.pk: row.order_line for row in rows if row.order_line is not None}
    requests: list[ReservationInput] = []
    needs = stock_needs(lines.values())
    for row in rows:
        assert row.order_line_id is not None  # filtered above
        line = lines[row.order_line_id]
        line.cancelled_qty -= row.cancelled_qty
        line.returned_qty -= row.quantity - row.cancelled_qty
        line.waived_qty -= row.waived_qty
        if row.cancelled_qty and line.warehouse is not None:
            requests += [
                ReservationInput(need.item, line.warehouse, need.times(row.cancelled_qty), line)
                for need in needs.get(line.pk, ())
            ]
        row.waived_qty = row.cancelled_qty = ZERO
    SalesReturnLine.objects.bulk_update(rows, ["cancelled_qty", "waived_qty"], batch_size=200)
    SalesOrderLine.objects.bulk_update(
        lines.values(), ["returned_qty", "cancelled_qty", "waived_qty"], batch_size=200
    )
    reserve(requests=requests)


def _claim_again(sales_return: SalesReturn, reason: str, *, post_entries: bool) -> SalesInvoice | None:
    notes = list(
        SalesInvoice.objects.select_for_update()
        .filter(sales_return=sales_return, state__in=ISSUED_STATES)
        .order_by("id")
    )
    if not notes:
        return None
    invoice = _invoice(notes, reason)
    lines, charges = _parts(notes)
    set_totals(invoice, lines, charges)
    save_invoice(invoice, lines, charges)
    issue_invoice(invoice=invoice, post_entries=post_entries)
    for note in notes:
        part = min(note.balance, invoice.balance)
        if part > 0:
            for document in (note, invoice):
                document.credited_amount += part
            settlement.save_settlement(note)
    settlement.save_settlement(invoice)
    return invoice


def _invoice(notes: Sequence[SalesInvoice], reason: str) -> SalesInvoice:
    note = notes[0]
    return SalesInvoice(
        kind=InvoiceKind.INVOICE,
        channel=note.channel,
        customer=note.customer,
        order=note.order,
        currency=note.currency,
        exchange_rate=note.exchange_rate,
        prices_include_tax=note.prices_include_tax,
        rounding=sum((entry.rounding for entry in notes), ZERO),
        reason=reason[:500],
        billing_address=note.billing_address,
        legal_entity=note.legal_entity,
        branch=note.branch,
        department=note.department,
        sector=note.sector,
    )


def _parts(notes: Sequence[SalesInvoice]) -> tuple[list[SalesInvoiceLine], list[DocumentCharge]]:
    """The amounts of the notes. Without order lines: the quantities are invoiced already, on the first invoice."""
    names = [name for name in LINE_COPY if name != "order_line_id"]
    lines = [
        SalesInvoiceLine(**{name: getattr(row, name) for name in names})
        for note in notes
        for row in note.lines.all()
    ]
    charges = [
        DocumentCharge(**{name: getattr(row, name) for name in CHARGE_COPY})
        for note in notes
        for row in note.charges.all()
    ]
    rows: list[SalesInvoiceLine | DocumentCharge] = [*lines, *charges]
    for line_no, row in enumerate(rows, start=1):
        row.line_no = line_no
    return lines, charges
