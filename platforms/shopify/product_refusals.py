"""Sheets that cannot be what they say: refused with their reason before and after Shopify was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from platforms.shopify.errors import error_of_user_errors, row_of
from platforms.shopify.product_plans import ProductPlan
from platforms.types import Outcome, ProductSheet

_CANNOT_SWITCH_OFF = (
    "Shopify cannot switch off a single variant: set its quantity to 0, or delete it in the shop."
)


def refuse_mismatches(plan: ProductPlan) -> None:
    """Sheets of another kind than what the shop has."""
    main = plan.main
    if not plan.exists or main is None or main.key in plan.results:
        return
    if main.kind == "simple" and not plan.has_only_default:
        plan.reject(
            main,
            "kind_mismatch",
            f"SKU '{main.sku}' is a variant of '{plan.record.get('title')}' in the shop and 'simple' in the ERP.",
            "Make the kind of the item the same on both sides, or give one of the two another SKU.",
        )
    elif main.kind == "variable" and plan.has_only_default and plan.rows and plan.rows[0].get("sku"):
        plan.reject(
            main,
            "kind_mismatch",
            f"'{plan.record.get('title')}' has no variants in the shop and 'variable' in the ERP.",
            "Make the kind of the item the same on both sides.",
        )


def may_create(plan: ProductPlan) -> bool:
    """Whether a product may be made; settles the sheets when not."""
    main = plan.main
    if main is None:
        for sheet in plan.open_sheets:
            plan.reject(
                sheet,
                "no_parent",
                f"The shop has no product '{sheet.parent_sku}' for this variant.",
                "Send the parent item first.",
            )
        return False
    if main.key in plan.results:
        refused = plan.results[main.key]
        for sheet in plan.open_sheets:
            plan.settle(
                sheet,
                Outcome.RETRY,
                "parent_failed",
                f"The parent '{main.sku}' was not accepted: {refused.message}",
                "Solve the parent's problem; the variant is sent after it.",
            )
        return False
    if not main.allow_create:
        for sheet in plan.open_sheets:
            plan.reject(
                sheet,
                "not_linked",
                f"The shop has no product with the SKU '{sheet.sku}', and products are not to be created.",
                "Create it in the shop and link it, or allow the creation of products on the site.",
            )
        return False
    return True


def warn_of_variants_switched_off(plan: ProductPlan) -> None:
    """Shopify shows or hides a product as a whole."""
    for sheet in plan.variants:
        result = plan.results.get(sheet.key)
        if sheet.active is False and result is not None and result.is_ok and not result.data.get("created"):
            warning = f"{result.warning} {_CANNOT_SWITCH_OFF}".strip()
            plan.results[sheet.key] = replace(result, warning=warning)


def refuse_named(plan: ProductPlan, errors: Sequence[Mapping[str, Any]], order: Sequence[Any]) -> bool:
    """Settle the sheets of variants that the errors name; False when none is named, so that it is about the product."""
    named = False
    for error in errors:
        at = row_of(error, "variants")
        sheet = order[at] if at is not None and at < len(order) else None
        if isinstance(sheet, ProductSheet) and sheet.key not in plan.results and sheet is not plan.main:
            found = error_of_user_errors([error], what=f"the variant '{sheet.sku}'")
            plan.reject(sheet, found.code, found.message, found.cure)
            named = True
    return named


def label_of(plan: ProductPlan) -> str:
    sheet = plan.main or (plan.variants[0] if plan.variants else None)
    return (sheet.sku or sheet.key) if sheet is not None else plan.product_id
