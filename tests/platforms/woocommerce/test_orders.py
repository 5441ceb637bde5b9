from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ecomsync.common.money import currency_quantum
from platforms.types import OrderPhase, RemoteOrder
from platforms.woocommerce.mapping_orders import total_differences
from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import WooBench

D = Decimal


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
            sum((row.net + row.tax for row in rows), D(0)) + order.totals.rounding == order.totals.grand_total
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
