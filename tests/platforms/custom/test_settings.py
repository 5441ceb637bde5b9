"""Settings are read whole or refused by name: expressions, templates, formats, operations."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, UnsupportedFeature
from platforms.base import Connection
from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_options
from platforms.custom.expressions import ExpressionError, Scope, compiled
from platforms.custom.formats import read_xml, write_xml
from platforms.custom.settings import problems_of
from platforms.custom.templates import render, render_path
from platforms.types import ProductSheet

D = Decimal
SAR, KWD = Scope("SAR", "Asia/Riyadh"), Scope("KWD", "Asia/Kuwait")


@pytest.mark.parametrize(
    ("expression", "data", "expected"),
    [
        ("total -> minor", {"total": 6325}, D("63.25")),
        ("total -> number -> round 1", {"total": "12,345.67"}, D("12345.7")),
        ("total -> number", {"total": "١٢٫٥٠"}, D("12.50")),
        ("minus(gross, net)", {"gross": "11.50", "net": D("10.00")}, D("1.50")),
        ("total(lines[].net)", {"lines": [{"net": "0.1"}, {"net": "0.2"}]}, D("0.3")),
        ('state -> map {"a": "paid"} unpaid', {"state": "b"}, "unpaid"),
        ("at -> time", {"at": "2026-05-04 10:00:00"}, datetime(2026, 5, 4, 7, tzinfo=UTC)),
        ("at -> time %d/%m/%Y", {"at": "04/05/2026"}, datetime(2026, 5, 3, 21, tzinfo=UTC)),
        ("at -> unix", {"at": 1_777_888_800}, datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("at -> time -> earlier 1 -> date %H:%M:%S", {"at": "2026-05-04T10:00:00Z"}, "09:59:59"),
        ("name -> trim -> upper", {"name": " mug "}, "MUG"),
        ("tags -> join ' | '", {"tags": ["a", "", "b"]}, "a | b"),
        ("missing -> default none", {}, "none"),
        ("missing -> number", {}, None),
    ],
)
def test_expressions(expression: str, data: Any, expected: Any) -> None:
    assert compiled(expression).value(data, SAR) == expected


def test_three_decimals_of_the_dinar() -> None:
    assert compiled("total -> minor").value({"total": 12345}, KWD) == D("12.345")
    assert compiled("price -> cents").value({"price": D("12.3455")}, KWD) == 12346


@pytest.mark.parametrize("text", ["a..b", "a -> nonsense", "a -> times", 'a -> map {"x" y', "foo("])
def test_expression_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compiled(text).value({}, SAR)
    assert text.split(" -> ")[0][:3] in str(caught.value)


def test_templates_keep_types_leave_out_and_repeat() -> None:
    template = {
        "id": "{{ row.id }}",
        "text": "no. {{ row.id }}",
        "gone": "{{? row.name }}",
        "rows": {"$each": "rows", "$do": {"sku": "{{ row.sku }}", "price": "{{ row.price -> text }}"}},
        "special": {"$when": "row.clear", "$value": None},
    }
    context = {
        "row": {"id": 7, "clear": True},
        "rows": [{"sku": "A", "price": D("1.50")}, {"sku": "B", "price": D(2)}],
    }
    assert render(template, context, SAR) == {
        "id": 7,
        "text": "no. 7",
        "rows": [{"sku": "A", "price": "1.50"}, {"sku": "B", "price": "2"}],
        "special": None,
    }


def test_an_id_cannot_lead_to_another_path() -> None:
    assert (
        render_path("/orders/{{ id }}", {"id": "1/../../admin?x="}, SAR)
        == "/orders/1%2F..%2F..%2Fadmin%3Fx%3D"
    )


def test_xml_goes_in_and_out() -> None:
    value = {"order": {"@id": "7", "note": "a & b <c>", "line": [{"sku": "A"}, {"sku": "B"}], "empty": None}}
    assert read_xml(write_xml(value)) == value


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a><b></a>",
        b"<a>" * 200 + b"</a>" * 200,
    ],
)
def test_hostile_xml_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="XML"):
        read_xml(body)


@pytest.mark.parametrize(
    ("path", "value", "option", "word"),
    [
        (("operations", "launch"), {"path": "/x"}, "operations", "launch"),
        (("operations", "shop"), {"path": "/x", "metod": "GET"}, "operations", "metod"),
        (("operations", "shop"), {}, "operations", "neither a path"),
        (("operations", "shop"), {"path": "/{{ a..b }}"}, "operations", "a..b"),
        (("operations", "list_products", "paging"), {"style": "spiral"}, "operations", "spiral"),
        (("operations", "list_products", "paging"), {"style": "cursor"}, "operations", "next"),
        (("fields", "order", "nubmer"), "code", "fields", "nubmer"),
        (("fields", "order", "lines"), "lines", "fields", "lines"),
        (("statuses", "x"), {"phase": "sleeping"}, "statuses", "sleeping"),
        (("payment_statuses", "x"), "maybe", "payment_statuses", "maybe"),
        (("headers", "X-Api-Key"), "abc123", "headers", "secret"),
        (("operations", "shop"), {"path": "/x", "headers": {"X-Api-Key": "abc"}}, "operations", "secret"),
        (
            ("operations", "shop"),
            {"steps": [{"path": "/x", "body": {"a": [{"password": "p"}]}}]},
            "operations",
            "secret",
        ),
        (
            ("sign_in_settings",),
            {"request": {"path": "/x", "body": {"password": "p"}}},
            "sign_in_settings",
            "secret",
        ),
        (("webhooks", "scheme"), "trust", "webhooks", "trust"),
        (("errors", "kinds"), {"A": "boom"}, "errors", "kinds"),
        (("sign_in",), "login", "sign_in_settings", "request"),
        (("rounding_tolerance",), "much", "rounding_tolerance", "amount"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    path: tuple[str, ...], value: Any, option: str, word: str
) -> None:
    options = copy.deepcopy(example_options("generic_rest"))
    inner = options
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value

    problems = problems_of(options)

    assert list(problems) == [option]
    assert word in problems[option]
    with pytest.raises(ConfigurationError) as caught:
        CustomAdapter(
            Connection("S1", "https://shop.example.com", {"access_token": "x"}, options)
        ).parse_order({})
    assert caught.value.cure


@pytest.mark.parametrize("name", ["generic_rest", "generic_graphql", "vendure"])
def test_examples_can_be_read(name: str) -> None:
    assert problems_of(example_options(name)) == {}


def test_a_shop_can_do_what_its_operations_say() -> None:
    options = example_options("vendure")
    can = CustomAdapter.capabilities_of(options)
    assert (can.push_quantities, can.push_prices, can.read_orders, can.push_shipments) == (
        True,
        True,
        True,
        True,
    )
    assert (can.push_refunds, can.push_products, can.webhooks, can.read_returns) == (
        False,
        False,
        False,
        False,
    )
    assert CustomAdapter.stock_meaning_of(options, {}) == "physical"

    adapter = CustomAdapter(Connection("S1", "https://shop.example.com", {"password": "x"}, options))
    with pytest.raises(UnsupportedFeature) as caught:
        adapter.push_products([ProductSheet("k", "SKU", "simple")])
    assert "update_product" in caught.value.message and caught.value.cure


def test_a_site_without_operations_is_told_what_to_do() -> None:
    (step,) = CustomAdapter(Connection("S1", "https://shop.example.com", {"access_token": "x"})).check().steps
    assert (step.state, "Import the settings file" in step.cure) == ("fail", True)


def test_price_lists_are_offered_where_the_template_takes_them() -> None:
    options = copy.deepcopy(example_options("generic_rest"))
    plain = CustomAdapter.capabilities_of(options)
    row = options["operations"]["push_prices"]["body"]["rows"]["$do"]
    row |= {"list": "{{? row.price_list }}", "from": "{{ row.min_quantity }}", "off": "{{ row.remove }}"}
    row |= {"begins": "{{? row.special_from }}", "ends": "{{? row.special_to }}"}
    rich = CustomAdapter.capabilities_of(options)
    told = [(can.price_lists, can.price_list_removal, can.special_price_windows) for can in (plain, rich)]
    assert told == [(False, False, False), (True, True, True)]
