"""Deliveries that are wrong, posted to the running web server as a shop or anybody else would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from activity.models import Event
from ecomsync.common.remedies import known_codes
from erp.models import SalesOrder
from orders.models import Order
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.services.pause import pause_site, resume_site
from tests.journeys.bad_input.world import act, problem, spoiled, told
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "wh_s3cret-1234567890"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    yield
    cards.clear()


@pytest.fixture
def door(live_server: Any, site: Site) -> Door:
    site.webhook_secret = SECRET
    site.webhook_integration_enabled = True
    site.save()
    return Door(live_server.url, site)


class Door:
    """Posts to the porch over HTTP."""

    def __init__(self, url: str, site: Site) -> None:
        self.host = urlsplit(url).netloc
        self.site = site

    def post(
        self,
        body: bytes,
        *,
        topic: str = "order.updated",
        secret: str | None = SECRET,
        path: str = "",
        method: str = "POST",
        **extra: str,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": topic.partition(".")[0],
            "X-WC-Webhook-Delivery-ID": "d" * 32,
            "X-WC-Webhook-ID": "1",
            **extra,
        }
        if secret is not None:
            headers["X-WC-Webhook-Signature"] = sign(body, secret)
        connection = http.client.HTTPConnection(self.host, timeout=10)
        with suppress(
            BrokenPipeError, ConnectionResetError
        ):  # refused before the body was read, and answered
            connection.request(method, path or self.site.webhook_path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        told_headers = {name.lower(): value for name, value in answer.getheaders()}
        connection.close()
        return answer.status, json.loads(content), told_headers

    def order(self, placed: dict[str, Any], **extra: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        return self.post(json.dumps(placed).encode(), **extra)


def counted(site: Site | None) -> WebhookCounter:
    return WebhookCounter.objects.get(scope=site.pk if site else 0, day=datetime.now(UTC).date())


def refused(answer: tuple[int, dict[str, Any], dict[str, str]], status: int, code: str) -> None:
    """Refused for this reason, with cause and cure, and nothing was stored."""
    assert (answer[0], answer[1]["status"]) == (status, code)
    assert len(answer[1]["message"]) > 10
    assert len(answer[1]["cure"]) > 20
    assert "set-cookie" not in answer[2]
    assert not WebhookEvent.objects.exists()
    if code in known_codes():
        told(code, answer[1]["message"])


BODY = b'{"id": 7, "status": "processing", "date_modified_gmt": "2026-05-04T10:00:00"}'


def test_a_bad_signature_stores_nothing_but_a_count(door: Door) -> None:
    for _ in range(3):
        refused(door.post(BODY, secret="another secret"), 401, "bad_signature")
    tampered = {"X-WC-Webhook-Signature": sign(BODY + b" ", SECRET)}
    refused(door.post(BODY, secret=None, **tampered), 401, "bad_signature")
    assert counted(door.site).bad_signature == 4
    assert Event.objects.filter(kind="webhook.bad_signature").count() == 1, "sampled, not one per delivery"
    assert Event.objects.get(kind="webhook.bad_signature").message


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_a_missing_or_malformed_signature(door: Door) -> None:
    for signature in (None, "", "x", "=" * 5000, "sha256=abc"):
        headers = {} if signature is None else {"X-WC-Webhook-Signature": signature}
        refused(door.post(BODY, secret=None, **headers), 401, "bad_signature")
    assert counted(door.site).bad_signature == 5


def test_a_site_without_secret_takes_nothing(door: Door) -> None:
    door.site.webhook_secret = ""
    door.site.save()
    cards.clear()
    refused(door.post(BODY, secret=""), 401, "bad_signature")


def test_a_body_of_five_megabytes(door: Door) -> None:
    refused(door.post(b"x" * (5 * 1024 * 1024)), 413, "too_large")
    assert counted(door.site).too_large == 1


def test_an_unknown_site_and_a_wrong_platform(door: Door) -> None:
    refused(door.post(BODY, path=f"/webhooks/woocommerce/{'0' * 32}/"), 404, "unknown_site")
    refused(door.post(BODY, path=f"/webhooks/shopify/{door.site.webhook_public_id}/"), 404, "unknown_site")
    refused(door.post(BODY, path="/webhooks/"), 404, "unknown_site")
    refused(door.post(BODY, path=f"/webhooks/woocommerce/{'0' * 5000}/"), 404, "unknown_site")
    assert counted(None).unknown_site == 4


def test_another_method_than_post(door: Door) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = door.post(b"", method=method, secret=None)
        refused(answer, 405, "method_not_allowed")
        assert answer[2]["allow"] == "POST"


@pytest.mark.parametrize("column", ["active", "webhook_integration_enabled"])
def test_a_site_that_takes_no_deliveries(door: Door, column: str) -> None:
    Site.objects.filter(pk=door.site.pk).update(**{column: False})
    cards.clear()
    refused(door.post(BODY), 404, "unknown_site")


def test_a_ping_means_nothing_and_is_counted(door: Door) -> None:
    connection = http.client.HTTPConnection(door.host, timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", door.site.webhook_path, b"webhook_id=12", headers)
    assert connection.getresponse().status == 200
    connection.close()
    assert counted(door.site).pings == 1
    assert not WebhookEvent.objects.exists()


def test_a_replayed_delivery_is_stored_once_and_makes_no_second_document(door: Door, woo: WooShop) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    assert [door.order(placed)[0] for _ in range(3)] == [200, 200, 200]
    event = WebhookEvent.objects.get()
    assert event.occurrences == 3
    assert process_waiting().processed == 1
    assert SalesOrder.objects.count() == 1
    # when: an attacker, or the shop, sends the very same again
    assert door.order(placed)[0] == 200
    assert process_waiting().adds_up
    assert (WebhookEvent.objects.count(), Order.objects.count(), SalesOrder.objects.count()) == (1, 1, 1)
    event.refresh_from_db()
    assert event.state == EventState.PROCESSED
    assert event.occurrences == 4
    found = counted(door.site)
    assert (found.accepted, found.duplicates) == (1, 3)


UNREADABLE = {
    "not utf-8": b'{"id": 7, "note": "\xff\xfe\xfa"}',
    "empty": b"",
    "not json": b"<html>Fatal error</html>",
    "cut": b'{"id": 7, "status": "proc',
    "warning before": b"<br />\n<b>Warning</b>: x\n" + BODY,
    "nested too deep": b"[" * 200_000,
    "nul bytes": b"\x00\x00\x00",
}


def test_a_signed_body_that_cannot_be_read_is_kept_with_its_reason(door: Door) -> None:
    for name, body in UNREADABLE.items():
        assert door.post(body)[0] == 200, "the shop must not switch its webhook off"
        event = WebhookEvent.objects.get()
        assert bytes(event.body) == body, name
        assert event.state == EventState.IGNORED, name
        assert "not JSON" in event.result, name
        assert "error log" in event.result, "what to do"
        told(event.error_code, event.result)
        assert process_waiting().taken == 0
        event.delete()


def test_an_unsigned_body_that_cannot_be_read_is_not_kept(door: Door) -> None:
    for body in UNREADABLE.values():
        refused(door.post(body, secret=None), 401, "bad_signature")


def test_signed_json_that_is_no_record(door: Door) -> None:
    for body in (b"[]", b"null", b"7", b'"text"', b"{}", b'{"id": null}', b'{"id": {"a": 1}}'):
        assert door.post(body)[0] == 200
        assert process_waiting().adds_up
        event = WebhookEvent.objects.get()
        assert event.state in (EventState.IGNORED, EventState.PROCESSED, EventState.DEAD), event.error_message
        assert event.result or event.error_message, body
        event.delete()
    assert not Order.objects.exists()


def test_a_signed_error_instead_of_the_record(door: Door) -> None:
    body = b'{"code":"woocommerce_rest_shop_order_invalid_id","message":"Invalid ID.","data":{"status":404}}'
    assert door.post(body)[0] == 200
    event = WebhookEvent.objects.get()
    assert (event.state, event.error_code) == (EventState.IGNORED, "error_body")
    assert "Invalid ID" in event.result
    told(event.error_code, event.result)


def test_headers_beyond_all_measure(door: Door, woo: WooShop) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    extra = {
        "X-WC-Webhook-Delivery-ID": "d" * 3000,
        "User-Agent": "u" * 9000,
        "X-WC-Webhook-Source": "s" * 3000,
    }
    assert door.order(placed, **extra)[0] == 200
    event = WebhookEvent.objects.get()
    assert max(len(value) for value in event.headers.values()) <= 500
    assert not any("signature" in name for name in event.headers)
    assert process_waiting().processed == 1
    assert door.order(placed, topic="order." + "x" * 3000)[0] == 200
    assert process_waiting().adds_up


def test_a_paused_site_keeps_its_events_for_later(door: Door, woo: WooShop) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    pause_site(site_id=door.site.pk, reason="stock taking")
    assert door.order(placed)[0] == 200
    assert process_waiting().taken == 0
    assert WebhookEvent.objects.get().state == EventState.PENDING
    resume_site(site_id=door.site.pk)
    assert process_waiting().processed == 1
    assert Order.objects.get().state == "imported"


def test_keys_refused_while_events_are_processed_pause_the_site_and_lose_none(
    door: Door, woo: WooShop
) -> None:
    orders = [woo.place_order([{"sku": "S1", "quantity": 1}]) for _ in range(2)]
    for placed in orders:
        assert door.order(placed)[0] == 200
    woo.faults.add("expired_key")
    assert process_waiting().adds_up
    problem(door.site, "bad_credentials")
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {(EventState.PENDING, 0)}
    woo.faults.clear()
    act(door.site, "test_connection")
    assert process_waiting().processed == 2
    assert Order.objects.filter(state="imported").count() == 2


def test_an_event_of_an_order_with_a_missing_field_keeps_the_order_as_failed(
    door: Door, woo: WooShop
) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    del placed["line_items"]
    assert door.order(placed)[0] == 200
    with spoiled(
        woo, lambda request, data: [{k: v for k, v in row.items() if k != "line_items"} for row in data]
    ):
        assert process_waiting().processed == 1
    order = Order.objects.get()
    assert order.state == "failed"
    assert "line_items is missing" in problem(door.site, "invalid_payload").message
    assert "line_items is missing" in WebhookEvent.objects.get().result
