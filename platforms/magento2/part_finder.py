"""Finds the parts of bundles and groups in the shop, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platforms.magento2.addresses import in_path
from platforms.magento2.answers import as_record
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.compositions import MEMBER_TYPES, PART_TYPES, bundle_rows
from platforms.magento2.product_finder import ProductFinder
from platforms.magento2.product_plans import Plan
from platforms.types import Outcome

LANE = "products"
_FIELDS = "id,sku,type_id"


class PartFinder:
    def __init__(self, client: MageClient, finder: ProductFinder) -> None:
        self._client = client
        self._finder = finder

    def prepare(self, composed: Sequence[Plan], plans: Sequence[Plan]) -> dict[int, dict[str, str]]:
        """By `id(plan)` the SKUs of its parts, in small letters -> as the shop has them. Settles the plans of which a part
        is missing or cannot be one. One call per 100 parts that are not in this call."""
        here = {plan.sheet.sku.casefold(): plan for plan in plans}
        asked = {part.sku for plan in composed for part in plan.sheet.components or ()}
        elsewhere = [sku for sku in asked if sku.casefold() not in here or not here[sku.casefold()].exists]
        records: dict[str, Mapping[str, Any]] = dict(self._finder.by_sku(elsewhere, _FIELDS))
        records |= {sku: plan.record for sku, plan in here.items() if plan.exists}
        found: dict[int, dict[str, str]] = {}
        for plan in composed:
            skus = self._skus(plan, records, here)
            if skus is not None:
                found[id(plan)] = skus
        return found

    def _skus(
        self, plan: Plan, records: Mapping[str, Mapping[str, Any]], here: Mapping[str, Plan]
    ) -> dict[str, str] | None:
        skus: dict[str, str] = {}
        allowed = PART_TYPES if plan.sheet.kind == "bundle" else MEMBER_TYPES
        for part in plan.sheet.components or ():
            record = records.get(part.sku.casefold())
            if record is None:
                self._settle_missing(plan, part.sku, here.get(part.sku.casefold()))
                return None
            kind = str(record.get("type_id") or "simple")
            if kind not in allowed:
                plan.reject(
                    "part_kind",
                    f"'{part.sku}' is a product of type '{kind}' in the shop and cannot be part of '{plan.sheet.sku}'.",
                    "Name the variant or the single item in its place.",
                )
                return None
            skus[part.sku.casefold()] = str(record.get("sku") or part.sku)
        return skus

    @staticmethod
    def _settle_missing(plan: Plan, sku: str, failed: Plan | None) -> None:
        if failed is None:
            plan.reject(
                "no_part",
                f"The shop has no product '{sku}', which is a part of '{plan.sheet.sku}'.",
                "Send the part first, and see that the criteria of the site admit it.",
            )
            return
        told = failed.result.message if failed.result is not None else ""
        plan.settle(
            Outcome.RETRY,
            "part_failed",
            f"The part '{sku}' was not accepted: {told}",
            "Solve the part's problem; the whole is sent after it.",
        )

    def complete(self, plan: Plan) -> None:
        """Reads the product by itself where the list left its parts out."""
        record = plan.record
        told = bundle_rows(record) if plan.sheet.kind == "bundle" else record.get("product_links")
        if plan.exists and told is None:
            plan.record = as_record(self._client.get(f"products/{in_path(plan.sku)}", lane=LANE, scope=ALL))
