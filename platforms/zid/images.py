"""Pictures: uploaded once, one call each, and recognised afterwards by a mark in their alternative text."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import NotFound, Rejected
from platforms.types import ImageSheet
from platforms.zid.client import ZidClient
from platforms.zid.mapping_products import dicts
from platforms.zid.product_plans import Plan

LANE = "products"
_MARK_LENGTH = 16
_OURS = re.compile(rf"\[[0-9a-z]{{{_MARK_LENGTH}}}\]$")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
)
MAX_BYTES = 10 * 1024 * 1024


def image_mark(image: ImageSheet) -> str:
    """The alternative text of a picture: its label, and which content it is."""
    return f"{image.label[:150]} [{image.content_hash[:_MARK_LENGTH]}]".strip()


class ImagePusher:
    def __init__(self, client: ZidClient) -> None:
        self._client = client

    def push(self, plan: Plan) -> None:
        """Add what is missing and take away pictures of ours that the sheet has no more. Raises Rejected."""
        images = sorted(plan.sheet.images or (), key=lambda image: (not image.is_main, image.position))
        present = dicts(plan.record.get("images"))
        kept: set[str] = set()
        for image in images:
            known = _recognised(image, present)
            if not known:
                known = self._add(plan.remote_id, image)
                plan.changed = True
            kept.add(known)
            plan.images[image.content_hash] = known
        for row in present:
            if _OURS.search(str(row.get("alt_text") or "")) and str(row.get("id")) not in kept:
                self._remove(plan.remote_id, str(row["id"]))
                plan.changed = True

    def _add(self, product_id: str, image: ImageSheet) -> str:
        content = image.content if image.content is not None else self._download(image)
        kind, ending = _kind_of(content, image)
        boundary = uuid.uuid4().hex
        data = _multipart(boundary, image, content, kind, ending)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        route = f"/v1/products/{product_id}/images/"
        made = self._client.call("POST", route, data=data, headers=headers, lane=LANE).record()
        return str(made.get("id", ""))

    def _download(self, image: ImageSheet) -> bytes:
        """Zid takes files and no addresses."""
        if not image.url:
            raise Rejected(
                f"The picture '{image.label or image.filename}' has neither a file nor an address.",
                code="image_empty",
                cure="Give the picture a file or a URL.",
            )
        answer = self._client.http.request("GET", image.url, headers={"Accept": "image/*"}, route="picture")
        if answer.status != 200 or not answer.body or len(answer.body) > MAX_BYTES:
            raise Rejected(
                f"The picture '{image.label or image.filename}' cannot be read from its address (status {answer.status}).",
                code="image_unreachable",
                cure="Open the address of the picture in a browser, and correct it where it shows none.",
            )
        return answer.body

    def _remove(self, product_id: str, image_id: str) -> None:
        try:
            self._client.delete(f"/v1/products/{product_id}/images/{image_id}/", lane=LANE)
        except NotFound:
            return  # somebody else was quicker


def _recognised(image: ImageSheet, present: Sequence[Mapping[str, Any]]) -> str:
    ids = {str(row.get("id")) for row in present}
    if image.remote_id in ids:
        return image.remote_id
    mark = f"[{image.content_hash[:_MARK_LENGTH]}]"
    return next((str(row.get("id")) for row in present if str(row.get("alt_text") or "").endswith(mark)), "")


def _kind_of(content: bytes, image: ImageSheet) -> tuple[str, str]:
    for begin, kind, ending in _SIGNATURES:
        if content.startswith(begin):
            return kind, ending
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp", "webp"
    raise Rejected(
        f"'{image.label or image.filename}' is no picture that Zid takes (JPEG, PNG, GIF or WebP).",
        code="image_type",
        cure="Save the picture in one of these formats.",
    )


def _multipart(boundary: str, image: ImageSheet, content: bytes, kind: str, ending: str) -> bytes:
    name = f"{image.content_hash[:_MARK_LENGTH] or 'picture'}.{ending}"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="alt_text"\r\n\r\n{image_mark(image)}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
