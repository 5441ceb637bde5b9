"""Products, pictures and categories: made whole, once, and only where something differs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from platforms.types import AttributeSheet, CategorySheet, ImageSheet, Outcome, ProductSheet
from sandbox.magento1 import Magento1Shop
from sandbox.magento1.rows import Product
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.scripted import Say, scripted_server

D = Decimal
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def made(shop: Magento1Shop, sku: str) -> Product:
    product = shop.by_sku(sku)
    assert product is not None
    return product


def sheet(sku: str = "MUG", **more: object) -> ProductSheet:
    return ProductSheet("p", sku, "simple", name="كوب", price=D("12.5"), **more)  # type: ignore[arg-type]


def test_new_product_has_stock_website_and_all_that_the_shop_insists_on(bench: MagentoBench) -> None:
    with bench.adapter(options={"status_on_create": "enabled"}) as adapter:
        (result,) = adapter.push_products([sheet(quantity=D(4), weight=D(500), weight_unit="g", active=True)])

    product = made(bench.shop, "MUG")
    assert (result.outcome, result.remote_id, result.data["created"]) == (Outcome.OK, str(product.id), True)
    assert (product.stock.qty, product.stock.is_in_stock, product.stock.use_config_manage_stock) == (
        D(4),
        True,
        True,
    )
    assert product.website_ids == [1] and product.set_id == 4
    values = product.values
    assert (values["price"], values["weight"], values["status"], values["visibility"]) == (
        "12.50",
        "0.5000",
        "1",
        "4",
    )
    assert (values["tax_class_id"], values["description"]) == ("2", "كوب")


def test_new_product_without_a_quantity_is_managed_and_not_on_sale(bench: MagentoBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_products([sheet()])

    stock = made(bench.shop, "MUG").stock
    assert (stock.qty, stock.is_in_stock, stock.manage_stock, stock.use_config_manage_stock) == (
        D(0),
        False,
        True,
        True,
    )
    assert made(bench.shop, "MUG").values["status"] == "2"


def test_new_product_without_a_price_is_not_sold_for_nothing(bench: MagentoBench) -> None:
    with bench.adapter(options={"status_on_create": "enabled"}) as adapter:
        (result,) = adapter.push_products([ProductSheet("p", "FREE", "simple", name="Cup", active=True)])

    assert result.outcome is Outcome.OK and "without a price" in result.warning
    assert made(bench.shop, "FREE").values["status"] == "2"


def test_forty_new_products_are_looked_for_once_and_written_in_bundles(bench: MagentoBench) -> None:
    sheets = [replace(sheet(f"N-{n}"), key=str(n)) for n in range(40)]
    with bench.adapter() as adapter:
        results = adapter.push_products(sheets)
        written = bench.writes
        again = adapter.push_products(
            [replace(one, remote_id=result.remote_id) for one, result in zip(sheets, results, strict=True)]
        )

    assert {result.outcome for result in results} == {Outcome.OK}
    assert written == 2
    assert bench.shop.counters.calls("CALL /xmlrpc catalog_product.list") == 1
    assert {result.outcome for result in again} == {Outcome.UNCHANGED} and bench.writes == written


def test_only_what_differs_is_a_change(bench: MagentoBench) -> None:
    bench.shop.add_product("MUG", price="12.50", name="كوب")
    with bench.adapter() as adapter:
        (same,) = adapter.push_products([sheet()])
        (other,) = adapter.push_products([sheet(description="سيراميك")])

    assert (same.outcome, other.outcome) == (Outcome.UNCHANGED, Outcome.OK)
    assert made(bench.shop, "MUG").values["description"] == "سيراميك"


def test_numeric_sku_is_not_taken_for_an_id(bench: MagentoBench) -> None:
    first = bench.shop.add_product("FIRST")
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([sheet(str(first.id))])

    assert result.data["created"] is True
    assert first.values["name"] == "Product FIRST"


def test_configurable_is_built_by_staff_and_kept_by_us(bench: MagentoBench) -> None:
    new = ProductSheet("p", "SHIRT", "variable", name="Shirt")
    with bench.adapter() as adapter:
        (refused,) = adapter.push_products([new])
        bench.shop.add_configurable("SHIRT", {"color": ["Red"]})
        (kept,) = adapter.push_products([new])
        (child,) = adapter.push_products(
            [ProductSheet("c", "SHIRT-BLUE", "variant", name="Blue", parent_sku="SHIRT")]
        )

    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "configurable_by_staff")
    assert kept.outcome is Outcome.OK and made(bench.shop, "SHIRT").values["name"] == "Shirt"
    assert "attach" in child.warning and made(bench.shop, "SHIRT-BLUE").values["visibility"] == "1"


def test_options_are_looked_up_and_made_once(bench: MagentoBench) -> None:
    attributes = (AttributeSheet("Color", ("أحمر",)), AttributeSheet("Size", ("XL",), code="size"))
    sheets = [replace(sheet(f"S-{n}", attributes=attributes), key=str(n)) for n in range(3)]
    with bench.adapter() as adapter:
        adapter.push_products(sheets)
    with bench.adapter() as adapter:
        adapter.push_products([replace(sheet("S-9", attributes=attributes), key="9")])

    color = bench.shop.store.attribute("color")
    assert color is not None
    assert list(color.options.values()) == ["أحمر"]
    (number,) = color.options
    assert made(bench.shop, "S-2").values["color"] == made(bench.shop, "S-9").values["color"] == str(number)
    assert bench.shop.counters.calls("POST /xmlrpc product_attribute.addOption") == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"attributes": (AttributeSheet("Smell", ("rose",)),)}, "unknown_attribute"),
        ({"tax_class": "Alien"}, "bad_value"),
        ({"fields": {"length": "3"}}, "unknown_field"),
        ({"weight": D(1), "weight_unit": "stone"}, "bad_value"),
        ({"allow_create": False}, "not_linked"),
    ],
)
def test_what_the_shop_has_not_is_refused_by_name(
    bench: MagentoBench, change: dict[str, object], code: str
) -> None:
    with bench.adapter() as adapter:
        bad, good = adapter.push_products([sheet("BAD", **change), replace(sheet("GOOD"), key="g")])

    assert (bad.outcome, bad.code) == (Outcome.REJECTED, code) and bad.cure
    assert good.outcome is Outcome.OK


def test_fields_of_the_copy_lines_reach_their_attribute(bench: MagentoBench) -> None:
    fields = {"meta_title": "كوب خزفي", "attribute:manufacturer": "Madar", "tax_class_id": "Zero rated"}
    with bench.adapter(options={"barcode_attribute": "barcode"}) as adapter:
        (result,) = adapter.push_products([sheet(fields=fields, barcode="6280000000017")])
        (found,) = adapter.find_products(["MUG"])

    values = made(bench.shop, "MUG").values
    assert result.outcome is Outcome.OK
    assert (values["meta_title"], values["tax_class_id"], values["barcode"]) == (
        "كوب خزفي",
        "5",
        "6280000000017",
    )
    assert found.barcode == "6280000000017"


def test_texts_of_a_language_go_to_its_store_view(bench: MagentoBench) -> None:
    texts = {"ar": {"name": "كوب", "description": "من الخزف"}, "fr": {"name": "Tasse"}}
    one = ProductSheet("p", "MUG", "simple", name="Mug", translations=texts)
    with bench.adapter(options={"language_views": "ar:ar"}) as adapter:
        adapter.push_products([one])
        written = bench.writes
        (again,) = adapter.push_products([one])

    product = made(bench.shop, "MUG")
    assert (product.value("name"), product.value("name", 2), product.value("description", 2)) == (
        "Mug",
        "كوب",
        "من الخزف",
    )
    assert again.outcome is Outcome.UNCHANGED and bench.writes == written


def test_picture_is_sent_once_and_found_again(bench: MagentoBench) -> None:
    image = ImageSheet("", "ab" * 32, label="Front", is_main=True, filename="Mug Front.png", content=PNG)
    with bench.adapter() as adapter:
        (first,) = adapter.push_products([sheet(images=(image,))])
        (second,) = adapter.push_products([sheet(images=(image,))])
        moved = replace(image, label="Back", remote_id=first.data["images"]["ab" * 32])
        (third,) = adapter.push_products([sheet(images=(moved,))])

    (kept,) = made(bench.shop, "MUG").images
    assert first.data["images"] == second.data["images"] == {"ab" * 32: "/m/u/mug_front_abababababab.png"}
    assert (first.outcome, second.outcome, third.outcome) == (Outcome.OK, Outcome.UNCHANGED, Outcome.OK)
    assert (kept.label, kept.types, kept.content) == ("Back", ["image", "small_image", "thumbnail"], PNG)


def test_picture_of_ours_that_is_wanted_no_more_goes_and_that_of_the_staff_stays(bench: MagentoBench) -> None:
    one, two = (
        ImageSheet("", digit * 64, filename="mug.png", content=PNG, is_main=digit == "a") for digit in "ab"
    )
    with bench.adapter() as adapter:
        adapter.push_products([sheet(images=(one, two))])
        theirs = {"file": {"content": "iVBORw0KGgo=", "mime": "image/png", "name": "staff"}}
        bench.shop.rpc("product_media.create", "MUG", theirs, None, "sku")
        (left,) = adapter.push_products([sheet(images=(two,))])
        (none,) = adapter.push_products([sheet(images=())])

    assert (left.outcome, none.outcome) == (Outcome.OK, Outcome.OK)
    assert [image.file for image in made(bench.shop, "MUG").images] == ["/s/t/staff.png"]


def test_picture_is_fetched_from_its_address(bench: MagentoBench) -> None:
    with scripted_server() as server, bench.adapter() as adapter:
        server.script = lambda seen: Say(200, PNG) if seen.path == "/mug.png" else Say(404, "")
        good = ImageSheet(f"{server.url}/mug.png", "cd" * 32, filename="mug.png")
        bad = ImageSheet(f"{server.url}/gone.png", "ef" * 32, filename="gone.png")
        one, two = adapter.push_products(
            [sheet(images=(good,)), replace(sheet("OTHER", images=(bad,)), key="o")]
        )

    assert one.outcome is Outcome.OK and len(made(bench.shop, "MUG").images) == 1
    assert (two.outcome, two.code) == (Outcome.REJECTED, "image_needs_url")
    assert two.remote_id == str(made(bench.shop, "OTHER").id)


def test_catalogue_with_gaps_is_read_to_the_last(bench: MagentoBench) -> None:
    bench.products(3)
    bench.shop.store.ids["product"] = 4321
    far = bench.shop.add_product("FAR", price="3.00")
    bench.shop.store.ids["product"] = 99_999
    farther = bench.shop.add_product("FARTHER", stock="2.5")
    with bench.adapter() as adapter:
        found = {product.sku: product for product in adapter.iter_products()}

    assert len(found) == 5
    assert (found["FAR"].remote_id, found["FAR"].price) == (str(far.id), D(3))
    assert (found["FARTHER"].remote_id, found["FARTHER"].quantity) == (str(farther.id), D("2.5"))


def test_category_moves_changes_and_hides(bench: MagentoBench) -> None:
    clothes, shirts = (
        CategorySheet("c", "Clothes"),
        CategorySheet("s", "قمصان", parent_key="c", description="قطن"),
    )
    with bench.adapter() as adapter:
        first = {result.key: result.remote_id for result in adapter.push_categories([shirts, clothes])}
        top = replace(shirts, remote_id=first["s"], parent_key="", active=False, name="Shirts")
        (moved,) = adapter.push_categories([top])
        written = bench.writes
        (same,) = adapter.push_categories([top])
        tree = {category.remote_id: category for category in adapter.iter_categories()}

    category = bench.shop.store.categories[int(first["s"])]
    assert (moved.outcome, same.outcome) == (Outcome.OK, Outcome.UNCHANGED) and bench.writes == written
    assert (category.name, category.is_active, category.parent_id) == ("Shirts", False, 2)
    assert tree[first["s"]].parent_remote_id == "" and tree[first["c"]].name == "Clothes"
