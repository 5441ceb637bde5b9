"""Finding products by id and by SKU in the fewest calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from platforms.magento2.client import ALL, MageClient
from platforms.magento2.criteria import Criteria, Filter, short_lists

SKUS_PER_CALL = 100


class ProductFinder:
    """Reads with the admin's values, whatever a store view overrides."""

    def __init__(self, client: MageClient, *, lane: str) -> None:
        self._client = client
        self._lane = lane

    def by_id(self, ids: Iterable[str], fields: str = "") -> dict[str, dict[str, Any]]:
        """Products by id; one call per page. fields: of each product, such as "id,sku"."""
        found: dict[str, dict[str, Any]] = {}
        known = [remote_id for remote_id in ids if remote_id.isdigit()]
        for batch in short_lists(known, self._client.page_rows):
            for row in self._rows(Criteria().among("entity_id", batch), len(batch), fields):
                found[str(row.get("id", ""))] = row
        return found

    def by_sku(self, skus: Collection[str], fields: str = "") -> dict[str, dict[str, Any]]:
        """Products by SKU in small letters, since Magento takes SKUs that differ only in case for one."""
        wanted = [sku.strip() for sku in skus if sku.strip()]
        found: dict[str, dict[str, Any]] = {}
        plain = [sku for sku in wanted if "," not in sku]
        for batch in short_lists(plain, SKUS_PER_CALL):
            for row in self._rows(Criteria().among("sku", batch), len(batch), fields):
                found[sku_key(row)] = row
        with_comma = [sku for sku in wanted if "," in sku]  # a comma parts the values of a list
        for batch in short_lists(with_comma, SKUS_PER_CALL):
            group = tuple(Filter("sku", sku) for sku in batch)
            for row in self._rows(Criteria(groups=(group,)), len(batch), fields):
                found[sku_key(row)] = row
        return {sku: row for sku, row in found.items() if sku in {text.casefold() for text in wanted}}

    def _rows(self, criteria: Criteria, count: int, fields: str) -> list[dict[str, Any]]:
        wanted = f"items[{fields}],total_count" if fields else ""
        rows, total, size = self._client.search(
            "products", criteria, lane=self._lane, size=count, scope=ALL, fields=wanted
        )
        if total > size:  # the shop's limit on pages is lower than the list
            rows = list(
                self._client.pages(
                    "products",
                    criteria,
                    lane=self._lane,
                    key="id",
                    column="entity_id",
                    scope=ALL,
                    fields=wanted,
                )
            )
        return rows


def sku_key(row: dict[str, Any]) -> str:
    return str(row.get("sku") or "").strip().casefold()
