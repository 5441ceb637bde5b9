"""Texts of languages, each in its store view.

A save through a store view writes overrides there, on several versions for everything that it is sent: so only texts
go, and only those that the view does not show already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.base import result_from_error
from platforms.magento2.client import MageClient
from platforms.magento2.criteria import Criteria, short_lists
from platforms.magento2.mapping_products import already_shows, translation_body
from platforms.magento2.product_finder import SKUS_PER_CALL, sku_key
from platforms.magento2.product_plans import Plan
from platforms.magento2.shop import ShopReader

LANE = "products"


class StoreTexts:
    def __init__(self, client: MageClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop

    def push(self, plans: Sequence[Plan]) -> None:
        """One call per language and 100 products to look, one per product whose texts differ."""
        spoken = {
            language
            for plan in plans
            if plan.is_open
            for language, texts in plan.sheet.translations.items()
            if texts
        }
        if not spoken:
            return
        views = self._shop.views_of_languages()
        for language in sorted(spoken):
            view = views.get(language) or views.get(language.partition("-")[0].partition("_")[0])
            members = [plan for plan in plans if plan.is_open and plan.sheet.translations.get(language)]
            if view is None:
                for plan in members:
                    plan.warnings.append(f"No store view of the shop shows the language '{language}'.")
                continue
            self._push_view(view, language, members)

    def _push_view(self, view: str, language: str, plans: Sequence[Plan]) -> None:
        present = self._present(view, plans)
        for plan in plans:
            sheet = replace(plan.sheet, sku=plan.sku)
            body = translation_body(sheet, plan.sheet.translations[language])
            shown = present.get(plan.sku.casefold())
            if len(body) == 1 or (shown is not None and already_shows(shown, body)):
                continue
            try:
                self._client.post("products", {"product": body}, lane=LANE, scope=view)
            except PermanentError as error:
                plan.result = replace(
                    result_from_error(plan.sheet.key, error),
                    remote_id=plan.remote_id,
                    data={"created": plan.created, "images": dict(plan.images)},
                )
                continue
            plan.changed = True

    def _present(self, view: str, plans: Sequence[Plan]) -> Mapping[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        skus = [plan.sku for plan in plans if "," not in plan.sku]
        for batch in short_lists(skus, min(SKUS_PER_CALL, self._client.page_rows)):
            rows, _total, _size = self._client.search(
                "products",
                Criteria().among("sku", batch),
                lane=LANE,
                size=len(batch),
                scope=view,
                fields="items[id,sku,name,custom_attributes],total_count",
            )
            found |= {sku_key(row): row for row in rows}
        return found
