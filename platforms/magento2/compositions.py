"""Bundles and grouped products: what a save says of their parts. Pure functions.

A bundle has one option per part: with a single choice that is chosen already, or, where the buyer may leave the part out,
a box to tick. Both lists of a save replace the shop's own, so what the shop knows is named by its ids, and links of other
kinds (related, up-sell, cross-sell) go along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from platforms.magento2.mapping_prices import attributes_of, read_amount
from platforms.magento2.wire_numbers import json_number
from platforms.types import ComponentSheet, ProductSheet

#: What a sheet of each kind is in Magento.
TYPES: Mapping[str, str] = {
    "variable": "configurable",
    "variant": "simple",
    "simple": "simple",
    "bundle": "bundle",
    "grouped": "grouped",
}
COMPOSED = frozenset({"bundle", "grouped"})
#: What may be part of a bundle or member of a group; downloads of a group only.
PART_TYPES = frozenset({"simple", "virtual"})
MEMBER_TYPES = PART_TYPES | {"downloadable"}
DYNAMIC, FIXED = "0", "1"
_ASSOCIATED = "associated"


def is_dynamic(record: Mapping[str, Any]) -> bool:
    """Whether a bundle of the shop costs what its parts cost; such a one has no price of its own."""
    return str(attributes_of(record).get("price_type") or DYNAMIC) == DYNAMIC


def creation_attributes(sheet: ProductSheet, *, dynamic: bool) -> dict[str, str]:
    """Custom attributes of a new bundle: its price and weight are its own or its parts', its SKU stays whole in orders, and
    it ships together."""
    return {
        "price_type": DYNAMIC if dynamic else FIXED,
        "sku_type": FIXED,
        "weight_type": DYNAMIC if sheet.weight is None else FIXED,
        "price_view": "0",
        "shipment_type": "0",
    }


def costs_its_parts(components: Sequence[ComponentSheet], price_type: str) -> bool:
    """Whether a new bundle costs what its parts cost. A part that may be left out would else be given away.

    price_type: the option of the site, fixed or dynamic.
    """
    return price_type == "dynamic" or any(component.optional for component in components)


# ---------------------------------------------------------------- bundles


def bundle_options(
    components: Sequence[ComponentSheet], record: Mapping[str, Any], skus: Mapping[str, str]
) -> list[dict[str, Any]]:
    """skus: SKU of a component in small letters -> as the shop spells it."""
    known = _options_by_part(record)
    found: list[dict[str, Any]] = []
    for place, component in enumerate(components, start=1):
        sku = skus[component.sku.casefold()]
        option, link = known.get(sku.casefold(), ({}, {}))
        row: dict[str, Any] = {
            "title": str(option.get("title") or component.name or sku),
            "required": not component.optional,
            "type": "checkbox" if component.optional else "select",
            "position": place,
            "sku": record.get("sku"),
        }
        choice: dict[str, Any] = {
            "sku": sku,
            "qty": json_number(component.quantity),
            "position": 1,
            "is_default": not component.optional,
            "price": 0,
            "price_type": 0,
            "can_change_quantity": 0,
        }
        if option:
            row["option_id"] = choice["option_id"] = option.get("option_id")
            choice["id"] = link.get("id")
        found.append({**row, "product_links": [choice]})
    return found


def _options_by_part(
    record: Mapping[str, Any],
) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """SKU in small letters -> the option that has this one choice; one of several choices is none of ours."""
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for option in bundle_rows(record) or ():
        links = option.get("product_links") or []
        if len(links) == 1:
            found.setdefault(str(links[0].get("sku") or "").casefold(), (option, links[0]))
    return found


def bundle_rows(record: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The options of a bundle; None where the answer does not tell them."""
    told = record.get("extension_attributes")
    rows = told.get("bundle_product_options") if isinstance(told, Mapping) else None
    return rows if isinstance(rows, list) else None


# ---------------------------------------------------------------- groups


def group_links(
    components: Sequence[ComponentSheet], record: Mapping[str, Any], skus: Mapping[str, str], sku: str
) -> list[dict[str, Any]]:
    """The members with the quantity that the page proposes, and the links that are no members as they are. A member that
    the buyer may leave out is proposed with nothing."""
    others = [dict(row) for row in record.get("product_links") or () if row.get("link_type") != _ASSOCIATED]
    members = [
        {
            "sku": sku,
            "link_type": _ASSOCIATED,
            "linked_product_sku": skus[component.sku.casefold()],
            "linked_product_type": "simple",
            "position": place,
            "extension_attributes": {"qty": 0 if component.optional else json_number(component.quantity)},
        }
        for place, component in enumerate(components, start=1)
    ]
    return [*others, *members]


# ---------------------------------------------------------------- what is there


def shows_parts(sheet: ProductSheet, record: Mapping[str, Any]) -> bool:
    """Whether the shop's product consists of just these parts."""
    wanted = {
        component.sku.casefold(): (component.quantity, component.optional)
        for component in sheet.components or ()
    }
    return wanted == (_bundled(record) if sheet.kind == "bundle" else _grouped(record, wanted))


def _bundled(record: Mapping[str, Any]) -> dict[str, tuple[Decimal, bool]] | None:
    rows = bundle_rows(record) or []
    found: dict[str, tuple[Decimal, bool]] = {}
    for option in rows:
        links = option.get("product_links") or []
        if len(links) != 1:
            return None
        amount = read_amount(links[0].get("qty")) or Decimal(0)
        found[str(links[0].get("sku") or "").casefold()] = (amount, not option.get("required"))
    return found


def _grouped(
    record: Mapping[str, Any], wanted: Mapping[str, tuple[Decimal, bool]]
) -> dict[str, tuple[Decimal, bool]]:
    """A member proposed with nothing is one that may be left out, in the number that the sheet says."""
    found: dict[str, tuple[Decimal, bool]] = {}
    for row in record.get("product_links") or ():
        if row.get("link_type") != _ASSOCIATED:
            continue
        sku = str(row.get("linked_product_sku") or "").casefold()
        told = row.get("extension_attributes")
        amount = read_amount(told.get("qty")) if isinstance(told, Mapping) else None
        proposed = amount or Decimal(0)
        found[sku] = (wanted[sku][0] if not proposed and sku in wanted else proposed, not proposed)
    return found
