"""Articles at the sandbox: only what the ERP fills is touched, families, first prices, statuses, categories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from platforms.types import AttributeSheet, ImageSheet, Outcome, ProductSheet
from tests.platforms.norce.bench import PRODUCTS, NorceBench

D = Decimal
FULL = {"full_files_confirmed": True}


def sheet(sku: str = "CUP-1", **values: Any) -> ProductSheet:
    return ProductSheet(f"key-{sku}", sku, "simple", **{"name": "Cup", **values})


def test_new_article_has_its_first_price_its_quantity_and_both_languages(bench: NorceBench) -> None:
    new = sheet(
        price=D("12.50"),
        quantity=D(4),
        weight=D(250),
        weight_unit="g",
        barcode="6280000000017",
        translations={"ar": {"name": "كوب خزفي"}},
    )
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([new])

    assert (result.outcome, result.remote_id, result.warning) == (Outcome.OK, "CUP-1", "")
    row = bench.shop.by_sku("CUP-1")
    assert (row["EanCode"], row["ActualWeight"], row["Status"]) == ("6280000000017", D("0.25"), 1)
    texts = bench.shop.product("CUP-1")["Cultures"]
    assert {code: words["Name"] for code, words in texts.items()} == {"en-GB": "Cup", "ar-SA": "كوب خزفي"}
    assert (bench.shop.price_of("CUP-1"), bench.shop.stock_of("CUP-1")) == (D("12.50"), D(4))


def test_change_touches_nothing_that_the_sheet_leaves_alone(bench: NorceBench) -> None:
    bench.shop.add_product("CUP-1", EanCode="111", ActualWeight=2, Status=4)
    bench.shop.product("CUP-1")["Categories"] = ["CUPS"]
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet(name="Better cup", price=D("99.00"), quantity=D(77))])

    row = bench.shop.by_sku("CUP-1")
    assert result.outcome is Outcome.OK
    assert (row["EanCode"], row["ActualWeight"], row["Status"]) == ("111", 2, 4)
    assert bench.shop.product("CUP-1")["Categories"] == ["CUPS"]
    assert bench.shop.product("CUP-1")["Cultures"]["en-GB"]["Name"] == "Better cup"
    assert (bench.shop.price_of("CUP-1"), bench.shop.stock_of("CUP-1")) == (D(10), D(5))


def test_sheets_that_fill_the_same_fields_are_one_job(bench: NorceBench) -> None:
    bench.products(300)
    sheets = [sheet(f"BULK-{n:05d}", name=f"Cup {n}") for n in range(1, 301)]
    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [len(job.rows) for job in bench.shop.jobs_of(PRODUCTS)] == [300]
    header = bench.shop.jobs_of(PRODUCTS)[0].header
    assert "SkuFieldsThatAreSet" not in header
    assert header["ProductFieldsThatAreSet"] == [4, 5]


def test_family_is_one_product_with_its_variants(bench: NorceBench) -> None:
    parent = ProductSheet("p", "SHIRT", "variable", name="Shirt")
    variants = [
        ProductSheet(
            f"v{size}",
            f"SHIRT-{size}",
            "variant",
            name=f"Shirt {size}",
            parent_sku="SHIRT",
            price=D(20),
            attributes=(AttributeSheet("Size", (size,), for_variants=True),),
        )
        for size in ("M", "L")
    ]
    with bench.adapter() as adapter:
        results = adapter.push_products([parent, *variants])
        found = {product.sku: product for product in adapter.iter_products()}

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [result.parent_remote_id for result in results] == ["", "SHIRT", "SHIRT"]
    assert set(found) == {"SHIRT", "SHIRT-M", "SHIRT-L"}
    assert (found["SHIRT"].kind, found["SHIRT"].is_sellable) == ("variable", False)
    assert found["SHIRT-M"].parent_remote_id == "SHIRT"
    assert bench.shop.product("SHIRT")["VariantDefinitionGroup"]["Types"][0]["Code"] == "SIZE"


def test_article_out_of_sale_is_inactive_and_staff_may_own_the_status(bench: NorceBench) -> None:
    bench.shop.add_product("CUP-1")
    bench.shop.add_product("CUP-2")
    with bench.adapter() as adapter:
        adapter.push_products([sheet("CUP-1", active=False)])
    with bench.adapter(options={"status_mode": "create_only"}) as adapter:
        adapter.push_products([sheet("CUP-2", active=False), sheet("CUP-3", active=True)])

    assert [bench.shop.by_sku(f"CUP-{n}")["Status"] for n in (1, 2, 3)] == [5, 1, 1]


def test_unknown_category_is_a_warning_of_the_log(bench: NorceBench) -> None:
    bench.shop.add_category("CUPS")
    with bench.adapter() as adapter:
        (good,) = adapter.push_products([sheet("CUP-1", category_ids=("CUPS",))])
        (bad,) = adapter.push_products([sheet("CUP-2", category_ids=("NOWHERE",))])

    assert (good.outcome, good.warning) == (Outcome.OK, "")
    assert bad.outcome is Outcome.OK and "NOWHERE" in bad.warning
    assert bench.shop.product("CUP-1")["Categories"] == ["CUPS"]


def test_pictures_go_by_their_address(bench: NorceBench) -> None:
    images = (
        ImageSheet("https://x.test/b.jpg", "hash-b", position=1),
        ImageSheet("https://x.test/a.jpg", "hash-a", is_main=True),
        ImageSheet("", "hash-c", content=b"x"),
    )
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet(images=images)])

    assert [image["Url"] for image in bench.shop.product("CUP-1")["Images"]] == [
        "https://x.test/a.jpg",
        "https://x.test/b.jpg",
    ]
    assert set(result.data["images"]) == {"hash-a", "hash-b"}
    assert "public address" in result.warning


def test_full_file_of_articles_switches_the_others_off(bench: NorceBench) -> None:
    bench.products(5)
    sheets = [sheet(f"BULK-{n:05d}", name="Cup", active=True) for n in range(1, 5)]
    with bench.adapter(options=FULL) as adapter:
        results = adapter.push_all_products(sheets, complete=True)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [bench.shop.by_sku(f"BULK-{n:05d}")["Status"] for n in range(1, 6)] == [1, 1, 1, 1, 5]
    assert [job.header["FullFile"] for job in bench.shop.jobs_of(PRODUCTS)] == [True]


def test_full_file_reads_what_all_of_its_rows_fill_and_empties_nothing(bench: NorceBench) -> None:
    bench.shop.add_variable("SHIRT", ["SHIRT-M", "SHIRT-L"])
    for name, maker in (("CUP-1", "MAKER-7"), ("CUP-2", "MAKER-8"), ("GONE-1", "MAKER-9")):
        bench.shop.add_product(name)
        bench.shop.by_sku(name).update(EanCode="111", ManufacturerPartNo=maker)
    sheets = [
        sheet("CUP-1", active=True),
        sheet("CUP-2", active=True, barcode="222"),
        ProductSheet("shirt", "SHIRT", "variable", name="Shirt"),
        ProductSheet("m", "SHIRT-M", "variant", parent_sku="SHIRT", active=True, weight=D(1)),
        ProductSheet("l", "SHIRT-L", "variant", parent_sku="SHIRT", active=True),
    ]
    with bench.adapter(options=FULL) as adapter:
        results = adapter.push_all_products(sheets, complete=True)

    assert {result.outcome for result in results} == {Outcome.OK}
    (job,) = bench.shop.jobs_of(PRODUCTS)
    assert job.header == {
        "FullFile": True,
        "ProductFieldsThatAreSet": [4],
        "VariantFieldsThatAreSet": [5],
        "SkuFieldsThatAreSet": [1],
        "SerializationType": 0,
    }
    assert len(job.rows) == 3  # two cups and one family
    skus = {name: bench.shop.by_sku(name) for name in ("CUP-1", "CUP-2", "SHIRT-M", "SHIRT-L", "GONE-1")}
    assert [row["Status"] for row in skus.values()] == [1, 1, 1, 1, 5]
    assert (skus["CUP-1"]["EanCode"], skus["CUP-2"]["ManufacturerPartNo"]) == ("111", "MAKER-8")


def test_article_that_may_not_be_created_is_refused(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet(allow_create=False)])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "not_linked")
    assert bench.shop.count_by_sku("CUP-1") == 0


def test_number_with_a_quote_is_found(bench: NorceBench) -> None:
    bench.shop.add_product("O'NEIL-1")
    with bench.adapter() as adapter:
        (found,) = adapter.find_products(["O'NEIL-1"])

    assert found.remote_id == "O'NEIL-1"


def test_text_that_a_language_lacks_is_left_alone_there(bench: NorceBench) -> None:
    bench.shop.add_product("CUP-1")
    bench.shop.product("CUP-1")["Cultures"]["ar-SA"] = {"Name": "كوب", "Description": "وصف كتبه المحرر"}
    new = sheet(description="A cup", translations={"ar": {"name": "كوب خزفي"}})
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([new])

    texts = bench.shop.product("CUP-1")["Cultures"]
    assert result.outcome is Outcome.OK
    assert (texts["en-GB"]["Name"], texts["en-GB"]["Description"]) == ("Cup", "A cup")
    assert (texts["ar-SA"]["Name"], texts["ar-SA"]["Description"]) == ("كوب خزفي", "وصف كتبه المحرر")


def test_variant_that_leaves_a_field_alone_keeps_it_beside_one_that_fills_it(bench: NorceBench) -> None:
    bench.shop.add_variable("SHIRT", ["SHIRT-M", "SHIRT-L"])
    bench.shop.by_sku("SHIRT-L")["EanCode"] = "222"
    sheets = [
        ProductSheet("m", "SHIRT-M", "variant", parent_sku="SHIRT", barcode="111"),
        ProductSheet("l", "SHIRT-L", "variant", parent_sku="SHIRT", weight=D(1)),
    ]
    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [bench.shop.by_sku(f"SHIRT-{size}")["EanCode"] for size in "ML"] == ["111", "222"]
    assert bench.shop.by_sku("SHIRT-L")["ActualWeight"] == 1
