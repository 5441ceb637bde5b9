"""Reading orders. Zid has no list of changed ones: the orders of the last days are listed in short and compared.

Listed in the order of their creation, so that no page moves while others are placed. Of a page on which several changed the
whole page is read again with its lines; a single one is viewed. Open orders from before are compared in the lists of their
statuses, and those that are in none of them are viewed, since they changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound, PermanentError
from platforms.base import OrderOrFailure
from platforms.types import OrderPhase, OrderReadFailure, RemoteOrder, RemoteReturn
from platforms.zid.client import ORDER_PAGE, ZidClient
from platforms.zid.errors import PLATFORM
from platforms.zid.mapping_orders import (
    RETURNED,
    created_at,
    order_from_json,
    phase_of,
    status_of,
    updated_at,
)
from platforms.zid.sold_lines import sold_lines

LANE = "orders"
ROUTE = "/v1/managers/store/orders"
_OPEN_STATUSES = ("new", "preparing", "ready", "indelivery")
#: Below so many old open orders they are viewed one by one.
FEW = 4
#: How long after an order its goods may come back and still be found.
RETURN_WINDOW = timedelta(days=120)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """An order of a list that is to be read: where it stood."""

    moment: datetime
    remote_id: str
    page: int


class OrderReader:
    def __init__(self, client: ZidClient) -> None:
        self._client = client
        self._options = client.options

    # -- lists --------------------------------------------------------------
    def iterate(
        self,
        *,
        modified_from: datetime | None,
        created_from: datetime | None,
        limit: int | None,
        open_orders: Callable[[], Sequence[str]] | None,
    ) -> Iterator[OrderOrFailure]:
        """Oldest change first. Cost: one call per 100 orders of the days that are looked through, one per page with several
        changed orders or per changed order, and of a returned order one for its credit notes."""
        first_day = self._first_day(modified_from, created_from)
        params = [("payload_type", "tiny"), ("sort_by", "asc"), *first_day]
        wanted: list[_Found] = []
        listed: set[str] = set()
        for number, rows in enumerate(self._pages(params), 1):
            for row in rows:
                remote_id = str(row.get("id", ""))
                moment = updated_at(row, self._options)
                listed.add(remote_id)
                if self._is_wanted(row, moment, modified_from, created_from):
                    wanted.append(_Found(moment or datetime.now(UTC), remote_id, number))
        if modified_from is not None and open_orders is not None and first_day:
            old = [remote_id for remote_id in open_orders() if remote_id not in listed]
            wanted += self._changed_among(old, modified_from)
        wanted.sort(key=lambda found: (found.moment, len(found.remote_id), found.remote_id))
        yield from self._read(wanted[:limit], first_day)

    def _first_day(
        self, modified_from: datetime | None, created_from: datetime | None
    ) -> list[tuple[str, str]]:
        """The first day of the list, with a day to spare since the store's zone counts."""
        if created_from is not None:
            since = created_from
        elif modified_from is not None:
            since = modified_from - timedelta(days=self._options.sweep_days)
        else:
            return []
        return [("date_from", (since - timedelta(days=1)).strftime("%Y-%m-%d"))]

    def _is_wanted(
        self,
        row: Mapping[str, Any],
        moment: datetime | None,
        modified_from: datetime | None,
        created_from: datetime | None,
    ) -> bool:
        if phase_of(status_of(row)) is OrderPhase.INCOMPLETE:
            return False
        if modified_from is not None and moment is not None and moment < modified_from:
            return False
        made = created_at(row, self._options)
        return created_from is None or made is None or made >= created_from

    def _pages(self, params: Sequence[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
        return self._client.manager_pages(ROUTE, "orders", "total_order_count", params, lane=LANE)

    def _changed_among(self, old: Sequence[str], modified_from: datetime) -> list[_Found]:
        """Which open orders from before the list have changed."""
        if len(old) <= FEW:
            return [_Found(modified_from, remote_id, 0) for remote_id in old]
        waiting = dict.fromkeys(old)
        changed: list[_Found] = []
        for status in _OPEN_STATUSES:
            for rows in self._pages([("payload_type", "tiny"), ("sort_by", "asc"), ("order_status", status)]):
                for row in rows:
                    remote_id = str(row.get("id", ""))
                    if remote_id not in waiting:
                        continue
                    del waiting[remote_id]
                    moment = updated_at(row, self._options)
                    if moment is None or moment >= modified_from:
                        changed.append(_Found(moment or modified_from, remote_id, 0))
        return changed + [_Found(modified_from, remote_id, 0) for remote_id in waiting]

    def _read(
        self, wanted: Sequence[_Found], first_day: Sequence[tuple[str, str]]
    ) -> Iterator[OrderOrFailure]:
        """The orders with their lines: pages where several of them stand together, else each by itself."""
        counts: dict[int, int] = {}
        for found in wanted:
            counts[found.page] = counts.get(found.page, 0) + 1
        whole: dict[int, dict[str, dict[str, Any]]] = {}
        for found in wanted:
            row = None
            if found.page and counts[found.page] > 1:
                if found.page not in whole:
                    whole[found.page] = self._whole_page(found.page, first_day)
                row = whole[found.page].pop(found.remote_id, None)
            entry = self._one(found.remote_id, row)
            if entry is not None:
                yield entry

    def _whole_page(self, page: int, first_day: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        params = [
            ("payload_type", "default"),
            ("sort_by", "asc"),
            *first_day,
            ("page", str(page)),
            ("per_page", str(ORDER_PAGE)),
        ]
        rows = self._client.get(ROUTE, params, lane=LANE).rows("orders")
        return {str(row.get("id", "")): row for row in rows if _is_whole(row)}

    # -- single orders ------------------------------------------------------
    def get(self, remote_id: str) -> RemoteOrder:
        """Raises NotFound, InvalidPayload."""
        return order_from_json(self._complete(self.view(remote_id)), self._options)

    def view(self, remote_id: str) -> dict[str, Any]:
        """The order as Zid prints it; the path without `/view` is another one."""
        if not remote_id.isdigit():
            raise NotFound(
                f"'{remote_id}' is not the id of an order in this store.",
                code="bad_id",
                cure="Read the order again from the store.",
                platform=PLATFORM,
            )
        return self._client.get(f"{ROUTE}/{remote_id}/view", lane=LANE).record("order")

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call each, since Zid has no list of ids. Unknown ids are left out."""
        for remote_id in dict.fromkeys(remote_ids):
            entry = self._one(remote_id, None) if remote_id.isdigit() else None
            if entry is not None:
                yield entry

    def _one(self, remote_id: str, row: dict[str, Any] | None) -> OrderOrFailure | None:
        payload: Mapping[str, Any] = row or {"id": remote_id}
        try:
            payload = row or self.view(remote_id)
            payload = self._complete(payload)
            return order_from_json(payload, self._options)
        except NotFound:
            return None
        except (InvalidPayload, PermanentError) as error:
            logger.info("site %s: order %s cannot be read", self._client.connection.site_code, remote_id)
            return OrderReadFailure(
                remote_id, error.code, error.message, error.cure, payload, sold_lines(payload)
            )

    def _complete(self, row: Mapping[str, Any], *, notes: bool = False) -> dict[str, Any]:
        """With its credit notes, where its status says that something came back."""
        order = dict(row)
        number = str(order.get("id", ""))
        wanted = notes or status_of(order) in RETURNED
        order["credit_notes"] = self.credit_notes(number) if wanted and number.isdigit() else []
        return order

    def credit_notes(self, remote_id: str) -> list[dict[str, Any]]:
        payload = self._client.get(f"{ROUTE}/{remote_id}/credit-notes", lane=LANE).record("payload")
        notes = payload.get("credit_notes")
        return [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []

    # -- returns ------------------------------------------------------------
    def returns_of(self, remote_id: str) -> list[RemoteReturn]:
        """All credit notes of an order, oldest first; two calls."""
        order = self._complete(self.view(remote_id), notes=True)
        return list(order_from_json(order, self._options).returns)

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Credit notes written since. There is no list of them: orders of the last four months that came back are listed by
        their statuses, and those changed since are read. Cost: a call per status and 100 orders, and two per such order."""
        found: list[RemoteReturn] = []
        for remote_id in self._came_back(modified_from):
            order = self._one(remote_id, None)
            if isinstance(order, RemoteOrder):
                found += [
                    entry
                    for entry in order.returns
                    if modified_from is None or entry.created_at >= modified_from
                ]
        yield from sorted(found, key=lambda entry: entry.created_at)

    def _came_back(self, modified_from: datetime | None) -> list[str]:
        window = [] if modified_from is None else self._first_day(None, modified_from - RETURN_WINDOW)
        ids: dict[str, None] = {}
        for status in sorted(RETURNED):
            params = [("payload_type", "tiny"), ("sort_by", "asc"), ("order_status", status), *window]
            for rows in self._pages(params):
                for row in rows:
                    moment = updated_at(row, self._options)
                    if modified_from is None or moment is None or moment >= modified_from:
                        ids[str(row.get("id", ""))] = None
        return list(ids)


def _is_whole(row: Mapping[str, Any]) -> bool:
    """Whether an order of a list has its lines and totals, as `payload_type=default` promises."""
    payment = row.get("payment")
    return (
        isinstance(row.get("products"), list)
        and isinstance(payment, Mapping)
        and bool(payment.get("invoice"))
    )
