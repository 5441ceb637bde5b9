from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import Brand, Item, ItemGroup
from sites.criteria import ITEM_FIELDS, criteria_condition, item_context
from sites.models import Site, UpdateItemCriterion

pytestmark = pytest.mark.django_db


def test_lines_of_a_group_must_all_hold_and_one_group_is_enough(site: Site) -> None:
    item = Item(
        code="A-1",
        name2="Shirt",
        sales_price=Decimal(40),
        brand=Brand(code="NOVA"),
        item_group=ItemGroup(code="TEXTILE"),
    )
    context = item_context(item)
    rows = [
        UpdateItemCriterion(site=site, group_no=1, field="brand", operator="=", value="nova"),
        UpdateItemCriterion(site=site, group_no=1, field="sales_price", operator=">", value="100"),
    ]
    assert not criteria_condition(rows, ITEM_FIELDS).matches(context)
    rows.append(
        UpdateItemCriterion(site=site, group_no=2, expression="group = textile and not active = false")
    )
    assert criteria_condition(rows, ITEM_FIELDS).matches(context)
    rows[2].active = False
    assert not criteria_condition(rows, ITEM_FIELDS).matches(context)


def test_no_criteria_admit_everything() -> None:
    assert criteria_condition([], ITEM_FIELDS).matches({})
