from __future__ import annotations

import pytest

from linking.expressions import ExpressionError, parse_rule


@pytest.mark.parametrize(
    ("text", "item", "product", "equal"),
    [
        ("{code}", {"code": " Ab "}, {"sku": "aB"}, True),
        ("{code} = {sku|after:ERP-}", {"code": "7"}, {"sku": "ERP-7"}, True),
        ("{code} = {sku|after:ERP-}", {"code": "7"}, {"sku": "7"}, False),
        ("X{code|first:2}Y = {sku}", {"code": "abcd"}, {"sku": "xABy"}, True),
        ("{code|digits} = {sku|strip_zeros}", {"code": "A-12"}, {"sku": "0012"}, True),
        ("{code}-{attribute.Size} = {sku}", {"code": "T", "attribute.size": "L"}, {"sku": "t-l"}, True),
        ("{code|without:-} = {name|last:3}", {"code": "a-b-c"}, {"name": "xyzABC"}, True),
    ],
)
def test_both_sides_are_filled_and_compared(
    text: str, item: dict[str, str], product: dict[str, str], equal: bool
) -> None:
    rule = parse_rule(text)
    left, right = rule.item.fill(item), rule.product.fill(product)
    assert (left == right and left != "") == equal


def test_an_empty_field_matches_nothing() -> None:
    assert parse_rule("{brand}-{code} = {sku}").item.fill({"code": "1", "brand": ""}) == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{sku} = {sku}", "Unknown field"),
        ("{code} = {sku", "brace"),
        ("code = {sku}", "needs at least one field"),
        ("{code|magic} = {sku}", "Unknown filter"),
        ("{code|first:x} = {sku}", "needs a number"),
        ("{code|after:} = {sku}", "needs a text"),
        ("{code}" * 100, "longer than"),
    ],
)
def test_a_bad_rule_says_what_is_wrong(text: str, word: str) -> None:
    with pytest.raises(ExpressionError, match=word):
        parse_rule(text)
