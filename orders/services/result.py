"""What importing one order or return came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orders.models import Order
from orders.reasons import Hold
from orders.states import ImportOutcome


@dataclass(frozen=True, slots=True)
class ImportResult:
    """outcome: created (documents made) | updated | unchanged | held | skipped | failed.

    `order` is None when nothing was kept, or nothing had to be read because it is unchanged. `steps`: what the documents went through (`services.timeline`).
    """

    outcome: ImportOutcome
    order: Order | None = None
    holds: tuple[Hold, ...] = ()
    documents: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    steps: tuple[Any, ...] = ()
