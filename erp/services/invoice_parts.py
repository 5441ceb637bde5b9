"""Writing an invoice or credit note with all its parts."""

from __future__ import annotations

from collections.abc import Sequence

from erp.models import DocumentCharge, InvoiceTax, SalesInvoice, SalesInvoiceLine
from erp.services import transitions
from erp.services.totals import tax_breakdown


def save_invoice(
    invoice: SalesInvoice, lines: Sequence[SalesInvoiceLine], charges: Sequence[DocumentCharge]
) -> None:
    """Write a new invoice or credit note with its parts and its tax breakdown, and announce it."""
    invoice.save()
    taxes = tax_breakdown(invoice, lines, charges)
    parts: list[SalesInvoiceLine | DocumentCharge | InvoiceTax] = [*lines, *charges, *taxes]
    for part in parts:
        part.invoice = invoice
    SalesInvoiceLine.objects.bulk_create(lines)
    DocumentCharge.objects.bulk_create(charges)
    InvoiceTax.objects.bulk_create(taxes)
    transitions.announce_state(invoice, old_state="")
