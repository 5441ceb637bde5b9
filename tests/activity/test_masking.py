from __future__ import annotations

from typing import Any

import pytest

from activity.masking import mask_body, mask_personal, mask_text


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"first_name": "Sara", "sku": "A-1"}, {"first_name": "S•••", "sku": "A-1"}),
        (
            {"billing": {"email": "a@b.co", "city": "Riyadh"}},
            {"billing": {"email": "a•••", "city": "Riyadh"}},
        ),
        ([{"phone": "+966501234567"}], [{"phone": "+•••"}]),
        ({"name": "Blue shirt"}, {"name": "Blue shirt"}),
        ({"first_name": "", "email": None}, {"first_name": "", "email": None}),
        ({"note": "call +966 50 123 4567 or a@b.co"}, {"note": "call ••• or •••@b.co"}),
        ({"email": {"value": "x@y.zz"}}, {"email": {"value": "•••@y.zz"}}),
    ],
)
def test_mask_personal_hides_people_and_keeps_goods(value: Any, masked: Any) -> None:
    assert mask_personal(value) == masked


def test_mask_text_keeps_numbers_that_are_no_phones() -> None:
    assert mask_text("order 1007 total 115.00 at 2026-11-20") == "order 1007 total 115.00 at 2026-11-20"


def test_mask_body_masks_json_that_was_cut_off() -> None:
    body = '{"id": 1, "billing": {"first_name": "Sara", "last_name": "Al'
    masked = mask_body(body)
    assert "Sara" not in masked
    assert "Al" not in masked
    assert '"id": 1' in masked
