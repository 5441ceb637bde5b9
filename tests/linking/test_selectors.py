from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from ecomsync.common.errors import PermanentError
from erp.models import ItemBarcode, UnitOfMeasure
from linking.models import ItemLinkerLine, LinkState
from linking.selectors import RemoteKey, all_links_for_items, items_for_remote, links_for_items
from linking.services.link_line import link_line
from linking.services.linkers import linker_for
from linking.services.record_sent import SentPrice, SentQuantity, record_sent_prices, record_sent_quantities
from sites.models import Site
from tests.linking.conftest import item


def _make(site: Site, product_id: str, **values: Any) -> ItemLinkerLine:
    return ItemLinkerLine.objects.create(
        linker=linker_for(site), site=site, remote_product_id=product_id, **values
    )


def test_order_lines_find_their_item_by_id_then_sku_then_code_then_barcode(
    site: Site, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    by_id, by_sku, by_code, by_barcode = (item(code) for code in ("A", "B", "C", "D"))
    ItemBarcode.objects.create(item=by_barcode, barcode="4006381333931")
    _make(site, "1", remote_variant_id="11", item=by_id, remote_sku="A-shop")
    _make(site, "2", item=by_sku, remote_sku="Shop-B", state=LinkState.REMOTE_MISSING)
    keys = [
        RemoteKey("whatever", "1", "11"), RemoteKey(" Shop-B", "999", ""), RemoteKey(" c ", "998", ""),
        RemoteKey("4006381333931", "", ""), RemoteKey("nothing", "997", ""), RemoteKey(),
    ]  # fmt: skip
    with django_assert_max_num_queries(4):
        found = items_for_remote(site=site, keys=keys)
    assert {key.sku: (hit.item, hit.found_by) for key, hit in found.items()} == {
        "whatever": (by_id, "remote_id"),
        " Shop-B": (by_sku, "sku"),
        " c ": (by_code, "code"),
        "4006381333931": (by_barcode, "barcode"),
    }
    site.link_items = False
    assert len(items_for_remote(site=site, keys=keys)) == 2


def test_a_line_in_conflict_never_answers(site: Site) -> None:
    item("A")
    _make(site, "1", remote_sku="A", state=LinkState.CONFLICT)
    assert items_for_remote(site=site, keys=[RemoteKey("A", "1", ""), RemoteKey("A", "", "")]) == {}


def test_a_sku_that_stands_on_two_items_is_no_answer(site: Site) -> None:
    _make(site, "1", remote_sku="S", item=item("A"))
    _make(site, "2", remote_sku="S", item=item("B"))
    assert items_for_remote(site=site, keys=[RemoteKey("S", "", "")]) == {}
    assert (
        items_for_remote(site=site, keys=[RemoteKey("S", "2", "")])[RemoteKey("S", "2", "")].item.code == "B"
    )


def test_a_variation_is_not_mistaken_for_its_parent(site: Site) -> None:
    _make(site, "1", item=item("PARENT"), remote_sku="P")
    assert items_for_remote(site=site, keys=[RemoteKey("", "1", "12")]) == {}


def test_a_line_that_names_only_the_parent_is_the_variant_of_its_sku(site: Site) -> None:
    """Some shops tell the product of a sold variant and its SKU, and not the variant's own id."""
    parent, variant, unlinked = item("PARENT"), item("SHIRT-RED-L"), item("SHIRT-BLUE-L")
    _make(site, "1", item=parent, remote_sku="SHIRT", remote_kind="variable")
    _make(site, "1", remote_variant_id="12", item=variant, remote_sku="SHIRT-RED-L", remote_kind="variant")
    keys = [RemoteKey(sku, "1", "") for sku in ("SHIRT-RED-L", "SHIRT-BLUE-L", "SHIRT", "never heard of")]
    found = items_for_remote(site=site, keys=keys)
    assert [found[key].item for key in keys] == [variant, unlinked, parent, parent]


def test_links_of_items_give_the_base_unit_first(site: Site) -> None:
    water, carton = item("W"), UnitOfMeasure.objects.create(code="CTN")
    box = _make(site, "1", item=water, unit=carton)
    single = _make(site, "2", item=water)
    _make(site, "3", item=item("OFF"), active=False)
    assert links_for_items(site=site, item_ids=[water.pk, 10**9]) == {water.pk: single}
    assert all_links_for_items(site=site, item_ids=[water.pk]) == {water.pk: [single, box]}


def test_an_older_figure_never_replaces_a_newer_one(site: Site) -> None:
    first, second = _make(site, "1", item=item("A")), _make(site, "2", item=item("B"))
    assert (
        record_sent_quantities(
            [SentQuantity(first.pk, Decimal(5), 20), SentQuantity(second.pk, Decimal(6), 20)]
        )
        == 2
    )
    assert (
        record_sent_quantities(
            [SentQuantity(first.pk, Decimal(9), 19), SentQuantity(second.pk, Decimal(7), 21)]
        )
        == 1
    )
    assert record_sent_prices([SentPrice(first.pk, Decimal("9.5"), None, 3)]) == 1
    assert record_sent_prices([SentPrice(first.pk, Decimal("8"), None, 2)]) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.last_sent_quantity, second.last_sent_quantity) == (Decimal(5), Decimal(7))
    assert (first.last_sent_price, first.last_sent_special, first.last_price_version) == (
        Decimal("9.5"),
        None,
        3,
    )


def test_an_item_cannot_be_linked_twice_by_hand(site: Site) -> None:
    one = item("A")
    _make(site, "1", item=one)
    free = _make(site, "2", state=LinkState.ITEM_MISSING)
    with pytest.raises(PermanentError, match="already linked") as caught:
        link_line(free, one)
    assert caught.value.code == "link_conflict"
