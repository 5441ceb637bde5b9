"""Results of rows, and the variants that rows stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import gid, number_of
from platforms.types import Outcome, PriceUpdate, PushResult, QuantityUpdate

Update = QuantityUpdate | PriceUpdate


class Linked(Protocol):
    """What names a variant by our link to it."""

    @property
    def remote_id(self) -> str: ...

    @property
    def parent_remote_id(self) -> str: ...


VARIANTS_BY_ID = document(
    """query VariantsById($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on ProductVariant { id sku price compareAtPrice product { id } inventoryItem { id tracked } }
  }
}""",
    cost=200,
)
PRODUCT_VARIANTS = document(
    """query ProductsOfRows($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Product {
      id
      variants(first: 2) { nodes { id sku price compareAtPrice product { id } inventoryItem { id tracked } } }
    }
  }
}""",
    cost=300,
)


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """What the shop shows of a variant now."""

    variant_id: str
    product_id: str
    inventory_id: str
    sku: str
    price: str | None
    compare_at: str | None
    tracked: bool


def read_variants(client: ShopifyClient, updates: Sequence[Linked], *, lane: str) -> dict[str, VariantFacts]:
    """Facts by `remote_id`, 250 per call. A link without a parent may name a product: its only variant stands for it."""
    ids = [update.remote_id for update in updates if update.remote_id.isdigit()]
    rows = client.nodes(VARIANTS_BY_ID, [gid("ProductVariant", number) for number in ids], lane=lane)
    found = {number_of(address): _facts(row) for address, row in rows.items()}
    lone = [
        u.remote_id
        for u in updates
        if not u.parent_remote_id and u.remote_id.isdigit() and u.remote_id not in found
    ]
    if lone:
        products = client.nodes(PRODUCT_VARIANTS, [gid("Product", number) for number in lone], lane=lane)
        for address, row in products.items():
            variants = nodes_of(row.get("variants"))
            if len(variants) == 1:
                found[number_of(address)] = _facts(variants[0])
    return found


def _facts(row: dict[str, Any]) -> VariantFacts:
    item = row.get("inventoryItem") or {}
    compare_at = row.get("compareAtPrice")
    return VariantFacts(
        variant_id=number_of(row.get("id")),
        product_id=number_of((row.get("product") or {}).get("id")),
        inventory_id=number_of(item.get("id")),
        sku=str(row.get("sku") or ""),
        price=None if row.get("price") is None else str(row["price"]),
        compare_at=None if compare_at is None else str(compare_at),
        tracked=bool(item.get("tracked", True)),
    )


def accepted(update: Update, *, unchanged: bool = False, warning: str = "", **data: Any) -> PushResult:
    return PushResult(
        update.key,
        Outcome.UNCHANGED if unchanged else Outcome.OK,
        remote_id=update.remote_id,
        parent_remote_id=update.parent_remote_id,
        warning=warning,
        data=data,
    )


def rejected(update: Update, code: str, message: str, cure: str, **data: Any) -> PushResult:
    return PushResult(
        update.key,
        Outcome.REJECTED,
        code,
        message,
        cure,
        remote_id=update.remote_id,
        parent_remote_id=update.parent_remote_id,
        data=data,
    )


def not_linked(update: Update) -> PushResult:
    message = (
        f"'{update.remote_id}' is not the id of a variant in this shop."
        if update.remote_id
        else "The item has no product in this shop."
    )
    cure = "Link the item in the item linker of this site, or run 'Link Items'."
    return rejected(update, "not_linked", message, cure)
