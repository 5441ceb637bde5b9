from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from ecomsync.common.admin import (
    amount_html,
    chip,
    code_text,
    format_amount,
    format_quantity,
    link,
    pretty_json,
    time_ago,
)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal("1234.5"), "USD", "$1,234.50"),
        (Decimal("1234.5"), "KWD", "KWD\xa01,234.500"),
        (Decimal(1234), "JPY", "¥1,234"),
        (Decimal("-0.30"), "USD", "-$0.30"),
        (Decimal("12.3"), "", "12.30"),
        (Decimal("12.3456"), "", "12.3456"),
        (None, "USD", "–"),
    ],
)
def test_format_amount_uses_the_decimals_of_the_currency(amount, currency: str, shown: str) -> None:
    with translation.override("en"):
        assert format_amount(amount, currency) == shown


def test_amounts_keep_latin_digits_in_arabic() -> None:
    with translation.override("ar"):
        assert "115.00" in format_amount(Decimal(115), "SAR")


def test_amount_html_isolates_and_marks_negative_amounts() -> None:
    assert amount_html(Decimal(-1), "USD") == '<bdi class="amount amount-negative">-$1.00</bdi>'


def test_format_quantity_drops_needless_zeros() -> None:
    assert format_quantity(Decimal("3.000000")) == "3"
    assert format_quantity(Decimal("1200.250000")) == "1,200.25"


def test_chip_and_code_escape_what_they_show() -> None:
    assert chip("<b>", "bad") == '<span class="chip chip-bad">&lt;b&gt;</span>'
    assert "&lt;script&gt;" in code_text("<script>")


def test_pretty_json_takes_values_text_and_broken_text() -> None:
    assert "&quot;a&quot;: 1" in pretty_json({"a": 1})
    assert "&quot;a&quot;: 1" in pretty_json('{"a":1}')
    assert "&lt;html&gt;" in pretty_json("<html>")
    assert pretty_json({}) == "–"


def test_time_ago_tells_past_and_future() -> None:
    now = timezone.now()
    with translation.override("en"):
        assert "just now" in time_ago(now)
        assert "3\xa0hours ago" in time_ago(now - timedelta(hours=3))
        assert "in 1\xa0day" in time_ago(now + timedelta(days=1, minutes=5))
    assert time_ago(None) == "–"


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("ar", "TEE-L · قميص، L", '<bdi dir="rtl">TEE-L · قميص، L</bdi>'),
        ("ar", "TEE-L · Tee", "<bdi>TEE-L · Tee</bdi>"),
        ("en", "TEE-L · قميص، L", "<bdi>TEE-L · قميص، L</bdi>"),
    ],
)
def test_a_code_with_an_arabic_name_reads_from_the_right_in_arabic(
    language: str, text: str, shown: str
) -> None:
    with translation.override(language):
        assert link("", text) == shown
