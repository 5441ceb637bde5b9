"""Products out: looked for before they are made, changed only where they differ, variants through the grid of options."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.batching import push_in_batches
from platforms.salla.client import SallaClient
from platforms.salla.mapping_prices import number, rounded
from platforms.salla.mapping_products import changes, dicts, option_values, product_body, values_of
from platforms.salla.product_reader import ProductReader
from platforms.salla.rows import accepted
from platforms.types import ImageSheet, ProductSheet, PushResult

LANE = "products"
PRODUCT_BATCH = 10


class ProductPusher:
    def __init__(self, client: SallaClient, reader: ProductReader) -> None:
        self._client = client
        self._reader = reader
        self._parents: dict[str, dict[str, Any]] = {}

    def push(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """Parents before their variants; one result per sheet in their order.

        Cost: one call to look and at most one to write per product or variant; one per new picture, one for a second
        language, one per new option or value.
        """
        self._parents = {}
        order = sorted(range(len(sheets)), key=lambda n: sheets[n].kind == "variant")
        made: dict[str, str] = {}
        batches = [[(n, sheets[n])] for n in order]

        def send(batch: Sequence[tuple[int, ProductSheet]]) -> list[PushResult]:
            ((_, sheet),) = batch
            if sheet.kind == "variant":
                return [self._variant(sheet, made)]
            result = self._product(sheet, sheets)
            made[sheet.sku] = result.remote_id
            return [result]

        answers = push_in_batches(batches, send, lambda entry: entry[1].key)
        results = {n: answer for ((n, _),), answer in zip(batches, answers, strict=True)}
        return [results[n] for n in range(len(sheets))]

    # -- products -----------------------------------------------------------
    def _product(self, sheet: ProductSheet, sheets: Sequence[ProductSheet]) -> PushResult:
        currency = self._client.connection.currency
        row = self._present(sheet)
        body = product_body(sheet, currency=currency)
        options = _wanted_options(sheet, sheets)
        changed = False
        if row is None:
            if not sheet.allow_create:
                raise Rejected(
                    "The product is not in the store, and it is not to be created.",
                    code="not_linked",
                    cure="Link the item, or allow that products are created.",
                )
            row, changed = self._create(sheet, body, options, sheets), True
        else:
            wanted = changes(body, row)
            if wanted:
                row = self._client.put(f"products/{row['id']}", wanted, lane=LANE).record()
                changed = True
            if sheet.kind == "variable" and self._grow(row, options):
                row, changed = self._reader.row_by_id(str(row["id"])) or row, True
        images = self._images(row, sheet.images)
        translated = self._translate(row, sheet, fresh=changed)
        self._parents[str(row["id"])] = row
        product_id = str(row["id"])
        is_same = not (changed or images[1] or translated)
        return accepted(sheet.key, product_id, unchanged=is_same, warning=_hidden(row), images=images[0])

    def _present(self, sheet: ProductSheet) -> dict[str, Any] | None:
        if sheet.remote_id.isdigit():
            row = self._reader.row_by_id(sheet.remote_id)
            if row is not None:
                return row
        found = self._reader.row_by_sku(sheet.sku) if sheet.sku else None
        if found is not None and str(found.get("sku") or "").strip() != sheet.sku:
            raise Rejected(
                f"The SKU '{sheet.sku}' is that of a variant in the store.",
                code="duplicate",
                cure="Link the item to the variant, or change one of the two numbers.",
            )
        return found

    def _create(
        self,
        sheet: ProductSheet,
        body: dict[str, Any],
        options: Mapping[str, list[str]],
        sheets: Sequence[ProductSheet],
    ) -> dict[str, Any]:
        currency = self._client.connection.currency
        body = {"product_type": "product", "name": sheet.sku, "status": "sale", **body}
        if "price" not in body:
            prices = [s.price for s in sheets if s.parent_sku == sheet.sku and s.price is not None]
            body["price"] = number(rounded(min(prices), currency)) if prices else 0
        if sheet.kind == "variable":
            body["options"] = [
                {"name": name, "display_type": "text", "values": [{"name": value} for value in values]}
                for name, values in options.items()
            ]
        elif sheet.quantity is not None:
            body["quantity"] = max(0, int(sheet.quantity))
        return self._client.post("products", body, lane=LANE).record()

    def _grow(self, row: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> bool:
        """Options and values that are missing; the grid of variants grows with them."""
        present = {str(option.get("name")): option for option in dicts(row.get("options"))}
        grown = False
        for name, values in wanted.items():
            option = present.get(name)
            if option is None:
                body = {"name": name, "display_type": "text", "values": [{"name": value} for value in values]}
                self._client.post(f"products/{row['id']}/options", body, lane=LANE)
                grown = True
                continue
            known = {str(value.get("name")) for value in dicts(option.get("values"))}
            for value in values:
                if value not in known:
                    self._client.post(f"products/options/{option['id']}", {"name": value}, lane=LANE)
                    grown = True
        return grown

    def _translate(self, row: Mapping[str, Any], sheet: ProductSheet, *, fresh: bool) -> bool:
        """Texts of other languages, each by a call of its own in that language; only beside a change of ours."""
        if self._client.options.translation_mode == "off" or not fresh:
            return False
        written = False
        for language, texts in sheet.translations.items():
            body = {name: texts[name] for name in ("name", "description") if texts.get(name)}
            if language == self._client.options.language or not body:
                continue
            self._client.put(f"products/{row['id']}", body, lane=LANE, language=language)
            written = True
        return written

    # -- pictures -----------------------------------------------------------
    def _images(
        self, row: Mapping[str, Any], images: Sequence[ImageSheet] | None
    ) -> tuple[dict[str, str], bool]:
        """({hash: id}, whether one was sent). Pictures that the store has are not sent again; none is taken away."""
        known = {str(image.get("id")) for image in dicts(row.get("images"))}
        found: dict[str, str] = {}
        sent = False
        for image in images or ():
            if image.remote_id and image.remote_id in known:
                found[image.content_hash] = image.remote_id
                continue
            body, content_type = _form(image)
            made = self._client.upload(
                f"products/{row['id']}/images", body=body, content_type=content_type, lane=LANE
            ).record()
            found[image.content_hash] = str(made.get("id", ""))
            sent = True
        return found, sent

    # -- variants -----------------------------------------------------------
    def _variant(self, sheet: ProductSheet, made: Mapping[str, str]) -> PushResult:
        product = self._parent(sheet, made)
        variant = _find_variant(sheet, product)
        wanted = {row.name: row.options[0] for row in sheet.attributes or () if row.options}
        if variant is None:
            raise Rejected(
                f"The product has no variant of {', '.join(f'{k}: {v}' for k, v in wanted.items()) or sheet.sku}.",
                code="no_such_variant",
                cure="Give the ERP's parent these values and send it before its variants.",
            )
        body = self._variant_body(sheet)
        left = changes(body, variant)
        if sheet.quantity is not None and not sheet.remote_id:
            pieces = max(0, int(sheet.quantity))
            if str(variant.get("stock_quantity")) != str(pieces):
                left["stock_quantity"] = pieces
        if left:
            self._client.put(f"products/variants/{variant['id']}", left, lane=LANE)
        return accepted(sheet.key, str(variant["id"]), unchanged=not left, parent=str(product["id"]))

    def _parent(self, sheet: ProductSheet, made: Mapping[str, str]) -> dict[str, Any]:
        product_id = sheet.parent_remote_id or made.get(sheet.parent_sku, "")
        row = self._parents.get(product_id)
        if row is None and product_id.isdigit():
            row = self._reader.row_by_id(product_id)
        if row is None and sheet.parent_sku:
            row = self._reader.row_by_sku(sheet.parent_sku)
        if row is None:
            raise Rejected(
                "The variant's product is not in the store.",
                code="parent_missing",
                cure="Send the parent first.",
            )
        self._parents[str(row["id"])] = row
        return row

    def _variant_body(self, sheet: ProductSheet) -> dict[str, Any]:
        full = product_body(replace(sheet, kind="simple"), currency=self._client.connection.currency)
        body: dict[str, Any] = {
            name: full[name]
            for name in ("sku", "price", "sale_price", "weight", "mpn", "cost_price")
            if name in full
        }
        if sheet.barcode is not None:
            body["barcode"] = sheet.barcode
        return body


def _wanted_options(sheet: ProductSheet, sheets: Sequence[ProductSheet]) -> dict[str, list[str]]:
    """The parent's own, and what the variants of the same call have beyond."""
    if sheet.kind != "variable":
        return {}
    found = option_values(sheet.attributes)
    for other in sheets:
        if other.kind == "variant" and (
            other.parent_sku == sheet.sku or other.parent_remote_id == sheet.remote_id != ""
        ):
            for row in other.attributes or ():
                values = found.setdefault(row.name, [])
                values += [value for value in row.options if value not in values]
    if not found:
        raise Rejected(
            "The product has variants and no options.",
            code="no_options",
            cure="Give the ERP's parent the attributes that make its variants.",
        )
    return found


def _find_variant(sheet: ProductSheet, product: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = dicts(product.get("skus"))
    for row in rows:
        if sheet.remote_id and str(row.get("id")) == sheet.remote_id:
            return row
    for row in rows:
        if sheet.sku and str(row.get("sku") or "").strip() == sheet.sku:
            return row
    wanted = {row.name: row.options[0] for row in sheet.attributes or () if row.options}
    return next((row for row in rows if wanted and values_of(row, product) == wanted), None)


def _hidden(row: Mapping[str, Any]) -> str:
    return "" if row.get("images") else "The product stays hidden until it has a picture."


def _form(image: ImageSheet) -> tuple[bytes, str]:
    """A multipart form with the file, or else its address."""
    boundary = f"ecomsync-{secrets.token_hex(12)}"
    parts: list[tuple[str, bytes]] = []
    name = image.filename or f"{image.content_hash[:16] or 'picture'}.jpg"
    if image.content is not None:
        head = f'form-data; name="original"; filename="{name}"'
        parts.append((head, image.content))
    else:
        parts.append(('form-data; name="original"', image.url.encode()))
    for key, value in (
        ("alt", image.label),
        ("main", "1" if image.is_main else "0"),
        ("sort", str(image.position + 1)),
    ):
        if value:
            parts.append((f'form-data; name="{key}"', value.encode()))
    body = b"".join(
        b"--"
        + boundary.encode()
        + b"\r\nContent-Disposition: "
        + head.encode()
        + b"\r\n\r\n"
        + content
        + b"\r\n"
        for head, content in parts
    )
    return body + b"--" + boundary.encode() + b"--\r\n", f"multipart/form-data; boundary={boundary}"
