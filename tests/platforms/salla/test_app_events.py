"""Events of the app: for all its stores at one address, with the app's own secret; tokens go to the store's site."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from ecomsync.common.errors import InvalidSignature
from platforms.salla.webhooks import signature_of
from platforms.types import EventKind, WebhookDelivery
from sites.models import Site
from sites.services.tokens import refresh_token
from tests.contracts.journey_cases import make_site
from tests.orders.factories import make_shop_site
from tests.platforms.salla.bench import SallaBench
from webhooks.models import WebhookEvent
from webhooks.services.sites import cards

APP_SECRET = "app-wide-secret"


def authorize(merchant: int, token: str = "ory_at_new", expires: int = 1_995_000_000) -> bytes:
    data = {
        "access_token": token,
        "refresh_token": "ory_rt_new",
        "expires": expires,
        "scope": "orders.read_write",
    }
    body = {
        "event": "app.store.authorize",
        "merchant": merchant,
        "created_at": "2026-11-08 10:15:30",
        "data": data,
    }
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {"x-salla-security-strategy": "Signature", "x-salla-signature": signature_of(secret, body)}


@pytest.fixture
def site(bench: SallaBench, settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> Site:
    settings.BASE_URL = "https://erp.example.test"
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    found = make_site(bench)
    found.set_secret("app_webhook_secret", APP_SECRET)
    found.save()
    cards.clear()
    return found


def post(site: Site, body: bytes, secret: str = APP_SECRET) -> int:
    answer = Client().post(
        site.webhook_path, body, content_type="application/json", headers=signed(body, secret)
    )
    return answer.status_code


def test_event_gives_its_token_and_keeps_it_out_of_what_is_stored(bench: SallaBench) -> None:
    body = authorize(bench.shop.merchant)
    adapter = bench.adapter(credentials={"app_webhook_secret": APP_SECRET})

    notice = adapter.read_webhook(WebhookDelivery(signed(body), body))

    assert (
        notice.kind is EventKind.TOKEN_GRANTED and notice.grant is not None and notice.grant.token is not None
    )
    assert notice.grant.token.access_token == "ory_at_new"
    assert b"ory_" not in notice.grant.body and "ory_" not in repr(notice)
    with pytest.raises(InvalidSignature):
        adapter.read_webhook(WebhookDelivery(signed(body, "another"), body))


def test_secret_of_the_app_proves_no_event_of_a_store(bench: SallaBench) -> None:
    body = json.dumps({"event": "order.created", "merchant": bench.shop.merchant, "data": {"id": 1}}).encode()

    with pytest.raises(InvalidSignature):
        bench.adapter(credentials={"app_webhook_secret": APP_SECRET}).read_webhook(
            WebhookDelivery(signed(body), body)
        )


def test_event_of_another_store_is_refused(bench: SallaBench) -> None:
    body = json.dumps({"event": "order.created", "merchant": 1, "data": {"id": 1}}).encode()
    from tests.platforms.salla.bench import SECRET

    with pytest.raises(InvalidSignature):
        bench.adapter().read_webhook(WebhookDelivery(signed(body, SECRET), body))


def test_installation_brings_the_token_to_its_site(site: Site, bench: SallaBench) -> None:
    assert post(site, authorize(bench.shop.merchant)) == 200

    site.refresh_from_db()
    assert (site.access_token, site.refresh_token) == ("ory_at_new", "ory_rt_new")
    (event,) = WebhookEvent.objects.all()
    assert event.kind == "token.granted" and b"ory_" not in bytes(event.body)


def test_token_goes_to_the_site_of_its_merchant_wherever_it_is_heard(site: Site, bench: SallaBench) -> None:
    other = make_shop_site(site_type="salla", url="https://second.example.test", code="SECOND")
    other.set_secret("merchant", "555")
    other.save()
    before = site.access_token

    assert post(site, authorize(555)) == 200

    other.refresh_from_db()
    site.refresh_from_db()
    assert (other.access_token, site.access_token) == ("ory_at_new", before)


@pytest.mark.parametrize("written", ["app.store.authorize", "\\u0061pp.store.authorize"])
def test_secret_of_one_store_proves_no_event_about_another(
    site: Site, bench: SallaBench, written: str
) -> None:
    """Whoever knows it could else give another retailer's site a token of his own shop."""
    other = make_shop_site(site_type="salla", url="https://second.example.test", code="SECOND")
    other.set_secret("merchant", "555")
    other.save()
    before, own = other.access_token, authorize(bench.shop.merchant)
    body = authorize(555).replace(b"app.store.authorize", written.encode())

    assert post(site, body, site.webhook_secret) == 401
    site.set_secret("app_webhook_secret", "")
    site.save()
    cards.clear()
    assert post(site, body, site.webhook_secret) == 401
    assert post(site, own, site.webhook_secret) == 200

    other.refresh_from_db()
    site.refresh_from_db()
    assert (other.access_token, site.access_token) == (before, "ory_at_new")


def test_token_of_an_unknown_store_is_given_to_nobody(site: Site) -> None:
    before = (site.access_token, site.refresh_token)

    assert post(site, authorize(4711)) == 200

    site.refresh_from_db()
    assert (site.access_token, site.refresh_token) == before


def test_replayed_and_overtaken_events_do_not_take_the_newer_pair_away(site: Site, bench: SallaBench) -> None:
    post(site, authorize(bench.shop.merchant, "ory_at_newer", 1_995_000_000))
    post(site, authorize(bench.shop.merchant, "ory_at_older", 1_990_000_000))

    site.refresh_from_db()
    assert site.access_token == "ory_at_newer"


def test_removed_app_pauses_its_site_and_a_new_installation_resumes_it(site: Site, bench: SallaBench) -> None:
    body = json.dumps(
        {"event": "app.uninstalled", "merchant": bench.shop.merchant, "data": {"id": 1}}
    ).encode()

    assert post(site, body) == 200
    site.refresh_from_db()
    assert site.paused and site.pause_code == "app_removed"

    assert post(site, authorize(bench.shop.merchant)) == 200
    site.refresh_from_db()
    assert not site.paused and site.access_token == "ory_at_new"


def test_worker_with_an_older_copy_of_the_site_does_not_use_the_refresh_token_twice(
    site: Site, bench: SallaBench
) -> None:
    stale = Site.objects.get(pk=site.pk)
    assert refresh_token(site=Site.objects.get(pk=site.pk))
    asked = bench.shop.counters.calls("POST /oauth2/token")

    assert refresh_token(site=stale)

    assert bench.shop.counters.calls("POST /oauth2/token") == asked == 1
    site.refresh_from_db()
    with bench.adapter(credentials={"access_token": site.access_token}) as adapter:
        assert adapter.shop_info().name
