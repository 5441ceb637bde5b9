"""Products: made once, changed where they differ, and nothing deleted that we did not send."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import ShopUnavailable
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_products import handle_of, variant_differs, variant_input
from platforms.types import AttributeSheet, CategorySheet, ImageSheet, Outcome, ProductSheet
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal
MUG = ProductSheet(
    "m", "MUG", "simple", name="كوب خزفي ☕", description="<p>Big</p>", price=D("10.00"), active=True
)
SHIRT = ProductSheet(
    "s",
    "SHIRT",
    "variable",
    name="Shirt",
    active=True,
    attributes=(AttributeSheet("Size", ("S", "M"), True), AttributeSheet("Colour", ("Red",), True)),
)


def variant(size: str, colour: str = "Red", **more: Any) -> ProductSheet:
    sku = f"SHIRT-{size}-{colour}".upper()
    attributes = (AttributeSheet("Size", (size,), True), AttributeSheet("Colour", (colour,), True))
    return ProductSheet(
        f"v{size}{colour}",
        sku,
        "variant",
        price=D("20.00"),
        parent_sku="SHIRT",
        attributes=attributes,
        **more,
    )


@pytest.fixture
def adapter(bench: ShopifyBench) -> Any:
    with bench.adapter() as adapter:
        yield adapter


def shown(bench: ShopifyBench, number: str) -> dict[str, Any]:
    query = """query($id: ID!) { product(id: $id) {
      title descriptionHtml handle status tags vendor
      options { name values }
      collections(first: 20) { nodes { title } }
      media(first: 20) { nodes { id alt } }
      metafields(first: 20) { nodes { namespace key value } }
      resourcePublicationsV2(first: 9) { nodes { publication { name } isPublished } }
      variants(first: 250) { nodes { sku price compareAtPrice barcode taxable selectedOptions { name value }
        inventoryItem { tracked measurement { weight { value unit } } } } }
    } }"""
    found: dict[str, Any] = bench.shop.graphql(query, {"id": gid("Product", number)})["data"]["product"]
    return found


def skus(bench: ShopifyBench, number: str) -> list[str]:
    return [row["sku"] for row in shown(bench, number)["variants"]["nodes"]]


class TestSimple:
    def test_new_product_is_made_whole_and_published(self, bench: ShopifyBench, adapter: Any) -> None:
        sheet = replace(
            MUG,
            barcode="6281000000017",
            weight=D("0.35"),
            quantity=D(7),
            special_price=D("8.00"),
            fields={"vendor": "Forge", "tags": "new, kitchen", "seo_title": "Mugs"},
        )
        (result,) = adapter.push_products([sheet])
        product = shown(bench, result.parent_remote_id)
        row = product["variants"]["nodes"][0]

        assert result.outcome is Outcome.OK and result.data["created"] and not result.warning
        assert (product["title"], product["status"], product["vendor"]) == ("كوب خزفي ☕", "ACTIVE", "Forge")
        assert sorted(product["tags"]) == ["kitchen", "new"]
        assert (row["sku"], row["price"], row["compareAtPrice"], row["barcode"]) == (
            "MUG",
            "8.00",
            "10.00",
            "6281000000017",
        )
        assert row["inventoryItem"]["measurement"]["weight"] == {"value": 0.35, "unit": "KILOGRAMS"}
        assert bench.shop.stock_of("MUG") == 7
        assert [p["publication"]["name"] for p in product["resourcePublicationsV2"]["nodes"]] == [
            "Online Store"
        ]
        assert number_of((bench.shop.by_sku("MUG") or {})["_item"]) == result.data["inventory_id"]

    def test_what_is_shown_already_is_not_sent(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([MUG])
        linked = replace(MUG, remote_id=made.remote_id)
        written = bench.writes

        assert adapter.push_products([linked])[0].outcome is Outcome.UNCHANGED
        assert bench.writes == written

    def test_change_touches_only_what_is_stated(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([replace(MUG, fields={"tags": "ours"})])
        bench.shop.graphql(
            'mutation($id: ID!) { tagsAdd(id: $id, tags: ["theirs"]) { userErrors { message } } }',
            {"id": gid("Product", made.parent_remote_id)},
        )
        change = ProductSheet(
            "m", "MUG", "simple", name="Mug", remote_id=made.remote_id, fields={"tags": "ours,more"}
        )
        (result,) = adapter.push_products([change])
        product = shown(bench, made.parent_remote_id)

        assert result.outcome is Outcome.OK
        assert (product["title"], product["descriptionHtml"]) == ("Mug", "<p>Big</p>")
        assert sorted(product["tags"]) == ["more", "ours", "theirs"]
        assert product["variants"]["nodes"][0]["price"] == "10.00"

    def test_switching_off_and_on(self, bench: ShopifyBench, adapter: Any) -> None:
        """The link names a variant, so the sheet that switches off calls itself one."""
        (made,) = adapter.push_products([MUG])
        off = ProductSheet(
            "m", "MUG", "variant", active=False, allow_create=False,
            remote_id=made.remote_id, parent_remote_id=made.parent_remote_id,
        )  # fmt: skip

        assert adapter.push_products([off])[0].outcome is Outcome.OK
        assert shown(bench, made.parent_remote_id)["status"] == "DRAFT"

    def test_price_of_a_product_on_sale_goes_the_careful_way(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([MUG])
        bench.shop.set_price("MUG", "7.00", "10.00")
        (result,) = adapter.push_products([replace(MUG, remote_id=made.remote_id, price=D("12.00"))])
        row = shown(bench, made.parent_remote_id)["variants"]["nodes"][0]

        assert result.outcome is Outcome.OK
        assert (row["price"], row["compareAtPrice"]) == ("7.00", "12.00")

    def test_creation_that_is_not_allowed_is_refused(self, bench: ShopifyBench, adapter: Any) -> None:
        (result,) = adapter.push_products([replace(MUG, allow_create=False)])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "not_linked")
        assert bench.count_by_sku("MUG") == 0

    def test_sku_that_two_variants_bear_is_left_to_staff(self, bench: ShopifyBench, adapter: Any) -> None:
        for _ in range(2):
            bench.shop.add_product(sku="TWICE", price="1.00", stock=1)

        (result,) = adapter.push_products([replace(MUG, sku="TWICE")])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "sku_not_unique")

    def test_link_to_what_is_gone_is_healed_by_the_sku(self, bench: ShopifyBench, adapter: Any) -> None:
        row = bench.shop.add_product(sku="MUG", title="Old", price="10.00", stock=1)

        (result,) = adapter.push_products([replace(MUG, remote_id="99999999")])

        assert (result.outcome, result.remote_id) == (Outcome.OK, number_of(row["variant_id"]))

    def test_repetition_is_found_although_the_search_lags(self, bench: ShopifyBench, adapter: Any) -> None:
        """Shopify's index is behind its records: the handle is looked up, not searched for."""
        bench.shop.options.search_lag = 600
        first = adapter.push_products([MUG])[0]
        second = adapter.push_products([MUG])[0]

        assert second.is_ok and second.remote_id == first.remote_id
        assert bench.count_by_sku("MUG") == 1

    def test_handle_of_another_product_is_never_taken_over(self, bench: ShopifyBench, adapter: Any) -> None:
        row = bench.shop.add_product(sku="OTHER", title="x", price="1.00", stock=1, handle=handle_of(MUG))
        (result,) = adapter.push_products([MUG])

        assert result.outcome is Outcome.OK
        assert result.parent_remote_id != number_of(row["id"])
        assert skus(bench, number_of(row["id"])) == ["OTHER"]

    def test_one_bad_sheet_stops_no_other(self, bench: ShopifyBench, adapter: Any) -> None:
        bad = replace(MUG, key="b", sku="BAD", fields={"colour": "red"})
        nameless = replace(MUG, key="n", sku="NONAME", name=None)
        results = adapter.push_products([bad, MUG, nameless])

        assert [(r.key, r.outcome, r.code) for r in results] == [
            ("b", Outcome.REJECTED, "unknown_field"),
            ("m", Outcome.OK, ""),
            ("n", Outcome.REJECTED, "no_name"),
        ]


class TestVariants:
    def test_parent_and_variants_are_one_product(self, bench: ShopifyBench, adapter: Any) -> None:
        sheets = [variant("S"), SHIRT, variant("M", quantity=D(4))]
        results = adapter.push_products(sheets)
        parent = results[1].remote_id
        product = shown(bench, parent)

        assert [r.outcome for r in results] == [Outcome.OK] * 3
        assert {r.parent_remote_id for r in (results[0], results[2])} == {parent}
        assert product["options"] == [
            {"name": "Size", "values": ["S", "M"]},
            {"name": "Colour", "values": ["Red"]},
        ]
        assert sorted(skus(bench, parent)) == ["SHIRT-M-RED", "SHIRT-S-RED"]
        assert bench.shop.stock_of("SHIRT-M-RED") == 4
        assert bench.shop.counters.calls("POST /graphql/productSet") == 1
        assert adapter.push_products(sheets)[0].outcome is Outcome.UNCHANGED

    def test_variants_of_others_stay(self, bench: ShopifyBench, adapter: Any) -> None:
        """`productSet` deletes what its list does not name, so all that is there is named."""
        row = bench.shop.add_variable("SHIRT", {"Size": ["S", "L"], "Colour": ["Red"]})
        parent = number_of(row["id"])
        bench.shop.set_price("SHIRT-L-RED", "99.00")
        (result,) = adapter.push_products([replace(variant("M"), parent_remote_id=parent)])
        product = shown(bench, parent)

        assert result.outcome is Outcome.OK
        assert sorted(skus(bench, parent)) == ["SHIRT-L-RED", "SHIRT-M-RED", "SHIRT-S-RED"]
        assert {r["sku"]: r["price"] for r in product["variants"]["nodes"]}["SHIRT-L-RED"] == "99.00"
        assert set(product["options"][0]["values"]) == {"S", "M", "L"}

    def test_parent_that_came_before_its_variants_makes_room(self, bench: ShopifyBench, adapter: Any) -> None:
        (parent,) = adapter.push_products([SHIRT])
        results = adapter.push_products([replace(variant("S"), parent_remote_id=parent.remote_id)])

        assert results[0].outcome is Outcome.OK
        assert skus(bench, parent.remote_id) == ["SHIRT-S-RED"]

    def test_variant_without_a_parent_is_refused(self, adapter: Any) -> None:
        (result,) = adapter.push_products([variant("S")])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "no_parent")

    def test_variant_with_other_options_is_refused_and_its_sister_is_made(
        self, bench: ShopifyBench, adapter: Any
    ) -> None:
        bench.shop.add_variable("SHIRT", {"Size": ["S"], "Colour": ["Red"]})
        odd = replace(variant("XL"), key="odd", attributes=(AttributeSheet("Size", ("XL",), True),))
        parent = number_of((bench.shop.by_sku("SHIRT-S-RED") or {})["_product"])
        results = adapter.push_products([replace(s, parent_remote_id=parent) for s in (odd, variant("M"))])

        assert [(r.outcome, r.code) for r in results] == [
            (Outcome.REJECTED, "other_options"),
            (Outcome.OK, ""),
        ]

    def test_kind_that_differs_is_refused(self, bench: ShopifyBench, adapter: Any) -> None:
        bench.shop.add_variable("SHIRT", {"Size": ["S"]})
        (result,) = adapter.push_products([replace(MUG, sku="SHIRT-S")])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "kind_mismatch")

    def test_many_variants_are_made_in_the_background(self, bench: ShopifyBench, adapter: Any) -> None:
        sizes = [f"{n:03d}" for n in range(130)]
        results = adapter.push_products([SHIRT, *(variant(size) for size in sizes)])

        assert {r.outcome for r in results} == {Outcome.OK}
        assert len(skus(bench, results[0].remote_id)) == 130
        assert len({r.remote_id for r in results}) == 131
        assert bench.shop.counters.calls("POST /graphql/productSet") == 1
        assert bench.shop.counters.calls("QUERY /graphql/productOperation") >= 1

    def test_catalogue_shows_parents_and_variants(self, bench: ShopifyBench, adapter: Any) -> None:
        adapter.push_products([SHIRT, variant("S"), MUG])
        rows = {(r.kind, r.sku): r for r in adapter.iter_products()}

        assert set(rows) == {("variable", "SHIRT"), ("variant", "SHIRT-S-RED"), ("simple", "MUG")}
        assert not rows["variable", "SHIRT"].is_sellable
        assert rows["variant", "SHIRT-S-RED"].attributes == {"Size": "S", "Colour": "Red"}
        assert all(r.inventory_id for kind, r in ((k[0], v) for k, v in rows.items()) if kind != "variable")


class TestPictures:
    def test_pictures_are_sent_once_and_known_by_their_ids(self, bench: ShopifyBench, adapter: Any) -> None:
        first = ImageSheet("https://cdn.test/a.jpg", "hash-a", "Front", is_main=True)
        second = ImageSheet("https://cdn.test/b.jpg", "hash-b", "Back", position=1)
        (made,) = adapter.push_products([replace(MUG, images=(second, first))])
        known = made.data["images"]
        linked = tuple(replace(image, remote_id=known[image.content_hash]) for image in (first, second))
        written = bench.writes
        (again,) = adapter.push_products([replace(MUG, remote_id=made.remote_id, images=linked)])

        assert set(known) == {"hash-a", "hash-b"}
        assert [row["alt"] for row in shown(bench, made.parent_remote_id)["media"]["nodes"]] == [
            "Front",
            "Back",
        ]
        assert again.outcome is Outcome.UNCHANGED and bench.writes == written
        assert again.data["images"] == known

    def test_pictures_of_the_shops_staff_stay_behind_ours(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products(
            [replace(MUG, images=(ImageSheet("https://cdn.test/a.jpg", "a", "A"),))]
        )
        fresh = ImageSheet("https://cdn.test/c.jpg", "c", "C")
        adapter.push_products([replace(MUG, remote_id=made.remote_id, images=(fresh,))])

        assert [r["alt"] for r in shown(bench, made.parent_remote_id)["media"]["nodes"]] == ["C", "A"]

    def test_they_go_where_the_site_says_so(self, bench: ShopifyBench) -> None:
        with bench.adapter(options={"foreign_images": "remove"}) as adapter:
            (made,) = adapter.push_products(
                [replace(MUG, images=(ImageSheet("https://cdn.test/a.jpg", "a", "A"),))]
            )
            fresh = ImageSheet("https://cdn.test/c.jpg", "c", "C")
            adapter.push_products([replace(MUG, remote_id=made.remote_id, images=(fresh,))])

        assert [r["alt"] for r in shown(bench, made.parent_remote_id)["media"]["nodes"]] == ["C"]

    def test_picture_without_an_address_is_uploaded(self, bench: ShopifyBench, adapter: Any) -> None:
        image = ImageSheet("", "d", "D", filename="d.png", content=b"\x89PNG picture")
        (made,) = adapter.push_products([replace(MUG, images=(image,))])

        assert made.outcome is Outcome.OK and made.data["images"]["d"]
        assert bench.shop.counters.calls("POST /graphql/stagedUploadsCreate") == 1

    def test_picture_that_is_nowhere_refuses_its_product(self, adapter: Any) -> None:
        (result,) = adapter.push_products([replace(MUG, images=(ImageSheet("/media/x.jpg", "x"),))])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "picture_not_public")


class TestExtras:
    def test_metafields_of_others_stay(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([replace(MUG, fields={"meta:specs.material": "clay"})])
        bench.shop.graphql(
            "mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { message } } }",
            {
                "m": [
                    {
                        "ownerId": gid("Product", made.parent_remote_id),
                        "namespace": "other",
                        "key": "app",
                        "type": "single_line_text_field",
                        "value": "x",
                    }
                ]
            },
        )
        change = replace(
            MUG,
            remote_id=made.remote_id,
            fields={"meta:specs.material": "glass"},
            metadata={"origin": "Riyadh"},
        )
        assert adapter.push_products([change])[0].outcome is Outcome.OK
        rows = shown(bench, made.parent_remote_id)["metafields"]["nodes"]

        assert {(r["namespace"], r["key"]): r["value"] for r in rows} == {
            ("specs", "material"): "glass",
            ("other", "app"): "x",
            ("custom", "origin"): "Riyadh",
        }
        assert adapter.push_products([change])[0].outcome is Outcome.UNCHANGED

    def test_texts_in_another_language(self, bench: ShopifyBench, adapter: Any) -> None:
        sheet = replace(MUG, name="Mug", translations={"ar": {"name": "كوب", "description": "<p>كبير</p>"}})
        (made,) = adapter.push_products([sheet])
        linked = replace(sheet, remote_id=made.remote_id)
        told = bench.shop.graphql(
            'query($id: ID!) { product(id: $id) { translations(locale: "ar") { key value } } }',
            {"id": gid("Product", made.parent_remote_id)},
        )["data"]["product"]["translations"]

        assert {row["key"]: row["value"] for row in told} == {"title": "كوب", "body_html": "<p>كبير</p>"}
        assert adapter.push_products([linked])[0].outcome is Outcome.UNCHANGED

    def test_language_that_the_shop_has_not_is_a_warning(self, adapter: Any) -> None:
        (made,) = adapter.push_products([replace(MUG, translations={"fr": {"name": "Tasse"}})])

        assert made.outcome is Outcome.OK
        assert "'fr'" in made.warning

    def test_hidden_product_is_taken_out_of_the_channel(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([MUG])
        hidden = replace(MUG, remote_id=made.remote_id, visible=False)

        assert adapter.push_products([hidden])[0].outcome is Outcome.OK
        assert shown(bench, made.parent_remote_id)["resourcePublicationsV2"]["nodes"] == []
        assert adapter.push_products([hidden])[0].outcome is Outcome.UNCHANGED

    def test_draft_is_published_nowhere(self, bench: ShopifyBench, adapter: Any) -> None:
        (made,) = adapter.push_products([replace(MUG, active=None)])

        assert shown(bench, made.parent_remote_id)["status"] == "DRAFT"
        assert bench.shop.counters.calls("POST /graphql/publishablePublish") == 0

    def test_product_joins_its_collections(self, bench: ShopifyBench, adapter: Any) -> None:
        (category,) = adapter.push_categories([CategorySheet("c", "Kitchen")])
        (made,) = adapter.push_products([replace(MUG, category_ids=(category.remote_id,))])

        assert [r["title"] for r in shown(bench, made.parent_remote_id)["collections"]["nodes"]] == [
            "Kitchen"
        ]
        linked = replace(MUG, remote_id=made.remote_id, category_ids=(category.remote_id,))
        assert adapter.push_products([linked])[0].outcome is Outcome.UNCHANGED


class TestMapping:
    def test_handle_is_of_the_name_and_the_sku(self) -> None:
        assert handle_of(replace(MUG, name="Ceramic Mug", sku="ART-0431")) == "ceramic-mug-art-0431"
        assert handle_of(replace(MUG, name="كوب", sku="ART-0431")) == "art-0431"

    def test_variant_that_differs_is_told_from_one_that_does_not(self) -> None:
        body = variant_input(replace(MUG, barcode="1", weight=D(2)), creating=False, currency="SAR")
        row = {
            "barcode": "1",
            "inventoryItem": {"measurement": {"weight": {"value": 2, "unit": "KILOGRAMS"}}},
        }

        assert not variant_differs(row, body)
        assert variant_differs({**row, "barcode": "2"}, body)
        assert variant_differs({**row, "inventoryItem": {}}, body)


def test_variant_that_is_switched_off_is_told_as_what_shopify_cannot_do(
    bench: ShopifyBench, adapter: Any
) -> None:
    bench.shop.add_variable("SHIRT", {"Size": ["S", "M"], "Colour": ["Red"]})
    row = bench.shop.by_sku("SHIRT-S-RED") or {}
    sheet = replace(variant("S", active=False), remote_id=number_of(row["id"]))

    (result,) = adapter.push_products([sheet])

    assert result.is_ok
    assert "cannot switch off a single variant" in result.warning


class TestBulk:
    """A full run: one operation for all, its lines judged one by one, and nothing made twice whoever is killed."""

    def sheets(self, count: int, **more: Any) -> list[ProductSheet]:
        return [replace(MUG, key=f"k{n}", sku=f"MUG-{n}", name=f"Mug {n}", **more) for n in range(count)]

    def made(self, bench: ShopifyBench) -> list[str]:
        return sorted(str(row["sku"]) for row in bench.shop.store.rows("ProductVariant"))

    def test_many_products_are_one_operation_and_published(self, bench: ShopifyBench) -> None:
        sheets = [*self.sheets(4), SHIRT, variant("S"), variant("M")]
        with bench.adapter(options={"bulk_products": 5}) as adapter:
            results = adapter.push_products(sheets)
            again = adapter.push_products(
                [
                    replace(sheet, remote_id=result.remote_id)
                    for sheet, result in zip(sheets, results, strict=True)
                ]
            )

        assert {result.outcome for result in results} == {Outcome.OK}
        assert {result.outcome for result in again} == {Outcome.UNCHANGED}
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1
        assert bench.shop.counters.calls("POST /graphql/productSet") == 0
        assert all(result.data["inventory_id"] for result in results if result.key != "s")
        shirt = results[4].remote_id
        assert skus(bench, shirt) == ["SHIRT-S-RED", "SHIRT-M-RED"]
        assert {result.parent_remote_id for result in results[5:]} == {shirt}
        published = shown(bench, results[0].parent_remote_id)["resourcePublicationsV2"]["nodes"]
        assert [row["publication"]["name"] for row in published if row["isPublished"]] == ["Online Store"]

    def test_fewer_go_one_by_one_and_never_where_the_site_says_so(self, bench: ShopifyBench) -> None:
        with (
            bench.adapter(options={"bulk_products": 5}) as adapter,
            bench.adapter(options={"bulk_products": 0}) as never,
        ):
            adapter.push_products(self.sheets(4))
            never.push_products(self.sheets(8))

        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 0
        assert bench.shop.counters.calls("POST /graphql/productSet") == 8

    def test_refused_lines_stand_alone(self, bench: ShopifyBench) -> None:
        """One product, and one variant of another: its sisters go again by themselves."""
        sheets = [*self.sheets(4), SHIRT, variant("S"), variant("M")]
        bench.fail("refuse_rows", skus=["MUG-1", "SHIRT-M-RED"])
        with bench.adapter(options={"bulk_products": 5}) as adapter:
            results = {result.key: result for result in adapter.push_products(sheets)}

        refused = {key for key, result in results.items() if not result.is_ok}
        assert refused == {"k1", "vMRed"}
        assert {results[key].outcome for key in refused} == {Outcome.REJECTED}
        assert "MUG-0" in self.made(bench) and "SHIRT-S-RED" in self.made(bench)

    def test_operation_is_followed_by_the_next_run_after_a_kill(self, bench: ShopifyBench) -> None:
        """Nothing was learned, kept or answered: the operation itself is found by its name."""
        bench.shop.options.async_polls = 30
        sheets = self.sheets(6)
        with bench.adapter(options={"bulk_products": 5, "bulk_wait": 0}) as adapter:
            first = adapter.push_products(sheets)
        bench.shop.options.async_polls = 1
        changed = [replace(sheets[0], name="Another name"), *sheets[1:]]
        with bench.adapter(options={"bulk_products": 5}) as adapter:
            second = adapter.push_products(changed)

        assert {(result.outcome, result.code) for result in first} == {(Outcome.RETRY, "bulk_running")}
        assert all(result.is_ok for result in second)
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1
        assert self.made(bench) == [f"MUG-{n}" for n in range(6)]
        product = shown(bench, second[0].parent_remote_id)
        assert product["title"] == "Another name"
        assert [row["isPublished"] for row in product["resourcePublicationsV2"]["nodes"]] == [True]

    def test_operation_that_ended_while_nobody_looked_is_read_too(self, bench: ShopifyBench) -> None:
        bench.shop.options.async_polls = 30
        kept: list[dict[str, Any]] = []
        sheets = self.sheets(6)
        with bench.adapter(options={"bulk_products": 5, "bulk_wait": 0}) as adapter:
            adapter.keep = lambda: kept.append(dict(adapter.learned))
            adapter.push_products(sheets)
        bench.shop.flush_webhooks()
        with bench.adapter(options={"bulk_products": 5}, connection={"learned": kept[0]}) as adapter:
            results = adapter.push_products(sheets)
            assert "bulk_pending" not in adapter.learned

        assert all(result.is_ok for result in results)
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1
        nodes = shown(bench, results[3].parent_remote_id)["resourcePublicationsV2"]["nodes"]
        assert [row["isPublished"] for row in nodes] == [True]

    def test_operation_that_dies_halfway_leaves_the_rest_to_the_next_run(self, bench: ShopifyBench) -> None:
        bench.shop.faults.add("batch_dies", path="bulkOperationRunMutation", after=3, count=1)
        sheets = self.sheets(6)
        with bench.adapter(options={"bulk_products": 5}) as adapter:
            first = adapter.push_products(sheets)
            second = adapter.push_products(sheets)

        assert sorted(result.outcome.value for result in first) == ["ok"] * 3 + ["retry"] * 3
        assert all(result.is_ok for result in second)
        assert self.made(bench) == [f"MUG-{n}" for n in range(6)]


class TestWholeCatalogue:
    def test_large_catalogue_comes_by_one_bulk_operation(self, bench: ShopifyBench) -> None:
        bench.products(12)
        bench.shop.add_variable("SHIRT", {"Size": ["S", "M"], "Colour": ["Red"]})
        bench.shop.add_collection("All", ["SIM-00001"])
        with bench.adapter() as adapter, bench.adapter(options={"bulk_catalogue": 10}) as large:
            paged = {row.remote_id: row for row in adapter.iter_products()}
            bench.shop.counters.reset()
            rows = {row.remote_id: row for row in large.iter_products()}

        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunQuery") == 1
        assert bench.shop.counters.calls("QUERY /graphql/products") == 0
        assert {key: replace(row, raw={}) for key, row in rows.items()} == {
            key: replace(row, raw={}) for key, row in paged.items()
        }
        assert len(rows) == 12 + 3

    def test_operation_that_takes_long_is_taken_up(self, bench: ShopifyBench) -> None:
        bench.products(12)
        bench.shop.options.async_polls = 30
        with bench.adapter(options={"bulk_catalogue": 10, "bulk_wait": 0}) as adapter:
            with pytest.raises(ShopUnavailable) as caught:
                list(adapter.iter_products())
            learned = adapter.learned
        bench.shop.options.async_polls = 1
        with bench.adapter(options={"bulk_catalogue": 10}, connection={"learned": learned}) as adapter:
            assert len(list(adapter.iter_products())) == 12
            assert "bulk_pending" not in adapter.learned

        assert caught.value.code == "bulk_running"
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunQuery") == 1

    def test_small_catalogue_is_read_by_pages(self, bench: ShopifyBench) -> None:
        bench.products(9)
        with bench.adapter(options={"bulk_catalogue": 10}) as adapter:
            assert len(list(adapter.iter_products())) == 9

        assert bench.calls == 2
