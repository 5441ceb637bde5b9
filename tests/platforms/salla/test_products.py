"""Products: the grid of variants, pictures, languages, and nothing written twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from platforms.types import AttributeSheet, CategorySheet, ImageSheet, Outcome, ProductSheet
from tests.platforms.salla.bench import SallaBench

D = Decimal


def parent(*sizes: str) -> ProductSheet:
    return ProductSheet(
        "p",
        "SHIRT",
        "variable",
        name="قميص",
        attributes=(AttributeSheet("المقاس", sizes, for_variants=True),),
    )


def child(size: str, price: str = "50.00", quantity: int = 4) -> ProductSheet:
    return ProductSheet(
        f"c-{size}", f"SHIRT-{size}", "variant", name=f"قميص {size}", price=D(price), quantity=D(quantity), barcode=f"628{size}",
        parent_sku="SHIRT", attributes=(AttributeSheet("المقاس", (size,), for_variants=True),),
    )  # fmt: skip


@pytest.mark.parametrize("mismatched", [False, True])
def test_variants_are_matched_in_the_grid_and_written_once(bench: SallaBench, mismatched: bool) -> None:
    bench.shop.options.mismatched_values = mismatched
    sheets = [child("S"), child("M", "55.00", 7), parent("S", "M")]

    with bench.adapter() as adapter:
        first = adapter.push_products(sheets)
        written = bench.writes
        linked = [
            replace(sheet, remote_id=result.remote_id, parent_remote_id=result.parent_remote_id)
            for sheet, result in zip(sheets, first, strict=True)
        ]
        second = adapter.push_products(linked)
        listed = {product.sku: product for product in adapter.iter_products()}

    assert [result.outcome for result in first] == [Outcome.OK] * 3, first
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    assert written == bench.writes == 3
    assert (bench.shop.price_of("SHIRT-M"), bench.shop.stock_of("SHIRT-M")) == (D("55.00"), 7)
    assert first[0].parent_remote_id == first[2].remote_id == listed["SHIRT-S"].parent_remote_id
    assert not listed["SHIRT"].is_sellable and listed["SHIRT-M"].attributes == {"المقاس": "M"}
    assert bench.shop.by_sku("SHIRT-S")["barcode"] == "628S"


def test_value_more_makes_the_grid_grow(bench: SallaBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products([parent("S", "M"), child("S"), child("M")])
        results = adapter.push_products([parent("S", "M", "L"), child("L", "60.00")])

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK], results
    assert bench.shop.price_of("SHIRT-L") == D("60.00")
    assert bench.shop.price_of("SHIRT-S") == D("50.00")


def test_variant_without_its_value_is_refused_with_a_cure(bench: SallaBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products([parent("S"), child("S")])
        (result,) = adapter.push_products([child("XXL")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_such_variant") and result.cure


def test_picture_is_sent_once_and_shows_the_product(bench: SallaBench) -> None:
    image = ImageSheet(
        "", "abc123", label="أمام", content=b"\xff\xd8\xff", filename="front.jpg", is_main=True
    )
    sheet = ProductSheet("p", "CUP", "simple", name="كوب", price=D(5), quantity=D(3), images=(image,))

    with bench.adapter() as adapter:
        (first,) = adapter.push_products([sheet])
        sent = first.data["images"]["abc123"]
        written = bench.writes
        (second,) = adapter.push_products([replace(sheet, images=(replace(image, remote_id=sent),))])

    assert first.outcome is Outcome.OK and second.outcome is Outcome.UNCHANGED
    assert bench.writes == written
    shown = bench.shop.by_sku("CUP")
    assert shown["status"] == "sale" and shown["images"][0]["alt"] == "أمام" and shown["images"][0]["main"]


def test_second_language_is_a_call_of_its_own(bench: SallaBench) -> None:
    sheet = ProductSheet(
        "p",
        "CUP",
        "simple",
        name="كوب",
        price=D(5),
        translations={"ar": {"name": "كوب"}, "en": {"name": "Cup"}},
    )

    with bench.adapter() as adapter:
        adapter.push_products([sheet])
        adapter.push_products([sheet])
    row = next(iter(bench.shop.store.products.values()))

    assert row["_names"] == {"ar": "كوب", "en": "Cup"}
    assert bench.writes == 2
    with bench.adapter(options={"language": "en"}) as adapter:
        assert [product.name for product in adapter.iter_products()] == ["Cup"]


def test_free_field_that_salla_does_not_have_is_refused(bench: SallaBench) -> None:
    sheet = ProductSheet("p", "CUP", "simple", name="كوب", price=D(5), fields={"colour": "red"})

    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_field")
    assert bench.writes == 0


def test_category_that_is_there_already_is_joined_by_its_name(bench: SallaBench) -> None:
    with bench.adapter() as adapter:
        (first,) = adapter.push_categories([CategorySheet("c", "قهوة")])
        (again,) = adapter.push_categories([CategorySheet("d", "قهوة", position=3)])

    assert again.remote_id == first.remote_id and again.outcome is Outcome.OK
    assert bench.shop.store.categories[int(first.remote_id)]["sort_order"] == 3
