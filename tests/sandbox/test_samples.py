"""Replays the captured exchanges of a real WooCommerce 9.9.5 (2026-11-20) in their order, and compares.

Status, code, body, key order and types must be the real ones; only clocks, keys, and what depends on the other
rows of that database are put out of the comparison.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from sandbox.woocommerce import WooShop
from tests.sandbox.client import signed_url

FOLDER = Path(__file__).resolve().parents[1] / "samples" / "woocommerce"
HOST = "http://127.0.0.1:8801"
# In the order in which they were captured; ids follow from it.
CAPTURED = [
    "products_list",
    "products_batch",
    "products_batch_over_100",
    "product_put_stock",
    "product_stock_float_400",
    "product_price_float_400",
    "product_sku_duplicate_400",
    "product_404",
    "per_page_400",
    "invalid_json_400",
    "auth_bad_key_401",
    "auth_none_401",
    "product_variable_create",
    "variations_batch",
    "products_sku_search_variation",
    "variable_get",
    "webhook_create_order_created",
    "order_create",
    "order_get",
    "order_put_status",
    "order_bad_status_400",
    "order_note",
    "order_refund",
    "orders_modified_after",
    "orders_page_beyond",
]
_FREE_HEADERS = {"Host", "Date", "Connection", "Server", "Content-Length"}


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


class Replay:
    """One shop set up as the captured one was: EUR, Spain, 21 %, prices with tax, zone +01:00."""

    def __init__(self, shop: WooShop) -> None:
        self.shop = shop
        shop.store.ids["item"] = 0
        made = shop.add_product(name="Camisa azul", sku="SKU-001", regular_price="12.50", stock_quantity=5)
        assert made["id"] == 10
        shop.rest("PUT", "/products/10", {"stock_quantity": -3})
        self.answers: dict[str, requests.Response] = {}
        for name in CAPTURED:
            self.answers[name] = self.send(name)

    def send(self, name: str) -> requests.Response:
        request = sample(name)["request"]
        path, _, query = request["path"].partition("?")
        url = f"{self.shop.url}{path}"
        key = "ck_" + "0" * 40 if name == "auth_bad_key_401" else self.shop.key
        params: dict[str, Any] = dict(unquote(p).split("=", 1) for p in query.split("&") if p)
        if name != "auth_none_401":
            url = signed_url(request["method"], url, key, self.shop.secret, **params)
        body = request["body"]
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        if isinstance(data, str):
            data = data.replace("http://127.0.0.1:8899", "http://127.0.0.1:9")
        return requests.request(
            request["method"], url, data=data, headers={"Content-Type": "application/json"}, timeout=20
        )


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    options: dict[str, Any] = {
        "currency": "EUR",
        "base_country": "ES",
        "prices_include_tax": True,
        "time_zone": "Europe/Madrid",
        "webhook_delay": None,
    }
    with WooShop(**options) as shop:
        yield Replay(shop)


def plain(value: Any, home: str) -> Any:
    """Leaves out what cannot be the same: moments, random keys, neighbours, ids of other tables' rows."""
    if isinstance(value, dict):
        return {k: _masked(k, plain(v, home)) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v, home) for v in value]
    if isinstance(value, str):
        text = value.replace(home, HOST).replace("http://127.0.0.1:9/", "http://127.0.0.1:8899/")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "<moment>", text)
        return re.sub(r"wc_order_\w+", "wc_order_<key>", text)
    return value


def _masked(key: str, value: Any) -> Any:
    if key == "related_ids":
        return "<neighbours>"
    if key == "meta_data" and isinstance(value, list):
        return [{**row, "id": "<id>"} for row in value]
    return value


def ordered(value: Any) -> Any:
    """Dicts as lists of pairs, so that the order of keys is compared too."""
    if isinstance(value, dict):
        return [(k, ordered(v)) for k, v in value.items()]
    if isinstance(value, list):
        return [ordered(v) for v in value]
    return (type(value).__name__, value)


@pytest.mark.parametrize("name", CAPTURED)
def test_exchange_answers_the_captured_status_and_body(replay: Replay, name: str) -> None:
    captured, answer = sample(name), replay.answers[name]
    assert answer.status_code == captured["status"]
    expected = plain(captured["body"], HOST)
    got = plain(answer.json(), replay.shop.url)
    if name == "order_note":
        expected["id"] = got["id"]
        expected = json.loads(json.dumps(expected).replace("/notes/5", f"/notes/{got['id']}"))
    assert got == expected
    assert ordered(got) == ordered(expected)


@pytest.mark.parametrize("name", CAPTURED)
def test_exchange_answers_the_captured_headers(replay: Replay, name: str) -> None:
    captured = {k: v for k, v in sample(name)["headers"].items() if k not in _FREE_HEADERS}
    answer = {k: v.replace(replay.shop.url, HOST) for k, v in replay.answers[name].headers.items()}
    answer = {k: v for k, v in answer.items() if k not in _FREE_HEADERS}
    for headers in (captured, answer):
        if "oauth" in headers.get("Link", ""):
            names = re.findall(r"[?&]([\w%]+)=", headers["Link"])
            headers["Link"] = f"{sorted(names)} {headers['Link'].rpartition('; ')[2]}"
        if "/notes/" in headers.get("Location", ""):
            headers["Location"] = headers["Location"].rpartition("/")[0]
    assert answer == captured


def test_bodies_are_encoded_as_php_encodes(replay: Replay) -> None:
    raw = replay.answers["order_get"].content
    assert b"N\\u00fa\\u00f1ez" in raw
    assert b"http:\\/\\/127.0.0.1" in raw
    assert b'"currency_symbol":"\\u20ac"' in raw
