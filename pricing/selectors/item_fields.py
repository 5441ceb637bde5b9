"""The fields of an item that criteria may name."""

from __future__ import annotations

from typing import Any

from erp.models import Item


def item_context(item: Item) -> dict[str, Any]:
    """By the names of `sites.criteria.ITEM_FIELDS`."""
    names = ("code", "name1", "name2", "item_type", "active", "sellable", "sales_price", "weight")
    texts = ("description1", "description2", "description3")
    context: dict[str, Any] = {name: getattr(item, name) for name in (*names, *texts)}
    context["group"] = item.item_group.code if item.item_group else ""
    context["brand"] = item.brand.code if item.brand else ""
    return context
