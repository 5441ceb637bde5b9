"""Numbers without gaps and doubles, and balanced entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Sum

from erp.models import (
    AccountingEntry,
    Delivery,
    NumberSeries,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
)
from erp.states import DocumentType
from pricing.models import PriceUpdaterDoc
from tests.chaos.wrong import Wrong

NUMBERED: dict[str, type[Any]] = {
    DocumentType.SALES_ORDER: SalesOrder,
    DocumentType.DELIVERY: Delivery,
    DocumentType.INVOICE: SalesInvoice,
    DocumentType.CREDIT_NOTE: SalesInvoice,
    DocumentType.RETURN: SalesReturn,
    DocumentType.RECEIPT: Receipt,
    DocumentType.PRICE_UPDATE: PriceUpdaterDoc,
    DocumentType.ACCOUNTING_ENTRY: AccountingEntry,
}


def series() -> Iterator[Wrong]:
    """1, 2, 3 … up to the next number of each series."""
    for row in NumberSeries.objects.filter(document_type__in=NUMBERED):
        model = NUMBERED[row.document_type]
        numbers = model.objects.filter(number__startswith=row.prefix).values_list("number", flat=True)
        tails = [number.removeprefix(row.prefix).rpartition("-")[2] for number in numbers]
        taken = Counter(int(tail) for tail in tails if tail.isdigit())
        doubles = sorted(number for number, times in taken.items() if times > 1)
        gaps = sorted(set(range(1, row.next_number)) - set(taken))
        beyond = sorted(number for number in taken if number >= row.next_number)
        for name, found in (("doubles", doubles), ("gaps", gaps), ("numbers not yet given", beyond)):
            if found:
                yield Wrong("series", f"Series {row.code} ({row.prefix}) has {name}: {found[:10]}")


def accounting() -> Iterator[Wrong]:
    entries = AccountingEntry.objects.annotate(debit=Sum("lines__debit"), credit=Sum("lines__credit"))
    for entry in entries:
        if entry.debit != entry.credit:
            yield Wrong("accounting", f"Entry {entry} has debit {entry.debit} and credit {entry.credit}.")
    doubles = Counter(AccountingEntry.objects.values_list("source_type", "source_id"))
    for (kind, pk), times in doubles.items():
        if times > 1:
            yield Wrong("accounting", f"{kind} {pk} has {times} entries.")
