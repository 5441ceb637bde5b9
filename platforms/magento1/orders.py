"""Reading orders and credit memos: headers by windows of time, then the records with their rows in bundles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ecomsync.common.errors import (
    EcomsyncError,
    InvalidPayload,
    NotFound,
    PermanentError,
    ShopUnavailable,
)
from platforms.base import OrderOrFailure
from platforms.batching import chunks
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault, is_passing
from platforms.magento1.mapping_orders import order_from_json
from platforms.magento1.mapping_returns import CANCELLED, return_from_json
from platforms.magento1.sold_lines import sold_lines
from platforms.magento1.windows import TimeWindows
from platforms.types import Finding, OrderReadFailure, RemoteOrder, RemoteReturn

LANE = "orders"
#: A record holds all rows, addresses and comments of an order; more would take too long for one request.
INFO_BUNDLE = 25
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class OrderReader:
    """Orders and credit memos of one shop."""

    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._headers: dict[str, dict[str, Any]] = {}
        #: Credit memos that could not be read.
        self.findings: list[Finding] = []
        self._windows = TimeWindows(client, "order.list", "order_id", lane=LANE)
        self._memos = TimeWindows(client, "order_creditmemo.list", "creditmemo_id", lane=LANE)

    def iterate(
        self, *, modified_from: datetime | None, created_from: datetime | None, limit: int | None
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from`, oldest change first, or made at or after `created_from`.

        One call per window of headers and one per 25 orders. An order that changes meanwhile is read as it is then.
        """
        if modified_from is None and created_from is not None:
            rows = self._windows.rows(created_from, "created_at")
        else:
            rows = self._windows.rows(modified_from or _EARLIEST)
            if created_from is not None:
                earliest = created_from.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
                rows = (row for row in rows if str(row.get("created_at") or earliest) >= earliest)
        yield from self._in_bundles(self._numbers(islice(rows, limit)))

    def _numbers(self, rows: Iterator[dict[str, Any]]) -> Iterator[str]:
        for row in rows:
            number = str(row.get("increment_id") or "")
            if number:
                if self._client.door_name == "soap_v2":
                    self._headers[number] = row
                yield number

    def get(self, remote_id: str) -> RemoteOrder:
        return self.parse(self.record(remote_id))

    def record(self, remote_id: str) -> dict[str, Any]:
        """The shop's own record of one order. Raises NotFound."""
        found = self._client.read("order.info", remote_id, lane=LANE)
        if not isinstance(found, dict):
            raise self._client.unexpected("order.info", found)
        return self._whole(remote_id, found)

    def _whole(self, number: str, record: dict[str, Any]) -> dict[str, Any]:
        """SOAP v2 tells coupon, tax number and tax of the shipping in lists only: both are laid together."""
        if self._client.door_name != "soap_v2":
            return record
        header = self._headers.pop(number, None)
        if header is None:
            rows = self._client.rows("order.list", {"increment_id": {"eq": number}}, lane=LANE)
            header = rows[0] if rows else {}
        return {**header, **record}

    def get_many(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """One call per 25 orders; numbers that the shop does not know are left out."""
        yield from self._in_bundles(iter(dict.fromkeys(one for one in remote_ids if one)))

    def parse(self, payload: Mapping[str, Any]) -> RemoteOrder:
        options = self._client.options
        return order_from_json(payload, amounts=options.amounts, keep_extras=options.keep_extras)

    def _in_bundles(self, numbers: Iterator[str]) -> Iterator[OrderOrFailure]:
        while bundle := list(islice(numbers, INFO_BUNDLE)):
            calls = [("order.info", [number]) for number in bundle]
            for number, row in zip(bundle, self._client.bundle(calls, lane=LANE), strict=True):
                found = self._entry(number, row)
                if found is not None:
                    yield found

    def _entry(self, number: str, row: Any) -> OrderOrFailure | None:
        """A row of a bundle; None for an order that is gone. An order on which the shop breaks is asked for once more by
        itself and then told as unreadable, so that it holds up no other. Raises what concerns more than this order."""
        if isinstance(row, RemoteFault | EcomsyncError):
            error = self._client.error(row, "order.info", f"order {number}")
            try:
                if not isinstance(row, RemoteFault) or not is_passing(row):
                    raise error
                row = self._client.read("order.info", number, lane=LANE)
            except NotFound:
                return None
            except (PermanentError, ShopUnavailable) as again:
                if not isinstance(row, RemoteFault):
                    raise  # it kept the rest of a bundle from being sent
                return OrderReadFailure(number, again.code, again.message, again.cure)
        try:
            return self.parse(self._whole(number, row) if isinstance(row, dict) else row)
        except InvalidPayload as error:
            raw = row if isinstance(row, Mapping) else {}
            return OrderReadFailure(number, error.code, error.message, error.cure, raw, sold_lines(raw))

    # -- credit memos -------------------------------------------------------
    def returns_of(self, order_remote_id: str) -> list[RemoteReturn]:
        """All credit memos of an order, oldest first. Two calls, and one per 25 memos where there are any."""
        order = self.record(order_remote_id)
        return self.memos_of(order)

    def memos_of(self, order: Mapping[str, Any]) -> list[RemoteReturn]:
        """As `returns_of`, for an order that was read already."""
        number = str(order.get("increment_id") or "")
        filters = {"order_id": {"eq": str(order.get("order_id") or "")}}
        rows = self._client.rows("order_creditmemo.list", filters, lane=LANE)
        return list(self._memo_records(rows, number))

    def iterate_returns(self, modified_from: datetime | None) -> Iterator[RemoteReturn]:
        """Credit memos changed since; one call per window and one per 25 memos."""
        rows = self._memos.rows(modified_from or _EARLIEST)
        while bundle := list(islice(rows, INFO_BUNDLE)):
            yield from self._memo_records(bundle, "", tolerant=True)

    def _memo_records(
        self, rows: Sequence[Mapping[str, Any]], order_number: str, *, tolerant: bool = False
    ) -> Iterator[RemoteReturn]:
        """tolerant: one that cannot be read is told as a finding and holds up no other."""
        numbers = [
            str(row.get("increment_id") or "")
            for row in sorted(rows, key=lambda row: str(row.get("created_at") or ""))
            if str(row.get("state") or "") != CANCELLED
        ]
        for bundle in chunks([number for number in numbers if number], INFO_BUNDLE):
            calls = [("order_creditmemo.info", [number]) for number in bundle]
            for number, row in zip(bundle, self._client.bundle(calls, lane=LANE), strict=True):
                try:
                    memo = self._memo(number, row, order_number)
                except PermanentError as error:
                    if not tolerant:
                        raise
                    self.findings.append(Finding("unreadable_return", error.message, error.cure))
                    continue
                yield memo

    def _memo(self, number: str, row: Any, order_number: str) -> RemoteReturn:
        if isinstance(row, RemoteFault | EcomsyncError):
            raise self._client.error(row, "order_creditmemo.info", f"credit memo {number}")
        return return_from_json(row, order_remote_id=order_number, amounts=self._client.options.amounts)
