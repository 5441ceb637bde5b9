from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import Rejected
from platforms.types import AttributeSheet, ProductSheet
from platforms.woocommerce.mapping_products import (
    category_from_json,
    product_from_json,
    weight_text,
    with_options,
)
from platforms.woocommerce.product_compare import already_shows
from platforms.woocommerce.variant_options import missing_options
from tests.platforms.woocommerce.samples import body

D = Decimal


def test_real_product_is_read() -> None:
    product = product_from_json(body("products_list")[0])

    assert (product.remote_id, product.sku, product.kind, product.name) == (
        "10",
        "SKU-001",
        "simple",
        "Camisa azul",
    )
    assert (product.price, product.special_price, product.quantity) == (D("12.50"), None, D(-3))
    assert (product.active, product.is_sellable, product.parent_remote_id) == (True, True, "")
    assert product.category_ids == ("15",)


def test_real_variable_parent_is_read_as_not_sellable() -> None:
    product = product_from_json(body("variable_get"))

    assert (product.kind, product.is_sellable, product.quantity) == ("variable", False, None)
    assert product.attributes == {"Talla": "40, 41"}


def test_real_variation_found_by_sku_names_its_parent() -> None:
    product = product_from_json(body("products_sku_search_variation")[0])

    assert (product.kind, product.parent_remote_id, product.sku) == ("variant", "14", "VAR-1-40")
    assert product.attributes == {"Talla": "40"}


def test_real_variation_of_a_listing_is_named_after_its_parent() -> None:
    rows = body("variations_batch")["create"]

    products = [product_from_json(row, parent=body("variable_get")) for row in rows]

    assert [(p.name, p.kind, p.parent_remote_id) for p in products] == [
        ("Zapato - 40", "variant", "14"),
        ("Zapato - 41", "variant", "14"),
    ]


def test_old_variation_without_type_is_a_variant() -> None:
    product = product_from_json({"id": 5, "sku": "X", "attributes": []}, parent={"id": 4, "name": "Parent"})

    assert (product.kind, product.parent_remote_id, product.name) == ("variant", "4", "Parent")


@pytest.mark.parametrize(
    ("weight", "unit", "shop_unit", "text"),
    [
        ("350", "g", "kg", "0.35"),
        ("1.5", "kg", "g", "1500"),
        ("1", "lb", "kg", "0.453592"),
        ("16", "oz", "lbs", "1"),
        ("2.50", "kg", "kg", "2.5"),
        ("0", "kg", "g", "0"),
        ("100", "KG", "kg", "100"),
        ("3", "lb", "lbs", "3"),
    ],
)
def test_weight_is_converted_into_the_shops_unit(weight: str, unit: str, shop_unit: str, text: str) -> None:
    assert weight_text(D(weight), unit, shop_unit) == text


def test_unknown_unit_of_weight_is_refused() -> None:
    with pytest.raises(Rejected, match="stone"):
        weight_text(D(1), "stone", "kg")


def test_category_name_loses_its_entities() -> None:
    category = category_from_json(
        {"id": 9, "name": "Home &amp; Garden", "parent": 3, "menu_order": 2, "count": 7}
    )

    assert (category.name, category.parent_remote_id, category.position, category.product_count) == (
        "Home & Garden",
        "3",
        2,
        7,
    )


@pytest.mark.parametrize(
    ("record", "wanted", "same"),
    [
        ({"weight": "0.50"}, {"weight": "0.5"}, True),
        ({"weight": ""}, {"weight": "0.5"}, False),
        ({"name": "A &amp; B"}, {"name": "A & B"}, True),
        ({"description": "<p>a</p>"}, {"description": "<p>b</p>"}, False),
        ({"categories": [{"id": 2}, {"id": 1}]}, {"categories": [{"id": 1}, {"id": 2}]}, True),
        ({"categories": [{"id": 2}]}, {"categories": []}, False),
        (
            {"meta_data": [{"key": "a", "value": 1}, {"key": "b", "value": {}}]},
            {"meta_data": [{"key": "a", "value": "1"}]},
            True,
        ),
        ({"meta_data": []}, {"meta_data": [{"key": "a", "value": "1"}]}, False),
        ({"tax_class": "parent"}, {"tax_class": ""}, True),
        ({"featured": False}, {"featured": True}, False),
        ({}, {"global_unique_id": ""}, True),
        ({"dimensions": {"length": "10.0", "width": ""}}, {"dimensions": {"length": "10"}}, True),
        ({"attributes": [{"id": 1, "option": "Red"}]}, {"attributes": [{"id": 1, "option": "red"}]}, True),
        (
            {"attributes": [{"id": 0, "name": "Size", "option": "M"}]},
            {"attributes": [{"name": "size", "option": "M"}]},
            True,
        ),
        ({"attributes": []}, {"attributes": [{"id": 1, "option": "red"}]}, False),
    ],
)
def test_record_is_compared_by_meaning(record: dict[str, Any], wanted: dict[str, Any], same: bool) -> None:
    assert already_shows(record, wanted) is same


def test_parent_gets_the_options_of_its_variants() -> None:
    parent = (AttributeSheet("Size", ("S",), for_variants=True), AttributeSheet("Material", ("Cotton",)))
    child = ProductSheet(
        "k", "X-M", "variant", attributes=(AttributeSheet("Size", ("M",)), AttributeSheet("Colour", ("Red",)))
    )

    found = with_options(parent, [child])

    assert [(entry.name, entry.options, entry.for_variants) for entry in found] == [
        ("Size", ("S", "M"), True),
        ("Material", ("Cotton",), False),
        ("Colour", ("Red",), True),
    ]


def test_parent_that_has_all_options_is_left_alone() -> None:
    present = [
        {"id": 1, "name": "Size", "position": 0, "visible": True, "variation": True, "options": ["S", "M"]}
    ]

    assert missing_options(present, [{"id": 1, "option": "m"}]) is None


def test_parent_attribute_not_meant_for_variations_is_made_so() -> None:
    present = [
        {"id": 0, "name": "Size", "position": 0, "visible": False, "variation": False, "options": ["S"]}
    ]

    found = missing_options(present, [{"name": "size", "option": "S"}, {"name": "Colour", "option": "Red"}])

    assert found == [
        {"name": "Size", "position": 0, "visible": False, "variation": True, "options": ["S"]},
        {"name": "Colour", "position": 1, "visible": True, "variation": True, "options": ["Red"]},
    ]
