"""Messages that need no longer be sent: a later one says more, or what they told of is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from orders.models import Order, OrderOutbox
from orders.services.outbox_rows import StateChange
from orders.states import OutboxKind, OutboxState

_STATUS_KINDS = (OutboxKind.STATUS, OutboxKind.COMPLETE)
_SETS_STATUS = (*_STATUS_KINDS, OutboxKind.CANCEL)


def supersede_by(order: Order, rows: Sequence[OrderOutbox]) -> int:
    """A later state makes earlier unsent ones needless. What the buyer was to read is sent all the same.

    Shipments neither supersede (they set a status only with the last delivery) nor are superseded.
    """
    keys = [row.dedupe_key for row in rows if row.kind in _SETS_STATUS]
    last = _waiting(order).filter(dedupe_key__in=keys[-1:]).first()
    if last is None:
        return 0  # told before, and announced again
    return _set_aside(_waiting(order).filter(kind__in=_STATUS_KINDS, payload__comment="", pk__lt=last.pk))


def move_behind_shipments(order: Order, rows: Sequence[OrderOutbox]) -> None:
    """A completion that still waits goes after a shipment that came later: the shop's last mail shows the tracking."""
    if not any(row.kind == OutboxKind.SHIP for row in rows):
        return
    first = _waiting(order).filter(kind=OutboxKind.SHIP).order_by("pk").first()
    if first is None:
        return
    early = _waiting(order).filter(kind=OutboxKind.COMPLETE, pk__lt=first.pk).order_by("pk")
    # One that a worker is just claiming leaves now; a copy of it would leave twice.
    for row in early.select_for_update(skip_locked=True):
        row.delete()
        row.pk = None
        row.save(force_insert=True)


def supersede_undone(order: Order, changes: Iterable[StateChange]) -> int:
    """A delivery that was cancelled before the shop heard of it is never told."""
    undone = [
        change.document.pk
        for change in changes
        if change.document_type == "delivery" and change.new_state == "cancelled"
    ]
    if not undone:
        return 0
    about = _waiting(order).filter(payload__document_type="delivery", payload__document_id__in=undone)
    return _set_aside(about)


def settle_first(rows: Sequence[OrderOutbox]) -> list[OrderOutbox]:
    """The first messages of an order as they would stand after `move_behind_shipments` and `supersede_by`, not saved."""
    first = next((place for place, row in enumerate(rows) if row.kind == OutboxKind.SHIP), 0)
    early = [row for row in rows[:first] if row.kind == OutboxKind.COMPLETE]
    ordered = [row for row in rows if not any(row is other for other in early)] + early
    setting = [row for row in rows if row.kind in _SETS_STATUS]
    if setting:
        for row in ordered[: next(place for place, row in enumerate(ordered) if row is setting[-1])]:
            if row.kind in _STATUS_KINDS and row.payload.get("comment") == "":
                row.state, row.completed_at = OutboxState.SUPERSEDED, timezone.now()
    return ordered


def _waiting(order: Order) -> QuerySet[OrderOutbox]:
    """Unsent: a message under way can no longer be held back."""
    return OrderOutbox.objects.filter(order=order, state=OutboxState.PENDING)


def _set_aside(rows: QuerySet[OrderOutbox]) -> int:
    now = timezone.now()
    return rows.update(
        state=OutboxState.SUPERSEDED,
        completed_at=now,
        updated_at=now,
        error_class="",
        error_code="",
        error_message="",
        remedy="",
    )
