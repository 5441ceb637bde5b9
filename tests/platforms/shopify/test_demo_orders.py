"""Orders of every kind that the demo shop has: read in the fewest calls, and each sums to the shop's own total."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from platforms.shopify.ids import gid
from platforms.types import ChargeKind, OrderPhase, PaymentKind, RemoteOrder
from sandbox.shopify import ShopifyShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal
WAYS: list[dict[str, Any]] = [
    {},
    {"prices_include_tax": True},
    {"currency": "KWD"},
    {"discrepancy_in_current_total": True},
]


@pytest.fixture(
    scope="module", params=WAYS, ids=["plain", "tax included", "three decimals", "refunds of money alone"]
)
def demo(request: pytest.FixtureRequest) -> Iterator[tuple[ShopifyShop, list[RemoteOrder]]]:
    with ShopifyShop(seed="demo", items=60, orders=200, webhook_delay=None, **request.param) as shop:
        with ShopifyBench(shop).adapter() as adapter:
            found = list(adapter.iter_orders(modified_from=LONG_AGO))
        yield shop, [order for order in found if isinstance(order, RemoteOrder)]


def rows_of(order: RemoteOrder) -> list[Any]:
    return [*order.lines, *order.charges]


def summed(order: RemoteOrder) -> Decimal:
    beside = [entry for entry in order.discounts if not entry.in_lines]
    rows = sum((row.net + row.tax for row in rows_of(order)), D(0))
    return rows + order.totals.rounding - sum((entry.net + entry.tax for entry in beside), D(0))


def test_every_order_sums_to_its_total(demo: tuple[ShopifyShop, list[RemoteOrder]]) -> None:
    _, orders = demo

    assert len(orders) == 200
    assert [order.number for order in orders if summed(order) != order.totals.grand_total] == []
    assert [
        order.number
        for order in orders
        if sum((r.tax for r in rows_of(order)), D(0)) != order.totals.tax_total
    ] == []


def test_totals_are_the_shops_own(demo: tuple[ShopifyShop, list[RemoteOrder]]) -> None:
    """As placed where nothing was edited; else what stands after the edits, before refunds."""
    shop, orders = demo
    for order in orders:
        own = shop.totals(gid("Order", order.remote_id))
        if order.phase is OrderPhase.CANCELLED or not order.raw["edited"]:
            assert order.totals.grand_total == own["total"], order.number
            assert order.totals.tax_total == own["tax"], order.number
        if order.phase is not OrderPhase.CANCELLED:
            refunds = [entry for entry in order.returns if not entry.announced]
            goods = sum(
                (
                    line.net + line.tax
                    for entry in refunds
                    for line in entry.lines
                    if line.kind in ("line", "shipping")
                ),
                D(0),
            )
            money = sum((entry.total for entry in refunds), D(0))
            assert own["current_total"] in (
                order.totals.grand_total - goods,
                order.totals.grand_total - money,
            ), order.number


def test_lines_before_and_after_discounts_agree(demo: tuple[ShopifyShop, list[RemoteOrder]]) -> None:
    _, orders = demo
    for order in orders:
        assert order.totals.discount_net == sum((entry.net for entry in order.discounts), D(0)), order.number
        for line in order.lines:
            assert line.subtotal_net >= line.net >= 0, order.number
            assert line.tax == sum((tax.amount for tax in line.taxes), D(0)), order.number


def test_kinds_that_the_shop_knows_are_all_there(demo: tuple[ShopifyShop, list[RemoteOrder]]) -> None:
    """Else the figures above prove less than they seem to."""
    _, orders = demo
    charges = {charge.kind for order in orders for charge in order.charges}
    payments = {payment.kind for order in orders for payment in order.payments}

    assert {ChargeKind.SHIPPING, ChargeKind.TIP, ChargeKind.DUTY, ChargeKind.FEE} <= charges
    assert {PaymentKind.PAYMENT, PaymentKind.GIFT_CARD} <= payments
    assert any(order.raw["edited"] for order in orders)
    assert any(order.returns for order in orders)
    assert any(order.customer.is_guest for order in orders)
    assert any(order.customer.company and order.customer.tax_number for order in orders)
    assert any(order.presentment_currency != order.currency for order in orders)
    assert {order.prices_include_tax for order in orders} == {True, False}
    assert any(order.shipments for order in orders)
    assert any(not line.sku for order in orders for line in order.lines)
    assert any(order.phase is OrderPhase.CANCELLED for order in orders)


def test_all_is_read_in_one_page_and_the_few_that_a_page_does_not_tell(
    demo: tuple[ShopifyShop, list[RemoteOrder]],
) -> None:
    shop, orders = demo
    again = ShopifyBench(shop)
    shop.counters.reset()
    with again.adapter() as adapter:
        assert len(list(adapter.iter_orders(modified_from=LONG_AGO))) == len(orders)

    assert shop.counters.calls("QUERY /graphql/orders") == 1
    assert shop.counters.calls("QUERY /graphql/nodes") <= 3  # with what returns some have
    assert shop.counters.requests <= 4


def test_an_order_reads_alike_in_a_page_and_by_its_id(demo: tuple[ShopifyShop, list[RemoteOrder]]) -> None:
    """Else each change of the way would seem a change of the order."""
    shop, orders = demo
    by_id = {}
    with ShopifyBench(shop).adapter() as adapter:
        for order in adapter.get_orders([order.remote_id for order in orders]):
            assert isinstance(order, RemoteOrder)
            by_id[order.remote_id] = order
    fields = [name for name in RemoteOrder.__dataclass_fields__ if name not in ("raw", "returns")]

    for order in orders:
        other = by_id[order.remote_id]
        assert {n for n in fields if getattr(order, n) != getattr(other, n)} == set(), order.number
        assert [entry.remote_id for entry in order.returns] == [entry.remote_id for entry in other.returns]
