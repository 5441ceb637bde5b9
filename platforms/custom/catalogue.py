"""Products and categories: read, found, made and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError, EcomsyncError
from platforms.base import result_from_error
from platforms.batching import chunks
from platforms.custom.client import CustomClient
from platforms.custom.mapping_products import category_of, product_of
from platforms.custom.operations import Operation
from platforms.custom.orders import EARLIEST
from platforms.custom.paging import all_rows
from platforms.custom.pictures import PicturePusher
from platforms.custom.templates import as_text
from platforms.types import (
    CategorySheet,
    ImageSheet,
    Outcome,
    ProductSheet,
    PushResult,
    RemoteCategory,
    RemoteProduct,
)

LANE = "products"


class Catalogue:
    def __init__(self, client: CustomClient, need: Callable[[str], Operation]) -> None:
        self._client = client
        self._need = need
        self._pictures = PicturePusher(client)

    # -- reading ------------------------------------------------------------
    def iterate(self, modified_from: datetime | None) -> Iterator[RemoteProduct]:
        operation = self._need("list_products")
        for row in all_rows(self._client, operation, {"since": modified_from or EARLIEST}, lane=LANE):
            yield self._product(row)

    def find(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """By exact SKU: an operation of its own, else the whole list is looked through."""
        operation = self._client.settings.operation("find_products")
        if operation is None:
            wanted = set(skus)
            return [product for product in self.iterate(None) if product.sku in wanted]
        found: dict[str, RemoteProduct] = {}
        for batch in chunks(list(dict.fromkeys(sku for sku in skus if sku)), operation.batch):
            context = {"skus": list(batch), "sku": batch[0]}
            for row in all_rows(self._client, operation, context, lane=LANE):
                product = self._product(row)
                if product.sku in batch:
                    found[product.remote_id] = product
        return list(found.values())

    def by_ids(self, remote_ids: Sequence[str], *, lane: str) -> dict[str, RemoteProduct] | None:
        """Products as they are now; None when the shop has no operation for it."""
        operation = self._client.settings.operation("products_by_ids")
        if operation is None:
            return None
        found: dict[str, RemoteProduct] = {}
        for batch in chunks(list(dict.fromkeys(remote_ids)), operation.batch):
            context = {"ids": list(batch), "id": batch[0]}
            for row in all_rows(self._client, operation, context, lane=lane):
                product = self._product(row)
                found[product.remote_id] = product
        return found

    def _product(self, row: dict[str, Any]) -> RemoteProduct:
        return product_of(row, self._client.settings, self._client.scope)

    # -- products out -------------------------------------------------------
    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """Parents before their variants; what has no id is looked for by its SKU before it is made."""
        if not sheets:
            return []
        update, create = self._need("update_product"), self._client.settings.operation("create_product")
        unknown = [sheet.sku for sheet in sheets if not sheet.remote_id and sheet.sku]
        known = {product.sku: product for product in self.find(unknown)} if unknown else {}
        ids: dict[str, str] = {sku: product.remote_id for sku, product in known.items()}
        results: dict[str, PushResult] = {}
        for sheet in sorted(sheets, key=lambda one: one.kind == "variant"):
            result = self._push_one(sheet, ids, update, create)
            results[sheet.key] = result
            if result.remote_id:
                ids[sheet.sku] = result.remote_id
        return [results[sheet.key] for sheet in sheets]

    def _push_one(
        self, sheet: ProductSheet, ids: dict[str, str], update: Operation, create: Operation | None
    ) -> PushResult:
        remote_id = sheet.remote_id or ids.get(sheet.sku, "")
        if not remote_id and (create is None or not sheet.allow_create):
            return PushResult(
                sheet.key,
                Outcome.REJECTED,
                "not_linked",
                "The item has no product in this shop.",
                "Link the item in the item linker of this site, or run 'Link Items'.",
            )
        parent = sheet.parent_remote_id or ids.get(sheet.parent_sku, "")
        operation = update if remote_id or create is None else create
        context = {"product": {**_plain(sheet), "remote_id": remote_id, "parent_remote_id": parent}}
        try:
            reply = self._client.run(operation, context, lane=LANE)
        except EcomsyncError as error:
            if _is_of_the_site(error):
                raise
            return result_from_error(sheet.key, error)
        if not remote_id:
            remote_id = as_text(self._client.value(operation.id or "body.id", {**context, **reply.context}))
        done = PushResult(sheet.key, Outcome.OK, remote_id=remote_id, parent_remote_id=parent)
        return done if sheet.images is None else self._with_pictures(sheet.images, done)

    def _with_pictures(self, images: Sequence[ImageSheet], done: PushResult) -> PushResult:
        """What was saved stays linked, whatever becomes of its pictures."""
        try:
            ids, warnings = self._pictures.push(done.remote_id, images)
        except EcomsyncError as error:
            if _is_of_the_site(error):
                raise
            failed = result_from_error(done.key, error)
            return replace(failed, remote_id=done.remote_id, parent_remote_id=done.parent_remote_id)
        return replace(done, warning=" ".join(warnings), data={"images": ids} if ids else {})

    # -- categories ---------------------------------------------------------
    def categories(self) -> Iterator[RemoteCategory]:
        for row in all_rows(self._client, self._need("list_categories"), {}, lane=LANE):
            yield category_of(row, self._client.settings, self._client.scope)

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Parents first; what is there already with the same name under the same parent is not made again."""
        if not sheets:
            return []
        known = {category.remote_id: category for category in self.categories()}
        ids: dict[str, str] = {sheet.key: sheet.remote_id for sheet in sheets if sheet.remote_id}
        results: dict[str, PushResult] = {}
        for sheet in _parents_first(sheets):
            results[sheet.key] = self._push_category(sheet, known, ids)
            ids[sheet.key] = results[sheet.key].remote_id
        return [results[sheet.key] for sheet in sheets]

    def _push_category(
        self, sheet: CategorySheet, known: dict[str, RemoteCategory], ids: dict[str, str]
    ) -> PushResult:
        parent = ids.get(sheet.parent_key, "") or sheet.parent_remote_id
        same = (one for one in known.values() if one.name == sheet.name and one.parent_remote_id == parent)
        twin = next(same, None) if not sheet.remote_id else None
        present = known.get(sheet.remote_id) or twin
        remote_id = present.remote_id if present else ""
        if present and (present.name, present.parent_remote_id) == (sheet.name, parent):
            return PushResult(sheet.key, Outcome.UNCHANGED, remote_id=remote_id)
        operation = self._need("update_category" if remote_id else "create_category")
        context = {"category": {**_plain(sheet), "remote_id": remote_id, "parent_remote_id": parent}}
        try:
            reply = self._client.run(operation, context, lane=LANE)
        except EcomsyncError as error:
            if _is_of_the_site(error):
                raise
            return result_from_error(sheet.key, error)
        remote_id = remote_id or as_text(
            self._client.value(operation.id or "body.id", {**context, **reply.context})
        )
        return PushResult(sheet.key, Outcome.OK, remote_id=remote_id)


def _is_of_the_site(error: EcomsyncError) -> bool:
    """Keys, rights and settings stop the whole work; anything else is about one row."""
    return isinstance(error, ConfigurationError)


def _plain(sheet: ProductSheet | CategorySheet) -> dict[str, Any]:
    """The sheet as templates see it: names as in platforms.types, tuples as lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(sheet).items()}


def _parents_first(sheets: Sequence[CategorySheet]) -> list[CategorySheet]:
    by_key = {sheet.key: sheet for sheet in sheets}

    def depth(sheet: CategorySheet) -> int:
        count, one = 0, sheet
        while one.parent_key in by_key and count <= len(sheets):
            one, count = by_key[one.parent_key], count + 1
        return count

    return sorted(sheets, key=depth)
