from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from platforms.types import AttributeSheet, ImageSheet, Outcome, ProductSheet, PushResult
from platforms.woocommerce.product_plans import Plan, Planner
from platforms.woocommerce.product_reader import ProductReader
from tests.platforms.woocommerce.bench import WooBench

D = Decimal
RED = "https://media.example.test/shirt-red.jpg"
BLUE = "https://media.example.test/shirt-blue.jpg"


def simple(sku: str = "MUG", **changes: Any) -> ProductSheet:
    return replace(
        ProductSheet(f"key-{sku}", sku, "simple", name=f"كوب {sku}", price=D("5.50"), quantity=D(3)),
        **changes,
    )


def shirt(*sizes: str, **changes: Any) -> ProductSheet:
    attributes = (AttributeSheet("Size", sizes, for_variants=True),)
    return replace(
        ProductSheet("key-SHIRT", "SHIRT", "variable", name="قميص", attributes=attributes), **changes
    )


def size(value: str, **changes: Any) -> ProductSheet:
    attributes = (AttributeSheet("Size", (value,), for_variants=True),)
    sheet = ProductSheet(
        f"key-{value}",
        f"SHIRT-{value}",
        "variant",
        parent_sku="SHIRT",
        price=D(25),
        quantity=D(4),
        attributes=attributes,
    )
    return replace(sheet, **changes)


def image(url: str, content_hash: str, **changes: Any) -> ImageSheet:
    return replace(ImageSheet(url, content_hash, filename=url.rpartition("/")[2]), **changes)


def push(bench: WooBench, *sheets: ProductSheet, **options: Any) -> list[PushResult]:
    with bench.adapter(options=options) as adapter:
        return adapter.push_products(sheets)


def shown(bench: WooBench, sku: str) -> dict[str, Any]:
    found = bench.shop.by_sku(sku)
    assert found is not None, f"the shop has no {sku}"
    return found


# ---------------------------------------------------------------- simple products


def test_simple_product_is_created_with_all_that_the_sheet_says(bench: WooBench) -> None:
    category = bench.shop.add_category("أكواب")

    (result,) = push(
        bench,
        simple(
            short_description="قصير",
            description="<p>طويل</p>",
            weight=D("350"),
            weight_unit="g",
            barcode="6281000000014",
            tax_class="reduced-rate",
            category_ids=(str(category["id"]),),
            visible=False,
            special_price=D("4.95"),
            fields={
                "length": D("10.5"),
                "featured": "yes",
                "menu_order": "7",
                "meta:_origin": "SA",
                "backorders": "notify",
            },
            metadata={"_erp_code": "MUG"},
        ),
    )

    product = shown(bench, "MUG")
    assert (result.outcome, result.remote_id, result.data["created"]) == (
        Outcome.OK,
        str(product["id"]),
        True,
    )
    assert product["name"] == "كوب MUG"
    assert (product["regular_price"], product["sale_price"]) == ("5.50", "4.95")
    assert (product["manage_stock"], product["stock_quantity"]) == (True, 3)
    assert product["weight"] == "0.35"
    assert product["dimensions"]["length"] == "10.5"
    assert product["global_unique_id"] == "6281000000014"
    assert (product["tax_class"], product["catalog_visibility"]) == ("reduced-rate", "hidden")
    assert [entry["id"] for entry in product["categories"]] == [category["id"]]
    assert (product["featured"], product["menu_order"], product["backorders"]) == (True, 7, "notify")
    meta = {row["key"]: row["value"] for row in product["meta_data"]}
    assert meta == {"_erp_id": "key-MUG", "_erp_code": "MUG", "_origin": "SA"}
    assert product["status"] == "publish"


def test_what_the_shop_already_shows_is_not_sent(bench: WooBench) -> None:
    sheets = [
        shirt("S", "M", description="<p>قطن</p>", weight=D("0.50"), metadata={"_a": "1"}),
        size("S"),
        size("M"),
        simple(
            description="x", weight=D("350"), weight_unit="g", fields={"length": D("10.50"), "featured": True}
        ),
    ]
    push(bench, *sheets)
    bench.shop.counters.reset()

    results = push(bench, *sheets)

    assert {result.outcome for result in results} == {Outcome.UNCHANGED}
    assert bench.writes == 0


def test_linked_product_is_changed_by_its_id_even_when_the_sku_differs(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="OLD-SKU", regular_price="5.50", stock_quantity=3)

    (result,) = push(bench, simple(remote_id=str(made["id"]), name="Renamed"))

    assert (result.outcome, result.remote_id) == (Outcome.OK, str(made["id"]))
    assert shown(bench, "OLD-SKU")["name"] == "Renamed"
    assert bench.shop.by_sku("MUG") is None


def test_none_leaves_alone_and_empty_text_clears(bench: WooBench) -> None:
    push(bench, simple(short_description="a", description="b", weight=D(1)))

    push(bench, simple(name=None, price=None, quantity=None, short_description="", description=None))

    product = shown(bench, "MUG")
    assert (product["short_description"], product["description"], product["weight"]) == ("", "b", "1")
    assert (product["name"], product["regular_price"], product["stock_quantity"]) == ("كوب MUG", "5.50", 3)


def test_product_is_switched_off_and_on(bench: WooBench) -> None:
    push(bench, simple())
    push(bench, simple(active=False))
    assert shown(bench, "MUG")["status"] == "draft"

    push(bench, simple(active=True))
    assert shown(bench, "MUG")["status"] == "publish"


def test_new_product_takes_the_status_of_the_option(bench: WooBench) -> None:
    push(bench, simple(), status_on_create="draft")

    assert shown(bench, "MUG")["status"] == "draft"


def test_found_product_is_not_created_and_a_missing_one_only_if_allowed(bench: WooBench) -> None:
    bench.shop.add_product(sku="MUG", regular_price="5.50")

    found, missing = push(bench, simple(allow_create=False), simple("CUP", allow_create=False))

    assert found.is_ok
    assert (missing.outcome, missing.code) == (Outcome.REJECTED, "not_linked")
    assert bench.shop.by_sku("CUP") is None


def test_link_to_a_deleted_product_heals_by_sku(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="MUG", regular_price="5.50")

    (result,) = push(bench, simple(remote_id="999999"))

    assert result.remote_id == str(made["id"])
    assert bench.count_by_sku("MUG") == 1


def test_product_in_the_trash_is_restored_instead_of_doubled(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="MUG", regular_price="5.50", stock_quantity=3)
    bench.shop.rest("DELETE", f"/products/{made['id']}")

    (result,) = push(bench, simple())

    assert (result.outcome, result.remote_id) == (Outcome.OK, str(made["id"]))
    assert shown(bench, "MUG")["status"] == "publish"
    assert bench.count_by_sku("MUG") == 1


def test_trashed_variable_product_comes_back_with_its_variations(bench: WooBench) -> None:
    sheets = [shirt("S", "M"), size("S"), size("M")]
    first = push(bench, *sheets)
    bench.shop.rest("DELETE", f"/products/{first[0].remote_id}")

    again = push(bench, *sheets)

    assert [result.outcome for result in again] == [Outcome.OK] * 3
    assert [result.remote_id for result in again] == [result.remote_id for result in first]


def test_sku_taken_meanwhile_is_linked_to_its_owner(bench: WooBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody creates the product between our look and our creation."""
    owner: list[int] = []
    look = ProductReader.rows_by_sku

    def look_then_lose(self: ProductReader, skus: Any, **kwargs: Any) -> Any:
        found = look(self, skus, **kwargs)
        if not owner and kwargs.get("status") == "trash":
            owner.append(bench.shop.add_product(sku="MUG", regular_price="9.00")["id"])
        return found

    monkeypatch.setattr(ProductReader, "rows_by_sku", look_then_lose)
    (result,) = push(bench, simple())

    assert (result.outcome, result.remote_id) == (Outcome.OK, str(owner[0]))
    assert shown(bench, "MUG")["name"] == "كوب MUG"
    assert bench.count_by_sku("MUG") == 1


def test_kind_that_differs_is_refused(bench: WooBench) -> None:
    bench.shop.add_variable("MUG", {"Size": ["S"]})

    (result,) = push(bench, simple())

    assert (result.outcome, result.code) == (Outcome.REJECTED, "kind_mismatch")


def test_simple_product_becomes_variable_when_the_erp_says_so(bench: WooBench) -> None:
    bench.shop.add_product(sku="SHIRT", regular_price="5.50")

    results = push(bench, shirt("S"), size("S"))

    assert all(result.is_ok for result in results), results
    assert shown(bench, "SHIRT")["type"] == "variable"


def test_price_of_an_existing_product_keeps_the_promotion(bench: WooBench) -> None:
    bench.shop.add_product(
        sku="MUG", name="كوب MUG", regular_price="30.00", sale_price="25.00", stock_quantity=3
    )

    (kept,) = push(bench, simple(price=D(31)))
    (refused,) = push(bench, simple(price=D(20)))

    assert kept.outcome is Outcome.OK
    assert refused.is_ok
    assert refused.data["price_code"] == "price_below_promotion"
    assert "promotion" in refused.warning
    assert (shown(bench, "MUG")["regular_price"], shown(bench, "MUG")["sale_price"]) == ("31.00", "25.00")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sku": ""}, "no_sku"),
        ({"sku": "X" * 101}, "sku_too_long"),
        ({"name": ""}, "no_name"),
        ({"name": None}, "no_name"),
        ({"quantity": D("1.5")}, "fractional_quantity"),
        ({"weight": D(1), "weight_unit": "stone"}, "weight_unit"),
        ({"fields": {"colour": "red"}}, "unknown_field"),
        ({"fields": {"tax_status": "maybe"}}, "bad_value"),
        ({"fields": {"menu_order": "first"}}, "bad_value"),
        ({"category_ids": ("shirts",)}, "bad_id"),
    ],
)
def test_sheet_that_cannot_pass_is_refused_and_the_others_are_sent(
    bench: WooBench, changes: dict[str, Any], code: str
) -> None:
    bad, good = push(bench, simple(**changes), simple("CUP"))

    assert (bad.outcome, bad.code) == (Outcome.REJECTED, code)
    assert bad.message and bad.cure
    assert good.outcome is Outcome.OK


def test_name_of_400_characters_with_emoji_passes(bench: WooBench) -> None:
    name = "كوب ☕ " + "طويل " * 79

    push(bench, simple(name=name.strip()))

    assert shown(bench, "MUG")["name"] == name.strip()


def test_hundred_new_products_are_five_writes(bench: WooBench) -> None:
    results = push(bench, *(simple(f"P-{n}") for n in range(100)))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.writes == 5
    assert bench.calls <= 5 + 2


# ---------------------------------------------------------------- variations


def test_variable_product_is_created_with_its_variations(bench: WooBench) -> None:
    results = push(bench, size("S"), shirt("S", "M"), size("M"))

    assert [result.key for result in results] == ["key-S", "key-SHIRT", "key-M"]
    assert {result.outcome for result in results} == {Outcome.OK}
    parent = shown(bench, "SHIRT")
    assert parent["type"] == "variable"
    assert parent["attributes"][0]["options"] == ["S", "M"]
    assert parent["attributes"][0]["id"] > 0
    variation = shown(bench, "SHIRT-M")
    assert variation["parent_id"] == parent["id"] == int(results[0].parent_remote_id)
    assert [(row["name"], row["option"]) for row in variation["attributes"]] == [("Size", "M")]
    assert (variation["regular_price"], variation["stock_quantity"]) == ("25.00", 4)


def test_shared_attribute_and_values_are_made_once(bench: WooBench) -> None:
    push(bench, shirt("S", "M"), size("S"))
    push(bench, replace(shirt("M", "L"), key="k2", sku="COAT", name="معطف"))

    attributes = bench.shop.rest("GET", "/products/attributes")
    terms = bench.shop.rest("GET", f"/products/attributes/{attributes[0]['id']}/terms")
    assert [row["name"] for row in attributes] == ["Size"]
    assert sorted(row["name"] for row in terms) == ["L", "M", "S"]


def test_custom_attributes_by_option_make_no_shared_ones(bench: WooBench) -> None:
    results = push(bench, shirt("S"), size("S"), attributes_mode="custom")

    assert all(result.is_ok for result in results)
    assert bench.shop.rest("GET", "/products/attributes") == []
    assert shown(bench, "SHIRT-S")["attributes"][0]["option"] == "S"


def test_option_that_only_a_variation_names_is_given_to_the_parent_of_the_same_call(bench: WooBench) -> None:
    results = push(bench, shirt("S"), size("S"), size("XL"))

    assert all(result.is_ok and not result.warning for result in results)
    assert shown(bench, "SHIRT")["attributes"][0]["options"] == ["S", "XL"]
    assert shown(bench, "SHIRT-XL")["attributes"][0]["option"] == "XL"


def test_new_variation_alone_extends_its_parent(bench: WooBench) -> None:
    push(bench, shirt("S"), size("S"))

    (result,) = push(bench, size("XXL"))

    assert (result.outcome, result.warning) == (Outcome.OK, "")
    assert shown(bench, "SHIRT")["attributes"][0]["options"] == ["S", "XXL"]
    assert shown(bench, "SHIRT-XXL")["attributes"][0]["option"] == "XXL"


def test_variation_of_another_product_is_not_moved(bench: WooBench) -> None:
    other = bench.shop.add_variable("OTHER", {"Size": ["S"]})
    moved = bench.shop.rest("GET", f"/products/{other['id']}/variations")[0]
    bench.shop.rest("PUT", f"/products/{other['id']}/variations/{moved['id']}", {"sku": "SHIRT-S"})
    parent = push(bench, shirt("S"))[0]

    (result,) = push(bench, size("S", parent_remote_id=parent.remote_id))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "variant_of_other_product")
    assert shown(bench, "SHIRT-S")["parent_id"] == other["id"]


def test_variation_without_its_parent_is_refused(bench: WooBench) -> None:
    (result,) = push(bench, size("S"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_parent")


def test_variation_waits_when_its_parent_was_refused(bench: WooBench) -> None:
    parent, child = push(bench, shirt("S", name=""), size("S"))

    assert parent.outcome is Outcome.REJECTED
    assert (child.outcome, child.code) == (Outcome.RETRY, "parent_failed")


def test_variation_linked_to_a_parent_that_is_gone_follows_the_new_one(bench: WooBench) -> None:
    results = push(
        bench, shirt("S", remote_id="888888"), size("S", remote_id="888889", parent_remote_id="888888")
    )

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
    assert results[1].parent_remote_id == results[0].remote_id


def test_shop_that_falls_silent_between_parents_and_variations_keeps_the_parents(bench: WooBench) -> None:
    bench.shop.faults.add("rate_limit", path="variations", retry_after=4)

    parent, child = push(bench, shirt("S"), size("S"))
    bench.heal()
    again = push(bench, shirt("S"), size("S"))

    assert (parent.outcome, child.outcome) == (Outcome.OK, Outcome.RETRY)
    assert again[0].remote_id == parent.remote_id
    assert again[1].outcome is Outcome.OK


def test_variation_is_switched_off_as_private(bench: WooBench) -> None:
    push(bench, shirt("S"), size("S", active=False))

    with bench.shop.store.lock:
        product = bench.shop.store.by_sku("SHIRT-S")
    assert product is not None and product.status == "private"


# ---------------------------------------------------------------- pictures


def test_pictures_are_uploaded_once_and_then_named_by_id(bench: WooBench) -> None:
    images = (image(BLUE, "b" * 64, position=2), image(RED, "r" * 64, position=1, is_main=True, label="أحمر"))
    (first,) = push(bench, simple(images=images))
    ids = first.data["images"]
    media = len(bench.shop.store.media)
    bench.shop.counters.reset()

    known = tuple(replace(entry, remote_id=ids[entry.content_hash]) for entry in images)
    (second,) = push(bench, simple(images=known))

    product = shown(bench, "MUG")
    assert media == 2
    assert [str(row["id"]) for row in product["images"]] == [ids["r" * 64], ids["b" * 64]]
    assert product["images"][0]["alt"] == "أحمر"
    assert (second.outcome, bench.writes, len(bench.shop.store.media)) == (Outcome.UNCHANGED, 0, media)
    assert second.data["images"] == ids


def test_picture_whose_id_was_lost_is_recognised_and_not_uploaded_again(bench: WooBench) -> None:
    images = (image(RED, "r" * 64),)
    (first,) = push(bench, simple(images=images))

    (second,) = push(bench, simple(images=images))

    assert second.data["images"] == first.data["images"]
    assert len(bench.shop.store.media) == 1


def test_new_picture_beside_known_ones_uploads_one(bench: WooBench) -> None:
    (first,) = push(bench, simple(images=(image(RED, "r" * 64),)))

    (second,) = push(
        bench, simple(images=(image(RED, "r" * 64, position=1), image(BLUE, "b" * 64, position=2)))
    )

    assert second.outcome is Outcome.OK
    assert second.data["images"]["r" * 64] == first.data["images"]["r" * 64]
    assert len(bench.shop.store.media) == 2


def test_no_pictures_clears_them(bench: WooBench) -> None:
    push(bench, simple(images=(image(RED, "r" * 64),)))

    push(bench, simple(images=()))

    assert shown(bench, "MUG")["images"] == []


def test_pictures_travel_in_their_own_calls_of_ten_products(bench: WooBench) -> None:
    sheets = [simple(f"P-{n}", images=(image(RED, f"{n:064d}"),)) for n in range(25)]

    results = push(bench, *sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("POST /products/batch") == 2 + 3


def test_bad_picture_is_refused_and_the_product_is_kept(bench: WooBench) -> None:
    bad, good = push(
        bench,
        simple(images=(image("https://media.example.test/mug.exe", "e" * 64),)),
        simple("CUP", images=(image(RED, "r" * 64),)),
    )

    assert (bad.outcome, bad.code) == (Outcome.REJECTED, "woocommerce_product_image_upload_error")
    assert bad.remote_id == str(shown(bench, "MUG")["id"])
    assert "public" in bad.cure
    assert good.outcome is Outcome.OK


def test_picture_without_address_is_refused_with_a_cure(bench: WooBench) -> None:
    (result,) = push(bench, simple(images=(ImageSheet("", "r" * 64, label="أحمر", content=b"x"),)))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "image_needs_url")
    assert result.remote_id


def test_variation_has_one_picture(bench: WooBench) -> None:
    results = push(bench, shirt("S"), size("S", images=(image(RED, "r" * 64), image(BLUE, "b" * 64))))

    assert results[1].outcome is Outcome.OK
    assert list(results[1].data["images"]) == ["r" * 64]
    assert len(bench.shop.store.media) == 1


# ---------------------------------------------------------------- reading


def test_products_are_listed_with_their_variations(bench: WooBench) -> None:
    push(
        bench, shirt("S", "M"), size("S"), size("M"), simple(barcode="6281000000014", special_price=D("4.50"))
    )

    with bench.adapter() as adapter:
        found = {product.sku: product for product in adapter.iter_products()}

    assert {sku: product.kind for sku, product in found.items()} == {
        "SHIRT": "variable",
        "SHIRT-S": "variant",
        "SHIRT-M": "variant",
        "MUG": "simple",
    }
    assert not found["SHIRT"].is_sellable
    assert found["SHIRT-S"].parent_remote_id == found["SHIRT"].remote_id
    assert found["SHIRT-S"].name == "قميص - S"
    assert found["SHIRT-S"].attributes == {"Size": "S"}
    mug = found["MUG"]
    assert (mug.barcode, mug.price, mug.special_price, mug.quantity) == (
        "6281000000014",
        D("5.50"),
        D("4.50"),
        D(3),
    )


def test_changed_products_are_listed_since_the_very_moment(bench: WooBench) -> None:
    push(bench, simple(), simple("CUP"))
    bench.shop.advance(60)
    bench.shop.rest("PUT", f"/products/{shown(bench, 'CUP')['id']}", {"name": "Changed"})

    with bench.adapter() as adapter:
        moment = adapter.find_products(["CUP"])[0].updated_at
        found = [product.sku for product in adapter.iter_products(modified_from=moment)]

    assert found == ["CUP"]


def test_three_hundred_skus_are_found_in_a_few_calls(bench: WooBench) -> None:
    products = bench.products(300)

    with bench.adapter() as adapter:
        found = adapter.find_products([product.sku for product in products])

    assert len(found) == 300
    assert bench.calls == 3


def test_arabic_skus_are_split_so_that_the_address_is_not_too_long(bench: WooBench) -> None:
    skus = [f"صنف-طويل-جدا-{n:03d}" for n in range(90)]
    for sku in skus:
        bench.shop.add_product(sku=sku, regular_price="1.00")
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = adapter.find_products(skus)

    assert len(found) == 90
    assert bench.calls == 2


def test_sku_with_a_comma_is_found_exactly(bench: WooBench) -> None:
    bench.shop.add_product(sku="A,B", regular_price="1.00")
    bench.shop.add_product(sku="A,BC", regular_price="1.00")

    with bench.adapter() as adapter:
        found = adapter.find_products(["A,B"])

    assert [product.sku for product in found] == ["A,B"]


def test_products_of_the_chosen_language_are_the_ones_worked_with(bench: WooBench) -> None:
    bench.shop.options.languages = ("en", "ar")
    sheet = ProductSheet("p1", "MUG", "simple", name="Mug", price=D("5.00"))
    arabic = replace(sheet, name="كوب")

    with bench.adapter() as adapter:
        (first,) = adapter.push_products([sheet])
    with bench.adapter(options={"language": "ar"}) as adapter:
        assert adapter.find_products(["MUG"]) == []
        (second,) = adapter.push_products([arabic])
        (again,) = adapter.push_products([arabic])
        listed = [(row.remote_id, row.name) for row in adapter.iter_products()]

    assert first.remote_id != second.remote_id
    assert again.outcome is Outcome.UNCHANGED
    assert listed == [(second.remote_id, "كوب")]
    assert bench.shop.product(int(first.remote_id))["name"] == "Mug"


def test_sku_that_went_to_the_trash_meanwhile_is_restored(
    bench: WooBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench.shop.add_product(sku="GONE", regular_price="5.00")
    looked = Planner._find_by_sku

    def look_and_lose(self: Planner, plans: Sequence[Plan]) -> None:
        """Staff trash the product between our look and our creation."""
        monkeypatch.setattr(Planner, "_find_by_sku", looked)
        bench.shop.rest("DELETE", f"/products/{made['id']}")

    monkeypatch.setattr(Planner, "_find_by_sku", look_and_lose)
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([ProductSheet("p1", "GONE", "simple", name="Lamp")])

    assert (result.outcome, result.remote_id) == (Outcome.OK, str(made["id"]))
    assert bench.shop.product(made["id"])["status"] == "publish"


@pytest.mark.parametrize("deaths", [1, 2, None])
@pytest.mark.parametrize("after", [0, 2, 3])
def test_batch_that_dies_in_the_middle_leaves_no_product_twice(
    bench: WooBench, deaths: int | None, after: int
) -> None:
    sheets = [simple(f"NEW-{n}") for n in range(4)]
    bench.shop.faults.add("batch_dies", count=deaths, after=after)

    with bench.adapter() as adapter:
        first = adapter.push_products(sheets)
        bench.heal()
        second = adapter.push_products(sheets)

    assert {result.outcome for result in first} <= {Outcome.OK, Outcome.UNCHANGED, Outcome.RETRY}
    assert [bench.count_by_sku(sheet.sku) for sheet in sheets] == [1, 1, 1, 1]
    assert all(result.is_ok for result in second)


def test_upsells_and_cross_sells_are_lists_of_products_sent_once(bench: WooBench) -> None:
    first, second = bench.products(2)
    sheet = simple(
        "MUG", fields={"upsell_ids": f"{first.remote_id}, {second.remote_id}", "cross_sell_ids": ""}
    )

    with bench.adapter() as adapter:
        (made,) = adapter.push_products([sheet])
        (again,) = adapter.push_products([sheet])
        (bad,) = adapter.push_products([replace(sheet, fields={"cross_sell_ids": "red"})])

    assert bench.shop.product(int(made.remote_id))["upsell_ids"] == [
        int(first.remote_id),
        int(second.remote_id),
    ]
    assert again.outcome is Outcome.UNCHANGED
    assert (bad.outcome, bad.code) == (Outcome.REJECTED, "bad_id")
