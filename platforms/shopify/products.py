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
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.errors import error_of_user_errors
from platforms.shopify.ids import number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_products import options_of
from platforms.shopify.media import known_afterwards, media_ids
from platforms.shopify.prices import PricePusher
from platforms.shopify.product_bulk import ProductBulk, identifier_of
from platforms.shopify.product_documents import PRODUCT_OPERATION, SET_PRODUCT
from platforms.shopify.product_extras import ProductExtras
from platforms.shopify.product_inputs import InputBuilder
from platforms.shopify.product_plans import Planner, ProductPlan, settle_all
from platforms.shopify.product_reader import LANE, ProductReader
from platforms.shopify.product_refusals import (
    label_of,
    may_create,
    refuse_mismatches,
    refuse_named,
    warn_of_variants_switched_off,
)
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
        self._bulk = ProductBulk(client, reader)
        #: Inputs that were built for an operation and then go one by one, by the id of their plan.
        self._ready: dict[int, tuple[dict[str, Any], list[ProductSheet]]] = {}

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; parents may stand after their variants.

        Cost: the look-ups of `Planner.plan`, one call per product that changes, one more for a new one that is published,
        one per 25 metafields that change, and for each language one per 20 products and one per product that changes.
        """
        if not sheets:
            return []
        self._ready.clear()
        made_before = self._bulk.finish_earlier(len(sheets))
        plans = self._planner.plan(sheets)
        for plan in plans:
            plan.made_before = plan.product_id in made_before
        needs_location = any(sheet.quantity is not None for sheet in sheets)
        location = self._locations.default(lane=LANE) if needs_location else ""
        builder = InputBuilder(self._client, location=location)
        open_plans = [plan for plan in plans if plan.open_sheets]
        push = self._push_together if self._bulk.is_for(len(open_plans)) else self._push_plans
        stopped = push(plans, builder)
        done = [plan for plan in plans if _any_ok(plan)]
        if stopped is None and done:
            try:
                self._extras.push(done)
                self._push_prices(done)
            except (ConfigurationError, RetryableError) as error:
                _postpone(done, error)
        for plan in plans:
            warn_of_variants_switched_off(plan)
        results = {key: result for plan in plans for key, result in plan.results.items()}
        return [results[sheet.key] for sheet in sheets]

    def _push_together(self, plans: Sequence[ProductPlan], builder: InputBuilder) -> EcomsyncError | None:
        """Products that change as lines of one bulk operation, if they are many enough then. Of a product whose line was
        refused for some of its variants the others go again, one call each."""
        entries = []
        for plan in plans:
            try:
                built = self._built(plan, builder)
            except (PermanentError, RetryableError) as error:
                settle_all(plan, error)
                continue
            if built is not None:
                entries.append((plan, *built))
        again = [plan for plan, _, _ in entries]
        if self._bulk.is_for(len(entries)):
            again = self._judge(self._bulk.write(entries))
        else:
            self._ready = {id(plan): (body, order) for plan, body, order in entries}
        return self._push_plans(again, builder) if again else None

    def _judge(
        self, written: Sequence[tuple[ProductPlan, dict[str, Any], list[ProductSheet]]]
    ) -> list[ProductPlan]:
        """Keep what each line came to. Returns the plans that are to go again without the refused variants."""
        again = []
        for plan, answer, order in written:
            errors = user_errors(answer)
            if not errors:
                self._take(plan, answer.get("product") or {})
            elif refuse_named(plan, errors, order):
                again.append(plan)
            else:
                settle_all(plan, error_of_user_errors(errors, what=f"the product '{label_of(plan)}'"))
        return again

    def _built(
        self, plan: ProductPlan, builder: InputBuilder
    ) -> tuple[dict[str, Any], list[ProductSheet]] | None:
        """The input of a product and the sheets of its variants; None when its sheets are settled without a write."""
        ready = self._ready.pop(id(plan), None)
        if ready is not None:
            return ready
        refuse_mismatches(plan)
        if not plan.open_sheets:
            return None
        body, order = builder.build(plan)
        if not plan.open_sheets or (not plan.exists and not may_create(plan)):
            return None
        if not body:
            _all_unchanged(plan)
            return None
        return body, order

    def _push_plans(self, plans: Sequence[ProductPlan], builder: InputBuilder) -> EcomsyncError | None:
        """Each product on its own. A fault of the whole connection is raised when nothing was accepted yet."""
        failed = 0
        for place, plan in enumerate(plans):
            try:
                self._push_plan(plan, builder)
                failed = 0
                continue
            except PermanentError as error:
                settle_all(plan, error)
                continue
            except (ConfigurationError, NetworkError, RateLimited) as error:
                if not any(_any_ok(other) for other in plans):
                    raise
                stop: EcomsyncError = error
            except RetryableError as error:
                settle_all(plan, error)
                failed += 1
                if failed < FAILURES_IN_A_ROW:
                    continue
                stop = error
            for other in plans[place:]:
                settle_all(other, stop)
            return stop
        return None

    def _push_plan(self, plan: ProductPlan, builder: InputBuilder) -> None:
        """Write one product. Rows that Shopify names are taken out, and the rest goes again."""
        while plan.open_sheets:
            built = self._built(plan, builder)
            if built is None:
                return
            body, order = built
            payload = self._set(plan, body, len(order))
            errors = user_errors(payload)
            if not errors:
                self._take(plan, payload.get("product") or {})
                return
            if not refuse_named(plan, errors, order):
                raise error_of_user_errors(errors, what=f"the product '{label_of(plan)}'")

    def _set(self, plan: ProductPlan, body: dict[str, Any], variants: int) -> dict[str, Any]:
        wait = variants <= ASYNCHRONOUS_FROM
        variables = {"identifier": identifier_of(plan), "input": body, "wait": wait}
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
