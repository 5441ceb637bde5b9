"""Reading the shop's catalogue: all of it, by SKU, or whole products by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from platforms.batching import chunks
from platforms.shopify.answers import nodes_of
from platforms.shopify.bulk import run_query
from platforms.shopify.client import PAGE_SIZE, ShopifyClient
from platforms.shopify.ids import gid, kind_of, number_of
from platforms.shopify.mapping_products import products_of, variant_of
from platforms.shopify.orders import wire_time
from platforms.shopify.product_documents import (
    BULK_CATALOGUE,
    HANDLES_AT_ONCE,
    PRODUCT_BY_HANDLE,
    PRODUCT_COUNT,
    PRODUCT_DETAILS,
    PRODUCT_VARIANTS,
    PRODUCTS_BY_HANDLES,
    PRODUCTS_PAGE,
    VARIANTS_BY_SKU,
)
from platforms.types import RemoteProduct

LANE = "products"
DETAILS_AT_ONCE = 20
SKUS_AT_ONCE = 40


class ProductReader:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        """Every product, each with variants followed by them. One call per 250 products with up to 100 variants each; a whole
        catalogue beyond the site's threshold comes by one bulk operation (one call to count, and about five)."""
        if modified_from is None and self._is_large():
            for row in joined(run_query(self._client, BULK_CATALOGUE, lane=LANE)):
                yield from products_of(row)
            return
        query = f"updated_at:>='{wire_time(modified_from)}'" if modified_from is not None else None
        rows = self._client.pages(
            PRODUCTS_PAGE, {"query": query}, lambda data: data.get("products"), lane=LANE, size=PAGE_SIZE
        )
        for row in rows:
            yield from products_of(self.with_all_variants(row))

    def _is_large(self) -> bool:
        threshold = self._client.options.bulk_catalogue
        if not threshold:
            return False
        found = self._client.query(PRODUCT_COUNT, lane=LANE).get("productsCount") or {}
        return int(found.get("count") or 0) >= threshold

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Variants and simple products that bear one of these SKUs exactly; about one call per 40."""
        return [variant_of(row, row.get("product") or {}) for row in self.rows_by_sku(skus)]

    def rows_by_sku(self, skus: Sequence[str]) -> list[dict[str, Any]]:
        """Raw variants with their product. The search is a text match without case, so what it finds is compared here."""
        wanted = list(dict.fromkeys(sku.strip() for sku in skus if sku.strip()))
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), SKUS_AT_ONCE):
            part = wanted[start : start + SKUS_AT_ONCE]
            query = " OR ".join(f"sku:'{_escaped(sku)}'" for sku in part)
            rows = self._client.pages(
                VARIANTS_BY_SKU, {"query": query}, lambda data: data.get("productVariants"), lane=LANE
            )
            for row in rows:
                if str(row.get("sku") or "").strip() in part:
                    found[str(row["id"])] = row
        return list(found.values())

    def id_by_handle(self, handle: str) -> str:
        """The number of the product with this handle, or "". Not by the search, whose index lags."""
        data = self._client.query(PRODUCT_BY_HANDLE, {"handle": handle}, lane=LANE)
        return number_of((data.get("productByIdentifier") or {}).get("id"))

    def ids_by_handle(self, handles: Sequence[str]) -> dict[str, str]:
        """Handle -> number of the product that has it; one call per 20."""
        wanted = list(dict.fromkeys(handles))
        if len(wanted) == 1:
            number = self.id_by_handle(wanted[0])
            return {wanted[0]: number} if number else {}
        found: dict[str, str] = {}
        for part in chunks(wanted, HANDLES_AT_ONCE):
            asked = [*part, *[part[-1]] * (HANDLES_AT_ONCE - len(part))]
            data = self._client.query(
                PRODUCTS_BY_HANDLES, {f"h{n}": handle for n, handle in enumerate(asked)}, lane=LANE
            )
            for n, handle in enumerate(part):
                number = number_of((data.get(f"h{n}") or {}).get("id"))
                if number:
                    found[handle] = number
        return found

    def details(self, product_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Whole products by number, 20 per call."""
        ids = [gid("Product", number) for number in dict.fromkeys(product_ids) if number.isdigit()]
        rows = self._client.nodes(PRODUCT_DETAILS, ids, lane=LANE, size=DETAILS_AT_ONCE)
        return {number_of(address): self.with_all_variants(row) for address, row in rows.items()}

    def with_all_variants(self, product: dict[str, Any]) -> dict[str, Any]:
        """The product with the variants that did not fit on the page."""
        info = (product.get("variants") or {}).get("pageInfo") or {}
        if not info.get("hasNextPage"):
            return product
        rows, after = nodes_of(product["variants"]), info.get("endCursor")
        while after:
            data = self._client.page(PRODUCT_VARIANTS, {"id": product["id"], "after": after}, lane=LANE)
            more = (data.get("product") or {}).get("variants") or {}
            rows += nodes_of(more)
            page = more.get("pageInfo") or {}
            after = page.get("endCursor") if page.get("hasNextPage") else None
        return {**product, "variants": {"pageInfo": {"hasNextPage": False}, "nodes": rows}}


def joined(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Products of a bulk operation's lines, with the variants and collections that stand in lines of their own; a child may
    stand anywhere, so all are read first."""
    children: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        if row.get("__parentId"):
            kind = kind_of(row.get("id"))
            children.setdefault(str(row["__parentId"]), {}).setdefault(kind, []).append(row)
    for row in rows:
        if kind_of(row.get("id")) == "Product" and not row.get("__parentId"):
            own = children.get(str(row["id"]), {})
            yield {
                **row,
                "variants": {"nodes": own.get("ProductVariant", [])},
                "collections": {"nodes": own.get("Collection", [])},
            }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
