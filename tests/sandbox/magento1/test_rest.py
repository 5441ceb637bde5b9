"""The REST door: OAuth by the worked example, the page that comes again, stock in bulk."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.magento1 import Magento1Shop
from sandbox.magento1.oauth import percent, signature

CONSUMER, SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "a1b2c3d4e5f60718293a4b5c6d7e8f90"


class Client:
    """Signs as the sheet says; nonces are numbers."""

    def __init__(self, shop: Magento1Shop) -> None:
        self.shop = shop
        self.nonce = 0
        self.token, self.token_secret = "", ""
        shop.app.tokens.consumers[CONSUMER] = SECRET

    def ask(
        self,
        method: str,
        path: str,
        pairs: list[tuple[str, str]] | None = None,
        body: Any = None,
        **changed: str,
    ) -> tuple[int, bytes, dict[str, str]]:
        self.nonce += 1
        given = {
            "oauth_consumer_key": CONSUMER,
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(self.shop.app.clock.now()),
            "oauth_nonce": str(self.nonce),
            "oauth_version": "1.0",
            **({"oauth_token": self.token} if self.token else {}),
            **changed,
        }
        query = pairs or []
        url = f"{self.shop.server.url}{path}"
        signed = signature(method, url, [*given.items(), *query], SECRET, self.token_secret)
        given.setdefault("oauth_signature", signed)
        header = "OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in given.items())
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        target = f"{path}?{urlencode(query)}" if query else path
        raw = json.dumps(body).encode() if body is not None else None
        connection.request(method, target, raw, {"Authorization": header, "Content-Type": "application/json"})
        answer = connection.getresponse()
        found = answer.status, answer.read(), dict(answer.getheaders())
        connection.close()
        return found

    def sign_in(self) -> None:
        _, body, _ = self.ask("POST", "/oauth/initiate", oauth_callback="oob")
        told = dict(parse_qsl(body.decode()))
        assert told["oauth_callback_confirmed"] == "true"
        verifier = self.shop.app.tokens.authorize(told["oauth_token"])
        self.token, self.token_secret = told["oauth_token"], told["oauth_token_secret"]
        _, body, _ = self.ask("POST", "/oauth/token", oauth_verifier=verifier)
        told = dict(parse_qsl(body.decode()))
        self.token, self.token_secret = told["oauth_token"], told["oauth_token_secret"]

    def get(self, path: str, *pairs: tuple[str, str]) -> tuple[int, Any]:
        status, body, _ = self.ask("GET", path, list(pairs))
        return status, json.loads(body)


def test_worked_signature_of_the_sheet() -> None:
    pairs = [
        ("page", "1"),
        ("limit", "50"),
        ("filter[1][attribute]", "updated_at"),
        ("filter[1][gteq]", "2024-05-01 00:00:00"),
        ("oauth_consumer_key", CONSUMER),
        ("oauth_nonce", "7d8f3e4a5b"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1714550400"),
        ("oauth_token", "11223344556677889900aabbccddeeff"),
        ("oauth_version", "1.0"),
    ]
    found = signature(
        "GET", "https://old.example.com/api/rest/orders", pairs, SECRET, "ffeeddccbbaa00998877665544332211"
    )

    assert found == "TwxG9ih2p6TBbn1HDaUkOCSuxVQ="


def test_parameters_are_in_natural_order() -> None:
    pairs = [(f"filter[{n}][attribute]", "x") for n in (10, 2, 1)]
    assert signature("GET", "u", pairs, "s") == signature(
        "GET", "u", sorted(pairs, key=lambda p: len(p[0])), "s"
    )


def test_three_steps_and_what_goes_wrong(shop: Magento1Shop) -> None:
    client = Client(shop)
    assert client.ask("POST", "/oauth/initiate")[0] == 400, "the callback is mandatory"
    client.sign_in()
    assert client.get("/api/rest/orders") == (200, {})

    cases: list[tuple[dict[str, Any], str, int]] = [
        ({"oauth_signature": "x"}, "signature_invalid", 401),
        ({"oauth_version": "2.0"}, "version_rejected", 400),
        ({"oauth_timestamp": str(shop.app.clock.now() + 700)}, "timestamp_refused", 400),
        ({"oauth_consumer_key": "nobody"}, "consumer_key_rejected", 401),
        ({"oauth_token": "other"}, "token_rejected", 401),
        ({"oauth_nonce": "1"}, "nonce_used", 401),
    ]
    for changed, problem, status in cases:
        if problem == "nonce_used":
            client.ask("GET", "/api/rest/orders", oauth_nonce="1")
        found, body, _ = client.ask("GET", "/api/rest/orders", **changed)
        message = json.loads(body)["messages"]["error"][0]["message"]
        assert (found, message) == (status, f"oauth_problem={problem}")


def test_page_beyond_the_end_is_the_last_one_again(shop: Magento1Shop) -> None:
    shop.bulk_simple(25)
    client = Client(shop)
    client.sign_in()
    pages = [list(client.get("/api/rest/products", ("page", str(n)))[1]) for n in (1, 3, 4, 99)]

    assert len(pages[0]) == 10
    assert pages[1] == pages[2] == pages[3] and len(pages[1]) == 5
    assert client.get("/api/rest/products", ("limit", "101")) == (
        400,
        {"messages": {"error": [{"code": 400, "message": "The paging limit exceeds the allowed number."}]}},
    )


def test_orders_embed_their_rows_and_are_filtered(shop: Magento1Shop) -> None:
    shop.bulk_orders(3)
    client = Client(shop)
    client.sign_in()
    first = next(iter(shop.store.orders.values()))
    filters = (("filter[1][attribute]", "increment_id"), ("filter[1][eq]", first.increment_id))
    status, found = client.get("/api/rest/orders", *filters)

    assert status == 200 and list(found) == [str(first.id)]
    row = found[str(first.id)]
    assert row["order_items"][0]["sku"] == "BULK" and len(row["addresses"]) == 2
    assert "state" not in row and "order_currency_code" not in row
    assert (
        client.get("/api/rest/orders", ("filter[1][attribute]", "secret"), ("filter[1][eq]", "1"))[0] == 400
    )
    assert client.get(f"/api/rest/orders/{first.id}/items")[1][0]["sku"] == "BULK"
    assert client.get("/api/rest/orders/999")[0] == 404
    assert client.ask("DELETE", f"/api/rest/orders/{first.id}")[0] == 405


def test_stock_in_bulk_answers_207_with_each_row(shop: Magento1Shop) -> None:
    product = shop.add_product("A")
    client = Client(shop)
    client.sign_in()
    rows = [{"item_id": product.id, "qty": 12, "is_in_stock": 1}, {"item_id": 9999, "qty": 1}]
    status, body, _ = client.ask("PUT", "/api/rest/stockitems", body=rows)

    assert status == 207
    assert json.loads(body) == {
        "success": [{"item_id": product.id, "message": "Resource updated successful.", "code": 200}],
        "error": [{"item_id": 9999, "message": "StockItem #9999 not found.", "code": 400}],
    }
    assert shop.stock_of("A") == 12


def test_only_simple_products_are_made(shop: Magento1Shop) -> None:
    client = Client(shop)
    client.sign_in()
    data = {
        "type_id": "simple", "attribute_set_id": 4, "sku": "NEW", "name": "n", "description": "d", "short_description": "s",
        "weight": "1", "status": "1", "visibility": "4", "tax_class_id": "2", "price": "5",
    }  # fmt: skip
    status, body, headers = client.ask("POST", "/api/rest/products", body=data)

    assert (status, body) == (200, b"")
    product = shop.by_sku("NEW")
    assert product is not None and headers["Location"] == f"/api/rest/products/{product.id}"
    assert (
        client.ask("POST", "/api/rest/products", body={**data, "sku": "X", "type_id": "configurable"})[0]
        == 405
    )
    assert client.ask("POST", "/api/rest/products", body={"sku": "X"})[0] == 400
