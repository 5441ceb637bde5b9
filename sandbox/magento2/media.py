"""Images of products. The same picture sent again is another copy."""

import base64
import binascii
import hashlib
import re

from sandbox.magento2.call import Call, as_bool, as_int
from sandbox.magento2.errors import MageError, no_product, required
from sandbox.magento2.product_json import entry_json
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, MediaEntry, Product
from sandbox.magento2.state import Store

_KINDS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "image/gif": b"GIF8"}


def add_entry(store: Store, product: Product, entry: Json) -> MediaEntry:
    """Stores the picture of an entry and returns the row."""
    content = entry.get("content")
    if not isinstance(content, dict):
        raise MageError("The image content is invalid. Verify the content and try again.")
    raw = _picture(content)
    name = _file(store, str(content.get("name") or "image.jpg"))
    row = MediaEntry(
        store.next_id("media"),
        name,
        entry.get("label"),
        as_int(entry.get("position") or len(product.media) + 1),
        as_bool(entry.get("disabled", False)),
        [str(t) for t in entry.get("types") or []],
        len(raw),
        hashlib.sha256(raw).hexdigest(),
        str(entry.get("media_type") or "image"),
    )
    _take_roles(product, row)
    product.media.append(row)
    return row


def _picture(content: Json) -> bytes:
    try:
        raw = base64.b64decode(str(content.get("base64_encoded_data", "")), validate=True)
    except (binascii.Error, ValueError) as err:
        raise MageError("The image content must be valid base64 encoded data.") from err
    kind = str(content.get("type", ""))
    if not raw or kind not in _KINDS or not raw.startswith(_KINDS[kind]):
        raise MageError("The image MIME type is not valid or not supported.")
    if re.search(r"[\\/?*:\";<>()|{}]", str(content.get("name", ""))):
        raise MageError("Provided image name contains forbidden characters.")
    return raw


def _file(store: Store, name: str) -> str:
    """`/x/_/x_1.jpg`: names are made unique, never reused."""
    stem, _, ending = name.rpartition(".")
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", stem or ending).lower()
    folder = f"/{stem[:1] or '_'}/{stem[1:2] or '_'}/"
    file, number = f"{folder}{stem}.{ending}", 0
    while file in store.files:
        number += 1
        file = f"{folder}{stem}_{number}.{ending}"
    store.files.add(file)
    return file


def _take_roles(product: Product, row: MediaEntry) -> None:
    for other in product.media:
        if other is not row:
            other.types = [t for t in other.types if t not in row.types]


def keep_entries(product: Product, ids: list[int]) -> None:
    """What a product's save does not name is deleted."""
    product.media = [entry for entry in product.media if entry.id in ids]


def _product(call: Call) -> Product:
    found = call.store.by_sku(call.args["sku"])
    if found is None:
        raise no_product()
    return found


def _entry(call: Call) -> MediaEntry:
    number = call.args["entryId"]
    found = next((e for e in _product(call).media if str(e.id) == number), None)
    if found is None:
        raise MageError("No image with the provided ID was found. Verify the ID and try again.", status=404)
    return found


def list_entries(call: Call) -> list[Json]:
    return [entry_json(entry) for entry in _product(call).media]


def get_entry(call: Call) -> Json:
    return entry_json(_entry(call))


def create(call: Call) -> str:
    return str(add_entry(call.store, _product(call), call.object("entry")).id)


def update(call: Call) -> bool:
    entry, body = _entry(call), call.object("entry")
    if not body.get("id"):
        raise required("id")
    if "label" in body:
        entry.label = body["label"]
    if "position" in body:
        entry.position = as_int(body["position"])
    if "disabled" in body:
        entry.disabled = as_bool(body["disabled"])
    if "types" in body:
        entry.types = [str(t) for t in body["types"] or []]
        _take_roles(_product(call), entry)
    return True


def delete(call: Call) -> bool:
    entry = _entry(call)
    _product(call).media.remove(entry)
    return True


_ACL = "Magento_Catalog::products"
LINES: list[Line] = [
    ("GET", "/V1/products/:sku/media", list_entries, _ACL),
    ("POST", "/V1/products/:sku/media", create, _ACL),
    ("GET", "/V1/products/:sku/media/:entryId", get_entry, _ACL),
    ("PUT", "/V1/products/:sku/media/:entryId", update, _ACL),
    ("DELETE", "/V1/products/:sku/media/:entryId", delete, _ACL),
]
