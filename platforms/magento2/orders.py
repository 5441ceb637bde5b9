"""Reading orders and credit memos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ecomsync.common.errors import InvalidPayload, MissingPermission
from platforms.base import OrderOrFailure
from platforms.magento2.client import MageClient
from platforms.magento2.criteria import Criteria, Filter, short_lists, wire_time
from platforms.magento2.mapping_orders import order_from_json
from platforms.magento2.mapping_returns import CANCELLED_STATE, return_from_json
from platforms.magento2.mapping_shipments import SHIPMENTS_KEY
from platforms.magento2.sold_lines import sold_lines
from platforms.types import Finding, OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
IDS_PER_CALL = 200
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
NO_SHIPMENTS = Finding(
    "shipments_not_readable",
    "The keys may not read shipments, so what the shop's own desk sent is not seen.",
    "Give the keys the resource Magento_Sales::shipment.",
)
_SHIPMENT_FIELDS = (
    "items[entity_id,order_id,created_at,items[order_item_id,qty],tracks[track_number,title],comments[comment],"
    "extension_attributes[source_code]],total_count"
)


class OrderReader:
    """Orders and credit memos of one shop."""

    def __init__(self, client: MageClient) -> None:
        self._client = client

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from`, oldest change first, or created at or after `created_from`.

        One call per page of 300, lines included. An order changed while we read comes again with its newer state.
        """
        criteria = Criteria()
        if created_from is not None:
            criteria = criteria.where("created_at", wire_time(created_from), "gteq")
        if modified_from is None and created_from is not None:
            rows = self._client.pages("orders", criteria, lane=LANE)
        else:
            rows = self._changed("orders", modified_from or _EARLIEST, criteria)
        for page in _pages_of(islice(rows, limit), self._client.page_rows):
            for row in self._with_shipments(page):
                yield self._read(row)

    def get(self, remote_id: str) -> RemoteOrder:
        (row,) = self._with_shipments([self._client.record(f"orders/{remote_id}", lane=LANE)])
        return self.parse(row)

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call per 200 ids; what is no id of this shop is left out."""
        known = [remote_id for remote_id in remote_ids if remote_id.isdigit()]
        for ids in short_lists(known, min(IDS_PER_CALL, self._client.page_rows)):
            rows, _total, _size = self._client.search(
                "orders", Criteria().among("entity_id", ids), lane=LANE, size=len(ids)
            )
            for row in self._with_shipments(rows):
                yield self._read(row)

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        options = self._client.options
        return order_from_json(
            payload, prices_include_tax=options.prices_include_tax, book_difference=options.book_difference
        )

    def _read(self, row: Mapping[str, Any]) -> OrderOrFailure:
        try:
            return self.parse(row)
        except InvalidPayload as error:
            identity = str(row.get("entity_id", ""))
            return OrderReadFailure(identity, error.code, error.message, error.cure, row, sold_lines(row))

    def _with_shipments(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The orders with the shipments of those of which goods left; one call per 300 shipments, none where nothing
        left. An order itself tells how much left and not when, nor with which number."""
        shipped = [str(row.get("entity_id")) for row in rows if _has_shipped(row)]
        found: dict[str, list[dict[str, Any]]] = {}
        try:
            for ids in short_lists(shipped, IDS_PER_CALL):
                criteria = Criteria().among("order_id", ids)
                for row in self._client.pages("shipments", criteria, lane=LANE, fields=_SHIPMENT_FIELDS):
                    found.setdefault(str(row.get("order_id")), []).append(row)
        except MissingPermission:  # orders come all the same
            self._client.met(NO_SHIPMENTS)
        return [
            {**row, SHIPMENTS_KEY: found[str(row.get("entity_id"))]}
            if str(row.get("entity_id")) in found
            else row
            for row in rows
        ]

    # -- changed since ------------------------------------------------------
    def _changed(self, route: str, since: datetime, criteria: Criteria) -> Iterator[dict[str, Any]]:
        """In the order of their change and then of their ids, each page from behind the last row of the one before.

        Page numbers would skip rows: one changed while we read moves to the end and pulls the others forward. It comes
        again there, with its newer state.
        """
        window = criteria.where("updated_at", wire_time(since), "gteq")
        while True:
            wanted = window.ordered("updated_at", "entity_id")
            rows, total, size = self._client.search(route, wanted, lane=LANE)
            yield from rows
            if not rows or total <= size:
                return
            stamp, last = str(rows[-1].get("updated_at")), str(rows[-1].get("entity_id"))
            window = criteria.where("updated_at", stamp, "gteq").any_of(
                Filter("updated_at", stamp, "gt"), Filter("entity_id", last, "gt")
            )

    # -- credit memos -------------------------------------------------------
    def memo_rows(self, order_remote_id: str) -> list[dict[str, Any]]:
        """The raw credit memos of one order, oldest first; cancelled ones gave nothing back."""
        criteria = Criteria().where("order_id", order_remote_id)
        rows = self._client.pages("creditmemos", criteria, lane=LANE)
        return [row for row in rows if str(row.get("state", "")) != CANCELLED_STATE]

    def returns_of(self, order_remote_id: str) -> list[RemoteReturn]:
        return [return_from_json(row) for row in self.memo_rows(order_remote_id)]

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Credit memos changed since, with their lines; one call per 300."""
        for row in self._changed("creditmemos", modified_from or _EARLIEST, Criteria()):
            if str(row.get("state", "")) != CANCELLED_STATE:
                yield return_from_json(row)


def _has_shipped(row: Mapping[str, Any]) -> bool:
    items = row.get("items")
    return isinstance(items, list) and any(
        isinstance(item, Mapping) and item.get("qty_shipped") for item in items
    )


def _pages_of(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while page := list(islice(rows, size)):
        yield page
