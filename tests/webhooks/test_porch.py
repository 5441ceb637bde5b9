"""What the porch answers, what it keeps, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from sandbox.bigcommerce.app_flow import jwt
from sites.models import EventActionLine
from tests.webhooks.world import SECRET, body_of, deliver, make_site, order_payload, sign
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db


def counter(site: Any = None) -> WebhookCounter:
    return WebhookCounter.objects.get(scope=site.pk if site else 0)


def test_a_signed_delivery_is_kept_and_answered() -> None:
    site = make_site()
    response = deliver(site, order_payload())
    assert (response.status_code, response.json()) == (200, {"status": "stored"})
    assert response["Content-Length"] == str(len(response.content))
    event = WebhookEvent.objects.get()
    assert (event.site, event.kind, event.topic) == (site, "order.updated", "order.updated")
    assert (event.remote_id, event.resource, event.state) == ("7", "order", EventState.PENDING)
    assert event.payload == order_payload()
    assert event.occurred_at.isoformat() == "2026-05-04T10:00:00+00:00"
    assert event.critical is False
    assert len(event.trace_id) == 32


def test_headers_are_kept_without_the_signature() -> None:
    deliver(make_site(), order_payload())
    headers = WebhookEvent.objects.get().headers
    assert headers["x-wc-webhook-topic"] == "order.updated"
    assert not [name for name in headers if "signature" in name or "cookie" in name]


def test_the_porch_costs_one_insert_and_a_select_only_when_cold() -> None:
    site = make_site()
    with CaptureQueriesContext(
        connection,
    ) as cold:
        deliver(site, order_payload(1))
    assert [re.match(r"\w+", query["sql"])[0] for query in cold] == ["SELECT", "INSERT"]  # type: ignore[index]
    for number in (2, 3):
        with CaptureQueriesContext(connection) as warm:
            deliver(site, order_payload(number))
        assert [re.match(r"\w+", query["sql"])[0] for query in warm] == ["INSERT"]  # type: ignore[index]


def test_the_porch_sets_no_cookie_and_needs_no_csrf_token() -> None:
    site = make_site()
    body = body_of(order_payload())
    client = Client(enforce_csrf_checks=True)
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": sign(body)}
    response = client.post(site.webhook_path, body, content_type="application/json", headers=headers)
    assert response.status_code == 200
    assert not response.cookies


def test_events_that_share_a_delivery_id_are_all_kept() -> None:
    site = make_site()
    for number in range(51):
        assert deliver(site, order_payload(number)).status_code == 200
    assert WebhookEvent.objects.count() == 51


def test_the_same_content_again_counts_up_and_waits_once() -> None:
    site = make_site()
    for _time in range(3):
        assert deliver(site, order_payload()).status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.occurrences, event.state) == (3, EventState.PENDING)


@pytest.mark.parametrize(
    "state", [EventState.PROCESSED, EventState.IGNORED, EventState.DEAD, EventState.FAILED]
)
def test_the_same_content_after_it_was_done_waits_again(state: str) -> None:
    site = make_site()
    deliver(site, {"id": 7}, topic="order.deleted")
    WebhookEvent.objects.update(state=state, attempts=3, actions=[{"key": "x"}])
    deliver(site, {"id": 7}, topic="order.deleted")
    event = WebhookEvent.objects.get()
    assert (event.state, event.attempts, event.actions, event.occurrences) == (EventState.PENDING, 0, [], 2)


def test_the_same_content_under_work_is_taken_from_its_worker() -> None:
    site = make_site()
    deliver(site, order_payload())
    WebhookEvent.objects.update(state=EventState.PROCESSING, claimed_by="me")
    deliver(site, order_payload())
    event = WebhookEvent.objects.get()
    assert (event.state, event.claimed_by) == (EventState.PENDING, "")


def test_a_bad_signature_is_refused_and_only_counted() -> None:
    site = make_site()
    for _time in range(3):
        response = deliver(site, order_payload(), secret="not the secret")
        assert response.status_code == 401
        assert response.json()["status"] == "bad_signature"
    assert WebhookEvent.objects.count() == 0
    assert counter(site).bad_signature == 3
    sampled = Event.objects.filter(kind="webhook.bad_signature")
    assert sampled.count() == 1
    assert "processing" not in str(sampled.values())


def test_a_missing_signature_is_refused() -> None:
    site = make_site()
    response = Client().post(site.webhook_path, body_of(order_payload()), content_type="application/json")
    assert response.status_code == 401


def test_a_changed_secret_is_known_at_once() -> None:
    site = make_site()
    deliver(site, order_payload(1))
    site.webhook_secret = "another-secret-0123456789"
    site.save()
    assert deliver(site, order_payload(2), secret="another-secret-0123456789").status_code == 200
    assert deliver(site, order_payload(3)).status_code == 401


def test_a_secret_changed_by_another_process_is_looked_up_before_a_delivery_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = make_site()
    deliver(site, order_payload(1))
    type(site).objects.filter(pk=site.pk).update(webhook_secret="another-secret-0123456789")
    monkeypatch.setattr("webhooks.porch.DOUBT_SECONDS", 0.0)
    assert deliver(site, order_payload(2), secret="another-secret-0123456789").status_code == 200


def test_a_ping_is_answered_and_only_counted() -> None:
    site = make_site()
    response = Client().post(
        site.webhook_path, b"webhook_id=12", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200
    assert WebhookEvent.objects.count() == 0
    assert counter(site).pings == 1


def test_a_signed_error_body_is_kept_with_its_reason_and_ignored() -> None:
    site = make_site()
    error = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    for _time in range(2):
        assert deliver(site, error, topic="product.created").status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.state, event.error_code, event.occurrences) == (EventState.IGNORED, "error_body", 2)
    assert "Invalid ID." in event.result


@pytest.mark.parametrize("body", [b"\xff\xfe not utf-8 \x80", b"{broken", b"", b"<html>maintenance</html>"])
def test_a_signed_body_that_cannot_be_read_is_kept_as_what_it_is(body: bytes) -> None:
    site = make_site()
    assert deliver(site, body).status_code == 200
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    assert event.state == EventState.IGNORED
    assert event.payload is None


def test_an_unknown_topic_is_kept() -> None:
    site = make_site()
    assert deliver(site, {"action": "woocommerce_x"}, topic="action.woocommerce_x").status_code == 200
    assert WebhookEvent.objects.get().kind == "unknown"


@pytest.mark.parametrize("size", [5 * 1024 * 1024])
def test_a_body_of_5_mb_is_refused(size: int) -> None:
    site = make_site()
    response = deliver(site, b"x" * size)
    assert (response.status_code, response.json()["status"]) == (413, "too_large")
    assert WebhookEvent.objects.count() == 0
    assert counter(site).too_large == 1


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/woocommerce/nobody/",
        "/webhooks/shopify/{id}/",
        "/webhooks/",
        "/webhooks/woocommerce/{id}/x/",
    ],
)
def test_an_address_that_nobody_has_is_not_found(path: str) -> None:
    site = make_site()
    response = deliver(site, order_payload(), path=path.format(id=site.webhook_public_id))
    assert (response.status_code, response.json()["status"]) == (404, "unknown_site")
    assert counter().unknown_site == 1


@pytest.mark.parametrize("values", [{"active": False}, {"webhook_integration_enabled": False}])
def test_a_site_that_takes_no_webhooks_is_not_found(values: dict[str, Any]) -> None:
    assert deliver(make_site(**values), order_payload()).status_code == 404
    assert WebhookEvent.objects.count() == 0


def test_a_paused_site_keeps_its_events_for_later() -> None:
    assert deliver(make_site(paused=True), order_payload()).status_code == 200
    assert WebhookEvent.objects.get().state == EventState.PENDING


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_only_post_is_taken(method: str) -> None:
    response = getattr(Client(), method)(make_site().webhook_path)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_a_platform_may_ask_whether_the_address_is_ours() -> None:
    site = make_site(site_type="magento2", platform_options={"webhook_variant": "events"})

    asked = Client().get(site.webhook_path, {"challenge": "c-4711"})

    assert (asked.status_code, asked.json()) == (200, {"challenge": "c-4711"})
    for path, query in ((site.webhook_path, {}), (site.webhook_path, {"other": "1"})):
        assert Client().get(path, query).status_code == 405
    assert Client().get(make_site().webhook_path, {"challenge": "c-4711"}).status_code == 405


def test_a_platform_reads_the_answer_that_it_wants() -> None:
    site = make_site(site_type="magento2", platform_options={"webhook_variant": "module"})
    body = b'{"topic":"order","id":7,"updated_at":"2026-05-04 10:00:00"}'

    response = Client().post(
        site.webhook_path, body, content_type="application/json", headers={"X-Ecomsync-Token": SECRET}
    )

    assert (response.status_code, response.json()) == (200, {"op": "success"})
    assert response["Content-Length"] == str(len(response.content))
    assert WebhookEvent.objects.get().remote_id == "7"


def test_get_is_taken_where_the_platform_calls_by_it() -> None:
    """BigCommerce calls the callbacks of an app by GET, with its proof in the query."""
    claims = {"iss": "bc", "aud": "app-1", "sub": "stores/abc", "iat": 1, "exp": 4_000_000_000, "jti": "j"}
    site = make_site(
        site_type="bigcommerce",
        url="https://api.bigcommerce.com/stores/abc",
        username="app-1",
        password="app-secret",
    )
    query = {"event": "uninstall", "signed_payload_jwt": jwt(claims, "app-secret")}

    assert Client().get(site.webhook_path, query).status_code == 200
    assert (
        Client().get(site.webhook_path, {**query, "signed_payload_jwt": jwt(claims, "x")}).status_code == 401
    )
    assert Client().get(site.webhook_path).status_code == 405
    assert WebhookEvent.objects.get().kind == "app.removed"


def test_an_emoji_and_a_nul_character_are_kept() -> None:
    site = make_site()
    assert deliver(site, {"id": "7\u0000", "note": "😀\u0000"}).status_code == 200
    assert WebhookEvent.objects.get().remote_id == "7"


def test_the_slash_at_the_end_may_be_missing() -> None:
    site = make_site()
    assert deliver(site, order_payload(), path=site.webhook_path.rstrip("/")).status_code == 200


def test_orders_that_are_new_or_gone_wake_the_worker_at_once(kicks: list[int]) -> None:
    site = make_site()
    deliver(site, order_payload(1), topic="order.created")
    deliver(site, {"id": 2}, topic="order.deleted")
    assert len(kicks) == 2
    deliver(site, {"id": 3}, topic="product.updated")
    assert len(kicks) == 2


def test_the_lines_of_the_site_say_what_is_critical(kicks: list[int]) -> None:
    site = make_site()
    EventActionLine.objects.create(site=site, event_kind="product.*", action="refresh_product", critical=True)
    EventActionLine.objects.create(
        site=site, event_kind="order.created", action="import_order", critical=False
    )
    cards.clear()
    deliver(site, {"id": 3}, topic="product.updated")
    assert len(kicks) == 1
    assert WebhookEvent.objects.get().critical
    deliver(site, order_payload(1), topic="order.created")
    assert len(kicks) == 1


def test_other_addresses_pass_the_porch() -> None:
    from django.http import HttpResponse
    from django.test import RequestFactory

    from webhooks.porch import WebhookPorch

    porch = WebhookPorch(lambda request: HttpResponse("beyond"))
    assert porch(RequestFactory().get("/admin/")).content == b"beyond"
    assert SECRET
