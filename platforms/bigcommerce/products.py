"""Pushing products: new ones one by one with their variants, changed ones in batches, then pictures, stock and prices.

Nothing is created without a look by SKU first, so that a repetition after a lost answer finds what it made. What the store
already shows is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    NetworkError,
    PermanentError,
    RateLimited,
    Rejected,
    RetryableError,
)
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.errors import row_sentence
from platforms.bigcommerce.images import ImagePusher
from platforms.bigcommerce.mapping_products import (
    already_shows,
    custom_fields,
    dicts,
    product_body,
    variant_values,
)
from platforms.bigcommerce.prices import PricePusher
from platforms.bigcommerce.product_plans import Plan, Planner
from platforms.bigcommerce.product_reader import ProductReader
from platforms.bigcommerce.quantities import QuantityPusher
from platforms.bigcommerce.shop import ShopReader
from platforms.bigcommerce.variant_options import OptionBook
from platforms.types import Outcome, PriceUpdate, ProductSheet, PushResult, QuantityUpdate

LANE = "products"
PRODUCT_BATCH, VARIANT_BATCH = 10, 50
CHANNEL_BATCH = 50  # how many assignments one call takes is not documented
DEFAULT_CHANNEL = 1
FAILED_IN_A_ROW = 2
DEFAULT_LOCATION = 1


class ProductPusher:
    def __init__(
        self,
        client: BigCommerceClient,
        reader: ProductReader,
        prices: PricePusher,
        quantities: QuantityPusher,
        shop: ShopReader,
    ) -> None:
        self._client = client
        self._prices = prices
        self._quantities = quantities
        self._shop = shop
        self._planner = Planner(reader)
        self._images = ImagePusher(client)
        self._options = OptionBook(client)
        self._failures = 0  # calls of single records that failed one after the other

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; products may stand after their variants.

        Cost: one call to read per 250 linked products (one to three more per 100 new SKUs), one per new product with all of
        its new variants, one per 10 changed products, one per 50 changed variants, one per new variant of a product that
        exists, one per new picture, one per 50 products that the site's channel does not show yet.
        """
        if not sheets:
            return []
        self._failures = 0
        plans = self._planner.plan(sheets)
        for plan in plans:
            if plan.is_open and not plan.exists and not plan.sheet.allow_create:
                plan.reject(
                    "not_linked",
                    f"The store has no product with the SKU '{plan.sheet.sku}', and products are not to be created.",
                    "Create it in the store and link it, or allow the creation of products on the site.",
                )
        steps: tuple[Callable[[Sequence[Plan]], None], ...] = (
            self._create_products,
            self._show_in_channel,
            self._change_products,
            self._create_variants,
            self._change_variants,
            self._push_images,
            self._push_stock,
            self._push_prices,
        )
        try:
            for step in steps:
                step(plans)
        except (ConfigurationError, RetryableError) as error:
            if not any(plan.created or plan.changed for plan in plans):
                raise
            for plan in plans:
                if plan.is_open and not _is_done(plan):
                    plan.postpone(error)
        for plan in plans:
            if plan.is_open:
                if plan.is_variant and plan.sheet.metadata:
                    plan.warnings.append(
                        "Variants have no custom fields; give the attributes to their product."
                    )
                plan.settle(Outcome.OK if plan.created or plan.changed else Outcome.UNCHANGED)
        return [plan.result for plan in plans if plan.result is not None]

    # -- new products -------------------------------------------------------
    def _create_products(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if plan.is_variant or not plan.is_open or plan.exists:
                continue
            children = [
                child
                for child in plans
                if child.is_variant
                and child.is_open
                and not child.exists
                and not child.product
                and child.sheet.parent_sku == plan.sheet.sku
            ]
            self._attempt(plan, partial(self._create, plan, children))
            if plan.result is not None and not plan.result.is_ok:
                for child in children:
                    if child.is_open:
                        child.settle(
                            Outcome.RETRY,
                            "parent_failed",
                            f"The product '{plan.sheet.sku}' was not accepted: {plan.result.message}",
                            "Solve the product's problem; the variant is sent after it.",
                        )

    def _create(self, plan: Plan, children: Sequence[Plan]) -> None:
        body = self._body(plan)
        fields = custom_fields(plan.sheet, [])
        if fields:
            body["custom_fields"] = fields
        embedded: list[Plan] = []
        for child in children:
            try:
                body.setdefault("variants", []).append(self._variant_body(child))
                embedded.append(child)
            except PermanentError as error:
                child.result = result_from_error(child.sheet.key, error)
        if not body.get("variants"):
            body.pop("variants", None)
        if plan.sheet.price is None and plan.sheet.kind != "variable":
            plan.warnings.append("The product is hidden until it has a price.")
        made = self._client.post("v3/catalog/products", body, lane=LANE).record()
        plan.remote_id, plan.created = str(made["id"]), True
        plan.record = plan.product = made
        variants = {str(row.get("sku") or ""): row for row in dicts(made.get("variants"))}
        for child in embedded:
            row = variants.get(child.sheet.sku)
            child.product, child.parent_id = made, plan.remote_id
            if row is not None:
                child.remote_id, child.record, child.created = str(row["id"]), dict(row), True

    def _show_in_channel(self, plans: Sequence[Plan]) -> None:
        """A new product shows on the default storefront; another channel must be told of it, be it after a creation whose
        answer was lost. What the store shows in the channel already is not sent."""
        channel = self._client.options.channel_id
        if channel is None:
            return

        def send(batch: Sequence[Plan]) -> list[PushResult]:
            rows = [{"product_id": int(plan.remote_id), "channel_id": channel} for plan in batch]
            self._client.put("v3/catalog/products/channel-assignments", rows, lane=LANE)
            for plan in batch:
                plan.changed = True
            return [PushResult(plan.sheet.key, Outcome.OK) for plan in batch]

        missing = [
            plan
            for plan in plans
            if plan.is_open and plan.exists and not plan.is_variant and not _is_in_channel(plan, channel)
        ]
        batches = [list(batch) for batch in chunks(missing, CHANNEL_BATCH)]
        for plan, answer in zip(
            missing, push_in_batches(batches, send, lambda plan: plan.sheet.key), strict=True
        ):
            if answer.outcome is Outcome.RETRY:
                # What was made stays linked; all the rest comes with the next try.
                plan.settle(Outcome.RETRY, answer.code, answer.message, answer.cure)
            elif not answer.is_ok:
                plan.warnings.append(
                    f"The product does not show in channel {channel} of the store: {answer.message}"
                )

    def _variant_body(self, plan: Plan) -> dict[str, Any]:
        values = [{"option_display_name": name, "label": label} for name, label in variant_values(plan.sheet)]
        return {**self._body(plan), "option_values": values}

    def _body(self, plan: Plan) -> dict[str, Any]:
        weighs = plan.sheet.weight is not None or "weight" in plan.sheet.fields
        return product_body(
            plan.sheet,
            creating=not plan.exists,
            currency=self._client.connection.currency,
            decimals=self._client.options.price_decimals,
            weight_unit=self._shop.weight_unit() if weighs else "kg",
            visible=self._client.options.visible_on_create,
            short_to=self._client.options.short_description_field,
        )

    # -- changed products ---------------------------------------------------
    def _change_products(self, plans: Sequence[Plan]) -> None:
        ready: list[tuple[Plan, dict[str, Any]]] = []
        for plan in plans:
            if plan.is_variant or not plan.is_open or not plan.exists or plan.created:
                continue
            try:
                body = self._body(plan)
            except PermanentError as error:
                plan.result = _refused(plan, error)
                continue
            fields = custom_fields(plan.sheet, dicts(plan.record.get("custom_fields")))
            changed = {
                name: value for name, value in body.items() if not already_shows(plan.record, {name: value})
            }
            if fields:
                changed["custom_fields"] = fields
            if changed:
                ready.append((plan, changed))
        self._write(ready, PRODUCT_BATCH, "v3/catalog/products")

    def _change_variants(self, plans: Sequence[Plan]) -> None:
        ready: list[tuple[Plan, dict[str, Any]]] = []
        for plan in plans:
            if not plan.is_variant or not plan.is_open or not plan.exists or plan.created:
                continue
            try:
                body = self._body(plan)
            except PermanentError as error:
                plan.result = _refused(plan, error)
                continue
            changed = {
                name: value for name, value in body.items() if not already_shows(plan.record, {name: value})
            }
            if changed:
                ready.append((plan, changed))
        self._write(ready, VARIANT_BATCH, "v3/catalog/variants")

    def _write(self, ready: Sequence[tuple[Plan, dict[str, Any]]], size: int, route: str) -> None:
        def send(batch: Sequence[tuple[Plan, dict[str, Any]]]) -> list[PushResult]:
            body = [{"id": int(plan.remote_id), **changed} for plan, changed in batch]
            reply = self._client.put(route, body, lane=LANE)
            faults = (
                reply.data.get("errors") if isinstance(reply.data, dict) and reply.status == 207 else None
            )
            for plan, _ in batch:
                plan.changed = True
                if faults:
                    plan.warnings.append(f"The store kept a part of the changes only: {_words(faults)}.")
            return [PushResult(plan.sheet.key, Outcome.OK) for plan, _ in batch]

        batches = [list(batch) for batch in chunks(ready, size)]
        answers = push_in_batches(batches, send, lambda entry: entry[0].sheet.key)
        for (plan, _), answer in zip(ready, answers, strict=True):
            if not answer.is_ok:
                plan.result = replace(answer, remote_id=plan.remote_id, parent_remote_id=plan.parent_id)

    # -- new variants of products that exist --------------------------------
    def _create_variants(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if not plan.is_variant or not plan.is_open or plan.exists:
                continue
            if not plan.product:
                plan.reject(
                    "no_parent",
                    f"The store has no product '{plan.sheet.parent_sku}' for this variant.",
                    "Send the parent item first.",
                )
                continue
            plan.parent_id = str(plan.product["id"])
            self._attempt(plan, partial(self._create_variant, plan))

    def _create_variant(self, plan: Plan) -> None:
        values = self._options.values_for(plan.parent_id, variant_values(plan.sheet))
        body = {**self._body(plan), "option_values": values}
        made = self._client.post(f"v3/catalog/products/{plan.parent_id}/variants", body, lane=LANE).record()
        plan.remote_id, plan.record, plan.created = str(made["id"]), made, True
        if plan.product.get("inventory_tracking") == "none":
            plan.warnings.append("The store does not track the stock of this product.")

    # -- pictures, stock, prices --------------------------------------------
    def _push_images(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if plan.is_open and plan.exists and plan.sheet.images is not None:
                self._attempt(plan, partial(self._images.push, plan))

    def _push_stock(self, plans: Sequence[Plan]) -> None:
        """Stock takes its own way; what the catalogue shows already is not sent. It shows the default location only."""
        shown = self._client.options.location_id == DEFAULT_LOCATION
        wanted = [
            plan
            for plan in plans
            if plan.is_open
            and plan.exists
            and plan.sheet.quantity is not None
            and plan.sheet.kind != "variable"
            and not (shown and not plan.created and plan.record.get("inventory_level") == plan.sheet.quantity)
        ]
        updates = [
            QuantityUpdate(
                plan.sheet.key,
                plan.remote_id,
                plan.sheet.quantity or Decimal(0),
                sku=plan.sheet.sku,
                parent_remote_id=plan.parent_id,
                inventory_id=str(plan.record.get("base_variant_id") or ""),
            )
            for plan in wanted
        ]
        for plan, answer in zip(wanted, self._quantities.push(updates), strict=True):
            _join(plan, answer, "The quantity was not changed")

    def _push_prices(self, plans: Sequence[Plan]) -> None:
        """Prices of products that existed take the careful way, which spares promotions of the store."""
        wanted = [
            plan
            for plan in plans
            if plan.is_open
            and plan.exists
            and not plan.created
            and plan.sheet.price is not None
            and plan.sheet.kind != "variable"
        ]
        updates = [
            PriceUpdate(
                plan.sheet.key,
                plan.remote_id,
                plan.sheet.price or Decimal(0),
                self._client.connection.currency,
                sku=plan.sheet.sku,
                parent_remote_id=plan.parent_id,
                special=plan.sheet.special_price,
            )
            for plan in wanted
        ]
        for plan, answer in zip(wanted, self._prices.push(updates), strict=True):
            _join(plan, answer, "The price was not changed")

    # -- bookkeeping --------------------------------------------------------
    def _attempt(self, plan: Plan, work: Callable[[], None]) -> None:
        """What concerns this record alone is its result; what concerns the connection is raised."""
        try:
            work()
        except PermanentError as error:
            plan.result = _refused(plan, error)
        except (NetworkError, RateLimited):
            raise  # the others would fare no better
        except RetryableError as error:
            self._failures += 1
            if self._failures >= FAILED_IN_A_ROW:
                raise
            plan.postpone(error)
        else:
            self._failures = 0


def _is_in_channel(plan: Plan, channel: int) -> bool:
    """As the store told: a product that it made just now is in the default channel, and one that it tells no channels of
    is left alone."""
    shown = plan.record.get("channels")
    if plan.created and not isinstance(shown, list):
        return channel == DEFAULT_CHANNEL
    return not isinstance(shown, list) or channel in shown


def _is_done(plan: Plan) -> bool:
    """Whether nothing was left to do for a product when the work stopped: pictures, stock and prices come last."""
    sheet = plan.sheet
    later = (
        sheet.images is not None
        or sheet.quantity is not None
        or (sheet.price is not None and not plan.created)
    )
    return (plan.created or plan.changed) and not later


def _join(plan: Plan, answer: PushResult, failure: str) -> None:
    if answer.outcome is Outcome.OK:
        plan.changed = True
    elif not answer.is_ok:
        plan.warnings.append(f"{failure}: {answer.message}")


def _refused(plan: Plan, error: EcomsyncError) -> PushResult:
    refused = result_from_error(plan.sheet.key, error)
    rows = error.details.get("batch_errors") if isinstance(error, Rejected) else None
    message = row_sentence(rows[0]) if rows else refused.message
    return replace(refused, message=message, remote_id=plan.remote_id, parent_remote_id=plan.parent_id)


def _words(faults: Any) -> str:
    if isinstance(faults, dict):
        inner = faults.get("errors")
        named = inner if isinstance(inner, dict) else faults
        return "; ".join(f"{name}: {reason}" for name, reason in named.items())[:300]
    return str(faults)[:300]
