"""Sales invoices: made from an order's own amounts, issued with a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO, round_money
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
from erp.models.columns import as_amount, as_quantity, plain
from erp.services import accounting, numbering, settlement, transitions
from erp.services.credit_notes import create_credit_note, require_creditable
from erp.services.invoice_parts import save_invoice
from erp.services.progress import FOLLOWING, refresh_order_state
from erp.services.totals import assert_totals, set_totals
from erp.services.waived import waived_amounts
from erp.states import DocumentType, InvoiceState

__all__ = ["cancel_draft_invoice", "create_credit_note", "create_invoice", "issue_invoice"]

#: Amounts of a line that are shared out between partial invoices.
SHARED = ("subtotal_net", "discount_amount", "net_amount", "tax_amount")


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
    transitions.lock(order)
    if order.state not in FOLLOWING:
        raise IllegalState(
            f"Order {order} is {order.state} and cannot be invoiced.",
            cure="Confirm the order first.",
            item=str(order),
        )
    if quantities is None and delivery is not None:
        quantities = {row.order_line_id: row.quantity for row in delivery.lines.all()}
    remaining = _Remaining(order)
    wanted = remaining.wanted(quantities)
    lines = [remaining.invoice_line(line, wanted[line.pk]) for line in remaining.lines if wanted.get(line.pk)]
    charges = [_copy_charge(charge) for charge in remaining.open_charges()]
    if not lines and not charges:
        raise PermanentError(
            f"Order {order} has nothing left to invoice.",
            code="nothing_to_invoice",
            cure="Everything stands on an invoice already; look at the invoices of the order.",
            item=str(order),
        )
    invoice = _header(order, number_series=number_series, delivery=delivery)
    remaining.share_header(invoice, lines, is_last=remaining.is_last(wanted))
    set_totals(invoice, lines, charges)
    save_invoice(invoice, lines, charges)
    return invoice


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
        gross_amount=charge.gross_amount,
        external_line_id=charge.external_line_id,
    )


class _Remaining:
    """What of an order stands on no live invoice yet: quantities, amounts, discount, charges."""

    def __init__(self, order: SalesOrder) -> None:
        self.order = order
        self.lines = list(order.lines.select_related("item"))
        live = SalesInvoice.objects.filter(order=order, kind=InvoiceKind.INVOICE).exclude(
            state=InvoiceState.CANCELLED
        )
        rows = SalesInvoiceLine.objects.filter(invoice__in=live, order_line__isnull=False).order_by()
        self._used: dict[int, Mapping[str, Any]] = {}
        for row in rows.values("order_line").annotate(
            total_quantity=Sum("quantity"), **{f"total_{name}": Sum(name) for name in SHARED}
        ):
            self._used[row["order_line"]] = row
        self._waived = waived_amounts(order)
        self._live = live
        header = live.order_by().aggregate(
            net=Sum("discount_net"), tax=Sum("discount_tax"), rounding=Sum("rounding")
        )
        self.discount_net = order.discount_net - as_amount(header["net"] or ZERO)
        self.discount_tax = order.discount_tax - as_amount(header["tax"] or ZERO)
        self.rounding = order.rounding - as_amount(header["rounding"] or ZERO)

    def quantity(self, line: SalesOrderLine) -> Decimal:
        used = self._used.get(line.pk)
        whole = line.quantity - line.waived_qty
        return whole - as_quantity(used["total_quantity"]) if used else whole

    def amount(self, line: SalesOrderLine, name: str) -> Decimal:
        used = self._used.get(line.pk)
        whole: Decimal = getattr(line, name) - self._waived.get(line.pk, {}).get(name, ZERO)
        return whole - as_amount(used[f"total_{name}"]) if used else whole

    def wanted(self, quantities: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
        still_open = {line.pk: self.quantity(line) for line in self.lines}
        if quantities is None:
            return {pk: value for pk, value in still_open.items() if value > 0}
        wanted = {pk: as_quantity(value) for pk, value in quantities.items() if value > 0}
        for pk, value in wanted.items():
            if value > still_open.get(pk, ZERO):
                raise QuantityExceeded(
                    f"Order {self.order}, line {pk}: {plain(value)} asked, "
                    f"{plain(still_open.get(pk, ZERO))} open to invoice.",
                    item=str(self.order),
                )
        return wanted

    def is_last(self, wanted: Mapping[int, Decimal]) -> bool:
        return all(self.quantity(line) == wanted.get(line.pk, ZERO) for line in self.lines)

    def invoice_line(self, line: SalesOrderLine, quantity: Decimal) -> SalesInvoiceLine:
        whole = self.quantity(line)
        share = {name: self.amount(line, name) for name in SHARED}
        if quantity != whole:
            share = {
                name: round_money(amount * quantity / whole, self.order.currency)
                for name, amount in share.items()
            }
        return SalesInvoiceLine(
            order_line=line,
            line_no=line.line_no,
            item=line.item,
            description=line.description,
            quantity=quantity,
            unit_id=line.unit_id,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            tax_code=line.tax_code,
            tax_rate=line.tax_rate,
            gross_amount=share["net_amount"] + share["tax_amount"],
            external_line_id=line.external_line_id,
            **share,
        )

    def open_charges(self) -> list[DocumentCharge]:
        used = DocumentCharge.objects.filter(invoice__in=self._live, origin__isnull=False).values("origin")
        return list(self.order.charges.exclude(pk__in=used))

    def share_header(
        self, invoice: SalesInvoice, lines: Sequence[SalesInvoiceLine], *, is_last: bool
    ) -> None:
        """The part of header discount and rounding that this invoice bears."""
        if is_last:
            invoice.discount_net, invoice.discount_tax = self.discount_net, self.discount_tax
            invoice.rounding = self.rounding
            return
        basis = sum((self.amount(line, "net_amount") for line in self.lines), ZERO)
        share = sum((line.net_amount for line in lines), ZERO) / basis if basis else ZERO
        invoice.discount_net = round_money(self.discount_net * share, self.order.currency)
        invoice.discount_tax = round_money(self.discount_tax * share, self.order.currency)


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
    order = lock_invoice(invoice)
    transitions.require_transition(invoice, InvoiceState.ISSUED)
    assert_totals(invoice)
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        require_creditable(invoice.original_invoice, invoice.grand_total, excluding=invoice)
    elif order is not None:
        _add_invoiced(invoice)
    invoice.number = numbering.next_number(
        document_type=invoice.document_type,
        series=invoice.number_series,
        legal_entity=invoice.legal_entity,
        on=invoice.issue_date,
    )
    invoice.issued_at = timezone.now()
    invoice.supply_date = invoice.supply_date or invoice.issue_date
    invoice.due_date = invoice.due_date or invoice.issue_date + dt.timedelta(days=_terms_days(invoice))
    transitions.change_state(
        invoice, InvoiceState.ISSUED, fields=["number", "issued_at", "supply_date", "due_date"]
    )
    settlement.settle_new_invoice(invoice)
    if post_entries:
        accounting.post_invoice(invoice)
    if order is not None:
        refresh_order_state(order)
    return invoice


def _terms_days(invoice: SalesInvoice) -> int:
    if invoice.payment_terms is not None:
        return invoice.payment_terms.days
    return invoice.customer.payment_terms_days


def _add_invoiced(invoice: SalesInvoice) -> None:
    rows = [row for row in invoice.lines.select_related("order_line__item") if row.order_line is not None]
    lines = {row.order_line.pk: row.order_line for row in rows if row.order_line}
    for row in rows:
        assert row.order_line is not None  # filtered above
        line = lines[row.order_line.pk]
        if row.quantity > line.open_to_invoice:
            raise QuantityExceeded(
                f"Item {line.item.code}: {plain(row.quantity)} on the invoice, "
                f"{plain(line.open_to_invoice)} open in the order.",
                item=line.item.code,
            )
        line.invoiced_qty += row.quantity
    SalesOrderLine.objects.bulk_update(lines.values(), ["invoiced_qty"], batch_size=200)


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
