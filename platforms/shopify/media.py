"""Pictures of products: which are sent, which are kept, and under which id each is known afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.ids import kind_of, number_of
from platforms.shopify.uploads import mime_of, upload
from platforms.types import ImageSheet

LANE = "products"


def media_ids(record: Mapping[str, Any]) -> list[str]:
    """The addresses of a product's media, in their order."""
    return [str(row["id"]) for row in nodes_of(record.get("media")) if row.get("id")]


def files_input(
    client: ShopifyClient, images: Sequence[ImageSheet], record: Mapping[str, Any], *, keep_foreign: bool
) -> list[dict[str, Any]] | None:
    """The whole list of files for `productSet`, which deletes what it does not name; None where nothing changes.

    keep_foreign: pictures that the shop's staff added, and videos, stay behind ours.
    """
    present = media_ids(record)
    known = {number_of(address): address for address in present}
    ordered = sorted(images, key=lambda image: (not image.is_main, image.position))
    files: list[dict[str, Any]] = []
    for image in ordered:
        address = known.get(number_of(image.remote_id)) if image.remote_id else None
        files.append({"id": address} if address else new_file(client, image))
    named = {entry["id"] for entry in files if "id" in entry}
    foreign = [
        address
        for address in present
        if address not in named and (keep_foreign or kind_of(address) != "MediaImage")
    ]
    files += [{"id": address} for address in foreign]
    return None if [entry.get("id") for entry in files] == present else files


def new_file(client: ShopifyClient, image: ImageSheet) -> dict[str, Any]:
    """A picture that Shopify fetches by its address; one without a public address is uploaded first (two calls)."""
    source = image.url
    if image.content is not None and not source.startswith("https://"):
        name = image.filename or f"{image.content_hash[:16]}.jpg"
        source = upload(
            client,
            resource="IMAGE",
            filename=name,
            mime_type=mime_of(name),
            content=image.content,
            lane=LANE,
        ).resource_url
    if not source.startswith(("https://", "http://")):
        raise Rejected(
            f"The picture '{image.url or image.filename}' has no public address.",
            code="picture_not_public",
            cure="Give the picture a public https address, or keep its file in the ERP.",
        )
    return {"originalSource": source, "alt": image.label, "contentType": "IMAGE"}


def known_afterwards(
    images: Sequence[ImageSheet], before: Sequence[str], answer: Mapping[str, Any]
) -> dict[str, str]:
    """content hash -> id in the shop. New media stand in the answer in the order in which they were sent."""
    ordered = sorted(images, key=lambda image: (not image.is_main, image.position))
    numbers = {number_of(address) for address in before}
    fresh = iter([number_of(address) for address in media_ids(answer) if number_of(address) not in numbers])
    found: dict[str, str] = {}
    for image in ordered:
        if image.remote_id and number_of(image.remote_id) in numbers:
            found[image.content_hash] = number_of(image.remote_id)
        elif (number := next(fresh, "")) != "":
            found[image.content_hash] = number
    return found


def variant_file(
    client: ShopifyClient, images: Sequence[ImageSheet], record: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The one picture of a variant; None when it is known to the shop already."""
    if not images:
        return None
    first = min(images, key=lambda image: (not image.is_main, image.position))
    known = {number_of(address) for address in media_ids(record)}
    if first.remote_id and number_of(first.remote_id) in known:
        return None
    return new_file(client, first)
