from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.money import currency_quantum
from platforms.types import OrderPhase, RemoteOrder
from platforms.woocommerce.mapping_orders import total_differences
from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import WooBench

D = Decimal
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def ids(found: object) -> list[str]:
    return [order.remote_id for order in found]  # type: ignore[attr-defined]


def test_every_order_of_the_demo_shop_is_proved_by_component() -> None:
    with (
        WooShop(seed="demo", items=60, orders=60, webhook_delay=None) as shop,
        WooBench(shop).adapter() as adapter,
    ):
        orders = list(adapter.iter_orders())

    assert len(orders) >= 50
    for order in orders:
        assert isinstance(order, RemoteOrder), order
        rows: list[Any] = [*order.lines, *order.charges]
        assert (
            sum((row.net for row in rows), D(0)) + order.totals.tax_total + order.totals.rounding
            == order.totals.grand_total
        )
        assert total_differences(order) == []
        assert abs(order.totals.rounding) <= currency_quantum(order.currency) * len(rows)
        for row in rows:
            assert sum((tax.amount for tax in row.taxes), D(0)) == (row.tax if row.taxes else D(0))
    assert {order.prices_include_tax for order in orders if isinstance(order, RemoteOrder)} <= {True, False}


def test_shop_clock_in_another_zone_does_not_shift_the_window(bench: WooBench) -> None:
    """The shop is in Riyadh, three hours ahead: its own dates would lose or repeat three hours."""
    early = bench.order()
    bench.shop.advance(3600)
    late = bench.order()

    with bench.adapter() as adapter:
        moment = adapter.get_order(late).updated_at
        found = ids(adapter.iter_orders(modified_from=moment - timedelta(minutes=30)))

    assert found == [late]
    assert early not in found
    assert moment.tzinfo is UTC


def test_orders_created_from_leave_out_older_ones(bench: WooBench) -> None:
    old = bench.order()
    bench.shop.advance(3600)
    new = bench.order()
    bench.touch_order(old)

    with bench.adapter() as adapter:
        created = adapter.get_order(new).created_at
        assert ids(adapter.iter_orders(created_from=created)) == [new]
        assert ids(adapter.iter_orders(created_from=created, modified_from=created - timedelta(days=9))) == [
            new
        ]


def test_old_shop_that_ignores_the_filter_is_compared_instead() -> None:
    with WooShop(webhook_delay=None, version="3.9.1") as shop:
        bench = WooBench(shop)
        made = [bench.order() for _ in range(3)]
        shop.advance(3600)
        bench.touch_order(made[1])
        with bench.adapter() as adapter:
            moment = adapter.get_order(made[1]).updated_at

            assert ids(adapter.iter_orders(modified_from=moment)) == [made[1]]
            assert sorted(ids(adapter.iter_orders())) == sorted(made)


def test_old_shop_is_asked_again_for_orders_that_are_open_however_old(bench: WooBench) -> None:
    bench.shop.options.version = "3.9.1"
    old, closed, _ = bench.order(), bench.order(), bench.order()
    bench.shop.advance(100 * 86_400)
    recent = bench.order()
    bench.touch_order(old)
    bench.touch_order(closed)
    bench.shop.counters.reset()

    with bench.adapter(options={"legacy_lookback_days": 30}) as adapter:
        since = adapter.get_order(recent).updated_at
        found = ids(adapter.iter_orders(modified_from=since, open_orders=lambda: [old, recent]))
        calls = bench.calls
        again = ids(adapter.iter_orders(modified_from=since, open_orders=lambda: [old, recent]))

    assert found == again == [recent, old]
    assert bench.calls == calls + 2  # the way that works is remembered: recent ones, and open older ones


def test_shop_that_lists_changes_is_not_asked_for_open_orders(bench: WooBench) -> None:
    order = bench.order()

    def open_orders() -> list[str]:
        raise AssertionError("not needed here")

    with bench.adapter() as adapter:
        assert ids(adapter.iter_orders(modified_from=LONG_AGO, open_orders=open_orders)) == [order]


def test_shop_that_filters_and_cannot_sort_is_read_by_the_filter(bench: WooBench) -> None:
    bench.shop.options.version = "6.5.1"
    made = [bench.order() for _ in range(4)]
    bench.shop.advance(3600)
    bench.touch_order(made[2])
    bench.touch_order(made[0])

    with bench.adapter() as adapter:
        since = adapter.get_order(made[2]).updated_at
        bench.shop.counters.reset()
        found = ids(adapter.iter_orders(modified_from=since))

    assert found == [made[2], made[0]]  # the oldest change first
    assert bench.calls == 2


@pytest.mark.parametrize("version", ["3.9.1", "9.9.5"])
@pytest.mark.parametrize("zone", ["-11:00", "+03:00", "+14:00"])
def test_zone_of_the_shop_loses_no_order_of_the_first_day(version: str, zone: str) -> None:
    """Before `dates_are_gmt` the shop takes a date for its own time."""
    with WooShop(webhook_delay=None, version=version, time_zone=zone) as shop:
        bench = WooBench(shop)
        bench.order()
        shop.advance(3600)
        wanted = bench.order()
        with bench.adapter() as adapter:
            start = adapter.get_order(wanted).created_at
            assert ids(adapter.iter_orders(created_from=start)) == [wanted]


def test_changes_of_one_second_over_several_pages_are_all_read(bench: WooBench) -> None:
    bench.shop.app.clock.freeze()
    made = [bench.order() for _ in range(230)]

    with bench.adapter() as adapter:
        found = ids(adapter.iter_orders(modified_from=datetime(2001, 1, 1, tzinfo=UTC)))

    assert sorted(found) == sorted(made)


def test_limit_asks_for_no_page_more(bench: WooBench) -> None:
    for _ in range(101):
        bench.order()
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        assert len(list(adapter.iter_orders(limit=100))) == 100

    assert bench.calls == 1


def test_several_orders_are_read_in_one_call_and_unknown_ones_left_out(bench: WooBench) -> None:
    made = [bench.order() for _ in range(3)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = ids(adapter.get_orders([*made, "999999", "nonsense"]))

    assert found == made
    assert bench.calls == 1


def test_trashed_order_is_incomplete_and_not_listed(bench: WooBench) -> None:
    order_id = bench.order()
    bench.shop.rest("DELETE", f"/orders/{order_id}")

    with bench.adapter() as adapter:
        assert ids(adapter.iter_orders()) == []
        assert adapter.get_order(order_id).phase is OrderPhase.INCOMPLETE


def test_draft_of_the_block_checkout_is_incomplete(bench: WooBench) -> None:
    bench.shop.add_product(sku="MUG", regular_price="10.00", stock_quantity=9)
    bench.shop.place_order([{"sku": "MUG", "quantity": 1}], status="checkout-draft")

    with bench.adapter() as adapter:
        phases = {order.phase for order in adapter.iter_orders() if isinstance(order, RemoteOrder)}

    assert phases <= {OrderPhase.INCOMPLETE}


def test_unknown_sku_becomes_a_line_without_product(bench: WooBench) -> None:
    bench.shop.place_order([{"sku": "NOWHERE", "quantity": 2, "price": "15.00", "name": "شيء"}])

    with bench.adapter() as adapter:
        (order,) = adapter.iter_orders()

    assert isinstance(order, RemoteOrder)
    assert [(line.sku, line.product_id, line.name, line.quantity) for line in order.lines] == [
        ("", "", "شيء", D(2))
    ]


def test_company_and_tax_number_are_read_by_the_configured_keys(bench: WooBench) -> None:
    bench.shop.add_product(sku="MUG", regular_price="10.00", stock_quantity=9)
    bench.shop.place_order(
        [{"sku": "MUG", "quantity": 1}],
        company="شركة النور",
        meta_data=[{"key": "_my_tax_no", "value": "3001 2345 6700 003"}],
    )

    with bench.adapter(options={"tax_number_keys": "_other, _my_tax_no"}) as adapter:
        (order,) = adapter.iter_orders()

    assert isinstance(order, RemoteOrder)
    assert (order.customer.company, order.customer.tax_number) == ("شركة النور", "300123456700003")
