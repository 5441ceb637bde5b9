"""What is to be done for each sheet: found in the shop by id or by SKU, or created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from platforms.magento2.compositions import COMPOSED, TYPES, is_dynamic
from platforms.magento2.product_finder import ProductFinder
from platforms.types import Outcome, ProductSheet, PushResult


@dataclass(slots=True)
class Plan:
    """One sheet on its way. `record` is the shop's present JSON; `result` is set once the sheet is settled."""

    sheet: ProductSheet
    record: dict[str, Any] = field(default_factory=dict)
    parent_id: str = ""
    created: bool = False
    changed: bool = False
    warnings: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    result: PushResult | None = None

    @property
    def remote_id(self) -> str:
        return str(self.record.get("id") or "")

    @property
    def sku(self) -> str:
        """The SKU that the shop has; it is the key of all writes, and no save changes it."""
        return str(self.record.get("sku") or self.sheet.sku)

    @property
    def exists(self) -> bool:
        return bool(self.remote_id)

    @property
    def is_open(self) -> bool:
        return self.result is None

    @property
    def is_variant(self) -> bool:
        return self.sheet.kind == "variant"

    @property
    def is_parent(self) -> bool:
        return self.sheet.kind == "variable"

    @property
    def is_composed(self) -> bool:
        return self.sheet.kind in COMPOSED

    @property
    def has_price(self) -> bool:
        """Whether it has a price of its own: neither a parent of variants, nor a group, nor a bundle of the shop that costs
        what its parts cost."""
        if self.sheet.kind == "bundle":
            return not is_dynamic(self.record)
        return self.sheet.kind in ("simple", "variant")

    @property
    def has_stock(self) -> bool:
        return self.sheet.kind in ("simple", "variant")

    def settle(self, outcome: Outcome, code: str = "", message: str = "", cure: str = "") -> None:
        self.result = PushResult(
            self.sheet.key,
            outcome,
            code,
            message,
            cure,
            remote_id=self.remote_id,
            parent_remote_id=self.parent_id,
            warning=" ".join(self.warnings),
            data={"created": self.created, "images": dict(self.images)}
            if self.images
            else {"created": self.created},
        )

    def reject(self, code: str, message: str, cure: str) -> None:
        self.settle(Outcome.REJECTED, code, message, cure)

    def take(self, record: dict[str, Any]) -> None:
        """Join the sheet with a product of the shop. Refuses one of another kind."""
        kind = str(record.get("type_id") or "simple")
        others = set(TYPES.values()) - {"simple"}
        fits = kind not in others if self.has_stock else kind == TYPES[self.sheet.kind]
        self.record = record
        if not fits:
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a product of type '{kind}' in the shop and '{self.sheet.kind}' in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )


class Planner:
    """Finds each sheet's product: by id first, then by SKU, since the answer to a creation may have been lost."""

    def __init__(self, finder: ProductFinder) -> None:
        self._finder = finder

    def plan(self, sheets: Sequence[ProductSheet]) -> list[Plan]:
        plans = [Plan(sheet, parent_id=sheet.parent_remote_id) for sheet in sheets]
        linked = self._finder.by_id([plan.sheet.remote_id for plan in plans])
        for plan in plans:
            record = linked.get(plan.sheet.remote_id)
            if record is not None:
                plan.take(record)
        lost = [plan for plan in plans if plan.is_open and not plan.exists and plan.sheet.sku]
        found = self._finder.by_sku([plan.sheet.sku for plan in lost])
        for plan in lost:
            record = found.get(plan.sheet.sku.strip().casefold())
            if record is not None:
                plan.take(record)
        for plan in plans:
            if plan.is_open and not plan.exists and not plan.sheet.allow_create:
                plan.reject(
                    "not_linked",
                    f"The shop has no product with the SKU '{plan.sheet.sku}', and products are not to be created.",
                    "Create it in the shop and link it, or allow the creation of products on the site.",
                )
        return plans
