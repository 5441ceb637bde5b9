"""Statuses of orders: which state each belongs to, and by which call it is reached.

The API sets any text as a status without a look at the state, so that a slip would leave an order with a status that
nobody knows. Only statuses that are known and fit the state are set; those that stand for a step are reached by the step.
"""

from __future__ import annotations

from collections.abc import Mapping

#: (status, label). The last is reached by a call of its own.
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("pending", "Pending"),
    ("processing", "Processing"),
    ("complete", "Complete"),
    ("closed", "Closed"),
    ("canceled", "Canceled"),
    ("pending_payment", "Pending Payment"),
    ("payment_review", "Payment Review"),
    ("fraud", "Suspected Fraud"),
    ("holded", "On Hold"),
)
STATE_OF: Mapping[str, str] = {
    "pending": "new",
    "processing": "processing",
    "complete": "complete",
    "closed": "closed",
    "canceled": "canceled",
    "pending_payment": "pending_payment",
    "payment_review": "payment_review",
    "fraud": "payment_review",
    "holded": "holded",
}
ACTIONS: Mapping[str, str] = {"complete": "complete", "cancel": "canceled"}
IMPORTED = ("pending", "processing", "complete")
