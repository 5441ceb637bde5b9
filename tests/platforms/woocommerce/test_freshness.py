"""A cache before the shop that repeats old answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecomsync.common.http import Exchange
from platforms.base import Connection
from platforms.types import CheckReport, CheckStep, RemoteOrder, StatusNotice
from platforms.woocommerce.adapter import WooCommerceAdapter
from platforms.woocommerce.freshness import FreshReads, kept_by
from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import API, WooBench

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def behind_tls(shop: WooShop) -> None:
    """Signed reads are unique by themselves; what a cache can keep is Basic over HTTPS."""
    shop.options.treat_as_https = True


def https(**options: Any) -> dict[str, Any]:
    return {"treat_as_https": True, **options}


def ids(entries: Any) -> list[str]:
    return [entry.remote_id for entry in entries]


def cache_step(report: CheckReport) -> CheckStep:
    return next(step for step in report.steps if step.name == "cache")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-cache": "HIT"}, "x-cache=HIT"),
        ({"x-cache": "Hit from cloudfront"}, "x-cache=Hit from cloudfront"),
        ({"cf-cache-status": "HIT"}, "cf-cache-status=HIT"),
        ({"cf-cache-status": "STALE"}, "cf-cache-status=STALE"),
        ({"x-litespeed-cache": "hit,private"}, "x-litespeed-cache=hit,private"),
        ({"age": "7"}, "age=7"),
        ({"x-cache": "MISS", "age": "0", "cf-cache-status": "DYNAMIC"}, ""),
        ({"x-cache": "WHITE", "age": "soon"}, ""),
        ({}, ""),
    ],
)
def test_header_tells_that_an_answer_was_kept(headers: dict[str, str], told: str) -> None:
    assert kept_by(headers) == told


@pytest.mark.parametrize("brand", ["varnish", "cloudflare", "litespeed"])
def test_answer_marked_as_kept_is_asked_for_again_past_the_cache(
    bench: WooBench, shop: WooShop, brand: str
) -> None:
    shop.faults.add("frozen_cache", path=API, brand=brand)
    first = bench.order()
    with bench.adapter(options=https()) as adapter:
        assert ids(adapter.iter_orders(modified_from=LONG_AGO)) == [first]
    second = bench.order()

    with bench.adapter(options=https()) as adapter:
        found = ids(adapter.iter_orders(modified_from=LONG_AGO))
        calls = bench.calls
        again = ids(adapter.iter_orders(modified_from=LONG_AGO))
        (finding,) = adapter.findings
        learned = adapter.learned

    assert found == again == [first, second]
    assert bench.calls == calls + 1  # once noticed, no read is made twice
    assert finding.code == "frozen_reads"
    assert "Exclude /wp-json" in finding.cure
    assert learned == {"fresh_reads": True}


def test_silent_cache_is_found_out_by_what_the_shop_itself_had_shown(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="silent")
    order = bench.order()
    with bench.adapter(options=https()) as adapter:
        adapter.get_order(order)
        shop.advance(60)
        adapter.push_status(StatusNotice("k", order, "completed"))

        now = adapter.get_order(order)

        assert now.status == "completed"
        assert [finding.code for finding in adapter.findings] == ["frozen_reads"]


def test_silent_cache_is_found_out_by_what_a_delivery_had_told(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="silent")
    order = bench.order()
    with bench.adapter(options=https()) as adapter:
        assert ids(adapter.get_orders([order])) == [order]
    shop.advance(60)
    bench.touch_order(order)
    told = datetime.fromisoformat(shop.order(int(order))["date_modified_gmt"]).replace(tzinfo=UTC)

    with bench.adapter(options=https()) as adapter:
        adapter.expect_order(order, told)
        (found,) = adapter.get_orders([order])

    assert isinstance(found, RemoteOrder)
    assert (found.note, found.updated_at) == ("changed", told)


def test_shop_that_really_shows_an_older_state_is_believed(bench: WooBench) -> None:
    order = bench.order()
    with bench.adapter(options=https()) as adapter:
        moment = adapter.get_order(order).updated_at
        adapter.expect_order(order, moment + timedelta(hours=1))

        shown = adapter.get_order(order)
        calls = bench.calls
        adapter.get_order(order)

        assert shown.updated_at == moment
        assert bench.calls == calls + 1
        assert list(adapter.findings) == []
        assert adapter.learned == {}


def test_what_was_learned_spares_the_next_adapter_the_double_read(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="silent")
    bench.order()
    adapter = bench.adapter(options=https(), connection={"learned": {"fresh_reads": True}})
    with adapter:
        first = ids(adapter.iter_orders(modified_from=LONG_AGO))
        made = bench.order()
        second = ids(adapter.iter_orders(modified_from=LONG_AGO))

        assert second == [*first, made]
        assert adapter.learned == {"fresh_reads": True}
        assert list(adapter.findings) == []
    assert bench.calls == 2


def test_cache_that_drops_every_parameter_is_reported_and_not_asked_for_ever(
    bench: WooBench, shop: WooShop
) -> None:
    shop.faults.add("frozen_cache", path=API, brand="varnish", ignores=["*"])
    bench.order()
    with bench.adapter(options=https()) as adapter:
        list(adapter.iter_orders(modified_from=LONG_AGO))
        list(adapter.iter_orders(modified_from=LONG_AGO))
        calls = bench.calls
        list(adapter.iter_orders(modified_from=LONG_AGO))
        (finding,) = adapter.findings

    assert bench.calls == calls + 1
    assert "seen late" in finding.message


def test_never_only_tells_and_always_adds_the_parameter_from_the_first_read(
    bench: WooBench, shop: WooShop
) -> None:
    shop.faults.add("frozen_cache", path=API, brand="varnish")
    order = bench.order()
    seen: list[str] = []

    def observe(exchange: Exchange) -> None:
        seen.append(exchange.url)

    for mode in ("never", "always"):
        connection = bench.adapter(options=https(fresh_reads=mode)).connection
        with _observed(connection, observe) as adapter:
            adapter.get_order(order)
            adapter.get_order(order)
            told = [finding.code for finding in adapter.findings]
        assert told == (["frozen_reads"] if mode == "never" else [])

    assert ["nocache=" in url for url in seen] == [False, False, True, True]


def test_parameter_is_part_of_the_signature_over_plain_http(bench: WooBench, shop: WooShop) -> None:
    shop.options.treat_as_https = False
    order = bench.order()

    with bench.adapter(options={"fresh_reads": "always"}) as adapter:
        assert adapter.get_order(order).remote_id == order
        assert adapter.auth_mode == "oauth1"


def test_writes_bear_no_parameter(bench: WooBench) -> None:
    order = bench.order()
    seen: list[tuple[str, str]] = []
    connection = bench.adapter(options=https(fresh_reads="always")).connection

    with _observed(connection, lambda exchange: seen.append((exchange.method, exchange.url))) as adapter:
        adapter.push_status(StatusNotice("k", order, "completed"))

    assert {method for method, url in seen if "nocache=" in url} == {"GET"}
    assert any(method == "PUT" for method, _ in seen)


def test_memory_of_written_records_is_bounded() -> None:
    fresh = FreshReads("auto")
    for number in range(2500):
        fresh.note_written("products/batch", {"update": [_row(number)]})

    assert not fresh.doubt("products", [_row(0, minutes=-5)], {})
    assert fresh.doubt("products", [_row(2499, minutes=-5)], {})


def test_records_without_a_date_or_of_another_kind_raise_no_doubt() -> None:
    fresh = FreshReads("auto")
    fresh.note_written("orders/7", _row(7))

    assert not fresh.doubt("orders/7", {"id": 7}, {})
    assert not fresh.doubt("orders/7", {"id": 7, "date_modified_gmt": None}, {})
    assert not fresh.doubt("products/7", _row(7, minutes=-5), {})
    assert not fresh.doubt("orders", "nonsense", {})
    assert fresh.doubt("orders", [_row(7, minutes=-5)], {})


# ---------------------------------------------------------------- Test Connection


def test_check_finds_a_cache_that_says_so(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="cloudflare")

    with bench.adapter(options=https()) as adapter:
        step = cache_step(adapter.check())

    assert (step.state, "cf-cache-status=HIT" in step.message) == ("warn", True)
    assert "Exclude /wp-json" in step.cure


def test_check_finds_a_silent_cache_that_missed_a_change(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="silent")
    with bench.adapter(options=https()) as adapter:
        assert cache_step(adapter.check()).state == "ok"
    bench.order()

    with bench.adapter(options=https()) as adapter:
        step = cache_step(adapter.check())
        assert step.state == "warn"
        assert [finding.code for finding in adapter.findings] == ["frozen_reads"]


def test_check_fails_on_a_cache_that_cannot_be_passed(bench: WooBench, shop: WooShop) -> None:
    shop.faults.add("frozen_cache", path=API, brand="varnish", ignores=["*"])

    with bench.adapter(options=https()) as adapter:
        step = cache_step(adapter.check())

    assert step.state == "fail"
    assert "Exclude /wp-json" in step.cure


def _observed(connection: Connection, observer: Any) -> Any:
    return WooCommerceAdapter(connection, observer=observer)


def _row(number: int, *, minutes: int = 0) -> dict[str, Any]:
    moment = datetime(2026, 5, 1, 9, 0) + timedelta(minutes=minutes)
    return {"id": number, "date_modified_gmt": moment.isoformat()}
