"""Why an item is in or out: each test of the criteria with the value it met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ReportTable, chip
from ecomsync.common.conditions import Condition, Kind
from erp.models import Item
from sites.criteria import ITEM_FIELDS, QTY_FIELDS, CriterionRow, criteria_condition, item_context
from sites.models import Site


def criteria_tables(site: Site, item: Item, warehouse: str = "") -> list[ReportTable]:
    """One table for 'Update Item Criteria', one for 'Update Quantity Criteria'."""
    context = item_context(item, warehouse=warehouse)
    return [
        _table(_("Update Item Criteria"), site.update_item_for.all(), ITEM_FIELDS, context),
        _table(_("Update Quantity Criteria"), site.update_qty_for.all(), QTY_FIELDS, context),
    ]


def _table(
    title: Any, rows: Iterable[CriterionRow], fields: Mapping[str, Kind], context: Mapping[str, Any]
) -> ReportTable:
    try:
        condition: Condition = criteria_condition(rows, fields)
    except ValidationError as error:
        return ReportTable(title=title, rows=[(chip(_("error"), "bad"), "; ".join(error.messages))])
    admitted = condition.matches(context)
    verdict = chip(_("admitted"), "ok") if admitted else chip(_("left out"), "bad")
    tests = condition.explain(context)
    found = [(chip(_("true"), "ok") if holds else chip(_("false"), "mute"), text) for text, holds in tests]
    reason = "" if tests else _("There are no criteria: every item is admitted.")
    return ReportTable(title=title, columns=("", _("Test")), rows=[(verdict, reason), *found])
