from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.woocommerce import WooShop
from sandbox.woocommerce.auth import pct
from tests.sandbox.client import Api, signed_url


@pytest.fixture
def plain_shop() -> Iterator[WooShop]:
    """A shop on plain HTTP that knows it."""
    with WooShop(webhook_delay=None) as running:
        yield running


def code(answer: requests.Response) -> str:
    found: str = answer.json()["code"]
    return found


def test_basic_signs_in_over_https_only(shop: WooShop, plain_shop: WooShop) -> None:
    assert Api(shop).get("/orders").status_code == 200
    refused = Api(plain_shop).get("/orders")
    assert (refused.status_code, code(refused)) == (401, "woocommerce_rest_cannot_view")
    assert refused.json()["message"] == "Sorry, you cannot list resources."


def test_forwarded_proto_makes_a_shop_believe_in_https(plain_shop: WooShop) -> None:
    answer = requests.get(
        f"{plain_shop.url}/wp-json/wc/v3/orders",
        auth=plain_shop.auth,
        headers={"X-Forwarded-Proto": "https"},
        timeout=10,
    )
    assert answer.status_code == 200


def test_basic_names_a_wrong_secret_but_not_an_unknown_key(shop: WooShop) -> None:
    wrong_secret = Api(shop, (shop.key, "cs_no")).get("/orders")
    assert (wrong_secret.status_code, wrong_secret.json()["message"]) == (401, "Consumer secret is invalid.")
    unknown = Api(shop, ("ck_no", "cs_no")).get("/orders")
    assert (unknown.status_code, code(unknown)) == (401, "woocommerce_rest_cannot_view")


def test_query_keys_win_over_the_header(shop: WooShop) -> None:
    answer = Api(shop, ("ck_no", "cs_no")).get("/orders", consumer_key=shop.key, consumer_secret=shop.secret)
    assert answer.status_code == 200


def test_link_header_repeats_the_secret_of_query_keys(shop: WooShop) -> None:
    shop.bulk_simple(3)
    url = f"{shop.url}/wp-json/wc/v3/products"
    params: dict[str, str | int] = {"consumer_key": shop.key, "consumer_secret": shop.secret, "per_page": 1}
    link = requests.get(url, params=params, timeout=10).headers["Link"]
    assert f"consumer_secret={shop.secret}" in link
    assert link.endswith('page=2>; rel="next"')


@pytest.mark.parametrize("digest", ["SHA1", "SHA256"])
def test_oauth_signs_in_over_http_with_array_parameters(plain_shop: WooShop, digest: str) -> None:
    url = f"{plain_shop.url}/wp-json/wc/v3/orders"
    params: dict[str, Any] = {"status[0]": "processing", "status[1]": "on-hold", "per_page": "100"}
    signed = signed_url("GET", url, plain_shop.key, plain_shop.secret, digest=digest, **params)
    assert requests.get(signed, timeout=10).status_code == 200


def test_oauth_refuses_a_used_nonce_so_that_the_next_link_cannot_be_followed(plain_shop: WooShop) -> None:
    plain_shop.bulk_simple(3)
    url = f"{plain_shop.url}/wp-json/wc/v3/products"
    first = requests.get(signed_url("GET", url, plain_shop.key, plain_shop.secret, per_page="1"), timeout=10)
    follow = requests.get(first.headers["Link"].split(">")[0].strip("<"), timeout=10)
    assert follow.status_code == 401
    again = signed_url("GET", url, plain_shop.key, plain_shop.secret, nonce="n1")
    assert requests.get(again, timeout=10).status_code == 200
    repeated = requests.get(again, timeout=10)
    assert repeated.json()["message"] == "Invalid nonce - nonce has already been used."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": "ck_no"}, "Consumer key is invalid."),
        ({"secret": "cs_no"}, "Invalid signature - provided signature does not match."),
        ({"digest": "MD5"}, "Invalid signature - signature method is invalid."),
        ({"timestamp": int(time.time()) - 3600}, "Invalid timestamp."),
    ],
)
def test_oauth_names_what_is_wrong(plain_shop: WooShop, change: dict[str, str], message: str) -> None:
    arguments = {"key": plain_shop.key, "secret": plain_shop.secret, **change}
    url = f"{plain_shop.url}/wp-json/wc/v3/orders"
    answer = requests.get(signed_url("GET", url, **arguments), timeout=10)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["message"]) == (401, message)
    assert code(answer) == "woocommerce_rest_authentication_error"


def test_oauth_names_missing_parameters(plain_shop: WooShop) -> None:
    answer = requests.get(f"{plain_shop.url}/wp-json/wc/v3/orders?oauth_consumer_key=x", timeout=10)
    assert code(answer) == "woocommerce_rest_authentication_missing_parameter"


def test_oauth_worked_example_of_the_fact_sheet() -> None:
    # The base string's double encoding: status[0] becomes status%255B0%255D.
    assert pct(pct("status[0]")) == "status%255B0%255D"


def test_read_only_key_may_not_write_and_a_buyer_may_nothing(shop: WooShop) -> None:
    reader = shop.add_key("read")
    refused = Api(shop, (reader.key, reader.secret)).post("/products", {"name": "x"})
    assert refused.status_code == 401
    assert refused.json()["message"] == "The API key provided does not have write permissions."
    buyer = shop.add_key(role="customer")
    forbidden = Api(shop, (buyer.key, buyer.secret)).get("/orders")
    assert (forbidden.status_code, code(forbidden)) == (403, "woocommerce_rest_cannot_view")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/products/1", "view"),
        ("POST", "/products", "create"),
        ("PUT", "/products/1", "edit"),
        ("DELETE", "/products/1", "delete"),
        ("POST", "/products/batch", "batch"),
    ],
)
def test_anonymous_calls_are_refused_by_what_they_wanted(
    shop: WooShop, method: str, path: str, expected: str
) -> None:
    answer = requests.request(method, f"{shop.url}/wp-json/wc/v3{path}", json={}, timeout=10)
    assert (answer.status_code, code(answer)) == (401, f"woocommerce_rest_cannot_{expected}")


def test_revoked_key_is_anonymous(shop: WooShop, api: Api) -> None:
    shop.revoke_key(shop.key)
    assert api.get("/orders").status_code == 401


def test_index_and_discovery_answer_without_keys(plain_shop: WooShop) -> None:
    home = requests.get(f"{plain_shop.url}/", timeout=10)
    assert home.headers["Link"] == f'<{plain_shop.url}/wp-json/>; rel="https://api.w.org/"'
    assert requests.head(f"{plain_shop.url}/", timeout=10).headers["Link"] == home.headers["Link"]
    index = requests.get(f"{plain_shop.url}/wp-json/", timeout=10).json()
    assert "wc/v3" in index["namespaces"]
    assert (index["timezone_string"], index["gmt_offset"]) == ("Asia/Riyadh", 3)


def test_shop_without_pretty_permalinks_answers_rest_route_only() -> None:
    with WooShop(pretty_permalinks=False, webhook_delay=None) as shop:
        assert requests.get(f"{shop.url}/wp-json/wc/v3/orders", timeout=10).status_code == 404
        url = signed_url("GET", f"{shop.url}/", shop.key, shop.secret, rest_route="/wc/v3/orders")
        assert requests.get(url, timeout=10).json() == []
        assert "?rest_route=/" in requests.get(f"{shop.url}/", timeout=10).headers["Link"]


def test_shop_in_a_sub_folder_with_another_prefix() -> None:
    with WooShop(base_path="/shop", rest_prefix="api", webhook_delay=None) as shop:
        url = f"{shop.url}/api/wc/v3/orders"
        assert shop.url.endswith("/shop")
        assert requests.get(signed_url("GET", url, shop.key, shop.secret), timeout=10).status_code == 200
        assert f"{shop.url}/api/" in requests.get(f"{shop.url}/", timeout=10).headers["Link"]


def test_method_override_by_parameter_and_header(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="1.00")
    answer = api.post(f"/products/{product['id']}", {"regular_price": "2.00"}, _method="PUT")
    assert answer.json()["regular_price"] == "2.00"
    api.session.headers["X-HTTP-Method-Override"] = "DELETE"
    assert api.post(f"/products/{product['id']}", {}, force="true").status_code == 200
    assert shop.counters.calls("PUT /products/<id>") == 1
    assert shop.counters.calls("DELETE /products/<id>") == 1


def test_keys_go_with_their_user(shop: WooShop) -> None:
    key = shop.add_key(user_id=7)
    other = shop.add_key(user_id=8)

    assert shop.delete_user(7) == 1

    assert Api(shop, (key.key, key.secret)).get("/orders").status_code == 401
    assert Api(shop, (other.key, other.secret)).get("/orders").status_code == 200
