"""Credit notes: money back to a customer, never more than the invoice they take back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.errors import AmountExceeded, IllegalState
from erp.inputs import ChargeInput, LineInput
from erp.models import (
    Customer,
    DocumentCharge,
    InvoiceKind,
    NumberSeries,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
)
from erp.models.columns import as_amount, plain
from erp.services import transitions
from erp.services.invoice_parts import save_invoice
from erp.services.totals import build_charge, fill_line, set_totals
from erp.states import ISSUED_STATES, InvoiceState

#: Columns that a credit note takes over from what it credits.
_HEADER_COPY = (
    "channel",
    "customer_id",
    "order_id",
    "currency",
    "exchange_rate",
    "prices_include_tax",
    "discount_net",
    "discount_tax",
    "discount_tax_parts",
    "rounding",
    "billing_address",
    "legal_entity_id",
    "branch_id",
    "department_id",
    "sector_id",
)
LINE_COPY = (
    "line_no",
    "item_id",
    "description",
    "quantity",
    "unit_id",
    "unit_price",
    "subtotal_net",
    "discount_amount",
    "discount_percent",
    "net_amount",
    "tax_code",
    "tax_rate",
    "tax_amount",
    "tax_parts",
    "gross_amount",
    "external_line_id",
    "order_line_id",
)
CHARGE_COPY = (
    "line_no",
    "kind",
    "service_item_id",
    "description",
    "net_amount",
    "tax_code",
    "tax_rate",
    "tax_amount",
    "tax_parts",
    "gross_amount",
    "external_line_id",
)


@transaction.atomic
def create_credit_note(
    *,
    customer: Customer,
    lines: Sequence[LineInput],
    charges: Sequence[ChargeInput] = (),
    invoice: SalesInvoice | None = None,
    order: SalesOrder | None = None,
    currency: str = "",
    prices_include_tax: bool | None = None,
    exchange_rate: Decimal | None = None,
    rounding: Decimal = ZERO,
    channel: str = "",
    reason: str = "",
    number_series: NumberSeries | None = None,
) -> SalesInvoice:
    """A draft credit note with positive amounts. `invoice` is the one it takes back; None makes a free one.

    Raises AmountExceeded when all credit notes of the invoice together would pass its total.
    """
    source = invoice or order
    note = SalesInvoice(
        kind=InvoiceKind.CREDIT_NOTE,
        customer=customer,
        original_invoice=invoice,
        order=order or (invoice.order if invoice else None),
        channel=channel or (source.channel if source else ""),
        currency=currency or (source.currency if source else ""),
        exchange_rate=exchange_rate or (source.exchange_rate if source else Decimal(1)),
        prices_include_tax=_tax_mode(prices_include_tax, source),
        rounding=rounding,
        reason=reason[:500],
        number_series=number_series,
        billing_address=source.billing_address if source else {},
        legal_entity=source.legal_entity if source else customer.legal_entity,
        branch=source.branch if source else customer.branch,
        department=source.department if source else customer.department,
        sector=source.sector if source else customer.sector,
    )
    rows = []
    for line_no, given in enumerate(lines, start=1):
        row = SalesInvoiceLine()
        fill_line(row, given, line_no=line_no)
        rows.append(row)
    extra = [build_charge(charge, line_no=line_no) for line_no, charge in enumerate(charges, start=1)]
    return save_credit_note(note, rows, extra)


def _tax_mode(given: bool | None, source: SalesInvoice | SalesOrder | None) -> bool:
    if given is not None:
        return given
    return source.prices_include_tax if source is not None else True


def save_credit_note(
    note: SalesInvoice, lines: Sequence[SalesInvoiceLine], charges: Sequence[DocumentCharge]
) -> SalesInvoice:
    """Sum, check against the original, write, announce."""
    if not note.currency:
        raise PermanentError(
            "The credit note has no currency.",
            code="no_currency",
            cure="Name a currency, an invoice or an order.",
        )
    set_totals(note, lines, charges)
    if note.grand_total < 0:
        raise PermanentError(
            f"The credit note would be {plain(note.grand_total)}: below zero.",
            code="negative_total",
            cure="Amounts of a credit note are positive; use an invoice to claim money.",
        )
    if note.original_invoice is not None:
        transitions.lock(note.original_invoice)
        require_creditable(note.original_invoice, note.grand_total)
    save_invoice(note, lines, charges)
    return note


def creditable_amount(invoice: SalesInvoice, *, excluding: SalesInvoice | None = None) -> Decimal:
    """What of an invoice no credit note has taken back yet."""
    notes = SalesInvoice.objects.filter(original_invoice=invoice, kind=InvoiceKind.CREDIT_NOTE).exclude(
        state=InvoiceState.CANCELLED
    )
    if excluding is not None:
        notes = notes.exclude(pk=excluding.pk)
    credited = notes.order_by().aggregate(total=Sum("grand_total"))["total"]
    return invoice.grand_total - as_amount(credited or ZERO)


def require_creditable(
    invoice: SalesInvoice | None, amount: Decimal, *, excluding: SalesInvoice | None = None
) -> None:
    """Raise when the invoice is not issued, or `amount` is more than what is left of it."""
    if invoice is None:
        return
    if invoice.state not in ISSUED_STATES:
        raise IllegalState(
            f"Invoice {invoice} is {invoice.state}; there is nothing to credit.",
            cure="Issue the invoice first, or cancel its draft.",
            item=str(invoice),
        )
    left = creditable_amount(invoice, excluding=excluding)
    if amount > left:
        raise AmountExceeded(
            f"Invoice {invoice}: {plain(amount)} to credit, {plain(left)} of {plain(invoice.grand_total)} not credited yet.",
            code="credit_exceeds_invoice",
            item=str(invoice),
        )


@transaction.atomic
def credit_whole_invoice(*, invoice: SalesInvoice, reason: str = "") -> SalesInvoice:
    """A draft credit note with every amount of the invoice. Refuses one that is credited in part."""
    transitions.lock(invoice)
    note = SalesInvoice(
        kind=InvoiceKind.CREDIT_NOTE,
        original_invoice=invoice,
        reason=reason[:500],
        **{name: getattr(invoice, name) for name in _HEADER_COPY},
    )
    lines = [
        SalesInvoiceLine(**{name: getattr(row, name) for name in LINE_COPY}) for row in invoice.lines.all()
    ]
    charges = [
        DocumentCharge(**{name: getattr(row, name) for name in CHARGE_COPY}) for row in invoice.charges.all()
    ]
    return save_credit_note(note, lines, charges)
