"""The whole catalogue of a real (sandbox) WooCommerce shop over HTTP: 5,000 products and variants."""

from __future__ import annotations

import pytest

from activity.services.runs import RunReporter, start_run
from erp.models import Item, ItemType
from linking.models import ItemLinkerLine
from linking.runs import link_items
from sandbox.woocommerce import WooShop
from sites.models import Site

SIMPLE, PARENTS, VARIATIONS = 4000, 250, 4


def _run(site: Site) -> dict[str, int]:
    run = start_run(site_code=site.code, action="link_items")
    with RunReporter(run) as reporter:
        link_items(run=reporter, site=site, params={})
    run.refresh_from_db()
    assert run.adds_up and run.state == "finished"
    return {
        "found": run.found,
        "created": run.created,
        "unchanged": run.unchanged,
        "held": run.held,
        **run.counts,
    }


@pytest.mark.django_db
@pytest.mark.timeout(170)
def test_five_thousand_products_are_linked_and_the_second_run_changes_nothing() -> None:
    with WooShop(treat_as_https=True) as shop:
        simple = shop.bulk_simple(SIMPLE)
        variants = shop.bulk_variable(PARENTS, VARIATIONS)
        site = Site.objects.create(
            code="WOO",
            site_type="woocommerce",
            url=shop.url,
            username=shop.key,
            password=shop.secret,
            platform_options={"treat_as_https": True},
        )
        Item.objects.bulk_create(
            [Item(code=str(row["sku"]).upper()) for row in simple[:-10]]
            + [Item(code=str(row["sku"]).upper()) for row in variants]
            + [Item(code=f"VAR-{number:05}", item_type=ItemType.TEMPLATE) for number in range(1, PARENTS + 1)]
        )
        everything = SIMPLE + PARENTS + PARENTS * VARIATIONS
        first = _run(site)
        assert (first["found"], first["created"], first["held"]) == (everything, everything, 0)
        assert (first["state_linked"], first["state_item_missing"]) == (everything - 10, 10)
        second = _run(site)
        assert (second["unchanged"], second.get("remote_missing", 0)) == (everything, 0)
    line = ItemLinkerLine.objects.get(remote_sku="VAR-00001-01")
    assert line.remote_product_id == line.parent_remote_id != line.remote_variant_id
    assert line.item is not None and line.item.code == "VAR-00001-01"
