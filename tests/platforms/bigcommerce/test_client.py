"""Addresses, quota, limits, both paging styles and what errors mean."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    MissingPermission,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer
from platforms.bigcommerce.client import quota_of, store_address
from platforms.bigcommerce.errors import error_from_answer, retry_after
from platforms.types import Quota
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.bigcommerce.bench import BigCommerceBench


@dataclass
class Taught:
    quotas: list[Quota | None] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)

    @contextmanager
    def acquire(self, *, lane: str, cost: float = 1.0) -> Iterator[None]:
        yield

    def learn(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        retry_after: float | None,
        quota: Quota | None = None,
    ) -> None:
        self.quotas.append(quota)
        self.waits.append(retry_after)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "store_hash", "wanted"),
    [
        ("https://api.bigcommerce.com/stores/abc123/v3/", "", ("https://api.bigcommerce.com", "abc123")),
        ("api.bigcommerce.com/stores/abc123", "", ("https://api.bigcommerce.com", "abc123")),
        ("https://store-abc123.mybigcommerce.com/manage", "", ("https://api.bigcommerce.com", "abc123")),
        ("https://store-abc123-2.mybigcommerce.com", "", ("https://api.bigcommerce.com", "abc123")),
        ("https://api.bigcommerce.com", "abc123", ("https://api.bigcommerce.com", "abc123")),
        ("https://user:pw@api.bigcommerce.com/stores/abc123", "", ("https://api.bigcommerce.com", "abc123")),
    ],
)
def test_store_is_known_by_what_staff_type(url: str, store_hash: str, wanted: tuple[str, str]) -> None:
    assert store_address(url, store_hash) == wanted


@pytest.mark.parametrize("url", ["", "https://shop.example.com", "ftp://api.bigcommerce.com/stores/abc"])
def test_address_of_no_store_is_a_matter_of_set_up(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        store_address(url, "")

    assert caught.value.code == "bad_url" and "API path" in caught.value.cure


# ---------------------------------------------------------------- quota and limits


def test_quota_is_taught_from_headers_in_milliseconds(bench: BigCommerceBench) -> None:
    bench.shop.options.quota = 150
    bench.shop.app.clock.set_to(1_793_613_315)
    bench.shop.app.clock.freeze()
    budget = Taught()

    with bench.adapter(budget=budget) as adapter:
        adapter.get_order(bench.order())

    (quota,) = budget.quotas
    assert quota == Quota(left=149, limit=150, per_second=5.0, resets_in=15.0)
    assert budget.waits == [None]


def test_used_up_quota_tells_when_the_window_begins_anew(bench: BigCommerceBench) -> None:
    bench.shop.options.quota = 2
    bench.shop.app.clock.set_to(1_793_613_315)
    bench.shop.app.clock.freeze()
    order = bench.order()

    with bench.adapter() as adapter:
        adapter.get_order(order)
        adapter.get_order(order)
        with pytest.raises(RateLimited) as caught:
            adapter.get_order(order)
        bench.shop.advance(15)
        adapter.get_order(order)

    assert caught.value.retry_after == 15


def test_overload_of_the_platform_tells_no_wait(bench: BigCommerceBench) -> None:
    bench.shop.faults.add("rate_limit", unmarked=True)

    with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
        adapter.get_order("1")

    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"x-rate-limit-time-reset-ms": "15000"}, 15.0),
        ({"x-rate-limit-time-reset-ms": "1500", "x-retry-after": "7"}, 7.0),
        ({"x-rate-limit-time-reset-ms": "90000", "x-retry-after": "7"}, 90.0),
        ({"retry-after": "3"}, 3.0),
        ({"x-rate-limit-time-reset-ms": "soon"}, None),
        ({}, None),
    ],
)
def test_the_longest_wait_of_the_headers_counts(headers: dict[str, str], wanted: float | None) -> None:
    assert retry_after(headers) == wanted


def test_quota_of_other_windows_is_not_a_constant() -> None:
    headers = {
        "x-rate-limit-time-window-ms": "5000",
        "x-rate-limit-time-reset-ms": "1200",
        "x-rate-limit-requests-quota": "25",
        "x-rate-limit-requests-left": "0",
    }

    assert quota_of(headers) == Quota(left=0, limit=25, per_second=5.0, resets_in=1.2)
    assert quota_of({}) is None


def test_calls_beyond_the_concurrency_of_an_endpoint_are_to_be_tried_again(bench: BigCommerceBench) -> None:
    bench.shop.options.concurrency["GET /v2/orders/{id}"] = 1
    order = bench.order()
    bench.shop.faults.add("slow", ms=600, count=1)
    slow = threading.Thread(target=lambda: bench.adapter().get_order(order))
    slow.start()
    while not bench.calls:
        threading.Event().wait(0.01)

    with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
        adapter.get_order(order)
    slow.join()

    assert caught.value.retry_after == 2


def test_one_adapter_never_has_two_calls_under_way(bench: BigCommerceBench) -> None:
    bench.shop.options.concurrency = dict.fromkeys(
        ("PUT /v3/inventory/adjustments/absolute", "PUT /v3/catalog/variants", "GET /v3/catalog/products"), 1
    )
    products = bench.products(120)
    with bench.adapter() as adapter:
        assert all(r.is_ok for r in adapter.push_quantities(quantities(products, 2)))
        assert all(r.is_ok for r in adapter.push_prices(prices(products, "3.00", bench.currency)))

    assert 429 not in bench.shop.counters.by_status


# ---------------------------------------------------------------- paging


def test_empty_lists_of_v2_are_nothing_and_no_error(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        assert list(adapter.iter_orders(modified_from=LONG_AGO)) == []

    assert bench.shop.counters.by_status == {204: 1}


def test_full_page_of_v2_is_followed_by_an_empty_one(bench: BigCommerceBench) -> None:
    bench.shop.store.payment_methods = [{"name": f"M{n}", "code": str(n)} for n in range(250)]

    with bench.adapter() as adapter:
        rows = list(adapter._parts.client.pages_v2("v2/payments/methods", lane="products"))

    assert len(rows) == 250
    assert bench.shop.counters.by_status == {200: 1, 204: 1}


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "told"),
    [
        (400, '[{"status":400,"message":"The field \'email\' is invalid."}]', Rejected, "rejected", "email"),
        (401, '{"status":401,"title":"Unauthorized"}', BadCredentials, "bad_credentials", "Unauthorized"),
        (403, '{"status":403,"title":"scope"}', MissingPermission, "missing_permission", "may not"),
        (404, '{"status":404,"title":"The resource was not found."}', NotFound, "not_found", "does not know"),
        (409, '{"status":409,"title":"The product name is a duplicate"}', Rejected, "duplicate", "duplicate"),
        (413, '{"status":413,"title":"too large","errors":{}}', Rejected, "too_large", "too large"),
        (
            422,
            '{"status":422,"title":"t","errors":{"name":"Please provide a name."}}',
            Rejected,
            "rejected",
            "name:",
        ),
        (
            422,
            '{"batch_errors":[{"title":"t","errors":{"sku":"taken"}}]}',
            Rejected,
            "rejected",
            "sku: taken",
        ),
        (423, "{}", RateLimited, "rate_limited", "fewer"),
        (500, "<html>", ShopUnavailable, "shop_unavailable", "500"),
        (503, '{"status":503,"title":"x"}', ShopUnavailable, "shop_unavailable", "maintenance"),
        (507, '{"status":507,"title":"x"}', Rejected, "plan_limit", "plan"),
        (302, "", ConfigurationError, "redirected", "redirects"),
        (404, "<html>", ConfigurationError, "rest_not_found", "no BigCommerce API"),
        (403, "<html>", ConfigurationError, "blocked_by_firewall", "firewall"),
    ],
)
def test_answers_leave_as_the_class_that_tells_what_to_do(
    status: int, body: str, kind: type[Exception], code: str, told: str
) -> None:
    answer = Answer(status, {"location": "https://elsewhere.test/x"}, body.encode(), "u", 1)
    try:
        data: Any = answer.json()
    except ValueError:
        data = None

    error = error_from_answer(answer, data, site="S1", what="PUT v3/x")

    assert type(error) is kind
    assert error.code == code and told in error.message and error.cure
