"""Numbers of documents, without gaps and without doubles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from erp.models import LegalEntity, NumberSeries
from erp.states import DocumentType

#: Code and prefix of the series that is made when a document type has none.
DEFAULT_SERIES: dict[str, tuple[str, str]] = {
    DocumentType.SALES_ORDER: ("SO", "SO-"),
    DocumentType.DELIVERY: ("DN", "DN-"),
    DocumentType.INVOICE: ("SI", "SI-"),
    DocumentType.CREDIT_NOTE: ("CN", "CN-"),
    DocumentType.RETURN: ("RT", "RT-"),
    DocumentType.RECEIPT: ("RC", "RC-"),
    DocumentType.PRICE_UPDATE: ("PU", "PU-"),
    DocumentType.STOCK_COUNT: ("SC", "SC-"),
    DocumentType.CUSTOMER: ("C", "C-"),
    DocumentType.ACCOUNTING_ENTRY: ("JE", "JE-"),
}


@dataclass(frozen=True, slots=True)
class NumberWish:
    """Which series a document takes its number from: `series`, else that of the legal entity, else the common one."""

    document_type: str
    series: NumberSeries | None = None
    legal_entity: LegalEntity | None = None
    on: dt.date | None = None


def next_number(
    *,
    document_type: str,
    series: NumberSeries | None = None,
    legal_entity: LegalEntity | None = None,
    on: dt.date | None = None,
) -> str:
    """Take the next number under a row lock; a rolled back transaction gives it back.

    Without `series`: that of the legal entity, else the common one, else a default one is made.
    """
    return next_numbers([NumberWish(document_type, series, legal_entity, on)])[0]


@transaction.atomic(savepoint=False)
def next_numbers(wishes: Sequence[NumberWish]) -> list[str]:
    """Numbers in the order of the wishes; each series is locked (in the order of ids) and written once.

    Stock balances are locked before number series, everywhere, so that nobody waits in a circle.
    """
    chosen: dict[tuple[str, int | None], int] = {}
    ids = [wish.series.pk if wish.series is not None else _wished_series(wish, chosen) for wish in wishes]
    locked = NumberSeries.objects.select_for_update().filter(pk__in=set(ids)).order_by("id")
    rows = {row.pk: row for row in locked}
    numbers = [
        rows[pk].take(on=wish.on or timezone.localdate()) for pk, wish in zip(ids, wishes, strict=True)
    ]
    for row in rows.values():
        row.save(update_fields=["next_number", "current_year", "updated_at"])
    return numbers


def _wished_series(wish: NumberWish, chosen: dict[tuple[str, int | None], int]) -> int:
    key = (wish.document_type, wish.legal_entity.pk if wish.legal_entity else None)
    if key not in chosen:
        chosen[key] = _series_id(wish.document_type, wish.legal_entity)
    return chosen[key]


def _series_id(document_type: str, legal_entity: LegalEntity | None) -> int:
    owner = (
        Q(legal_entity=None) if legal_entity is None else Q(legal_entity=None) | Q(legal_entity=legal_entity)
    )
    found = (
        NumberSeries.objects.filter(owner, document_type=document_type, active=True)
        .order_by(F("legal_entity").asc(nulls_last=True), "id")
        .values_list("pk", flat=True)
        .first()
    )
    if found is not None:
        return found
    code, prefix = DEFAULT_SERIES.get(document_type, (document_type.upper(), f"{document_type[:2].upper()}-"))
    names = {"name2": str(code)}
    row, _ = NumberSeries.objects.get_or_create(
        code=code, defaults={"document_type": document_type, "prefix": prefix, "active": True, **names}
    )
    return row.pk
