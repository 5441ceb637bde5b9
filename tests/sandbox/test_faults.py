from __future__ import annotations

import time

import pytest
import requests

from sandbox.faults import FaultEngine
from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api


@pytest.fixture
def product(shop: WooShop) -> dict:
    return shop.add_product(sku="A", regular_price="1.00", stock_quantity=1)


def test_rate_limit_with_retry_after_for_the_next_calls_only(shop: WooShop, api: Api, product: dict) -> None:
    shop.faults.add("rate_limit", count=2, retry_after=7)
    statuses = [api.get("/products").status_code for _ in range(3)]
    assert statuses == [429, 429, 200]
    shop.faults.add("rate_limit", count=1, retry_after=7)
    limited = api.get("/products")
    assert limited.headers["Retry-After"] == "7"
    assert shop.counters.calls("GET /products") == 4


@pytest.mark.parametrize(
    ("kind", "status"), [("http_500", 500), ("http_502", 502), ("http_503", 503), ("waf_403", 403)]
)
def test_error_pages_are_html(shop: WooShop, api: Api, kind: str, status: int) -> None:
    shop.faults.add(kind, count=1)
    answer = api.get("/products")
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_any_error_page(shop: WooShop, api: Api) -> None:
    shop.faults.add("http_error", count=1, status=508, retry_after=3)
    answer = api.get("/products")
    assert (answer.status_code, answer.headers["Retry-After"]) == (508, "3")


def test_spoiled_json(shop: WooShop, api: Api, product: dict) -> None:
    for kind in ("php_warning", "bom", "broken_json", "html_200"):
        shop.faults.add(kind, count=1)
        answer = api.get(f"/products/{product['id']}")
        assert answer.status_code == 200
        with pytest.raises(ValueError):
            answer.json()
        if kind == "bom":
            assert answer.content.startswith(b"\xef\xbb\xbf{")
        if kind == "php_warning":
            assert answer.content.startswith(b"<br />\n<b>Warning</b>")
    shop.faults.add("drop_fields", count=1, fields=["sku", "price"])
    row = api.get("/products").json()[0]
    assert "sku" not in row
    assert "id" in row


@pytest.mark.parametrize(("kind", "committed"), [("timeout_before", False), ("timeout_after", True)])
def test_timeouts_before_and_after_commit(
    shop: WooShop, api: Api, product: dict, kind: str, committed: bool
) -> None:
    shop.faults.add(kind, method="PUT", count=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.session.put(f"{api.base}/wc/v3/products/{product['id']}", json={"stock_quantity": 9}, timeout=0.3)
    assert shop.stock_of("A") == (9 if committed else 1)


@pytest.mark.parametrize(("kind", "committed"), [("reset", False), ("reset_after", True)])
def test_connection_reset(shop: WooShop, api: Api, product: dict, kind: str, committed: bool) -> None:
    shop.faults.add(kind, count=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.put(f"/products/{product['id']}", {"stock_quantity": 9})
    assert shop.stock_of("A") == (9 if committed else 1)
    assert api.get("/products").status_code == 200


def test_short_timeout_closes_without_an_answer(shop: WooShop, api: Api) -> None:
    shop.faults.add("timeout_before", count=1, ms=50)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.get("/products")


def test_limit_refuses_only_what_is_above_the_rate(shop: WooShop, api: Api, product: dict) -> None:
    shop.faults.add("limit", per_second=0.01, burst=3)
    answers = [api.get("/products") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 90 <= int(answers[-1].headers["Retry-After"]) <= 100
    shop.faults.clear()
    shop.faults.add("limit", per_second=100_000, burst=1)
    assert {api.get("/products").status_code for _ in range(5)} == {200}


def test_slow_answer(shop: WooShop, api: Api) -> None:
    shop.faults.add("slow", count=1, ms=150)
    assert api.get("/products").elapsed.total_seconds() >= 0.15


def test_header_stripped_and_expired_key(shop: WooShop, api: Api) -> None:
    fault = shop.faults.add("strip_authorization")
    assert api.get("/orders").json()["code"] == "woocommerce_rest_cannot_view"
    by_query = api.get("/orders", consumer_key=shop.key, consumer_secret=shop.secret)
    assert by_query.status_code == 200
    shop.faults.clear(fault)
    shop.faults.add("expired_key", count=1)
    expired = api.get("/orders")
    assert (expired.status_code, expired.json()["message"]) == (401, "Consumer key is invalid.")
    assert api.get("/orders").status_code == 200


def test_half_failed_batch(shop: WooShop, api: Api) -> None:
    rows = shop.bulk_simple(4)
    shop.faults.add("batch_fail", count=1, skus=["SIM-00002", "NEW-2"], code="db_update_error")
    body = {
        "update": [{"id": row["id"], "stock_quantity": 8} for row in rows],
        "create": [{"name": "x", "sku": "NEW-1"}, {"name": "y", "sku": "NEW-2"}],
    }
    answer = api.post("/products/batch", body).json()
    assert ["error" in row for row in answer["update"]] == [False, True, False, False]
    assert ["error" in row for row in answer["create"]] == [False, True]
    assert answer["update"][1]["error"]["code"] == "db_update_error"
    assert shop.stock_of("SIM-00002") == 5
    assert shop.stock_of("SIM-00003") == 8


def test_internal_error_commits_nothing(shop: WooShop, api: Api, product: dict) -> None:
    shop.faults.add("internal_error", count=1)
    answer = api.put(f"/products/{product['id']}", {"stock_quantity": 9})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert shop.stock_of("A") == 1


def test_faults_match_method_path_and_skip(shop: WooShop, api: Api, product: dict) -> None:
    shop.faults.add("http_503", method="POST|PUT", path="/products/\\d+", skip=1, count=1)
    path = f"/products/{product['id']}"
    statuses = [api.get(path).status_code, *(api.put(path, {"name": "x"}).status_code for _ in range(3))]
    assert statuses == [200, 200, 503, 200]


def test_probability_is_drawn_from_the_seed() -> None:
    runs = []
    for _ in range(2):
        engine = FaultEngine(seed=7)
        engine.add("slow", probability=0.5)
        runs.append([bool(engine.fire("GET", "/x")) for _ in range(50)])
    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 40


def test_unknown_fault_and_bad_probability_are_refused() -> None:
    engine = FaultEngine()
    with pytest.raises(ValueError, match="Unknown fault"):
        engine.add("earthquake")
    with pytest.raises(ValueError, match="between 0 and 1"):
        engine.add("slow", probability=2)


def test_stopping_does_not_wait_for_hanging_answers() -> None:
    began = time.monotonic()
    with WooShop(treat_as_https=True, webhook_delay=None) as shop:
        shop.faults.add("timeout_before", count=1)
        with pytest.raises(requests.exceptions.ReadTimeout):
            Api(shop).session.get(f"{shop.url}/wp-json/wc/v3/orders", timeout=0.2)
    assert time.monotonic() - began < 5


def test_cache_in_front_repeats_its_first_answer_until_a_parameter_is_added(shop: WooShop, api: Api) -> None:
    shop.faults.add("frozen_cache", brand="varnish")
    assert api.get("/products").json() == []
    shop.add_product(sku="NEW", regular_price="1.00")

    kept = api.get("/products")
    fresh = api.get("/products", anything="1")

    assert kept.json() == []
    assert (kept.headers["X-Cache"], kept.headers["X-WP-Total"], kept.headers["Age"]) == ("HIT", "0", "1")
    assert [row["sku"] for row in fresh.json()] == ["NEW"]
    assert "X-Cache" not in fresh.headers


def test_cache_in_front_answers_whoever_asks_and_lets_writes_through(shop: WooShop, api: Api) -> None:
    shop.faults.add("frozen_cache", brand="cloudflare")
    made = api.post("/products", {"name": "A", "sku": "A"}).json()
    before = api.get(f"/products/{made['id']}").json()
    api.put(f"/products/{made['id']}", {"name": "B"})

    kept = Api(shop, ("ck_nobody", "cs_nothing")).get(f"/products/{made['id']}")

    assert (kept.status_code, kept.json(), kept.headers["CF-Cache-Status"]) == (200, before, "HIT")
    assert shop.product(made["id"])["name"] == "B"


def test_cache_in_front_may_be_silent_and_drop_parameters(shop: WooShop, api: Api) -> None:
    shop.faults.add("frozen_cache", brand="silent", ignores=["nocache"])
    first = api.get("/products", nocache="1")
    shop.add_product(sku="NEW", regular_price="1.00")

    kept = api.get("/products", nocache="2")

    assert kept.json() == first.json() == []
    assert set(kept.headers) == set(first.headers)
    assert len(api.get("/products", other="1").json()) == 1


def test_blocked_methods_pass_as_post_with_an_override(shop: WooShop, api: Api, product: dict) -> None:
    shop.faults.add("block_methods")
    route = f"/products/{product['id']}"

    blocked = api.put(route, {"name": "B"})
    by_parameter = api.post(route, {"name": "C"}, _method="PUT")

    assert (blocked.status_code, blocked.headers["Content-Type"][:9]) == (405, "text/html")
    assert by_parameter.json()["name"] == "C"
    assert api.get(route).status_code == 200


def test_batch_that_dies_in_the_middle_keeps_what_was_done(shop: WooShop, api: Api) -> None:
    shop.faults.add("batch_dies", count=1, after=2)
    body = {"create": [{"name": sku, "sku": sku} for sku in ("A", "B", "C")]}
    answer = api.post("/products/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert [shop.by_sku(sku) is not None for sku in ("A", "B", "C")] == [True, True, False]
