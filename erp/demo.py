"""The demo company: شركة النخبة للتجارة / Elite Trading Co., with items read from a catalogue file.

Loading it again adds only what is missing, so it can follow a catalogue that grew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import to_decimal
from erp import signals
from erp.barcodes import guess_type
from erp.demo_masters import DemoMasters, load_masters
from erp.inputs import ItemPriceInput, MovementInput
from erp.models import (
    Item,
    ItemAttributeValue,
    ItemBarcode,
    ItemGroup,
    ItemType,
    MovementType,
)
from erp.services.prices import set_item_prices
from erp.services.stock import post_movements

Row = Mapping[str, Any]

ITEM_TYPES = {"simple": ItemType.STOCK, "variation": ItemType.STOCK, "variable": ItemType.TEMPLATE}
COST_SHARE = Decimal("0.6")
WHOLESALE_SHARE = Decimal("0.70")  # of the retail price with tax; the wholesale list is without
BATCH = 250


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was added by this run."""

    items: int
    templates: int
    item_groups: int
    movements: int
    prices: int


@transaction.atomic
def load_demo_company(*, catalogue: Sequence[object]) -> DemoReport:
    """Masters of the company, then items with barcodes, attributes, prices and opening stock.

    catalogue: rows with sku, name_en, name_ar, type (simple, variable, variation), parent_sku, attributes,
    price, special_price (SAR, tax included), weight (kg), category (path), barcode, stock {warehouse: n}, tax_class.
    Raises InvalidPayload naming the row that cannot be read.
    """
    rows = [_checked(row, index) for index, row in enumerate(catalogue, start=1)]
    masters = load_masters()
    groups_before = ItemGroup.objects.count()
    groups = _load_groups(rows)
    known = set(Item.objects.filter(code__in=[_code(row) for row in rows]).values_list("code", flat=True))
    fresh = [row for row in rows if _code(row) not in known]
    items = _load_items(fresh, masters, groups)
    prices = _load_prices(fresh, masters, items)
    movements = _load_stock(fresh, masters, items)
    ids = {items[_code(row)].pk for row in fresh}
    if ids:
        signals.item_changed.send(sender=Item, item_ids=ids)
    templates = sum(row["type"] == "variable" for row in fresh)
    return DemoReport(
        items=len(fresh) - templates,
        templates=templates,
        item_groups=ItemGroup.objects.count() - groups_before,
        movements=movements,
        prices=prices,
    )


def _checked(row: object, index: int) -> Row:
    if not isinstance(row, Mapping) or not row.get("sku") or row.get("type") not in ITEM_TYPES:
        raise InvalidPayload(
            f"Row {index} of the demo catalogue has no sku or an unknown type.",
            cure="Each row needs sku and type simple, variable or variation.",
        )
    return row


def _code(row: Row) -> str:
    return str(row["sku"]).strip().upper()


def _group_code(path: Sequence[str]) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", " ".join(path)).strip("-").upper()
    return words[:64] or "OTHER"


def _load_groups(rows: Sequence[Row]) -> dict[tuple[str, ...], ItemGroup]:
    """The tree of categories; a handful of rows, so one by one."""
    groups: dict[tuple[str, ...], ItemGroup] = {}
    for row in rows:
        path = tuple(row.get("category") or ())
        arabic = tuple(row.get("category_ar") or ())
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            if part not in groups:
                name1 = arabic[depth - 1] if depth <= len(arabic) else ""
                groups[part], _ = ItemGroup.objects.get_or_create(
                    code=_group_code(part),
                    defaults={"name2": part[-1], "name1": name1, "parent": groups.get(part[:-1])},
                )
    return groups


def _load_items(
    rows: Sequence[Row], masters: DemoMasters, groups: Mapping[tuple[str, ...], ItemGroup]
) -> dict[str, Item]:
    """Templates first, because variants point at them; answers code -> item."""
    now = timezone.now()
    made: dict[str, Item] = {
        item.code: item
        for item in Item.objects.filter(code__in=[row.get("parent_sku") or "" for row in rows])
    }
    for wanted in (("variable",), ("simple", "variation")):
        batch = []
        for row in rows:
            if row["type"] in wanted:
                item = _item(row, masters, groups)
                if row["type"] == "variation":
                    item.variant_of = made.get(str(row.get("parent_sku") or "").upper())
                item.created_at = item.updated_at = now
                batch.append(item)
        made |= {item.code: item for item in Item.objects.bulk_create(batch, batch_size=BATCH)}
    ItemBarcode.objects.bulk_create(
        [
            ItemBarcode(item=made[_code(row)], barcode=barcode, barcode_type=guess_type(barcode), line_no=1)
            for row in rows
            if (barcode := str(row.get("barcode") or ""))
        ],
        batch_size=BATCH,
    )
    ItemAttributeValue.objects.bulk_create(
        [
            ItemAttributeValue(item=made[_code(row)], attribute=name, value=str(value), position=position)
            for row in rows
            if row["type"] != "variable"
            for position, (name, value) in enumerate((row.get("attributes") or {}).items(), start=1)
        ],
        batch_size=BATCH,
    )
    return made


def _item(row: Row, masters: DemoMasters, groups: Mapping[tuple[str, ...], ItemGroup]) -> Item:
    price = to_decimal(row.get("price"), what=f"price of {row['sku']}")
    special = row.get("special_price")
    name_ar, name_en = str(row.get("name_ar") or ""), str(row.get("name_en") or "")
    return Item(
        code=_code(row),
        name1=name_ar[:255],
        name2=name_en[:255],
        short_description=name_en,
        short_description_ar=name_ar,
        long_description=f"<p>{name_en}. Sold and delivered by Elite Trading Co.</p>" if name_en else "",
        long_description_ar=f"<p>{name_ar}. من شركة النخبة للتجارة.</p>" if name_ar else "",
        item_type=ITEM_TYPES[row["type"]],
        item_group=groups.get(tuple(row.get("category") or ())),
        base_unit=masters.piece,
        weight=to_decimal(row.get("weight"), what=f"weight of {row['sku']}"),
        tax_plan=masters.zero_tax if "zero" in str(row.get("tax_class") or "") else masters.standard_tax,
        sales_price=price,
        special_price=to_decimal(special, what=f"special price of {row['sku']}") if special else None,
        standard_cost=(price * COST_SHARE).quantize(Decimal("0.01"), ROUND_HALF_UP),
        legal_entity=masters.company,
    )


def _load_prices(rows: Sequence[Row], masters: DemoMasters, items: Mapping[str, Item]) -> int:
    priced = [items[_code(row)] for row in rows if row["type"] != "variable"]
    retail = [
        ItemPriceInput(item=item, price=item.sales_price, special_price=item.special_price) for item in priced
    ]
    wholesale = [
        ItemPriceInput(
            item=item, price=(item.sales_price * WHOLESALE_SHARE).quantize(Decimal("0.01"), ROUND_HALF_UP)
        )
        for item in priced
    ]
    made, _ = set_item_prices(price_list=masters.retail, prices=retail)
    more, _ = set_item_prices(price_list=masters.wholesale, prices=wholesale)
    return made + more


def _load_stock(rows: Sequence[Row], masters: DemoMasters, items: Mapping[str, Item]) -> int:
    movements = [
        MovementInput(
            item=items[_code(row)],
            warehouse=masters.warehouses[place],
            quantity=to_decimal(quantity, what=f"stock of {row['sku']}"),
            movement_type=MovementType.OPENING,
            source_type="opening",
            source_label="Opening stock",
        )
        for row in rows
        if row["type"] != "variable"
        for place, quantity in (row.get("stock") or {}).items()
        if place in masters.warehouses and quantity
    ]
    return len(post_movements(movements=movements))
