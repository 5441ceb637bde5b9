from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomsync.common.conditions import MAX_DEPTH, MAX_LENGTH, OPERATORS, Kind, comparison, parse

FIELDS = {
    "total": Kind.NUMBER,
    "country": Kind.TEXT,
    "city": Kind.TEXT,
    "is_guest": Kind.BOOL,
    "tag": Kind.LIST,
    "customer.group": Kind.TEXT,
    "any": Kind.ANY,
}
ORDER: dict[str, Any] = {
    "total": Decimal("99.90"),
    "country": "SA",
    "city": "الخبر",
    "is_guest": False,
    "tag": ["VIP", "gift"],
    "customer": {"group": "B2B"},
    "any": "7",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("   ", True),
        ("total > 99.89", True),
        ("total >= 99.9", True),
        ("total < 99.9", False),
        ("total = 99.900", True),
        ("total > -1", True),
        ("country = sa", True),
        ('country = "SA"', True),
        ("country == SA", True),
        ("country <> SA", False),
        ("country in (AE, SA)", True),
        ("country in [AE، SA]", True),
        ("country not in (AE, KW)", True),
        ("city = الخبر", True),
        ("city contains خبر", True),
        ("city starts with ال", True),
        ("is_guest", False),
        ("not is_guest", True),
        ("is_guest = false", True),
        ("tag = vip", True),
        ("tag contains gift", True),
        ("tag not contains sale", True),
        ("tag != sale", True),
        ("customer.group = B2B", True),
        ("customer.group is empty", False),
        ("customer.group is not empty", True),
        ("any > 6", True),
        ("any > 10", False),
        ("total > 50 and country = SA", True),
        ("total > 500 or country = SA", True),
        ("total > 500 or country = SA and is_guest", False),
        ("(total > 500 or country = SA) and not is_guest", True),
        ("NOT (total > 500) AND Country_is = 1", None),
    ],
)
def test_condition_decides(text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(ValidationError, match="no such field"):
            parse(text, FIELDS)
        return
    assert parse(text, FIELDS).matches(ORDER) is expected


def test_missing_value_is_empty_and_never_larger() -> None:
    assert parse("total is empty", FIELDS).matches({})
    assert not parse("total > 0", FIELDS).matches({})
    assert parse("country != SA", FIELDS).matches({})
    assert parse("country not in (SA)", FIELDS).matches({})


def test_and_binds_stronger_than_or() -> None:
    found = parse("total > 500 and is_guest or country = SA", FIELDS)
    assert str(found) == '(total > 500 and is_guest = true) or country = "SA"'
    assert found.matches(ORDER)


@pytest.mark.parametrize(
    ("text", "position", "word"),
    [
        ("total >", 8, "value is expected"),
        ("total 5", 7, "operator is expected"),
        ("totl > 5", 1, "no such field"),
        ("total > abc", 9, "number is expected"),
        ("is_guest = maybe", 12, "yes or no"),
        ("country > 5", 9, "does not suit"),
        ("(total > 5", 11, "not closed"),
        ("total > 5)", 10, "should end here"),
        ("country in (SA, AE", 19, "list is not closed"),
        ('city = "Riyadh', 8, "not closed"),
        ("total > 5 and", 14, "field name is expected"),
        ("city starts Al", 13, "not complete"),
        ("total > 5 ; drop", 11, "no meaning"),
        ("total > 5 total < 9", 11, "should end here"),
    ],
)
def test_parse_names_position_and_cure(text: str, position: int, word: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(text, FIELDS)
    message = caught.value.messages[0]
    assert f"Position {position}," in message
    assert word in message
    assert caught.value.code == "condition"


def test_unknown_field_lists_the_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"Known fields: .*country"):
        parse("land = SA", FIELDS)


def test_too_long_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 2000"):
        parse("x" * (MAX_LENGTH + 1), FIELDS)


@pytest.mark.parametrize("text", ["(" * 500 + "is_guest" + ")" * 500, "not " * 400 + "is_guest"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="nested too deeply"):
        parse(text, FIELDS)


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1
    assert parse("(" * depth + "is_guest" + ")" * depth, FIELDS).matches({"is_guest": True})


def test_explain_tells_each_test_with_the_value_it_met() -> None:
    rows = parse("total > 100 and (country = SA or city is empty)", FIELDS).explain(ORDER)
    assert [holds for _text, holds in rows] == [False, True, False]
    assert rows[0][0] == "total > 100 — the value is 99.90"
    assert parse("total is empty", FIELDS).explain({}) == [("total is empty — the value is empty", True)]


def test_names_alone_are_fields_of_any_kind() -> None:
    assert parse("price > 5", ["price"]).matches({"price": "5.01"})


def test_no_attribute_or_code_is_reachable() -> None:
    class Sly:
        secret = "x"

    assert not parse("any.secret = x", ["any.secret"]).matches({"any": Sly()})
    with pytest.raises(ValidationError):
        parse("__import__('os')", FIELDS)


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("country", "in", "AE, SA", True),
        ("country", "not in", "AE، SA", False),
        ("total", ">=", "99.90", True),
        ("city", "is empty", "", False),
        ("is_guest", "=", "no", True),
        ("city", "=", "الخبر", True),
    ],
)
def test_row_of_columns_decides(name: str, operator: str, value: str, expected: bool) -> None:
    assert comparison(name, operator, value, FIELDS).matches(ORDER) is expected


@pytest.mark.parametrize(
    ("name", "operator", "value"), [("nope", "=", "1"), ("total", "contains", "1"), ("total", "=", "x")]
)
def test_row_of_columns_is_checked(name: str, operator: str, value: str) -> None:
    with pytest.raises(ValidationError):
        comparison(name, operator, value, FIELDS)


WORDS = st.sampled_from(
    [*FIELDS, *OPERATORS, "and", "or", "not", "(", ")", "[", "]", ",", "،", "-", "5", "0.1", "1e9", "12ab", '"a b"', "'", '"',
     "SA", "الخبر", "true", "²", "٣", "\\", "“", "”", "{", "\x00", "😀", ".", "..", "1.2.3"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)))
def test_parse_never_raises_anything_but_validation_errors(text: str) -> None:
    try:
        found = parse(text, FIELDS)
    except ValidationError as error:
        assert error.messages
        return
    found.matches(ORDER)
    found.matches({})
    found.explain(ORDER)
    if len(str(found)) <= MAX_LENGTH and found.depth < MAX_DEPTH:
        again = parse(str(found), FIELDS)
        assert again.matches(ORDER) is found.matches(ORDER)
