"""Pushing products: new ones one by one, their variants in one call per product, changed ones 50 per call.

Nothing is created without a look by SKU first, so that a repetition after a lost answer finds what it made. What the store
already shows is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from ecomsync.common.errors import ConfigurationError, EcomsyncError, NotFound, PermanentError, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.types import Outcome, PriceUpdate, ProductSheet, PushResult, QuantityUpdate
from platforms.zid.attributes import AttributeBook
from platforms.zid.client import BULK, ZidClient
from platforms.zid.images import ImagePusher
from platforms.zid.locations import LocationBook
from platforms.zid.mapping_products import changed_fields, dicts, product_body, variant_values
from platforms.zid.prices import PricePusher
from platforms.zid.product_plans import Plan, Planner
from platforms.zid.product_reader import ROUTE, ProductReader
from platforms.zid.quantities import QuantityPusher

LANE = "products"
PRODUCT_BATCH = 20


class ProductPusher:
    def __init__(
        self,
        client: ZidClient,
        reader: ProductReader,
        prices: PricePusher,
        quantities: QuantityPusher,
        locations: LocationBook,
    ) -> None:
        self._client = client
        self._reader = reader
        self._prices = prices
        self._quantities = quantities
        self._locations = locations
        self._language = next(iter(client.connection.languages), "ar")
        self._planner = Planner(reader)
        self._images = ImagePusher(client)
        self._attributes = AttributeBook(client, self._language)

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; products may stand after their variants.

        Cost: one call per 50 linked products to read, one per new product, one per product with new variants and one more to
        publish 50 of them, one per 50 changed ones, one per new picture, two where categories differ.
        """
        if not sheets:
            return []
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
            self._create_variants,
            self._change,
            self._categories,
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
                if plan.is_open:
                    plan.settle(Outcome.RETRY, error.code, error.message, error.cure)
        for plan in plans:
            if plan.is_open:
                plan.settle(Outcome.OK if plan.created or plan.changed else Outcome.UNCHANGED)
        return [plan.result for plan in plans if plan.result is not None]

    # -- new ones -----------------------------------------------------------
    def _create_products(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if plan.is_variant or not plan.is_open or plan.exists:
                continue
            self._attempt(plan, partial(self._create, plan))
            for child in plans:
                if not child.is_variant or not child.is_open or child.exists:
                    continue
                if child.product or child.sheet.parent_sku != plan.sheet.sku:
                    continue
                if plan.remote_id:
                    child.product, child.parent_id = plan.record, plan.remote_id
                elif plan.result is not None and not plan.result.is_ok:
                    child.settle(
                        Outcome.RETRY,
                        "parent_failed",
                        f"The product '{plan.sheet.sku}' was not accepted: {plan.result.message}",
                        "Solve the product's problem; the variant is sent after it.",
                    )

    def _create(self, plan: Plan) -> None:
        if plan.sheet.price is None and plan.sheet.kind != "variable":
            plan.warnings.append("The product is hidden until it has a price.")
        made = self._client.post(ROUTE, self._body(plan), lane=LANE).record()
        plan.remote_id, plan.created = str(made["id"]), True
        plan.record = plan.product = made

    def _body(self, plan: Plan) -> dict[str, Any]:
        return product_body(
            plan.sheet,
            creating=not plan.exists,
            language=self._language,
            currency=self._client.connection.currency,
            decimals=self._client.options.price_decimals,
            publish=self._client.options.publish_on_create,
        )

    def _create_variants(self, plans: Sequence[Plan]) -> None:
        """All new variants of a product in one call; then they are published, since they begin as drafts."""
        groups: dict[str, list[tuple[Plan, dict[str, Any]]]] = {}
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
            self._attempt(plan, partial(self._join_group, plan, groups))
        for parent_id, group in groups.items():
            rest = [entry for entry in group if entry[0].is_open]
            if rest:
                self._send_variants(parent_id, rest)
        self._publish([plan for group in groups.values() for plan, _ in group if plan.created])

    def _join_group(self, plan: Plan, groups: dict[str, list[tuple[Plan, dict[str, Any]]]]) -> None:
        body = self._body(plan)
        body = {name: value for name, value in body.items() if name not in ("is_draft", "is_published")}
        body["attributes"] = self._attributes.values_for(variant_values(plan.sheet))
        groups.setdefault(plan.parent_id, []).append((plan, body))

    def _send_variants(self, parent_id: str, group: Sequence[tuple[Plan, dict[str, Any]]]) -> None:
        """Refused as a whole, the variants are sent apart so that the bad one stands alone."""

        def send(batch: Sequence[tuple[Plan, dict[str, Any]]]) -> list[PushResult]:
            body = {"variants": [body for _, body in batch]}
            answer = self._client.post(f"{ROUTE}{parent_id}/variants/", body, lane=LANE).record()
            made = {str(row.get("sku") or "").strip(): row for row in dicts(answer.get("variants"))}
            for plan, _ in batch:
                row = made.get(plan.sheet.sku.strip())
                if row is not None:
                    plan.remote_id, plan.record, plan.product = str(row["id"]), dict(row), answer
                    plan.created = True
            return [PushResult(plan.sheet.key, Outcome.OK) for plan, _ in batch]

        answers = push_in_batches([list(group)], send, lambda entry: entry[0].sheet.key)
        for (plan, _), answer in zip(group, answers, strict=True):
            if not answer.is_ok:
                plan.result = replace(answer, parent_remote_id=parent_id)
            elif not plan.exists:
                plan.settle(
                    Outcome.RETRY,
                    "not_confirmed",
                    "The store's answer does not name the new variant.",
                    "Nothing to do: it is looked up at the next attempt.",
                )

    def _publish(self, plans: Sequence[Plan]) -> None:
        wanted = [
            plan
            for plan in plans
            if plan.is_open and plan.sheet.active is not False and self._is_hidden(plan)
        ]
        for batch in chunks(wanted, BULK):
            body = [{"id": plan.remote_id, "is_draft": False, "is_published": True} for plan in batch]
            self._client.patch(ROUTE, body, lane=LANE)

    @staticmethod
    def _is_hidden(plan: Plan) -> bool:
        return plan.record.get("is_draft") is True or plan.record.get("is_published") is False

    # -- changed ones -------------------------------------------------------
    def _change(self, plans: Sequence[Plan]) -> None:
        ready: list[tuple[Plan, dict[str, Any]]] = []
        for plan in plans:
            if not plan.is_open or not plan.exists or plan.created:
                continue
            try:
                body = self._body(plan)
            except PermanentError as error:
                plan.result = _refused(plan, error)
                continue
            if plan.is_variant and plan.sheet.active is None and plan.record.get("is_draft") is True:
                # Begun as a draft by a creation whose answer was lost.
                body |= {"is_draft": False, "is_published": True}
            changed = changed_fields(plan.record, body)
            if changed:
                ready.append((plan, changed))
        batches = [list(batch) for batch in chunks(ready, BULK)]
        answers = push_in_batches(batches, self._write, lambda entry: entry[0].sheet.key)
        for (plan, _), answer in zip(ready, answers, strict=True):
            if not answer.is_ok:
                plan.result = replace(answer, remote_id=plan.remote_id, parent_remote_id=plan.parent_id)

    def _write(self, batch: Sequence[tuple[Plan, dict[str, Any]]]) -> list[PushResult]:
        self._client.patch(ROUTE, [{"id": plan.remote_id, **body} for plan, body in batch], lane=LANE)
        for plan, _ in batch:
            plan.changed = True
        return [PushResult(plan.sheet.key, Outcome.OK) for plan, _ in batch]

    # -- categories, pictures, stock, prices --------------------------------
    def _categories(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            wanted = plan.sheet.category_ids
            if plan.is_open and plan.exists and not plan.is_variant and wanted is not None:
                self._attempt(plan, partial(self._assign, plan, wanted))

    def _assign(self, plan: Plan, wanted: Sequence[str]) -> None:
        """There is no way to replace the set, so the difference is written. Ids are text here and numbers in the tree."""
        present = [str(row.get("id")) for row in dicts(plan.record.get("categories"))]
        missing = [number for number in wanted if number not in present]
        if missing:
            ids = [int(number) if number.isdigit() else number for number in missing]
            self._client.patch(f"{ROUTE}{plan.remote_id}/categories/bulk-add/", {"ids": ids}, lane=LANE)
            plan.changed = True
        for number in present:
            if number not in wanted:
                try:
                    self._client.delete(f"{ROUTE}{plan.remote_id}/categories/{number}/", lane=LANE)
                except NotFound:
                    continue  # somebody else was quicker
                plan.changed = True

    def _push_images(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if plan.is_open and plan.exists and plan.sheet.images is not None:
                self._attempt(plan, partial(self._images.push, plan))

    def _push_stock(self, plans: Sequence[Plan]) -> None:
        """Stock takes its own way; what the catalogue shows already is not sent."""
        wanted = [
            plan
            for plan in plans
            if plan.is_open
            and plan.exists
            and plan.sheet.quantity is not None
            and plan.sheet.kind != "variable"
            and (plan.created or plan.record.get("quantity") != plan.sheet.quantity)
        ]
        updates = [
            QuantityUpdate(
                plan.sheet.key,
                plan.remote_id,
                plan.sheet.quantity or Decimal(0),
                sku=plan.sheet.sku,
                parent_remote_id=plan.parent_id,
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
        """What concerns this record alone is its result; what concerns the connection is raised once nothing was done."""
        try:
            work()
        except PermanentError as error:
            plan.result = _refused(plan, error)
        except RetryableError as error:
            plan.settle(Outcome.RETRY, error.code, error.message, error.cure)


def _join(plan: Plan, answer: PushResult, failure: str) -> None:
    if answer.outcome is Outcome.OK:
        plan.changed = True
    elif not answer.is_ok:
        plan.warnings.append(f"{failure}: {answer.message}")


def _refused(plan: Plan, error: EcomsyncError) -> PushResult:
    return replace(
        result_from_error(plan.sheet.key, error), remote_id=plan.remote_id, parent_remote_id=plan.parent_id
    )
