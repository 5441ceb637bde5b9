"""Back to the shop: what may be set, shipments over several parcels and places, links, and refunds of money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from platforms.shopify.ids import gid, number_of
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Outcome,
    Parcel,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal


@pytest.fixture
def adapter(bench: ShopifyBench) -> Any:
    with bench.adapter() as adapter:
        yield adapter


def placed(bench: ShopifyBench, quantity: int = 3, **more: Any) -> str:
    if bench.shop.by_sku("S") is None:
        bench.shop.add_product(sku="S", price="10.00", stock=50)
    return number_of(bench.shop.place_order([{"sku": "S", "quantity": quantity}], **more)["id"])


class TestStatus:
    def test_manual_payment_is_marked_as_paid(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench, payment="Bank Deposit")

        assert adapter.push_status(StatusNotice("k", order, "paid")).outcome is Outcome.OK
        assert bench.status_of(order) == "paid"
        assert adapter.push_status(StatusNotice("k", order, "paid")).outcome is Outcome.UNCHANGED

    def test_cancelling_is_final(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)

        assert adapter.push_status(StatusNotice("k", order, "", action="cancel")).outcome is Outcome.OK
        assert bench.status_of(order) == "cancelled"
        assert adapter.push_status(StatusNotice("k", order, "cancelled")).outcome is Outcome.UNCHANGED
        refused = adapter.push_status(StatusNotice("k", order, "paid"))
        assert (refused.outcome, refused.code) == (Outcome.REJECTED, "order_cancelled")

    def test_archived_order_is_opened_again(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        adapter.push_status(StatusNotice("k", order, "", action="complete"))
        assert bench.status_of(order) == "closed"

        assert adapter.push_status(StatusNotice("k", order, "paid")).outcome is Outcome.OK
        assert bench.status_of(order) == "paid"

    def test_status_that_only_shopify_sets_is_refused(self, bench: ShopifyBench, adapter: Any) -> None:
        result = adapter.push_status(StatusNotice("k", placed(bench), "refunded"))

        assert (result.outcome, result.code) == (Outcome.REJECTED, "status_not_settable")

    def test_comment_is_added_to_the_note_once(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench, note="Leave at the door")
        notice = StatusNotice("k", order, "paid", comment="Ready on Sunday", metadata={"erp_order": "SO-1"})

        first, second = adapter.push_status(notice), adapter.push_status(notice)

        assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
        assert bench.shop.order(gid("Order", order))["note"] == "Leave at the door\nReady on Sunday"


class TestShipments:
    def ship(self, order: str, *parcels: str, **more: Any) -> ShipmentNotice:
        return ShipmentNotice(
            "k", order, carrier="DHL", parcels=tuple(Parcel(number) for number in parcels), **more
        )

    def fulfilments(
        self, bench: ShopifyBench, adapter: Any, order: str
    ) -> list[tuple[tuple[str, ...], list[Decimal]]]:
        return [(s.tracking_numbers, [q for _, q in s.lines]) for s in adapter.get_order(order).shipments]

    def test_parts_go_one_after_the_other(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        line = adapter.get_order(order).lines[0].remote_id
        one = self.ship(order, "N1", lines=((line, D(1)),), is_partial=True)
        two = self.ship(order, "N2", lines=((line, D(2)),))

        assert [adapter.push_shipment(n).outcome for n in (one, one, two, two)] == [
            Outcome.OK,
            Outcome.UNCHANGED,
            Outcome.OK,
            Outcome.UNCHANGED,
        ]
        assert self.fulfilments(bench, adapter, order) == [(("N1",), [D(1)]), (("N2",), [D(2)])]

    def test_more_than_is_open_is_refused_and_nothing_leaves(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        line = adapter.get_order(order).lines[0].remote_id

        result = adapter.push_shipment(self.ship(order, "N1", lines=((line, D(4)),)))

        assert (result.outcome, result.code) == (Outcome.REJECTED, "more_than_open")
        assert adapter.get_order(order).shipments == ()

    def test_several_parcels_are_one_fulfilment(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)

        assert adapter.push_shipment(self.ship(order, "N1", "N2")).outcome is Outcome.OK
        assert self.fulfilments(bench, adapter, order)[0][0] == ("N1", "N2")

    def test_tracking_that_comes_later_is_put_on_what_left(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        bench.shop.fulfill(gid("Order", order))

        first = adapter.push_shipment(self.ship(order, "LATE-1"))
        second = adapter.push_shipment(self.ship(order, "LATE-1"))

        assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
        assert self.fulfilments(bench, adapter, order)[0][0] == ("LATE-1",)

    def test_shipment_without_numbers_is_known_by_its_lines(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        line = adapter.get_order(order).lines[0].remote_id
        notice = ShipmentNotice("k", order, lines=((line, D(1)),), is_partial=True)

        assert adapter.push_shipment(notice).outcome is Outcome.OK
        assert adapter.push_shipment(notice).outcome is Outcome.UNCHANGED
        later = replace(notice, tried_since=datetime.now(UTC).replace(year=2030))
        assert adapter.push_shipment(later).outcome is Outcome.OK

    def test_cancelled_order_has_nothing_to_ship(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        bench.shop.cancel_order(gid("Order", order))

        result = adapter.push_shipment(self.ship(order, "N1"))

        assert (result.outcome, result.code) == (Outcome.REJECTED, "nothing_to_ship")

    def test_status_follows_the_shipment(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)

        assert adapter.push_shipment(self.ship(order, "N1", status="closed")).outcome is Outcome.OK
        assert bench.status_of(order) == "closed"


class TestInvoices:
    def test_number_and_link_stand_in_the_order_and_its_note(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        adapter.push_invoice(InvoiceNotice("k", order, "INV-7", url="https://erp.test/i/7"))
        adapter.push_invoice(
            InvoiceNotice("c", order, "CN-1", url="https://erp.test/c/1", kind=InvoiceKind.CREDIT_NOTE)
        )
        shown = bench.shop.graphql(
            'query($id: ID!) { order(id: $id) { note metafields(first: 9, namespace: "ecomsync") { nodes { key value } } } }',
            {"id": gid("Order", order)},
        )["data"]["order"]

        assert {row["key"]: row["value"] for row in shown["metafields"]["nodes"]} == {
            "invoice_number": "INV-7",
            "invoice_url": "https://erp.test/i/7",
            "credit_note_number": "CN-1",
            "credit_note_url": "https://erp.test/c/1",
        }
        assert shown["note"] == "Invoice INV-7: https://erp.test/i/7\nCredit note CN-1: https://erp.test/c/1"


class TestRefunds:
    def notice(self, adapter: Any, order: str, **more: Any) -> RefundNotice:
        line = adapter.get_order(order).lines[0]
        back = RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), D("10.00"), D("1.50"))
        return replace(RefundNotice("ret-1", order, D("11.50"), "broken", (back,)), **more)

    def test_money_goes_back_only_when_asked_for(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        adapter.push_refund(self.notice(adapter, order))
        assert bench.shop.totals(gid("Order", order))["refunded"] == 0

        adapter.push_refund(self.notice(adapter, order, key="ret-2", pay_back=True))
        assert bench.shop.totals(gid("Order", order))["refunded"] == D("11.50")

    def test_our_own_refund_is_known_when_it_comes_back(self, bench: ShopifyBench, adapter: Any) -> None:
        order = placed(bench)
        adapter.push_refund(self.notice(adapter, order, pay_back=True, restock=True))
        (found,) = adapter.get_returns(order)

        assert (found.our_key, found.reason, found.restock, found.paid_back) == (
            "ret-1",
            "broken",
            True,
            True,
        )
        assert found.total == D("11.50")

    def test_money_alone_goes_back_over_the_payments_that_took_it(
        self, bench: ShopifyBench, adapter: Any
    ) -> None:
        order = placed(
            bench, payment=[{"gateway": "gift_card", "amount": "5.00"}, {"gateway": "shopify_payments"}]
        )
        total = adapter.get_order(order).totals.grand_total
        whole = RefundNotice("all", order, total, "sorry", pay_back=True)

        assert adapter.push_refund(whole).outcome is Outcome.OK
        assert bench.shop.totals(gid("Order", order))["refunded"] == total

    def test_money_beyond_the_payments_is_refused_in_the_shops_words(
        self, bench: ShopifyBench, adapter: Any
    ) -> None:
        order = placed(bench)

        result = adapter.push_refund(RefundNotice("k", order, D("999.00"), pay_back=True))

        assert result.outcome is Outcome.REJECTED
        assert "999" in result.message

    def test_amount_without_goods_needs_the_money(self, bench: ShopifyBench, adapter: Any) -> None:
        result = adapter.push_refund(RefundNotice("k", placed(bench), D("5.00")))

        assert (result.outcome, result.code) == (Outcome.REJECTED, "refund_without_money")

    def test_fraction_of_a_piece_is_refused(self, bench: ShopifyBench, adapter: Any) -> None:
        notice = self.notice(adapter, placed(bench))
        notice = replace(notice, lines=(replace(notice.lines[0], quantity=D("0.5")),))

        assert adapter.push_refund(notice).code == "fractional_quantity"
