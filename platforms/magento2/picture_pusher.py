"""Sends the pictures of products that are in the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from platforms.base import result_from_error
from platforms.magento2.answers import as_record
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.images import (
    MAX_CONTENT,
    gallery,
    known_entry,
    new_entry,
    ordered,
    same_gallery,
)
from platforms.magento2.product_plans import Plan
from platforms.types import ImageSheet

LANE = "products"


class PicturePusher:
    def __init__(self, client: MageClient) -> None:
        self._client = client

    def push(self, plan: Plan) -> None:
        """Nothing is sent when the shop shows them all; else one call for about four megabytes. A refused picture is a
        refusal of its sheet with the product's id set."""
        images = plan.sheet.images
        if images is None or plan.result is not None:
            return
        try:
            self._send(plan, images)
        except PermanentError as error:
            plan.result = replace(
                result_from_error(plan.sheet.key, error),
                remote_id=plan.remote_id,
                parent_remote_id=plan.parent_id,
                data={"created": plan.created, "images": dict(plan.images)},
            )

    def _send(self, plan: Plan, images: Sequence[ImageSheet]) -> None:
        places = {id(image): n for n, image in enumerate(ordered(images))}
        entries = _entries(plan.record)
        kept, missing = gallery(images, entries)
        if not missing and same_gallery(kept, entries):
            self._note(plan, images)
            return
        while True:
            new: list[dict[str, Any]] = []
            size = 0
            while missing and size < MAX_CONTENT:
                image = missing.pop(0)
                new.append(new_entry(image, self._content(image), places[id(image)]))
                size += len(new[-1]["content"]["base64_encoded_data"])
            product = {"sku": plan.sku, "media_gallery_entries": [*kept, *new]}
            answer = as_record(
                self._client.post("products", {"product": product}, lane=LANE, scope=ALL, timeout=300.0)
            )
            plan.record = {**plan.record, "media_gallery_entries": answer.get("media_gallery_entries") or []}
            plan.changed = True
            self._note(plan, images)
            kept, left = gallery(images, _entries(plan.record))
            if not missing:
                if left:
                    raise Rejected(
                        f"The shop did not keep the picture '{left[0].label or left[0].filename or left[0].url}'.",
                        code="image_not_kept",
                        cure="See the shop's var/log/exception.log; the picture may be broken or too large.",
                    )
                return

    @staticmethod
    def _note(plan: Plan, images: Sequence[ImageSheet]) -> None:
        """content hash -> entry id, for the caller to keep."""
        entries = _entries(plan.record)
        for image in images:
            entry = known_entry(image, entries)
            if entry is not None:
                plan.images[image.content_hash] = str(entry.get("id", ""))

    def _content(self, image: ImageSheet) -> bytes:
        """The picture itself: Magento does not download. Raises Rejected."""
        if image.content is not None:
            return image.content
        if not image.url:
            raise Rejected(
                f"The picture '{image.label or image.filename}' has neither content nor address.",
                code="image_needs_url",
                cure="Upload the picture again in the ERP.",
            )
        try:
            answer = self._client.http.request(
                "GET", image.url, headers={"Accept": "image/*"}, route="picture of the ERP"
            )
        except EcomsyncError as error:
            raise _unreachable(image, error.message) from error
        if answer.status != 200 or not answer.body:
            raise _unreachable(image, f"status {answer.status}")
        return answer.body


def _entries(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in record.get("media_gallery_entries") or () if isinstance(row, dict)]


def _unreachable(image: ImageSheet, why: str) -> Rejected:
    return Rejected(
        f"The picture at {image.url} cannot be fetched: {why}",
        code="image_unreachable",
        cure="See that this server can reach the address of the picture, or upload it to the item.",
    )
