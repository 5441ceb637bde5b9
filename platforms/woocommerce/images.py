"""Pictures: sent once by address, afterwards by the id that the shop's media library gave them.

WordPress downloads a picture during the call and makes a new media entry every time an address is sent, so a picture
carries a mark of its content in its title: after a lost answer it is recognised and not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.types import ImageSheet

_MARK_LENGTH = 16


def image_mark(image: ImageSheet) -> str:
    """The title of the media entry: readable, and telling which content it is."""
    stem = (image.filename.rpartition(".")[0] or image.filename or image.label or "image")[:60]
    return f"{stem} [{image.content_hash[:_MARK_LENGTH]}]"


def ordered(images: Sequence[ImageSheet]) -> list[ImageSheet]:
    """The main picture first, then by position; the first is what the shop shows."""
    return sorted(images, key=lambda image: (not image.is_main, image.position))


def image_rows(images: Sequence[ImageSheet], present: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The `images` member. present: the pictures the shop has on the product now. Raises Rejected."""
    return [_image_row(image, present) for image in ordered(images)]


def _image_row(image: ImageSheet, present: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = image.remote_id or _recognised(image, present)
    row: dict[str, Any] = {"id": int(known)} if known.isdigit() else {}
    if not row:
        if not image.url:
            raise Rejected(
                f"The picture '{image.label or image.filename}' has no public address; WooCommerce downloads pictures itself.",
                code="image_needs_url",
                cure="Publish the picture (set the public media address of this installation), or give it a URL.",
            )
        row = {"src": image.url, "name": image_mark(image)}
    if image.label:
        row["alt"] = image.label
    return row


def _recognised(image: ImageSheet, present: Sequence[Mapping[str, Any]]) -> str:
    if not image.content_hash:
        return ""
    mark = f"[{image.content_hash[:_MARK_LENGTH]}]"
    return next((str(row.get("id", "")) for row in present if str(row.get("name", "")).endswith(mark)), "")


def needs_upload(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the shop has to download any of them."""
    return any("src" in row for row in rows)


def uploaded(images: Sequence[ImageSheet], answer: Mapping[str, Any]) -> dict[str, str]:
    """content hash -> media id, from the shop's answer, which keeps the order of what was sent."""
    found = answer.get("images")
    if found is None and answer.get("image"):
        found = [answer["image"]]
    rows = [row for row in found or () if isinstance(row, Mapping) and row.get("id")]
    if len(rows) != len(images):
        return {
            image.content_hash: known
            for image in images
            if (known := image.remote_id or _recognised(image, rows))
        }
    return {image.content_hash: str(row["id"]) for image, row in zip(ordered(images), rows, strict=True)}
