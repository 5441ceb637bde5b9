"""Reading the shop's catalogue: all of it by ranges of numbers, or products by SKU or number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound
from platforms.batching import chunks
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault
from platforms.magento1.mapping_products import DETAILS, product_from_json
from platforms.magento1.windows import TimeWindows, wire_time
from platforms.types import RemoteProduct

LANE = "products"
ID_RANGE = 200
PROBED_RANGES = 25
LOOKED_UP_AT_ONCE = 200
#: What changed within this is fewer windows than a catalogue has ranges.
LATELY = timedelta(days=92)
_LIST, _INFO, _STOCK = "catalog_product.list", "catalog_product.info", "product_stock.list"

Record = dict[str, Any]


class ProductReader:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._barcode = client.options.barcode_attribute

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product. Per 200 numbers one call for the list and two for prices and stock; what changed lately is
        listed by windows of time instead.

        A change of stock alone need not move a product's date.
        """
        filters: dict[str, Any] = {}
        if modified_from is not None:
            since = modified_from.astimezone(UTC)
            if datetime.now(UTC) - since < LATELY:
                windows = TimeWindows(self._client, _LIST, "product_id", lane=LANE)
                changed = windows.rows(since, "updated_at")
                while rows := list(islice(changed, ID_RANGE)):
                    yield from self._detailed(rows)
                return
            filters["updated_at"] = {"from": wire_time(since)}
        for rows in self._ranges(filters):
            yield from self._detailed(rows)

    def _ranges(self, filters: Mapping[str, Any]) -> Iterator[list[Record]]:
        """The catalogue by ranges of numbers. After an empty one many are asked at once, and when these are empty, too,
        whether anything lies beyond: so neither a gap in the numbers ends the reading nor is a list ever unbounded."""
        start = 1
        while True:
            rows = self._list({**filters, **_between(start, start + ID_RANGE - 1)})
            start += ID_RANGE
            if rows:
                yield rows
                continue
            starts = [start + n * ID_RANGE for n in range(PROBED_RANGES)]
            found = self._probe(filters, starts)
            if found:
                yield from (part for part in chunks(found, ID_RANGE) if part)  # type: ignore[misc]
                start = starts[-1] + ID_RANGE
                continue
            beyond = self._list({**filters, "product_id": {"gt": str(starts[-1] + ID_RANGE - 1)}})
            if not beyond:
                return
            start = min(int(row["product_id"]) for row in beyond)

    def _probe(self, filters: Mapping[str, Any], starts: Sequence[int]) -> list[Record]:
        calls = [(_LIST, [{**filters, **_between(start, start + ID_RANGE - 1)}]) for start in starts]
        found: list[Record] = []
        for row in self._client.bundle(calls, lane=LANE):
            if isinstance(row, RemoteFault | EcomsyncError):
                raise self._client.error(row, _LIST)
            found += [one for one in row or [] if isinstance(one, dict)]
        return found

    def _list(self, filters: Mapping[str, Any]) -> list[Record]:
        return self._client.rows(_LIST, filters, lane=LANE)

    def _detailed(self, rows: Sequence[Record]) -> Iterator[RemoteProduct]:
        """The rows with prices and stock, one bundle per 200."""
        for batch in chunks(rows, LOOKED_UP_AT_ONCE):
            details = self.records([str(row.get("product_id") or "") for row in batch], self._codes())
            stock = self._stock([str(row.get("sku") or "") for row in batch])
            for row in batch:
                number = str(row.get("product_id") or "")
                yield product_from_json(
                    row,
                    details=details.get(number),
                    stock=stock.get(number),
                    barcode_attribute=self._barcode,
                )

    def _codes(self) -> list[str]:
        return [*DETAILS, *([self._barcode] if self._barcode else [])]

    def _stock(self, skus: Sequence[str]) -> dict[str, Record]:
        rows = self._client.rows(_STOCK, list(skus), lane=LANE)
        return {str(row.get("product_id") or ""): row for row in rows}

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products that bear one of these SKUs exactly; three calls per 200."""
        return list(self._detailed(list(self.rows_by_sku(skus).values())))

    def rows_by_sku(self, skus: Sequence[str]) -> dict[str, Record]:
        """SKU -> row of the list. The database takes upper and lower case for the same; we do not."""
        wanted = list(dict.fromkeys(sku.strip() for sku in skus if sku.strip()))
        found: dict[str, Record] = {}
        for batch in chunks(wanted, LOOKED_UP_AT_ONCE):
            for row in self._list({"sku": {"in": list(batch)}}):
                sku = str(row.get("sku") or "").strip()
                if sku in batch:
                    found.setdefault(sku, row)
        return found

    def records(self, remote_ids: Sequence[str], codes: Sequence[str] | None = None) -> dict[str, Record]:
        """Number -> `info` of products that are there, 200 per bundle."""
        found: dict[str, Record] = {}
        numbers = [one for one in dict.fromkeys(remote_ids) if one.isdigit()]
        for batch in chunks(numbers, LOOKED_UP_AT_ONCE):
            calls = [(_INFO, [one, None, list(codes) if codes else None, "id"]) for one in batch]
            for number, row in zip(batch, self._client.bundle(calls, lane=LANE), strict=True):
                if isinstance(row, RemoteFault | EcomsyncError):
                    error = self._client.error(row, _INFO, f"product {number}")
                    if not isinstance(error, NotFound):
                        raise error
                elif isinstance(row, dict):
                    found[number] = row
        return found


def _between(first: int, last: int) -> dict[str, Any]:
    return {"product_id": {"from": str(first), "to": str(last)}}
