"""Addresses, signing in, paging and reading of answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    NetworkError,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Exchange
from ecomsync.common.logs import new_trace
from platforms.base import Connection
from platforms.types import Outcome, QuantityUpdate, Quota, StatusNotice
from platforms.woocommerce.client import WooClient, site_address
from platforms.woocommerce.options import WooOptions
from sandbox.woocommerce import WooShop
from tests.platforms.scripted import Say, ScriptedServer, Seen, scripted_server
from tests.platforms.woocommerce.bench import WooBench

KEY, SECRET = "ck_" + "a" * 40, "cs_" + "b" * 40
ANONYMOUS = {
    "code": "woocommerce_rest_cannot_view",
    "message": "Sorry, you cannot list resources.",
    "data": {"status": 401},
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def client_at() -> Iterator[Callable[..., WooClient]]:
    made: list[WooClient] = []

    def make(url: str, observer: Any = None, budget: Any = None, **options: Any) -> WooClient:
        connection = Connection(
            "S1", url, {"username": KEY, "password": SECRET}, timeout=5, allow_private=True
        )
        made.append(WooClient(connection, WooOptions.read(options), observer=observer, budget=budget))
        return made[-1]

    yield make
    for client in made:
        client.close()


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://shop.example.com", "https://shop.example.com"),
        ("https://shop.example.com/", "https://shop.example.com"),
        ("shop.example.com", "https://shop.example.com"),
        ("http://shop.example.com:8080/blog/", "http://shop.example.com:8080/blog"),
        ("https://shop.example.com/ar/wp-json/wc/v3/", "https://shop.example.com/ar"),
        ("https://shop.example.com/wp-admin/admin.php?page=wc-settings", "https://shop.example.com"),
        ("https://shop.example.com/?lang=ar", "https://shop.example.com"),
        ("https://user:pw@shop.example.com/", "https://shop.example.com"),
    ],
)
def test_site_address_is_read_however_it_was_typed(typed: str, address: str) -> None:
    assert site_address(typed) == address


@pytest.mark.parametrize("typed", ["", "   ", "ftp://shop.example.com", "https://"])
def test_address_that_is_none_is_refused_with_a_cure(typed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        site_address(typed)

    assert "https://shop.example.com" in caught.value.cure


@pytest.mark.parametrize(
    "options",
    [
        {"base_path": "/shop"},
        {"pretty_permalinks": False},
        {"rest_prefix": "api-json"},
        {"base_path": "/blog", "pretty_permalinks": False},
    ],
    ids=["sub-folder", "plain permalinks", "renamed prefix", "plain in a sub-folder"],
)
def test_api_is_found_where_it_is(options: dict[str, Any]) -> None:
    with WooShop(webhook_delay=None, **options) as shop:
        bench = WooBench(shop)
        remote_id = bench.order()
        with bench.adapter() as adapter:
            assert adapter.get_order(remote_id).remote_id == remote_id
            # The second call goes there straight away.
            shop.counters.reset()
            adapter.get_order(remote_id)
            assert shop.counters.requests == 1


def test_plain_address_form_can_be_set_at_once() -> None:
    with WooShop(webhook_delay=None, pretty_permalinks=False) as shop:
        bench = WooBench(shop)
        remote_id = bench.order()
        shop.counters.reset()
        with bench.adapter(options={"address_form": "plain"}) as adapter:
            adapter.get_order(remote_id)

        assert shop.counters.requests == 1


def test_link_to_a_foreign_host_is_not_followed(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    def script(seen: Seen) -> Say:
        if seen.path == "/" and not seen.query:
            return Say(200, "<html>", {"Link": '<https://evil.example/wp-json/>; rel="https://api.w.org/"'})
        return Say(404, "<html><title>Nothing</title></html>")

    server.script = script
    with pytest.raises(ConfigurationError):
        client_at(server.url).get("orders", lane="orders")

    assert all("evil" not in seen.headers["host"] for seen in server.seen)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_names_the_address_to_use(
    status: int, server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    target = "https://www.shop.example.com/wp-json/wc/v3/orders?oauth_consumer_key=ck_x&oauth_signature=y"
    server.script = lambda seen: Say(status, "", {"Location": target})

    with pytest.raises(ConfigurationError) as caught:
        client_at(server.url).get("orders", lane="orders")

    assert caught.value.code == "redirected"
    assert "https://www.shop.example.com)" in caught.value.cure
    assert "ck_x" not in str(caught.value)
    assert len(server.seen) == 1


# ---------------------------------------------------------------- signing in


def test_loopback_http_signs_by_oauth(bench: WooBench) -> None:
    remote_id = bench.order()

    with bench.adapter() as adapter:
        adapter.get_order(remote_id)

        assert adapter.auth_mode == "oauth1"


def test_basic_works_where_a_proxy_ends_tls() -> None:
    with WooShop(webhook_delay=None, treat_as_https=True) as shop:
        bench = WooBench(shop)
        remote_id = bench.order()
        with bench.adapter(options={"treat_as_https": True}) as adapter:
            adapter.get_order(remote_id)

            assert adapter.auth_mode == "basic"


def test_dropped_header_falls_back_to_query_keys_and_remembers(shop: WooShop, bench: WooBench) -> None:
    shop.options.treat_as_https = True
    remote_id = bench.order()
    shop.faults.add("strip_authorization")
    shop.counters.reset()

    with bench.adapter(options={"treat_as_https": True}) as adapter:
        adapter.get_order(remote_id)
        adapter.get_order(remote_id)

        assert adapter.auth_mode == "query"
        assert adapter.shop_info().extra["auth_mode"] == "query"
    assert shop.counters.calls("GET /orders/<id>") == 3


def test_shop_that_does_not_know_of_its_proxy_is_signed_in_by_oauth(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    """TLS ends before the shop, which takes itself for http: Basic and query keys are not even looked at."""
    server.script = lambda seen: Say(200, []) if "oauth_signature" in seen.query else Say(401, ANONYMOUS)

    client = client_at(server.url, treat_as_https=True)

    assert client.get("orders", lane="orders").rows() == []
    assert client.auth_mode == "oauth1"


def test_known_key_with_a_wrong_secret_is_not_tried_in_other_ways(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(
        401,
        {
            "code": "woocommerce_rest_authentication_error",
            "message": "Consumer secret is invalid.",
            "data": {"status": 401},
        },
    )

    with pytest.raises(BadCredentials, match="Consumer secret is invalid"):
        client_at(server.url, treat_as_https=True).get("orders", lane="orders")

    assert len(server.seen) == 1


def test_wrong_key_over_https_is_tried_in_all_ways_and_then_reported(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(401, ANONYMOUS)
    client = client_at(server.url, treat_as_https=True)

    for _ in range(2):
        with pytest.raises(BadCredentials) as caught:
            client.get("orders", lane="orders")

    assert caught.value.details["tried"] == ["basic", "query", "oauth1"]
    assert len(server.seen) == 6


def test_basic_over_plain_http_is_refused_before_a_key_is_sent(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client_at(server.url, auth_mode="basic")

    assert caught.value.code == "insecure_auth"
    assert server.seen == []


@pytest.mark.parametrize("status", [403, 405, 501])
def test_put_and_delete_travel_as_post_once_the_server_has_blocked_them(
    shop: WooShop, bench: WooBench, status: int
) -> None:
    remote_id = bench.order()
    shop.faults.add("block_methods", status=status)

    with bench.adapter() as adapter:
        assert adapter.push_status(StatusNotice("k", remote_id, "completed")).is_ok
        shop.counters.reset()
        assert adapter.push_status(StatusNotice("k", remote_id, "processing")).is_ok
        learned = adapter.learned

    assert shop.order(int(remote_id))["status"] == "processing"
    assert shop.counters.requests == 2  # known by now: one read, one write
    assert learned == {"method_override": True}


def test_server_that_blocks_the_override_too_is_reported_and_nothing_is_learned(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(405, "<html><title>Not Allowed</title></html>")
    client = client_at(server.url)

    with pytest.raises(ConfigurationError) as caught:
        client.put("orders/1", {"status": "completed"}, lane="orders")

    assert caught.value.code in ("method_blocked", "blocked_by_firewall")
    assert [seen.method for seen in server.seen] == ["PUT", "POST"]
    assert client.learned == {}


@pytest.mark.parametrize(
    ("shop_says", "learned"),
    [
        ({"treat_as_https": True}, {}),
        ({"pretty_permalinks": False}, {"api_root": "/index.php?rest_route=/"}),
        ({"rest_prefix": "api"}, {"api_root": "/api/"}),
    ],
)
def test_address_that_was_found_out_is_where_the_next_adapter_begins(
    shop: WooShop, bench: WooBench, shop_says: dict[str, Any], learned: dict[str, str]
) -> None:
    for name, value in shop_says.items():
        setattr(shop.options, name, value)
    order = bench.order()
    with bench.adapter() as adapter:
        adapter.get_order(order)
        found = adapter.learned
    assert found == {name: f"{shop.url}{value}" for name, value in learned.items()}
    shop.counters.reset()

    with bench.adapter(connection={"learned": found}) as adapter:
        adapter.get_order(order)
        assert adapter.learned == found

    assert shop.counters.requests == 1


def test_way_of_signing_in_that_works_is_where_the_next_adapter_begins(
    shop: WooShop, bench: WooBench
) -> None:
    shop.options.treat_as_https = True
    shop.faults.add("strip_authorization")
    order = bench.order()
    with bench.adapter(options={"treat_as_https": True}) as adapter:
        adapter.get_order(order)
        learned = adapter.learned
    shop.counters.reset()

    with bench.adapter(options={"treat_as_https": True}, connection={"learned": learned}) as adapter:
        adapter.get_order(order)

    assert learned == {"auth_mode": "query"}
    assert shop.counters.requests == 1


def test_what_was_learned_is_unlearned_when_it_fails(shop: WooShop, bench: WooBench) -> None:
    order = bench.order()
    learned = {"auth_mode": "query", "api_root": f"{shop.url}/old-prefix/"}

    with bench.adapter(options={"treat_as_https": True}, connection={"learned": learned}) as adapter:
        assert adapter.get_order(order).remote_id == order
        assert adapter.learned == {"auth_mode": "oauth1"}


def test_what_was_learned_stays_while_the_shop_is_out_of_reach(bench: WooBench) -> None:
    learned = {"auth_mode": "query"}
    with bench.adapter(
        options={"treat_as_https": True},
        connection={"learned": learned, "url": "http://127.0.0.1:9"},
    ) as adapter:
        with pytest.raises(NetworkError):
            adapter.get_order("1")
        assert adapter.learned == learned


def test_learned_address_of_a_foreign_host_is_not_used(shop: WooShop, bench: WooBench) -> None:
    order = bench.order()

    with bench.adapter(connection={"learned": {"api_root": "http://evil.example/wp-json/"}}) as adapter:
        assert adapter.get_order(order).remote_id == order


def test_method_override_sends_post_with_the_header(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(200, {"id": 1})

    client_at(server.url, method_override=True).put("orders/1", {"status": "completed"}, lane="orders")

    assert (server.seen[0].method, server.seen[0].headers["x-http-method-override"]) == ("POST", "PUT")


# ---------------------------------------------------------------- secrets


def test_observed_calls_hold_neither_key_nor_secret(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    link = (
        f'<{server.url}/wp-json/wc/v3/orders?page=2&consumer_key={KEY}&consumer_secret={SECRET}>; rel="next"'
    )
    server.script = lambda seen: Say(200, [], {"Link": link})
    seen_exchanges: list[Exchange] = []

    for mode in ("basic", "query", "oauth1"):
        client = client_at(server.url, observer=seen_exchanges.append, treat_as_https=True, auth_mode=mode)
        client.get("orders", lane="orders")

    text = " ".join(
        json.dumps([e.url, e.request_headers, e.response_headers, e.response_body]) for e in seen_exchanges
    )
    assert len(seen_exchanges) == 3
    assert SECRET not in text and KEY not in text


def test_route_of_an_exchange_has_no_ids(server: ScriptedServer, client_at: Callable[..., WooClient]) -> None:
    server.script = lambda seen: Say(200, {})
    seen_exchanges: list[Exchange] = []

    client_at(server.url, observer=seen_exchanges.append).get("products/17/variations/18", lane="products")

    assert seen_exchanges[0].route == "/wc/v3/products/{id}/variations/{id}"


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("say", "error", "code"),
    [
        (Say(200, "<br />\n<b>Warning</b>: x in y.php\n[]"), ShopUnavailable, "not_json"),
        (Say(200, "null"), ShopUnavailable, "not_json"),
        (Say(200, {"id": 1}), ShopUnavailable, "unexpected_answer"),
        (Say(200, ["a"]), ShopUnavailable, "unexpected_answer"),
        (Say(503, "<html><title>Maintenance</title>"), ShopUnavailable, "shop_unavailable"),
        (Say(508, ""), ShopUnavailable, "shop_unavailable"),
        (Say(520, ""), ShopUnavailable, "shop_unavailable"),
        (
            Say(
                500,
                {
                    "code": "internal_server_error",
                    "message": "<p>Critical error</p>",
                    "data": {"status": 500},
                },
            ),
            ShopUnavailable,
            "shop_unavailable",
        ),
        (Say(403, "<html><title>Blocked</title>"), ConfigurationError, "blocked_by_firewall"),
        (Say(406, "<html>"), ConfigurationError, "blocked_by_firewall"),
        (Say(405, "<html>"), ConfigurationError, "method_blocked"),
        (Say(413, "<html>"), Rejected, "too_large"),
        (Say(418, "<html>"), Rejected, "refused"),
        (
            Say(404, {"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}}),
            ConfigurationError,
            "rest_no_route",
        ),
        (
            Say(
                401,
                {
                    "code": "rest_not_logged_in",
                    "message": "You are not currently logged in.",
                    "data": {"status": 401},
                },
            ),
            ConfigurationError,
            "rest_disabled",
        ),
    ],
    ids=lambda value: f"{value.status}-{str(value.body)[:25]}" if isinstance(value, Say) else None,
)
def test_answer_becomes_the_error_that_tells_what_to_do(
    say: Say, error: type[Exception], code: str, server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: say

    with pytest.raises(error) as caught:
        client_at(server.url).get("orders", lane="orders").rows()

    assert caught.value.code == code  # type: ignore[attr-defined]
    assert type(caught.value) is error
    assert caught.value.cure or error is Rejected  # type: ignore[attr-defined]


def test_byte_order_mark_before_the_json_is_passed_over(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(200, b'\xef\xbb\xbf[{"id":1}]')

    assert client_at(server.url).get("orders", lane="orders").rows() == [{"id": 1}]


@pytest.mark.parametrize("value", ["120", "Wed, 01 Jan 2020 00:00:00 GMT", "soon", ""])
def test_retry_after_is_seconds_or_a_date(
    value: str, server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(429, "", {"Retry-After": value} if value else {})

    with pytest.raises(RateLimited) as caught:
        client_at(server.url).get("orders", lane="orders")

    assert caught.value.retry_after == {"120": 120.0, "Wed, 01 Jan 2020 00:00:00 GMT": 0.0}.get(value)


def test_batch_answer_of_another_length_is_not_guessed_at(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(200, {"update": [{"id": 1}]})

    with pytest.raises(ShopUnavailable, match="does not match"):
        client_at(server.url).batch("products", {"update": [{"id": 1}, {"id": 2}]}, lane="stock")


# ---------------------------------------------------------------- paging


def test_pages_go_by_number_and_never_follow_the_link(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    rows = [{"id": n} for n in range(1, 251)]

    def script(seen: Seen) -> Say:
        page = int(seen.query["page"])
        headers = {"X-WP-Total": "250", "X-WP-TotalPages": "3", "Link": f'<{server.url}/trap>; rel="next"'}
        return Say(200, rows[(page - 1) * 100 : page * 100], headers)

    server.script = script

    assert list(client_at(server.url).pages("products", lane="products")) == rows
    assert len(server.seen) == 3
    assert all(seen.path.endswith("/products") for seen in server.seen)
    assert len({seen.query["oauth_nonce"] for seen in server.seen}) == 3


def test_pages_step_back_when_the_list_shrinks(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    rows = [{"id": n} for n in range(1, 301)]

    def script(seen: Seen) -> Say:
        page = int(seen.query["page"])
        if len(server.seen) == 2:
            del rows[:10]  # ten rows of the first page are deleted before the second is read
        last = -(-len(rows) // 100)
        return Say(
            200,
            rows[(page - 1) * 100 : page * 100],
            {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(last)},
        )

    server.script = script

    found = [row["id"] for row in client_at(server.url).pages("products", lane="products")]

    assert set(found) == set(range(1, 301))
    assert len(found) == len(set(found))


def test_pages_without_total_headers_end_at_a_short_page(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(200, [{"id": n} for n in range(100 if seen.query["page"] == "1" else 3)])

    assert len(list(client_at(server.url).pages("products", lane="products"))) == 100
    assert len(server.seen) == 2


# ---------------------------------------------------------------- budget


class Budget:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.learnt: list[tuple[int, float | None]] = []

    def acquire(self, *, lane: str, cost: float = 1.0) -> AbstractContextManager[None]:
        self.asked.append(lane)
        return nullcontext()

    def learn(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        retry_after: float | None,
        quota: Quota | None = None,
    ) -> None:
        self.learnt.append((status, retry_after))


def test_budget_is_asked_before_and_taught_after_each_call(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    budget = Budget()
    server.script = lambda seen: Say(200, []) if len(server.seen) == 1 else Say(429, "", {"Retry-After": "9"})
    client = client_at(server.url, budget=budget)

    client.get("orders", lane="orders")
    with pytest.raises(RateLimited):
        client.get("products", lane="stock")

    assert budget.asked == ["orders", "stock"]
    assert budget.learnt == [(200, None), (429, 9.0)]


def test_lanes_of_pushes_are_those_of_their_kind(bench: WooBench) -> None:
    budget = Budget()
    product = bench.products(1)[0]
    adapter = bench.adapter()
    adapter.budget = budget

    with adapter:
        (result,) = adapter.push_quantities([QuantityUpdate("k", product.remote_id, Decimal(3))])
        list(adapter.iter_orders())

    assert result.outcome is Outcome.OK
    assert budget.asked == ["stock", "orders"]


def test_options_that_are_wrong_are_named() -> None:
    with pytest.raises(ConfigurationError, match="auth_mode") as caught:
        WooOptions.read({"auth_mode": "magic"})

    assert "oauth1" in caught.value.cure
    with pytest.raises(ConfigurationError, match="price_decimals"):
        WooOptions.read({"price_decimals": "many"})
    with pytest.raises(ConfigurationError, match="method_override"):
        WooOptions.read({"method_override": "perhaps"})


def test_options_empty_or_absent_are_the_declared_defaults() -> None:
    defaults = WooOptions.read({})

    assert defaults == WooOptions.read({"auth_mode": "", "price_decimals": None})
    assert replace(defaults, price_decimals=3) == WooOptions.read({"price_decimals": "3"})


def test_calls_bear_the_trace_of_their_work(
    server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(200, [])
    seen_exchanges: list[Exchange] = []

    with new_trace("abc123"):
        client_at(server.url, observer=seen_exchanges.append).get("orders", lane="orders")

    assert [exchange.trace_id for exchange in seen_exchanges] == ["abc123"]


@pytest.mark.parametrize(
    "code", ["rest_login_required", "rest_api_authentication_required", "itsec_rest_api_access_restricted"]
)
def test_interface_closed_by_a_plugin_is_told_apart_from_wrong_keys(
    code: str, server: ScriptedServer, client_at: Callable[..., WooClient]
) -> None:
    server.script = lambda seen: Say(401, {"code": code, "message": "Log in first.", "data": {"status": 401}})

    with pytest.raises(ConfigurationError) as caught:
        client_at(server.url).get("", lane="orders", namespace="")

    assert (caught.value.code, type(caught.value)) == ("rest_disabled", ConfigurationError)
    assert "plugin" in caught.value.cure
