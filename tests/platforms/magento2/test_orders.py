"""Orders and credit memos read from the sandbox: pages, windows, totals of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from platforms.types import DiscountKind, OrderPhase, RemoteOrder
from sandbox.magento2 import Magento2Shop
from tests.contracts.bench import LONG_AGO
from tests.platforms.magento2.bench import MageBench
from tests.platforms.magento2.test_mapping_orders import total_of

D = Decimal


def orders_of(bench: MageBench, **options: str) -> list[RemoteOrder]:
    with bench.adapter(options=options) as adapter:
        return [
            order for order in adapter.iter_orders(modified_from=LONG_AGO) if isinstance(order, RemoteOrder)
        ]


@pytest.mark.parametrize("seconds_between", [0, 7])
def test_thousand_orders_with_their_lines_are_four_calls(
    shop: Magento2Shop, bench: MageBench, seconds_between: int
) -> None:
    shop.add_product(sku="BENCH", price="10.00", stock_quantity=100_000)
    shop.app.clock.freeze()
    for _ in range(1000):
        shop.place_order([{"sku": "BENCH", "quantity": 1}])
        shop.advance(seconds_between)

    found = orders_of(bench)

    assert len(found) == len({order.remote_id for order in found}) == 1000
    assert all(order.lines for order in found)
    assert bench.calls == shop.counters.calls("GET /V1/orders") == 4


def test_limit_on_pages_is_learned_and_kept_to(bench: MageBench) -> None:
    shop = bench.shop
    shop.app.clock.freeze()
    made = [bench.order() for _ in range(25)]
    shop.options.input_limits = True
    shop.options.maximum_page_size = 10

    with bench.adapter() as adapter:
        found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]
        learned = dict(adapter.learned)

    assert sorted(found) == sorted(made)
    assert learned["page_limit"] == 10
    with bench.adapter(connection={"learned": learned}) as adapter:
        before = bench.calls
        assert len(list(adapter.iter_orders(modified_from=LONG_AGO))) == 25
    assert bench.calls - before == 3


def test_shop_that_repeats_its_last_page_does_not_hold_us(bench: MageBench) -> None:
    bench.shop.options.repeats_last_page = True
    made = [bench.order() for _ in range(3)]

    assert {order.remote_id for order in orders_of(bench, page_size="3")} == set(made)


def test_orders_created_since_are_bounded_by_their_creation(bench: MageBench) -> None:
    old = bench.order()
    bench.shop.advance(3600)
    with bench.adapter() as adapter:
        moment = adapter.get_order(old).created_at + timedelta(seconds=1800)
        new = bench.order()
        bench.touch_order(old)
        found = [order.remote_id for order in adapter.iter_orders(created_from=moment)]
        both = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO, created_from=moment)]

    assert found == both == [new]


def test_many_orders_by_id_are_one_call(bench: MageBench) -> None:
    made = [bench.order() for _ in range(5)]

    with bench.adapter() as adapter:
        found = [order.remote_id for order in adapter.get_orders([*made, "no-id", "99999999"])]

    assert sorted(found) == sorted(made)
    assert bench.calls == 1


# ---------------------------------------------------------------- every kind


@pytest.fixture(scope="module", params=["2.4.6-p1", "2.3.5", "included"])
def demo(request: pytest.FixtureRequest) -> Iterator[MageBench]:
    options = {"prices_include_tax": True} if request.param == "included" else {"version": request.param}
    with Magento2Shop(seed="demo", items=60, orders=120, webhook_delay=None, **options) as shop:
        yield MageBench(shop)


def test_orders_of_every_kind_sum_to_the_shops_total(demo: MageBench) -> None:
    found = orders_of(demo)

    wrong = [
        (order.number, total_of(order), order.totals.grand_total)
        for order in found
        if total_of(order) != order.totals.grand_total
    ]
    assert len(found) == 120 and wrong == []
    subtotals = [
        order.number
        for order in found
        if sum(line.subtotal_net for line in order.lines) != D(str(order.raw["subtotal"]))
    ]
    assert subtotals == []
    assert {order.totals.rounding for order in found} == {D(0)}


def test_rows_of_every_kind_are_named(demo: MageBench) -> None:
    found = orders_of(demo)
    kinds = {entry.kind for order in found for entry in order.discounts}
    charges = {charge.code for order in found for charge in order.charges}

    assert {
        DiscountKind.COUPON,
        DiscountKind.GIFT_CARD,
        DiscountKind.STORE_CREDIT,
        DiscountKind.REWARD,
    } <= kinds
    assert {"other_charges", "gw"} <= charges
    assert {order.phase for order in found} == set(OrderPhase)
    assert {order.customer.is_guest for order in found} == {True, False}
    assert any(order.customer.tax_number for order in found)


def test_surcharge_is_left_for_the_proof_where_the_site_says_hold(demo: MageBench) -> None:
    held = [
        order
        for order in orders_of(demo, unexplained_difference="hold")
        if total_of(order) != order.totals.grand_total
    ]
    booked = [
        order for order in orders_of(demo) if any(charge.code == "other_charges" for charge in order.charges)
    ]

    assert held and {order.number for order in held} == {order.number for order in booked}


def test_whether_prices_include_tax_is_never_judged_wrong(demo: MageBench) -> None:
    """A price that is round both ways tells nothing, and is taken for one without tax."""
    told = {str(row.id): row.includes_tax for row in demo.shop.store.orders.values()}

    wrong = [
        order.number for order in orders_of(demo) if order.prices_include_tax and not told[order.remote_id]
    ]

    assert wrong == []


def test_credit_memos_are_explained_but_for_what_the_shop_kept(demo: MageBench) -> None:
    with demo.adapter() as adapter:
        found = list(adapter.iter_returns(modified_from=LONG_AGO))
        by_order = [entry for row in found[:3] for entry in adapter.get_returns(row.order_remote_id)]

    assert found
    assert {entry.remote_id for entry in found[:3]} <= {entry.remote_id for entry in by_order}
    for entry in found:
        kept = D(str(entry.raw.get("adjustment_negative") or 0))
        assert entry.unexplained == -kept
        assert entry.currency and entry.total > 0


def test_returns_changed_since_are_read_from_there(bench: MageBench) -> None:
    order = bench.order()
    bench.shop.refund(int(order))

    with bench.adapter() as adapter:
        since = datetime.now(UTC) + timedelta(days=1)
        assert list(adapter.iter_returns(modified_from=since)) == []
        (found,) = adapter.iter_returns(modified_from=LONG_AGO)

    assert found.order_remote_id == order and found.our_key == ""
