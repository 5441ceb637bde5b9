"""Placing discounts and proving totals, over generated orders."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.models import SalesInvoice, SalesOrder
from orders.models import Order
from orders.services.discounts import settle
from orders.services.import_order import import_order
from orders.states import ImportOutcome
from platforms.types import DiscountKind, RemoteDiscount
from tests.orders.factories import (
    count_documents,
    make_charge,
    make_coupon,
    make_fee,
    make_item,
    make_line,
    make_remote,
    make_service,
    make_shop_site,
    money,
    one,
)

D = Decimal
prices = st.decimals(min_value="0", max_value="9999.99", places=2)
rates = st.sampled_from(["0", "5", "15", "21", "7.7"])


@pytest.mark.parametrize(
    "amounts,expected",
    [
        (["0.333333", "0.333333", "0.333334"], ["0.33", "0.33", "0.34"]),
        (["1.005", "2"], ["1.01", "2.00"]),
        (["0.004", "0.004"], ["0.01", "0.00"]),
        ([], []),
    ],
)
def test_amounts_finer_than_the_currency_keep_their_sum(amounts, expected):
    assert settle([D(text) for text in amounts], "SAR") == [D(text) for text in expected]


@st.composite
def shop_orders(draw):
    lines = []
    for index in range(draw(st.integers(1, 4))):
        quantity, price = draw(st.integers(1, 7)), draw(prices)
        part = draw(st.integers(0, 100))
        lines.append(
            make_line(
                f"A{index}",
                quantity,
                price,
                rate=draw(rates),
                discount=money(D(quantity) * price * part / 100),
            )
        )
    charges = [make_charge(net=draw(prices), rate=draw(rates)) for _ in range(draw(st.integers(0, 2)))]
    charges += [make_fee(draw(prices), rate=draw(rates)) for _ in range(draw(st.integers(0, 2)))]
    goods = sum((line.net for line in lines), D(0))
    discounts = []
    if draw(st.booleans()) and any(line.net != line.subtotal_net for line in lines):
        discounts.append(make_coupon(sum((line.subtotal_net - line.net for line in lines), D(0))))
    if draw(st.booleans()):
        beside = money(goods * draw(st.integers(0, 60)) / 100)
        kind = draw(st.sampled_from(list(DiscountKind)))
        discounts.append(RemoteDiscount("BESIDE", kind, beside, D(0), in_lines=False))
    elif draw(st.booleans()) and goods >= 1:
        charges.append(make_fee(-money(goods * draw(st.integers(1, 40)) / 100), rate=0))
    changes = {}
    if draw(st.integers(0, 4)) == 0:
        name = draw(st.sampled_from(["grand_total", "tax_total", "shipping_net", "fees_net", "lines_net"]))
        changes[name] = draw(st.sampled_from([D("0.01"), D("-0.01"), D("3"), D("0.05")]))
    remote = make_remote(*lines, charges=charges, discounts=discounts)
    if changes:
        name, delta = next(iter(changes.items()))
        remote = make_remote(
            *lines,
            charges=charges,
            discounts=discounts,
            total_changes={name: getattr(remote.totals, name) + delta},
        )
    return remote


@pytest.mark.django_db
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    remote=shop_orders(),
    coupon=st.sampled_from(["header", "lines", "item"]),
    split=st.sampled_from(["no", "by_value", "by_quantity"]),
    policy=st.sampled_from(["hold", "rounding"]),
)
def test_generated_orders_balance_or_are_held_with_nothing_posted(remote, coupon, split, policy):
    from django.db import transaction

    with transaction.atomic():
        for index in range(4):
            make_item(f"A{index}", stock=0)
        site = make_shop_site(
            put_coupon_discount_to=coupon,
            put_header_discount_in_line_discount=split,
            total_difference_policy=policy,
            total_tolerance=D("0.03"),
            discount_item=make_service("DISC"),
            rounding_item=make_service("ROUND"),
            rule={"create_invoice": True},
        )
        before = count_documents()
        result = import_order(site=site, remote=remote)
        order = one(Order)
        if result.outcome == ImportOutcome.CREATED:
            document = one(SalesOrder)
            assert document.grand_total == remote.totals.grand_total
            assert one(SalesInvoice).grand_total == remote.totals.grand_total
            assert all(row["ok"] for row in order.proof)
            if policy == "hold":
                assert document.tax_total == remote.totals.tax_total
        else:
            assert result.outcome == ImportOutcome.HELD and order.holds.exists()
            assert count_documents() == before
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(remote=shop_orders())
def test_sound_generated_orders_are_never_held(remote):
    from django.db import transaction

    from tests.orders.factories import totals_of

    sound = make_remote(
        *remote.lines,
        charges=remote.charges,
        discounts=remote.discounts,
        totals=totals_of(remote.lines, remote.charges, remote.discounts),
    )
    if sound.totals.grand_total < 0:
        return
    with transaction.atomic():
        for index in range(4):
            make_item(f"A{index}")
        result = import_order(site=make_shop_site(), remote=sound)
        assert result.outcome == ImportOutcome.CREATED, (result.message, one(Order).proof)
        transaction.set_rollback(True)
