"""Pictures of an item for a shop, each with a fingerprint so that it is uploaded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import urljoin

from django.conf import settings
from django.db.models.fields.files import FieldFile

from catalog.models import GalleryLine, ProductConfig
from erp.models import Item
from platforms.types import ImageSheet


def images_of(
    item: Item, config: ProductConfig | None, known: dict[tuple[str, str], str], sku: str
) -> tuple[ImageSheet, ...]:
    """The gallery of the settings, else the pictures of the item; the first is the main one."""
    gallery = [line for line in config.gallery_lines.all() if not line.disabled] if config is not None else []
    rows = [*_from_gallery(gallery)] if gallery else [*_from_item(item)]
    has_main = any(row.is_main for row in rows)
    return tuple(
        ImageSheet(
            url=row.url,
            content_hash=row.content_hash,
            label=row.label,
            position=number,
            remote_id=known.get((sku, row.content_hash), ""),
            is_main=row.is_main or (not has_main and number == 0),
            filename=row.filename,
        )
        for number, row in enumerate(rows)
    )


def fingerprint_of(file: FieldFile | None, url: str) -> str:
    """Stored files get a new name with each upload, so the name stands for the content; an address for what it shows."""
    source = f"file:{file.name}" if file else f"url:{url}"
    return hashlib.sha256(source.encode()).hexdigest()


def _from_gallery(lines: Iterable[GalleryLine]) -> Iterable[ImageSheet]:
    for line in sorted(lines, key=lambda line: (line.position, line.line_no, line.pk)):
        yield _sheet(line.file, line.url, line.label2 or line.label1, is_main="main" in line.roles.lower())


def _from_item(item: Item) -> Iterable[ImageSheet]:
    for image in item.images.all():
        yield _sheet(image.file, image.url, image.alt, is_main=False)


def _sheet(file: FieldFile, url: str, label: str, *, is_main: bool) -> ImageSheet:
    address = urljoin(settings.BASE_URL + "/", file.url) if file else url
    return ImageSheet(
        url=address,
        content_hash=fingerprint_of(file or None, url),
        label=label,
        is_main=is_main,
        filename=(file.name or "").rpartition("/")[2] if file else url.rpartition("/")[2][:100],
    )
