"""Which items a site wants, by its criteria, and why one is in or out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from ecomsync.common.conditions import Condition
from ecomsync.common.errors import ConfigurationError
from erp.models import Item
from sites.criteria import ITEM_FIELDS, QTY_FIELDS, criteria_condition
from sites.models import Site


def item_context(item: Item) -> dict[str, Any]:
    """The fields of an item that criteria may name."""
    plain = ("code", "name1", "name2", "item_type", "active", "sellable", "sales_price", "weight")
    texts = ("description1", "description2", "description3")
    context: dict[str, Any] = {name: getattr(item, name) for name in (*plain, *texts)}
    context["group"] = item.item_group.code if item.item_group else ""
    context["brand"] = item.brand.code if item.brand else ""
    return context


def load_items(item_ids: Collection[int]) -> dict[int, Item]:
    """Items with what criteria look at, in one statement."""
    rows = Item.objects.filter(pk__in=item_ids).select_related("item_group", "brand")
    return {item.pk: item for item in rows}


def item_condition(site: Site) -> Condition:
    """'Update Item For' as one condition. Raises ConfigurationError when a row cannot be read."""
    return _condition(site, site.update_item_for.all(), ITEM_FIELDS)


def quantity_condition(site: Site) -> Condition:
    """'Update Qty For' as one condition. Raises ConfigurationError when a row cannot be read."""
    return _condition(site, site.update_qty_for.all(), QTY_FIELDS)


def admitted(
    condition: Condition, items: Iterable[Item], *, extra: Mapping[str, Any] | None = None
) -> set[int]:
    """The ids of the items that the condition lets in."""
    more = dict(extra or {})
    return {item.pk for item in items if condition.matches({**item_context(item), **more})}


def explain_item(condition: Condition, item: Item) -> list[tuple[str, bool]]:
    """Each test with its outcome for this item."""
    return condition.explain(item_context(item))


def _condition(site: Site, rows: Iterable[Any], fields: Mapping[str, Any]) -> Condition:
    try:
        return criteria_condition(rows, fields)
    except ValidationError as error:
        raise ConfigurationError(
            f"A criterion of site {site.code} cannot be read: {' '.join(error.messages)}",
            code="bad_criteria",
            site=site.code,
            cure="Correct the row in 'Update Item For' or 'Update Qty For' of the site.",
        ) from error
