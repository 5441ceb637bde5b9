"""Back to the shop: each write looks first, so that a repetition after a lost answer does nothing twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from ecomsync.common.errors import RetryableError, UncertainOutcome
from platforms.base import PlatformAdapter
from platforms.types import (
    InvoiceNotice,
    Outcome,
    Parcel,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from tests.contracts.bench import Bench, need, need_capability

D = Decimal
SHIPPED = datetime(2026, 5, 2, 9, 0, tzinfo=UTC)


class OrderUpdateCases:
    """Statuses, shipments, invoices and refunds of orders."""

    def test_status_is_set_once(self, bench: Bench) -> None:
        order = bench.order()
        with bench.adapter() as adapter:
            need_capability(adapter, "push_status")
            notice = StatusNotice("k", order, _status_to_set(adapter, bench.status_of(order)))
            first = adapter.push_status(notice)
            written = bench.writes
            second = adapter.push_status(notice)

        assert (first.key, first.outcome, second.outcome) == ("k", Outcome.OK, Outcome.UNCHANGED)
        assert bench.writes == written
        assert bench.status_of(order) == notice.status

    def test_status_whose_answer_was_lost_is_found_set(self, bench: Bench) -> None:
        order = bench.order()
        with bench.adapter(timeout=1.0) as adapter:
            need_capability(adapter, "push_status")
            notice = StatusNotice("k", order, _status_to_set(adapter, bench.status_of(order)))
            bench.fail("silence_after", writes_only=True)
            lost = _outcome(adapter, notice)
            bench.heal()
            again = adapter.push_status(notice)

        assert lost is Outcome.RETRY
        assert again.outcome is Outcome.UNCHANGED

    def test_status_of_an_order_that_is_not_there_is_refused_with_a_cure(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            need_capability(adapter, "push_status")
            status = adapter.capabilities.order_statuses[0][0]
            result = adapter.push_status(StatusNotice("k", bench.unknown_id, status))

        assert result.outcome is Outcome.REJECTED
        assert result.message and result.cure

    def test_status_that_the_shop_does_not_know_is_refused(self, bench: Bench) -> None:
        order = bench.order()
        before = bench.status_of(order)
        with bench.adapter() as adapter:
            need_capability(adapter, "push_status")
            result = adapter.push_status(StatusNotice("k", order, "gone-fishing"))

        assert result.outcome is Outcome.REJECTED
        assert bench.status_of(order) == before

    def test_shipment_is_recorded_once(self, bench: Bench) -> None:
        order = bench.order()
        notice = ShipmentNotice(
            "k",
            order,
            carrier="DHL",
            parcels=(Parcel("0034-1", "https://x.test/1"),),
            shipped_at=SHIPPED,
        )
        with bench.adapter() as adapter:
            need_capability(adapter, "push_shipments")
            first = adapter.push_shipment(notice)
            written = bench.writes
            second = adapter.push_shipment(notice)

        assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
        assert bench.writes == written

    def test_invoice_is_told_once(self, bench: Bench) -> None:
        notice = InvoiceNotice("k", bench.order(), "INV-7", url="https://erp.test/i/7", pdf=b"%PDF-1.4")
        with bench.adapter() as adapter:
            need_capability(adapter, "push_invoices")
            first = adapter.push_invoice(notice)
            written = bench.writes
            second = adapter.push_invoice(notice)

        assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
        assert bench.writes == written

    def test_refund_is_made_once_also_when_its_answer_was_lost(self, bench: Bench) -> None:
        need(bench, "refunds")
        order = bench.order()
        with bench.adapter(timeout=1.0) as adapter:
            need_capability(adapter, "push_refunds")
            notice = _refund_of_the_line(adapter, order)
            bench.fail("silence_after", writes_only=True)
            with suppress(UncertainOutcome):  # a lost answer is a result or an error
                assert adapter.push_refund(notice).outcome is Outcome.RETRY
            bench.heal()
            second = adapter.push_refund(notice)
            third = adapter.push_refund(notice)

        assert {second.outcome, third.outcome} == {Outcome.UNCHANGED}
        assert bench.refunds_of(order) == 1

    def test_refund_comes_back_as_a_return_with_its_line(self, bench: Bench) -> None:
        need(bench, "refunds")
        order = bench.order()
        with bench.adapter() as adapter:
            need_capability(adapter, "push_refunds", "read_returns")
            notice = _refund_of_the_line(adapter, order)
            assert adapter.push_refund(notice).outcome is Outcome.OK
            (found,) = adapter.get_returns(order)

        assert found.order_remote_id == order
        assert found.total == notice.amount > 0
        assert [line.order_line_id for line in found.lines if line.kind == "line"] == [
            notice.lines[0].order_line_id
        ]

    def test_refund_beyond_the_order_is_refused(self, bench: Bench) -> None:
        need(bench, "refunds")
        order = bench.order()
        with bench.adapter() as adapter:
            need_capability(adapter, "push_refunds")
            notice = replace(_refund_of_the_line(adapter, order), amount=D("99999.00"), lines=())
            result = adapter.push_refund(notice)

        assert result.outcome is Outcome.REJECTED
        assert bench.refunds_of(order) == 0


def _status_to_set(adapter: PlatformAdapter, present: str) -> str:
    """Another status than the present one, of those that the platform declares."""
    wanted = [code for code, _ in adapter.capabilities.order_statuses if code != present]
    return "completed" if "completed" in wanted else wanted[-1]


def _outcome(adapter: PlatformAdapter, notice: StatusNotice) -> Outcome:
    """A lost answer is a result or an error, and in both cases to be tried again."""
    try:
        return adapter.push_status(notice).outcome
    except RetryableError:
        return Outcome.RETRY


def _refund_of_the_line(adapter: PlatformAdapter, remote_id: str) -> RefundNotice:
    line = adapter.get_order(remote_id).lines[0]
    given_back = RemoteReturnLine(line.remote_id, line.sku, line.name, line.quantity, line.net, line.tax)
    return RefundNotice("k", remote_id, line.net + line.tax, "damaged", (given_back,))
