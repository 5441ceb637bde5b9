"""Reading orders and refunds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from ecomsync.common.errors import InvalidPayload, Rejected
from platforms.base import OrderOrFailure
from platforms.batching import chunks
from platforms.types import OrderReadFailure, RemoteOrder, RemoteReturn
from platforms.woocommerce.client import PAGE_SIZE, Params, WooClient
from platforms.woocommerce.mapping_orders import modified_at, order_from_json
from platforms.woocommerce.mapping_returns import return_from_json, with_restock
from platforms.woocommerce.sold_lines import sold_lines

LANE = "orders"
_FARTHEST_ZONE = timedelta(hours=12, seconds=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_RETURN_FIELDS = "id,currency,line_items,refunds,date_created_gmt,date_modified_gmt"

logger = logging.getLogger(__name__)


class OrderReader:
    """Orders and refunds of one shop."""

    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._way = "window"  # window | filter | compare: how this shop lists what changed

    def iterate(
        self,
        *,
        modified_from: datetime | None,
        created_from: datetime | None,
        limit: int | None,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from`, oldest change first, or created at or after `created_from`.

        One call per 100 orders. An order changed while we read comes again with its newer state.
        """
        if modified_from is None and created_from is not None:
            rows = self._client.pages("orders", _created_params(created_from), lane=LANE)
        else:
            rows = self._changed_rows(modified_from or _EARLIEST, created_from, open_orders=open_orders)
        if created_from is not None:
            rows = (row for row in rows if (_created_at(row) or created_from) >= created_from)
        for row in islice(rows, limit):
            yield self._read(row)

    def get(self, remote_id: str) -> RemoteOrder:
        return self.parse(self._client.get(f"orders/{remote_id}", lane=LANE).record())

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call per 100 ids."""
        for row in self._rows_by_id(remote_ids):
            yield self._read(row)

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(payload, tax_number_keys=self._client.options.tax_number_keys)

    def _read(self, row: Mapping[str, Any]) -> OrderOrFailure:
        try:
            return self.parse(row)
        except InvalidPayload as error:
            return OrderReadFailure(
                str(row.get("id", "")), error.code, error.message, error.cure, row, sold_lines(row)
            )

    # -- changed since ------------------------------------------------------
    def _changed_rows(
        self,
        since: datetime,
        created_from: datetime | None,
        fields: str = "",
        *,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """In the best way that this shop has, found out by calling: what it does not know it ignores or refuses."""
        extra = list(_created_params(created_from)[:1]) if created_from is not None else []
        if fields:
            extra.append(("_fields", fields))
        if self._way == "window":
            try:
                yield from self._by_moving_window(since, extra)
                return
            except Rejected as error:  # before 7.9 it may know the filter and not the order
                if "orderby" not in str(error.details.get("params", "")):
                    raise
                self._way = "filter"
        if self._way == "filter":
            try:
                yield from self._by_filter(since, extra)
                return
            except _FilterIgnored:
                logger.info(
                    "site %s: this shop cannot list changed orders", self._client.connection.site_code
                )
                self._way = "compare"
        yield from self._by_comparing(since, extra, open_orders)

    def _by_moving_window(self, since: datetime, extra: Params) -> Iterator[dict[str, Any]]:
        """Always the first page of what changed after the last row seen.

        Page numbers would skip rows: one changed while we read moves to the end and pulls the others forward. Only
        when a whole page bears one second is the next page asked for. `modified_after` excludes the second itself.
        """
        seen: set[tuple[Any, Any]] = set()
        bound, page = since - timedelta(seconds=1), 1
        while True:
            params = [
                *_modified_params(bound),
                ("orderby", "modified"),
                ("order", "asc"),
                ("per_page", str(PAGE_SIZE)),
                ("page", str(page)),
                *extra,
            ]
            rows = self._client.get("orders", params, lane=LANE).rows()
            for row in rows:
                mark = (row.get("id"), row.get("date_modified_gmt"))
                if mark not in seen:
                    seen.add(mark)
                    yield row
            if len(rows) < PAGE_SIZE:
                return
            known = [stamp for row in rows if (stamp := modified_at(row)) is not None]
            next_bound = max(known) - timedelta(seconds=1) if known else bound
            bound, page = (next_bound, 1) if next_bound > bound else (bound, page + 1)

    def _by_filter(self, since: datetime, extra: Params) -> Iterator[dict[str, Any]]:
        """All that changed, in the order of ids, sorted here. Raises _FilterIgnored at the first row that is older."""
        bound = since - timedelta(seconds=1)
        params = [*_modified_params(bound), ("orderby", "id"), ("order", "asc"), *extra]
        rows = []
        for row in self._client.pages("orders", params, lane=LANE):
            if (modified_at(row) or since) < bound:
                raise _FilterIgnored
            rows.append(row)
        yield from _by_change(rows, since)

    def _by_comparing(
        self, since: datetime, extra: Params, open_orders: Callable[[], Sequence[str]] | None
    ) -> Iterator[dict[str, Any]]:
        """For shops before 5.8, which ignore `modified_after` without a word: the recent orders, and of the older ones
        those that we take for open, are read and compared."""
        fields = [pair for pair in extra if pair[0] == "_fields"]
        if any(name == "after" for name, _ in extra):
            params = [*extra, ("orderby", "id"), ("order", "asc")]
        else:
            lookback = timedelta(days=self._client.options.legacy_lookback_days)
            params = [*extra, *_created_params(max(_EARLIEST, since - lookback))]
        rows = list(self._client.pages("orders", params, lane=LANE))
        recent = {str(row.get("id", "")) for row in rows}
        older = [one for one in (open_orders() if open_orders is not None else ()) if one not in recent]
        rows += self._rows_by_id(older, fields)
        yield from _by_change([row for row in rows if (modified_at(row) or since) >= since], since)

    def _rows_by_id(self, remote_ids: Sequence[str], extra: Params = ()) -> Iterator[dict[str, Any]]:
        """One call per 100 ids; what is no id of this shop is left out."""
        for batch in chunks([remote_id for remote_id in remote_ids if remote_id.isdigit()], PAGE_SIZE):
            params = [("include", ",".join(batch)), ("orderby", "id"), ("order", "asc"), *extra]
            yield from self._client.pages("orders", params, lane=LANE)

    # -- refunds ------------------------------------------------------------
    def returns_of(self, order_remote_id: str, order: Mapping[str, Any] | None = None) -> list[RemoteReturn]:
        """All refunds of an order, oldest first, with their lines. order: its currency and lines, if read already."""
        if order is None:
            fields = [("_fields", "id,currency,line_items")]
            order = self._client.get(f"orders/{order_remote_id}", fields, lane=LANE).record()
        currency = str(order.get("currency", ""))
        rows = self._client.pages(
            f"orders/{order_remote_id}/refunds", [("order", "asc"), ("orderby", "id")], lane=LANE
        )
        found = [return_from_json(row, order_remote_id=order_remote_id, currency=currency) for row in rows]
        return with_restock(found, order)

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Refunds of the orders changed since; one more call per order that has any. A refund changes its order."""
        for row in self._changed_rows(modified_from or _EARLIEST, None, _RETURN_FIELDS):
            if row.get("refunds"):
                yield from self.returns_of(str(row["id"]), row)


class _FilterIgnored(Exception):
    """The shop answered with rows older than asked for."""


def wire_time(moment: datetime) -> str:
    """A moment as filters want it: UTC without offset, beside `dates_are_gmt=true`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _modified_params(bound: datetime) -> list[tuple[str, str]]:
    return [("modified_after", wire_time(bound)), ("dates_are_gmt", "true")]


def _created_params(created_from: datetime) -> list[tuple[str, str]]:
    """`after` excludes the second itself. Old shops take it for their own time, whatever `dates_are_gmt` says, so it
    reaches back by as much as a zone can lie behind; what is too old is left out here."""
    return [
        ("after", wire_time(created_from - _FARTHEST_ZONE)),
        ("dates_are_gmt", "true"),
        ("orderby", "id"),
        ("order", "asc"),
    ]


def _created_at(row: Mapping[str, Any]) -> datetime | None:
    return modified_at({"date_created_gmt": row.get("date_created_gmt")})


def _by_change(rows: Sequence[dict[str, Any]], since: datetime) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (modified_at(row) or since, int(row.get("id", 0))))
