"""Pictures: sent once as content and then known by the path that the shop gave them.

Sending one again makes a copy, so its name bears a mark of its content: after a lost answer it is recognised.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento1.client import MagentoClient
from platforms.types import ImageSheet

LANE = "products"
MAX_BYTES = 8 * 2**20
_MARK_LENGTH = 12
_OURS = re.compile(r"_[0-9a-f]{12}(?:_\d+)?\.[a-z]+$")
_ROLES = ["image", "small_image", "thumbnail"]
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


class ImagePusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client

    def push(self, remote_id: str, images: Sequence[ImageSheet]) -> tuple[dict[str, str], bool]:
        """Bring a product's pictures in: ({content hash: path}, whether anything was written). Raises.

        One call to look, one per picture that is new, changed or wanted no more. Pictures of the shop's staff stay.
        """
        present = {
            str(row.get("file") or ""): row
            for row in self._client.rows("product_media.list", remote_id, None, "id", lane=LANE)
        }
        kept: dict[str, str] = {}
        changed = False
        for position, image in enumerate(ordered(images), 1):
            path = known_path(image, present)
            if path:
                changed |= self._arrange(remote_id, path, present[path], image, position)
            else:
                path = self._create(remote_id, image, position)
                changed = True
            kept[image.content_hash] = path
        for path in present:
            if _OURS.search(path) and path not in kept.values():
                self._client.call("product_media.remove", remote_id, path, "id", lane=LANE)
                changed = True
        return kept, changed

    def _create(self, remote_id: str, image: ImageSheet, position: int) -> str:
        content = image.content if image.content is not None else self._download(image)
        file = {
            "content": base64.b64encode(content).decode(),
            "mime": _mime(content, image),
            "name": file_name(image),
        }
        data = {
            "file": file,
            "label": image.label,
            "position": position,
            "types": _ROLES if position == 1 else [],
            "exclude": 0,
        }
        return str(self._client.call("product_media.create", remote_id, data, None, "id", lane=LANE))

    def _arrange(
        self, remote_id: str, path: str, row: Mapping[str, Any], image: ImageSheet, position: int
    ) -> bool:
        """Set label, place and roles where they differ. Whether they did."""
        roles = _ROLES if position == 1 else []
        same = str(row.get("position") or "0") == str(position) and str(row.get("label") or "") == image.label
        if same and sorted(row.get("types") or []) == sorted(roles):
            return False
        data = {"label": image.label, "position": position, "types": roles, "exclude": 0}
        self._client.call("product_media.update", remote_id, path, data, None, "id", lane=LANE)
        return True

    def _download(self, image: ImageSheet) -> bytes:
        if not image.url:
            raise Rejected(
                f"The picture '{image.label or image.filename}' has neither content nor an address.",
                code="image_needs_url",
                cure="Upload the picture again, or give it an address.",
                platform="magento1",
            )
        answer = self._client.fetch(image.url, lane=LANE)
        if answer.status != 200 or not answer.body or len(answer.body) > MAX_BYTES:
            raise Rejected(
                f"The picture '{image.label or image.filename}' cannot be fetched from its address (status {answer.status}).",
                code="image_needs_url",
                cure="See that the address answers with a picture of at most 8 MB.",
                platform="magento1",
            )
        return answer.body


def ordered(images: Sequence[ImageSheet]) -> list[ImageSheet]:
    """The main picture first, then by position; the first takes all roles."""
    return sorted(images, key=lambda image: (not image.is_main, image.position))


def file_name(image: ImageSheet) -> str:
    """The name without its ending; it keeps letters and digits and ends with the mark of the content."""
    stem = (image.filename.rpartition(".")[0] or image.filename or "image").lower()
    stem = re.sub(r"[^a-z0-9]+", "_", stem).strip("_")[:40] or "image"
    return f"{stem}_{image.content_hash[:_MARK_LENGTH]}".rstrip("_")


def known_path(image: ImageSheet, present: Mapping[str, Any]) -> str:
    """The path under which the shop has this picture already, or ""."""
    if image.remote_id in present:
        return image.remote_id
    mark = image.content_hash[:_MARK_LENGTH].lower()
    if len(mark) < _MARK_LENGTH:
        return ""
    pattern = re.compile(rf"_{re.escape(mark)}(?:_\d+)?\.[a-z]+$")
    return next((path for path in present if pattern.search(path)), "")


def _mime(content: bytes, image: ImageSheet) -> str:
    for signature, mime in _KINDS:
        if content.startswith(signature):
            return mime
    raise Rejected(
        f"The picture '{image.label or image.filename}' is neither JPEG, PNG, GIF nor WebP.",
        code="image_refused",
        cure="Convert the picture.",
        platform="magento1",
    )
