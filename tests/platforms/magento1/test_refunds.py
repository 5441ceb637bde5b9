"""Credit memos back: exactly the amount, only what is invoiced, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from platforms.types import Outcome, RefundNotice, RemoteReturnLine
from tests.platforms.magento1.bench import MagentoBench

D = Decimal


def line(number: str, quantity: str, net: str, tax: str, kind: str = "line") -> RemoteReturnLine:
    return RemoteReturnLine(number, "", "", D(quantity), D(net), D(tax), kind=kind)


def sold(bench: MagentoBench, **extra: Any) -> tuple[str, list[str]]:
    bench.shop.add_product("A", price="10.00", stock=100)
    order = bench.shop.place_order(
        [{"sku": "A", "quantity": 3}], shipping_amount="8.00", **{"invoiced": True, **extra}
    )
    return order.increment_id, [row["item_id"] for row in order.items]


def memo(bench: MagentoBench, number: str) -> Any:
    (found,) = bench.shop.store.documents_of("creditmemo", bench.shop.order(number).id)
    return found


def test_pieces_and_nothing_else_are_given_back(bench: MagentoBench) -> None:
    number, (a,) = sold(bench)
    with bench.adapter() as adapter:
        result = adapter.push_refund(
            RefundNotice("k", number, D("23.00"), "broken", (line(a, "2", "20", "3"),))
        )
        (entry,) = adapter.get_returns(number)

    assert (result.outcome, result.warning) == (Outcome.OK, "")
    assert memo(bench, number).columns["grand_total"] == D("23.00")
    assert (entry.total, entry.our_key, entry.reason, entry.unexplained) == (D(23), "k", "broken", D(0))
    assert [(row.kind, row.quantity, row.net, row.tax) for row in entry.lines] == [
        ("line", D(2), D(20), D(3))
    ]


def test_shipping_and_an_amount_of_money(bench: MagentoBench) -> None:
    number, (a,) = sold(bench)
    lines = (line(a, "1", "10", "1.5"), line("shipping", "1", "8", "1.2", kind="shipping"))
    with bench.adapter() as adapter:
        whole = adapter.push_refund(RefundNotice("k", number, D("20.70"), lines=lines))
        money = adapter.push_refund(RefundNotice("k2", number, D("5.00")))
        entries = adapter.get_returns(number)

    assert (whole.outcome, money.outcome) == (Outcome.OK, Outcome.OK)
    assert [entry.total for entry in entries] == [D("20.70"), D(5)]
    assert [row.kind for row in entries[0].lines] == ["line", "shipping"]
    assert [row.kind for row in entries[1].lines] == ["amount"]


def test_amount_below_the_goods_is_adjusted(bench: MagentoBench) -> None:
    number, (a,) = sold(bench)
    with bench.adapter() as adapter:
        result = adapter.push_refund(
            RefundNotice("k", number, D("9.99"), lines=(line(a, "1", "8.69", "1.30"),))
        )

    assert result.outcome is Outcome.OK
    assert memo(bench, number).columns["adjustment_negative"] == D("1.51")
    assert memo(bench, number).columns["grand_total"] == D("9.99")


def test_discount_and_prices_with_tax_come_back_to_the_cent(bench: MagentoBench) -> None:
    number, (a,) = sold(bench, prices_include_tax=True, coupon=("TEN", "percent", "10"))
    with bench.adapter() as adapter:
        row = adapter.get_order(number).lines[0]
        share = RemoteReturnLine(a, "", "", D(1), row.net / 3, row.tax / 3)
        result = adapter.push_refund(RefundNotice("k", number, D("9.00"), lines=(share,)))

    assert (result.outcome, result.warning) == (Outcome.OK, "")
    assert memo(bench, number).columns["grand_total"] == D("9.00")


def test_what_is_not_invoiced_cannot_be_given_back(bench: MagentoBench) -> None:
    number, (a,) = sold(bench, invoiced=False)
    with bench.adapter() as adapter:
        pieces = adapter.push_refund(
            RefundNotice("k", number, D("11.50"), lines=(line(a, "1", "10", "1.5"),))
        )
        money = adapter.push_refund(RefundNotice("k2", number, D("5.00")))

    assert (pieces.outcome, pieces.code) == (Outcome.REJECTED, "more_than_left")
    assert (money.outcome, money.code) == (Outcome.REJECTED, "cannot_refund")


def test_money_and_stock_that_the_shop_does_not_move_are_told(bench: MagentoBench) -> None:
    number, (a,) = sold(bench)
    before = bench.shop.stock_of("A")
    notice = RefundNotice(
        "k", number, D("11.50"), lines=(line(a, "1", "10", "1.5"),), restock=True, pay_back=True
    )
    with bench.adapter() as adapter:
        result = adapter.push_refund(notice)

    assert "by hand" in result.warning and "shelf" in result.warning
    assert bench.shop.stock_of("A") == before


def test_line_of_another_order_is_refused(bench: MagentoBench) -> None:
    number, _ = sold(bench)
    with bench.adapter() as adapter:
        result = adapter.push_refund(RefundNotice("k", number, D(1), lines=(line("999", "1", "1", "0"),)))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_line")
    assert bench.writes == 0
