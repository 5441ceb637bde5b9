"""Reading the catalogue: all of it, by id, or by SKU.

Variants cannot be listed by several SKUs nor by their change, so products are read with their variants folded in, and the
SKUs of variants are found through the stock list, which takes many at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ecomsync.common.errors import ConfigurationError, PermanentError
from platforms.batching import chunks
from platforms.bigcommerce.client import INVENTORY_PAGE, PAGE_SIZE, BigCommerceClient
from platforms.bigcommerce.mapping_products import dicts, products_from_json
from platforms.bigcommerce.orders import wire_time
from platforms.types import RemoteProduct

LANE = "products"
_FOLDED = ("include", "variants")
#: SKUs that no list knows are asked for one by one up to so many; beyond, reading the catalogue is cheaper.
MOST_SINGLE = 50
# Addresses beyond 8 KB are refused by web servers; encoded Arabic SKUs take six characters per letter.
MAX_LIST_CHARACTERS = 5000


class ProductReader:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product, each one with options followed by its variants; one call per 250 products."""
        params = [_FOLDED, ("sort", "id"), ("direction", "asc")]
        if self._client.options.channel_id is not None:
            params.append(("channel_id:in", str(self._client.options.channel_id)))
        if modified_from is not None:
            params.append(("date_modified:min", wire_time(modified_from)))
        for row in self._client.pages_v3("v3/catalog/products", params, lane=LANE):
            yield from products_from_json(row)

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products and variants that bear one of these SKUs exactly; about one call per 100 SKUs of products, and three
        more per 100 SKUs of variants."""
        wanted = {sku.strip() for sku in skus if sku.strip()}
        found = [product for row in self.rows_by_sku(wanted) for product in products_from_json(row)]
        return [product for product in found if product.sku in wanted]

    def rows_by_sku(self, skus: set[str]) -> list[dict[str, Any]]:
        """Raw products, with their variants, of which something bears one of these SKUs."""
        rows: dict[Any, dict[str, Any]] = {}
        for batch in sku_lists([sku for sku in sorted(skus) if "," not in sku]):
            params = [_FOLDED, ("sku:in", ",".join(batch))]
            rows |= {
                row["id"]: row for row in self._client.pages_v3("v3/catalog/products", params, lane=LANE)
            }
        rest = skus - _skus_of(rows.values())
        if rest:
            rows |= self.rows_by_id(self._products_of_variants(rest))
            rest -= _skus_of(rows.values())
        if len(rest) > MOST_SINGLE:
            for row in self._client.pages_v3("v3/catalog/products", [_FOLDED], lane=LANE):
                if _skus_of([row]) & rest:
                    rows[row["id"]] = row
        elif rest:
            ids = [product for sku in sorted(rest) for product in self._product_of_variant(sku)]
            rows |= self.rows_by_id(ids)
        return list(rows.values())

    def _products_of_variants(self, skus: set[str]) -> list[str]:
        """By the stock list; an account that may not read it, or stock that is not tracked, is no hindrance."""
        found: dict[str, None] = {}
        for batch in sku_lists([sku for sku in sorted(skus) if "," not in sku]):
            params = [("sku:in", ",".join(batch)), ("limit", str(INVENTORY_PAGE))]
            try:
                items = self._client.get("v3/inventory/items", params, lane=LANE).rows()
            except (PermanentError, ConfigurationError):
                return []
            for item in items:
                identity = item.get("identity")
                if isinstance(identity, dict) and identity.get("product_id"):
                    found[str(identity["product_id"])] = None
        return list(found)

    def _product_of_variant(self, sku: str) -> list[str]:
        rows = self._client.get("v3/catalog/variants", [("sku", sku)], lane=LANE).rows()
        return [str(row["product_id"]) for row in rows if row.get("product_id")]

    def rows_by_id(
        self, product_ids: Sequence[str], *, include: str = "variants"
    ) -> dict[Any, dict[str, Any]]:
        """Raw products by id, 250 per call."""
        found: dict[Any, dict[str, Any]] = {}
        ids = [number for number in dict.fromkeys(product_ids) if number.isdigit()]
        for batch in chunks(ids, PAGE_SIZE):
            params = [("include", include), ("id:in", ",".join(batch))]
            found |= {
                row["id"]: row for row in self._client.pages_v3("v3/catalog/products", params, lane=LANE)
            }
        return found


def _skus_of(rows: Any) -> set[str]:
    return {
        str(entry.get("sku") or "").strip() for row in rows for entry in (row, *dicts(row.get("variants")))
    } - {""}


def sku_lists(skus: Sequence[str]) -> list[list[str]]:
    """SKUs in lists that fit into an address: at most 100, and not too long."""
    lists: list[list[str]] = []
    length = 0
    for sku in dict.fromkeys(skus):
        size = len(quote(sku, safe="")) + 3
        if not lists or len(lists[-1]) >= 100 or length + size > MAX_LIST_CHARACTERS:
            lists.append([])
            length = 0
        lists[-1].append(sku)
        length += size
    return lists
