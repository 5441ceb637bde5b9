"""'Copy to Ecommerce Item': item fields that go into product fields, transformed as staff wish."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import jmespath
from django.db import models
from jmespath.exceptions import JMESPathError

from catalog.selectors.admission import item_context
from ecomsync.common.errors import ConfigurationError
from erp.models import Item
from sites.choices import ApplyOn, WhenEmpty
from sites.models import CopyToEcommerceItemLine

#: A path may not lead out of the item: these names are followed, nothing that acts.
_RELATIONS = frozenset(
    {"item_group", "brand", "tax_plan", "base_unit", "variant_of", "legal_entity", "branch", "sector"}
)
MAX_DEPTH = 4


@dataclass
class Copied:
    """Target field -> value, for the shop's own language and for others."""

    values: dict[str, Any] = field(default_factory=dict)
    translations: dict[str, dict[str, Any]] = field(default_factory=dict)


def copy_fields(
    item: Item, lines: Iterable[CopyToEcommerceItemLine], *, exists: bool, language: str
) -> Copied:
    """What the lines that apply give for this item. Raises ConfigurationError naming the line."""
    copied = Copied()
    applies = (ApplyOn.BOTH, ApplyOn.UPDATE if exists else ApplyOn.CREATE)
    for line in lines:
        if line.apply_on not in applies:
            continue
        value = _value(item, line)
        if value is None or value == "":
            if line.when_empty == WhenEmpty.SKIP:
                continue
            value = line.default_value if line.when_empty == WhenEmpty.DEFAULT else ""
        if line.language and line.language != language:
            copied.translations.setdefault(line.language, {})[line.target_field] = value
        else:
            copied.values[line.target_field] = value
    return copied


def read_path(item: Item, path: str) -> Any:
    """The value at a path such as `name2`, `brand.name1` or `attributes.Color`. Raises LookupError."""
    head, _dot, rest = path.partition(".")
    if head == "attributes":
        wanted = rest.casefold()
        return next(
            (row.value for row in item.attribute_values.all() if row.attribute.casefold() == wanted), ""
        )
    if head == "barcode":
        return next((row.barcode for row in item.barcodes.all() if row.active), "")
    return _follow(item, path.split("."))


def _follow(row: models.Model | None, steps: list[str]) -> Any:
    if len(steps) > MAX_DEPTH:
        raise LookupError("the path is too long")
    for step in steps[:-1]:
        if row is None:
            return ""
        if step not in _RELATIONS:
            raise LookupError(f"'{step}' cannot be followed")
        row = getattr(row, step, None)
    if row is None:
        return ""
    names = {column.name for column in row._meta.concrete_fields if not column.is_relation}
    if steps[-1] not in names:
        raise LookupError(f"there is no field '{steps[-1]}'")
    return getattr(row, steps[-1])


def _value(item: Item, line: CopyToEcommerceItemLine) -> Any:
    try:
        value = plain(read_path(item, line.item_field))
        if not line.transform:
            return value
        context = {name: plain(entry) for name, entry in item_context(item).items()}
        return jmespath.search(line.transform, {"value": value, "item": context})
    except (LookupError, JMESPathError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"Item {item.code}: the line '{line}' cannot be used: {error}.",
            code="bad_copy_line",
            item=item.code,
            cure="Correct the item field or the transform in 'Copy to Ecommerce Item' of the site.",
        ) from error


def plain(value: Any) -> Any:
    """Decimals as short text, so that 1.500000 and 1.5 are the same everywhere."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
