"""Orders and credit memos read from the sandbox: pages, windows, totals of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from platforms.magento2.signing_in import OAUTH_FIELDS
from platforms.types import DiscountKind, OrderPhase, RemoteOrder, ShipmentNotice
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
    whole = [
        order for order in found if not order.raw.get("total_canceled") or order.raw["state"] == "canceled"
    ]
    subtotals = [
        order.number
        for order in whole
        if sum(line.subtotal_net for line in order.lines) != D(str(order.raw["subtotal"]))
    ]
    assert subtotals == []
    assert {order.totals.rounding for order in whole} == {D(0)}
    taxes = [
        order.number
        for order in found
        if sum((line.tax for line in order.lines), D(0)) + sum((row.tax for row in order.charges), D(0))
        != order.totals.tax_total
    ]
    assert taxes == []


def test_orders_cancelled_in_part_are_what_was_paid(demo: MageBench) -> None:
    tags = demo.shop.store.demo_tags
    found = [order for order in orders_of(demo) if "cancelled_in_part" in tags[int(order.remote_id)]]

    assert len(found) == 3
    for order in found:
        assert [line.quantity for line in order.lines] == [1], order.number
        assert total_of(order) == order.totals.grand_total == D(str(order.raw["total_paid"]))
        assert abs(order.totals.rounding) <= D("0.02")
        assert sum((tax.amount for tax in order.taxes), D(0)) == order.totals.tax_total
        assert order.phase is not OrderPhase.CANCELLED


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
    assert {"other_charges", "gw", "weee"} <= charges
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


# ---------------------------------------------------------------- what the shop's own desk sent


def test_shipments_of_the_desk_are_read_beside_their_orders(bench: MageBench) -> None:
    shop = bench.shop
    shop.add_product(sku="MUG", price="10.00", stock_quantity=100)
    made = [str(shop.place_order([{"sku": "MUG", "quantity": 3}])["entity_id"]) for _ in range(4)]
    with bench.adapter() as adapter:
        line = adapter.get_order(made[0]).lines[0].remote_id
        shop.ship(
            int(made[0]),
            items=[{"order_item_id": int(line), "qty": 2}],
            tracks=[{"track_number": "0034", "title": "SMSA", "carrier_code": "custom"}],
        )
        assert adapter.push_shipment(ShipmentNotice("k", made[1])).is_ok
        before = bench.calls
        found = {
            order.remote_id: order
            for order in adapter.iter_orders(modified_from=LONG_AGO)
            if isinstance(order, RemoteOrder)
        }
        calls = bench.calls - before
        alone = adapter.get_order(made[0])

    (shipment,) = found[made[0]].shipments
    assert shipment.lines == ((line, D(2)),)
    assert (shipment.carrier, shipment.tracking_numbers) == ("SMSA", ("0034",))
    assert shipment.location_id == "default" and shipment.shipped_at is not None
    assert found[made[1]].shipments == ()  # a delivery of the ERP, by its mark
    assert found[made[2]].shipments == ()
    assert calls == 2
    assert alone == found[made[0]]
    with bench.adapter() as adapter:
        assert adapter.parse_order(alone.raw) == alone


def test_bundle_that_was_sent_as_one_is_its_parts(bench: MageBench) -> None:
    shop = bench.shop
    for sku, price in (("MUG", "10.00"), ("CUP", "4.00")):
        shop.add_product(sku=sku, price=price, stock_quantity=100)
    shop.add_bundle("SET", {"MUG": 1, "CUP": 2})
    order = shop.place_order([{"sku": "SET", "quantity": 2}])
    shop.ship(order["entity_id"])

    with bench.adapter() as adapter:
        found = adapter.get_order(str(order["entity_id"]))

    sold = {line.remote_id: line.sku for line in found.lines}
    (shipment,) = found.shipments
    assert {sold[line]: quantity for line, quantity in shipment.lines} == {"MUG": D(2), "CUP": D(4)}


def test_orders_come_without_the_right_to_read_shipments(bench: MageBench) -> None:
    shop = bench.shop
    shop.add_product(sku="MUG", price="10.00", stock_quantity=100)
    order = shop.place_order([{"sku": "MUG", "quantity": 3}])["entity_id"]
    shop.ship(order)
    grant = shop.add_integration("Magento_Sales::actions_view")
    keys = dict(zip(OAUTH_FIELDS, (grant.key, grant.secret, grant.token, grant.token_secret), strict=True))

    with bench.adapter(credentials=keys) as adapter:
        found = adapter.get_order(str(order))
        (finding,) = adapter.findings

    assert found.lines and found.shipments == ()
    assert "Magento_Sales::shipment" in finding.cure
