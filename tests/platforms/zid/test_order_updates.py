"""Back to the shop: the status with its tracking, comments, invoice numbers, reverse orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import (
    InvoiceNotice,
    Outcome,
    Parcel,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from tests.platforms.zid.bench import ZidBench

D = Decimal
CHANGE = "POST /v1/managers/store/orders/{id}/change-order-status"
COMMENT = "POST /v1/managers/store/orders/{id}/add-order-comment"


def comments(bench: ZidBench, order: str) -> list[str]:
    return [row["comment"] for row in bench.shop.order(int(order))["histories"] if row["comment"]]


def test_tracking_travels_with_the_status(bench: ZidBench) -> None:
    order = bench.order()
    parcels = (Parcel("TR1", "https://x.test/1"), Parcel("TR2", "https://x.test/2"))

    with bench.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", order, parcels=parcels))
        known = adapter.parse_order(result.data["order"])

    shown = bench.shop.order(int(order))
    assert shown["order_status"]["code"] == "indelivery"
    assert shown["shipping"]["method"]["tracking"] == {
        "number": "TR1",
        "url": "https://x.test/1",
        "status": None,
    }
    assert comments(bench, order) == ["TR2 https://x.test/2"]
    assert (known.remote_id, known.status) == (order, "indelivery")


def test_part_of_an_order_repeats_the_present_status(bench: ZidBench) -> None:
    order = bench.order()
    part = ShipmentNotice("k", order, parcels=(Parcel("TR1"),), is_partial=True)

    with bench.adapter() as adapter:
        first, again = adapter.push_shipment(part), adapter.push_shipment(part)

    assert (first.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.status_of(order) == "new"


def test_delivered_order_is_never_moved_back(bench: ZidBench) -> None:
    order = bench.order()
    bench.shop.set_order_status(int(order), "delivered")

    with bench.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", order, parcels=(Parcel("TR1"),)))

    assert result.outcome is Outcome.OK
    assert bench.status_of(order) == "delivered"


def test_actions_and_other_spellings_are_statuses(bench: ZidBench) -> None:
    first, second, third = bench.order(), bench.order(), bench.order()
    bench.shop.set_order_status(int(third), "cancelled")

    with bench.adapter() as adapter:
        adapter.push_status(StatusNotice("a", first, "", action="complete"))
        adapter.push_status(StatusNotice("b", second, "", action="cancel"))
        same = adapter.push_status(StatusNotice("c", third, "canceled"))
        nothing = adapter.push_status(StatusNotice("d", third, ""))

    assert (bench.status_of(first), bench.status_of(second)) == ("delivered", "cancelled")
    assert same.outcome is Outcome.UNCHANGED
    assert (nothing.outcome, nothing.code) == (Outcome.REJECTED, "no_status")


def test_ready_names_the_location_that_sends(bench: ZidBench) -> None:
    order = bench.order()

    with bench.adapter() as adapter:
        assert adapter.push_status(StatusNotice("k", order, "ready")).is_ok

    assert bench.shop.store.orders[int(order)]["_location"] == bench.shop.location


def test_status_that_the_store_locks_is_refused_in_its_words(bench: ZidBench) -> None:
    order = bench.order()
    bench.shop.set_order_status(int(order), "cancelled")

    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order, "new"))

    assert result.outcome is Outcome.REJECTED
    assert "cannot be changed" in result.message


def test_comment_is_written_once_and_cut_to_what_fits(bench: ZidBench) -> None:
    order = bench.order()
    notice = StatusNotice("k", order, "preparing", comment="ش" * 130)

    with bench.adapter() as adapter:
        first, again = adapter.push_status(notice), adapter.push_status(notice)

    assert (first.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert comments(bench, order) == ["ش" * 100]
    assert (bench.shop.counters.calls(CHANGE), bench.shop.counters.calls(COMMENT)) == (1, 1)


def test_invoice_numbers_become_comments_only_where_staff_want_it(bench: ZidBench) -> None:
    order = bench.order()
    short = InvoiceNotice("k", order, "INV-7", url="https://erp.test/i/7")
    long = InvoiceNotice("l", order, "INV-8", url=f"https://erp.test/{'i' * 90}")

    with bench.adapter(options={"invoice_comment": False}) as adapter:
        off = adapter.push_invoice(short)
    with bench.adapter() as adapter:
        results = [adapter.push_invoice(short), adapter.push_invoice(long)]

    assert (off.outcome, off.code) == (Outcome.REJECTED, "invoices_off") and off.cure
    assert all(result.outcome is Outcome.OK for result in results)
    assert comments(bench, order) == ["Invoice INV-7 https://erp.test/i/7", "Invoice INV-8"]


# ---------------------------------------------------------------- reverse orders


def refund_of(bench: ZidBench, order: str, pieces: int, **values: object) -> RefundNotice:
    with bench.adapter() as adapter:
        line = adapter.get_order(order).lines[0]
    share = D(pieces) / line.quantity
    given = RemoteReturnLine(
        line.remote_id, line.sku, line.name, D(pieces), line.net * share, line.tax * share
    )
    notice = RefundNotice("RF-1", order, given.net + given.tax, "تالف", (given,))
    return replace(notice, **values)  # type: ignore[arg-type]


def two_shirts(bench: ZidBench) -> str:
    bench.shop.add_product(sku="SHIRT", price="23.00", quantity=10)
    return str(bench.shop.place_order([{"sku": "SHIRT", "quantity": 2}])["id"])


def test_goods_come_back_piece_by_piece_and_no_piece_twice(bench: ZidBench) -> None:
    order = two_shirts(bench)
    first, second = refund_of(bench, order, 1), refund_of(bench, order, 1, key="RF-2")

    with bench.adapter() as adapter:
        outcomes = [adapter.push_refund(notice).outcome for notice in (first, first, second)]
        third = adapter.push_refund(replace(first, key="RF-3"))
        found = adapter.get_returns(order)

    assert outcomes == [Outcome.OK, Outcome.UNCHANGED, Outcome.OK]
    assert (third.outcome, third.code) == (Outcome.REJECTED, "not_refundable") and third.cure
    assert [(entry.our_key, entry.reason, entry.total) for entry in found] == [
        ("RF-1", "تالف", D("23.00")),
        ("RF-2", "تالف", D("23.00")),
    ]
    assert bench.status_of(order) == "reversed"


def test_money_goes_back_only_where_the_notice_says_so(bench: ZidBench) -> None:
    order = two_shirts(bench)

    with bench.adapter() as adapter:
        assert adapter.push_refund(refund_of(bench, order, 2)).is_ok
    (kept,) = bench.shop.store.reverses.values()
    assert kept["refunds"] == []

    other = str(bench.shop.place_order([{"sku": "SHIRT", "quantity": 1}])["id"])
    with bench.adapter(options={"refund_method": "cash"}) as adapter:
        assert adapter.push_refund(refund_of(bench, other, 1, pay_back=True)).is_ok
    paid = list(bench.shop.store.reverses.values())[-1]
    assert [(row["amount"], row["payment_method"]) for row in paid["refunds"]] == [(23.0, "cash")]
    assert bench.shop.order(int(other))["payment_status"] == "refunded"


def test_goods_are_back_also_where_the_money_is_refused(bench: ZidBench) -> None:
    order = two_shirts(bench)
    notice = refund_of(bench, order, 1, pay_back=True)

    with bench.adapter() as adapter:
        result = adapter.push_refund(replace(notice, amount=notice.amount + D("0.04")))

    assert result.outcome is Outcome.OK
    assert "the money was not" in result.warning


def test_bare_amounts_and_foreign_lines_are_refused(bench: ZidBench) -> None:
    order = two_shirts(bench)
    notice = refund_of(bench, order, 1)
    foreign = replace(notice.lines[0], order_line_id="4711")

    with bench.adapter() as adapter:
        bare = adapter.push_refund(replace(notice, lines=()))
        strange = adapter.push_refund(replace(notice, lines=(foreign,)))

    assert {bare.code, strange.code} == {"not_refundable"}
    assert bench.writes == 0
