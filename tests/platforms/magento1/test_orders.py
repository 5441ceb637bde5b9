"""Orders and credit memos: the fewest calls, windows that follow what they hold, every kind of the demo shop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload, ShopUnavailable
from platforms.types import FinancialStatus, OrderPhase, OrderReadFailure, RemoteOrder
from sandbox.magento1 import Magento1Shop
from sandbox.magento1.calls import Method
from sandbox.magento1.errors import ApiFault
from sandbox.magento1.methods import METHODS
from tests.contracts.bench import LONG_AGO
from tests.platforms.magento1.bench import MagentoBench

D = Decimal


def rows_total(order: RemoteOrder) -> Decimal:
    """What the rows of an order come to."""
    rows: list[Any] = [*order.lines, *order.charges]
    beside = [one for one in order.discounts if not one.in_lines]
    return (
        sum((row.net + row.tax for row in rows), D(0))
        - sum((one.net + one.tax for one in beside), D(0))
        + order.totals.rounding
    )


def test_thousand_orders_with_lines_are_one_list_and_forty_bundles(bench: MagentoBench) -> None:
    bench.shop.bulk_orders(1000)
    with bench.adapter() as adapter:
        found = list(adapter.iter_orders(modified_from=datetime.now(UTC) - timedelta(days=1)))

    assert len({order.remote_id for order in found}) == 1000
    assert all(isinstance(order, RemoteOrder) and len(order.lines) == 1 for order in found)
    assert bench.shop.counters.snapshot()["by_route"] == {
        "CALL /xmlrpc login": 1,
        "CALL /xmlrpc order.list": 1,
        "CALL /xmlrpc multiCall": 40,
    }
    moments = [order.updated_at for order in found if isinstance(order, RemoteOrder)]
    assert moments == sorted(moments)


def test_poll_without_news_is_one_call(bench: MagentoBench) -> None:
    bench.order()
    with bench.adapter() as adapter:
        list(adapter.iter_orders(modified_from=datetime.now(UTC) + timedelta(minutes=1)))

    assert bench.shop.counters.calls("CALL /xmlrpc order.list") == 1
    assert bench.calls == 2  # and signing in


def test_first_reading_begins_where_the_shop_began(bench: MagentoBench) -> None:
    """40 days of orders, asked for from long ago: the windows follow what they hold."""
    bench.shop.add_product("OLD", stock=1000)
    now = bench.shop.app.clock.now()
    for day in range(40, 0, -1):
        bench.shop.place_order([{"sku": "OLD", "quantity": 1}], created=now - day * 86400)
    with bench.adapter() as adapter:
        found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]

    assert found == [order.increment_id for order in bench.shop.store.orders.values()]
    # the lowest numbers, windows of 1, 2, 4, 8, 16 and the rest of the days, and the open end
    assert bench.shop.counters.calls("CALL /xmlrpc order.list") == 8


def test_window_on_which_the_shop_breaks_is_halved(bench: MagentoBench) -> None:
    bench.shop.bulk_orders(90)
    bench.shop.options.memory_rows = 40
    with bench.adapter() as adapter:
        found = [
            order.remote_id
            for order in adapter.iter_orders(modified_from=datetime.now(UTC) - timedelta(hours=12))
        ]

    assert found == [order.increment_id for order in bench.shop.store.orders.values()]


def test_shop_that_breaks_on_one_second_says_so(bench: MagentoBench) -> None:
    for _ in range(3):
        bench.order()
    bench.shop.options.memory_rows = 2
    with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
        list(adapter.iter_orders(modified_from=datetime.now(UTC) - timedelta(hours=1)))

    assert caught.value.code == "window_too_big"


def test_orders_made_since_a_day(bench: MagentoBench) -> None:
    old = bench.order()
    bench.shop.order(old).columns["created_at"] = "2020-01-01 00:00:00"
    new = bench.order()
    with bench.adapter() as adapter:
        made = [
            order.remote_id
            for order in adapter.iter_orders(created_from=datetime.now(UTC) - timedelta(hours=5))
        ]
        both = [
            order.remote_id
            for order in adapter.iter_orders(
                modified_from=datetime.now(UTC) - timedelta(hours=5),
                created_from=datetime.now(UTC) - timedelta(hours=4),
            )
        ]

    assert made == both == [new]


@pytest.fixture(scope="module")
def demo() -> Any:
    with Magento1Shop("demo", webhook_delay=None) as shop:
        yield shop


def test_every_order_of_the_demo_shop_sums_to_its_total(demo: Magento1Shop) -> None:
    with MagentoBench(demo).adapter() as adapter:
        found = {order.remote_id: order for order in adapter.iter_orders(modified_from=LONG_AGO)}

    assert len(found) == 200
    for number, order in found.items():
        marks = demo.order(number).marks
        assert isinstance(order, RemoteOrder), (number, marks)
        assert rows_total(order) == order.totals.grand_total, (number, marks)
        rows: list[Any] = [*order.lines, *order.charges]
        assert sum((row.tax for row in rows), D(0)) == order.totals.tax_total, (
            number,
            marks,
        )
        assert order.lines and all(line.sku for line in order.lines)
        assert not [charge for charge in order.charges if charge.code == "other"], (number, marks)
        if "cancelled" in marks:
            assert order.phase is OrderPhase.CANCELLED
        if "b2b" in marks:
            assert order.customer.tax_number and order.customer.company
        if "guest" in marks:
            assert order.customer.is_guest and not order.customer.remote_id
        if "configurable" in marks:
            assert all(line.product_id for line in order.lines)
        if "fixed_tax" in " ".join(marks):
            (fixed,) = [charge for charge in order.charges if charge.code == "weee"]
            assert (fixed.net, fixed.tax) == (D("2.50") * len(order.lines), D(0)), (number, marks)
        if "bundle_dynamic" in marks:
            assert all(line.sku != "DEMO-BUNDLE-DYN" and line.quantity == 2 for line in order.lines)
        if "cancelled_in_part" in marks:
            (line,) = order.lines
            assert line.quantity == 1 and order.phase is not OrderPhase.CANCELLED
            assert order.totals.grand_total == demo.order(number).columns["total_paid"]
            assert order.financial_status is FinancialStatus.PAID


def test_orders_in_the_base_currency_sum_to_their_total(demo: Magento1Shop) -> None:
    numbers = [one.increment_id for one in demo.store.orders.values() if "other_currency" in one.marks]
    with MagentoBench(demo).adapter(options={"amounts": "base"}) as adapter:
        found = list(adapter.get_orders(numbers))

    assert len(found) == 5
    for order in found:
        assert isinstance(order, RemoteOrder)
        assert (order.currency, order.presentment_currency) == ("SAR", "USD")
        assert abs(rows_total(order) - order.totals.grand_total) <= D("0.05")


def test_credit_memos_of_the_demo_shop_come_with_their_lines(demo: Magento1Shop) -> None:
    with MagentoBench(demo).adapter() as adapter:
        found = list(adapter.iter_returns(modified_from=LONG_AGO))

    assert len(found) == 10
    for entry in found:
        assert entry.unexplained == 0, entry.remote_id
        assert entry.order_remote_id in demo.store.order_ids
        assert entry.lines and all(line.quantity > 0 for line in entry.lines)


def test_credit_memos_of_an_order(bench: MagentoBench) -> None:
    number = bench.order()
    bench.shop.refund(number, {"qtys": {}, "adjustment_positive": "0"})
    with bench.adapter() as adapter:
        (entry,) = adapter.get_returns(number)

    assert (entry.order_remote_id, entry.total, entry.currency) == (number, D("11.50"), "SAR")
    assert [(line.sku, line.quantity, line.net, line.tax) for line in entry.lines] == [
        ("BENCH", D(1), D(10), D("1.5"))
    ]


def test_unreadable_order_tells_what_it_sells(bench: MagentoBench) -> None:
    bench.order()
    bench.fail("drop_field", field="total")
    with bench.adapter() as adapter:
        (found,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert isinstance(found, OrderReadFailure)
    assert found.sold is not None
    assert [(line.sku, line.quantity) for line in found.sold] == [("BENCH", D("1.0000"))]


def test_order_on_which_the_shop_breaks_holds_up_no_other(
    bench: MagentoBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the module of its payment method was removed."""
    numbers = [bench.order() for _ in range(3)]
    method = METHODS["sales_order.info"]

    def info(call: Any, number: str) -> Any:
        if number == numbers[1]:
            raise ApiFault(1, "Internal Error. Please see log for details.")
        return method.handler(call, number)

    monkeypatch.setitem(METHODS, "sales_order.info", Method(info))
    with bench.adapter() as adapter:
        found = list(adapter.iter_orders(modified_from=LONG_AGO))

    assert [one.remote_id for one in found] == numbers
    assert isinstance(found[1], OrderReadFailure) and found[1].code == "internal_fault" and found[1].cure
    assert bench.shop.counters.calls("CALL /xmlrpc order.info") == 3, "asked for by itself, and twice more"


def test_products_changed_lately_are_listed_by_time(bench: MagentoBench) -> None:
    bench.products(3)
    bench.shop.advance(3600)
    changed = bench.shop.add_product("CHANGED")
    moment = datetime.fromtimestamp(changed.updated - 60, UTC)
    with bench.adapter() as adapter:
        found = [product.sku for product in adapter.iter_products(modified_from=moment)]

    assert found == ["CHANGED"]
    assert bench.shop.counters.calls("CALL /xmlrpc catalog_product.list") == 1


def test_credit_memo_that_cannot_be_read_is_told_and_holds_up_no_other(bench: MagentoBench) -> None:
    numbers = [bench.order() for _ in range(3)]
    memos = [bench.shop.refund(number) for number in numbers]
    bench.shop.store.documents["creditmemo"][memos[1]].columns["grand_total"] = "much"
    with bench.adapter() as adapter:
        found = [entry.remote_id for entry in adapter.iter_returns(modified_from=LONG_AGO)]
        findings = list(adapter.findings)
        with pytest.raises(InvalidPayload):
            adapter.get_returns(numbers[1])

    assert found == [memos[0], memos[2]]
    assert [finding.code for finding in findings] == ["unreadable_return"]
    assert memos[1] in findings[0].message and findings[0].cure
