"""What follows a product once it is in: sales channels, metafields, translations. A refusal here is a warning on the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.batching import chunks
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.ids import gid
from platforms.shopify.mapping_products import ERP_KEY, ERP_NAMESPACE, metafields_of
from platforms.shopify.product_documents import PUBLISH, SET_METAFIELDS, TRANSLATABLE, TRANSLATE, UNPUBLISH
from platforms.shopify.product_plans import ProductPlan
from platforms.shopify.shop import ShopReader, names_to_ids
from platforms.types import Outcome, ProductSheet

LANE = "products"
METAFIELDS_AT_ONCE = 25
TEXTS_AT_ONCE = 20
#: Our name of a text -> Shopify's key of it.
_TEXT_KEYS = (
    ("name", "title"),
    ("description", "body_html"),
    ("seo_title", "meta_title"),
    ("seo_description", "meta_description"),
)


class ProductExtras:
    def __init__(self, client: ShopifyClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop
        self._channels: list[tuple[str, str]] | None = None
        self._locales: list[str] | None = None

    def push(self, plans: Sequence[ProductPlan]) -> None:
        for plan in plans:
            self._publish(plan)
        self._push_metafields(plans)
        self._push_translations(plans)

    # -- sales channels -----------------------------------------------------
    def _publish(self, plan: ProductPlan) -> None:
        """A new active product is published in the site's channels; an existing one follows the ERP's visibility."""
        main = plan.main
        if main is None or not _is_ok(plan, main) or not self._client.options.publish_to:
            return
        is_new = plan.created or (plan.made_before and not main.remote_id and not plan.is_published)
        if main.visible is None and not is_new:
            return
        if is_new and not self._is_active(plan, main):
            return
        show = main.visible is not False
        wanted = set(names_to_ids(self._client.options.publish_to, self._known_channels()))
        if not wanted:
            _warn(plan, main, "The product was published nowhere: the shop has no such sales channel.")
            return
        shown = plan.published_in
        change = wanted - shown if show else wanted & shown
        if not change:
            return
        rows = [{"publicationId": gid("Publication", number)} for number in sorted(change)]
        variables = {"id": gid("Product", plan.product_id), "input": rows}
        try:
            self._client.change(
                PUBLISH if show else UNPUBLISH, variables, lane=LANE, what="the publication of the product"
            )
            _changed(plan, main)
        except PermanentError as error:
            _warn(plan, main, f"The product was not published: {error.message}")

    def _is_active(self, plan: ProductPlan, main: ProductSheet) -> bool:
        return main.active if main.active is not None else self._client.options.status_on_create == "ACTIVE"

    def _known_channels(self) -> list[tuple[str, str]]:
        if self._channels is None:
            self._channels = self._shop.publications()
        return self._channels

    # -- metafields ---------------------------------------------------------
    def _push_metafields(self, plans: Sequence[ProductPlan]) -> None:
        """Never by `productSet`, which would delete those of other apps. One call per 25 that change."""
        rows: list[tuple[ProductPlan, ProductSheet, dict[str, str]]] = []
        for plan in plans:
            for sheet in plan.sheets:
                if _is_ok(plan, sheet):
                    rows += [(plan, sheet, row) for row in self._metafields(plan, sheet)]
        for batch in chunks(rows, METAFIELDS_AT_ONCE):
            try:
                payload = self._client.mutate(
                    SET_METAFIELDS, {"metafields": [row for _, _, row in batch]}, lane=LANE
                )
                errors = user_errors(payload)
                text = str(errors[0].get("message")) if errors else ""
            except PermanentError as error:
                text = error.message
            for plan, sheet, _ in batch:
                if text:
                    _warn(plan, sheet, f"The metafields were not set: {text}")
                else:
                    _changed(plan, sheet)

    def _metafields(self, plan: ProductPlan, sheet: ProductSheet) -> list[dict[str, str]]:
        try:
            wanted = metafields_of(sheet)
        except PermanentError as error:
            _warn(plan, sheet, f"The metafields were not set: {error.message}")
            return []
        on_product = sheet is plan.main
        if sheet.kind == "variable" and sheet.sku:
            wanted[ERP_NAMESPACE, ERP_KEY] = sheet.sku
        present = {
            (str(row.get("namespace")), str(row.get("key"))): row
            for row in (nodes_of(plan.record.get("metafields")) if on_product else [])
        }
        owner = (
            gid("Product", plan.product_id)
            if on_product
            else gid("ProductVariant", plan.variant_ids[sheet.key])
        )
        return [
            _metafield_row(owner, name, text, present.get(name))
            for name, text in wanted.items()
            if str((present.get(name) or {}).get("value", "")) != text or name not in present
        ]

    # -- translations -------------------------------------------------------
    def _push_translations(self, plans: Sequence[ProductPlan]) -> None:
        """The digest of a text is read anew each time, since it changes with the text."""
        wanted: dict[str, list[ProductPlan]] = {}
        for plan in plans:
            if plan.main is not None and _is_ok(plan, plan.main):
                for language, texts in plan.main.translations.items():
                    if texts:
                        wanted.setdefault(language, []).append(plan)
        if not wanted:
            return
        if self._locales is None:
            self._locales = self._shop.locales()
        for language, members in wanted.items():
            if self._locales and language not in self._locales[1:]:
                for plan in members:
                    if plan.main is not None:
                        _warn(
                            plan,
                            plan.main,
                            f"The shop has no language '{language}'; its texts were not sent.",
                        )
                continue
            for batch in chunks(members, TEXTS_AT_ONCE):
                self._translate(language, batch)

    def _translate(self, language: str, plans: Sequence[ProductPlan]) -> None:
        by_id = {gid("Product", plan.product_id): plan for plan in plans}
        variables = {"ids": list(by_id), "first": len(by_id), "locale": language}
        data = self._client.query(TRANSLATABLE, variables, lane=LANE)
        for row in nodes_of(data.get("translatableResourcesByIds")):
            plan = by_id.get(str(row.get("resourceId")))
            if plan is None or plan.main is None:
                continue
            rows = _translations(plan.main.translations[language], language, row)
            if not rows:
                continue
            try:
                self._client.change(
                    TRANSLATE,
                    {"id": row["resourceId"], "translations": rows},
                    lane=LANE,
                    what=f"the texts in '{language}'",
                )
                _changed(plan, plan.main)
            except PermanentError as error:
                _warn(plan, plan.main, f"The texts in '{language}' were not set: {error.message}")


def _translations(texts: Mapping[str, str], language: str, row: Mapping[str, Any]) -> list[dict[str, str]]:
    """The texts that differ, each with the digest of the text that it translates."""
    digests = {str(c.get("key")): c.get("digest") for c in row.get("translatableContent") or ()}
    shown = {
        str(entry.get("key")): entry.get("value")
        for entry in row.get("translations") or ()
        if not entry.get("outdated")
    }
    described = dict(texts)
    if not described.get("description") and described.get("short_description"):
        described["description"] = described["short_description"]
    return [
        {
            "locale": language,
            "key": key,
            "value": described[name],
            "translatableContentDigest": str(digests[key]),
        }
        for name, key in _TEXT_KEYS
        if described.get(name) and digests.get(key) and shown.get(key) != described[name]
    ]


def _metafield_row(
    owner: str, name: tuple[str, str], text: str, present: Mapping[str, Any] | None
) -> dict[str, str]:
    """The type of a metafield that is there stays."""
    kind = str(
        (present or {}).get("type") or ("multi_line_text_field" if "\n" in text else "single_line_text_field")
    )
    return {"ownerId": owner, "namespace": name[0], "key": name[1], "type": kind, "value": text}


def _is_ok(plan: ProductPlan, sheet: ProductSheet) -> bool:
    result = plan.results.get(sheet.key)
    return result is not None and result.is_ok


def _changed(plan: ProductPlan, sheet: ProductSheet) -> None:
    plan.results[sheet.key] = replace(plan.results[sheet.key], outcome=Outcome.OK)


def _warn(plan: ProductPlan, sheet: ProductSheet, text: str) -> None:
    result = plan.results[sheet.key]
    plan.results[sheet.key] = replace(result, warning=f"{result.warning} {text}".strip())
