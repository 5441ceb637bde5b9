"""Reading the shop's catalogue: all of it, or by SKU, or what lies in the trash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ecomsync.common.errors import NotFound
from platforms.types import RemoteProduct
from platforms.woocommerce.client import PAGE_SIZE, WooClient
from platforms.woocommerce.mapping_products import product_from_json
from platforms.woocommerce.orders import wire_time
from platforms.woocommerce.rows import sku_lists

LANE = "products"


class ProductReader:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._barcode_key = client.options.barcode_meta_key

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product, each variable one followed by its variations.

        One call per 100 products and one per variable product (and 100 of its variations). A changed variation
        changes its parent's date, so `modified_from` finds it; a sale need not.
        """
        params = [("orderby", "id"), ("order", "asc"), ("status", "any")]
        if modified_from is not None:
            params += [
                ("modified_after", wire_time(modified_from - timedelta(seconds=1))),
                ("dates_are_gmt", "true"),
            ]
        for row in self._client.pages("products", params, lane=LANE):
            yield product_from_json(row, barcode_key=self._barcode_key)
            if row.get("type") == "variable" and row.get("variations"):
                yield from self._variations(row)

    def _variations(self, parent: dict[str, Any]) -> Iterator[RemoteProduct]:
        route = f"products/{parent['id']}/variations"
        try:
            for row in self._client.pages(route, [("orderby", "id"), ("order", "asc")], lane=LANE):
                yield product_from_json(row, parent=parent, barcode_key=self._barcode_key)
        except NotFound:
            return  # deleted between the two calls

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products and variations that bear one of these SKUs exactly; about one call per 100."""
        return [product_from_json(row, barcode_key=self._barcode_key) for row in self.rows_by_sku(skus)]

    def rows_by_sku(self, skus: Sequence[str], *, status: str = "") -> list[dict[str, Any]]:
        """Raw records by exact SKU. The trash answers only to status="trash"."""
        wanted = {sku.strip() for sku in skus if sku.strip()}
        queries = [
            ("sku", ",".join(batch)) for batch in sku_lists([sku for sku in skus if sku and "," not in sku])
        ]
        # A comma separates SKUs in `sku`, so one that holds a comma is searched in part and compared here.
        queries += [("search_sku", sku) for sku in wanted if "," in sku]
        found: dict[Any, dict[str, Any]] = {}
        for query in queries:
            params = [query, ("orderby", "id"), ("order", "asc")]
            if status:
                params.append(("status", status))
            for row in self._client.pages("products", params, lane=LANE):
                if str(row.get("sku") or "").strip() in wanted and (
                    not status or row.get("status") == status
                ):
                    found.setdefault(row.get("id"), row)
        return list(found.values())

    def rows_by_id(self, remote_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Raw products (not variations) by id, 100 per call."""
        found: dict[str, dict[str, Any]] = {}
        ids = [remote_id for remote_id in dict.fromkeys(remote_ids) if remote_id.isdigit()]
        for start in range(0, len(ids), PAGE_SIZE):
            params = [("include", ",".join(ids[start : start + PAGE_SIZE])), ("per_page", str(PAGE_SIZE))]
            for row in self._client.get("products", params, lane=LANE).rows():
                found[str(row.get("id", ""))] = row
        return found

    def variation_rows(self, parent_id: str, remote_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Raw variations of one parent by id."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(remote_ids), PAGE_SIZE):
            params = [
                ("include", ",".join(remote_ids[start : start + PAGE_SIZE])),
                ("per_page", str(PAGE_SIZE)),
            ]
            try:
                rows = self._client.get(f"products/{parent_id}/variations", params, lane=LANE).rows()
            except NotFound:
                return found
            for row in rows:
                found[str(row.get("id", ""))] = {"parent_id": int(parent_id), **row}
        return found
