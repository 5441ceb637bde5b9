"""The gateway's own side: who may fetch, what is served, what is forgotten."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from activity.models import Alert
from sites.models import Site
from tests.webhooks.world import SECRET, deliver, order_payload
from webhooks.gateway.keeping import keep_sites, watch_backlog
from webhooks.models import EventState, GatewayClient, WebhookEvent
from webhooks.services.process import process_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.webhooks.gateway_urls")]

PUBLIC_ID = "a1" * 16
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _role(settings: Any) -> None:
    settings.ROLE = "gateway"
    cache.clear()


class Inner:
    """An inner installation as the gateway sees it."""

    def __init__(self, client: Client, name: str = "inner") -> None:
        self.http = client
        self.client, self.secret = GatewayClient.make(name)
        self.headers = {"authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        return str(self.sign_in().json()["access_token"])

    def sign_in(self, secret: str = "") -> Any:
        pair = base64.b64encode(f"{self.client.client_id}:{secret or self.secret}".encode()).decode()
        return self.http.post(
            "/gateway/token",
            "grant_type=client_credentials",
            content_type=FORM,
            headers={"authorization": f"Basic {pair}"},
        )

    def put(self, *sites: dict[str, Any]) -> Any:
        body = json.dumps({"sites": list(sites)})
        return self.http.put("/gateway/sites", body, content_type="application/json", headers=self.headers)

    def events(self, **query: Any) -> dict[str, Any]:
        return dict(self.http.get("/gateway/events", query, headers=self.headers).json())

    def acknowledge(self, *events: dict[str, Any]) -> Any:
        body = json.dumps({"events": [[event["id"], event["occurrences"]] for event in events]})
        path = "/gateway/events/acknowledge"
        return self.http.post(path, body, content_type="application/json", headers=self.headers).json()


def told(public_id: str = PUBLIC_ID, **values: Any) -> dict[str, Any]:
    return {
        "public_id": public_id, "code": "SHOP", "platform": "woocommerce", "webhook_secret": SECRET, **values
    }  # fmt: skip


@pytest.fixture
def inner(client: Client) -> Inner:
    return Inner(client)


@pytest.fixture
def site(inner: Inner) -> Site:
    assert inner.put(told()).json() == {"kept": [PUBLIC_ID], "refused": {}}
    return Site.objects.get(webhook_public_id=PUBLIC_ID)


def test_a_wrong_secret_gets_no_token_and_a_new_one_voids_the_old(inner: Inner) -> None:
    refused = inner.sign_in("wrong")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert inner.http.post("/gateway/token", "grant_type=password", content_type=FORM).status_code == 400

    inner.client.renew_secret()
    answer = inner.http.get("/gateway/events", headers=inner.headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="gateway"')


def test_a_client_that_is_switched_off_gets_nothing(inner: Inner) -> None:
    GatewayClient.objects.update(active=False)
    assert inner.sign_in().status_code == 401
    assert inner.http.get("/gateway/events", headers=inner.headers).status_code == 401
    assert inner.http.get("/gateway/events").status_code == 401


def test_guessing_is_slowed_down(inner: Inner) -> None:
    answers = [inner.sign_in("wrong").status_code for _number in range(31)]
    assert answers[-1] == 429


def test_deliveries_are_verified_kept_served_and_forgotten(inner: Inner, site: Site) -> None:
    assert deliver(site, order_payload(7), secret="wrong").status_code == 401
    assert deliver(site, order_payload(7)).status_code == 200
    assert process_waiting().taken == 0

    page = inner.events()

    (event,) = page["events"]
    assert (page["has_more"], event["site"], event["remote_id"]) == (False, PUBLIC_ID, "7")
    assert json.loads(base64.b64decode(event["body"])) == order_payload(7)
    assert inner.acknowledge(event) == {"acknowledged": 1}
    assert inner.events()["events"] == []
    assert inner.acknowledge(event) == {"acknowledged": 0}


def test_events_come_in_pages(inner: Inner, site: Site) -> None:
    for number in range(5):
        deliver(site, order_payload(number))
    first = inner.events(limit=2)
    rest = inner.events(limit=10, after=first["next"])
    assert ([len(first["events"]), len(rest["events"])], first["has_more"], rest["has_more"]) == (
        [2, 3],
        True,
        False,
    )


def test_what_was_sent_again_before_the_acknowledgement_stays(inner: Inner, site: Site) -> None:
    deliver(site, order_payload(7))
    (event,) = inner.events()["events"]
    deliver(site, order_payload(7))

    assert inner.acknowledge(event) == {"acknowledged": 0}
    assert inner.events()["events"][0]["occurrences"] == 2


def test_a_signed_error_body_is_passed_on_with_its_reason(inner: Inner, site: Site) -> None:
    deliver(site, {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}},
            topic="product.created")  # fmt: skip
    assert inner.events()["events"][0]["error_code"] == "error_body"


def test_one_client_never_sees_or_takes_over_the_shops_of_another(
    inner: Inner, site: Site, client: Client
) -> None:
    deliver(site, order_payload(7))
    other = Inner(client, "other")

    assert other.events()["events"] == []
    assert other.acknowledge(*inner.events()["events"]) == {"acknowledged": 0}
    refused = other.put(told(webhook_secret="mine now")).json()["refused"]
    assert refused == {PUBLIC_ID: "Another client has this webhook id."}
    assert len(inner.events()["events"]) == 1


def test_a_new_secret_holds_at_once_and_a_shop_that_is_gone_is_closed(inner: Inner, site: Site) -> None:
    deliver(site, order_payload(1))
    inner.put(told(webhook_secret="second secret"))
    assert deliver(site, order_payload(2)).status_code == 401
    assert deliver(site, order_payload(2), secret="second secret").status_code == 200

    inner.put()
    assert deliver(site, order_payload(3), secret="second secret").status_code == 404
    assert len(inner.events()["events"]) == 2


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (told("short"), "random id"),
        (told("../" * 12), "random id"),
        (told("b2" * 16, platform="teapot"), "'teapot' is not installed"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(
    inner: Inner, entry: dict[str, Any], reason: str
) -> None:
    assert reason in inner.put(entry).json()["refused"][entry["public_id"]]


def test_wrong_requests_are_named(inner: Inner) -> None:
    bad_query = inner.http.get("/gateway/events", {"after": "x"}, headers=inner.headers)
    assert (bad_query.status_code, bad_query.json()["error"]) == (400, "invalid_request")
    for path, body in (("sites", {"sites": [1]}), ("events/acknowledge", {"events": [[1]]})):
        send = inner.http.put if path == "sites" else inner.http.post
        answer = send(
            f"/gateway/{path}", json.dumps(body), content_type="application/json", headers=inner.headers
        )
        assert answer.status_code == 400
    broken = inner.http.put("/gateway/sites", "{", content_type="application/json", headers=inner.headers)
    assert broken.status_code == 400


def test_nothing_but_what_the_porch_needs_is_kept_of_a_shop(inner: Inner) -> None:
    keep_sites(inner.client, [told(credentials={"password": "cs_secret", "access_token": "t"})])
    kept = Site.objects.get()
    assert (kept.password, kept.access_token, kept.platform_secrets) == ("", "", "")
    assert kept.url.endswith(".invalid")


def test_events_that_nobody_fetches_raise_an_alert_that_closes_by_itself(inner: Inner, site: Site) -> None:
    deliver(site, order_payload(7))
    watch_backlog()
    assert not Alert.objects.exists()

    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(hours=2))
    watch_backlog()
    assert "Clients: inner." in Alert.objects.get().message

    WebhookEvent.objects.update(state=EventState.PROCESSED)
    watch_backlog()
    assert Alert.objects.get().acknowledged


def test_clients_are_made_by_command_and_the_secret_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_gateway_client", "warehouse")
    first = capsys.readouterr().out.split()[-1]
    client = GatewayClient.objects.get(name="warehouse")
    assert client.accepts(first)
    assert first not in client.secret_hash

    with pytest.raises(CommandError, match="--renew"):
        call_command("make_gateway_client", "warehouse")
    call_command("make_gateway_client", "warehouse", "--renew")
    client.refresh_from_db()
    assert not client.accepts(first)
    with pytest.raises(CommandError, match="no client"):
        call_command("make_gateway_client", "nobody", "--renew")


def test_large_body_is_refused_before_it_is_read(client: Client) -> None:
    answer = client.post("/gateway/token", "grant_type=" + "x" * 200_000, content_type=FORM)
    assert answer.status_code == 413
    inner = Inner(client)
    body = json.dumps({"sites": [], "filler": "x" * 6_000_000})
    answer = client.put("/gateway/sites", body, content_type="application/json", headers=inner.headers)
    assert answer.status_code == 413


def test_sites_beyond_the_limit_are_refused_with_the_reason(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("webhooks.gateway.keeping.MAX_SITES", 1)
    kept = Inner(client).put(told(), told("b2" * 16, code="TWO")).json()
    assert kept["kept"] == [PUBLIC_ID] and "b2" * 16 in kept["refused"]


def test_site_whose_change_is_refused_goes_on_taking_deliveries(client: Client) -> None:
    inner = Inner(client)
    inner.put(told())
    refused = inner.put(told(platform="nowhere")).json()["refused"]
    assert PUBLIC_ID in refused
    assert Site.objects.get(webhook_public_id=PUBLIC_ID).active
