"""The store against the sheet: envelope, sign-in, limits, misspelt keys, grid of variants, statuses, deliveries."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from sandbox.salla import SallaShop, demo
from sandbox.salla.delivery import proof


@pytest.fixture
def shop() -> Iterator[SallaShop]:
    with SallaShop(webhook_delay=None) as shop:
        yield shop


def call(
    shop: SallaShop, method: str, path: str, body: Any = None, *, token: str = "", **headers: str
) -> Any:
    """(status, JSON, headers)"""
    sent = {**shop.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{shop.url}{path}", data, sent, method=method)
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except HTTPError as error:
        return error.code, json.loads(error.read()), dict(error.headers)


def sign_in(shop: SallaShop, *, as_json: bool = False, **fields: str) -> tuple[int, dict[str, Any]]:
    form = {"client_id": shop.client_id, "client_secret": shop.secret, **fields}
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    data = json.dumps(form).encode() if as_json else urlencode(form).encode()
    request = Request(f"{shop.login_url}/oauth2/token", data, {"Content-Type": kind}, method="POST")
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def test_vectors_of_the_sheet() -> None:
    secret, body = "whsec_demo_7f3c1d9e5b", b'{"event":"app.store.authorize","merchant":1234509876}'

    headers = proof("signature", secret, body)

    assert headers["X-Salla-Signature"] == "fb150251b5ccb7fef8ea36c1e60f747892541fefdd8eec41e1c25449a08189c0"
    assert proof("token", secret, body) == {"Authorization": secret}


def test_lists_are_paged_with_the_envelope(shop: SallaShop) -> None:
    shop.bulk_simple(70)

    status, first, headers = call(shop, "GET", "/products")
    _, most, _ = call(shop, "GET", "/products?per_page=100&page=2")

    assert (status, first["success"], len(first["data"]), first["pagination"]["totalPages"]) == (
        200,
        True,
        15,
        5,
    )
    assert (most["pagination"]["perPage"], len(most["data"]), most["pagination"]["currentPage"]) == (
        60,
        10,
        2,
    )
    assert headers["X-RateLimit-Limit"] == "360" and "X-RateLimit-Reset" in headers


def test_refusals_are_arabic_unless_english_is_asked_for(shop: SallaShop) -> None:
    _, arabic, _ = call(shop, "GET", "/orders/9")
    status, english, _ = call(shop, "GET", "/orders/9", Accept_Language="en")

    assert (status, english["error"]["code"]) == (404, "not_found")
    assert arabic["error"]["message"] != english["error"]["message"]


def test_missing_scope_is_a_401_that_names_it(shop: SallaShop) -> None:
    reader = shop.add_key(("orders.read",)).access_token

    assert call(shop, "GET", "/orders", token=reader)[0] == 200
    status, body, _ = call(shop, "GET", "/products", token=reader)
    assert status == 401 and "products.read" in body["error"]["message"]


def test_refresh_token_is_good_once(shop: SallaShop) -> None:
    old = shop.add_key()

    assert sign_in(shop, as_json=True, grant_type="refresh_token", refresh_token=old.refresh_token)[0] == 400
    status, new = sign_in(shop, grant_type="refresh_token", refresh_token=old.refresh_token)
    assert status == 200 and new["expires"] > shop.app.clock.now()
    assert call(shop, "GET", "/orders", token=old.access_token)[0] == 401
    assert call(shop, "GET", "/orders", token=new["access_token"])[0] == 200

    status, body = sign_in(shop, grant_type="refresh_token", refresh_token=old.refresh_token)
    assert (status, body["error"]) == (401, "invalid_grant")
    assert call(shop, "GET", "/orders", token=new["access_token"])[0] == 401


def test_token_lapses_by_the_shops_clock(shop: SallaShop) -> None:
    made = shop.add_key()
    shop.advance(shop.options.token_life + 1)

    assert call(shop, "GET", "/orders", token=made.access_token)[0] == 401


def test_limit_of_the_plan_is_kept_to(shop: SallaShop) -> None:
    shop.options.plan, shop.options.limited = "plus", True
    shop.app.clock.freeze()
    for _ in range(120):
        assert call(shop, "GET", "/orders/statuses")[0] == 200

    status, body, headers = call(shop, "GET", "/orders/statuses")
    assert (status, body["error"]["code"]) == (429, "too_many_requests")
    assert headers["Retry-After"] == "1" and headers["X-RateLimit-Remaining"] == "0"
    shop.advance(60)
    assert call(shop, "GET", "/orders/statuses")[0] == 200


def test_only_the_misspelt_keys_are_taken(shop: SallaShop) -> None:
    shop.add_product(sku="MUG", quantity=3)
    right = {"products": [{"identifier_type": "sku", "identifier": "MUG", "quantity": 9}]}
    misspelt = {
        "products": [{"identifer_type": "sku", "identifer": "MUG", "quantity": 9, "mode": "increment"}]
    }

    assert call(shop, "POST", "/products/quantities/bulk", right)[0] == 422
    status, body, _ = call(shop, "POST", "/products/quantities/bulk", misspelt)
    assert (status, body["data"]["code"]) == (201, 201)
    assert shop.by_sku("MUG")["quantity"] == 3
    shop.advance(60)
    assert shop.by_sku("MUG")["quantity"] == 12


def test_grid_of_variants_grows_with_its_options(shop: SallaShop) -> None:
    made = shop.add_variable("SHIRT", {"اللون": ["Red", "Blue"], "المقاس": ["S", "M"]})
    assert [row["sku"] for row in made["skus"]] == [
        "SHIRT-RED-S",
        "SHIRT-RED-M",
        "SHIRT-BLUE-S",
        "SHIRT-BLUE-M",
    ]

    status, _, _ = call(shop, "POST", f"/products/options/{made['options'][1]['id']}", {"name": "L"})

    assert status == 201
    assert len(shop.product(made["id"])["skus"]) == 6


def test_product_is_hidden_without_image_and_out_without_stock(shop: SallaShop) -> None:
    body = {"name": "كوب", "price": 10, "product_type": "product", "sku": "CUP"}
    _, made, _ = call(shop, "POST", "/products", body)
    number = made["data"]["id"]
    assert made["data"]["status"] == "hidden"

    call(shop, "POST", f"/products/{number}/images", {"original": "https://x.test/1.jpg"})
    assert shop.product(number)["status"] == "out"
    call(shop, "PUT", f"/products/{number}", {"quantity": 4})
    assert shop.product(number)["status"] == "sale"
    assert call(shop, "POST", "/products", body)[0] == 422


def test_orders_have_no_filter_by_change_and_no_expanded_rows(shop: SallaShop) -> None:
    shop.add_product(sku="CUP", quantity=10)
    shop.buy("CUP")

    assert call(shop, "GET", "/orders?expanded=true")[0] == 422
    assert call(shop, "GET", "/orders?sort_by=updated_at-desc")[0] == 422
    _, body, _ = call(shop, "GET", "/orders?from_date=2020-01-01")
    assert "amounts" not in body["data"][0] and "updated_at" in body["data"][0]


def test_figures_of_an_order_are_those_of_the_sheets_example(shop: SallaShop) -> None:
    shop.add_product(sku="TSH", price="130", quantity=10)
    order = shop.place_order(
        [{"sku": "TSH", "quantity": 2}], payment_method="cod", coupon={"code": "WELCOME20", "amount": "20"}
    )

    amounts = order["amounts"]
    assert (amounts["sub_total"]["amount"], amounts["tax"]["amount"]["amount"]) == (260, 41.25)
    assert (amounts["total"]["amount"], amounts["discounts"][0]["discount"]) == (316.25, "20.00")
    assert order["items"][0]["amounts"]["tax"]["amount"]["amount"] == 36


def test_deliveries_are_signed_as_the_hook_says_and_tried_four_times(shop: SallaShop) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        body = {"name": "orders", "event": "order.created", "url": f"http://127.0.0.1:{server.server_port}/h"}
        _, hook, _ = call(shop, "POST", "/webhooks/subscribe", {**body, "secret": "ignored"})
        _, again, _ = call(shop, "POST", "/webhooks/subscribe", body)
        assert again["data"]["id"] == hook["data"]["id"]
        call(
            shop, "PUT", f"/webhooks/{hook['data']['id']}", {"security_strategy": "signature", "secret": "s3"}
        )
        shop.add_product(sku="CUP", quantity=10)
        shop.buy("CUP")
        for _ in range(6):
            shop.flush_webhooks()
            shop.advance(300)
    finally:
        server.shutdown()
        server.server_close()

    headers, raw = seen[0]
    assert len(seen) == 4 and len({body for _, body in seen}) == 1
    assert headers["X-Salla-Signature"] == hmac.new(b"s3", raw, hashlib.sha256).hexdigest()
    assert json.loads(raw)["merchant"] == shop.merchant


def test_url_unsubscribes_all_and_localhost_is_refused(shop: SallaShop) -> None:
    for event in ("order.created", "order.updated"):
        call(shop, "POST", "/webhooks/subscribe", {"name": "x", "event": event, "url": "https://a.example/h"})

    assert call(shop, "DELETE", "/webhooks/unsubscribe?url=https://a.example/h")[0] == 202
    assert shop.store.hooks == {}
    refused = {"name": "x", "event": "order.created", "url": "http://localhost/h"}
    assert call(shop, "POST", "/webhooks/subscribe", refused)[0] == 422


def test_demo_store_has_every_kind_and_survives_a_file(tmp_path: Any) -> None:
    file = str(tmp_path / "salla.state")
    with SallaShop(seed="demo", items=60, orders=40, webhook_delay=None, state_file=file) as shop:
        kinds = demo.summary(shop.store)["kinds"]
        assert {"unknown_sku", "coupon_percent", "free_shipping", "restored_full", "restored_partial", "cod", "draft",
                "price_quote", "zero_rate", "mixed_rates", "guest", "custom_status"} <= set(kinds)  # fmt: skip
        assert kinds["tax_included"] == kinds["tax_excluded"] == 20
        stock = shop.stock_of("DEMO-0001")
    with SallaShop(webhook_delay=None, state_file=file) as again:
        assert len(again.store.orders) == 40 and again.stock_of("DEMO-0001") == stock
