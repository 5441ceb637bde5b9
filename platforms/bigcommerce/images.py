"""Pictures: sent once by their address, one call each, and recognised afterwards by a mark in their description.

BigCommerce downloads a picture during the call and takes the same one again, so the mark of its content is what tells
after a lost answer that it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import NotFound, Rejected
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.mapping_products import dicts
from platforms.bigcommerce.product_plans import Plan
from platforms.types import ImageSheet

LANE = "products"
MAX_ADDRESS = 255
_MARK_LENGTH = 16
_OURS = re.compile(rf"\[[0-9a-z]{{{_MARK_LENGTH}}}\]$")


def image_mark(image: ImageSheet) -> str:
    """The description of a picture: its label, and which content it is."""
    return f"{image.label[:200]} [{image.content_hash[:_MARK_LENGTH]}]".strip()


class ImagePusher:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    def push(self, plan: Plan) -> None:
        """Add what is missing and take away pictures of ours that the sheet has no more. Raises Rejected."""
        images = sorted(plan.sheet.images or (), key=lambda image: (not image.is_main, image.position))
        if plan.is_variant:
            self._push_of_variant(plan, images[:1])
            return
        present = dicts(plan.product.get("images"))
        kept: set[str] = set()
        for position, image in enumerate(images):
            known = _recognised(image, present)
            if not known:
                known = self._add(plan.remote_id, image, position)
                plan.changed = True
            kept.add(known)
            plan.images[image.content_hash] = known
        for row in present:
            if _OURS.search(str(row.get("description", ""))) and str(row.get("id")) not in kept:
                self._remove(plan.remote_id, str(row["id"]))
                plan.changed = True

    def _add(self, product_id: str, image: ImageSheet, position: int) -> str:
        body = {
            "image_url": _address(image),
            "is_thumbnail": position == 0,
            "sort_order": position,
            "description": image_mark(image),
        }
        made = self._client.post(f"v3/catalog/products/{product_id}/images", body, lane=LANE).record()
        return str(made.get("id", ""))

    def _remove(self, product_id: str, image_id: str) -> None:
        try:
            self._client.delete(f"v3/catalog/products/{product_id}/images/{image_id}", lane=LANE)
        except NotFound:
            return  # somebody else was quicker

    def _push_of_variant(self, plan: Plan, images: Sequence[ImageSheet]) -> None:
        """A variant has one picture, of which the store tells nothing but its own address: it is sent once."""
        for image in images:
            mark = f"v{plan.remote_id}"
            if image.remote_id != mark:
                route = f"v3/catalog/products/{plan.parent_id}/variants/{plan.remote_id}/image"
                self._client.post(route, {"image_url": _address(image)}, lane=LANE)
                plan.changed = True
            plan.images[image.content_hash] = mark


def _recognised(image: ImageSheet, present: Sequence[Mapping[str, Any]]) -> str:
    ids = {str(row.get("id")) for row in present}
    if image.remote_id in ids:
        return image.remote_id
    mark = f"[{image.content_hash[:_MARK_LENGTH]}]"
    return next((str(row.get("id")) for row in present if str(row.get("description", "")).endswith(mark)), "")


def _address(image: ImageSheet) -> str:
    if not image.url:
        raise Rejected(
            f"The picture '{image.label or image.filename}' has no public address; BigCommerce downloads pictures itself.",
            code="image_needs_url",
            cure="Publish the picture (set the public media address of this installation), or give it a URL.",
        )
    if len(image.url) > MAX_ADDRESS:
        raise Rejected(
            f"The address of the picture '{image.label or image.filename}' has more than {MAX_ADDRESS} characters.",
            code="image_address_too_long",
            cure="Give the picture a shorter address.",
        )
    return image.url
