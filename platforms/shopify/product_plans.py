"""Which product each sheet belongs to: found by its link, by its SKU, by its handle, or to be created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError
from platforms.base import result_from_error
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.ids import number_of
from platforms.shopify.mapping_products import handle_of
from platforms.shopify.product_reader import LANE, ProductReader
from platforms.shopify.rows import read_variants
from platforms.types import Outcome, ProductSheet, PushResult


@dataclass(slots=True)
class ProductPlan:
    """One product of the shop, or one to be made, with all sheets of this push that are about it.

    record: the product as the shop has it; variant_ids: the variant of each sheet, by the sheet's key.
    """

    product_id: str = ""
    main: ProductSheet | None = None
    variants: list[ProductSheet] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    variant_ids: dict[str, str] = field(default_factory=dict)
    results: dict[str, PushResult] = field(default_factory=dict)
    created: bool = False
    handle: str = ""
    #: Whether an operation that an earlier run did not see the end of made the product.
    made_before: bool = False

    @property
    def exists(self) -> bool:
        return bool(self.product_id)

    @property
    def sheets(self) -> list[ProductSheet]:
        return [*([self.main] if self.main is not None else []), *self.variants]

    @property
    def open_sheets(self) -> list[ProductSheet]:
        return [sheet for sheet in self.sheets if sheet.key not in self.results]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The product's variants as the shop has them."""
        return nodes_of(self.record.get("variants"))

    @property
    def has_only_default(self) -> bool:
        return bool(self.record.get("hasOnlyDefaultVariant"))

    @property
    def published_in(self) -> set[str]:
        """Numbers of the sales channels that show the product."""
        return {
            number_of((row.get("publication") or {}).get("id"))
            for row in nodes_of(self.record.get("resourcePublicationsV2"))
            if row.get("isPublished", True)
        }

    @property
    def is_published(self) -> bool:
        return bool(self.published_in)

    def row_of(self, sheet: ProductSheet) -> dict[str, Any] | None:
        """The shop's variant of a sheet."""
        wanted = self.variant_ids.get(sheet.key)
        return (
            next((row for row in self.rows if number_of(row.get("id")) == wanted), None) if wanted else None
        )

    def settle(
        self,
        sheet: ProductSheet,
        outcome: Outcome,
        code: str = "",
        message: str = "",
        cure: str = "",
        **more: Any,
    ) -> None:
        variant_id = self.variant_ids.get(sheet.key, "")
        is_parent = sheet.kind == "variable"
        self.results[sheet.key] = PushResult(
            sheet.key,
            outcome,
            code,
            message,
            cure,
            remote_id=self.product_id if is_parent else variant_id,
            parent_remote_id="" if is_parent else self.product_id,
            **more,
        )

    def reject(self, sheet: ProductSheet, code: str, message: str, cure: str) -> None:
        self.settle(sheet, Outcome.REJECTED, code, message, cure)


def settle_all(plan: ProductPlan, error: EcomsyncError) -> None:
    """What is open of a product comes to this error."""
    errors = error.details.get("user_errors")
    for sheet in plan.open_sheets:
        found = result_from_error(sheet.key, error)
        plan.settle(
            sheet,
            found.outcome if isinstance(error, PermanentError) else Outcome.RETRY,
            error.code,
            error.message,
            error.cure,
            retry_after=found.retry_after,
            data={"user_errors": errors} if errors else {},
        )


class Planner:
    def __init__(self, client: ShopifyClient, reader: ProductReader) -> None:
        self._client = client
        self._reader = reader

    def plan(self, sheets: Sequence[ProductSheet]) -> list[ProductPlan]:
        """One plan per product. Calls: one per 250 linked variants, one per 40 SKUs not linked, one per 20 products that
        exist, and one per 20 products to be made."""
        owners, variants, doubtful = self._owners(sheets)
        plans: dict[str, ProductPlan] = {}
        parents: dict[str, ProductPlan] = {}
        for sheet in sheets:
            if sheet.kind == "variant":
                continue
            plan = self._plan_of_main(sheet, owners, plans, variants)
            if sheet.kind == "variable" and sheet.sku:
                parents[sheet.sku] = plan
        for sheet in sheets:
            if sheet.kind == "variant":
                self._join_variant(sheet, owners, variants, plans, parents)
        found = list(plans.values())
        self._read_records(found)
        for plan in found:
            for sheet in plan.sheets:
                if sheet.key in doubtful:
                    plan.reject(sheet, "sku_not_unique", _TWICE.format(sku=sheet.sku), _TWICE_CURE)
        return found

    # -- who owns what ------------------------------------------------------
    def _owners(self, sheets: Sequence[ProductSheet]) -> tuple[dict[str, str], dict[str, str], set[str]]:
        """Product id and variant id by the sheet's key, and the keys of sheets whose SKU is not unique."""
        owners: dict[str, str] = {}
        variants: dict[str, str] = {}
        linked = [sheet for sheet in sheets if sheet.kind != "variable" and sheet.remote_id]
        facts = read_variants(self._client, linked, lane=LANE) if linked else {}
        for sheet in linked:
            fact = facts.get(sheet.remote_id)
            if fact is not None:
                owners[sheet.key], variants[sheet.key] = fact.product_id, fact.variant_id
        lost = [s for s in sheets if s.kind != "variable" and s.key not in owners and s.sku]
        rows = self._reader.rows_by_sku([sheet.sku for sheet in lost]) if lost else []
        by_sku: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            by_sku.setdefault(str(row.get("sku") or "").strip(), []).append(row)
        doubtful: set[str] = set()
        for sheet in lost:
            bearing = by_sku.get(sheet.sku.strip(), [])
            own = [row for row in bearing if _product_of(row) == sheet.parent_remote_id]
            chosen = own or bearing
            if len(chosen) > 1:
                doubtful.add(sheet.key)
            if chosen:
                owners[sheet.key], variants[sheet.key] = (
                    _product_of(chosen[0]),
                    number_of(chosen[0].get("id")),
                )
        return owners, variants, doubtful

    def _plan_of_main(
        self,
        sheet: ProductSheet,
        owners: dict[str, str],
        plans: dict[str, ProductPlan],
        variants: dict[str, str],
    ) -> ProductPlan:
        product_id = sheet.remote_id if sheet.kind == "variable" else owners.get(sheet.key, "")
        handle = ""
        if not product_id and sheet.sku and sheet.allow_create:
            handle = handle_of(sheet)
        plan = plans.get(product_id) if product_id else None
        if plan is None or plan.main is not None:
            plan = ProductPlan(product_id, main=sheet, handle=handle)
            plans[product_id or f"new:{sheet.key}"] = plan
        else:
            plan.main = sheet
        if sheet.key in variants:
            plan.variant_ids[sheet.key] = variants[sheet.key]
        return plan

    def _join_variant(
        self,
        sheet: ProductSheet,
        owners: dict[str, str],
        variants: dict[str, str],
        plans: dict[str, ProductPlan],
        parents: dict[str, ProductPlan],
    ) -> None:
        parent = parents.get(sheet.parent_sku)
        owner = owners.get(sheet.key, "")
        if parent is not None and owner and not parent.exists:
            parent.product_id = (
                owner  # the answer to the parent's creation was lost, and its variant is found
            )
            plans[owner] = plans.pop(f"new:{parent.main.key}") if parent.main is not None else parent
        product_id = owner or (parent.product_id if parent is not None else "") or sheet.parent_remote_id
        plan = (
            parent
            if parent is not None and (not owner or owner == parent.product_id)
            else plans.get(product_id)
        )
        if plan is None:
            plan = plans[product_id or f"lost:{sheet.key}"] = ProductPlan(product_id)
        plan.variants.append(sheet)
        if sheet.key in variants:
            plan.variant_ids[sheet.key] = variants[sheet.key]

    # -- what the shop has --------------------------------------------------
    def _read_records(self, plans: Sequence[ProductPlan]) -> None:
        """A link to what is gone counts as none, and a product with our handle is the one whose creation was not answered."""
        unknown = [plan for plan in plans if not plan.exists and plan.handle]
        known = self._reader.ids_by_handle([plan.handle for plan in unknown]) if unknown else {}
        for plan in unknown:
            plan.product_id = known.get(plan.handle, "")
        records = self._reader.details([plan.product_id for plan in plans if plan.exists])
        for plan in plans:
            if not plan.exists:
                continue
            record = records.get(plan.product_id)
            if record is None:
                plan.product_id = ""
                plan.variant_ids.clear()
            elif plan.handle and not _is_ours(plan, record):
                plan.product_id, plan.handle = "", ""  # another product's handle: Shopify is to choose one
            else:
                plan.record = record
                self._match_by_sku(plan)
                _lone_variant_is_the_product(plan)

    def _match_by_sku(self, plan: ProductPlan) -> None:
        """Variants of the product that the search's index did not know yet."""
        by_sku = {str(row.get("sku") or "").strip(): number_of(row.get("id")) for row in plan.rows}
        for sheet in plan.sheets:
            if (
                sheet.kind != "variable"
                and sheet.key not in plan.variant_ids
                and by_sku.get(sheet.sku.strip())
            ):
                plan.variant_ids[sheet.key] = by_sku[sheet.sku.strip()]


def _lone_variant_is_the_product(plan: ProductPlan) -> None:
    """The link of a simple product names its variant, so a sheet that was made of the link calls itself one."""
    if plan.main is None and plan.has_only_default and len(plan.variants) == 1:
        (sheet,) = plan.variants
        if sheet.key in plan.variant_ids:
            plan.main, plan.variants = replace(sheet, kind="simple"), []


def _is_ours(plan: ProductPlan, record: dict[str, Any]) -> bool:
    """Whether the product that has our handle sells what our sheets are about."""
    skus = {str(row.get("sku") or "").strip() for row in nodes_of(record.get("variants"))}
    marks = {
        str(row.get("value"))
        for row in nodes_of(record.get("metafields"))
        if row.get("namespace") == "ecomsync"
    }
    main = plan.main.sku if plan.main is not None else ""
    return bool(main in skus | marks or skus & {sheet.sku for sheet in plan.variants})


def _product_of(row: dict[str, Any]) -> str:
    return number_of((row.get("product") or {}).get("id"))


_TWICE = "The shop has more than one variant with the SKU '{sku}'."
_TWICE_CURE = "Give one of them another SKU in the shop, or link the item by hand."
