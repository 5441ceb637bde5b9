"""What is to be done for each sheet: found in the store, or created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, RetryableError
from platforms.bigcommerce.mapping_products import dicts
from platforms.bigcommerce.product_reader import ProductReader
from platforms.types import Outcome, ProductSheet, PushResult

_INCLUDE = "variants,images,custom_fields,channels"


@dataclass(slots=True)
class Plan:
    """One sheet on its way. `record` is the store's present JSON of the product or variant, `product` of its product."""

    sheet: ProductSheet
    remote_id: str = ""
    parent_id: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    product: dict[str, Any] = field(default_factory=dict)
    created: bool = False
    changed: bool = False
    result: PushResult | None = None
    warnings: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)

    @property
    def is_variant(self) -> bool:
        return self.sheet.kind == "variant"

    @property
    def is_open(self) -> bool:
        return self.result is None

    @property
    def exists(self) -> bool:
        return bool(self.remote_id)

    @property
    def lacks_parent(self) -> bool:
        return self.is_variant and self.is_open and not self.exists and not self.product

    def settle(self, outcome: Outcome, code: str = "", message: str = "", cure: str = "") -> None:
        data: dict[str, Any] = {"created": self.created}
        if self.record:
            data["inventory_id"] = str(self.record.get("id" if self.is_variant else "base_variant_id") or "")
        if self.images:
            data["images"] = dict(self.images)
        self.result = PushResult(
            self.sheet.key,
            outcome,
            code,
            message,
            cure,
            remote_id=self.remote_id,
            parent_remote_id=self.parent_id,
            warning=" ".join(self.warnings),
            data=data,
        )

    def postpone(self, error: EcomsyncError) -> None:
        """It is to be sent again, when the store says or later."""
        self.settle(Outcome.RETRY, error.code, error.message, error.cure)
        if self.result is not None and isinstance(error, RetryableError):
            self.result = replace(self.result, retry_after=error.retry_after)

    def reject(self, code: str, message: str, cure: str) -> None:
        self.settle(Outcome.REJECTED, code, message, cure)

    def take(self, product: dict[str, Any]) -> None:
        """Join the sheet with a product of the store, or with the variant of it that bears the SKU."""
        complex_ = not product.get("base_variant_id")
        if self.is_variant:
            self._take_variant(product)
            return
        if complex_ and self.sheet.kind == "simple":
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a product with variants in the store and a simple item in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )
            return
        self.remote_id, self.record, self.product = str(product["id"]), product, product

    def _take_variant(self, product: dict[str, Any]) -> None:
        wanted = self.sheet.remote_id
        variants = [row for row in dicts(product.get("variants")) if row.get("option_values")]
        variants.sort(key=lambda row: str(row.get("id")) != wanted)  # the link counts before the SKU
        for variant in variants:
            same = str(variant.get("id")) == wanted or str(variant.get("sku") or "").strip() == self.sheet.sku
            if same:
                self.remote_id, self.parent_id = str(variant["id"]), str(product["id"])
                self.record, self.product = dict(variant), product
                return
        if str(product.get("sku") or "").strip() == self.sheet.sku:
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a product of its own in the store and a variant in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )


class Planner:
    """Finds each sheet's record in the fewest calls: by id 250 per call, then by SKU."""

    def __init__(self, reader: ProductReader) -> None:
        self._reader = reader

    def plan(self, sheets: Sequence[ProductSheet]) -> list[Plan]:
        plans = [Plan(sheet, parent_id=sheet.parent_remote_id) for sheet in sheets]
        self._read_linked(plans)
        self._find_by_sku(plans)
        return plans

    def _read_linked(self, plans: Sequence[Plan]) -> None:
        """A link to what is gone from the store counts as none: the SKU decides anew."""
        ids = [plan.sheet.parent_remote_id if plan.is_variant else plan.sheet.remote_id for plan in plans]
        rows = self._reader.rows_by_id([number for number in ids if number], include=_INCLUDE)
        by_id = {str(number): row for number, row in rows.items()}
        for plan, number in zip(plans, ids, strict=True):
            row = by_id.get(number)
            if row is not None and plan.is_variant:
                plan.product = row
            if row is not None and (plan.sheet.remote_id or plan.is_variant):
                plan.take(row)

    def _find_by_sku(self, plans: Sequence[Plan]) -> None:
        """Look before creating: the answer to an earlier creation may have been lost."""
        lost = {
            plan.sheet.sku.strip() for plan in plans if plan.is_open and not plan.exists and plan.sheet.sku
        }
        parents = {
            plan.sheet.parent_sku for plan in plans if plan.is_variant and plan.is_open and not plan.product
        }
        wanted = (lost | parents) - {""}
        if not wanted:
            return
        found = self._reader.rows_by_sku(wanted)
        rows = self._reader.rows_by_id([str(row["id"]) for row in found], include=_INCLUDE) if found else {}
        by_sku: dict[str, dict[str, Any]] = {}
        for row in rows.values():
            for entry in (*dicts(row.get("variants")), row):
                by_sku.setdefault(str(entry.get("sku") or "").strip(), row)
        for plan in plans:
            if not plan.is_open or plan.exists:
                continue
            own = by_sku.get(plan.sheet.sku.strip())
            if own is not None:
                plan.take(own)
            parent = by_sku.get(plan.sheet.parent_sku)
            if parent is not None and plan.lacks_parent:
                plan.product, plan.parent_id = parent, str(parent["id"])
