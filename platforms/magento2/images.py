"""Pictures: sent inside a save of the product, so that any SKU works, and recognised by the mark in their file name.

Magento adds another copy each time the same picture is sent, and a save deletes what its list leaves out. So the
present entries are sent along by their ids; pictures that staff uploaded by hand stay, ours that are no longer wanted go.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento2.mapping_products import slug
from platforms.types import ImageSheet

MARK_LENGTH = 16
#: Characters of base64 in one call, below what PHP takes by default (8 MB).
MAX_CONTENT = 4_000_000
MAIN_TYPES = ["image", "small_image", "thumbnail"]
_MARK = re.compile(r"-([0-9a-f]{16})(?:_\d+)*\.[a-z]+$")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
)


def mark_in(entry: Mapping[str, Any]) -> str:
    """The mark of our content in the name of a stored file, or ""."""
    found = _MARK.search(str(entry.get("file") or ""))
    return found.group(1) if found else ""


def ordered(images: Sequence[ImageSheet]) -> list[ImageSheet]:
    """The main picture first, then by position."""
    return sorted(images, key=lambda image: (not image.is_main, image.position))


def known_entry(image: ImageSheet, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The entry of the product that shows this picture already."""
    mark = image_mark(image)
    for entry in entries:
        same_id = bool(image.remote_id) and str(entry.get("id", "")) == image.remote_id
        if same_id or (mark and mark_in(entry) == mark):
            return entry
    return None


def image_mark(image: ImageSheet) -> str:
    digest = image.content_hash.lower()
    return digest[:MARK_LENGTH] if re.fullmatch(r"[0-9a-f]{16,}", digest) else ""


def gallery(
    images: Sequence[ImageSheet], entries: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[ImageSheet]]:
    """The entries that stay, as they are to be sent, and the pictures that the shop lacks."""
    kept: list[dict[str, Any]] = []
    missing: list[ImageSheet] = []
    wanted = ordered(images)
    ours: dict[str, int] = {}
    for n, image in enumerate(wanted):
        entry = known_entry(image, entries)
        if entry is None:
            missing.append(image)
        else:
            ours[str(entry.get("id"))] = n
    for entry in entries:
        identity = str(entry.get("id", ""))
        if identity in ours:
            place = ours[identity]
            kept.append(_kept(entry, wanted[place], place))
        elif not mark_in(entry):
            kept.append(_kept(entry, None, 0, demoted=bool(wanted)))
    return kept, missing


def _kept(
    entry: Mapping[str, Any], image: ImageSheet | None, place: int, *, demoted: bool = False
) -> dict[str, Any]:
    row = {
        name: entry[name]
        for name in ("id", "media_type", "label", "position", "disabled", "types", "file")
        if name in entry
    }
    if image is not None:
        row["position"] = place + 1
        row["types"] = list(MAIN_TYPES) if place == 0 else _others(entry)
        if image.label:
            row["label"] = image.label
    elif demoted:
        row["types"] = _others(entry)
    return row


def _others(entry: Mapping[str, Any]) -> list[str]:
    return [kind for kind in entry.get("types") or () if kind not in MAIN_TYPES]


def new_entry(image: ImageSheet, content: bytes, place: int) -> dict[str, Any]:
    """An entry with its content. Raises Rejected for what Magento does not take as a picture."""
    kind, ending = _kind(image, content)
    stem = slug(
        (image.filename or image.label or "image").rpartition(".")[0] or image.filename or image.label
    )
    mark = image_mark(image)
    name = "-".join(part for part in (stem[:60] or "image", mark) if part)
    return {
        "media_type": "image",
        "label": image.label,
        "position": place + 1,
        "disabled": False,
        "types": list(MAIN_TYPES) if place == 0 else [],
        "content": {
            "base64_encoded_data": base64.b64encode(content).decode(),
            "type": kind,
            "name": f"{name}.{ending}",
        },
    }


def _kind(image: ImageSheet, content: bytes) -> tuple[str, str]:
    for start, kind, ending in _SIGNATURES:
        if content.startswith(start):
            return kind, ending
    raise Rejected(
        f"The picture '{image.label or image.filename or image.url}' is no JPEG, PNG or GIF.",
        code="image_type",
        cure="Save the picture as JPEG or PNG; Magento takes no other kinds.",
    )


def same_gallery(kept: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether sending the kept entries would change anything."""
    if len(kept) != len(entries):
        return False
    present = {str(entry.get("id", "")): entry for entry in entries}
    for row in kept:
        entry = present.get(str(row.get("id", "")), {})
        if set(row.get("types") or ()) != set(entry.get("types") or ()):
            return False
        if (row.get("label") or "") != (entry.get("label") or ""):
            return False
        if row.get("position") != entry.get("position"):
            return False
    return True
