"""Norce's order statuses by number and name, and what they mean to us. Source: fact sheet §11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.norce.fields import text
from platforms.types import OrderPhase

#: In the order of their numbers; those from 10 on are not sent over REST.
STATUS_NAMES = (
    "Created",
    "Allocation",
    "Confirmed",
    "BackOrder",
    "Delivered",
    "Invoiced",
    "Cancelled",
    "CreditControl",
    "PartlyDelivered",
    "Acknowledged",
)
_LATER_NAMES = {
    10: "ErpConfirmed",
    11: "ReadyForPickup",
    12: "PickedUp",
    13: "NotPickedUp",
    14: "OnHold",
    15: "WaitingForCancel",
    16: "WaitingForOnHoldRemoved",
    17: "CancelError",
    18: "AcknowledgementError",
    19: "ReadyForReservation",
    20: "Reserved",
}
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("Created", "Created"),
    ("Allocation", "Allocation"),
    ("BackOrder", "Back order"),
    ("CreditControl", "Credit control"),
    ("PartlyDelivered", "Partly delivered"),
    ("Delivered", "Delivered"),
    ("Invoiced", "Invoiced"),
    ("Cancelled", "Cancelled"),
    ("Acknowledged", "Acknowledged"),
    ("Confirmed", "Confirmed"),
)
PHASES = {
    "Delivered": OrderPhase.COMPLETE,
    "Invoiced": OrderPhase.COMPLETE,
    "PickedUp": OrderPhase.COMPLETE,
    "Cancelled": OrderPhase.CANCELLED,
}
#: Recurring orders have a template, which is no order.
TEMPLATE = frozenset({"4", "recurringordertemplate"})


def status_of(payload: Mapping[str, Any]) -> str:
    """The name of the status; an order that is pushed to us has just been created."""
    told = text(payload, "OrderStatus", "StatusId", "Status")
    if not told.isdigit():
        return told or STATUS_NAMES[0]
    place = int(told)
    return STATUS_NAMES[place] if place < len(STATUS_NAMES) else _LATER_NAMES.get(place, told)


def phase_of(payload: Mapping[str, Any], status: str) -> OrderPhase:
    if text(payload, "OrderType").lower() in TEMPLATE:
        return OrderPhase.INCOMPLETE
    return PHASES.get(status, OrderPhase.OPEN)
