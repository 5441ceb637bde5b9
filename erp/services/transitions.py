"""The one place where a document changes its state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

from ecomsync.common.sql import save_rows
from erp import signals
from erp.errors import IllegalState
from erp.models import (
    Delivery,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
    StockCount,
)
from erp.states import TRANSITIONS, DocumentType

StatefulDocument = SalesOrder | Delivery | SalesInvoice | SalesReturn | Receipt | StockCount

_TYPES: dict[type[models.Model], str] = {
    SalesOrder: DocumentType.SALES_ORDER,
    Delivery: DocumentType.DELIVERY,
    SalesReturn: DocumentType.RETURN,
    Receipt: DocumentType.RECEIPT,
    StockCount: DocumentType.STOCK_COUNT,
}


def document_type_of(document: StatefulDocument) -> str:
    """The type as signals, number series and status tables name it."""
    if isinstance(document, SalesInvoice):
        return document.document_type
    return str(_TYPES[type(document)])


def lock(document: StatefulDocument) -> None:
    """Read the row anew and keep it locked for the rest of the transaction."""
    rows: Any = type(document)._default_manager.select_for_update()
    document.refresh_from_db(from_queryset=rows)


def lock_all(documents: Iterable[StatefulDocument]) -> None:
    """Lock several documents of one kind, in the order of their ids."""
    for document in sorted(documents, key=lambda row: row.pk):
        lock(document)


def require_transition(document: StatefulDocument, new_state: str) -> None:
    """Raise IllegalState when the document may not go to `new_state` from where it is."""
    document_type = document_type_of(document)
    allowed = TRANSITIONS[document_type].get(document.state, frozenset())
    if new_state not in allowed:
        name = type(document)._meta.verbose_name
        raise IllegalState(
            f"The {document_type} {document} is {document.state} and cannot become {new_state}.",
            cure=f"Allowed from here: {', '.join(sorted(allowed)) or 'nothing, the document is closed'}.",
            item=str(document),
            details={
                "document_type": document_type,
                "model": str(name),
                "state": document.state,
                "wanted": new_state,
            },
        )


def change_state(document: StatefulDocument, new_state: str, *, fields: Iterable[str] = ()) -> None:
    """Check, save the state with `fields`, and announce it."""
    change_states([(document, new_state)], fields=fields)


def change_states(changes: Sequence[tuple[StatefulDocument, str]], *, fields: Iterable[str] = ()) -> None:
    """Several documents of one kind in one statement: checked, saved with `fields`, announced one by one."""
    old_states = []
    for document, new_state in changes:
        require_transition(document, new_state)
        old_states.append(document.state)
        document.state = str(new_state)
        document.version += 1
    save_rows([document for document, _ in changes], ["state", "version", *fields])
    for (document, _), old_state in zip(changes, old_states, strict=True):
        announce_state(document, old_state=old_state)


def announce_state(document: StatefulDocument, *, old_state: str) -> None:
    """Tell those above; `old_state` is empty for a document that was just made."""
    signals.document_state_changed.send(
        sender=type(document),
        document=document,
        document_type=document_type_of(document),
        old_state=old_state,
        new_state=document.state,
    )
