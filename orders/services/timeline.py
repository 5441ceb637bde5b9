"""What happened to the documents of an order, in a form that its timeline can tell in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from activity.services import record_event
from orders.models import Order
from orders.services.outbox import StateChange

DOCUMENTS = "order.documents"


def steps_of(changes: Iterable[StateChange]) -> list[list[Any]]:
    """[document type, key, number, new state] of each step."""
    return [
        [
            change.document_type,
            change.document.pk,
            str(getattr(change.document, "number", ""))[:60],
            change.new_state,
        ]
        for change in changes
    ]


def note_steps(order: Order, changes: Iterable[StateChange]) -> None:
    """Documents were made, confirmed, shipped, issued, paid or cancelled outside the first import."""
    steps = steps_of(changes)
    if steps:
        message = ", ".join(f"{kind} {number}".strip() for kind, _key, number, _state in steps)
        record_event(
            kind=DOCUMENTS,
            site_code=order.site.code,
            subject=order,
            message=message,
            payload={"documents": steps},
        )
