"""In which categories of the shop an item belongs: by hand, and by the rules of the categories."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from catalog.models import CategoryConfig, CategoryConfigLine, ProductConfig
from catalog.selectors.admission import item_context
from catalog.sheets.sources import Sources
from ecomsync.common.conditions import parse
from ecomsync.common.errors import ConfigurationError
from erp.models import Item
from sites.criteria import ITEM_FIELDS


def categories_of(item: Item, config: ProductConfig | None, sources: Sources) -> list[CategoryConfig]:
    """The main category first, then by position; each once."""
    ranked: dict[int, tuple[bool, int, CategoryConfig]] = {}
    if config is not None:
        for line in config.category_lines.all():
            if line.category.active:
                ranked[line.category_id] = (not line.is_main, line.position, line.category)
    for category in sources.categories:
        rule = next(
            (line for line in category.lines.all() if line.active and admits(line, item, sources)), None
        )
        if rule is not None:
            ranked.setdefault(category.pk, (not rule.is_main, rule.position, category))
    return [
        category
        for _main, _position, category in sorted(ranked.values(), key=lambda row: (row[0], row[1], row[2].pk))
    ]


def admits(line: CategoryConfigLine, item: Item, sources: Sources) -> bool:
    """Whether everything that the rule names holds for the item. Raises ConfigurationError for a bad expression."""
    if line.item_group_id is not None:
        groups = sources.groups_under(line.item_group_id) if line.include_subgroups else {line.item_group_id}
        if item.item_group_id not in groups:
            return False
    if line.attribute and not _has_attribute(line, item):
        return False
    if not line.criteria.strip():
        return True
    try:
        return parse(line.criteria, ITEM_FIELDS).matches(item_context(item))
    except ValidationError as error:
        raise ConfigurationError(
            f"A criterion of category line {line.pk} cannot be read: {' '.join(error.messages)}",
            code="bad_criteria",
            cure="Correct the criteria in the details of the category.",
        ) from error


def _has_attribute(line: CategoryConfigLine, item: Item) -> bool:
    name, value = line.attribute.casefold(), line.value.casefold()
    return any(
        entry.attribute.casefold() == name
        and (not value or value in (entry.value.casefold(), entry.value_ar.casefold()))
        for entry in item.attribute_values.all()
    )
