"""`catalog_product_attribute_media.*`: each picture sent is one more file."""

import base64
import binascii
import re
from typing import Any

from sandbox.magento1.calls import Call, flag
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Image, Json, Product
from sandbox.magento1.state import php_int

RESOURCE = "catalog_product_attribute_media"
_TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")


def _product(call: Call, given: Any, identifier: Any) -> Product:
    return call.store.catalogue_product(given, identifier, RESOURCE, 101)


def items(call: Call, given: Any, view: Any = None, identifier: Any = None) -> list[Json]:
    call.store.store_id(view, RESOURCE)
    return [_shown(image) for image in _product(call, given, identifier).images]


def _shown(image: Image) -> Json:
    return {
        "file": image.file,
        "label": image.label,
        "position": str(image.position),
        "exclude": "1" if image.exclude else "0",
        "url": f"/media/catalog/product{image.file}",
        "types": list(image.types),
    }


def info(call: Call, given: Any, file: Any, view: Any = None, identifier: Any = None) -> Json:
    return _shown(_image(_product(call, given, identifier), file))


def _image(product: Product, file: Any) -> Image:
    for image in product.images:
        if image.file == file:
            return image
    raise fault(RESOURCE, 103)


def create(call: Call, given: Any, data: Any, view: Any = None, identifier: Any = None) -> str:
    product = _product(call, given, identifier)
    data = data if isinstance(data, dict) else {}
    file = data.get("file")
    if not isinstance(file, dict) or not file.get("mime") or not file.get("content"):
        raise fault(RESOURCE, 102, "The image is not specified.")
    if file["mime"] not in _TYPES:
        raise fault(RESOURCE, 102, "Invalid image type.")
    try:
        content = base64.b64decode(str(file["content"]), validate=True)
    except (binascii.Error, ValueError) as err:
        raise fault(RESOURCE, 102, "The image contents is not valid base64 data.") from err
    if not content.startswith(_SIGNATURES):
        raise fault(RESOURCE, 104, "Unsupported image format.")
    image = Image(_path(call, str(file.get("name") or "image"), _TYPES[file["mime"]]), content)
    product.images.append(image)
    _change(product, image, data)
    product.updated = call.store.clock.now()
    return image.file


def _path(call: Call, name: str, ending: str) -> str:
    """`/s/h/shirt.jpg`; a name already there gets a number."""
    stem = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_") or "image"
    taken = {image.file for product in call.store.products.values() for image in product.images}
    folder = f"/{stem[0]}/{stem[1] if len(stem) > 1 else '_'}"
    file, number = f"{folder}/{stem}.{ending}", 0
    while file in taken:
        number += 1
        file = f"{folder}/{stem}_{number}.{ending}"
    return file


def _change(product: Product, image: Image, data: Json) -> None:
    if data.get("label") is not None:
        image.label = str(data["label"])
    if data.get("position") is not None:
        image.position = php_int(str(data["position"]))
    if data.get("exclude") is not None:
        image.exclude = flag(data["exclude"])
    if isinstance(data.get("types"), list):
        for other in product.images:
            other.types = [kind for kind in other.types if kind not in data["types"]]
        image.types = [str(kind) for kind in data["types"]]


def update(call: Call, given: Any, file: Any, data: Any, view: Any = None, identifier: Any = None) -> bool:
    product = _product(call, given, identifier)
    image = _image(product, file)
    data = data if isinstance(data, dict) else {}
    if isinstance(data.get("file"), dict) and data["file"].get("content"):
        image.content = base64.b64decode(str(data["file"]["content"]))
    _change(product, image, data)
    product.updated = call.store.clock.now()
    return True


def remove(call: Call, given: Any, file: Any, identifier: Any = None) -> bool:
    product = _product(call, given, identifier)
    product.images.remove(_image(product, file))
    product.updated = call.store.clock.now()
    return True
