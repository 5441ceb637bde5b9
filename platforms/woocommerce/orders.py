"""Reading orders and refunds."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
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

LANE = "orders"
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_RETURN_FIELDS = "id,currency,line_items,refunds,date_created_gmt,date_modified_gmt"

logger = logging.getLogger(__name__)


class OrderReader:
    """Orders and refunds of one shop."""

    def __init__(self, client: WooClient) -> None:
        self._client = client

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from`, oldest change first, or created at or after `created_from`.

        One call per 100 orders. An order changed while we read comes again with its newer state.
        """
        if modified_from is None and created_from is not None:
            rows = self._client.pages("orders", _created_params(created_from), lane=LANE)
        else:
            rows = self._changed_rows(modified_from or _EARLIEST, created_from)
        for row in islice(rows, limit):
            yield self._read(row)

    def get(self, remote_id: str) -> RemoteOrder:
        return self.parse(self._client.get(f"orders/{remote_id}", lane=LANE).record())

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call per 100 ids."""
        for batch in chunks([remote_id for remote_id in remote_ids if remote_id.isdigit()], PAGE_SIZE):
            params = [("include", ",".join(batch)), ("orderby", "id"), ("order", "asc")]
            for row in self._client.pages("orders", params, lane=LANE):
                yield self._read(row)

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(payload, tax_number_keys=self._client.options.tax_number_keys)

    def _read(self, row: Mapping[str, Any]) -> OrderOrFailure:
        try:
            return self.parse(row)
        except InvalidPayload as error:
            return OrderReadFailure(str(row.get("id", "")), error.code, error.message, error.cure, row)

    # -- changed since ------------------------------------------------------
    def _changed_rows(
        self, since: datetime, created_from: datetime | None, fields: str = ""
    ) -> Iterator[dict[str, Any]]:
        extra = list(_created_params(created_from)[:1]) if created_from is not None else []
        if fields:
            extra.append(("_fields", fields))
        try:
            yield from self._by_moving_window(since, extra)
        except (Rejected, _FilterIgnored) as reason:
            if isinstance(reason, Rejected) and "orderby" not in str(reason.details.get("params", "")):
                raise
            logger.info("site %s: this shop cannot list changed orders", self._client.connection.site_code)
            yield from self._by_comparing(since, extra)

    def _by_moving_window(self, since: datetime, extra: Params) -> Iterator[dict[str, Any]]:
        """Always the first page of what changed after the last row seen.

        Page numbers would skip rows: one changed while we read moves to the end and pulls the others forward. Only
        when a whole page bears one second is the next page asked for. `modified_after` excludes the second itself.
        """
        seen: set[tuple[Any, Any]] = set()
        bound, page, first = since - timedelta(seconds=1), 1, True
        while True:
            params = [
                ("modified_after", wire_time(bound)),
                ("dates_are_gmt", "true"),
                ("orderby", "modified"),
                ("order", "asc"),
                ("per_page", str(PAGE_SIZE)),
                ("page", str(page)),
                *extra,
            ]
            rows = self._client.get("orders", params, lane=LANE).rows()
            stamps = [modified_at(row) for row in rows]
            if first and any(stamp is not None and stamp < since - timedelta(seconds=1) for stamp in stamps):
                raise _FilterIgnored
            first = False
            for row in rows:
                mark = (row.get("id"), row.get("date_modified_gmt"))
                if mark not in seen:
                    seen.add(mark)
                    yield row
            if len(rows) < PAGE_SIZE:
                return
            known = [stamp for stamp in stamps if stamp is not None]
            next_bound = max(known) - timedelta(seconds=1) if known else bound
            bound, page = (next_bound, 1) if next_bound > bound else (bound, page + 1)

    def _by_comparing(self, since: datetime, extra: Params) -> Iterator[dict[str, Any]]:
        """For shops before 5.8, which ignore `modified_after` without a word: read the recent orders and compare."""
        params = [*extra, ("dates_are_gmt", "true"), ("orderby", "id"), ("order", "asc")]
        if not any(name == "after" for name, _ in extra):
            lookback = timedelta(days=self._client.options.legacy_lookback_days)
            params += _created_params(max(_EARLIEST, since - lookback))[:1]
        rows = [
            row
            for row in self._client.pages("orders", params, lane=LANE)
            if (modified_at(row) or since) >= since
        ]
        yield from sorted(rows, key=lambda row: (modified_at(row) or since, int(row.get("id", 0))))

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


def _created_params(created_from: datetime) -> list[tuple[str, str]]:
    """`after` excludes the second itself."""
    return [
        ("after", wire_time(created_from - timedelta(seconds=1))),
        ("dates_are_gmt", "true"),
        ("orderby", "id"),
        ("order", "asc"),
    ]
