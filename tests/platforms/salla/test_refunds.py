"""Refunds: money through the transaction once, also after a lost answer; our own come back as ours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from ecomsync.common.errors import RetryableError
from platforms.types import Outcome, RefundNotice
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
