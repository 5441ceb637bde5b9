"""Reading the shop's catalogue: all of it, or by SKU, with the quantities of the site's source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import to_decimal
from platforms.magento2.addresses import in_path
from platforms.magento2.answers import as_rows
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.criteria import Criteria, short_lists, wire_time
from platforms.magento2.errors import NO_ROUTE
from platforms.magento2.mapping_products import child_ids, product_from_json
from platforms.magento2.product_finder import ProductFinder
from platforms.types import RemoteProduct

LANE = "products"
SKUS_PER_CALL = 200


class ProductReader:
    def __init__(self, client: MageClient) -> None:
        self._client = client
        self._finder = ProductFinder(client, lane=LANE)

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product; a variant tells its configurable. One call per 300 configurables to learn who belongs to whom,
        one per 300 products, and one or two per 300 for their quantities.

        Neither stock nor price pushes move `updated_at`, so `modified_from` finds changes of the product itself only.
        """
        parents = self._parents()
        criteria = Criteria()
        if modified_from is not None:
            criteria = criteria.where("updated_at", wire_time(modified_from), "gteq")
        page: list[dict[str, Any]] = []
        for row in self._client.pages(
            "products", criteria, lane=LANE, key="id", column="entity_id", scope=ALL
        ):
            page.append(row)
            if len(page) >= SKUS_PER_CALL:
                yield from self._mapped(page, parents)
                page = []
        yield from self._mapped(page, parents)

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products that bear one of these SKUs exactly; one call per 100 and one for their quantities."""
        wanted = {sku.strip() for sku in skus if sku.strip()}
        rows = [row for row in self._finder.by_sku(list(wanted)).values() if str(row.get("sku")) in wanted]
        parents = self._parents() if any(row.get("visibility") == 1 for row in rows) else {}
        return list(self._mapped(rows, parents))

    # -- parts ----------------------------------------------------------------
    def _mapped(self, rows: Sequence[dict[str, Any]], parents: Mapping[str, str]) -> Iterator[RemoteProduct]:
        stock = self._quantities([str(row.get("sku") or "") for row in rows])
        for row in rows:
            yield product_from_json(
                row,
                parent_id=parents.get(str(row.get("id", "")), ""),
                quantity=stock.get(str(row.get("sku") or "").casefold()),
                barcode=self._client.options.barcode_attribute,
            )

    def _parents(self) -> dict[str, str]:
        """Variant id -> id of the configurable; of several the oldest counts."""
        found: dict[str, str] = {}
        fields = (
            "items[id,sku,extension_attributes[configurable_product_links,configurable_product_options]],"
            "total_count"
        )
        criteria = Criteria().where("type_id", "configurable")
        for row in self._client.pages(
            "products", criteria, lane=LANE, key="id", column="entity_id", scope=ALL, fields=fields
        ):
            children = child_ids(row)
            if children is None:
                route = f"configurable-products/{in_path(str(row.get('sku')))}/children"
                answer = as_rows(self._client.get(route, lane=LANE, scope=ALL))
                children = [str(child.get("id", "")) for child in answer]
            for child in children:
                found.setdefault(child, str(row.get("id", "")))
        return found

    def _quantities(self, skus: Sequence[str]) -> dict[str, Decimal]:
        """Quantity of the site's source by SKU in small letters; empty where there are no sources."""
        found: dict[str, Decimal] = {}
        if self._client.has_msi is False:
            return found
        source = self._client.options.source_code
        for batch in short_lists([sku for sku in skus if sku and "," not in sku], SKUS_PER_CALL):
            criteria = Criteria().where("source_code", source).among("sku", batch)
            try:
                rows, _total, _size = self._client.search(
                    "inventory/source-items", criteria, lane=LANE, size=len(batch)
                )
            except (PermanentError, ConfigurationError) as error:
                if error.code == "bad_credentials":
                    raise
                if error.code == NO_ROUTE:
                    self._client.has_msi = False
                return {}
            for row in rows:
                found[str(row.get("sku") or "").casefold()] = to_decimal(row.get("quantity"))
        return found
