"""Pictures of a product: those that the shop lacks are added, those of ours that are no longer wanted are taken away.

Our mark in a text that the shop keeps with a picture tells after a lost answer that it is there; a picture without a mark
is the shop's own and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.custom.client import CustomClient
from platforms.custom.operations import Operation
from platforms.custom.paging import all_rows
from platforms.custom.records import Record
from platforms.custom.templates import as_text
from platforms.types import ImageSheet

LANE = "products"
_OURS = re.compile(r"\[[0-9a-z]{16}\]")


def mark_of(image: ImageSheet) -> str:
    return f"[{image.content_hash[:16]}]"


class PicturePusher:
    def __init__(self, client: CustomClient) -> None:
        self._client = client

    def push(self, product_id: str, images: Sequence[ImageSheet]) -> tuple[dict[str, str], list[str]]:
        """({content hash: the shop's id}, warnings). One call to look, one per picture that is added or taken away.

        Without the operations for it nothing is sent. Raises what stops more than one picture.
        """
        listing, adding = (self._client.settings.operation(name) for name in ("list_images", "add_image"))
        if listing is None or adding is None:
            return {}, []
        present = self._present(listing, product_id)
        ids: dict[str, str] = {}
        warnings: list[str] = []
        for image in images:
            known = next((number for number, text in present.items() if mark_of(image) in text), "")
            if not known and image.remote_id in present:
                known = image.remote_id
            try:
                ids[image.content_hash] = known or self._add(adding, product_id, image)
            except PermanentError as error:
                warnings.append(
                    f"The picture '{image.filename or image.url}' was not accepted: {error.message}"
                )
        self._take_away(product_id, present, set(ids.values()) | {image.remote_id for image in images})
        return ids, warnings

    def _present(self, operation: Operation, product_id: str) -> dict[str, str]:
        """Id -> the text in which our mark would be."""
        fields, scope = self._client.settings.maps.get("image", {}), self._client.scope
        records = [
            Record("image", row, fields, scope)
            for row in all_rows(self._client, operation, {"id": product_id}, lane=LANE)
        ]
        return {as_text(record.needed("remote_id")): record.text("mark") for record in records}

    def _add(self, operation: Operation, product_id: str, image: ImageSheet) -> str:
        shown: dict[str, Any] = {
            "url": image.url,
            "label": image.label,
            "position": image.position,
            "is_main": image.is_main,
            "filename": image.filename,
            "mark": mark_of(image),
        }
        context = {"id": product_id, "image": shown}
        reply = self._client.run(operation, context, lane=LANE)
        return as_text(self._client.value(operation.id or "body.id", {**context, **reply.context}))

    def _take_away(self, product_id: str, present: dict[str, str], wanted: set[str]) -> None:
        operation = self._client.settings.operation("remove_image")
        if operation is None:
            return
        for number, text in present.items():
            if number not in wanted and _OURS.search(text):
                self._client.run(operation, {"id": product_id, "image": {"remote_id": number}}, lane=LANE)
