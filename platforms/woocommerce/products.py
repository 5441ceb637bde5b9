"""Pushing products: parents, then variations, then pictures in their own step, then prices of what existed.

Nothing is created without a look by SKU (and into the trash) first, so that a repetition after a lost answer finds
what it made. What the shop already shows is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    MissingPermission,
    PermanentError,
    Rejected,
    RetryableError,
)
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.types import Outcome, PriceUpdate, ProductSheet, PushResult
from platforms.woocommerce.attributes import AttributeBook
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.errors import DUPLICATE_SKU, error_of_row
from platforms.woocommerce.images import image_rows, needs_upload, uploaded
from platforms.woocommerce.mapping_products import product_body, with_options
from platforms.woocommerce.prices import PricePusher
from platforms.woocommerce.product_compare import already_shows
from platforms.woocommerce.product_plans import Plan, Planner
from platforms.woocommerce.product_reader import ProductReader
from platforms.woocommerce.variant_options import missing_options

LANE = "products"
PRODUCT_BATCH = 20
VARIATION_BATCH = 50
IMAGE_BATCH = 10  # each picture is downloaded by the shop during the call
ID_BATCH = 100


class ProductPusher:
    def __init__(self, client: WooClient, prices: PricePusher, reader: ProductReader) -> None:
        self._client = client
        self._prices = prices
        self._reader = reader
        self._planner = Planner(reader)
        self._attributes = AttributeBook(client)
        self._shop_weight_unit = ""

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet, in their order; parents may stand after their variants.

        Cost for 100 products that exist: one call to read, one per 20 to write; for new ones one or two calls per 100
        to look them up. Pictures not yet in the shop: one call per 10 products. A refused picture is a refusal of its
        sheet with the product's id set.
        """
        plans = self._planner.plan(sheets)
        for plan in plans:
            if plan.is_open and not plan.exists and not plan.sheet.allow_create:
                plan.reject(
                    "not_linked",
                    f"The shop has no product with the SKU '{plan.sheet.sku}', and products are not to be created.",
                    "Create it in the shop and link it, or allow the creation of products on the site.",
                )
        self._prepare_attributes(plans)
        for step in (self._push_parents, self._push_variants, self._push_images, self._push_prices):
            try:
                step(plans)
            except (ConfigurationError, RetryableError) as error:
                if not any(plan.result is not None and plan.result.is_ok for plan in plans):
                    raise
                _postpone(plans, error, priced=step == self._push_prices)
                break
        return [plan.result for plan in plans if plan.result is not None]

    def _push_parents(self, plans: Sequence[Plan]) -> None:
        self._write([plan for plan in plans if not plan.is_variant], plans)

    def _push_variants(self, plans: Sequence[Plan]) -> None:
        self._planner.find_parents(plans)
        self._extend_parents(plans)
        self._write([plan for plan in plans if plan.is_variant], plans)

    # -- attributes ---------------------------------------------------------
    def _prepare_attributes(self, plans: Sequence[Plan]) -> None:
        try:
            self._attributes.prepare(
                attribute for plan in plans if plan.is_open for attribute in plan.sheet.attributes or ()
            )
        except PermanentError as error:
            for plan in plans:
                if plan.is_open and plan.sheet.attributes:
                    plan.result = replace(result_from_error(plan.sheet.key, error), remote_id=plan.remote_id)

    def _attribute_rows(self, plan: Plan, plans: Sequence[Plan]) -> list[dict[str, Any]] | None:
        attributes = plan.sheet.attributes
        if attributes is None:
            return None
        if plan.is_variant:
            return self._attributes.variation_rows(attributes)
        if plan.sheet.kind == "variable":
            children = [
                other.sheet
                for other in plans
                if other.is_variant
                and (
                    other.sheet.parent_sku == plan.sheet.sku
                    or (plan.exists and other.parent_id == plan.remote_id)
                )
            ]
            attributes = with_options(attributes, children)
        return self._attributes.parent_rows(attributes)

    def _extend_parents(self, plans: Sequence[Plan]) -> None:
        """Parents whose own attributes were not part of this call learn the options of their variants."""
        stated = {
            plan.remote_id for plan in plans if not plan.is_variant and plan.sheet.attributes is not None
        }
        wanted: dict[str, list[dict[str, Any]]] = {}
        for plan in plans:
            if plan.is_variant and plan.is_open and plan.parent_id not in stated and plan.sheet.attributes:
                wanted.setdefault(plan.parent_id, []).extend(
                    self._attributes.variation_rows(plan.sheet.attributes)
                )
        if not wanted:
            return
        updates = []
        for parent_id, record in self._reader.rows_by_id(list(wanted)).items():
            extended = missing_options(record.get("attributes") or [], wanted[parent_id])
            if extended is not None:
                updates.append({"id": int(parent_id), "attributes": extended})
        refused: dict[str, EcomsyncError] = {}
        for batch in chunks(updates, PRODUCT_BATCH):
            try:
                answers = self._client.batch("products", {"update": list(batch)}, lane=LANE)["update"]
            except PermanentError as error:
                refused |= {str(row["id"]): error for row in batch}
                continue
            for row, answer in zip(batch, answers, strict=True):
                fault = error_of_row(answer, what=f"the options of product {row['id']}")
                if fault is not None:
                    refused[str(row["id"])] = fault
        for plan in plans:
            if plan.is_variant and plan.is_open and plan.parent_id in refused:
                plan.result = result_from_error(plan.sheet.key, refused[plan.parent_id])

    # -- writing ------------------------------------------------------------
    def _write(self, plans: Sequence[Plan], everything: Sequence[Plan]) -> None:
        bodies: dict[int, dict[str, Any]] = {}
        ready: list[Plan] = []
        for plan in plans:
            if not plan.is_open:
                continue
            try:
                body = self._body(plan, everything)
            except PermanentError as error:
                plan.result = replace(result_from_error(plan.sheet.key, error), remote_id=plan.remote_id)
                continue
            if plan.exists and already_shows(plan.record, body):
                plan.settle(Outcome.UNCHANGED)
                continue
            bodies[id(plan)] = body
            ready.append(plan)
        self._send_grouped(ready, bodies)
        again = [plan for plan in ready if plan.result is not None and self._adopt_owner_of_sku(plan)]
        if again:
            self._write(again, everything)

    def _body(self, plan: Plan, everything: Sequence[Plan]) -> dict[str, Any]:
        options = self._client.options
        body = product_body(
            plan.sheet,
            creating=not plan.exists,
            currency=self._client.connection.currency,
            price_decimals=options.price_decimals,
            weight_unit=self._weight_unit()
            if plan.sheet.weight is not None or "weight" in plan.sheet.fields
            else "kg",
            status_on_create=options.status_on_create,
            barcode_key=options.barcode_meta_key,
        )
        attributes = self._attribute_rows(plan, everything)
        if attributes is not None:
            body["attributes"] = attributes
        if plan.exists and plan.sheet.kind == "variable" and plan.record.get("type") != "variable":
            body["type"] = "variable"
        if plan.record.get("status") == "trash" and "status" not in body:
            body["status"] = "publish" if plan.is_variant else options.status_on_create
        return body

    def _send_grouped(self, plans: Sequence[Plan], bodies: Mapping[int, dict[str, Any]]) -> None:
        groups: dict[str, list[Plan]] = {}
        for plan in plans:
            groups.setdefault(plan.parent_id if plan.is_variant else "", []).append(plan)
        batches = [
            list(batch)
            for parent_id, members in groups.items()
            for batch in chunks(members, VARIATION_BATCH if parent_id else PRODUCT_BATCH)
        ]
        answers = push_in_batches(
            batches, lambda batch: self._send(batch, bodies), lambda plan: plan.sheet.key
        )
        for plan, result in zip((plan for batch in batches for plan in batch), answers, strict=True):
            plan.result = result

    def _send(self, batch: Sequence[Plan], bodies: Mapping[int, dict[str, Any]]) -> list[PushResult]:
        new = [plan for plan in batch if not plan.exists]
        old = [plan for plan in batch if plan.exists]
        request: dict[str, Any] = {}
        if new:
            request["create"] = [bodies[id(plan)] for plan in new]
        if old:
            request["update"] = [{"id": int(plan.remote_id), **bodies[id(plan)]} for plan in old]
        answer = self._client.batch(_route(batch[0]), request, lane=LANE)
        results: dict[int, PushResult] = {}
        for plan, row in zip(
            [*new, *old], [*answer.get("create", []), *answer.get("update", [])], strict=True
        ):
            results[id(plan)] = self._result(plan, row, bodies[id(plan)])
        return [results[id(plan)] for plan in batch]

    def _result(self, plan: Plan, row: dict[str, Any], body: Mapping[str, Any]) -> PushResult:
        error = error_of_row(row, what=f"product '{plan.sheet.sku or plan.remote_id}'")
        if error is not None:
            refused = result_from_error(plan.sheet.key, error)
            owner = str(error.details.get("resource_id") or "")
            return replace(refused, remote_id=plan.remote_id, data={"owner": owner} if owner else {})
        created = not plan.exists
        plan.remote_id, plan.record, plan.created = str(row["id"]), row, created
        sent, kept = body.get("attributes"), row.get("attributes")
        lost = sent is not None and isinstance(kept, list) and len(kept) < len(sent)
        return PushResult(
            plan.sheet.key,
            Outcome.OK,
            remote_id=plan.remote_id,
            parent_remote_id=plan.parent_id,
            warning="The shop dropped an attribute that the parent does not have." if lost else "",
            data={"created": created},
        )

    def _adopt_owner_of_sku(self, plan: Plan) -> bool:
        """After 'duplicate SKU': join the sheet with the product that has it. True when it is to be sent again."""
        result = plan.result
        if result is None or result.is_ok or plan.exists or result.code not in DUPLICATE_SKU:
            return False
        rows = self._reader.rows_by_sku([plan.sheet.sku]) or self._reader.rows_by_sku(
            [plan.sheet.sku], status="trash"
        )
        owner = str(result.data.get("owner", ""))
        if not rows and owner:
            rows = list(self._reader.rows_by_id([owner]).values())
        if not rows:
            return False
        plan.result = None
        plan.take(rows[0])
        return plan.result is None

    def _weight_unit(self) -> str:
        if not self._shop_weight_unit:
            try:
                setting = self._client.get("settings/products/woocommerce_weight_unit", lane=LANE).record()
            except (PermanentError, MissingPermission) as error:
                raise Rejected(
                    f"The shop's unit of weight cannot be read: {error.message}",
                    code="weight_unit",
                    cure="Give the API key to a Shop manager or Administrator.",
                    platform="woocommerce",
                ) from error
            self._shop_weight_unit = str(setting.get("value") or "kg")
        return self._shop_weight_unit

    # -- pictures -----------------------------------------------------------
    def _push_images(self, plans: Sequence[Plan]) -> None:
        rows: dict[int, list[dict[str, Any]]] = {}
        waiting: list[Plan] = []
        for plan in plans:
            if plan.result is None or not plan.result.is_ok or plan.sheet.images is None:
                continue
            try:
                wanted = image_rows(plan.sheet.images, _pictures(plan.record))
            except Rejected as error:
                plan.result = _picture_refused(plan, error)
                continue
            if plan.is_variant:
                wanted = wanted[:1]  # a variation has one picture, and shows its parent's when it has none
                if not wanted:
                    continue
            if [row.get("id") for row in wanted] == [row.get("id") for row in _pictures(plan.record)]:
                _keep_images(plan, plan.record)
                continue
            rows[id(plan)] = wanted
            waiting.append(plan)
        heavy = [plan for plan in waiting if needs_upload(rows[id(plan)])]
        light = [plan for plan in waiting if not needs_upload(rows[id(plan)])]
        for members, size in ((heavy, IMAGE_BATCH), (light, ID_BATCH)):
            self._send_images(members, size, rows)

    def _send_images(
        self, plans: Sequence[Plan], size: int, rows: Mapping[int, list[dict[str, Any]]]
    ) -> None:
        groups: dict[str, list[Plan]] = {}
        for plan in plans:
            groups.setdefault(plan.parent_id if plan.is_variant else "", []).append(plan)
        batches = [list(batch) for members in groups.values() for batch in chunks(members, size)]
        if not batches:
            return
        try:
            answers = push_in_batches(batches, _image_sender(self._client, rows), lambda plan: plan.sheet.key)
        except EcomsyncError as error:
            answers = [_image_retry(plan, error) for batch in batches for plan in batch]
        for plan, answer in zip((plan for batch in batches for plan in batch), answers, strict=True):
            if answer.is_ok and plan.result is not None:
                plan.result = replace(plan.result, outcome=Outcome.OK)
                _keep_images(plan, plan.record)
            else:
                plan.result = replace(answer, remote_id=plan.remote_id, parent_remote_id=plan.parent_id)

    # -- prices -------------------------------------------------------------
    def _push_prices(self, plans: Sequence[Plan]) -> None:
        """Prices of products that existed take the careful way, which keeps the shop's promotions."""
        priced = [plan for plan in plans if _needs_price(plan)]
        if not priced:
            return
        answers = self._prices.push(
            [
                PriceUpdate(
                    plan.sheet.key,
                    plan.remote_id,
                    plan.sheet.price,
                    self._client.connection.currency,
                    sku=plan.sheet.sku,
                    parent_remote_id=plan.parent_id,
                    special=plan.sheet.special_price,
                )
                for plan in priced
                if plan.sheet.price is not None
            ]
        )
        for plan, answer in zip(priced, answers, strict=True):
            if plan.result is None or answer.outcome is Outcome.UNCHANGED:
                continue
            if answer.is_ok:
                plan.result = replace(plan.result, outcome=Outcome.OK)
            else:
                warning = f"{plan.result.warning} The price was not changed: {answer.message}".strip()
                plan.result = replace(
                    plan.result, warning=warning, data={**plan.result.data, "price_code": answer.code}
                )


def _route(plan: Plan) -> str:
    return f"products/{plan.parent_id}/variations" if plan.is_variant else "products"


def _pictures(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    images = record.get("images")
    if images is None:
        images = [record["image"]] if record.get("image") else []
    return [row for row in images if isinstance(row, Mapping) and row.get("id")]


def _keep_images(plan: Plan, record: Mapping[str, Any]) -> None:
    if plan.result is not None and plan.sheet.images is not None:
        sheets = plan.sheet.images[:1] if plan.is_variant else plan.sheet.images
        plan.result = replace(plan.result, data={**plan.result.data, "images": uploaded(sheets, record)})


def _image_sender(
    client: WooClient, rows: Mapping[int, list[dict[str, Any]]]
) -> Callable[[Sequence[Plan]], list[PushResult]]:
    def send(batch: Sequence[Plan]) -> list[PushResult]:
        update = [
            {"id": int(plan.remote_id), **({"image": wanted[0]} if plan.is_variant else {"images": wanted})}
            for plan, wanted in ((plan, rows[id(plan)]) for plan in batch)
        ]
        answers = client.batch(_route(batch[0]), {"update": update}, lane=LANE)["update"]
        results = []
        for plan, answer in zip(batch, answers, strict=True):
            error = error_of_row(answer, what=f"the pictures of '{plan.sheet.sku or plan.remote_id}'")
            if error is not None:
                results.append(result_from_error(plan.sheet.key, error))
            else:
                plan.record = answer
                results.append(PushResult(plan.sheet.key, Outcome.OK, remote_id=plan.remote_id))
        return results

    return send


def _postpone(plans: Sequence[Plan], error: EcomsyncError, *, priced: bool) -> None:
    """The rest is to be tried again: what has no result yet, and accepted products whose price did not get through."""
    for plan in plans:
        waits = plan.result is None or (priced and _needs_price(plan))
        if waits:
            data = dict(plan.result.data) if plan.result is not None else {}
            plan.settle(Outcome.RETRY, error.code, error.message, error.cure, **data)


def _needs_price(plan: Plan) -> bool:
    return (
        plan.result is not None
        and plan.result.is_ok
        and not plan.created
        and plan.sheet.price is not None
        and plan.sheet.kind != "variable"
    )


def _picture_refused(plan: Plan, error: EcomsyncError) -> PushResult:
    return replace(
        result_from_error(plan.sheet.key, error), remote_id=plan.remote_id, parent_remote_id=plan.parent_id
    )


def _image_retry(plan: Plan, error: EcomsyncError) -> PushResult:
    """The product is in; only its pictures are to be tried again."""
    return PushResult(
        plan.sheet.key, Outcome.RETRY, error.code, error.message, error.cure, remote_id=plan.remote_id
    )
