"""Fields that criteria of a site may name, and the criteria of a site as conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Protocol

from django.core.exceptions import ValidationError

from ecomsync.common.conditions import Condition, Kind, all_of, any_of, comparison, parse
from erp.models import Item

ORDER_FIELDS: Mapping[str, Kind] = {
    "total": Kind.NUMBER,
    "currency": Kind.TEXT,
    "country": Kind.TEXT,
    "city": Kind.TEXT,
    "payment_method": Kind.TEXT,
    "payment_status": Kind.TEXT,
    "shipping_method": Kind.TEXT,
    "status": Kind.TEXT,
    "is_guest": Kind.BOOL,
    "has_tax_number": Kind.BOOL,
    "customer_group": Kind.TEXT,
    "coupon": Kind.LIST,
    "tag": Kind.LIST,
    "lines_count": Kind.NUMBER,
    "created_via": Kind.TEXT,
}

ITEM_FIELDS: Mapping[str, Kind] = {
    "code": Kind.TEXT,
    "name1": Kind.TEXT,
    "name2": Kind.TEXT,
    "item_type": Kind.TEXT,
    "group": Kind.TEXT,
    "brand": Kind.TEXT,
    "active": Kind.BOOL,
    "sellable": Kind.BOOL,
    "sales_price": Kind.NUMBER,
    "weight": Kind.NUMBER,
    "description1": Kind.TEXT,
    "description2": Kind.TEXT,
    "description3": Kind.TEXT,
}

QTY_FIELDS: Mapping[str, Kind] = {**ITEM_FIELDS, "warehouse": Kind.TEXT}

EVENT_FIELDS: Mapping[str, Kind] = {
    "kind": Kind.TEXT,
    "topic": Kind.TEXT,
    "resource": Kind.TEXT,
    "remote_id": Kind.TEXT,
    "status": Kind.TEXT,
}

DOCUMENT_FIELDS: Mapping[str, Kind] = {
    **ORDER_FIELDS,
    "document_type": Kind.TEXT,
    "document_state": Kind.TEXT,
}


class CriterionRow(Protocol):
    """A row of `UpdateItemCriterion` or `UpdateQtyCriterion`."""

    group_no: int
    field: str
    operator: str
    value: str
    expression: str
    active: bool


def row_condition(row: CriterionRow, fields: Mapping[str, Kind]) -> Condition:
    """One row: its expression when it has one, else its three columns. Raises ValidationError."""
    if row.expression.strip():
        return parse(row.expression, fields)
    return comparison(row.field, row.operator, row.value, fields)


def criteria_condition(rows: Iterable[CriterionRow], fields: Mapping[str, Kind]) -> Condition:
    """Rows of one group must all hold; one group is enough. No active row admits everything."""
    active = sorted((row for row in rows if row.active), key=lambda row: row.group_no)
    groups = [
        all_of([row_condition(row, fields) for row in members])
        for _number, members in groupby(active, key=lambda row: row.group_no)
    ]
    return any_of(groups)


def clean_criterion(text: str, fields: Mapping[str, Kind], field: str) -> None:
    """For `clean()` of a row: raises a ValidationError at the form field that holds the text."""
    try:
        parse(text, fields)
    except ValidationError as error:
        raise ValidationError({field: error}) from error


def item_context(item: Item, *, warehouse: str = "") -> dict[str, Any]:
    """What item criteria look at. Load the item with its group and brand when there are many."""
    group, brand = item.item_group, item.brand
    return {
        "code": item.code,
        "name1": item.name1,
        "name2": item.name2,
        "item_type": item.item_type,
        "group": group.code if group else "",
        "brand": brand.code if brand else "",
        "active": item.active,
        "sellable": item.sellable,
        "sales_price": item.sales_price,
        "weight": item.weight,
        "description1": item.description1,
        "description2": item.description2,
        "description3": item.description3,
        "warehouse": warehouse,
    }
