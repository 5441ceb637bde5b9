"""The demo company."""

from __future__ import annotations

import json
import time
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from erp.barcodes import is_valid
from erp.demo import load_demo_company
from erp.models import Item, ItemBarcode, LegalEntity, PriceList, StockMovement, Warehouse
from erp.selectors.stock import availability
from erp.services.prices import prices_for_items
from erp.services.stock import rebuild_balances
from tests.erp.factories import D

pytestmark = pytest.mark.django_db

CATALOGUE = Path(settings.BASE_DIR) / "sandbox" / "data" / "demo_catalogue.json"


def test_command_loads_the_catalogue_quickly_and_only_once():
    rows = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    started = time.perf_counter()
    call_command("load_demo_company", stdout=StringIO())
    seconds = time.perf_counter() - started
    assert seconds < 8  # under 3 s on an idle machine
    company = LegalEntity.objects.get(code="ELITE")
    assert (company.name1, company.name2) == ("شركة النخبة للتجارة", "Elite Trading Co.")
    stocked = [row for row in rows if row["type"] != "variable"]
    assert Item.objects.filter(item_type="stock").count() == len(stocked)
    assert Item.objects.filter(variant_of__isnull=False).count() == sum(
        r["type"] == "variation" for r in rows
    )
    assert all(is_valid(row.barcode, row.barcode_type) for row in ItemBarcode.objects.all())
    assert rebuild_balances() == []
    movements = StockMovement.objects.count()
    again = StringIO()
    call_command("load_demo_company", stdout=again)
    assert "0 items" in again.getvalue()
    assert StockMovement.objects.count() == movements


def test_figures_of_a_row_arrive():
    row = {
        "sku": "demo-1",
        "name_en": "Coffee",
        "name_ar": "قهوة",
        "type": "simple",
        "attributes": {"Roast": "Dark"},
        "price": "58.00",
        "special_price": "49.95",
        "weight": "0.5",
        "category": ["Grocery", "Coffee"],
        "category_ar": ["بقالة", "قهوة"],
        "barcode": "6280000000017",
        "stock": {"RUH": 7, "JED": 0},
        "tax_class": "zero-rate",
    }
    report = load_demo_company(catalogue=[row])
    assert (report.items, report.item_groups, report.movements, report.prices) == (1, 2, 1, 2)
    item = Item.objects.get(code="DEMO-1")
    assert (item.name1, item.sales_price, item.special_price, item.tax_plan.code) == (
        "قهوة",
        D(58),
        D("49.95"),
        "ZERO",
    )
    assert (item.item_group.name1, item.item_group.parent.name2) == ("قهوة", "Grocery")
    riyadh = Warehouse.objects.get(code="RUH")
    assert availability(item_ids=[item.pk], warehouse_ids=[riyadh.pk])[item.pk, riyadh.pk].available == 7
    price = prices_for_items(item_ids=[item.pk], price_list=PriceList.objects.get(code="RETAIL"))[item.pk]
    assert (price.price, price.special_price, price.prices_include_tax, price.currency) == (
        D(58),
        D("49.95"),
        True,
        "SAR",
    )


@pytest.mark.parametrize(
    ("text", "message"), [("{", "not valid JSON"), ("{}", "JSON list"), ('[{"sku": ""}]', "Row 1")]
)
def test_bad_file_is_refused_with_its_cause(tmp_path, text, message):
    path = tmp_path / "catalogue.json"
    path.write_text(text)
    with pytest.raises(CommandError, match=message):
        call_command("load_demo_company", catalogue=path)


def test_missing_file_is_named():
    with pytest.raises(CommandError, match="--catalogue"):
        call_command("load_demo_company", catalogue=Path("/nowhere/x.json"))
