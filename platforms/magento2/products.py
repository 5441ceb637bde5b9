"""Pushing products: the products themselves, then variants to their parents, texts of languages, pictures, prices of
what existed, quantities.

`POST products` creates or changes by SKU, so a repetition after a lost answer finds what it made; the SKU stands in the
body, where any letter is safe. What the shop already shows is not sent. Many products go as an asynchronous bulk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError, RetryableError
from platforms.base import result_from_error
from platforms.batching import push_in_batches
from platforms.magento2.answers import as_record
from platforms.magento2.attributes import AttributeBook
from platforms.magento2.bulk import BulkSender, State
from platforms.magento2.bulk import fits as fits_into_bulk
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.compositions import (
    bundle_options,
    costs_its_parts,
    creation_attributes,
    group_links,
    shows_parts,
)
from platforms.magento2.configurables import ConfigurableLinker
from platforms.magento2.errors import URL_KEY_TAKEN
from platforms.magento2.mapping_products import already_shows, open_attributes, product_body
from platforms.magento2.part_finder import PartFinder
from platforms.magento2.picture_pusher import PicturePusher
from platforms.magento2.prices import PricePusher
from platforms.magento2.product_finder import ProductFinder, sku_key
from platforms.magento2.product_plans import Plan, Planner
from platforms.magento2.quantities import QuantityPusher
from platforms.magento2.shop import ShopReader
from platforms.magento2.store_texts import StoreTexts
from platforms.types import Outcome, PriceUpdate, ProductSheet, PushResult, QuantityUpdate

LANE = "products"
Body = dict[str, Any]


class ProductPusher:
    def __init__(
        self, client: MageClient, shop: ShopReader, prices: PricePusher, quantities: QuantityPusher
    ) -> None:
        self._client = client
        self._shop = shop
        self._prices = prices
        self._quantities = quantities
        self._finder = ProductFinder(client, lane=LANE)
        self._planner = Planner(self._finder)
        self._parts = PartFinder(client, self._finder)
        self._attributes = AttributeBook(client)
        self._configurables = ConfigurableLinker(client, self._attributes)
        self._texts = StoreTexts(client, shop)
        self._pictures = PicturePusher(client)
        self._bulk = BulkSender(client, lane=LANE)
        self._outside: dict[str, Body] = {}  # parents that are not part of this call, by id

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; parents may stand after their variants.

        Cost: one or two calls per 100 to look, one per product that differs (or one bulk and its polls), per parent with
        new variants one, per product with new pictures one.
        """
        if not sheets:
            return []
        plans = self._planner.plan(sheets)
        steps: tuple[Callable[[Sequence[Plan]], None], ...] = (
            self._prepare,
            self._write,
            self._link_variants,
            self._texts.push,
            self._push_pictures,
            self._push_prices,
            self._push_quantities,
        )
        for step in steps:
            try:
                step(plans)
            except (ConfigurationError, RetryableError) as error:
                if not any(plan.created or plan.changed for plan in plans):
                    raise
                _postpone(plans, error)
                break
        for plan in plans:
            if plan.result is None:
                plan.settle(Outcome.OK if plan.created or plan.changed else Outcome.UNCHANGED)
        return [plan.result for plan in plans if plan.result is not None]

    # -- before writing -------------------------------------------------------
    def _prepare(self, plans: Sequence[Plan]) -> None:
        codes: list[str] = []
        for plan in plans:
            if plan.is_open:
                codes += [self._attributes.code_of(sheet) for sheet in plan.sheet.attributes or ()]
                codes += open_attributes(plan.sheet)
        self._attributes.prepare(codes)
        self._find_parents(plans)

    def _find_parents(self, plans: Sequence[Plan]) -> None:
        """Give variants their parent: from this call's sheets, else from the shop, by id and then by SKU."""
        here = {plan.sheet.sku.casefold(): plan for plan in plans if plan.is_parent}
        orphans = [
            plan
            for plan in plans
            if plan.is_variant and plan.is_open and plan.sheet.parent_sku.casefold() not in here
        ]
        by_id = self._finder.by_id([plan.parent_id for plan in orphans])
        lost = [plan for plan in orphans if plan.parent_id not in by_id]
        by_sku = self._finder.by_sku([plan.sheet.parent_sku for plan in lost])
        for plan in orphans:
            record = by_id.get(plan.parent_id) or by_sku.get(plan.sheet.parent_sku.strip().casefold())
            if record is None or record.get("type_id") != "configurable":
                if plan.exists and plan.sheet.attributes is None:
                    continue  # it is changed where it stands, and joined to nothing
                plan.reject(
                    "no_parent",
                    f"The shop has no configurable product '{plan.sheet.parent_sku or plan.parent_id}' for this variant.",
                    "Send the parent item first.",
                )
                continue
            plan.parent_id = str(record["id"])
            self._outside[plan.parent_id] = record

    # -- writing --------------------------------------------------------------
    def _write(self, plans: Sequence[Plan]) -> None:
        """What consists of others comes after them."""
        seen: set[str] = set()
        self._write_all([plan for plan in plans if not plan.is_composed], seen, {})
        composed = [plan for plan in plans if plan.is_composed and plan.is_open]
        if composed:
            stated = [plan for plan in composed if plan.sheet.components is not None]
            for plan in stated:
                self._parts.complete(plan)
            self._write_all(composed, seen, self._parts.prepare(stated, plans))

    def _write_all(
        self, plans: Sequence[Plan], seen: set[str], parts: Mapping[int, Mapping[str, str]]
    ) -> None:
        """seen: SKUs written in this call. parts: by `id(plan)` the SKUs of its parts."""
        bodies: dict[int, Body] = {}
        ready: list[Plan] = []
        for plan in plans:
            if not plan.is_open:
                continue
            try:
                body = self._body(plan, parts.get(id(plan), {}))
            except PermanentError as error:
                plan.result = _refusal(plan, error)
                continue
            if plan.exists and already_shows(plan.record, body):
                continue
            if plan.sku.casefold() in seen:
                plan.reject(
                    "sku_twice", f"Two items have the SKU '{plan.sku}'.", "Give one of the two another SKU."
                )
                continue
            seen.add(plan.sku.casefold())
            bodies[id(plan)] = body
            ready.append(plan)
        many = 0 < self._client.options.bulk_from <= len(ready)
        if many:
            self._write_bulk([plan for plan in ready if fits_into_bulk(bodies[id(plan)])], bodies)
        self._write_each(
            [plan for plan in ready if not (plan.created or plan.changed or plan.result)], bodies
        )

    def _body(self, plan: Plan, parts: Mapping[str, str]) -> Body:
        sheet, options = plan.sheet, self._client.options
        creating = not plan.exists
        dynamic = costs_its_parts(sheet.components or (), options.bundle_price)
        attributes = dict(self._values(plan))
        if creating and sheet.kind == "bundle":
            attributes = {**creation_attributes(sheet, dynamic=dynamic), **attributes}
        body = product_body(
            replace(sheet, sku=plan.sku),
            creating=creating,
            attribute_set_id=self._set_id(sheet, creating),
            website_ids=self._website_ids(sheet, creating),
            currency=self._client.connection.currency,
            weight_unit=self._weight_unit() if sheet.weight is not None else "",
            attributes=attributes,
            barcode_attribute=options.barcode_attribute,
            priced=not dynamic,
        )
        return self._with_parts(plan, body, parts)

    @staticmethod
    def _with_parts(plan: Plan, body: Body, skus: Mapping[str, str]) -> Body:
        """The body with the parts of a bundle or group, where the shop shows others."""
        components = plan.sheet.components
        if components is None or not plan.is_composed or shows_parts(plan.sheet, plan.record):
            return body
        if plan.sheet.kind == "grouped":
            return {**body, "product_links": group_links(components, plan.record, skus, plan.sku)}
        record = {**plan.record, "sku": plan.sku}
        options = {"bundle_product_options": bundle_options(components, record, skus)}
        return {**body, "extension_attributes": {**body.get("extension_attributes", {}), **options}}

    def _set_id(self, sheet: ProductSheet, creating: bool) -> int | None:
        named = str(sheet.fields.get("attribute_set") or "").strip()
        if not named and not creating:
            return None
        return self._attributes.set_id(named or self._client.options.attribute_set)

    def _website_ids(self, sheet: ProductSheet, creating: bool) -> list[int] | None:
        named = [code.strip() for code in str(sheet.fields.get("websites") or "").split(",") if code.strip()]
        if not named and not creating:
            return None
        return self._shop.website_ids(named or self._client.options.websites)

    def _weight_unit(self) -> str:
        return str(self._shop.default_config().get("weight_unit") or "kgs")

    def _values(self, plan: Plan) -> dict[str, str]:
        """Attributes by code. What tells variants apart must be there; of others what the shop lacks is left out and
        said. Raises Rejected."""
        found: dict[str, str] = {}
        for sheet in plan.sheet.attributes or ():
            if sheet.for_variants:
                attribute = self._attributes.needed(sheet)
                if plan.is_parent:
                    continue  # its variants bear the values
                found[attribute.code] = self._attributes.value(attribute, sheet.options[:1])
                continue
            known = self._attributes.get(self._attributes.code_of(sheet))
            if known is None:
                plan.warnings.append(f"The shop has no attribute '{sheet.name}'; it was left out.")
            else:
                found[known.code] = self._attributes.value(known, sheet.options)
        for code, text in open_attributes(plan.sheet).items():
            known = self._attributes.get(code)
            if known is None:
                plan.warnings.append(f"The shop has no attribute '{code}'; it was left out.")
            else:
                found[code] = self._attributes.value(known, text.split(",") if known.is_choice else [text])
        return found

    def _write_each(self, plans: Sequence[Plan], bodies: dict[int, Body]) -> None:
        answers = push_in_batches(
            [[plan] for plan in plans],
            lambda batch: [self._save(batch[0], bodies[id(batch[0])])],
            lambda plan: plan.sheet.key,
        )
        for plan, answer in zip(plans, answers, strict=True):
            if not answer.is_ok:
                plan.result = replace(answer, remote_id=plan.remote_id, parent_remote_id=plan.parent_id)

    def _save(self, plan: Plan, body: Body) -> PushResult:
        try:
            record = self._post(body)
        except PermanentError as error:
            if error.code != URL_KEY_TAKEN or plan.exists:
                raise
            record = self._post(_with_other_key(body, plan.sku))
        plan.created, plan.changed = not plan.exists, True
        plan.record = record
        return PushResult(plan.sheet.key, Outcome.OK, remote_id=plan.remote_id)

    def _post(self, body: Body) -> Body:
        return as_record(self._client.post("products", {"product": body}, lane=LANE, scope=ALL))

    def _write_bulk(self, plans: Sequence[Plan], bodies: dict[int, Body]) -> None:
        """What the bulk leaves open is written one by one afterwards, once the shop was read again."""
        if len(plans) < 2:
            return
        operations = self._bulk.send("products", [{"product": bodies[id(plan)]} for plan in plans])
        done = [
            plan
            for plan, entry in zip(plans, operations, strict=True)
            if entry.state is not State.REFUSED or not plan.exists
        ]
        present = self._finder.by_sku([plan.sku for plan in done])
        for plan, entry in zip(plans, operations, strict=True):
            record = present.get(sku_key({"sku": plan.sku}))
            if entry.state is State.DONE and record is not None:
                plan.created, plan.changed = not plan.exists, True
                plan.record = record
            elif entry.state is State.REFUSED and not _is_key_clash(entry.message):
                plan.reject("rejected", entry.message or "The shop refused the product.", _CURE)
            elif record is not None and not plan.exists:
                # The bulk was slow and not lost: the save that follows changes what it made.
                plan.created, plan.record = False, record

    # -- afterwards -----------------------------------------------------------
    def _link_variants(self, plans: Sequence[Plan]) -> None:
        here = {plan.sheet.sku.casefold(): plan for plan in plans if plan.is_parent}
        groups: dict[str, list[Plan]] = {}
        records: dict[str, Body] = {}
        for plan in plans:
            if not (plan.is_variant and plan.is_open):
                continue
            parent = here.get(plan.sheet.parent_sku.casefold())
            if parent is not None and not parent.exists:
                told = parent.result.message if parent.result is not None else ""
                plan.settle(
                    Outcome.RETRY,
                    "parent_failed",
                    f"The parent '{plan.sheet.parent_sku}' was not accepted: {told}",
                    "Solve the parent's problem; the variant is sent after it.",
                )
                continue
            record = parent.record if parent is not None else self._outside.get(plan.parent_id, {})
            if not record:
                continue
            plan.parent_id = str(record.get("id") or plan.parent_id)
            groups.setdefault(plan.parent_id, []).append(plan)
            records[plan.parent_id] = record
        for parent_id, members in groups.items():
            self._configurables.link(records[parent_id], members)

    def _push_pictures(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            self._pictures.push(plan)

    def _push_prices(self, plans: Sequence[Plan]) -> None:
        """A product that existed gets its price the careful way; a new one has it, but for a special price."""
        priced = [
            plan
            for plan in plans
            if plan.is_open
            and plan.has_price
            and plan.sheet.price is not None
            and (not plan.created or plan.sheet.special_price is not None)
        ]
        updates = [
            PriceUpdate(
                plan.sheet.key,
                plan.remote_id,
                plan.sheet.price,
                self._client.connection.currency,
                sku=plan.sku,
                special=plan.sheet.special_price,
            )
            for plan in priced
            if plan.sheet.price is not None
        ]
        _apply(priced, self._prices.push(updates))

    def _push_quantities(self, plans: Sequence[Plan]) -> None:
        stocked = [
            plan for plan in plans if plan.is_open and plan.has_stock and plan.sheet.quantity is not None
        ]
        updates = [
            QuantityUpdate(plan.sheet.key, plan.remote_id, plan.sheet.quantity, sku=plan.sku)
            for plan in stocked
            if plan.sheet.quantity is not None
        ]
        _apply(stocked, self._quantities.push(updates), always_changed=False)


_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."


def _apply(plans: Sequence[Plan], answers: Sequence[PushResult], *, always_changed: bool = True) -> None:
    """Take over what a price or quantity of a product came to."""
    for plan, answer in zip(plans, answers, strict=True):
        if not answer.is_ok:
            plan.result = replace(
                answer,
                remote_id=plan.remote_id,
                parent_remote_id=plan.parent_id,
                data={"created": plan.created, "images": dict(plan.images)},
            )
        elif answer.outcome is Outcome.OK and always_changed:
            plan.changed = True


def _postpone(plans: Sequence[Plan], error: ConfigurationError | RetryableError) -> None:
    """The shop is out of reach in the middle: what is not settled yet is sent again later."""
    for plan in plans:
        if plan.result is None:
            plan.settle(Outcome.RETRY, error.code, error.message, error.cure)
            if isinstance(error, RetryableError) and plan.result is not None:
                plan.result = replace(plan.result, retry_after=error.retry_after)


def _refusal(plan: Plan, error: PermanentError) -> PushResult:
    return replace(
        result_from_error(plan.sheet.key, error), remote_id=plan.remote_id, parent_remote_id=plan.parent_id
    )


def _is_key_clash(message: str) -> bool:
    return "url key" in message.lower()


def _with_other_key(body: Body, sku: str) -> Body:
    """Another address for the product: a short sum of the SKU behind it."""
    mark = hashlib.sha256(sku.encode()).hexdigest()[:6]
    rows = [
        {**row, "value": f"{row['value']}-{mark}"} if row["attribute_code"] == "url_key" else row
        for row in body.get("custom_attributes", ())
    ]
    return {**body, "custom_attributes": rows}
