"""Reading the catalogue: all of it, by id, or by SKU.

Variants are products of their own with ids of their own. Whether they stand in a list beside their products is not
confirmed, so products are asked for with their variants and each id counts once. No filter takes a SKU: the search box is
asked for a few and the whole catalogue is read for many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from platforms.batching import chunks
from platforms.types import RemoteProduct
from platforms.zid.client import ZidClient
from platforms.zid.mapping_products import dicts, moment_or_none, product_from_json

LANE = "products"
ROUTE = "/v1/products/"
_EXTENDED = ("extended", "true")


class ProductReader:
    def __init__(self, client: ZidClient) -> None:
        self._client = client

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product with its variants; one call per page. Since a moment: newest first until older ones come, if the
        store really sorts so, else all."""
        seen: set[str] = set()
        for row in self._rows_since(modified_from):
            for entry in (row, *dicts(row.get("variants"))):
                product = product_from_json(entry, parent=row, languages=self._client.connection.languages)
                if product.remote_id and product.remote_id not in seen:
                    seen.add(product.remote_id)
                    yield product

    def _rows_since(self, modified_from: datetime | None) -> Iterator[dict[str, Any]]:
        if modified_from is None:
            yield from self._client.pages(ROUTE, [_EXTENDED], lane=LANE)
            return
        size = self._client.options.page_size
        proven: bool | None = None
        batch: list[dict[str, Any]] = []
        for row in self._client.pages(ROUTE, [_EXTENDED, ("ordering", "-updated_at")], lane=LANE):
            batch.append(row)
            if proven is None and len(batch) < size:
                continue
            if proven is None:
                proven = _is_newest_first(batch)
            for known in batch:
                moment = moment_or_none(known.get("updated_at"))
                if moment is None or moment >= modified_from:
                    yield known
                elif proven:
                    return
            batch = []
        yield from (
            row for row in batch if (moment_or_none(row.get("updated_at")) or modified_from) >= modified_from
        )

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products and variants that bear one of these SKUs exactly."""
        wanted = {sku.strip() for sku in skus if sku.strip()}
        found: dict[str, RemoteProduct] = {}
        for row in self.rows_by_sku(wanted):
            for entry in (row, *dicts(row.get("variants"))):
                product = product_from_json(entry, parent=row, languages=self._client.connection.languages)
                if product.sku in wanted:
                    found[product.remote_id] = product
        return list(found.values())

    def rows_by_sku(self, skus: set[str]) -> list[dict[str, Any]]:
        """Raw products of which something bears one of these SKUs. The first page tells which way is shorter: the rest of
        the pages, or a search for each SKU that it does not show."""
        if not skus:
            return []
        size = self._client.options.page_size
        first = self._client.get(ROUTE, [_EXTENDED, ("page", "1"), ("page_size", str(size))], lane=LANE)
        rows = {str(row.get("id")): row for row in first.rows("results")}
        count = first.data.get("count")
        pages = -(-count // size) if isinstance(count, int) else 1_000
        rest = skus - _skus_of(rows.values())
        if rest and first.data.get("next"):
            if len(rest) >= pages - 1:
                rows |= {str(row.get("id")): row for row in self._client.pages(ROUTE, [_EXTENDED], lane=LANE)}
            else:
                for sku in sorted(rest):
                    found = self._client.pages(ROUTE, [_EXTENDED, ("search", sku)], lane=LANE)
                    rows |= {str(row.get("id")): row for row in found if sku in _skus_of([row])}
        return [row for row in rows.values() if _skus_of([row]) & skus]

    def records(self, wanted: Sequence[tuple[str, str]], *, lane: str = LANE) -> dict[str, dict[str, Any]]:
        """Raw products and variants by id. wanted: (id, id of its product or ""). One call per 50, and one more per 50
        products where the store lists no variants by their ids."""
        found: dict[str, dict[str, Any]] = {}
        self._take([remote_id for remote_id, _ in wanted], found, lane)
        parents = [parent for remote_id, parent in wanted if parent and remote_id not in found]
        if parents:
            self._take(parents, found, lane)
        return found

    def _take(self, ids: Sequence[str], found: dict[str, dict[str, Any]], lane: str) -> None:
        for batch in chunks(list(dict.fromkeys(ids)), self._client.options.page_size):
            params = [("id__in", ",".join(batch)), _EXTENDED]
            for row in self._client.pages(ROUTE, params, lane=lane):
                for variant in dicts(row.get("variants")):
                    found.setdefault(str(variant.get("id")), dict(variant))
                found[str(row.get("id"))] = row

    def one(self, product_id: str) -> dict[str, Any]:
        """A product with its variants. Raises NotFound."""
        return self._client.get(f"{ROUTE}{product_id}/", lane=LANE).record()


def _is_newest_first(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a page proves that the store sorts as it was asked; rows of one moment prove nothing."""
    moments = [moment for row in rows if (moment := moment_or_none(row.get("updated_at"))) is not None]
    falling = all(left >= right for left, right in pairwise(moments))
    return len(moments) == len(rows) and falling and moments[0] > moments[-1]


def _skus_of(rows: Any) -> set[str]:
    found: set[str] = set()
    for row in rows:
        entries: list[Mapping[str, Any]] = [row, *dicts(row.get("variants"))]
        found |= {str(entry.get("sku") or "").strip() for entry in entries}
    return found - {""}
