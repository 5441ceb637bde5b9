"""Products out: created once with their variants, changed in batches, pictures and categories."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import RateLimited
from platforms.types import AttributeSheet, CategorySheet, ImageSheet, Outcome, ProductSheet
from sandbox.bigcommerce import catalog
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal
SIZE = AttributeSheet("Size", ("M", "L"), for_variants=True)


def shirt(*sizes: str) -> list[ProductSheet]:
    parent = ProductSheet("p", "SHIRT", "variable", name="قميص قطني", price=D("50.00"), attributes=(SIZE,))
    children = [
        ProductSheet(
            f"c-{size}",
            f"SHIRT-{size}",
            "variant",
            parent_sku="SHIRT",
            price=D("55.00"),
            quantity=D(4),
            attributes=(AttributeSheet("Size", (size,), for_variants=True),),
        )
        for size in sizes
    ]
    return [*children, parent]


def test_new_product_with_variants_is_one_creation(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_products(shirt("M", "L"))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("POST /v3/catalog/products") == 1
    assert bench.shop.counters.calls("PUT /v3/inventory/adjustments/absolute") == 1
    product = bench.shop.product(int(results[-1].remote_id))
    assert product["name"] == "قميص قطني" and product["inventory_tracking"] == "variant"
    assert sorted(v["sku"] for v in product["variants"]) == ["SHIRT-L", "SHIRT-M"]
    assert {result.parent_remote_id for result in results[:2]} == {results[-1].remote_id}
    assert [result.data["inventory_id"] for result in results] == [
        results[0].remote_id,
        results[1].remote_id,
        "",
    ]
    assert bench.shop.stock_of("SHIRT-L") == 4 and bench.shop.price_of("SHIRT-L") == D("55.00")


def test_the_same_again_writes_nothing(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products(shirt("M", "L"))
        bench.shop.settle()
        written = bench.writes
        again = adapter.push_products(shirt("M", "L"))

    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.writes == written


def test_variant_added_later_gets_its_option_value(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products(shirt("M"))
        results = adapter.push_products(shirt("M", "XL"))

    assert [result.is_ok for result in results] == [True, True, True]
    options = bench.shop.product(int(results[-1].remote_id))["options"]
    assert [[value["label"] for value in option["option_values"]] for option in options] == [["M", "XL"]]
    assert bench.shop.stock_of("SHIRT-XL") == 4


def test_changed_products_go_ten_to_a_call(bench: BigCommerceBench) -> None:
    products = bench.products(25)
    sheets = [
        ProductSheet(p.sku, p.sku, "simple", description=f"New {p.sku}", remote_id=p.remote_id)
        for p in products
    ]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("PUT /v3/catalog/products") == 3
    assert bench.calls == 1 + 3
    assert bench.shop.by_sku(products[24].sku)["description"] == f"New {products[24].sku}"


def test_bad_row_of_a_batch_is_found_although_the_store_does_not_name_it(bench: BigCommerceBench) -> None:
    products = bench.products(10)
    sheets = [
        ProductSheet(p.sku, p.sku, "simple", description="New", remote_id=p.remote_id) for p in products
    ]
    bench.fail("refuse_rows", skus=[products[6].sku])

    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)

    assert [n for n, result in enumerate(results) if not result.is_ok] == [6]
    assert bench.shop.by_sku(products[9].sku)["description"] == "New"


def test_product_without_a_price_is_hidden(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([ProductSheet("p", "FREE", "simple", name="Sample")])

    assert result.is_ok and "hidden" in result.warning
    assert bench.shop.by_sku("FREE")["is_visible"] is False


def test_duplicate_name_is_refused_with_a_cure(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="A", name="Lamp")

    with bench.adapter() as adapter:
        (result,) = adapter.push_products([ProductSheet("p", "B", "simple", name="Lamp", price=D(1))])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "duplicate")
    assert "SKU" in result.cure


def sheets_of(count: int) -> list[ProductSheet]:
    return [ProductSheet(f"n{n}", f"N-{n}", "simple", name=f"New {n}", price=D(1)) for n in range(count)]


def test_rate_limit_among_creations_stops_them_and_keeps_what_was_made(bench: BigCommerceBench) -> None:
    bench.shop.faults.add("rate_limit", method="POST", retry_after=9, skip=2)

    with bench.adapter() as adapter:
        results = adapter.push_products(sheets_of(6))

    assert [result.outcome for result in results] == [Outcome.OK] * 2 + [Outcome.RETRY] * 4
    assert {result.retry_after for result in results[2:]} == {9}
    assert bench.shop.counters.calls("POST /v3/catalog/products") == 3


def test_rate_limit_before_anything_was_made_is_raised(bench: BigCommerceBench) -> None:
    bench.shop.faults.add("rate_limit", method="POST", retry_after=9)

    with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
        adapter.push_products(sheets_of(3))

    assert caught.value.retry_after == 9
    assert bench.shop.counters.calls("POST /v3/catalog/products") == 1


def test_store_that_fails_twice_in_a_row_is_left_alone(bench: BigCommerceBench) -> None:
    bench.shop.faults.add("internal_error", method="POST", skip=1)

    with bench.adapter() as adapter:
        results = adapter.push_products(sheets_of(6))

    assert [result.outcome for result in results] == [Outcome.OK] + [Outcome.RETRY] * 5
    assert bench.shop.counters.calls("POST /v3/catalog/products") == 3


def test_kinds_must_be_the_same_on_both_sides(bench: BigCommerceBench) -> None:
    bench.shop.add_variable("SHIRT", {"Size": ["M"]})
    bench.shop.add_product(sku="MUG")

    with bench.adapter() as adapter:
        results = adapter.push_products(
            [
                ProductSheet("a", "SHIRT", "simple", name="Shirt", price=D(1)),
                ProductSheet("b", "MUG", "variant", parent_sku="SHIRT", attributes=(SIZE,)),
                ProductSheet("c", "NONE", "variant", parent_sku="NOWHERE", attributes=(SIZE,)),
            ]
        )

    assert [result.code for result in results] == ["kind_mismatch", "kind_mismatch", "no_parent"]


def test_fields_weight_and_custom_fields(bench: BigCommerceBench) -> None:
    sheet = ProductSheet(
        "p",
        "GLOVE",
        "simple",
        name="Glove",
        price=D(10),
        weight=D(250),
        weight_unit="g",
        barcode="3760000000011",
        attributes=(AttributeSheet("Norm", ("EN388",)),),
        fields={"mpn": "G-1", "is_featured": "yes", "custom:Colour": "Black", "sort_order": "3"},
    )

    with bench.adapter() as adapter:
        (made,) = adapter.push_products([sheet])
        (again,) = adapter.push_products([sheet])
        (changed,) = adapter.push_products([replace(sheet, fields={**sheet.fields, "custom:Colour": "Red"})])
        (wrong,) = adapter.push_products([replace(sheet, fields={"moon": "1"})])

    product = bench.shop.product(int(made.remote_id))
    assert (product["weight"], product["upc"], product["mpn"]) == (D("0.25"), "3760000000011", "G-1")
    assert product["is_featured"] is True and product["sort_order"] == 3
    assert again.outcome is Outcome.UNCHANGED and changed.outcome is Outcome.OK
    assert {(f["name"], f["value"]) for f in product["custom_fields"]} == {
        ("Norm", "EN388"),
        ("Colour", "Red"),
    }
    assert wrong.code == "unknown_field"


def test_custom_attributes_become_custom_fields_of_the_product(bench: BigCommerceBench) -> None:
    child, parent = shirt("M")
    attributes = {"care": "Wash at 30 degrees", "بلد المنشأ": "مصر"}

    with bench.adapter() as adapter:
        first = adapter.push_products(
            [replace(child, metadata={"lot": "7"}), replace(parent, metadata=attributes)]
        )
        again = adapter.push_products([child, replace(parent, metadata=attributes)])

    fields = bench.shop.product(int(first[1].remote_id))["custom_fields"]
    assert {field["name"]: field["value"] for field in fields} == attributes
    assert "custom fields" in first[0].warning and not first[1].warning
    assert again[1].outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(("field", "wanted"), [("none", ""), ("meta_description", "Soft & warm")])
def test_short_description_goes_where_staff_want_it(bench: BigCommerceBench, field: str, wanted: str) -> None:
    sheet = ProductSheet(
        "p", "S", "simple", name="S", price=D(1), short_description="<p>Soft &amp;<br>warm</p>"
    )

    with bench.adapter(options={"short_description_field": field}) as adapter:
        (first,) = adapter.push_products([sheet])
        (again,) = adapter.push_products([sheet])

    assert bench.shop.product(int(first.remote_id))["meta_description"] == wanted
    assert again.outcome is Outcome.UNCHANGED


def test_pictures_are_sent_once_and_taken_away_again(bench: BigCommerceBench) -> None:
    front = ImageSheet("https://cdn.example.test/front.jpg", "f" * 64, label="Front", is_main=True)
    back = ImageSheet("https://cdn.example.test/back.jpg", "b" * 64, position=1)
    sheet = ProductSheet("p", "PIC", "simple", name="Picture", price=D(1), images=(back, front))
    product = bench.shop.add_product(sku="PIC", name="Picture", price="1.00")
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        (first,) = adapter.push_products([sheet])
        (second,) = adapter.push_products([sheet])
        by_hand = {"image_url": "https://cdn.example.test/own.png", "description": "Made by hand [2026]"}
        catalog.add_image(bench.shop.store, bench.shop.store.products[product["id"]], by_hand)
        (third,) = adapter.push_products([replace(sheet, images=(front,))])

    posted = bench.shop.counters.calls("POST /v3/catalog/products/{id}/images")
    assert posted == 2 and second.outcome is Outcome.UNCHANGED
    assert set(first.data["images"]) == {"f" * 64, "b" * 64} == set(second.data["images"])
    assert third.outcome is Outcome.OK
    kept, own = bench.shop.product(product["id"])["images"]
    assert kept["description"].startswith("Front") and own["description"] == "Made by hand [2026]"


def test_refused_picture_is_a_refusal_of_its_product(bench: BigCommerceBench) -> None:
    image = ImageSheet("https://cdn.example.test/readme.txt", "t" * 64)

    with bench.adapter() as adapter:
        (result,) = adapter.push_products(
            [ProductSheet("p", "TXT", "simple", name="Text", price=D(1), images=(image,))]
        )

    assert result.outcome is Outcome.REJECTED and result.remote_id
    assert bench.count_by_sku("TXT") == 1


def test_variant_takes_its_one_picture(bench: BigCommerceBench) -> None:
    (child, parent) = shirt("M")
    image = ImageSheet("https://cdn.example.test/m.jpg", "m" * 64)

    with bench.adapter() as adapter:
        (first, _) = adapter.push_products([replace(child, images=(image,)), parent])
        known = replace(image, remote_id=first.data["images"]["m" * 64])
        (second, _) = adapter.push_products([replace(child, images=(known,)), parent])

    assert first.outcome is Outcome.OK
    assert bench.shop.counters.calls("POST /v3/catalog/products/{id}/variants/{variant}/image") == 1
    assert second.is_ok


def test_new_product_is_assigned_to_the_channel_of_the_site(bench: BigCommerceBench) -> None:
    channel = bench.shop.add_channel("Outlet")

    with bench.adapter(options={"channel_id": channel["id"]}) as adapter:
        (result,) = adapter.push_products([ProductSheet("p", "OUT", "simple", name="Outlet", price=D(1))])

    assert (int(result.remote_id), channel["id"]) in bench.shop.store.channel_products


@pytest.mark.parametrize("fault", ["http_503", "reset_after"])
def test_channel_that_failed_after_the_creation_is_made_up_for_and_told_once(
    bench: BigCommerceBench, fault: str
) -> None:
    channel = bench.shop.add_channel("Outlet")
    sheets = [ProductSheet(f"p{n}", f"OUT-{n}", "simple", name=f"Outlet {n}", price=D(1)) for n in (1, 2)]
    bench.shop.faults.add(fault, path="/v3/catalog/products/channel-assignments")

    with bench.adapter(options={"channel_id": channel["id"]}) as adapter:
        failed = adapter.push_products(sheets)
        bench.heal()
        bench.shop.store.channel_products -= {(int(row.remote_id), channel["id"]) for row in failed}
        bench.shop.counters.reset()
        first, second = adapter.push_products(sheets), adapter.push_products(sheets)

    assert [row.outcome for row in failed] == [Outcome.RETRY] * 2 and all(row.remote_id for row in failed)
    assert [row.outcome for row in (*first, *second)] == [Outcome.OK] * 2 + [Outcome.UNCHANGED] * 2
    assert bench.shop.counters.calls("PUT /v3/catalog/products/channel-assignments") == 1
    assert {(int(row.remote_id), channel["id"]) for row in first} <= bench.shop.store.channel_products


def test_channel_that_the_store_does_not_know_is_a_warning(bench: BigCommerceBench) -> None:
    with bench.adapter(options={"channel_id": 9}) as adapter:
        (result,) = adapter.push_products([ProductSheet("p", "OUT", "simple", name="Outlet", price=D(1))])

    assert result.outcome is Outcome.OK and bench.count_by_sku("OUT") == 1
    assert "does not show in channel 9" in result.warning


def test_stock_of_another_location_is_sent_although_the_catalogue_shows_the_same(
    bench: BigCommerceBench,
) -> None:
    """The catalogue shows the stock of the default location."""
    place = bench.shop.add_location("RUH", "Riyadh")
    bench.shop.add_product(sku="MUG", name="Mug", price="10.00", inventory_level=5)
    sheet = ProductSheet("k", "MUG", "simple", quantity=D(5))

    with bench.adapter(options={"location_id": place["id"]}) as adapter:
        (result,) = adapter.push_products([sheet])
    with bench.adapter() as adapter:
        (same,) = adapter.push_products([sheet])

    assert (result.outcome, bench.shop.stock_of("MUG", place["id"])) == (Outcome.OK, 5)
    assert same.outcome is Outcome.UNCHANGED


def test_link_of_a_variant_counts_before_its_sku(bench: BigCommerceBench) -> None:
    """The ERP gave the code of one variant to another one: the link tells which is meant."""
    one, two = bench.variants(1, 2)
    sheet = ProductSheet(
        "k",
        one.sku,
        "variant",
        remote_id=two.remote_id,
        parent_remote_id=two.parent_remote_id,
        barcode="4006",
    )

    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet])

    first, second = (catalog.by_sku(bench.shop.store, entry.sku)[1] for entry in (one, two))
    assert result.remote_id == two.remote_id
    assert first is not None and second is not None
    assert (first["upc"], second["upc"]) == ("", "4006")


def test_skus_of_variants_are_found_through_the_stock_list(bench: BigCommerceBench) -> None:
    variants = bench.variants(20, 3)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = adapter.find_products([variant.sku for variant in variants])

    assert {product.sku for product in found} == {variant.sku for variant in variants}
    assert bench.calls == 3  # by product SKU, in the stock list, and the products with their variants
    assert {product.kind for product in found} == {"variant"}


def test_catalogue_is_read_with_variants_250_products_to_a_call(bench: BigCommerceBench) -> None:
    bench.products(251)
    bench.variants(2, 2)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = list(adapter.iter_products())

    assert bench.calls == 2
    assert len(found) == 251 + 2 + 4
    assert sum(1 for product in found if product.is_sellable) == 255
    simple = next(product for product in found if product.kind == "simple")
    assert simple.inventory_id and simple.manages_stock and simple.price == D(10)


def test_changed_products_are_read_since_a_moment(bench: BigCommerceBench) -> None:
    bench.products(3)
    bench.shop.advance(3600)
    bench.shop.add_product(sku="NEW", price="1.00")

    with bench.adapter() as adapter:
        moment = adapter.find_products(["NEW"])[0].updated_at
        found = [product.sku for product in adapter.iter_products(modified_from=moment)]

    assert found == ["NEW"]


def test_category_that_is_refused_stops_no_other(bench: BigCommerceBench) -> None:
    bench.shop.add_category("Clothes")
    long = CategorySheet("l", "x" * 51)
    known = CategorySheet("k", "clothes ")
    new = CategorySheet("n", "Shoes", position=4)

    with bench.adapter() as adapter:
        results = adapter.push_categories([long, known, new])

    assert [result.code for result in results] == ["bad_name", "", ""]
    assert [result.is_ok for result in results] == [False, True, True]
    assert len(bench.shop.store.categories) == 2


def test_category_that_the_store_refuses_is_told_by_its_answer_in_part(bench: BigCommerceBench) -> None:
    """207: some were made and one was not, since its name stands under the same parent in another case of letters."""
    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [CategorySheet("a", "Hats"), CategorySheet("b", "HATS"), CategorySheet("c", "Caps")]
        )

    assert [result.is_ok for result in results] == [True, False, True]
    assert "same parent" in results[1].message


def test_change_that_the_store_answers_in_part_is_believed_of_the_rows_that_it_tells(
    bench: BigCommerceBench,
) -> None:
    hats, caps = (bench.shop.add_category(name) for name in ("Hats", "Caps"))
    inner = bench.shop.app.serve

    def serve(request: Any) -> Any:
        answer = inner(request)
        if request.method == "PUT" and request.path.endswith("/categories"):
            rows = [row for row in json.loads(request.body) if row["category_id"] == caps["category_id"]]
            told = {"data": rows, "errors": {"title": "The name is taken."}, "meta": {"failed": 1}}
            answer = replace(answer, status=207, body=json.dumps(told).encode())
        return answer

    bench.shop.app.serve = serve  # type: ignore[method-assign]
    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [
                CategorySheet("a", "Hats", remote_id=str(hats["category_id"]), description="New"),
                CategorySheet("b", "Caps", remote_id=str(caps["category_id"]), description="New"),
            ]
        )

    assert [result.is_ok for result in results] == [False, True]
    assert "The name is taken" in results[0].message


def test_circle_of_categories_is_refused(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [CategorySheet("a", "A", parent_key="b"), CategorySheet("b", "B", parent_key="a")]
        )

    assert {result.code for result in results} == {"circular_category"}
    assert bench.writes == 0
