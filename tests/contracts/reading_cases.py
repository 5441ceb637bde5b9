"""Orders in: every row to the last, whatever happens meanwhile, in any script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.types import OrderReadFailure, RemoteOrder
from tests.contracts.bench import LONG_AGO, Bench, need

D = Decimal


class ReadingCases:
    """Orders in: every row to the last, whatever happens meanwhile, in any script."""

    def test_orders_are_read_to_the_last_over_pages(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = [bench.order() for _ in range(adapter.capabilities.order_page + 7)]
            found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]

        assert sorted(found) == sorted(made)
        assert len(found) == len(set(found))

    def test_orders_that_change_while_they_are_read_are_not_skipped(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = [bench.order() for _ in range(adapter.capabilities.order_page + 7)]
            reading = adapter.iter_orders(modified_from=LONG_AGO)
            found = [next(reading).remote_id for _ in range(5)]
            for remote_id in made[:5]:
                bench.touch_order(remote_id)
            found += [order.remote_id for order in reading]

        assert set(found) == set(made)

    def test_limit_bounds_the_orders_and_the_oldest_change_comes_first(self, bench: Bench) -> None:
        for _ in range(6):
            bench.order()

        with bench.adapter() as adapter:
            found = list(adapter.iter_orders(modified_from=LONG_AGO, limit=4))

        moments = [order.updated_at for order in found if isinstance(order, RemoteOrder)]
        assert len(found) == 4
        assert moments == sorted(moments)

    def test_changed_since_includes_the_very_moment(self, bench: Bench) -> None:
        remote_id = bench.order()

        with bench.adapter() as adapter:
            moment = adapter.get_order(remote_id).updated_at
            at = [order.remote_id for order in adapter.iter_orders(modified_from=moment)]
            after = [
                order.remote_id for order in adapter.iter_orders(modified_from=moment + timedelta(seconds=2))
            ]

        assert at == [remote_id]
        assert after == []

    def test_arabic_and_emoji_survive(self, bench: Bench) -> None:
        remote_id = bench.order(first_name="عبد الله 👍", city="الرياض", note="اترك الطلب عند الباب — شكرًا")

        with bench.adapter() as adapter:
            order = adapter.get_order(remote_id)

        assert order.billing.first_name == "عبد الله 👍"
        assert order.billing.city == "الرياض"
        assert order.note == "اترك الطلب عند الباب — شكرًا"

    def test_order_sums_to_its_total(self, bench: Bench) -> None:
        remote_id = bench.order()

        with bench.adapter() as adapter:
            order = adapter.get_order(remote_id)

        rows: list[Any] = [*order.lines, *order.charges]
        outside = [discount for discount in order.discounts if not discount.in_lines]
        total = sum((row.net + row.tax for row in rows), D(0)) + order.totals.rounding
        total -= sum((discount.net + discount.tax for discount in outside), D(0))
        assert total == order.totals.grand_total > 0

    def test_unreadable_order_is_kept_and_the_rest_is_read(self, bench: Bench) -> None:
        need(bench, "drop_field")
        bench.order()
        bench.fail("drop_field", field="total")

        with bench.adapter() as adapter:
            (found,) = adapter.iter_orders(modified_from=LONG_AGO)

        assert isinstance(found, OrderReadFailure)
        assert found.code == InvalidPayload.default_code
        assert "total" in found.message
        assert found.cure and found.raw

    def test_products_are_read_to_the_last_over_pages(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = bench.products(adapter.capabilities.product_page + 3)
            found = [product.sku for product in adapter.iter_products()]

        assert sorted(found) == sorted(product.sku for product in made)

    def test_products_are_found_by_sku(self, bench: Bench) -> None:
        made = bench.products(5)

        with bench.adapter() as adapter:
            found = adapter.find_products([made[1].sku, made[4].sku, "nowhere"])

        assert {(product.remote_id, product.sku) for product in found} == {
            (made[1].remote_id, made[1].sku),
            (made[4].remote_id, made[4].sku),
        }

    def test_check_of_a_healthy_shop_is_ok(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            report = adapter.check()

        assert report.is_ok, report.steps
        assert report.info is not None and report.info.currency == bench.currency

    def test_several_orders_by_id_leave_unknown_ones_out(self, bench: Bench) -> None:
        made = [bench.order() for _ in range(3)]

        with bench.adapter() as adapter:
            found = {order.remote_id for order in adapter.get_orders([*made, bench.unknown_id])}

        assert found == set(made)

    def test_stored_order_is_read_again_without_a_call(self, bench: Bench) -> None:
        remote_id = bench.order()
        with bench.adapter() as adapter:
            order = adapter.get_order(remote_id)
            calls = bench.calls

            again = adapter.parse_order(order.raw)

        assert again == order
        assert bench.calls == calls

    def test_order_that_is_no_order_is_an_invalid_payload(self, bench: Bench) -> None:
        with pytest.raises(InvalidPayload) as caught:
            bench.adapter().parse_order({"hello": "world"})

        assert caught.value.message

    def test_moments_are_aware_and_of_utc(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            order = adapter.get_order(bench.order())

        assert {order.created_at.utcoffset(), order.updated_at.utcoffset()} == {timedelta(0)}
        assert abs(order.created_at - datetime.now(UTC)) < timedelta(days=2)
