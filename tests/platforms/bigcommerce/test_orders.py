"""Orders in: folded lists, what stands apart, and which orders count."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from ecomsync.common.errors import NotFound
from platforms.types import OrderPhase, OrderReadFailure, RemoteCharge, RemoteOrder, RemoteOrderLine
from sandbox.bigcommerce import BigCommerceShop, after_sales, answers
from tests.contracts.bench import LONG_AGO
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal


def proved(order: RemoteOrder) -> Decimal:
    """What of the order's total its rows do not explain."""
    rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
    outside = [discount for discount in order.discounts if not discount.in_lines]
    total = sum((row.net for row in rows), D(0)) + order.totals.tax_total + order.totals.rounding
    total -= sum((discount.net for discount in outside), D(0))
    return order.totals.grand_total - total


def test_every_kind_of_order_of_the_demo_shop_is_proved_to_the_cent() -> None:
    with BigCommerceShop("demo", items=300, orders=80, webhook_delay=None) as shop:
        bench = BigCommerceBench(shop)
        with bench.adapter() as adapter:
            found = list(adapter.iter_orders(modified_from=LONG_AGO))
        marks = shop.store.demo_tags

    orders = [order for order in found if isinstance(order, RemoteOrder)]
    assert len(orders) == len(found) == 80 - 2 - 2  # two are incomplete, two are archived
    assert {order.remote_id: proved(order) for order in orders if proved(order)} == {}
    for order in orders:
        rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
        assert sum((row.tax for row in rows), D(0)) == order.totals.tax_total, order.remote_id
        for row in rows:
            assert sum((tax.amount for tax in row.taxes), D(0)) == row.tax, order.remote_id
        assert abs(order.totals.rounding) <= D("0.05"), marks[int(order.remote_id)]
    seen = {mark for order in orders for mark in marks[int(order.remote_id)]}
    assert {
        "coupon_two",
        "two_addresses",
        "gift_wrap",
        "handling",
        "refund_full",
        "digital",
        "tax_included",
    } <= seen


def test_store_that_gives_smaller_pages_than_asked_for_loses_no_order(
    bench: BigCommerceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many rows a list of V2 gives at most is not documented, and it has no total."""
    inner = answers.page_of
    monkeypatch.setattr(answers, "page_of", lambda query, **limits: inner(query, **{**limits, "highest": 50}))
    for _ in range(51):
        bench.order()
        bench.shop.advance(1)
    whole = bench.shop.place_order([{"sku": "BENCH", "quantity": 1} for _ in range(101)])

    with bench.adapter() as adapter:
        found = list(adapter.iter_orders(modified_from=LONG_AGO))
        lines = adapter.get_order(str(whole["id"])).lines

    assert len(found) == len({order.remote_id for order in found}) == 52
    assert len(lines) == 101


def test_incomplete_orders_are_ignored_until_they_become_real(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=5)
    left = bench.shop.place_order([{"sku": "MUG", "quantity": 1}], status=0, payment_status="")

    with bench.adapter() as adapter:
        before = list(adapter.iter_orders(modified_from=LONG_AGO))
        phase = adapter.get_order(str(left["id"])).phase
        bench.shop.set_order_status(left["id"], 11)
        after = list(adapter.iter_orders(modified_from=LONG_AGO))

    assert before == []
    assert phase is OrderPhase.INCOMPLETE
    assert [order.remote_id for order in after] == [str(left["id"])]


def test_lines_beyond_the_fiftieth_are_paged_apart(bench: BigCommerceBench) -> None:
    for number in range(120):
        bench.shop.add_product(sku=f"P{number}", price="1.00", tax_class_id=2, inventory_level=9)
    made = bench.shop.place_order([{"sku": f"P{number}", "quantity": 1} for number in range(120)])
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        order = adapter.get_order(str(made["id"]))

    assert [line.sku for line in order.lines] == [f"P{number}" for number in range(120)]
    assert order.totals.grand_total == D("120.00") and proved(order) == 0
    assert bench.shop.counters.calls("GET /v2/orders/{id}/products") == 1  # 250 a page
    assert bench.calls == 2


def test_calls_of_an_order_are_those_that_it_needs(bench: BigCommerceBench) -> None:
    shop = bench.shop
    shop.add_product(sku="MUG", price="10.00", inventory_level=50)
    shop.add_coupon("TEN", "10")
    plain = bench.order()
    taxed = str(shop.place_order([{"sku": "MUG", "quantity": 1}])["id"])
    coupon = str(shop.place_order([{"sku": "MUG", "quantity": 1}], coupons=["TEN"])["id"])
    counts = []
    with bench.adapter() as adapter:
        for remote_id in (plain, taxed, coupon):
            shop.counters.reset()
            adapter.get_order(remote_id)
            counts.append(shop.counters.requests)
        shop.counters.reset()
        list(adapter.iter_orders(modified_from=LONG_AGO))
        together = shop.counters.requests

    assert counts == [1, 2, 3]
    assert together == 1 + 1 + 2  # the list, the rates of two, the coupons of one


def test_tax_rates_may_be_left_unread(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=50)
    made = bench.shop.place_order([{"sku": "MUG", "quantity": 1}])
    bench.shop.counters.reset()

    with bench.adapter(options={"tax_details": False}) as adapter:
        order = adapter.get_order(str(made["id"]))

    assert bench.calls == 1
    assert [(tax.rate_percent, tax.amount) for tax in order.lines[0].taxes] == [(None, D("1.50"))]


def test_archived_orders_are_in_no_list_and_still_there_by_id(bench: BigCommerceBench) -> None:
    kept, gone = bench.order(), bench.order()
    bench.shop.archive(int(gone))

    with bench.adapter() as adapter:
        listed = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]
        by_id = {order.remote_id for order in adapter.get_orders([kept, gone])}

    assert listed == [kept]
    assert by_id == {kept, gone}


def test_orders_by_id_cost_one_call_for_neighbours(bench: BigCommerceBench) -> None:
    made = [bench.order() for _ in range(20)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = list(adapter.get_orders(made))

    assert len(found) == 20
    assert bench.calls == 1


def test_only_the_orders_of_the_channel_are_read(bench: BigCommerceBench) -> None:
    bench.shop.add_channel("Second")
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=50)
    bench.shop.place_order([{"sku": "MUG", "quantity": 1}])
    second = bench.shop.place_order([{"sku": "MUG", "quantity": 1}], channel_id=2)

    with bench.adapter(options={"channel_id": 2}) as adapter:
        found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]

    assert found == [str(second["id"])]


def test_created_from_bounds_the_creation(bench: BigCommerceBench) -> None:
    bench.order()
    bench.shop.advance(3600)
    late = bench.order()

    with bench.adapter() as adapter:
        moment = adapter.get_order(late).created_at
        found = [o.remote_id for o in adapter.iter_orders(created_from=moment - timedelta(seconds=5))]

    assert found == [late]


@pytest.mark.parametrize("remote_id", ["abc", "", "17/../19"])
def test_ids_that_are_none_are_not_found_without_a_call(bench: BigCommerceBench, remote_id: str) -> None:
    with bench.adapter() as adapter, pytest.raises(NotFound):
        adapter.get_order(remote_id)

    assert bench.calls == 0


def test_unreadable_order_still_tells_what_it_sells(bench: BigCommerceBench) -> None:
    remote_id = bench.order()
    bench.fail("drop_field", field="total")

    with bench.adapter() as adapter:
        (found,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert isinstance(found, OrderReadFailure) and found.remote_id == remote_id
    assert found.sold is not None
    assert [(line.sku, line.quantity) for line in found.sold] == [("BENCH", D(1))]


def test_transactions_tell_when_it_was_paid_where_they_are_read(bench: BigCommerceBench) -> None:
    remote_id = bench.order()

    with bench.adapter(options={"transactions": True}) as adapter:
        (payment,) = adapter.get_order(remote_id).payments

    assert payment.is_paid and payment.paid_at is not None
    assert payment.transaction_id.startswith("ch_")


def test_shipments_of_the_shop_are_part_of_the_order(bench: BigCommerceBench) -> None:
    remote_id = bench.order()
    with bench.adapter() as adapter:
        order = adapter.get_order(remote_id)
        assert order.shipments == ()
        row = bench.shop.store.orders[int(remote_id)]
        body = {
            "order_address_id": row["_addresses"][0]["id"],
            "items": [{"order_product_id": int(order.lines[0].remote_id), "quantity": 1}],
            "tracking_number": "SMSA-1",
        }
        after_sales.ship(bench.shop.store, row, body, bench.shop.app.emit)
        (shipment,) = adapter.get_order(remote_id).shipments

    assert shipment.lines == ((order.lines[0].remote_id, D(1)),)
    assert shipment.tracking_numbers == ("SMSA-1",)


def test_refund_is_found_although_nothing_of_the_order_tells_of_it(bench: BigCommerceBench) -> None:
    """Staff have set the order of an offline payment back to Completed."""
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=50)
    made = bench.shop.place_order([{"sku": "MUG", "quantity": 1}], payment_method="Cash on Delivery")
    bench.shop.refund(made["id"], {}, amount="2.00")
    bench.shop.set_order_status(made["id"], 10)

    with bench.adapter() as adapter:
        (found,) = adapter.get_returns(str(made["id"]))
        listed = list(adapter.iter_returns())

    assert found.total == D("2.00") and [entry.remote_id for entry in listed] == [found.remote_id]
    assert not adapter.capabilities.returns_in_order  # so that a return which an order does not name stays


def test_returns_are_read_since_a_moment(bench: BigCommerceBench) -> None:
    first, second = bench.order(), bench.order()
    with bench.adapter() as adapter:
        line = int(adapter.get_order(first).lines[0].remote_id)
        bench.shop.refund(int(first), {line: 1}, reason="broken")
        bench.shop.advance(7200)
        line = int(adapter.get_order(second).lines[0].remote_id)
        bench.shop.refund(int(second), {line: 1})
        everything = list(adapter.iter_returns())
        late = list(adapter.iter_returns(modified_from=everything[1].created_at))

    assert [entry.order_remote_id for entry in everything] == [first, second]
    assert everything[0].reason == "broken" and everything[0].paid_back is True
    assert [entry.order_remote_id for entry in late] == [second]
