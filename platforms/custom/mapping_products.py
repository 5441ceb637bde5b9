"""Products and categories of a custom shop, by the field maps of the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.custom.expressions import Scope
from platforms.custom.records import Record
from platforms.custom.settings import CustomSettings
from platforms.custom.templates import as_text
from platforms.types import RemoteCategory, RemoteProduct


def product_of(row: Mapping[str, Any], settings: CustomSettings, scope: Scope) -> RemoteProduct:
    """Raises InvalidPayload."""
    record = Record("product", row, settings.maps.get("product", {}), scope)
    parent = record.text("parent_remote_id")
    return RemoteProduct(
        remote_id=as_text(record.needed("remote_id")),
        sku=record.text("sku"),
        name=record.text("name"),
        kind=record.text("kind") or ("variant" if parent else "simple"),
        is_sellable=record.flag("is_sellable", True),
        parent_remote_id=parent,
        inventory_id=record.text("inventory_id"),
        barcode=record.text("barcode"),
        price=record.number("price"),
        special_price=record.number("special_price"),
        quantity=record.number("quantity"),
        manages_stock=record.flag("manages_stock", True),
        active=record.flag("active", True),
        updated_at=record.moment("updated_at"),
        raw=row,
    )


def category_of(row: Mapping[str, Any], settings: CustomSettings, scope: Scope) -> RemoteCategory:
    """Raises InvalidPayload."""
    record = Record("category", row, settings.maps.get("category", {}), scope)
    return RemoteCategory(
        remote_id=as_text(record.needed("remote_id")),
        name=record.text("name"),
        parent_remote_id=record.text("parent_remote_id"),
        description=record.text("description"),
        position=int(record.amount("position")),
    )
