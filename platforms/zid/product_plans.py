"""What is to be done for each sheet: found in the store, or created."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from platforms.types import Outcome, ProductSheet, PushResult
from platforms.zid.mapping_products import dicts
from platforms.zid.product_reader import ProductReader
from platforms.zid.rows import is_id


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

    def settle(self, outcome: Outcome, code: str = "", message: str = "", cure: str = "") -> None:
        data: dict[str, Any] = {"created": self.created}
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

    def reject(self, code: str, message: str, cure: str) -> None:
        self.settle(Outcome.REJECTED, code, message, cure)

    def take(self, record: Mapping[str, Any], product: Mapping[str, Any]) -> None:
        """Join the sheet with a record of the store, unless it is of another kind."""
        child = record.get("structure") == "child"
        if child is not self.is_variant:
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a variant in the store and a product of its own in the ERP."
                if child
                else f"SKU '{self.sheet.sku}' is a product of its own in the store and a variant in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )
            return
        if self.sheet.kind == "simple" and record.get("structure") == "parent":
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a product with variants in the store and a simple item in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )
            return
        self.remote_id, self.record, self.product = str(record.get("id")), dict(record), dict(product)
        self.parent_id = str(record.get("parent_id") or product.get("id") or "") if child else ""


class Planner:
    """Finds each sheet's record in the fewest calls: by id 50 per call, then by SKU."""

    def __init__(self, reader: ProductReader) -> None:
        self._reader = reader

    def plan(self, sheets: Sequence[ProductSheet]) -> list[Plan]:
        plans = [Plan(sheet, parent_id=sheet.parent_remote_id) for sheet in sheets]
        self._read_linked(plans)
        self._find_by_sku(plans)
        return plans

    def _read_linked(self, plans: Sequence[Plan]) -> None:
        """A link to what is gone from the store counts as none: the SKU decides anew."""
        products = [
            plan.sheet.parent_remote_id if plan.is_variant else plan.sheet.remote_id for plan in plans
        ]
        wanted = [(number, "") for number in products if is_id(number)]
        rows = self._reader.records(wanted) if wanted else {}
        for plan, number in zip(plans, products, strict=True):
            row = rows.get(number)
            if row is None:
                continue
            if not plan.is_variant:
                plan.take(row, row)
                continue
            plan.product = dict(row)
            variant = _variant_of(row, plan.sheet)
            if variant is not None:
                plan.take(variant, row)

    def _find_by_sku(self, plans: Sequence[Plan]) -> None:
        """Look before creating: the answer to an earlier creation may have been lost."""
        skus = {plan.sheet.sku.strip() for plan in plans if plan.is_open and not plan.exists}
        skus |= {
            plan.sheet.parent_sku for plan in plans if plan.is_variant and plan.is_open and not plan.product
        }
        rows = self._reader.rows_by_sku(skus - {""})
        own: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        for row in sorted(rows, key=lambda row: row.get("structure") == "child"):
            for entry in (row, *dicts(row.get("variants"))):
                own.setdefault(str(entry.get("sku") or "").strip(), (entry, row))
        for plan in plans:
            if not plan.is_open or plan.exists:
                continue
            found = own.get(plan.sheet.sku.strip())
            if found is not None:
                plan.take(*found)
            parent = own.get(plan.sheet.parent_sku) if plan.is_variant else None
            if parent is not None and not plan.product and not plan.remote_id:
                plan.product, plan.parent_id = dict(parent[1]), str(parent[1].get("id", ""))


def _variant_of(product: Mapping[str, Any], sheet: ProductSheet) -> Mapping[str, Any] | None:
    for variant in dicts(product.get("variants")):
        if str(variant.get("id")) == sheet.remote_id or str(variant.get("sku") or "").strip() == sheet.sku:
            return {"structure": "child", **variant}
    return None
