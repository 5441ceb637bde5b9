"""Reading orders and returns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ecomsync.common.errors import InvalidPayload, NotFound
from platforms.base import OrderOrFailure
from platforms.batching import chunks
from platforms.custom.client import CustomClient
from platforms.custom.mapping_orders import OrderMapper
from platforms.custom.operations import Operation
from platforms.custom.paging import all_rows, changed_rows, record_of
from platforms.types import OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


class OrderReader:
    def __init__(self, client: CustomClient, mapper: OrderMapper, need: Callable[[str], Operation]) -> None:
        self._client = client
        self._mapper = mapper
        self._need = need

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Orders by their change. With the paging style 'window' none is skipped while orders change; with the other
        styles the next reading finds what moved meanwhile, since its change is newer."""
        operation = self._need("list_orders")
        since = modified_from or created_from or EARLIEST
        context = {"since": since, "created_from": created_from or EARLIEST}
        if operation.paging.style == "window":
            rows = changed_rows(self._client, operation, self._mapper, context, since, lane=LANE)
        else:
            rows = all_rows(self._client, operation, context, lane=LANE)
        yield from islice((self.read(row) for row in self._wanted(rows, modified_from, created_from)), limit)

    def _wanted(
        self, rows: Iterator[dict[str, Any]], modified_from: datetime | None, created_from: datetime | None
    ) -> Iterator[dict[str, Any]]:
        """A shop that ignores the filter answers with all: what is too old is left out here."""
        for row in rows:
            if modified_from is not None:
                moment = self._mapper.updated_at(row)
                if moment is not None and moment < modified_from.replace(microsecond=0):
                    continue
            if created_from is not None and self._is_older(row, created_from):
                continue
            yield row

    def _is_older(self, row: Mapping[str, Any], created_from: datetime) -> bool:
        found = self.read(row)
        return isinstance(found, RemoteOrder) and found.created_at < created_from

    def get(self, remote_id: str) -> RemoteOrder:
        """Raises NotFound, InvalidPayload."""
        return self.parse(self.raw(remote_id))

    def raw(self, remote_id: str) -> dict[str, Any]:
        operation = self._need("get_order")
        row = record_of(self._client, operation, self._client.run(operation, {"id": remote_id}, lane=LANE))
        if row is None:
            raise NotFound(
                f"The shop has no order '{remote_id}'.",
                cure="See in the shop whether the order was deleted.",
                site=self._client.connection.site_code,
                platform="custom",
            )
        return row

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """Many at a time where the shop has an operation for it; unknown ids are left out."""
        operation = self._client.settings.operation("orders_by_ids")
        if operation is None:
            for remote_id in remote_ids:
                try:
                    row = self.raw(remote_id)
                except NotFound:
                    continue
                yield self.read(row)
            return
        for batch in chunks(list(remote_ids), operation.batch):
            for row in all_rows(self._client, operation, {"ids": list(batch)}, lane=LANE):
                yield self.read(row)

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return self._mapper.order(payload)

    def read(self, row: Mapping[str, Any]) -> OrderOrFailure:
        try:
            return self.parse(row)
        except InvalidPayload as error:
            return OrderReadFailure(
                self._mapper.id_of(row),
                error.code,
                error.message,
                error.cure,
                row,
                self._mapper.sold_lines(row),
            )

    # -- returns ------------------------------------------------------------
    def returns_of(self, order_remote_id: str) -> list[RemoteReturn]:
        """From the operation 'list_returns', or from the order itself where its map names them."""
        operation = self._client.settings.operation("list_returns")
        if operation is None:
            return list(self.get(order_remote_id).returns)
        currency = self._client.connection.currency
        rows = all_rows(self._client, operation, {"id": order_remote_id}, lane=LANE)
        return [
            self._mapper.returned(row, order_remote_id=order_remote_id, currency=currency) for row in rows
        ]

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Returns of the orders that changed since."""
        apart = self._client.settings.operation("list_returns") is not None
        for order in self.iterate(modified_from=modified_from, created_from=None, limit=None):
            if isinstance(order, RemoteOrder):
                yield from self.returns_of(order.remote_id) if apart else order.returns
