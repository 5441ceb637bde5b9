"""Product sheets: built from item, settings and copy lines; sent in bulk; pictures uploaded once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import (
    CategoryConfig,
    CategoryConfigLine,
    CategoryLine,
    CustomAttributeLine,
    GalleryLine,
    ProductAttributeLine,
    ProductConfig,
    ProductText,
    ShopImage,
)
from catalog.runs import preview_items, send_items
from catalog.services.products import fetch_products, send_products
from catalog.services.requests import request_items
from catalog.sheets import BuiltSheet, SheetBuilder
from catalog.sheets.sources import load_sources
from ecomsync.common.errors import ConfigurationError
from erp.models import Item, ItemAttributeValue, ItemGroup, ItemImage
from erp.models.items import ItemType
from linking.models import ItemLinkerLine
from sandbox.woocommerce import WooShop
from sites.models import CopyToEcommerceItemLine, Site, UpdateItemCriterion
from sync_queues.inputs import RequestInput
from sync_queues.models import State, UpdateItemRequest
from sync_queues.services.enqueue import enqueue
from tests.catalog.world import link, make_item, reporter, rows_of, work_off

D = Decimal
pytestmark = pytest.mark.django_db


def built(site: Site, item: Item) -> BuiltSheet:
    return SheetBuilder(load_sources(site, [item.pk]), site.capabilities).build(item)


def config_of(site: Site, item: Item, **values: Any) -> ProductConfig:
    return ProductConfig.objects.create(site=site, item=item, **values)


# ---------------------------------------------------------------- building


def test_sheet_takes_everything_from_the_item(site: Site) -> None:
    item = make_item(
        "MUG",
        name1="كوب",
        short_description="<b>Nice</b><script>x()</script>",
        weight=D("0.350000"),
        weight_unit="kg",
    )
    sheet = built(site, item).sheet
    assert (sheet.sku, sheet.kind, sheet.name, sheet.active) == ("MUG", "simple", "Item MUG", True)
    assert sheet.short_description == "<b>Nice</b>"
    assert sheet.description is None
    assert sheet.weight == D("0.35")
    assert sheet.price is None
    site.languages = ["ar", "en"]
    assert built(site, item).sheet.name == "كوب"


def test_settings_of_the_product_win_over_the_item(site: Site) -> None:
    item = make_item("MUG")
    config = config_of(site, item, sku="MUG-WOO", weight=D(2), tax_class="reduced", visibility="hidden")
    ProductText.objects.create(product=config, language="en", name="Fine mug", description="<p>d</p>")
    CustomAttributeLine.objects.create(product=config, code="_origin", value="SA")
    ProductAttributeLine.objects.create(product=config, attribute="Colour", value="Red, Blue")
    sheet = built(site, item).sheet
    assert (sheet.sku, sheet.name, sheet.description) == ("MUG-WOO", "Fine mug", "<p>d</p>")
    assert (sheet.weight, sheet.tax_class, sheet.visible) == (D(2), "reduced", False)
    assert sheet.metadata == {"_origin": "SA"}
    assert sheet.attributes is not None
    assert sheet.attributes[0].options == ("Red", "Blue")
    assert config.code == "MUG-WOO"


@pytest.mark.parametrize(
    ("values", "member", "expected"),
    [
        ({"item_field": "name1", "target_field": "name"}, "name", "كوب"),
        (
            {"item_field": "description1", "target_field": "description", "when_empty": "skip"},
            "description",
            None,
        ),
        (
            {"item_field": "description1", "target_field": "description", "when_empty": "clear"},
            "description",
            "",
        ),
        (
            {
                "item_field": "description1",
                "target_field": "tax_class",
                "when_empty": "default",
                "default_value": "zero",
            },
            "tax_class",
            "zero",
        ),
        (
            {"item_field": "code", "target_field": "name", "transform": "join(' ', [item.code, value])"},
            "name",
            "MUG MUG",
        ),
        ({"item_field": "attributes.Size", "target_field": "tax_class"}, "tax_class", "XL"),
    ],
)
def test_copy_lines_fill_the_sheet(site: Site, values: dict[str, Any], member: str, expected: Any) -> None:
    item = make_item("MUG", name1="كوب")
    ItemAttributeValue.objects.create(item=item, attribute="Size", value="XL")
    CopyToEcommerceItemLine.objects.create(site=site, **values)
    assert getattr(built(site, item).sheet, member) == expected


def test_copy_lines_reach_fields_of_the_platform_and_respect_create_and_update(site: Site) -> None:
    item = make_item("MUG", length=D("10.5"))
    CopyToEcommerceItemLine.objects.create(site=site, item_field="length", target_field="length")
    CopyToEcommerceItemLine.objects.create(
        site=site, item_field="code", target_field="slug", apply_on="create"
    )
    assert built(site, item).sheet.fields == {"length": "10.5", "slug": "MUG"}
    link(site, item, 5)
    assert built(site, item).sheet.fields == {"length": "10.5"}


@pytest.mark.parametrize(
    "path", ["nonsense", "brand.created_by.password", "item_group.parent.parent.parent.code"]
)
def test_a_copy_line_that_leads_nowhere_is_named(site: Site, path: str) -> None:
    item = make_item("MUG", item_group=ItemGroup.objects.create(code="G"))
    CopyToEcommerceItemLine.objects.create(site=site, item_field=path, target_field="name")
    if path.startswith("brand"):
        from erp.models import Brand

        item.brand = Brand.objects.create(code="B")
        item.save()
    with pytest.raises(ConfigurationError) as caught:
        built(site, item)
    assert caught.value.code == "bad_copy_line"
    assert path in caught.value.message


def test_categories_come_by_hand_and_by_rules(site: Site) -> None:
    drinks = ItemGroup.objects.create(code="DRINKS")
    tea = ItemGroup.objects.create(code="TEA", parent=drinks)
    item = make_item("OOLONG", item_group=tea, sales_price=D(50))
    by_group = CategoryConfig.objects.create(code="C1", site=site, remote_id="11")
    CategoryConfigLine.objects.create(category=by_group, item_group=drinks)
    by_rule = CategoryConfig.objects.create(code="C2", site=site, remote_id="12")
    CategoryConfigLine.objects.create(category=by_rule, criteria="sales_price > 40")
    not_his = CategoryConfig.objects.create(code="C3", site=site, remote_id="13")
    CategoryConfigLine.objects.create(category=not_his, item_group=drinks, include_subgroups=False)
    by_hand = CategoryConfig.objects.create(code="C4", site=site, remote_id="14")
    unsent = CategoryConfig.objects.create(code="C5", site=site)
    config = config_of(site, item)
    CategoryLine.objects.create(product=config, category=by_hand, is_main=True)
    CategoryLine.objects.create(product=config, category=unsent, position=9)
    found = built(site, item)
    assert found.sheet.category_ids == ("14", "11", "12")
    assert found.notes == ("Categories not in the shop yet: C5.",)


def test_a_template_offers_the_options_of_its_variants(site: Site) -> None:
    template = make_item("SHIRT", item_type=ItemType.TEMPLATE)
    for size in ("S", "M"):
        variant = make_item(f"SHIRT-{size}", variant_of=template)
        ItemAttributeValue.objects.create(item=variant, attribute="Size", value=size)
    sheet = built(site, template).sheet
    assert sheet.kind == "variable"
    assert sheet.attributes is not None
    assert (sheet.attributes[0].name, sheet.attributes[0].options, sheet.attributes[0].for_variants) == (
        "Size",
        ("M", "S"),
        True,
    )
    child = built(site, Item.objects.get(code="SHIRT-M")).sheet
    assert (child.kind, child.parent_sku) == ("variant", "SHIRT")


def test_fingerprint_changes_with_what_is_shown_only(site: Site) -> None:
    item = make_item("MUG")
    first = built(site, item).fingerprint
    link(site, item, 5)
    assert built(site, item).fingerprint == first
    item.name2 = "Better mug"
    item.save()
    assert built(site, item).fingerprint != first


# ---------------------------------------------------------------- sending


def test_a_new_item_is_created_linked_and_not_sent_again(shop: WooShop, site: Site) -> None:
    item = make_item("MUG", sales_price=D(10))
    request_items(item_ids=[item.pk])
    work_off(site, "item")
    product = shop.by_sku("MUG")
    assert product is not None
    assert product["name"] == "Item MUG"
    line = ItemLinkerLine.objects.get(site=site, item=item)
    assert (line.remote_id, line.match_source) == (str(product["id"]), "created")
    assert line.last_sent_hash
    shop.counters.reset()
    request_items(item_ids=[item.pk])
    work_off(site, "item")
    assert shop.counters.requests == 0
    assert rows_of(site, "item")[-1].outcome == "The shop has this sheet already."
    item.name2 = "Better mug"
    item.save()
    work_off(site, "item")
    assert shop.product(product["id"])["name"] == "Better mug"


def test_variants_are_sent_with_their_template(shop: WooShop, site: Site) -> None:
    template = make_item("SHIRT", item_type=ItemType.TEMPLATE)
    for size in ("S", "M", "L"):
        variant = make_item(f"SHIRT-{size}", variant_of=template)
        ItemAttributeValue.objects.create(item=variant, attribute="Size", value=size)
    UpdateItemRequest.objects.all().delete()
    ids = list(Item.objects.filter(variant_of=template).values_list("pk", flat=True))
    request_items(item_ids=ids)
    work_off(site, "item")
    assert {row.state for row in rows_of(site, "item")} == {State.COMPLETED}
    parent = shop.by_sku("SHIRT")
    assert parent is not None
    assert parent["type"] == "variable"
    assert len(parent["variations"]) == 3
    line = ItemLinkerLine.objects.get(item__code="SHIRT-M")
    assert (line.remote_product_id, line.parent_remote_id) == (str(parent["id"]), str(parent["id"]))
    shop.counters.reset()
    request_items(item_ids=[*ids, template.pk])
    work_off(site, "item")
    assert shop.counters.writes == 0


def test_an_item_that_is_not_for_sale_any_more_is_switched_off(shop: WooShop, site: Site) -> None:
    product = shop.add_product(sku="MUG", regular_price="10.00")
    item = make_item("MUG")
    link(site, item, product["id"])
    item.sellable = False
    item.save()
    assert [row.action for row in rows_of(site, "item")][-1] == "disable"
    UpdateItemRequest.objects.exclude(action="disable").delete()
    work_off(site, "item")
    assert shop.product(product["id"])["status"] != "publish"


def test_criteria_keep_items_out(site: Site) -> None:
    UpdateItemCriterion.objects.create(site=site, field="code", operator="starts with", value="PUB")
    make_item("HIDDEN")
    shown = make_item("PUB1")
    request_items(item_ids=list(Item.objects.values_list("pk", flat=True)))
    assert {row.item_id for row in rows_of(site, "item")} == {shown.pk}


def test_services_are_no_products(site: Site) -> None:
    service = make_item("DELIVERY", item_type=ItemType.SERVICE)
    assert request_items(item_ids=[service.pk]) == 0


def test_products_are_not_created_where_the_site_forbids_it(shop: WooShop, site: Site) -> None:
    site.create_products = False
    site.save()
    item = make_item("MUG")
    assert request_items(item_ids=[item.pk]) == 0


def test_a_picture_is_uploaded_once(shop: WooShop, site: Site) -> None:
    item = make_item("MUG")
    url = f"{shop.url}/wp-content/uploads/mug.jpg"
    ItemImage.objects.create(item=item, url=url, alt="A mug")
    request_items(item_ids=[item.pk])
    work_off(site, "item")
    row = rows_of(site, "item")[0]
    assert row.state == State.COMPLETED, row.error_message
    kept = ShopImage.objects.get()
    assert kept.sku == "MUG"
    images = shop.by_sku("MUG")["images"]  # type: ignore[index]
    assert [str(image["id"]) for image in images] == [kept.remote_id]
    item.name2 = "Better mug"
    item.save()
    work_off(site, "item")
    assert [str(image["id"]) for image in shop.by_sku("MUG")["images"]] == [kept.remote_id]  # type: ignore[index]


def test_a_gallery_replaces_the_pictures_of_the_item(site: Site) -> None:
    item = make_item("MUG")
    ItemImage.objects.create(item=item, url="https://example.com/item.jpg")
    config = config_of(site, item)
    GalleryLine.objects.create(product=config, url="https://example.com/2.jpg", position=2)
    GalleryLine.objects.create(product=config, url="https://example.com/1.jpg", position=1, roles="main")
    GalleryLine.objects.create(product=config, url="https://example.com/off.jpg", disabled=True)
    images = built(site, item).sheet.images
    assert images is not None
    assert [image.url.rpartition("/")[2] for image in images] == ["1.jpg", "2.jpg"]
    assert [image.is_main for image in images] == [True, False]


def test_states_of_the_settings_follow_the_answer(shop: WooShop, site: Site) -> None:
    item = make_item("MUG")
    config = config_of(site, item)
    send_products(configs=[config])
    config.refresh_from_db()
    assert config.request_status == "pending"
    work_off(site, "item")
    config.refresh_from_db()
    assert (config.request_status, bool(config.remote_id), bool(config.last_request_sent)) == (
        "sent",
        True,
        True,
    )


def test_fetching_takes_ids_and_never_overwrites_texts(shop: WooShop, site: Site) -> None:
    product = shop.add_product(sku="MUG", name="Shop mug", regular_price="10.00")
    own, gone = config_of(site, make_item("MUG")), config_of(site, make_item("GONE"))
    ProductText.objects.create(product=own, name="Our mug")
    report = fetch_products(configs=[own, gone])
    assert (report.found, report.missing) == (1, ("GONE",))
    own.refresh_from_db()
    assert own.remote_id == str(product["id"])
    assert own.texts.get().name == "Our mug"
    assert ItemLinkerLine.objects.get(item__code="MUG").remote_id == own.remote_id


def test_a_full_run_asks_for_all_and_guards_against_switching_too_many_off(shop: WooShop, site: Site) -> None:
    site.full_run_deactivates_missing = True
    site.save()
    for number in range(4):
        link(site, make_item(f"IT{number}"), 100 + number)
    Item.objects.filter(code="IT0").update(active=False)
    UpdateItemRequest.objects.all().delete()
    with reporter(site) as run:
        send_items(run=run, site=site, params={})
    run.run.refresh_from_db()
    assert run.run.adds_up
    assert run.run.found == 4
    assert {row.action for row in rows_of(site, "item")} == {"send"}
    assert "None was." in run.run.notes.get().message
    site.max_deactivation_percent = D(30)
    site.save()
    with reporter(site) as run:
        send_items(run=run, site=site, params={})
    assert [row.item.code for row in rows_of(site, "item") if row.action == "disable"] == ["IT0"]


def test_a_full_run_sets_old_sheets_aside_and_leaves_what_others_asked_for(site: Site) -> None:
    """Categories, and products that staff want off, are no part of it: their requests wait on."""
    link(site, make_item("MUG"), 100)
    gone = make_item("GONE", sellable=False)
    enqueue("item", site=site, rows=[
        RequestInput(item_id=gone.pk, action="disable"),
        RequestInput(action="category", subject_type="category_config", subject_id=5),
        RequestInput(action="send", key="an old wish that nobody repeats"),
    ])  # fmt: skip
    UpdateItemRequest.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    with reporter(site) as run:
        send_items(run=run, site=site, params={})
    waiting = UpdateItemRequest.objects.filter(state=State.PENDING).order_by("action")
    assert list(waiting.values_list("action", "item__code")) == [
        ("category", None), ("disable", "GONE"), ("send", "MUG"),
    ]  # fmt: skip
    assert UpdateItemRequest.objects.get(state=State.SUPERSEDED).key.startswith("an old wish")


def test_a_preview_shows_the_sheet_and_writes_nothing(shop: WooShop, site: Site) -> None:
    item = make_item("MUG")
    shop.counters.reset()
    with reporter(site) as run:
        preview_items(run=run, site=site, params={"items": [item.pk]})
    assert "would create MUG" in run.run.notes.get().message
    assert shop.counters.requests == 0
    assert not ItemLinkerLine.objects.exists()


def test_a_dry_run_says_what_it_would_do(shop: WooShop, site: Site) -> None:
    site.dry_run = True
    site.save()
    item = make_item("MUG")
    request_items(item_ids=[item.pk])
    shop.counters.reset()
    work_off(site, "item")
    assert rows_of(site, "item")[0].outcome == "Dry run: would create MUG."
    assert shop.counters.requests == 0


def test_loading_costs_the_same_statements_for_few_and_many(
    site: Site, django_assert_max_num_queries: Any
) -> None:
    few = [make_item(f"F{n}").pk for n in range(2)]
    many = [make_item(f"M{n}").pk for n in range(60)]
    for ids in (few, many):
        with django_assert_max_num_queries(16):
            sources = load_sources(site, ids)
            builder = SheetBuilder(sources, site.capabilities)
            assert len([builder.build(sources.items[pk]) for pk in ids]) == len(ids)
