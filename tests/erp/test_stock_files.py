"""Quantities from a file become adjustments of the ledger."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from ecomsync.common.errors import PermanentError
from erp import signals
from erp.models import ItemType, MovementType, StockBalance, StockMovement
from erp.services import stock, stock_files
from erp.services.stock_files import StockFileReport, load_stock_file
from tests.erp.factories import D, figures, make_item, make_warehouse, stock_up

pytestmark = pytest.mark.django_db


def load(text: str | bytes, **values: str) -> StockFileReport:
    return load_stock_file(file=io.BytesIO(text.encode() if isinstance(text, str) else text), **values)


def codes(report: StockFileReport) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in report.problems]


def test_differences_become_count_adjustments_and_the_ledger_adds_up(riyadh):
    mug, cup = make_item("MUG", standard_cost=D(3)), make_item("CUP")
    stock_up(mug, riyadh, 10)
    report = load("item,warehouse,quantity\nMUG,RUH,7.5\nCUP,RUH,4\n", label="night.csv")
    assert (report.rows, report.changed, report.unchanged, report.refused) == (2, 2, 0, 0)
    assert (figures(mug, riyadh)[0], figures(cup, riyadh)[0]) == (D("7.5"), D(4))
    row = StockMovement.objects.filter(item=mug).latest("id")
    told = (row.quantity, row.balance_after, row.movement_type, row.source_label, row.unit_cost)
    assert told == (D("-2.5"), D("7.5"), MovementType.COUNT_ADJUSTMENT, "night.csv", D(3))
    assert StockBalance.objects.get(item=mug).last_movement == row
    assert stock.rebuild_balances() == []


def test_the_same_file_again_changes_nothing(riyadh):
    make_item("MUG")
    text = "item,warehouse,quantity\nMUG,RUH,7\n"
    load(text)
    assert load(text).unchanged == 1
    assert StockMovement.objects.count() == 1


def test_what_is_not_in_the_file_and_what_is_reserved_stay(riyadh):
    mug, cup = make_item("MUG"), make_item("CUP")
    stock_up(mug, riyadh, 3)
    stock_up(cup, riyadh, 5)
    StockBalance.objects.filter(item=mug).update(reserved=D(2))
    load("item,warehouse,quantity\nMUG,RUH,9\n")
    assert (figures(mug, riyadh), figures(cup, riyadh)) == ((D(9), D(2)), (D(5), D(0)))


def test_lines_that_cannot_be_are_left_out_and_told(riyadh):
    make_item("MUG")
    make_item("WORK", item_type=ItemType.SERVICE)
    make_item("BELOW", allow_negative=True)
    lines = [
        "MUG,RUH,5",
        "NONE,RUH,1",
        "MUG,NOWHERE,1",
        "WORK,RUH,1",
        "MUG,RUH,five",
        "MUG,RUH,-1",
        "BELOW,RUH,-2",
    ]
    report = load("\n".join(["item,warehouse,quantity", *lines]))
    assert codes(report) == [
        (3, "unknown_item"),
        (4, "unknown_warehouse"),
        (5, "not_stocked"),
        (6, "bad_quantity"),
        (7, "negative"),
    ]
    assert (report.rows, report.changed, report.refused) == (7, 2, 5)
    assert str(report.problems[0]) == "Line 3: There is no item with this code. (NONE, RUH, 1)"
    assert stock.rebuild_balances() == []


def test_a_pair_that_stands_twice_counts_once_when_equal_and_never_when_different(riyadh):
    mug, cup = make_item("MUG"), make_item("CUP")
    report = load("item,warehouse,quantity\nMUG,RUH,5\nMUG,RUH,5.0\nCUP,RUH,1\nCUP,RUH,2\n")
    assert codes(report) == [(4, "repeated"), (5, "repeated")]
    assert (report.changed, report.unchanged) == (1, 1)
    assert (figures(mug, riyadh)[0], figures(cup, riyadh)[0]) == (D(5), D(0))


def test_a_line_that_says_what_is_so_already_makes_a_different_one_of_its_pair_doubtful(riyadh):
    mug, cup = make_item("MUG"), make_item("CUP")
    load("item,warehouse,quantity\nMUG,RUH,5\nCUP,RUH,2\n")
    report = load("item,warehouse,quantity\nMUG,RUH,5\nCUP,RUH,3\nmug,ruh,7\nCUP,RUH,0\nCUP,RUH,x\n")
    assert codes(report) == [
        (2, "repeated"), (3, "repeated"), (4, "repeated"), (5, "repeated"), (6, "bad_quantity"),
    ]  # fmt: skip
    assert (report.rows, report.changed, report.unchanged) == (5, 0, 0)
    assert (figures(mug, riyadh)[0], figures(cup, riyadh)[0]) == (D(5), D(2))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffItem;Warehouse;Quantity\r\n mug ;ruh; 6 \r\n",
        'quantity\tremark\titem\twarehouse\n6\t"two\nlines"\tMUG\tRUH\n',
        'warehouse,quantity,item\n"RUH","6","MUG"\n',
    ],
)
def test_spellings_of_the_file(riyadh, text: str):
    mug = make_item("MUG")
    assert load(text).changed == 1
    assert figures(mug, riyadh)[0] == D(6)


def test_malformed_rows_do_not_stop_the_others(riyadh):
    mug = make_item("MUG")
    report = load(b"item,warehouse,quantity\nMUG\nMUG,RUH,4,too many\n\xff\xfe,RUH,1\n")
    assert codes(report) == [(2, "unknown_warehouse"), (4, "unknown_item")]
    assert figures(mug, riyadh)[0] == D(4)


def test_arabic_codes_are_found(riyadh):
    item = make_item("كوب-1")
    assert load("item,warehouse,quantity\nكوب-1,RUH,2\n").changed == 1
    assert figures(item, riyadh)[0] == D(2)


def test_an_empty_file_changes_nothing(riyadh):
    assert load("item,warehouse,quantity\n") == StockFileReport()


def test_a_heading_without_the_columns_is_refused():
    with pytest.raises(PermanentError, match="quantity"):
        load("sku,warehouse,amount\nMUG,RUH,1\n")


def test_changes_are_announced_in_pages(riyadh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stock_files, "PAGE", 2)
    items = [make_item(f"I{number}") for number in range(3)]
    heard: list[set[int]] = []

    def listen(sender, item_ids, warehouse_ids, **_kwargs):
        assert warehouse_ids == {riyadh.pk}
        heard.append(item_ids)

    signals.stock_changed.connect(listen)
    try:
        load("item,warehouse,quantity\nI0,RUH,1\nI1,RUH,1\nI2,RUH,1\n")
    finally:
        signals.stock_changed.disconnect(listen)
    assert heard == [{items[0].pk, items[1].pk}, {items[2].pk}]


def test_statements_do_not_depend_on_the_lines(riyadh, django_assert_max_num_queries: DjangoAssertNumQueries):
    for number in range(100):
        make_item(f"I{number}")
    text = "".join(f"I{number},RUH,{number + 1}\n" for number in range(100))
    with django_assert_max_num_queries(34):
        assert load("item,warehouse,quantity\n" + text).changed == 100


def test_the_command_tells_what_it_did(riyadh, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_item("MUG")
    path = tmp_path / "stock.csv"
    path.write_text("item,warehouse,quantity\nMUG,RUH,2\nCUP,RUH,1\n")
    call_command("load_stock_file", str(path))
    out, err = capsys.readouterr()
    assert out == "2 lines: 1 changed, 0 unchanged, 1 left out.\n"
    assert err == "Line 3: There is no item with this code. (CUP, RUH, 1)\n"
    assert StockMovement.objects.get().source_label == "stock.csv"
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("load_stock_file", str(tmp_path / "none.csv"))
    assert make_warehouse("RUH").pk == riyadh.pk
