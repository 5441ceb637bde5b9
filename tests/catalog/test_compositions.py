"""Bundles and groups: sheets made of kits and of the settings, sent to a shop that can compose products."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import ProductConfig
from catalog.previews import describe_sheet
from catalog.services.requests import request_items, request_quantities
from catalog.sheets import SheetBuilder
from catalog.sheets.sources import load_sources
from ecomsync.common.errors import ConfigurationError
from erp.models import Item, KitComponent
from erp.models.items import ItemType
from linking.models import ItemLinkerLine
from platforms.types import ComponentSheet
from sandbox.magento2 import Magento2Shop
from sites.models import Site, UpdateItemCriterion
from sync_queues.models import State
from tests.catalog.world import link, make_item, make_site, rows_of, work_off

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def mage() -> Iterator[Magento2Shop]:
    with Magento2Shop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def mage_site(db: None, mage: Magento2Shop) -> Site:
    site = make_site(code="MAGE", site_type="magento2", url=mage.url, username="", password="")
    fields = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    own = {column.name for column in Site._meta.concrete_fields}
    for name, value in zip(fields, mage.auth, strict=True):
        setattr(site, name, value) if name in own else site.set_secret(name, value)
    site.save()
    return site


def make_kit(code: str = "SET", **components: Any) -> Item:
    kit = make_item(code, item_type=ItemType.KIT)
    for place, (part, quantity) in enumerate(components.items(), start=1):
        item = Item.objects.filter(code=part).first() or make_item(part)
        KitComponent.objects.create(kit=kit, component=item, quantity=D(quantity), line_no=place)
    return kit


def config_of(site: Site, item: Item, product_type: str, **values: Any) -> ProductConfig:
    return ProductConfig.objects.create(site=site, item=item, product_type=product_type, **values)


def sheet_of(site: Site, item: Item) -> Any:
    return SheetBuilder(load_sources(site, [item.pk]), site.capabilities).build(item)


def test_kit_is_a_bundle_of_its_components_where_the_settings_say_so(mage_site: Site) -> None:
    kit = make_kit(CUP=2, PLATE=1)
    cup, plate = Item.objects.get(code="CUP"), Item.objects.get(code="PLATE")
    assert sheet_of(mage_site, kit).sheet.kind == "simple"
    config_of(mage_site, kit, "bundle")
    config_of(mage_site, plate, "simple", sku="PLATE-W")

    built = sheet_of(mage_site, kit)

    assert (built.sheet.kind, built.sheet.components) == (
        "bundle",
        (
            ComponentSheet(str(cup.pk), "CUP", D(2), "Item CUP"),
            ComponentSheet(str(plate.pk), "PLATE-W", D(1), "Item PLATE"),
        ),
    )
    assert "part: 2 × CUP" in describe_sheet(built)


def test_what_names_it_as_its_parent_may_be_left_out(mage_site: Site) -> None:
    kit = make_kit(CUP=2)
    parent = config_of(mage_site, kit, "bundle")
    config_of(mage_site, make_item("SPOON"), "simple", parent_product=parent)
    config_of(mage_site, Item.objects.get(code="CUP"), "simple", parent_product=parent)

    parts = sheet_of(mage_site, kit).sheet.components

    assert [(part.sku, part.quantity, part.optional) for part in parts] == [
        ("CUP", D(2), False),
        ("SPOON", D(1), True),
    ]


def test_shop_that_cannot_compose_sells_the_kit_as_one_thing(site: Site) -> None:
    kit = make_kit(CUP=2)
    config_of(site, kit, "bundle")

    assert (sheet_of(site, kit).sheet.kind, sheet_of(site, kit).sheet.components) == ("simple", None)


def test_whole_without_parts_is_told_before_anything_is_sent(mage_site: Site, mage: Magento2Shop) -> None:
    item = make_item("ALONE")
    config_of(mage_site, item, "grouped")

    with pytest.raises(ConfigurationError) as caught:
        sheet_of(mage_site, item)

    assert caught.value.code == "empty_kit" and caught.value.cure


def test_attribute_set_of_the_settings_goes_where_the_shop_has_such(mage_site: Site, site: Site) -> None:
    item = make_item("MUG")
    for one in (mage_site, site):
        config_of(one, item, "simple", attribute_set_id="9")

    assert sheet_of(mage_site, item).sheet.fields["attribute_set"] == "9"
    assert "attribute_set" not in sheet_of(site, item).sheet.fields


def test_another_part_is_another_fingerprint_and_links_are_none(mage_site: Site) -> None:
    kit = make_kit(CUP=2)
    config_of(mage_site, kit, "bundle")
    first = sheet_of(mage_site, kit).fingerprint
    cup = Item.objects.get(code="CUP")
    link(mage_site, cup, 77)
    assert sheet_of(mage_site, kit).fingerprint == first
    KitComponent.objects.filter(kit=kit).update(quantity=D(3))
    assert sheet_of(mage_site, kit).fingerprint != first


def test_bundle_takes_its_missing_parts_along_and_is_linked(mage_site: Site, mage: Magento2Shop) -> None:
    kit = make_kit(CUP=2, PLATE=1)
    config_of(mage_site, kit, "bundle")
    request_items(item_ids=[kit.pk])

    work_off(mage_site, "item")

    rows = [row for row in rows_of(mage_site, "item") if row.item_id == kit.pk]
    assert {row.state for row in rows} == {State.COMPLETED}, [row.error_message for row in rows]
    made = mage.by_sku("SET")
    assert made is not None and made["type_id"] == "bundle"
    lines = ItemLinkerLine.objects.filter(site=mage_site)
    assert {(line.item.code, line.remote_kind) for line in lines if line.item} == {
        ("SET", "bundle"),
        ("CUP", "simple"),
        ("PLATE", "simple"),
    }


def test_quantity_of_a_bundle_is_never_sent(mage_site: Site, mage: Magento2Shop) -> None:
    kit = make_kit(CUP=2)
    link(mage_site, kit, 55, remote_kind="bundle")
    request_quantities(item_ids=[kit.pk])
    mage.counters.reset()

    work_off(mage_site, "qty")

    rows = [row for row in rows_of(mage_site, "qty") if row.item_id == kit.pk]
    assert rows and {row.state for row in rows} == {State.COMPLETED}, [row.error_message for row in rows]
    assert mage.counters.requests == 0


def test_part_that_the_criteria_keep_out_is_not_slipped_in(mage_site: Site, mage: Magento2Shop) -> None:
    kit = make_kit(CUP=2)
    config_of(mage_site, kit, "bundle")
    UpdateItemCriterion.objects.create(site=mage_site, field="code", operator="=", value="SET")
    request_items(item_ids=[kit.pk])

    work_off(mage_site, "item")

    rows = [row for row in rows_of(mage_site, "item") if row.item_id == kit.pk]
    assert rows and all(row.state != State.COMPLETED and "'CUP'" in row.error_message for row in rows), rows
    assert mage.by_sku("CUP") is None
