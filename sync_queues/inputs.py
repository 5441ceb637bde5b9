"""Values that go into the queues and come out of handlers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class RequestInput:
    """One change to be told to a shop. `key` says what gathers; empty takes the usual key of the kind.

    The quantity and price are for the reader only: the handler sends what is true at that moment. `sheet` is what a
    price document asks for. forced: send even when the shop should have the value already.
    """

    item_id: int | None = None
    key: str = ""
    # quantities
    warehouse_id: int | None = None
    remote_location_id: str = ""
    quantity: Decimal | None = None
    # prices
    price_list_id: int | None = None  # of the ERP; None: the base price
    min_quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    sheet: Mapping[str, Any] | None = None
    # items
    action: str = "send"
    subject_type: str = ""
    subject_id: int | None = None
    # all
    forced: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """created: new rows. coalesced: changes that joined a row which waits already."""

    created: int = 0
    coalesced: int = 0

    @property
    def total(self) -> int:
        return self.created + self.coalesced


class RowOutcome(StrEnum):
    """What became of one request."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    RETRY = "retry"
    CONFIGURATION = "configuration"


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class RowResult(NamedTuple):
    """A handler's answer for one request. `sent` holds columns of the request such as quantity_sent.

    There is one per request of every batch, and a frozen dataclass takes six times as long to make.
    """

    request_id: int
    outcome: RowOutcome | str
    code: str = ""
    message: str = ""
    cure: str = ""
    sent: Mapping[str, Any] = _NOTHING
    retry_after: float | None = None
