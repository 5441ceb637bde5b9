from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from ecomsync.common.errors import InvalidPayload, NetworkError
from erp.models import Item, ItemAttributeValue, ItemBarcode, UnitOfMeasure
from linking.models import ItemLinker, ItemLinkerLine, LinkState, MatchSource
from linking.services.link_line import link_line, unlink_line
from linking.services.record_created import CreatedLink, record_created
from platforms.types import RemoteProduct
from sites.models import Site
from tests.linking.conftest import LinkSite, item, product
from tests.sync_queues.fake_shop import FakeAdapter

Shelf = list[RemoteProduct]


def _line(remote_id: str) -> ItemLinkerLine:
    return next(line for line in ItemLinkerLine.objects.all() if line.remote_id == remote_id)


def _states() -> dict[str, str]:
    return {line.remote_id: line.state for line in ItemLinkerLine.objects.all()}


def test_codes_match_whatever_their_case_and_blanks(link: LinkSite, shelf: Shelf) -> None:
    shirt, cafe = item("SHIRT-1"), item("CAFÉ-9")
    shelf += [product("1", " shirt-1 "), product("2", "café-9"), product("3", "unknown"), product("4", "")]
    run = link()
    assert (_line("1").item, _line("2").item) == (shirt, cafe)
    assert _states() == {"1": "linked", "2": "linked", "3": "item_missing", "4": "item_missing"}
    assert (run.state, run.found, run.created, run.adds_up) == ("finished", 4, 4, True)
    assert "2 linked" in run.message
    linker = ItemLinker.objects.get()
    assert (linker.code, linker.last_run_id) == ("LINK-SHOP", run.pk)


def test_variants_keep_their_parent_and_only_templates_group(link: LinkSite, shelf: Shelf) -> None:
    template = item("TEE", item_type="template")
    red = item("TEE-RED", variant_of=template)
    shelf += [
        product("10", "TEE", kind="variable", is_sellable=False),
        product(
            "11",
            "TEE-RED",
            kind="variant",
            parent_remote_id="10",
            attributes={"Colour": "Red"},
            inventory_id="i11",
        ),
        # A variation without a SKU of its own shows that of its parent: it must not become the template.
        product("12", "TEE", kind="variant", parent_remote_id="10"),
    ]
    link()
    line = _line("11")
    assert (line.remote_product_id, line.remote_variant_id, line.parent_remote_id) == ("10", "11", "10")
    assert (line.item, line.remote_inventory_id, line.attribute_values) == (red, "i11", {"Colour": "Red"})
    assert _line("10").item == template
    assert _line("12").state == LinkState.ITEM_MISSING


def test_barcodes_name_item_and_unit(link: LinkSite, shelf: Shelf, site: Site) -> None:
    ItemLinker.objects.create(code="L", site=site, matching_rule="barcode")
    carton = UnitOfMeasure.objects.create(code="CTN")
    water = item("WATER")
    ItemBarcode.objects.create(item=water, barcode="4006381333931")
    ItemBarcode.objects.create(item=water, barcode="9780306406157", unit=carton)
    shelf += [product("1", "x", barcode="4006381333931"), product("2", "y", barcode=" 9780306406157")]
    link()
    assert [(_line(key).item, _line(key).unit) for key in ("1", "2")] == [(water, None), (water, carton)]


def test_an_expression_compares_what_staff_wrote(link: LinkSite, shelf: Shelf, site: Site) -> None:
    ItemLinker.objects.create(
        code="L",
        site=site,
        matching_rule="expression",
        expression="{code}-{attribute.Size} = {sku|after:ERP-}",
    )
    shoe = item("SHOE")
    ItemAttributeValue.objects.create(item=shoe, attribute="size", value="42")
    shelf += [product("1", "ERP-shoe-42"), product("2", "SHOE-42")]
    link()
    assert (_line("1").item, _line("2").state) == (shoe, "item_missing")


def test_the_first_rule_with_an_answer_wins(link: LinkSite, shelf: Shelf, site: Site) -> None:
    first = ItemLinker.objects.create(code="A", site=site, matching_rule="code")
    second = ItemLinker.objects.create(code="B", site=site, matching_rule="barcode")
    by_code, by_barcode = item("ONE"), item("TWO")
    ItemBarcode.objects.create(item=by_barcode, barcode="4006381333931")
    shelf += [product("1", "ONE"), product("2", "zzz", barcode="4006381333931")]
    link()
    assert (_line("1").linker, _line("1").item) == (first, by_code)
    assert (_line("2").linker, _line("2").item) == (second, by_barcode)


def test_two_products_of_one_item_are_a_conflict_and_never_a_guess(link: LinkSite, shelf: Shelf) -> None:
    wanted = item("DUP")
    shelf += [product("1", "DUP"), product("2", "dup ")]
    run = link()
    assert _states() == {"1": "conflict", "2": "conflict"}
    assert _line("1").item is None
    assert _line("1").candidates == [
        {"item": wanted.pk, "unit": None, "reason": "claimed", "rivals": ["dup  (2)"]}
    ]
    assert (run.held, run.adds_up) == (2, True)
    assert run.notes.filter(code="link_conflict").count() == 2


def test_two_items_of_one_product_are_a_conflict(link: LinkSite, shelf: Shelf, site: Site) -> None:
    ItemLinker.objects.create(code="L", site=site, matching_rule="expression", expression="{name2} = {name}")
    item("A1", name2="Blue mug"), item("A2", name2="blue mug")
    shelf.append(product("1", "?", name="Blue Mug"))
    link()
    assert _line("1").state == "conflict"
    assert [row["reason"] for row in _line("1").candidates] == ["same_identity", "same_identity"]


def test_a_newcomer_does_not_take_an_item_from_a_settled_link(link: LinkSite, shelf: Shelf) -> None:
    item("A")
    shelf.append(product("1", "A"))
    link()
    shelf.append(product("2", "A"))
    link()
    assert _states() == {"1": "linked", "2": "conflict"}


def test_unmatched_products_get_candidates_with_reasons(link: LinkSite, shelf: Shelf) -> None:
    named, coded, barcoded = item("N1", name1="كوب أزرق"), item("AB-00-12"), item("B1")
    ItemBarcode.objects.create(item=barcoded, barcode="4006381333931")
    shelf += [
        product("1", "q", name="كوب أزرق"),
        product("2", "ab0012"),
        product("3", "w", barcode="4006381333931"),
    ]
    run = link()
    assert _states() == dict.fromkeys("123", "candidate")
    found = {key: [(row["item"], row["reason"]) for row in _line(key).candidates] for key in "123"}
    assert found == {
        "1": [(named.pk, "name")],
        "2": [(coded.pk, "similar_code")],
        "3": [(barcoded.pk, "barcode")],
    }
    assert run.held == 3


def test_products_gone_from_the_shop_are_marked_and_come_back(link: LinkSite, shelf: Shelf) -> None:
    item("A"), item("B")
    shelf += [product("1", "A"), product("2", "B")]
    link()
    kept = shelf.pop(0)
    assert link().counts["remote_missing"] == 1
    assert _states() == {"1": "remote_missing", "2": "linked"}
    shelf.append(kept)
    link()
    assert _states() == {"1": "linked", "2": "linked"}


def test_a_read_that_breaks_off_marks_nothing(link: LinkSite, shelf: Shelf) -> None:
    item("A"), item("B")
    shelf += [product("1", "A"), product("2", "B")]
    link()
    FakeAdapter.broken_after = (1, NetworkError("Gone."))
    with pytest.raises(NetworkError):
        link()
    FakeAdapter.broken_after = None
    shelf.clear()
    with pytest.raises(InvalidPayload, match="no product at all"):
        link()
    assert _states() == {"1": "linked", "2": "linked"}


def test_a_renamed_sku_keeps_its_link_and_a_new_identity_moves_it(link: LinkSite, shelf: Shelf) -> None:
    first, second = item("A"), item("B")
    shelf.append(product("1", "A"))
    link()
    ItemLinkerLine.objects.update(last_sent_quantity=5, last_quantity_version=9, last_sent_hash="x")
    shelf[0] = product("1", "renamed")
    link()
    assert (_line("1").item, _line("1").remote_sku, _line("1").last_sent_quantity) == (
        first,
        "renamed",
        Decimal(5),
    )
    shelf[0] = product("1", "B")
    link()
    line = _line("1")
    assert (line.item, line.last_sent_quantity, line.last_quantity_version, line.last_sent_hash) == (
        second,
        None,
        0,
        "",
    )


def test_swapped_skus_swap_the_links(link: LinkSite, shelf: Shelf) -> None:
    first, second = item("A"), item("B")
    shelf += [product("1", "A"), product("2", "B")]
    link()
    shelf[:] = [product("1", "B"), product("2", "A")]
    link()
    assert (_line("1").item, _line("2").item) == (second, first)


def test_what_people_decided_stays(link: LinkSite, shelf: Shelf, admin_user: Any) -> None:
    item("A")
    other = item("OTHER")
    shelf += [product("1", "A"), product("2", "B")]
    link()
    unlink_line(_line("1"), admin_user)
    link_line(_line("2"), other, admin_user)
    link()
    assert (_line("1").item, _line("1").active, _line("1").state) == (None, False, "item_missing")
    assert (_line("2").item, _line("2").match_source) == (other, MatchSource.MANUAL)


def test_an_item_deleted_from_the_erp_leaves_its_line_without_item(link: LinkSite, shelf: Shelf) -> None:
    gone = item("A")
    shelf.append(product("1", "A"))
    link()
    gone.delete()
    link()
    assert (_line("1").item, _line("1").state) == (None, "item_missing")


def test_new_links_are_announced_once_after_the_commit(
    link: LinkSite,
    shelf: Shelf,
    site: Site,
    announced: list[dict[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    first = item("A")
    shelf += [product("1", "A"), product("2", "nothing")]
    with django_capture_on_commit_callbacks(execute=True):
        link()
    assert announced == [{"site_id": site.pk, "item_ids": {first.pk}, "skus": {"A"}}]
    with django_capture_on_commit_callbacks(execute=True):
        link()
    assert len(announced) == 1


def test_created_products_are_linked_and_recognised(link: LinkSite, shelf: Shelf, site: Site) -> None:
    made = item("NEW")
    rows = [CreatedLink(made.pk, "77", remote_sku="NEW", remote_name="New")]
    first = record_created(site=site, rows=rows)[made.pk]
    assert record_created(site=site, rows=rows)[made.pk] == first
    shelf.append(product("77", "NEW", name="New"))
    run = link()
    assert (run.unchanged, _line("77").match_source) == (1, "created")
    # The shop lost it and it was made again: the new product takes the item over.
    assert (
        record_created(site=site, rows=[CreatedLink(made.pk, "78", remote_sku="NEW")])[made.pk].remote_id
        == "78"
    )
    assert _states() == {"77": "remote_missing", "78": "linked"}


def test_a_long_name_and_odd_signs_are_kept(link: LinkSite, shelf: Shelf) -> None:
    shelf.append(product("1", "😀" * 300, name="ن" * 900))
    link()
    assert (len(_line("1").remote_sku), len(_line("1").remote_name)) == (200, 500)


@pytest.mark.parametrize("count", [600, 1500])
def test_a_second_run_only_touches_last_seen_and_statements_follow_the_pages(
    link: LinkSite, shelf: Shelf, count: int
) -> None:
    Item.objects.bulk_create(Item(code=f"I-{number:05}") for number in range(count))
    shelf += [product(str(number), f"i-{number:05}") for number in range(count)]
    link()
    before = {line.pk: line.updated_at for line in ItemLinkerLine.objects.all()}
    with CaptureQueriesContext(connection) as queries:
        run = link()
    assert (run.unchanged, run.created, run.updated, run.adds_up) == (count, 0, 0, True)
    lines = [one["sql"] for one in queries.captured_queries if "linking_itemlinkerline" in one["sql"]]
    writes = [sql for sql in lines if sql.startswith(("INSERT", "UPDATE", "DELETE", "WITH"))]
    pages = -(-count // 500)
    assert len(writes) == pages and all("last_seen_at" in sql for sql in writes)
    assert {line.pk: line.updated_at for line in ItemLinkerLine.objects.all()} == before
    assert len(queries) <= 25 + 10 * pages
