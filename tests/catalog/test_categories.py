"""Categories go out as a tree, come back as a tree, and are filled by their rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import CategoryConfig, CategoryConfigLine, CategoryText, ProductConfig
from catalog.runs import fetch_categories, preview_categories, send_categories
from catalog.services.categories import assign_products
from erp.models import ItemGroup
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.catalog.world import link, make_item, make_site, reporter, rows_of

pytestmark = pytest.mark.django_db


def category(site: Site, code: str, parent: CategoryConfig | None = None, **values: Any) -> CategoryConfig:
    return CategoryConfig.objects.create(site=site, code=code, name2=code.title(), parent=parent, **values)


def run(action: Any, site: Site, **params: Any) -> Any:
    with reporter(site) as report:
        action(run=report, site=site, params=params)
    report.run.refresh_from_db()
    assert report.run.adds_up
    return report.run


def test_a_tree_is_sent_parents_first_and_once(shop: WooShop, site: Site) -> None:
    root = category(site, "CLOTHES")
    child = category(site, "SHIRTS", root)
    CategoryText.objects.create(category=child, language="en", name="Fine shirts")
    first = run(send_categories, site)
    assert first.counts.get("pushed", getattr(first, "pushed", None)) in (2, None) or first.found == 2
    root.refresh_from_db()
    child.refresh_from_db()
    rows = {row["name"]: row for row in shop.rest("GET", "/products/categories", per_page=100)}
    assert str(rows["Clothes"]["id"]) == root.remote_id
    assert rows["Fine shirts"]["parent"] == rows["Clothes"]["id"]
    shop.counters.reset()
    assert run(send_categories, site).unchanged == 2
    assert shop.counters.requests == 0


def test_a_category_that_the_shop_has_already_is_joined(shop: WooShop, site: Site) -> None:
    known = shop.add_category("Clothes")
    root = category(site, "CLOTHES")
    run(send_categories, site)
    root.refresh_from_db()
    assert root.remote_id == str(known["id"])


def test_the_shops_tree_is_taken_over_and_kept_in_step(shop: WooShop, site: Site) -> None:
    parent = shop.add_category("Clothes")
    shop.add_category("Shirts", parent["id"])
    first = run(fetch_categories, site)
    shirts = CategoryConfig.objects.get(name2="Shirts")
    assert shirts.parent is not None
    assert shirts.parent.name2 == "Clothes"
    second = run(fetch_categories, site)
    assert (second.created, second.updated, second.unchanged) == (0, 0, first.found)


def test_a_preview_of_categories_sends_nothing(shop: WooShop, site: Site) -> None:
    category(site, "CLOTHES")
    shop.counters.reset()
    assert run(preview_categories, site).created == 1
    assert shop.counters.requests == 0


def test_rules_choose_the_products_that_are_sent(site: Site) -> None:
    group = ItemGroup.objects.create(code="TEA")
    inside, outside = make_item("OOLONG", item_group=group), make_item("MUG")
    link(site, inside, 1)
    link(site, outside, 2)
    from sync_queues.models import UpdateItemRequest

    UpdateItemRequest.objects.all().delete()
    row = category(site, "TEAS")
    CategoryConfigLine.objects.create(category=row, item_group=group)
    assert assign_products(categories=[row]) == 1
    assert [request.item_id for request in rows_of(site, "item")] == [inside.pk]


def test_a_circle_of_parents_is_refused(site: Site) -> None:
    first = category(site, "A")
    second = category(site, "B", first)
    first.parent = second
    with pytest.raises(ValidationError, match="circle"):
        first.full_clean()


def test_parents_of_another_site_are_refused(site: Site) -> None:
    stranger = category(make_site(), "A")
    with pytest.raises(ValidationError, match="another site"):
        CategoryConfig(site=site, code="B", parent=stranger).full_clean()


def test_a_detail_needs_something_to_go_by(site: Site) -> None:
    with pytest.raises(ValidationError, match="Choose an item group"):
        CategoryConfigLine(category=category(site, "A")).full_clean()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"product_type": "simple"}, "not a configurable"),
        ({"site": "other"}, "another site"),
    ],
)
def test_a_parent_product_must_fit(site: Site, values: dict[str, Any], words: str) -> None:
    parent_site = make_site() if values.pop("site", "") else site
    parent = ProductConfig.objects.create(site=parent_site, item=make_item("P"), **values)
    child = ProductConfig(site=site, item=make_item("C"), parent_product=parent)
    with pytest.raises(ValidationError, match=words):
        child.full_clean()


def test_the_code_of_settings_follows_the_sku_and_is_told_apart_by_site(site: Site) -> None:
    item = make_item("MUG")
    first = ProductConfig.objects.create(site=site, item=item)
    second = ProductConfig.objects.create(site=make_site(), item=item)
    assert first.code == "MUG"
    assert second.code == f"{second.site.code}/MUG"
