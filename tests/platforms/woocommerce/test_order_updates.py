from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import UncertainOutcome
from platforms.types import (
    InvoiceNotice,
    Outcome,
    Parcel,
    PushResult,
    RefundNotice,
    RemoteOrder,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from platforms.woocommerce.adapter import WooCommerceAdapter
from platforms.woocommerce.order_updates import refund_body
from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import WooBench

D = Decimal


def notes(bench: WooBench, order_id: str) -> list[tuple[str, bool]]:
    """What we wrote: the shop's own remarks on status and stock are its own."""
    rows = bench.shop.rest("GET", f"/orders/{order_id}/notes")
    own = ("Order status changed", "Stock ", "Stock levels")
    return [(row["note"], row["customer_note"]) for row in rows if not row["note"].startswith(own)]


def meta(bench: WooBench, order_id: str) -> dict[str, Any]:
    return {row["key"]: row["value"] for row in bench.shop.order(int(order_id))["meta_data"]}


def line(order: RemoteOrder, quantity: str, net: str, tax: str) -> RemoteReturnLine:
    first = order.lines[0]
    return RemoteReturnLine(first.remote_id, first.sku, first.name, D(quantity), D(net), D(tax))


# ---------------------------------------------------------------- status


@pytest.mark.parametrize("what", ["status", "shipment"])
@pytest.mark.parametrize("closed", ["cancelled", "refunded"])
def test_an_order_that_the_shop_closed_meanwhile_is_not_brought_back(
    bench: WooBench, what: str, closed: str
) -> None:
    """The shop would take its goods out of stock again."""
    order_id = bench.order()
    bench.shop.set_order_status(int(order_id), closed)
    before = notes(bench, order_id)
    with bench.adapter() as adapter:
        if what == "status":
            result = adapter.push_status(StatusNotice("k", order_id, "completed", comment="On its way"))
        else:
            result = adapter.push_shipment(
                ShipmentNotice("k", order_id, status="completed", parcels=(Parcel("T1"),))
            )
        assert adapter.parse_order(result.data["order"]).status == closed
    assert result.outcome is Outcome.UNCHANGED
    assert result.warning == f"The shop closed this order meanwhile ({closed}); nothing was written there."
    assert bench.shop.order(int(order_id))["status"] == closed and notes(bench, order_id) == before


def test_status_comment_and_number_are_set_once(bench: WooBench) -> None:
    order_id = bench.order()
    notice = StatusNotice(
        "k",
        order_id,
        "completed",
        comment="شُحن طلبك",
        notify_customer=True,
        metadata={"_erp_order_no": "SO-77"},
    )

    with bench.adapter() as adapter:
        first = adapter.push_status(notice)
        written = bench.writes
        second = adapter.push_status(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.writes == written
    assert bench.shop.order(int(order_id))["status"] == "completed"
    assert notes(bench, order_id) == [("شُحن طلبك", True)]
    assert meta(bench, order_id)["_erp_order_no"] == "SO-77"


@pytest.mark.parametrize(
    ("status", "action", "shown"),
    [("", "complete", "completed"), ("", "cancel", "cancelled"), ("wc-on-hold", "status", "on-hold")],
)
def test_action_or_prefixed_status_gives_the_shops_word(
    bench: WooBench, status: str, action: str, shown: str
) -> None:
    order_id = bench.order()

    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order_id, status, action=action))

    assert result.outcome is Outcome.OK
    assert bench.shop.order(int(order_id))["status"] == shown


def test_totals_and_lines_are_untouched_by_a_status(bench: WooBench) -> None:
    order_id = bench.order()
    before = bench.shop.order(int(order_id))
    bench.shop.rest("PUT", "/taxes/1", {"rate": "20"})

    with bench.adapter() as adapter:
        adapter.push_status(StatusNotice("k", order_id, "completed", metadata={"_erp_order_no": "SO-77"}))

    after = bench.shop.order(int(order_id))
    assert [after[key] for key in ("total", "total_tax", "line_items")] == [
        before[key] for key in ("total", "total_tax", "line_items")
    ]


def test_unknown_status_is_refused_with_the_ones_that_are_known(bench: WooBench) -> None:
    order_id = bench.order()

    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order_id, "enviado"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "rest_invalid_param")
    assert "processing" in result.message
    assert bench.shop.order(int(order_id))["status"] == "processing"


@pytest.mark.parametrize("order_id", ["999999", "not-an-id"])
def test_status_of_an_order_that_is_not_there_is_refused(bench: WooBench, order_id: str) -> None:
    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order_id, "completed"))

    assert result.outcome is Outcome.REJECTED
    assert result.cure


def test_status_whose_answer_was_lost_is_not_commented_twice(bench: WooBench) -> None:
    order_id = bench.order()
    notice = StatusNotice("k", order_id, "completed", comment="Shipped", notify_customer=True)
    bench.fail("silence_after", writes_only=True, skip=1)

    with bench.adapter(timeout=1.0) as adapter:
        with pytest.raises(UncertainOutcome):
            adapter.push_status(notice)
        bench.heal()
        again = adapter.push_status(notice)

    assert again.outcome is Outcome.UNCHANGED
    assert notes(bench, order_id) == [("Shipped", True)]


# ---------------------------------------------------------------- shipment

SHIPMENT = {
    "carrier": "DHL",
    "parcels": (Parcel("00340434161094012345", "https://dhl.example/003"),),
    "shipped_at": datetime(2024, 5, 2, 22, tzinfo=UTC),
}


def ship(bench: WooBench, order_id: str, options: dict[str, Any] | None = None, **changes: Any) -> PushResult:
    with bench.adapter(options=options) as adapter:
        return adapter.push_shipment(ShipmentNotice("k", order_id, **{**SHIPMENT, **changes}))


def test_shipment_without_plugin_is_a_note_to_the_buyer_and_then_the_status(bench: WooBench) -> None:
    order_id = bench.order()

    first = ship(bench, order_id, status="completed")
    second = ship(bench, order_id, status="completed")

    assert (first.outcome, first.data["tracking"], second.outcome) == (Outcome.OK, "note", Outcome.UNCHANGED)
    assert notes(bench, order_id) == [("DHL 00340434161094012345\nhttps://dhl.example/003", True)]
    assert bench.shop.order(int(order_id))["status"] == "completed"


@pytest.mark.parametrize("plugin", ["shipment-tracking", "ast"])
def test_shipment_goes_to_the_plugin_that_the_shop_has(plugin: str) -> None:
    with WooShop(webhook_delay=None, tracking_plugin=plugin) as shop:
        bench = WooBench(shop)
        order_id = bench.order()

        first = ship(bench, order_id, comment="في الطريق", notify_customer=True)
        second = ship(bench, order_id, comment="في الطريق", notify_customer=True)
        other = ship(bench, order_id, carrier="Camel Express", parcels=(Parcel("C-1"),))

        trackings = shop.rest("GET", f"/wc-shipment-tracking/v3/orders/{order_id}/shipment-trackings")
        assert (first.outcome, first.data["tracking"], second.outcome) == (
            Outcome.OK,
            "plugin",
            Outcome.UNCHANGED,
        )
        assert other.outcome is Outcome.OK
        assert [(row["tracking_provider"], row["tracking_number"]) for row in trackings] == [
            ("DHL", "00340434161094012345"),
            ("Camel Express", "C-1"),
        ]
        assert trackings[0]["date_shipped"] == "2024-05-02"
        assert notes(bench, order_id) == [("في الطريق", True)]


def test_tracking_can_be_left_out_by_option(bench: WooBench) -> None:
    order_id = bench.order()

    result = ship(bench, order_id, {"tracking_mode": "none"}, status="completed")

    assert result.outcome is Outcome.OK
    assert notes(bench, order_id) == []
    assert bench.shop.order(int(order_id))["status"] == "completed"


def test_tracking_goes_into_a_note_by_option_even_beside_the_plugin() -> None:
    with WooShop(webhook_delay=None, tracking_plugin="ast") as shop:
        bench = WooBench(shop)
        order_id = bench.order()

        result = ship(bench, order_id, {"tracking_mode": "note"})

        assert result.data["tracking"] == "note"
        assert len(notes(bench, order_id)) == 1


# ---------------------------------------------------------------- invoice


def test_invoice_is_linked_in_a_note_and_in_the_meta_data_once(bench: WooBench) -> None:
    order_id = bench.order()
    notice = InvoiceNotice(
        "k", order_id, "INV-1", "https://erp.example.test/i/INV-1.pdf", notify_customer=True
    )

    with bench.adapter() as adapter:
        first, second = adapter.push_invoice(notice), adapter.push_invoice(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert notes(bench, order_id) == [("Invoice INV-1: https://erp.example.test/i/INV-1.pdf", True)]
    assert meta(bench, order_id) == {
        "_erp_invoice_no": "INV-1",
        "_erp_invoice_url": "https://erp.example.test/i/INV-1.pdf",
    }


@pytest.mark.parametrize(("option", "written"), [("private", [False]), ("none", [])])
def test_invoice_note_follows_the_option(bench: WooBench, option: str, written: list[bool]) -> None:
    order_id = bench.order()

    with bench.adapter(options={"invoice_note": option}) as adapter:
        adapter.push_invoice(
            InvoiceNotice("k", order_id, "INV-1", "https://x.test/1.pdf", notify_customer=True)
        )

    assert [customer for _, customer in notes(bench, order_id)] == written
    assert meta(bench, order_id)["_erp_invoice_no"] == "INV-1"


# ---------------------------------------------------------------- refund


def refund(adapter: WooCommerceAdapter, order_id: str, amount: str, **extra: Any) -> PushResult:
    return adapter.push_refund(RefundNotice("RT-1", order_id, D(amount), **extra))


def test_refund_is_recorded_once_without_paying_money_back(bench: WooBench) -> None:
    order_id = bench.order()

    with bench.adapter() as adapter:
        order = adapter.get_order(order_id)
        lines = (line(order, "1", "10.00", "1.50"),)
        first = refund(adapter, order_id, "11.50", reason="تالف", lines=lines)
        second = refund(adapter, order_id, "11.50", reason="تالف", lines=lines)
        (found,) = adapter.get_returns(order_id)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert first.data["refund_id"] == second.data["refund_id"] == found.remote_id
    assert (found.total, found.reason, found.unexplained) == (D("11.50"), "تالف", D(0))
    assert [(entry.order_line_id, entry.quantity, entry.net, entry.tax) for entry in found.lines] == [
        (order.lines[0].remote_id, D(1), D("10.00"), D("1.50"))
    ]
    assert not bench.shop.store.gateway_refunds


def test_refund_pays_back_and_restocks_only_when_told(bench: WooBench) -> None:
    order_id = bench.order()
    before = bench.shop.stock_of("BENCH") or 0

    with bench.adapter() as adapter:
        order = adapter.get_order(order_id)
        result = refund(
            adapter,
            order_id,
            "11.50",
            lines=(line(order, "1", "10.00", "1.50"),),
            restock=True,
            pay_back=True,
        )

    assert result.outcome is Outcome.OK
    assert bench.shop.stock_of("BENCH") == before + 1
    assert len(bench.shop.store.gateway_refunds) == 1


def test_refund_beyond_the_order_is_a_refusal_although_it_comes_as_500(bench: WooBench) -> None:
    order_id = bench.order()

    with bench.adapter() as adapter:
        result = refund(adapter, order_id, "500.00")

    assert (result.outcome, result.code) == (Outcome.REJECTED, "woocommerce_rest_cannot_create_order_refund")
    assert "Invalid refund amount" in result.message
    assert result.cure


def test_refund_whose_answer_was_lost_is_not_made_twice(bench: WooBench) -> None:
    order_id = bench.order()
    bench.fail("silence_after", writes_only=True)

    with bench.adapter(timeout=1.0) as adapter:
        with pytest.raises(UncertainOutcome):
            refund(adapter, order_id, "5.00")
        bench.heal()
        again = refund(adapter, order_id, "5.00")

        assert again.outcome is Outcome.UNCHANGED
        assert [entry.total for entry in adapter.get_returns(order_id)] == [D("5.00")]


def test_refund_of_a_line_that_the_order_lacks_is_refused(bench: WooBench) -> None:
    order_id = bench.order()

    with bench.adapter() as adapter:
        result = refund(
            adapter, order_id, "5.00", lines=(RemoteReturnLine("999", "X", "X", D(1), D(5), D(0)),)
        )

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_line")


def test_tax_of_a_refund_is_split_over_the_rates_of_the_line_to_the_cent() -> None:
    order = {
        "currency": "EUR",
        "line_items": [{"id": 11, "taxes": [{"id": 1, "total": "5.00"}, {"id": 2, "total": "2.50"}]}],
    }
    lines = (RemoteReturnLine("11", "A", "A", D(1), D("10.00"), D("1.00")),)

    body = refund_body(RefundNotice("k", "1", D("11.0"), lines=lines), order)

    assert body["amount"] == "11.00"
    assert body["api_refund"] is False
    assert body["line_items"][0]["refund_tax"] == [
        {"id": 1, "refund_total": 0.67},
        {"id": 2, "refund_total": 0.33},
    ]


def test_returns_of_changed_orders_are_read_with_their_lines(bench: WooBench) -> None:
    untouched, refunded = bench.order(), bench.order()

    with bench.adapter() as adapter:
        order = adapter.get_order(refunded)
        bench.shop.refund(
            int(refunded),
            amount="11.50",
            line_items=[{"id": int(order.lines[0].remote_id), "quantity": 1, "refund_total": 10.0}],
        )
        found = list(adapter.iter_returns())

    assert [entry.order_remote_id for entry in found] == [refunded]
    assert untouched not in {entry.order_remote_id for entry in found}
    assert found[0].lines[0].net == D("10.00")
