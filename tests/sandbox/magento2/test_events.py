from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote

import pytest
import requests

from sandbox.magento2 import Magento2Shop, rsa
from tests.sandbox.client import Receiver
from tests.sandbox.magento2.client import Api, criteria, oauth_header

TOKEN = "3b9f-static"


def good(signature: str, message: bytes) -> bool:
    """RSA PKCS #1 v1.5 with SHA-256, checked the short way."""
    opened = pow(int.from_bytes(base64.b64decode(signature), "big"), rsa.EXPONENT, rsa.MODULUS)
    return opened.to_bytes(128, "big").endswith(hashlib.sha256(message).digest())


@pytest.fixture
def stocked(shop: Magento2Shop) -> Magento2Shop:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=50)
    return shop


def test_open_source_sends_nothing_by_itself(stocked: Magento2Shop, api: Api) -> None:
    stocked.buy("MUG")
    assert stocked.flush_webhooks() == []
    assert api.get("/webhooks/list").status_code == 404
    assert api.get("/eventing/getEventSubscriptions").status_code == 404


# The third-party module.


def test_the_module_sends_what_its_template_says(stocked: Magento2Shop, receiver: Receiver) -> None:
    stocked.add_hook(f"{receiver.url}/hooks/magento2/7f3c/", token=TOKEN)
    order = stocked.buy("MUG")
    sent = stocked.flush_webhooks()
    assert [(row["kind"], row["topic"], row["status"]) for row in sent] == [("module", "order", 200)]
    delivery = receiver.got[0]
    assert delivery.headers["X-Ecomsync-Token"] == TOKEN
    assert not any("signature" in name.lower() or "delivery" in name.lower() for name in delivery.headers)
    shown = stocked.order(order["entity_id"])
    assert json.loads(delivery.body) == {
        "topic": "order",
        "id": order["entity_id"],
        "increment_id": "000000001",
        "updated_at": shown["updated_at"],
    }


def test_the_module_knows_its_topics_and_filters_by_status(
    stocked: Magento2Shop, api: Api, receiver: Receiver
) -> None:
    stocked.add_hook(receiver.url, statuses=["processing"])
    for topic in ("new_invoice", "new_shipment", "new_creditmemo", "new_order_comment", "update_product"):
        stocked.add_hook(receiver.url, topic, template='{"sku":"{{item.sku}}"}')
    order = stocked.place_order([{"sku": "MUG"}], payment_method="checkmo")["entity_id"]
    assert stocked.flush_webhooks() == []
    stocked.invoice(order)
    stocked.ship(order)
    stocked.refund(order)
    api.post(f"/orders/{order}/comments", {"statusHistory": {"comment": "Done"}})
    api.put("/products/MUG", {"product": {"name": "Cup"}})
    topics = [row["topic"] for row in stocked.flush_webhooks()]
    # The order is saved with each of its documents; the hook on it is for `processing` alone.
    assert topics == [
        "new_invoice",
        "order",
        "new_shipment",
        "new_creditmemo",
        "new_order_comment",
        "update_product",
    ]
    assert json.loads(receiver.got[-1].body)["sku"] == "MUG"
    with pytest.raises(ValueError, match="The module has no hook"):
        stocked.add_hook(receiver.url, "nothing")


def test_the_module_never_tries_again_and_may_announce_what_is_not_there(
    stocked: Magento2Shop, api: Api, receiver: Receiver
) -> None:
    stocked.add_hook(receiver.url)
    receiver.status = 500
    stocked.buy("MUG")
    assert [row["status"] for row in stocked.flush_webhooks()] == [500]
    stocked.advance(86_400)
    assert stocked.flush_webhooks() == []
    stocked.announce("order", 4711)
    stocked.flush_webhooks()
    assert json.loads(receiver.got[-1].body)["id"] == 4711
    assert api.get("/orders/4711").status_code == 404


def test_faults_of_deliveries(stocked: Magento2Shop, receiver: Receiver) -> None:
    stocked.add_hook(receiver.url, token=TOKEN)
    stocked.faults.add("webhook_duplicate", times=2, count=1)
    stocked.buy("MUG")
    assert len(stocked.flush_webhooks()) == 3
    stocked.faults.add("webhook_wrong_signature", count=1)
    stocked.buy("MUG")
    stocked.flush_webhooks()
    assert receiver.got[-1].headers["X-Ecomsync-Token"] != TOKEN
    stocked.faults.add("webhook_drop", count=1)
    stocked.buy("MUG")
    assert stocked.flush_webhooks()[0]["problem"] == "dropped by fault"
    stocked.faults.add("webhook_disable", count=1)
    stocked.buy("MUG")
    stocked.flush_webhooks()
    stocked.buy("MUG")
    assert stocked.flush_webhooks() == []


def test_deliveries_leave_by_themselves_and_only_to_loopback(receiver: Receiver) -> None:
    with Magento2Shop(webhook_delay=0.01) as shop:
        shop.add_product(sku="MUG", stock_quantity=5)
        shop.add_hook(receiver.url)
        shop.add_hook("http://shop.example.com/x")
        shop.buy("MUG")
        for _ in range(200):
            if len(shop.deliveries) == 2:
                break
            time.sleep(0.02)
        assert sorted(row["status"] for row in shop.deliveries) == [0, 200]


# Commerce Webhooks.


def hook(url: str, **changes: Any) -> dict[str, Any]:
    row = {
        "webhook_method": "observer.sales_order_place_after",
        "webhook_type": "after",
        "batch_name": "erp",
        "hook_name": "order_placed",
        "url": url,
        "required": False,
        "fields": [
            {"name": "id", "source": "data.order.entity_id"},
            {"name": "order.number", "source": "order.increment_id"},
        ],
        "headers": [{"name": "X-Shared", "value": "s3"}],
        **changes,
    }
    return {"webhook": row}


def test_commerce_hooks_are_subscribed_signed_and_listed(
    stocked: Magento2Shop, api: Api, receiver: Receiver
) -> None:
    stocked.options.edition, stocked.options.webhook_signing = "Commerce", True
    receiver.answer = b'{"op":"success"}'
    assert api.post("/webhooks/subscribe", hook(receiver.url)).json() is True
    assert api.post("/webhooks/subscribe", hook(receiver.url)).json() is True
    assert len(api.get("/webhooks/list").json()) == 1
    order = stocked.buy("MUG")
    assert [(r["kind"], r["problem"]) for r in stocked.flush_webhooks()] == [("commerce", "")]
    delivery = receiver.got[0]
    assert json.loads(delivery.body) == {"id": order["entity_id"], "order": {"number": "000000001"}}
    assert delivery.headers["X-Shared"] == "s3"
    assert good(delivery.headers["x-adobe-commerce-webhook-signature"], base64.b64encode(delivery.body))
    stocked.options.signs_base64 = False
    stocked.buy("MUG")
    stocked.flush_webhooks()
    assert good(receiver.got[1].headers["x-adobe-commerce-webhook-signature"], receiver.got[1].body)
    assert api.post("/webhooks/unsubscribe", hook(receiver.url)).json() is True
    assert api.post("/webhooks/unsubscribe", hook(receiver.url)).status_code == 404


def test_a_required_hook_that_fails_breaks_the_checkout(
    stocked: Magento2Shop, api: Api, receiver: Receiver
) -> None:
    stocked.options.edition = "Commerce"
    body = hook(receiver.url, fallback_error_message="Not now")
    del body["webhook"]["required"]
    api.post("/webhooks/subscribe", body)
    with pytest.raises(ValueError, match="Not now"):
        stocked.buy("MUG")
    assert (len(stocked.store.orders), int(stocked.salable_of("MUG"))) == (0, 50)
    receiver.answer = b'{"op":"success"}'
    assert stocked.buy("MUG")["state"] == "processing"


# I/O events.


class Echo(Receiver):
    """Answers the challenge, as our receivers must."""

    def __enter__(self) -> Echo:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, parse_qs(self.path.partition("?")[2]).get("challenge", [""])[0].encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.record(self.path, dict(self.headers.items()), body)
                self._answer(receiver.status, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def record(self, path: str, headers: dict[str, str], body: bytes) -> None:
        from tests.sandbox.client import Delivery

        self.got.append(Delivery(path, "HTTP/1.1", headers, body))


EVENT = {
    "event": {
        "name": "observer.sales_order_save_commit_after",
        "fields": [{"name": "entity_id"}, {"name": "status"}],
    }
}


def test_io_events_are_cloud_events_with_two_signatures(
    stocked: Magento2Shop, api: Api, receiver: Receiver
) -> None:
    stocked.options.edition = "Commerce"
    assert api.post("/eventing/eventSubscribe", EVENT).json() is True
    assert api.post("/eventing/eventSubscribe", EVENT).status_code == 400
    with pytest.raises(ValueError, match="did not echo the challenge"):
        stocked.add_hook(receiver.url, kind="io")
    with Echo() as echo:
        stocked.add_hook(echo.url, kind="io")
        order = stocked.buy("MUG")
        stocked.flush_webhooks()
        delivery = echo.got[0]
        body, headers = json.loads(delivery.body), delivery.headers
        assert (
            body["type"]
            == headers["x-adobe-event-code"]
            == "com.adobe.commerce.observer.sales_order_save_commit_after"
        )
        assert body["data"] == {"entity_id": order["entity_id"], "status": "processing"}
        assert headers["x-adobe-event-id"] == body["id"]
        assert good(headers["x-adobe-digital-signature-1"], delivery.body)
        assert good(headers["x-adobe-digital-signature-2"], delivery.body)
        pem = requests.get(f"{stocked.url}{headers['x-adobe-public-key1-path']}", timeout=5).text
        assert pem.startswith("-----BEGIN PUBLIC KEY-----")
        stocked.options.first_key_retired, stocked.options.event_wrapping = True, "value"
        stocked.buy("MUG")
        stocked.flush_webhooks()
        again = echo.got[1]
        assert not good(again.headers["x-adobe-digital-signature-1"], again.body)
        assert good(again.headers["x-adobe-digital-signature-2"], again.body)
        assert json.loads(again.body)["data"]["value"]["status"] == "processing"
    assert api.post("/eventing/eventUnsubscribe/observer.sales_order_save_commit_after", {}).json() is True
    assert api.get("/eventing/getEventSubscriptions").json() == []


def test_io_events_come_again_with_the_same_id_until_switched_off(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.edition = "Commerce"
    stocked.app.clock.freeze()
    api.post("/eventing/eventSubscribe", EVENT)
    with Echo() as echo:
        stocked.add_hook(echo.url, kind="io")
        echo.status = 503
        stocked.buy("MUG")
        assert len(stocked.flush_webhooks()) == 1
        assert stocked.flush_webhooks() == []
        for wait in (60, 120, 240, 480, 900):
            stocked.advance(wait)
            assert len(stocked.flush_webhooks()) == 1, wait
        assert [d.headers.get("x-adobe-retry-count") for d in echo.got] == [None, "1", "2", "3", "4", "5"]
        assert len({d.headers["x-adobe-event-id"] for d in echo.got}) == 1
        assert len({d.headers["x-adobe-delivery-id"] for d in echo.got}) == 6
        for _ in range(8):
            stocked.advance(900)
            stocked.flush_webhooks()
        assert len(echo.got) == 10  # ten tries in a day, none good: the registration is off
        echo.status = 400
        stocked.buy("MUG")
        assert stocked.flush_webhooks() == []


# The handshake.


def test_an_integration_with_a_callback_gets_its_tokens(shop: Magento2Shop, receiver: Receiver) -> None:
    grant = shop.activate(f"{receiver.url}/callback", "Magento_Backend::store")
    form = dict(parse_qsl(receiver.got[0].body.decode()))
    assert form["store_base_url"] == f"{shop.url}/"
    key, secret = form["oauth_consumer_key"], form["oauth_consumer_secret"]

    def ask(step: str, token: str = "", token_secret: str = "", **more: Any) -> requests.Response:
        url = f"{shop.url}/oauth/token/{step}"
        header = oauth_header("POST", url, [], (key, secret, token, token_secret), **more)
        return requests.post(url, headers={"Authorization": header}, timeout=5)

    first = dict(parse_qsl(ask("request").text))
    wrong = ask("access", first["oauth_token"], first["oauth_token_secret"], oauth_verifier="x")
    assert (wrong.status_code, wrong.text) == (401, f"oauth_problem={quote('OAuth verifier is invalid')}")
    done = ask(
        "access", first["oauth_token"], first["oauth_token_secret"], oauth_verifier=form["oauth_verifier"]
    )
    pair = dict(parse_qsl(done.text))
    api = Api(shop, keys=(key, secret, pair["oauth_token"], pair["oauth_token_secret"]))
    assert api.get("/modules").status_code == 200
    assert api.get("/products", criteria()).status_code == 401
    assert grant.token == pair["oauth_token"]
    shop.advance(301)
    assert ask("request").text == "oauth_problem=Consumer%20key%20has%20expired"
