"""Refunds: money through the transaction once, also after a lost answer; our own come back as ours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from ecomsync.common.errors import RetryableError
from platforms.types import Outcome, RefundNotice, RemoteOrder, RemoteReturnLine
from tests.platforms.salla.bench import SallaBench

D = Decimal


def refunded(bench: SallaBench, order: str) -> Decimal:
    rows = bench.shop.store.transactions.values()
    return sum((row["refunded"] for row in rows if row["order_id"] == int(order)), D(0))


def notice(order: str, key: str = "cn-1", amount: str = "10.00") -> RefundNotice:
    return RefundNotice(key, order, D(amount), "damaged", pay_back=True)


def test_money_goes_back_once(bench: SallaBench) -> None:
    order = bench.order()

    with bench.adapter() as adapter:
        first = adapter.push_refund(notice(order))
        written = bench.writes
        second = adapter.push_refund(notice(order))
        other = adapter.push_refund(notice(order, "cn-2", "5.00"))

    assert (first.outcome, second.outcome, other.outcome) == (Outcome.OK, Outcome.UNCHANGED, Outcome.OK)
    assert written == 3
    assert refunded(bench, order) == D("15.00")


@pytest.mark.parametrize("path", ["/transactions/", "/histories"])
def test_lost_answer_moves_the_money_once(bench: SallaBench, path: str) -> None:
    order = bench.order()
    bench.shop.faults.add("timeout_after", path=path, method="PUT|POST", ms=1300, count=1)

    with bench.adapter(timeout=1.0) as adapter:
        with suppress(RetryableError):
            assert adapter.push_refund(notice(order)).outcome is Outcome.RETRY
        again = adapter.push_refund(notice(order))
        third = adapter.push_refund(notice(order))

    assert again.is_ok and third.outcome is Outcome.UNCHANGED
    assert refunded(bench, order) == D("10.00")


def test_lost_answer_that_cannot_be_told_apart_is_not_tried_again(bench: SallaBench) -> None:
    order = bench.order()

    with bench.adapter(timeout=1.0) as adapter:
        adapter.push_refund(notice(order, "cn-0", "1.00"))
        bench.shop.faults.add("timeout_after", path="/transactions/", method="PUT", ms=1300, count=1)
        with suppress(RetryableError):
            adapter.push_refund(notice(order))
        again = adapter.push_refund(notice(order))

    assert (again.outcome, again.code) == (Outcome.REJECTED, "refund_uncertain") and again.cure
    assert refunded(bench, order) == D("11.00")


def test_refusal_may_be_tried_again(bench: SallaBench) -> None:
    order = bench.order()
    row = next(row for row in bench.shop.store.transactions.values() if row["order_id"] == int(order))
    row["refunded"] = D("35.00")  # of 40.25, in the store itself

    with bench.adapter() as adapter:
        refused = adapter.push_refund(notice(order))
        row["refunded"] = D(0)
        again = adapter.push_refund(notice(order))

    assert (refused.outcome, again.outcome) == (Outcome.REJECTED, Outcome.OK)
    assert refunded(bench, order) == D("10.00")


def test_more_than_the_order_and_cash_are_refused(bench: SallaBench) -> None:
    order = bench.order()
    cash = bench.shop.place_order([{"sku": "BENCH", "quantity": 1}], payment_method="cod")

    with bench.adapter() as adapter:
        results = [
            adapter.push_refund(notice(order, amount="99999.00")),
            adapter.push_refund(notice(str(cash["id"]))),
        ]

    assert [(result.outcome, result.code) for result in results] == [
        (Outcome.REJECTED, "refund_too_large"),
        (Outcome.REJECTED, "no_transaction"),
    ]
    assert bench.writes == 0


def order_of_five(bench: SallaBench, quantity: int = 5) -> str:
    if not bench.shop.count_by_sku("CUP"):
        bench.shop.add_product(sku="CUP", price="10.00", quantity=100)
    made = bench.shop.place_order([{"sku": "CUP", "quantity": quantity}, {"sku": "CUP", "quantity": 1}])
    return str(made["id"])


def of_lines(order: RemoteOrder, key: str, pieces: str, *, pay_back: bool = True) -> RefundNotice:
    """Some pieces of the first line, at their share."""
    line, count = order.lines[0], D(pieces)
    net, tax = line.net / line.quantity * count, line.tax / line.quantity * count
    row = RemoteReturnLine(line.remote_id, line.sku, line.name, count, net, tax)
    return RefundNotice(key, order.remote_id, net + tax, "damaged {box}", (row,), pay_back=pay_back)


def test_our_refund_of_some_pieces_comes_back_with_its_pieces(bench: SallaBench) -> None:
    order = order_of_five(bench)

    with bench.adapter() as adapter:
        assert adapter.push_refund(of_lines(adapter.get_order(order), "cn-1", "2")).outcome is Outcome.OK
        assert adapter.push_refund(of_lines(adapter.get_order(order), "cn-2", "1")).outcome is Outcome.OK
        found = adapter.get_returns(order)

    assert [(entry.our_key, entry.total, entry.lines[0].quantity) for entry in found] == [
        ("cn-2", D("11.50"), D(1)),
        ("cn-1", D("23.00"), D(2)),
    ]
    assert refunded(bench, order) == D("34.50")


def test_refused_refund_is_no_return(bench: SallaBench) -> None:
    order = order_of_five(bench)
    row = next(row for row in bench.shop.store.transactions.values() if row["order_id"] == int(order))
    row["refunded"] = row["total"]

    with bench.adapter() as adapter:
        wanted = of_lines(adapter.get_order(order), "cn-1", "2")
        assert adapter.push_refund(wanted).outcome is Outcome.REJECTED
        assert adapter.get_returns(order) == []


def test_what_the_store_restores_beyond_our_refund_is_the_rest_of_the_order(bench: SallaBench) -> None:
    order = order_of_five(bench)

    with bench.adapter() as adapter:
        adapter.push_refund(of_lines(adapter.get_order(order), "cn-1", "2"))
        bench.shop.set_order_status(int(order), "restored")
        ours, rest = adapter.get_order(order).returns

        total = adapter.get_order(order).totals.grand_total
    assert (ours.our_key, rest.our_key) == ("cn-1", "")
    assert [line.quantity for line in rest.lines if line.kind == "line"] == [3, 1]
    assert ours.total + rest.total == total


def test_pieces_of_a_part_are_those_of_its_return_shipment(bench: SallaBench) -> None:
    """Salla names restored lines without their pieces; the parcel that came back has them."""
    order = order_of_five(bench)
    with bench.adapter() as adapter:
        first, second = adapter.get_order(order).lines
        bench.shop.refund(int(order), {int(first.remote_id): 3, int(second.remote_id): 1})
        bench.shop.add_return_shipment(int(order), {int(first.remote_id): 3})
        (found,) = adapter.get_returns(order)
        assert not adapter.findings

    assert [(line.quantity, line.net, line.tax) for line in found.lines] == [
        (D(3), D("30.00"), D("4.50")),
        (D(1), D("10.00"), D("1.50")),
    ]
    assert found.total == D("46.00")


def test_pieces_that_nothing_tells_are_told_to_staff_and_our_own_refund_still_comes(
    bench: SallaBench,
) -> None:
    order = order_of_five(bench, 4)
    other = order_of_five(bench, 3)
    with bench.adapter() as adapter:
        line = adapter.get_order(order).lines[0]
        bench.shop.refund(int(order), {int(line.remote_id): 3})
        assert adapter.get_returns(order) == []
        assert [finding.code for finding in adapter.findings] == ["return_not_told"]

        sold = adapter.get_order(other)
        adapter.push_refund(of_lines(sold, "cn-9", "2"))
        bench.shop.refund(int(other), {int(sold.lines[0].remote_id): 2})
        (ours,) = adapter.get_returns(other)
        assert len(adapter.findings) == 1, "the pieces are ours, and known"

    assert (ours.our_key, ours.lines[0].quantity) == ("cn-9", D(2))


def test_refund_without_money_is_noted_once_and_known_as_ours(bench: SallaBench) -> None:
    order = bench.order()
    plain = replace(notice(order), pay_back=False)

    with bench.adapter() as adapter:
        assert adapter.push_refund(plain).outcome is Outcome.OK
        assert adapter.push_refund(plain).outcome is Outcome.UNCHANGED
        bench.shop.set_order_status(int(order), "restored")
        (found,) = adapter.get_returns(order)

    assert refunded(bench, order) == 0
    assert found.our_key == "cn-1"
