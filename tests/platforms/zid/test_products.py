"""Products out: attributes first, variants published, texts per language, categories by difference, pictures once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import AttributeSheet, CategorySheet, ImageSheet, Outcome, ProductSheet
from sandbox.zid import catalog
from tests.platforms.zid.bench import ZidBench

D = Decimal
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
SIZE = AttributeSheet("المقاس", ("L",), for_variants=True, code="size")
PARENT = ProductSheet("p", "SHIRT", "variable", name="قميص", translations={"en": {"name": "Shirt"}})


def variant(size: str, **values: object) -> ProductSheet:
    sheet = ProductSheet(
        f"v{size}",
        f"SHIRT-{size}",
        "variant",
        parent_sku="SHIRT",
        price=D("25.00"),
        quantity=D(4),
        attributes=(replace(SIZE, options=(size,)),),
    )
    return replace(sheet, **values)  # type: ignore[arg-type]


def test_product_with_variants_is_made_attributes_first_and_published(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_products([variant("L"), PARENT, variant("M")])

    assert [result.outcome for result in results] == [Outcome.OK] * 3
    parent, large = bench.shop.by_sku("SHIRT"), bench.shop.by_sku("SHIRT-L")
    assert parent["name"] == {"en": "Shirt", "ar": "قميص"}
    assert (parent["structure"], len(parent["variants"]), parent["is_published"]) == ("parent", 2, True)
    assert (large["is_draft"], large["is_published"], large["price"]) == (False, True, D("25.00"))
    assert large["attributes"][0]["slug"] == "size"
    assert {bench.shop.stock_of(sku) for sku in ("SHIRT-L", "SHIRT-M")} == {4}
    assert {result.parent_remote_id for result in results if result.key != "p"} == {parent["id"]}
    counters = bench.shop.counters
    assert counters.calls("POST /v1/products/{id}/variants/") == 1
    assert counters.calls("POST /v1/attributes/") == 1
    assert counters.calls("POST /v1/attributes/{id}/presets/") == 2


def test_attribute_and_value_that_somebody_else_made_meanwhile_are_taken(bench: ZidBench) -> None:
    colour = AttributeSheet("اللون", ("أحمر",), for_variants=True, code="colour")
    with bench.adapter() as adapter:
        adapter.push_products([PARENT, variant("L")])
        store = bench.shop.store
        size = next(iter(store.attributes.values()))
        catalog.add_preset(store, size, {"value": {"ar": "M"}})
        made = catalog.add_attribute(store, {"name": {"ar": "اللون"}, "slug": "colour"})
        attributes = (replace(SIZE, options=("M",)), colour)
        (result,) = adapter.push_products([variant("M", attributes=attributes)])

    assert result.outcome is Outcome.OK, result
    assert [row["slug"] for row in bench.shop.by_sku("SHIRT-M")["attributes"]] == ["size", "colour"]
    assert [preset["value"] for preset in made["_presets"]] == [{"ar": "أحمر"}]
    assert len(size["_presets"]) == 2


def test_the_same_again_writes_nothing_and_a_new_variant_joins(bench: ZidBench) -> None:
    sheets = [PARENT, variant("L"), variant("M")]
    with bench.adapter() as adapter:
        first = adapter.push_products(sheets)
        written = bench.writes
        linked = [
            replace(s, remote_id=r.remote_id, parent_remote_id=r.parent_remote_id)
            for s, r in zip(sheets, first, strict=True)
        ]
        again = adapter.push_products(linked)
        unchanged = bench.writes == written
        (more,) = adapter.push_products([variant("XL", parent_remote_id=first[0].remote_id)])

    assert {result.outcome for result in again} == {Outcome.UNCHANGED} and unchanged
    assert more.outcome is Outcome.OK
    assert len(bench.shop.by_sku("SHIRT")["variants"]) == 3


def test_refused_variant_does_not_stop_the_others(bench: ZidBench) -> None:
    bench.shop.add_product(sku="TAKEN", price="1.00")
    with bench.adapter() as adapter:
        results = adapter.push_products(
            [PARENT, variant("L"), variant("M", sku="TAKEN"), variant("S", attributes=())]
        )

    assert [(r.outcome, r.code) for r in results] == [
        (Outcome.OK, ""),
        (Outcome.OK, ""),
        (Outcome.REJECTED, "kind_mismatch"),
        (Outcome.REJECTED, "no_options"),
    ]
    assert all(r.cure for r in results[2:])


def test_draft_left_by_a_lost_answer_is_published_at_the_next_attempt(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products([PARENT, variant("L")])
        bench.shop.store.products[bench.shop.by_sku("SHIRT-L")["id"]] |= {
            "is_draft": True,
            "is_published": False,
        }
        (result,) = adapter.push_products([variant("L")])

    assert result.outcome is Outcome.OK
    assert bench.shop.by_sku("SHIRT-L")["is_published"] is True


def test_changed_products_go_fifty_per_call_with_what_differs(bench: ZidBench) -> None:
    products = bench.products(60)
    sheets = [
        ProductSheet(p.sku, p.sku, "simple", name=f"منتج {n}", remote_id=p.remote_id, active=n != 7)
        for n, p in enumerate(products)
    ]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("PATCH /v1/products/") == 2
    assert bench.shop.counters.calls("GET /v1/products/") == 2
    shown = bench.shop.by_sku(products[7].sku)
    assert (shown["name"]["ar"], shown["name"]["en"]) == ("منتج 7", "Product BULK 00008")
    assert shown["is_published"] is False


def test_fields_of_copy_lines_take_their_own_form(bench: ZidBench) -> None:
    fields = {
        "cost": "4.50",
        "keywords": "قهوة, بن",
        "is_taxable": "no",
        "max_quantity_per_cart": "3",
        "seo_title": "بن خولاني",
        "weight": "0.25",
    }
    sheet = ProductSheet("k", "COFFEE", "simple", name="بن", price=D("58.00"), fields=fields)

    with bench.adapter() as adapter:
        (made,) = adapter.push_products([sheet])
        written = bench.writes
        (again,) = adapter.push_products([replace(sheet, remote_id=made.remote_id)])
        (unknown,) = adapter.push_products([replace(sheet, remote_id=made.remote_id, fields={"colour": "x"})])

    shown = bench.shop.by_sku("COFFEE")
    assert (shown["cost"], shown["keywords"], shown["is_taxable"]) == (D("4.5"), ["قهوة", "بن"], False)
    assert shown["purchase_restrictions"] == {"max_quantity_per_cart": 3}
    assert (shown["seo"], shown["weight"]) == ({"title": {"ar": "بن خولاني"}}, {"value": 0.25, "unit": "kg"})
    assert again.outcome is Outcome.UNCHANGED and bench.writes == written
    assert (unknown.outcome, unknown.code) == (Outcome.REJECTED, "unknown_field")


def test_product_without_a_price_is_hidden_and_says_so(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([ProductSheet("k", "FREE", "simple", name="هدية")])

    assert result.is_ok and "hidden" in result.warning
    assert bench.shop.by_sku("FREE")["is_published"] is False


def test_what_may_not_be_created_is_not(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_products(
            [
                ProductSheet("a", "A", "simple", name="A", price=D(1), allow_create=False),
                ProductSheet("b", "", "simple", name="B", price=D(1)),
                ProductSheet("c", "C", "simple", price=D(1)),
                variant("L", parent_sku="NOWHERE"),
            ]
        )

    assert [result.code for result in results] == ["not_linked", "no_sku", "no_name", "no_parent"]
    assert bench.writes == 0


def test_categories_are_written_by_their_difference(bench: ZidBench) -> None:
    first, second, third = (str(bench.shop.add_category({"ar": name})["id"]) for name in ("أ", "ب", "ج"))
    product = bench.products(1)[0]
    sheet = ProductSheet(
        "k", product.sku, "simple", remote_id=product.remote_id, category_ids=(first, second)
    )

    with bench.adapter() as adapter:
        assert adapter.push_products([sheet])[0].outcome is Outcome.OK
        bench.shop.counters.reset()
        assert adapter.push_products([sheet])[0].outcome is Outcome.UNCHANGED
        assert bench.writes == 0
        adapter.push_products([replace(sheet, category_ids=(second, third))])

    assert [row["id"] for row in bench.shop.product(product.remote_id)["categories"]] == [second, third]
    assert bench.writes == 2


def test_pictures_are_sent_once_and_ours_go_when_they_are_wanted_no_more(bench: ZidBench) -> None:
    product = bench.products(1)[0]
    images = tuple(
        ImageSheet("", f"{n}" * 64, label=f"صورة {n}", position=n, content=PNG, is_main=n == 1)
        for n in (2, 1)
    )
    sheet = ProductSheet("k", product.sku, "simple", remote_id=product.remote_id, images=images)

    with bench.adapter() as adapter:
        (first,) = adapter.push_products([sheet])
        written = bench.writes
        (again,) = adapter.push_products([sheet])
        unchanged = bench.writes == written
        (fewer,) = adapter.push_products([replace(sheet, images=images[:1])])
        (wrong,) = adapter.push_products(
            [replace(sheet, images=(ImageSheet("", "f" * 64, content=b"%PDF-1.4"),))]
        )

    assert (first.outcome, again.outcome, fewer.outcome) == (Outcome.OK, Outcome.UNCHANGED, Outcome.OK)
    assert unchanged and set(first.data["images"]) == {"1" * 64, "2" * 64}
    assert [image["alt_text"] for image in bench.shop.product(product.remote_id)["images"]] == [
        f"صورة 2 [{'2' * 16}]"
    ]
    assert (wrong.outcome, wrong.code) == (Outcome.REJECTED, "image_type")


def test_skus_are_searched_or_the_catalogue_is_read_whichever_is_shorter(bench: ZidBench) -> None:
    products = bench.products(400)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        few = adapter.find_products([products[390].sku, products[3].sku])
        cost_of_few = bench.calls
        bench.shop.counters.reset()
        many = adapter.find_products([product.sku for product in products[::10]])

    assert {product.sku for product in few} == {products[390].sku, products[3].sku} and cost_of_few == 2
    assert len(many) == 40 and bench.calls == 9


def test_products_since_a_moment_stop_at_the_first_older_one(bench: ZidBench) -> None:
    products = bench.products(160)
    bench.shop.advance(3600)
    with bench.adapter() as adapter:
        bench.shop.store.products[products[150].remote_id]["_updated"] = bench.shop.app.clock.now()
        moment = next(p for p in adapter.iter_products() if p.sku == products[150].sku).updated_at
        bench.shop.counters.reset()
        found = [product.sku for product in adapter.iter_products(modified_from=moment)]
        sorted_calls = bench.calls
        bench.shop.options.newest_first = False
        bench.shop.counters.reset()
        all_read = [product.sku for product in adapter.iter_products(modified_from=moment)]

    assert found == all_read == [products[150].sku]
    assert sorted_calls == 1


def test_categories_are_hidden_shown_and_found_by_name(bench: ZidBench) -> None:
    known = bench.shop.add_category({"ar": "قهوة", "en": "Coffee"})
    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [
                CategorySheet("a", "قهوة", active=False),
                CategorySheet("b", "شاي", parent_remote_id=str(known["id"]), description="أنواع"),
                CategorySheet("c", "x", parent_key="d"),
                CategorySheet("d", "y", parent_key="c"),
                CategorySheet("e", "  "),
            ]
        )
        tree = {row.remote_id: row for row in adapter.iter_categories()}

    assert [(r.outcome, r.code) for r in results] == [
        (Outcome.OK, ""),
        (Outcome.OK, ""),
        (Outcome.REJECTED, "circular_category"),
        (Outcome.REJECTED, "circular_category"),
        (Outcome.REJECTED, "bad_name"),
    ]
    assert results[0].remote_id == str(known["id"]) and known["is_published"] is False
    tea = tree[results[1].remote_id]
    assert (tea.name, tea.parent_remote_id) == ("شاي", str(known["id"]))
