"""Pushing products: found by number or SKU, compared, created or updated in bundles, then texts and pictures.

Only simple and grouped products can be made: the core API can neither attach children to a configurable nor build bundles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ecomsync.common.errors import ConfigurationError, EcomsyncError, PermanentError, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.magento1.attributes import AttributeBook, attribute_values
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import ACCESS_DENIED, RemoteFault
from platforms.magento1.images import ImagePusher
from platforms.magento1.mapping_products import (
    DISABLED,
    ENABLED,
    MAX_SKU,
    already_shows,
    product_data,
    with_defaults,
)
from platforms.magento1.members import KIND, MEMBER_TYPES, MemberPusher
from platforms.magento1.product_reader import ProductReader
from platforms.magento1.quantities import QuantityPusher
from platforms.types import Outcome, ProductSheet, PushResult

LANE = "products"
PRODUCT_BUNDLE = 25
_CREATE, _UPDATE, _INFO = "catalog_product.create", "catalog_product.update", "catalog_product.info"
_TRANSLATED = (
    "name",
    "short_description",
    "description",
    "meta_title",
    "meta_keyword",
    "meta_description",
    "url_key",
)


@dataclass(slots=True)
class _Plan:
    sheet: ProductSheet
    remote_id: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    result: PushResult | None = None
    created: bool = False

    def reject(self, code: str, message: str, cure: str) -> None:
        self.result = PushResult(
            self.sheet.key, Outcome.REJECTED, code, message, cure, remote_id=self.remote_id
        )

    def fail(self, error: EcomsyncError) -> None:
        self.result = replace(result_from_error(self.sheet.key, error), remote_id=self.remote_id)


class ProductPusher:
    def __init__(self, client: MagentoClient, reader: ProductReader, quantities: QuantityPusher) -> None:
        self._client = client
        self._reader = reader
        self._quantities = quantities
        self._book = AttributeBook(client)
        self._images = ImagePusher(client)
        self._members = MemberPusher(client)

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """One result per sheet. Per 200 products one call to find and one to read them, per 25 changed ones one to
        write; per store view one to compare and write texts; per picture one."""
        if not sheets:
            return []
        plans = [_Plan(sheet) for sheet in sheets]
        self._find(plans)
        for plan in plans:
            if plan.result is None:
                self._prepare(plan)
        groups = [plan for plan in plans if plan.sheet.components is not None and plan.sheet.kind == KIND]
        rows = self._member_rows(groups)
        for plan in groups:
            if plan.result is None or plan.result.is_ok:
                self._check_members(plan, rows, plans)
        self._write([plan for plan in plans if plan.result is None])
        numbers = {sku: str(row.get("product_id")) for sku, row in rows.items()}
        numbers |= {plan.sheet.sku: plan.remote_id for plan in plans if plan.remote_id}
        for step in (self._members_of(numbers), self._push_translations, self._push_images):
            try:
                step([plan for plan in plans if plan.result is not None and plan.result.is_ok])
            except (ConfigurationError, RetryableError) as error:
                _postpone(plans, error)
                break
        return [plan.result for plan in plans if plan.result is not None]

    # -- finding ------------------------------------------------------------
    def _find(self, plans: Sequence[_Plan]) -> None:
        """A link to what is gone from the shop counts as none: the SKU decides anew. The answer to an earlier creation
        may have been lost, so nothing is created before its SKU was looked for."""
        linked = self._reader.records([plan.sheet.remote_id for plan in plans if plan.sheet.remote_id])
        lost = [plan for plan in plans if plan.sheet.remote_id not in linked]
        by_sku = self._reader.rows_by_sku([plan.sheet.sku for plan in lost])
        numbers = [str(row.get("product_id")) for row in by_sku.values()]
        records = linked | (self._reader.records(numbers) if numbers else {})
        for plan in plans:
            row = by_sku.get(plan.sheet.sku.strip(), {})
            number = (
                plan.sheet.remote_id if plan.sheet.remote_id in linked else str(row.get("product_id") or "")
            )
            if number in records:
                plan.remote_id, plan.record = number, records[number]

    def _prepare(self, plan: _Plan) -> None:
        sheet = plan.sheet
        if not plan.remote_id and not self._may_create(plan):
            return
        if plan.remote_id and (sheet.kind == KIND) != (plan.record.get("type") == KIND):
            plan.reject(
                "kind_mismatch",
                f"SKU '{sheet.sku}' is a product of type '{plan.record.get('type')}' in the shop and '{sheet.kind}' in the ERP.",
                "Make the kind of the item the same on both sides, or give one of the two another SKU.",
            )
            return
        try:
            data = product_data(
                sheet,
                currency=self._client.connection.currency,
                price_decimals=self._client.options.price_decimals,
            )
            set_id = str(plan.record.get("set") or "") or self._book.set_id()
            if not plan.remote_id:
                data = self._creation(data, sheet)
            barcode = self._client.options.barcode_attribute
            if sheet.barcode is not None and barcode:
                data[barcode] = sheet.barcode
            for code, value in attribute_values(sheet.attributes or ()):
                data[code] = self._attribute(set_id, code, value)
            self._resolve(set_id, data, sheet)
        except PermanentError as error:
            plan.fail(error)
            return
        plan.data = data
        if plan.remote_id and already_shows(plan.record, data) and sheet.quantity is None:
            plan.result = PushResult(sheet.key, Outcome.UNCHANGED, remote_id=plan.remote_id)

    def _may_create(self, plan: _Plan) -> bool:
        sheet = plan.sheet
        if not sheet.allow_create:
            plan.reject(
                "not_linked",
                f"The shop has no product with the SKU '{sheet.sku}', and products are not to be created.",
                "Create it in the shop and link it, or allow the creation of products on the site.",
            )
        elif sheet.kind == "variable":
            plan.reject(
                "configurable_by_staff",
                "The shop's API cannot build configurable products.",
                "Build the configurable product in the shop's admin once, with this SKU; then its texts and price are kept.",
            )
        elif not sheet.sku.strip() or len(sheet.sku.strip()) > MAX_SKU:
            plan.reject(
                "no_sku",
                f"A product needs a SKU of at most {MAX_SKU} characters.",
                "Correct the SKU of the item.",
            )
        return plan.result is None

    def _creation(self, data: Mapping[str, Any], sheet: ProductSheet) -> dict[str, Any]:
        """Without websites a product is seen nowhere, and without stock data it sells without end."""
        options = self._client.options
        full = with_defaults(data, sheet)
        full.setdefault("status", ENABLED if options.enable_on_create else DISABLED)
        if not full.get("tax_class_id"):
            full["tax_class_id"] = options.tax_class
        full["website_ids"] = list(options.website_ids)
        if not data.get("price") and sheet.kind != KIND:
            full["status"] = DISABLED  # it would be sold for nothing
        return full

    def _attribute(self, set_id: str, code: str, value: str) -> Any:
        """Several values go as a list of options."""
        parts = [self._book.value_of(set_id, code, part, may_add=True) for part in value.split("\n")]
        return parts if len(parts) > 1 else parts[0]

    def _resolve(self, set_id: str, data: dict[str, Any], sheet: ProductSheet) -> None:
        """Labels of the fields that staff map become option numbers; standard ones are never added to."""
        from_lists = {"status", "visibility", "tax_class_id", "gift_message_available", "manufacturer"}
        mapped = {name.partition(":")[2] for name in sheet.fields if name.startswith("attribute:")}
        for code in list(data):
            if code in mapped or (code in from_lists and not str(data[code]).isdigit()):
                data[code] = self._book.value_of(set_id, code, str(data[code]), may_add=code in mapped)

    # -- members of groups -----------------------------------------------------
    def _member_rows(self, groups: Sequence[_Plan]) -> dict[str, Mapping[str, Any]]:
        skus = [member.sku for plan in groups for member in plan.sheet.components or ()]
        return dict(self._reader.rows_by_sku(skus)) if skus else {}

    def _check_members(
        self, plan: _Plan, rows: Mapping[str, Mapping[str, Any]], plans: Sequence[_Plan]
    ) -> None:
        here = {one.sheet.sku: one.result is None or one.result.is_ok for one in plans}
        for member in plan.sheet.components or ():
            kind = str(rows.get(member.sku, {}).get("type") or "simple")
            if member.sku not in rows and not here.get(member.sku, True):
                plan.result = _waiting_for(plan, member.sku)
                return
            if member.sku not in rows and member.sku not in here:
                plan.reject(
                    "no_part",
                    f"The shop has no product '{member.sku}', which is a part of '{plan.sheet.sku}'.",
                    "Send the part first, and see that the criteria of the site admit it.",
                )
                return
            if kind not in MEMBER_TYPES:
                plan.reject(
                    "part_kind",
                    f"'{member.sku}' is a product of type '{kind}' in the shop and cannot be part of '{plan.sheet.sku}'.",
                    "Name the variant or the single item in its place.",
                )
                return

    def _members_of(self, numbers: Mapping[str, str]) -> Callable[[Sequence[_Plan]], None]:
        """The step that links the members, by the number of each SKU."""

        def push(plans: Sequence[_Plan]) -> None:
            for plan in plans:
                members = plan.sheet.components
                if plan.sheet.kind != KIND or members is None or plan.result is None:
                    continue
                lost = next((one.sku for one in members if one.sku not in numbers), "")
                if lost:
                    plan.result = _waiting_for(plan, lost)
                    continue
                try:
                    changed = self._members.push(plan.remote_id, members, numbers)
                except PermanentError as error:
                    plan.fail(error)
                    continue
                plan.result = replace(plan.result, outcome=Outcome.OK if changed else plan.result.outcome)

        return push

    # -- writing ------------------------------------------------------------
    def _write(self, plans: Sequence[_Plan]) -> None:
        batches = list(chunks(plans, PRODUCT_BUNDLE))
        answers = push_in_batches(batches, self._send, lambda plan: plan.sheet.key)
        for plan, result in zip(plans, answers, strict=True):
            plan.result = result

    def _send(self, plans: Sequence[_Plan]) -> list[PushResult]:
        calls = [self._call_for(plan) for plan in plans]
        answers = self._client.bundle(calls, lane=LANE)
        if all(isinstance(one, RemoteFault) and one.code == ACCESS_DENIED for one in answers):
            raise self._client.error(answers[0], calls[0][0])
        return [
            self._result(plan, path, answer)
            for plan, (path, _), answer in zip(plans, calls, answers, strict=True)
        ]

    def _call_for(self, plan: _Plan) -> tuple[str, list[Any]]:
        data, sheet = dict(plan.data), plan.sheet
        if sheet.quantity is not None and sheet.kind != KIND:
            data["stock_data"] = self._quantities.stock_data(max(sheet.quantity, sheet.quantity * 0))
        if plan.remote_id:
            return _UPDATE, [plan.remote_id, data, None, "id"]
        on_sale = "1" if sheet.kind == KIND else "0"  # a group sells while one of its members does
        stock = {"qty": "0", "is_in_stock": on_sale, **data.get("stock_data", {})}
        data["stock_data"] = {**stock, "manage_stock": "1", "use_config_manage_stock": "1"}
        kind = KIND if sheet.kind == KIND else "simple"
        return _CREATE, [kind, self._book.set_id(), sheet.sku.strip(), data, None]

    def _result(self, plan: _Plan, path: str, answer: Any) -> PushResult:
        if isinstance(answer, RemoteFault | EcomsyncError):
            error = self._client.error(answer, path, f"product '{plan.sheet.sku or plan.remote_id}'")
            return replace(result_from_error(plan.sheet.key, error), remote_id=plan.remote_id)
        plan.created = not plan.remote_id
        plan.remote_id = plan.remote_id or str(answer)
        warning = ""
        if plan.created:
            needs_price = plan.sheet.price is None and plan.sheet.kind != KIND
            unpriced = _NO_PRICE if needs_price and plan.sheet.active else ""
            attach = _ATTACH if plan.sheet.kind == "variant" else ""
            warning = " ".join(filter(None, (attach, unpriced)))
        return PushResult(
            plan.sheet.key,
            Outcome.OK,
            remote_id=plan.remote_id,
            warning=warning,
            data={"created": plan.created},
        )

    # -- texts of other languages -------------------------------------------
    def _push_translations(self, plans: Sequence[_Plan]) -> None:
        """Per store view one bundle to compare and one to write. Categories and websites stay out of it: they hold for
        all views wherever they are sent."""
        for language, view in self._client.options.language_views.items():
            wanted = {
                plan.remote_id: (plan, texts)
                for plan in plans
                if (texts := _texts(plan.sheet.translations.get(language, {})))
            }
            for batch in chunks(list(wanted), PRODUCT_BUNDLE):
                self._translate(view, {number: wanted[number] for number in batch})

    def _translate(self, view: str, wanted: Mapping[str, tuple[_Plan, dict[str, str]]]) -> None:
        looks = [(_INFO, [number, view, list(texts), "id"]) for number, (_, texts) in wanted.items()]
        present = self._client.bundle(looks, lane=LANE)
        changed: list[tuple[_Plan, dict[str, str]]] = []
        for (plan, texts), record in zip(wanted.values(), present, strict=True):
            if isinstance(record, RemoteFault | EcomsyncError):
                plan.fail(self._client.error(record, _INFO, f"the texts of '{plan.sheet.sku}' in {view}"))
            elif not already_shows(record, texts):
                changed.append((plan, texts))
        calls = [(_UPDATE, [plan.remote_id, texts, view, "id"]) for plan, texts in changed]
        for (plan, _), answer in zip(changed, self._client.bundle(calls, lane=LANE), strict=True):
            if isinstance(answer, RemoteFault | EcomsyncError):
                plan.fail(self._client.error(answer, _UPDATE, f"the texts of '{plan.sheet.sku}' in {view}"))
            elif plan.result is not None:
                plan.result = replace(plan.result, outcome=Outcome.OK)

    # -- pictures -----------------------------------------------------------
    def _push_images(self, plans: Sequence[_Plan]) -> None:
        for plan in plans:
            if plan.sheet.images is None or plan.result is None:
                continue
            try:
                kept, changed = self._images.push(plan.remote_id, plan.sheet.images)
            except PermanentError as error:
                plan.fail(error)
                continue
            plan.result = replace(
                plan.result,
                outcome=Outcome.OK if changed else plan.result.outcome,
                data={**plan.result.data, "images": kept},
            )


_NO_PRICE = "It was made without a price and is switched off, so that nobody buys it for nothing."
_ATTACH = "It was made as a simple product: attach it to its configurable product in the shop's admin."


def _waiting_for(plan: _Plan, sku: str) -> PushResult:
    return PushResult(
        plan.sheet.key,
        Outcome.RETRY,
        "part_failed",
        f"The part '{sku}' was not accepted.",
        "Solve the part's problem; the whole is sent after it.",
        remote_id=plan.remote_id,
        data={"created": plan.created},
    )


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    return {name: str(text) for name, text in given.items() if name in _TRANSLATED and text is not None}


def _postpone(plans: Sequence[_Plan], error: EcomsyncError) -> None:
    """The products themselves are in; what is left of them is to be tried again."""
    for plan in plans:
        left = plan.sheet.images or plan.sheet.translations or plan.sheet.components
        if plan.result is not None and plan.result.is_ok and left:
            again = Outcome.RETRY
            plan.result = replace(
                plan.result, outcome=again, code=error.code, message=error.message, cure=error.cure
            )
