"""Credit memos back: exactly the amount, only what is invoiced, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from platforms.magento1.mapping_returns import return_from_json
from platforms.magento1.payloads import OrderShape, read_shape
from platforms.magento1.refunds import memo_data
from platforms.types import Outcome, RefundNotice, RemoteReturnLine
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.magento1.samples import bundle_order

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


def test_amounts_in_the_base_currency_make_a_memo_of_just_that(bench: MagentoBench) -> None:
    """The shop reads the money of a memo in its base currency: 3.75 of the buyer's are one of it."""
    number, (a,) = sold(bench, order_currency="USD", rate="3.75")
    rows = (line(a, "1", "10", "1.5"), line("shipping", "1", "8", "1.2", kind="shipping"))
    with bench.adapter(options={"amounts": "base"}) as adapter:
        result = adapter.push_refund(RefundNotice("k", number, D("21.70"), lines=rows))

    columns = memo(bench, number).columns
    assert (result.outcome, result.warning) == (Outcome.OK, "")
    assert (columns["base_grand_total"], columns["grand_total"]) == (D("21.70"), D("81.38"))
    assert columns["adjustment"] == D("3.75")


def test_amounts_in_another_currency_than_the_shop_reads_are_refused(bench: MagentoBench) -> None:
    number, (a,) = sold(bench, order_currency="USD", rate="3.75")
    with bench.adapter() as adapter:
        refused = adapter.push_refund(RefundNotice("k", number, D("5.00")))
        pieces = adapter.push_refund(
            RefundNotice("k", number, D("43.13"), lines=(line(a, "1", "37.5", "5.63"),))
        )

    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "currency_mismatch")
    assert pieces.outcome is Outcome.OK, pieces.message
    assert memo(bench, number).columns["grand_total"] == D("43.13")


def test_part_of_a_bundle_is_given_back_by_its_own_row() -> None:
    """The parts have the money, so the shop counts them and not the bundle."""
    shape = read_shape(OrderShape, bundle_order(), what="Order")

    data = memo_data(
        RefundNotice("k", "100000123", D("35.70"), lines=(line("311", "2", "30", "5.7"),)), shape
    )

    assert data["qtys"] == {"311": "2", "312": "0"}
    assert (data["adjustment_positive"], data["adjustment_negative"]) == ("0.00", "0.00")


def test_discounted_shipping_is_given_back_as_it_was_paid() -> None:
    shape = read_shape(
        OrderShape,
        {**bundle_order(), "shipping_discount_amount": "1.9000", "discount_amount": "-1.9000"},
        what="Order",
    )
    row = line("shipping", "1", "3", "0.93", kind="shipping")

    data = memo_data(RefundNotice("k", "100000123", D("3.93"), lines=(row,)), shape)

    assert (data["shipping_amount"], data["adjustment_positive"]) == ("4.90", "0.00")


def test_memo_tells_goods_by_the_rows_that_have_money() -> None:
    """A bundle's other rows and the second of a configurable have no total at all; a gift has one of 0."""
    payload = {
        "increment_id": "100000009",
        "order_increment_id": "100000123",
        "created_at": "2024-05-02 09:00:00",
        "state": "2",
        "order_currency_code": "EUR",
        "grand_total": "38.6300",
        "discount_amount": "-1.9000",
        "shipping_amount": "4.9000",
        "shipping_tax_amount": "0.9300",
        "adjustment": "0.0000",
        "items": [
            {"order_item_id": "301", "sku": "BOX", "qty": "1.0000", "row_total": None},
            {
                "order_item_id": "311",
                "sku": "P0",
                "qty": "2.0000",
                "row_total": "30.0000",
                "tax_amount": "4.7000",
            },
            {"order_item_id": "320", "sku": "GIFT", "qty": "1.0000", "row_total": "0.0000"},
        ],
    }

    entry = return_from_json(payload)

    assert [(row.sku, row.quantity) for row in entry.lines] == [("P0", D(2)), ("GIFT", D(1)), ("", D(1))]
    assert entry.lines[-1].net == D("3.00") and entry.unexplained == 0
