"""Sales invoices: made from an order's own amounts, issued with a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.sql import save_rows
from erp.errors import IllegalState, QuantityExceeded
from erp.models import (
    Delivery,
    DocumentCharge,
    InvoiceKind,
    NumberSeries,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
)
from erp.models.columns import plain
from erp.printing.parties import keep_parties
from erp.services import accounting, numbering, settlement, transitions
from erp.services.credit_notes import create_credit_note, require_creditable
from erp.services.invoice_parts import save_invoices
from erp.services.order_parts import OrderParts, lock_parts, read_parts
from erp.services.progress import FOLLOWING, refresh_order_states
from erp.services.remaining import EarlierInvoices, Remaining, earlier_invoices
from erp.services.totals import check_totals, set_totals
from erp.states import DocumentType, InvoiceState

__all__ = ["cancel_draft_invoice", "create_credit_note", "create_invoice", "issue_invoice"]


@dataclass(slots=True)
class InvoiceParts:
    """An invoice with its lines and charges, made or locked by this transaction, and the order it belongs to."""

    invoice: SalesInvoice
    lines: list[SalesInvoiceLine]
    charges: list[DocumentCharge]
    order: OrderParts | None = None


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    """What `create_invoices` is told of one order; quantities: order line id -> quantity, None: all that is open."""

    order: OrderParts
    quantities: Mapping[int, Decimal] | None = None
    number_series: NumberSeries | None = None
    delivery: Delivery | None = None


@transaction.atomic
def create_invoice(
    *,
    order: SalesOrder,
    quantities: Mapping[int, Decimal] | None = None,
    number_series: NumberSeries | None = None,
    delivery: Delivery | None = None,
) -> SalesInvoice:
    """A draft invoice. quantities: order line id -> quantity; None: those of the delivery, else all that is open.

    A full invoice has the order's amounts to the last digit. Partial ones take their share, rounded to the
    currency, and the last one takes what is left, so that nothing is lost. Charges stand on the first one.
    """
    [parts] = lock_parts([order])
    if quantities is None and delivery is not None:
        quantities = {row.order_line_id: row.quantity for row in delivery.lines.all()}
    [made] = create_invoices(wishes=[InvoiceWish(parts, quantities, number_series, delivery)])
    return made.invoice


@transaction.atomic(savepoint=False)
def create_invoices(*, wishes: Sequence[InvoiceWish]) -> list[InvoiceParts]:
    """Draft invoices of several orders in a handful of statements, all or none."""
    for wish in wishes:
        _require_following(wish.order.order)
    earlier = earlier_invoices([wish.order.order for wish in wishes])
    made = [_draft(wish, earlier.get(wish.order.order.pk)) for wish in wishes]
    save_invoices([(parts.invoice, parts.lines, parts.charges) for parts in made])
    return made


def _require_following(order: SalesOrder) -> None:
    if order.state not in FOLLOWING:
        raise IllegalState(
            f"Order {order} is {order.state} and cannot be invoiced.",
            cure="Confirm the order first.",
            item=str(order),
        )


def _draft(wish: InvoiceWish, earlier: EarlierInvoices | None) -> InvoiceParts:
    order = wish.order.order
    remaining = Remaining(wish.order, earlier or EarlierInvoices())
    wanted = remaining.wanted(wish.quantities)
    lines = [remaining.invoice_line(line, wanted[line.pk]) for line in remaining.lines if wanted.get(line.pk)]
    charges = [_copy_charge(charge) for charge in remaining.open_charges()]
    if not lines and not charges:
        raise PermanentError(
            f"Order {order} has nothing left to invoice.",
            code="nothing_to_invoice",
            cure="Everything stands on an invoice already; look at the invoices of the order.",
            item=str(order),
        )
    invoice = _header(order, number_series=wish.number_series, delivery=wish.delivery)
    remaining.share_header(invoice, lines, is_last=remaining.is_last(wanted))
    set_totals(invoice, lines, charges)
    return InvoiceParts(invoice, lines, charges, wish.order)


def _header(
    order: SalesOrder, *, number_series: NumberSeries | None, delivery: Delivery | None
) -> SalesInvoice:
    return SalesInvoice(
        kind=InvoiceKind.INVOICE,
        channel=order.channel,
        customer=order.customer,
        order=order,
        delivery=delivery,
        number_series=number_series,
        payment_terms=order.payment_terms,
        supply_date=delivery.shipped_at.date() if delivery and delivery.shipped_at else None,
        billing_address=order.billing_address,
        currency=order.currency,
        exchange_rate=order.exchange_rate,
        prices_include_tax=order.prices_include_tax,
        legal_entity=order.legal_entity,
        branch=order.branch,
        department=order.department,
        sector=order.sector,
    )


def _copy_charge(charge: DocumentCharge) -> DocumentCharge:
    return DocumentCharge(
        origin=charge,
        line_no=charge.line_no,
        kind=charge.kind,
        service_item_id=charge.service_item_id,
        description=charge.description,
        net_amount=charge.net_amount,
        tax_code=charge.tax_code,
        tax_rate=charge.tax_rate,
        tax_amount=charge.tax_amount,
        tax_parts=charge.tax_parts,
        gross_amount=charge.gross_amount,
        external_line_id=charge.external_line_id,
    )


def lock_invoice(invoice: SalesInvoice) -> SalesOrder | None:
    """Lock the order (if any), then the original invoice (if any), then the invoice: one order everywhere."""
    order = None
    if invoice.order_id is not None:
        order = SalesOrder.objects.select_for_update().get(pk=invoice.order_id)
    if invoice.original_invoice_id is not None:
        original = SalesInvoice.objects.select_for_update().get(pk=invoice.original_invoice_id)
    transitions.lock(invoice)
    if order is not None:
        invoice.order = order
    if invoice.original_invoice_id is not None:
        invoice.original_invoice = original
    return order


@transaction.atomic
def issue_invoice(*, invoice: SalesInvoice, post_entries: bool = False) -> SalesInvoice:
    """Number and date an invoice or credit note, settle prepayments, and post entries when asked to.

    Raises IllegalState, TotalMismatch, AmountExceeded (credit note above its invoice), PeriodLocked.
    """
    issue_invoices(invoices=[_lock_parts(invoice)])
    if post_entries:
        accounting.post_documents([invoice])
    return invoice


def _lock_parts(invoice: SalesInvoice) -> InvoiceParts:
    order = lock_invoice(invoice)
    parts = read_parts([order])[0] if order is not None else None
    lines = list(invoice.lines.all())
    if parts is not None:
        by_id = {line.pk: line for line in parts.lines}
        for row in lines:
            if row.order_line_id in by_id:
                row.order_line = by_id[row.order_line_id]
    return InvoiceParts(invoice, lines, list(invoice.charges.all()), parts)


@transaction.atomic(savepoint=False)
def issue_invoices(*, invoices: Sequence[InvoiceParts]) -> None:
    """Issue invoices in their order, in a handful of statements, all or none. Entries are the caller's to post."""
    for parts in invoices:
        transitions.require_transition(parts.invoice, InvoiceState.ISSUED)
        check_totals(parts.invoice, parts.lines, parts.charges)
        if parts.invoice.kind == InvoiceKind.CREDIT_NOTE:
            original = parts.invoice.original_invoice
            require_creditable(original, parts.invoice.grand_total, excluding=parts.invoice)
    _add_invoiced([parts for parts in invoices if parts.invoice.kind != InvoiceKind.CREDIT_NOTE])
    headers = [parts.invoice for parts in invoices]
    numbers = numbering.next_numbers([_number_wish(invoice) for invoice in headers])
    now = timezone.now()
    for invoice, number in zip(headers, numbers, strict=True):
        invoice.number, invoice.issued_at = number, now
        invoice.supply_date = invoice.supply_date or invoice.issue_date
        invoice.due_date = invoice.due_date or invoice.issue_date + dt.timedelta(days=_terms_days(invoice))
    keep_parties(headers)
    transitions.change_states(
        [(invoice, InvoiceState.ISSUED) for invoice in headers],
        fields=["number", "issued_at", "supply_date", "due_date", "parties"],
    )
    settlement.settle_new_invoices(headers)
    refresh_order_states([parts.order for parts in invoices if parts.order is not None])


def _number_wish(invoice: SalesInvoice) -> numbering.NumberWish:
    return numbering.NumberWish(
        invoice.document_type, invoice.number_series, invoice.legal_entity, invoice.issue_date
    )


def _terms_days(invoice: SalesInvoice) -> int:
    if invoice.payment_terms is not None:
        return invoice.payment_terms.days
    return invoice.customer.payment_terms_days


def _add_invoiced(invoices: Sequence[InvoiceParts]) -> None:
    touched: dict[int, SalesOrderLine] = {}
    for parts in invoices:
        for row in parts.lines:
            line = row.order_line if row.order_line_id is not None else None
            if line is None:
                continue
            if row.quantity > line.open_to_invoice:
                raise QuantityExceeded(
                    f"Item {line.item.code}: {plain(row.quantity)} on the invoice, "
                    f"{plain(line.open_to_invoice)} open in the order.",
                    item=line.item.code,
                )
            line.invoiced_qty += row.quantity
            touched[line.pk] = line
    save_rows(list(touched.values()), ["invoiced_qty"])


@transaction.atomic
def cancel_draft_invoice(*, invoice: SalesInvoice) -> SalesInvoice:
    """Drop a draft. An issued invoice is only taken back by a credit note."""
    transitions.lock(invoice)
    if invoice.state != InvoiceState.DRAFT:
        raise IllegalState(
            f"{DocumentType(invoice.document_type).label} {invoice} is issued and stays.",
            cure="Create a credit note for it instead.",
            item=str(invoice),
        )
    transitions.change_state(invoice, InvoiceState.CANCELLED)
    return invoice
