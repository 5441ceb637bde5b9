"""From a plan to the input of `productSet`, which deletes what its lists do not name.

So a list is sent only when something in it changes, and then whole: every variant that the shop has is named by its id,
whether the ERP knows it or not. Pure functions but for pictures that are uploaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.ids import number_of
from platforms.shopify.mapping_products import (
    DEFAULT_OPTION,
    DEFAULT_VALUE,
    option_rows,
    option_values,
    options_input,
    options_of,
    product_input,
    variant_differs,
    variant_input,
)
from platforms.shopify.media import files_input, variant_file
from platforms.shopify.product_plans import ProductPlan
from platforms.types import ProductSheet


class InputBuilder:
    def __init__(self, client: ShopifyClient, *, location: str) -> None:
        self._client = client
        self._location = location
        self._currency = client.connection.currency

    def build(self, plan: ProductPlan) -> tuple[dict[str, Any], list[ProductSheet]]:
        """(input, sheets in the order of `variants` of the input); an empty input says that nothing is to be sent.

        Sheets that cannot be said are settled on the plan. Raises Rejected for the product as a whole.
        """
        body = self._product(plan)
        changed, rows = self._variants(plan)
        if changed:
            names = self._option_names(plan, rows)
            body["productOptions"] = options_input(names, [values for _, values, _ in rows])
            body["variants"] = [{**entry, "optionValues": option_rows(values)} for entry, values, _ in rows]
        return body, [sheet for _, _, sheet in rows] if changed else []  # type: ignore[misc]

    # -- the product itself -------------------------------------------------
    def _product(self, plan: ProductPlan) -> dict[str, Any]:
        main = plan.main
        if main is None or main.key in plan.results:
            return {}
        body = product_input(
            main, creating=not plan.exists, status_on_create=self._client.options.status_on_create
        )
        if main.images is not None:
            files = files_input(
                self._client,
                main.images,
                plan.record,
                keep_foreign=self._client.options.keep_foreign_images or not plan.has_only_default,
            )
            if files is not None:
                body["files"] = files
        if not plan.exists:
            if plan.handle:
                body["handle"] = plan.handle
            return body
        return {name: value for name, value in body.items() if self._differs(plan.record, name, value, body)}

    def _differs(self, record: Mapping[str, Any], name: str, value: Any, body: dict[str, Any]) -> bool:
        if name == "files":
            return True
        if name == "tags":
            present = [str(tag) for tag in record.get("tags") or ()]
            body["tags"] = value[:] = [*present, *(tag for tag in value if tag not in present)]
            return bool(value != present)
        if name == "collections":
            return {number_of(row.get("id")) for row in nodes_of(record.get("collections"))} != {
                number_of(address) for address in value
            }
        if name == "category":
            return bool((record.get("category") or {}).get("id") != value)
        if name == "seo":
            return any((record.get("seo") or {}).get(part) != text for part, text in value.items())
        return bool((record.get(name) or "") != value)

    # -- variants -----------------------------------------------------------
    def _variants(
        self, plan: ProductPlan
    ) -> tuple[bool, list[tuple[dict[str, Any], dict[str, str], ProductSheet | None]]]:
        """Whether any is new or changes, and (input, options, sheet) of all that are to be there afterwards."""
        sheets = [sheet for sheet in plan.open_sheets if sheet.kind != "variable"]
        if not plan.exists:
            return self._first_variants(plan, sheets)
        by_variant = {plan.variant_ids[sheet.key]: sheet for sheet in sheets if sheet.key in plan.variant_ids}
        rows: list[tuple[dict[str, Any], dict[str, str], ProductSheet | None]] = []
        changed = False
        replaces_placeholder = self._replaces_placeholder(plan, sheets)
        for row in [] if replaces_placeholder else plan.rows:
            sheet = by_variant.get(number_of(row.get("id")))
            body = self._stated(plan, sheet, row) if sheet is not None else {}
            changed |= bool(body)
            rows.append(({"id": row["id"], **body}, options_of(row), sheet))
        names = [str(option.get("name")) for option in plan.record.get("options") or ()]
        for sheet in sheets:
            if sheet.key in plan.variant_ids or sheet.key in plan.results:
                continue
            fresh = self._fresh(plan, sheet, [] if replaces_placeholder else names)
            if fresh is not None:
                rows.append((*fresh, sheet))
                changed = True
        return changed, rows

    def _replaces_placeholder(self, plan: ProductPlan, sheets: list[ProductSheet]) -> bool:
        """A product for variants that was made before them has Shopify's one nameless variant, which gives way."""
        lone = plan.rows[0] if len(plan.rows) == 1 and plan.has_only_default else None
        return lone is not None and not lone.get("sku") and any(sheet.kind == "variant" for sheet in sheets)

    def _first_variants(
        self, plan: ProductPlan, sheets: list[ProductSheet]
    ) -> tuple[bool, list[tuple[dict[str, Any], dict[str, str], ProductSheet | None]]]:
        rows: list[tuple[dict[str, Any], dict[str, str], ProductSheet | None]] = []
        for sheet in sheets:
            if sheet.kind == "simple":
                body = self._creation(sheet, plan)
                if body is not None:
                    rows.append((body, {DEFAULT_OPTION: DEFAULT_VALUE}, sheet))
                continue
            fresh = self._fresh(plan, sheet, [])
            if fresh is not None:
                rows.append((*fresh, sheet))
        return bool(rows), rows

    def _fresh(
        self, plan: ProductPlan, sheet: ProductSheet, names: list[str]
    ) -> tuple[dict[str, Any], dict[str, str]] | None:
        """A new variant; None when the sheet was settled. names: the options that the product has already."""
        if not sheet.allow_create:
            plan.reject(
                sheet,
                "not_linked",
                f"The shop has no product with the SKU '{sheet.sku}', and products are not to be created.",
                "Create it in the shop and link it, or allow the creation of products on the site.",
            )
            return None
        values = option_values(sheet.attributes)
        if sheet.kind == "simple" or not values:
            plan.reject(
                sheet,
                "no_options",
                f"'{sheet.sku}' is to be a variant and says no option, such as its size.",
                "Give the variant its attributes in the ERP.",
            )
            return None
        if names and set(names) != set(values):
            plan.reject(
                sheet,
                "other_options",
                f"The product has the options {', '.join(names)} and the variant '{sheet.sku}' has {', '.join(values)}.",
                "Give the variant the same attributes as its product in the shop.",
            )
            return None
        body = self._creation(sheet, plan)
        return None if body is None else (body, {name: values[name] for name in names or values})

    def _creation(self, sheet: ProductSheet, plan: ProductPlan) -> dict[str, Any] | None:
        try:
            body = variant_input(sheet, creating=True, currency=self._currency, location=self._location)
            return self._with_file(sheet, plan, body)
        except PermanentError as error:
            plan.reject(sheet, error.code, error.message, error.cure)
            return None

    def _stated(self, plan: ProductPlan, sheet: ProductSheet, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a sheet changes on a variant that exists; empty when nothing."""
        try:
            body = variant_input(sheet, creating=False, currency=self._currency)
            if not variant_differs(row, body):
                body = {}
            return self._with_file(sheet, plan, body)
        except PermanentError as error:
            plan.reject(sheet, error.code, error.message, error.cure)
            return {}

    def _with_file(self, sheet: ProductSheet, plan: ProductPlan, body: dict[str, Any]) -> dict[str, Any]:
        if sheet.kind == "variant" and sheet.images:
            file = variant_file(self._client, sheet.images, plan.record)
            if file is not None:
                body["file"] = file
        return body

    def _option_names(
        self, plan: ProductPlan, rows: list[tuple[dict[str, Any], dict[str, str], ProductSheet | None]]
    ) -> list[str]:
        """The product's own order, else that of the parent's attributes, else that of the variants."""
        used = list(dict.fromkeys(name for _, values, _ in rows for name in values))
        present = [str(option.get("name")) for option in plan.record.get("options") or ()]
        stated = [
            attribute.name
            for attribute in (plan.main.attributes if plan.main else None) or ()
            if attribute.for_variants
        ]
        order = [name for name in (*present, *stated) if name in used]
        return list(dict.fromkeys([*order, *used]))
