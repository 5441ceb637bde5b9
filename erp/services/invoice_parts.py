"""Writing an invoice or credit note with all its parts."""

from __future__ import annotations

from collections.abc import Sequence

from ecomsync.common.sql import insert_rows
from erp.models import DocumentCharge, InvoiceTax, SalesInvoice, SalesInvoiceLine
from erp.services import transitions
from erp.services.totals import tax_breakdown

Written = tuple[SalesInvoice, Sequence[SalesInvoiceLine], Sequence[DocumentCharge]]


def save_invoice(
    invoice: SalesInvoice, lines: Sequence[SalesInvoiceLine], charges: Sequence[DocumentCharge]
) -> None:
    """Write a new invoice or credit note with its parts and its tax breakdown, and announce it."""
    save_invoices([(invoice, lines, charges)])


def save_invoices(documents: Sequence[Written]) -> None:
    """The same for several, in four statements."""
    insert_rows([invoice for invoice, _, _ in documents])
    taxes: list[InvoiceTax] = []
    for invoice, lines, charges in documents:
        own = tax_breakdown(invoice, lines, charges)
        parts: list[SalesInvoiceLine | DocumentCharge | InvoiceTax] = [*lines, *charges, *own]
        for part in parts:
            part.invoice = invoice
        taxes += own
    insert_rows([line for _, lines, _ in documents for line in lines])
    insert_rows([charge for _, _, charges in documents for charge in charges])
    insert_rows(taxes)
    for invoice, _, _ in documents:
        transitions.announce_state(invoice, old_state="")
