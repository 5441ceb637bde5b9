"""Pushing products: one `productSet` per product that changes, then channels, metafields, translations and prices.

Nothing is created without a look by SKU and by handle first, so that a repetition after a lost answer finds what it made.
What the shop already shows is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    NetworkError,
    PermanentError,
    RateLimited,
    RetryableError,
    ShopUnavailable,
)
from platforms.base import result_from_error
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.errors import error_of_user_errors, row_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_products import options_of
from platforms.shopify.media import known_afterwards, media_ids
from platforms.shopify.prices import PricePusher
from platforms.shopify.product_documents import PRODUCT_OPERATION, SET_PRODUCT
from platforms.shopify.product_extras import ProductExtras
from platforms.shopify.product_inputs import InputBuilder
from platforms.shopify.product_plans import Planner, ProductPlan
from platforms.shopify.product_reader import LANE, ProductReader
from platforms.shopify.shop import ShopReader
from platforms.types import Outcome, PriceUpdate, ProductSheet, PushResult

#: From so many variants on Shopify works on a product by itself and is asked how far it is.
ASYNCHRONOUS_FROM = 100
FAILURES_IN_A_ROW = 2
_LONGEST_WAIT = 120.0


class ProductPusher:
    def __init__(
        self,
        client: ShopifyClient,
        reader: ProductReader,
        prices: PricePusher,
        locations: LocationBook,
        shop: ShopReader,
    ) -> None:
        self._client = client
        self._reader = reader
        self._planner = Planner(client, reader)
        self._prices = prices
        self._locations = locations
        self._extras = ProductExtras(client, shop)

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; parents may stand after their variants.

        Cost: the look-ups of `Planner.plan`, one call per product that changes, one more for a new one that is published,
        one per 25 metafields that change, and for each language one per 20 products and one per product that changes.
        """
        if not sheets:
            return []
        plans = self._planner.plan(sheets)
        needs_location = any(sheet.quantity is not None for sheet in sheets)
        location = self._locations.default(lane=LANE) if needs_location else ""
        builder = InputBuilder(self._client, location=location)
        stopped = self._push_plans(plans, builder)
        done = [plan for plan in plans if _any_ok(plan)]
        if stopped is None and done:
            try:
                self._extras.push(done)
                self._push_prices(done)
            except (ConfigurationError, RetryableError) as error:
                _postpone(done, error)
        for plan in plans:
            _warn_of_variants_switched_off(plan)
        results = {key: result for plan in plans for key, result in plan.results.items()}
        return [results[sheet.key] for sheet in sheets]

    def _push_plans(self, plans: Sequence[ProductPlan], builder: InputBuilder) -> EcomsyncError | None:
        """Each product on its own. A fault of the whole connection is raised when nothing was accepted yet."""
        failed = 0
        for place, plan in enumerate(plans):
            try:
                self._push_plan(plan, builder)
                failed = 0
                continue
            except PermanentError as error:
                _settle_all(plan, error)
                continue
            except (ConfigurationError, NetworkError, RateLimited) as error:
                if not any(_any_ok(other) for other in plans):
                    raise
                stop: EcomsyncError = error
            except RetryableError as error:
                _settle_all(plan, error)
                failed += 1
                if failed < FAILURES_IN_A_ROW:
                    continue
                stop = error
            for other in plans[place:]:
                _settle_all(other, stop)
            return stop
        return None

    def _push_plan(self, plan: ProductPlan, builder: InputBuilder) -> None:
        """Write one product. Rows that Shopify names are taken out, and the rest goes again."""
        _refuse_mismatches(plan)
        while plan.open_sheets:
            body, order = builder.build(plan)
            if not plan.open_sheets:
                return
            if not plan.exists and not _may_create(plan):
                return
            if not body:
                _all_unchanged(plan)
                return
            payload = self._set(plan, body, len(order))
            errors = user_errors(payload)
            if not errors:
                self._take(plan, payload.get("product") or {})
                return
            if not _refuse_named(plan, errors, order):
                raise error_of_user_errors(errors, what=f"the product '{_label(plan)}'")

    def _set(self, plan: ProductPlan, body: dict[str, Any], variants: int) -> dict[str, Any]:
        identifier: dict[str, str] | None = None
        if plan.exists:
            identifier = {"id": gid("Product", plan.product_id)}
        elif plan.handle:
            identifier = {"handle": plan.handle}
        wait = variants <= ASYNCHRONOUS_FROM
        variables = {"identifier": identifier, "input": body, "wait": wait}
        payload = self._client.mutate(SET_PRODUCT, variables, lane=LANE)
        operation = payload.get("productSetOperation")
        if user_errors(payload) or not isinstance(operation, Mapping) or not operation.get("id"):
            return payload
        return self._wait_for(str(operation["id"]))

    def _wait_for(self, address: str) -> dict[str, Any]:
        """The product once Shopify has done its work. Raises ShopUnavailable when that takes too long."""
        waited, step = 0.0, 0.5
        while True:
            operation = self._client.query(PRODUCT_OPERATION, {"id": address}, lane=LANE).get(
                "productOperation"
            )
            if not isinstance(operation, dict) or operation.get("status") == "COMPLETE":
                return operation or {}
            if waited >= _LONGEST_WAIT:
                raise ShopUnavailable(
                    "Shopify is still at work on the product.",
                    code="product_operation_running",
                    cure="Nothing to do: it is looked at again by itself.",
                    retry_after=30.0,
                    platform="shopify",
                )
            self._client.pause(step)
            waited, step = waited + step, min(10.0, step * 2)

    def _take(self, plan: ProductPlan, product: Mapping[str, Any]) -> None:
        """Keep the ids that the shop gave."""
        before = media_ids(plan.record)
        plan.created = not plan.exists
        plan.product_id = number_of(product.get("id")) or plan.product_id
        rows = self._answered_rows(product)
        for sheet in plan.open_sheets:
            is_new = sheet.kind != "variable" and sheet.key not in plan.variant_ids
            data: dict[str, Any] = {"created": plan.created or is_new}
            if sheet.kind != "variable":
                row = _row_for(sheet, plan, rows)
                if row is not None:
                    plan.variant_ids[sheet.key] = number_of(row.get("id"))
                    data["inventory_id"] = number_of((row.get("inventoryItem") or {}).get("id"))
                    if sheet.kind == "variant" and sheet.images:
                        data["images"] = _image_of_variant(sheet, row)
            if sheet is plan.main and sheet.images is not None:
                data["images"] = known_afterwards(sheet.images, before, product)
            plan.settle(sheet, Outcome.OK, data=data)

    def _answered_rows(self, product: Mapping[str, Any]) -> list[dict[str, Any]]:
        if not ((product.get("variants") or {}).get("pageInfo") or {}).get("hasNextPage"):
            return nodes_of(product.get("variants"))
        return nodes_of(self._reader.with_all_variants(dict(product)).get("variants"))

    # -- prices -------------------------------------------------------------
    def _push_prices(self, plans: Sequence[ProductPlan]) -> None:
        """Prices of variants that existed take the careful way, which keeps the shop's sales."""
        priced = [
            (plan, sheet)
            for plan in plans
            for sheet in plan.sheets
            if sheet.price is not None and _existed(plan, sheet)
        ]
        updates = [
            PriceUpdate(
                sheet.key,
                plan.variant_ids[sheet.key],
                sheet.price,
                self._client.connection.currency,
                sku=sheet.sku,
                parent_remote_id=plan.product_id,
                special=sheet.special_price,
            )
            for plan, sheet in priced
            if sheet.price is not None
        ]
        for (plan, sheet), answer in zip(priced, self._prices.push(updates) if updates else [], strict=True):
            result = plan.results[sheet.key]
            if answer.outcome is Outcome.UNCHANGED:
                continue
            if answer.is_ok:
                plan.results[sheet.key] = replace(result, outcome=Outcome.OK)
            else:
                warning = f"{result.warning} The price was not changed: {answer.message}".strip()
                plan.results[sheet.key] = replace(
                    result, warning=warning, data={**result.data, "price_code": answer.code}
                )


# ---------------------------------------------------------------- plans


def _any_ok(plan: ProductPlan) -> bool:
    return any(result.is_ok for result in plan.results.values())


def _existed(plan: ProductPlan, sheet: ProductSheet) -> bool:
    result = plan.results.get(sheet.key)
    known = {number_of(row.get("id")) for row in plan.rows}
    return result is not None and result.is_ok and plan.variant_ids.get(sheet.key) in known


def _settle_all(plan: ProductPlan, error: EcomsyncError) -> None:
    for sheet in plan.open_sheets:
        found = result_from_error(sheet.key, error)
        outcome = found.outcome if isinstance(error, PermanentError) else Outcome.RETRY
        plan.settle(
            sheet,
            outcome,
            error.code,
            error.message,
            error.cure,
            retry_after=found.retry_after,
            data=_data_of(error),
        )


def _data_of(error: EcomsyncError) -> dict[str, Any]:
    errors = error.details.get("user_errors")
    return {"user_errors": errors} if errors else {}


def _postpone(plans: Sequence[ProductPlan], error: EcomsyncError) -> None:
    """The products are in; what follows them is to be tried again."""
    for plan in plans:
        for key, result in plan.results.items():
            if result.is_ok:
                plan.results[key] = replace(
                    result, outcome=Outcome.RETRY, code=error.code, message=error.message, cure=error.cure
                )


def _all_unchanged(plan: ProductPlan) -> None:
    for sheet in plan.open_sheets:
        row = plan.row_of(sheet)
        data: dict[str, Any] = {}
        if row is not None:
            data["inventory_id"] = number_of((row.get("inventoryItem") or {}).get("id"))
        if sheet is plan.main and sheet.images is not None:
            data["images"] = known_afterwards(sheet.images, media_ids(plan.record), plan.record)
        plan.settle(sheet, Outcome.UNCHANGED, data=data)


def _refuse_mismatches(plan: ProductPlan) -> None:
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


def _may_create(plan: ProductPlan) -> bool:
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


def _warn_of_variants_switched_off(plan: ProductPlan) -> None:
    """Shopify shows or hides a product as a whole."""
    for sheet in plan.variants:
        result = plan.results.get(sheet.key)
        if sheet.active is False and result is not None and result.is_ok and not result.data.get("created"):
            warning = f"{result.warning} {_CANNOT_SWITCH_OFF}".strip()
            plan.results[sheet.key] = replace(result, warning=warning)


_CANNOT_SWITCH_OFF = (
    "Shopify cannot switch off a single variant: set its quantity to 0, or delete it in the shop."
)


def _refuse_named(plan: ProductPlan, errors: Sequence[Mapping[str, Any]], order: Sequence[Any]) -> bool:
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


def _row_for(sheet: ProductSheet, plan: ProductPlan, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The answered variant of a sheet: by its id, by its SKU, or by its options."""
    wanted = plan.variant_ids.get(sheet.key)
    for row in rows:
        if wanted and number_of(row.get("id")) == wanted:
            return row
    for row in rows:
        if sheet.sku and str(row.get("sku") or "").strip() == sheet.sku.strip():
            return row
    values = {a.name: a.options[0] for a in sheet.attributes or () if a.for_variants and a.options}
    if sheet.kind == "simple":
        return rows[0] if rows else None
    return next((row for row in rows if values and options_of(row) == values), None)


def _image_of_variant(sheet: ProductSheet, row: Mapping[str, Any]) -> dict[str, str]:
    images = sheet.images or ()
    first = min(images, key=lambda image: (not image.is_main, image.position)) if images else None
    shown = nodes_of(row.get("media"))
    return {first.content_hash: number_of(shown[0].get("id"))} if first is not None and shown else {}


def _label(plan: ProductPlan) -> str:
    sheet = plan.main or (plan.variants[0] if plan.variants else None)
    return (sheet.sku or sheet.key) if sheet is not None else plan.product_id
