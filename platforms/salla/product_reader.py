"""Reading the catalogue: all of it, or by SKU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ecomsync.common.errors import NotFound
from platforms.salla.client import SallaClient
from platforms.salla.mapping_products import dicts, products_from_json
from platforms.types import RemoteProduct

LANE = "products"
#: SKUs that are asked for one by one; beyond, reading the catalogue is cheaper.
MOST_SINGLE = 20


class ProductReader:
    def __init__(self, client: SallaClient) -> None:
        self._client = client

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product, each one with options followed by its variants; one call per 50 products. Salla cannot list what
        changed, so all pages are read and what changed is picked out."""
        seen: set[str] = set()
        for row in self._client.pages("products", lane=LANE):
            if str(row.get("id")) in seen:
                continue
            seen.add(str(row.get("id")))
            for product in products_from_json(row):
                changed = product.updated_at
                if modified_from is None or changed is None or changed >= modified_from:
                    yield product

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products and variants that bear one of these SKUs exactly; one call each, or the whole catalogue for many."""
        wanted = {sku.strip() for sku in skus if sku.strip()}
        if len(wanted) > MOST_SINGLE:
            rows: list[dict[str, Any]] = list(self._client.pages("products", lane=LANE))
        else:
            rows = [row for sku in sorted(wanted) if (row := self.row_by_sku(sku)) is not None]
        found: dict[str, RemoteProduct] = {}
        for row in rows:
            for product in products_from_json(row):
                if product.sku in wanted:
                    found[f"{product.parent_remote_id}/{product.remote_id}"] = product
        return list(found.values())

    def row_by_sku(self, sku: str) -> dict[str, Any] | None:
        """The raw product that bears the SKU itself or on a variant."""
        try:
            row = self._client.get(f"products/sku/{quote(sku, safe='')}", lane=LANE).record()
        except NotFound:
            return None
        bears = {str(entry.get("sku") or "").strip() for entry in (row, *dicts(row.get("skus")))}
        return row if sku in bears else None

    def row_by_id(self, product_id: str) -> dict[str, Any] | None:
        try:
            return self._client.get(f"products/{product_id}", lane=LANE).record()
        except NotFound:
            return None
