"""What is to be done for each sheet: found in the shop, restored from its trash, or created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from platforms.types import Outcome, ProductSheet, PushResult
from platforms.woocommerce.product_reader import ProductReader


@dataclass(slots=True)
class Plan:
    """One sheet on its way. `record` is the shop's present JSON; `result` is set once the sheet is settled."""

    sheet: ProductSheet
    remote_id: str = ""
    parent_id: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    created: bool = False
    result: PushResult | None = None

    @property
    def is_variant(self) -> bool:
        return self.sheet.kind == "variant"

    @property
    def is_open(self) -> bool:
        return self.result is None

    @property
    def exists(self) -> bool:
        return bool(self.remote_id)

    def settle(
        self, outcome: Outcome, code: str = "", message: str = "", cure: str = "", **data: Any
    ) -> None:
        self.result = PushResult(
            self.sheet.key,
            outcome,
            code,
            message,
            cure,
            remote_id=self.remote_id,
            parent_remote_id=self.parent_id,
            data=data,
        )

    def reject(self, code: str, message: str, cure: str) -> None:
        self.settle(Outcome.REJECTED, code, message, cure)

    def take(self, record: dict[str, Any]) -> None:
        """Join the sheet with a record of the shop. Refuses one of another kind."""
        kind = str(record.get("type") or ("variation" if self.is_variant else "simple"))
        if self.is_variant != (kind == "variation") or (kind == "variable" and self.sheet.kind == "simple"):
            self.reject(
                "kind_mismatch",
                f"SKU '{self.sheet.sku}' is a product of type '{kind}' in the shop and '{self.sheet.kind}' in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )
            return
        self.remote_id = str(record["id"])
        self.record = record
        owner = str(record.get("parent_id") or "")
        if not self.is_variant or owner in ("", "0"):
            return
        if self.parent_id and self.parent_id != owner:
            # Sending it under another parent would move it there.
            self.reject(
                "variant_of_other_product",
                f"The variation '{self.sheet.sku}' belongs to product {owner} in the shop, not to {self.parent_id}.",
                "Correct the parent in the ERP, or delete the variation in the shop.",
            )
        self.parent_id = owner


class Planner:
    """Finds each sheet's record in the fewest calls: by id 100 per call, then by SKU, then in the trash."""

    def __init__(self, reader: ProductReader) -> None:
        self._reader = reader

    def plan(self, sheets: Sequence[ProductSheet]) -> list[Plan]:
        plans = [Plan(sheet, sheet.remote_id, sheet.parent_remote_id) for sheet in sheets]
        self._read_linked(plans)
        self._find_by_sku(plans)
        return plans

    def _read_linked(self, plans: Sequence[Plan]) -> None:
        """A link to what is gone from the shop counts as none: the SKU decides anew."""
        simple = [plan for plan in plans if plan.remote_id and not plan.is_variant]
        records = self._reader.rows_by_id([plan.remote_id for plan in simple])
        variants: dict[str, list[Plan]] = {}
        for plan in plans:
            if plan.remote_id and plan.is_variant and plan.parent_id:
                variants.setdefault(plan.parent_id, []).append(plan)
        for parent_id, members in variants.items():
            records |= self._reader.variation_rows(parent_id, [plan.remote_id for plan in members])
        for plan in plans:
            if plan.remote_id:
                record = records.get(plan.remote_id)
                plan.remote_id = ""
                if record is not None:
                    plan.take(record)

    def _find_by_sku(self, plans: Sequence[Plan]) -> None:
        """Look before creating: the answer to an earlier creation may have been lost, and the trash keeps SKUs."""
        for status in ("", "trash"):
            lost = [plan for plan in plans if plan.is_open and not plan.exists and plan.sheet.sku]
            if status:
                lost = [plan for plan in lost if plan.sheet.allow_create]
            if not lost:
                return
            rows = self._reader.rows_by_sku([plan.sheet.sku for plan in lost], status=status)
            by_sku = {str(row.get("sku") or "").strip(): row for row in reversed(rows)}
            for plan in lost:
                record = by_sku.get(plan.sheet.sku.strip())
                if record is not None:
                    plan.take(record)

    def find_parents(self, plans: Sequence[Plan]) -> None:
        """Give variants their parent: from this call's sheets, else by the parent's SKU."""
        known = {plan.sheet.sku: plan for plan in plans if plan.sheet.kind == "variable" and plan.sheet.sku}
        for plan in plans:
            parent = known.get(plan.sheet.parent_sku)
            if plan.is_variant and plan.is_open and not plan.exists and parent is not None and parent.exists:
                plan.parent_id = parent.remote_id  # what the link says may be a parent that is gone
        orphans = [plan for plan in plans if plan.is_variant and plan.is_open and not plan.parent_id]
        outside = {plan.sheet.parent_sku for plan in orphans} - set(known) - {""}
        rows = (
            {str(row.get("sku") or "").strip(): row for row in self._reader.rows_by_sku(sorted(outside))}
            if outside
            else {}
        )
        for plan in orphans:
            parent = known.get(plan.sheet.parent_sku)
            if parent is not None and parent.result is not None and not parent.result.is_ok:
                plan.settle(
                    Outcome.RETRY,
                    "parent_failed",
                    f"The parent '{plan.sheet.parent_sku}' was not accepted: {parent.result.message}",
                    "Solve the parent's problem; the variation is sent after it.",
                )
            elif parent is not None:
                plan.parent_id = parent.remote_id
            elif rows.get(plan.sheet.parent_sku, {}).get("type") == "variable":
                plan.parent_id = str(rows[plan.sheet.parent_sku]["id"])
            else:
                plan.reject(
                    "no_parent",
                    f"The shop has no variable product '{plan.sheet.parent_sku}' for this variation.",
                    "Send the parent item first.",
                )
