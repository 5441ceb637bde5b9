"""Reading orders where the shop cannot list what changed: windows of creation, the daily sweep, calls counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ecomsync.common.errors import ConfigurationError
from platforms.salla.client import API_ROOT, LOGIN_ROOT, addresses
from platforms.types import Outcome, StatusNotice
from tests.contracts.bench import LONG_AGO
from tests.platforms.salla.bench import SallaBench

D = Decimal
DAY = 86_400


def now_of(bench: SallaBench) -> datetime:
    with bench.adapter() as adapter:
        adapter.shop_info()
        found = adapter.clock()
    assert found is not None
    return found


def old_order(bench: SallaBench, days: int) -> str:
    bench.order()
    made = bench.shop.place_order(
        [{"sku": "BENCH", "quantity": 1}], created=bench.shop.app.clock.now() - days * DAY
    )
    return str(made["id"])


def test_reading_costs_a_call_per_page_and_two_per_changed_order(bench: SallaBench) -> None:
    for _ in range(60):
        bench.order()
    bench.shop.advance(3600)
    changed = bench.order()
    since = now_of(bench) - timedelta(minutes=5)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = [order.remote_id for order in adapter.iter_orders(modified_from=since)]

    assert found == [changed]
    assert bench.shop.counters.calls("GET /orders") == 2
    assert bench.calls == 2 + 2


def test_late_change_is_found_once_a_day_and_the_day_is_remembered(bench: SallaBench) -> None:
    remote_id = old_order(bench, 20)
    since = now_of(bench) - timedelta(minutes=5)
    bench.shop.touch_order(int(remote_id))

    with bench.adapter() as adapter:
        wide = {order.remote_id for order in adapter.iter_orders(modified_from=since)}
        learned = dict(adapter.learned)
    with bench.adapter(connection={"learned": learned}) as adapter:
        narrow = {order.remote_id for order in adapter.iter_orders(modified_from=since)}
    bench.shop.advance(DAY + 60)
    with bench.adapter(connection={"learned": learned}) as adapter:
        adapter.shop_info()  # tells the shop's time
        next_day = {order.remote_id for order in adapter.iter_orders(modified_from=since)}

    assert remote_id in wide and remote_id not in narrow and remote_id in next_day
    assert "wide_sweep" in learned


def test_open_order_older_than_every_window_is_read_by_the_daily_sweep(bench: SallaBench) -> None:
    remote_id = old_order(bench, 90)
    since = now_of(bench) - timedelta(minutes=5)
    bench.shop.touch_order(int(remote_id))

    with bench.adapter() as adapter:
        found = [
            order.remote_id
            for order in adapter.iter_orders(modified_from=since, open_orders=lambda: [remote_id, "gone"])
        ]

    assert remote_id in found


def test_lists_that_do_not_tell_the_change_are_asked_order_by_order(bench: SallaBench) -> None:
    bench.shop.options.list_updated_at = False
    made = {bench.order() for _ in range(3)}

    with bench.adapter() as adapter:
        found = {order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)}

    assert found == made


def test_branch_of_the_goods_is_the_place_of_the_order(bench: SallaBench) -> None:
    branch = bench.shop.add_branch("جدة")["id"]
    bench.shop.add_product(sku="CUP", quantity=5)
    order = bench.shop.place_order([{"sku": "CUP", "quantity": 1, "branch": branch}])

    with bench.adapter() as adapter:
        found = adapter.get_order(str(order["id"]))

    assert found.location_id == str(branch)


def test_custom_status_is_set_by_its_number_and_once(bench: SallaBench) -> None:
    order = bench.order()
    custom = bench.shop.add_status("in_progress", "جاهز للتغليف")["id"]
    notice = StatusNotice("k", order, f"in_progress/{custom}", comment="packed")

    with bench.adapter() as adapter:
        assert adapter.push_status(notice).outcome is Outcome.OK
        assert adapter.push_status(StatusNotice("k", order, str(custom))).outcome is Outcome.UNCHANGED
        assert f"in_progress/{custom}" in {code for code, _ in adapter.shop_info().statuses}

    assert bench.shop.order(int(order))["status"]["customized"]["id"] == custom
    assert bench.shop.notes_of(int(order)) == ["packed"]


def test_address_of_the_store_means_the_api_of_salla() -> None:
    vendor = (API_ROOT, LOGIN_ROOT)

    assert {
        addresses(url)
        for url in ("", "https://salla.sa/dates", "my-store.com", "https://api.salla.dev/admin/v2")
    } == {vendor}
    assert addresses("http://127.0.0.1:8801/admin/v2") == (
        "http://127.0.0.1:8801/admin/v2",
        "http://127.0.0.1:8801",
    )
    assert addresses("https://box.example/admin/v2/") == (
        "https://box.example/admin/v2",
        "https://box.example",
    )
    with pytest.raises(ConfigurationError):
        addresses("ftp://x")
