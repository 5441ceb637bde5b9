"""Deliveries in, by token, password and re-reading; hooks out, through the sandbox to a receiver and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from ecomsync.common.errors import ConfigurationError, InvalidSignature
from platforms.types import EventKind, Outcome, Token, WebhookDelivery
from platforms.zid.webhooks import USER, basic_header, basic_password, url_token
from sites.services.adapters import open_adapter
from sites.services.tokens import store_token
from tests.contracts.journey_cases import make_site
from tests.platforms.zid.bench import HOOK_URL, SECRET, ZidBench
from tests.sandbox.client import Receiver
from webhooks.services.sites import cards

TOPICS = ["order.create", "order.status.update"]


def test_worked_examples_of_the_fact_sheet() -> None:
    assert url_token("server-side-pepper", "site:17:order.create") == "32c5fa9902188c294ff11e12402708b7"
    assert basic_header("ecomsync", "Zx9-hook-secret") == "Basic ZWNvbXN5bmM6Wng5LWhvb2stc2VjcmV0"


# ---------------------------------------------------------------- in


def without_basic(delivery: WebhookDelivery) -> WebhookDelivery:
    return replace(delivery, headers={"content-type": "application/json"})


def test_token_of_one_event_does_not_open_another(bench: ZidBench) -> None:
    delivery = bench.delivery("order.create", bench.order_body("4711"))
    moved = replace(delivery, query={**delivery.query, "event": "product.update"})

    with pytest.raises(InvalidSignature):
        bench.adapter().read_webhook(moved)


def test_password_is_asked_for_once_the_first_delivery_proved_that_it_is_sent(bench: ZidBench) -> None:
    delivery = bench.delivery("order.create", bench.order_body("4711"))
    adapter = bench.adapter()

    assert adapter.read_webhook(without_basic(delivery)).remote_id == "4711"
    assert "webhook_basic" not in adapter.learned
    adapter.read_webhook(delivery)
    with pytest.raises(InvalidSignature):
        adapter.read_webhook(without_basic(delivery))

    assert adapter.learned["webhook_basic"] is True
    later = bench.adapter(connection={"learned": dict(adapter.learned)})
    with pytest.raises(InvalidSignature):
        later.read_webhook(without_basic(delivery))


@pytest.mark.django_db
def test_password_that_one_worker_has_seen_is_asked_for_by_all(
    bench: ZidBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card is what a worker keeps of a site; another worker has another one, and a run knows nothing of either."""
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    site = make_site(bench)
    delivery = bench.delivery("order.create", bench.order_body("4711"))

    def status(given: WebhookDelivery) -> int:
        cards.clear()
        path = f"{site.webhook_path}?{urlencode(given.query)}"
        kind = "application/json"
        return Client().post(path, given.body, content_type=kind, headers=dict(given.headers)).status_code

    assert status(without_basic(delivery)) == 200
    with open_adapter(site) as at_work:
        at_work.shop_info()
        assert status(delivery) == 200
    assert status(without_basic(delivery)) == 401
    cards.clear()


@pytest.mark.django_db
def test_removed_app_pauses_its_site_until_it_is_connected_again(
    bench: ZidBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    site = make_site(bench)
    topic = "app.market.application.uninstall"
    given = bench.delivery(topic, b'{"event":"app.market.application.uninstall"}')
    path = f"{site.webhook_path}?{urlencode(given.query)}"
    headers = dict(given.headers)
    assert (
        Client().post(path, given.body, content_type="application/json", headers=headers).status_code == 200
    )
    site.refresh_from_db()
    assert (site.paused, site.pause_code) == (True, "app_removed")

    store_token(site_id=site.pk, token=Token("manager", "refresh"))

    site.refresh_from_db()
    assert not site.paused
    cards.clear()


@pytest.mark.parametrize(("mode", "taken"), [("auto", False), ("required", False), ("off", True)])
def test_wrong_password_is_refused_unless_it_is_not_looked_at(
    bench: ZidBench, mode: str, taken: bool
) -> None:
    delivery = bench.delivery("order.create", bench.order_body("4711"))
    wrong = replace(delivery, headers={"authorization": basic_header(USER, "guess")})
    adapter = bench.adapter(options={"webhook_basic": mode})

    if taken:
        assert adapter.read_webhook(wrong).kind is EventKind.ORDER_CREATED
    else:
        with pytest.raises(InvalidSignature):
            adapter.read_webhook(wrong)


def test_password_can_be_asked_for_always(bench: ZidBench) -> None:
    delivery = bench.delivery("order.create", bench.order_body("4711"))

    with pytest.raises(InvalidSignature):
        bench.adapter(options={"webhook_basic": "required"}).read_webhook(without_basic(delivery))


def test_delivery_of_another_store_is_refused(bench: ZidBench) -> None:
    body = b'{"id":4711,"store_id":90211}'

    with pytest.raises(InvalidSignature) as caught:
        bench.adapter().read_webhook(bench.delivery("order.create", body))

    assert caught.value.code == "other_store"


@pytest.mark.parametrize("wrap", ["", "order", "data", "payload"])
def test_object_is_found_in_any_envelope(bench: ZidBench, wrap: str) -> None:
    inner = b'{"id":48100231,"store_id":90210,"updated_at":"2026-11-08 07:15:30"}'
    body = b'{"%s":%s}' % (wrap.encode(), inner) if wrap else inner

    notice = bench.adapter().read_webhook(bench.delivery("order.status.update", body))

    assert (notice.remote_id, notice.resource, notice.kind) == ("48100231", "order", EventKind.ORDER_UPDATED)
    assert notice.occurred_at is not None and notice.occurred_at.isoformat() == "2026-11-08T07:15:30+00:00"


def test_uninstalled_app_is_known_by_its_event(bench: ZidBench) -> None:
    body = b'{"store_id":90210}'

    notice = bench.adapter().read_webhook(bench.delivery("app.market.application.uninstall", body))

    assert notice.kind is EventKind.APP_REMOVED


# ---------------------------------------------------------------- out


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_registered_hooks_deliver_what_the_adapter_proves(bench: ZidBench, receiver: Receiver) -> None:
    with bench.adapter(connection={"webhook_url": receiver.url}) as adapter:
        assert all(result.is_ok for result in adapter.register_webhooks(TOPICS))
        order = bench.order()
        bench.shop.set_order_status(int(order), "preparing")
        sent = bench.shop.flush_webhooks()
        notices = []
        for got in receiver.got:
            query = {name: values[0] for name, values in parse_qs(urlsplit(got.path).query).items()}
            headers = {name.lower(): value for name, value in got.headers.items()}
            notices.append(adapter.read_webhook(WebhookDelivery(headers, got.body, query)))

    assert [row["status"] for row in sent] == [200, 200]
    assert [(n.kind, n.remote_id) for n in notices] == [
        (EventKind.ORDER_CREATED, order),
        (EventKind.ORDER_UPDATED, order),
    ]
    assert adapter.learned["webhook_basic"] is True


def test_registration_tells_zid_no_secret_of_the_site(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(TOPICS)
        health = adapter.webhook_health()

    (first, second) = bench.shop.store.hooks.values()
    assert first["_basic"] == second["_basic"] == (USER, basic_password(SECRET))
    assert SECRET not in str(bench.shop.store.hooks)
    assert (first["original_id"], first["conditions"]) == (bench.shop.client_id, None)
    assert {hook.url for hook in health} == {HOOK_URL}


def test_missing_hook_is_added_without_touching_the_others(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(TOPICS[:1])
        results = adapter.register_webhooks(TOPICS)

    assert [result.outcome for result in results] == [Outcome.UNCHANGED, Outcome.OK]
    assert bench.shop.counters.calls("DELETE *") == 0


def test_broken_hooks_are_deleted_and_made_again_after_a_rest(bench: ZidBench) -> None:
    waited: list[float] = []
    with bench.adapter() as adapter:
        adapter.pause = waited.append
        adapter.register_webhooks(TOPICS)
        bench.shop.break_hooks()
        off = [(hook.active, hook.detail) for hook in adapter.webhook_health()]
        step = next(step for step in adapter.check().steps if step.name == "webhooks")
        results = adapter.register_webhooks(TOPICS)
        after = [(hook.active, hook.detail) for hook in adapter.webhook_health()]

    assert off == [(False, "broken")] * 2 and step.state == "warn"
    assert [(result.outcome, result.code) for result in results] == [(Outcome.OK, "enabled_again")] * 2
    assert waited == [1.0]
    assert after == [(True, "healthy")] * 2


def test_degraded_hooks_are_left_alone(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(TOPICS)
        for hook in bench.shop.store.hooks.values():
            for _ in range(10):
                bench.shop.app.queue.judge(hook, 500)
        states = [(hook.active, hook.detail) for hook in adapter.webhook_health()]
        results = adapter.register_webhooks(TOPICS)

    assert states == [(True, "degraded")] * 2
    assert {result.outcome for result in results} == {Outcome.UNCHANGED}


def test_new_secret_makes_all_hooks_anew(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(TOPICS)
    with bench.adapter(connection={"webhook_secret": "another secret of the site"}) as adapter:
        results = adapter.register_webhooks(TOPICS)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len(bench.shop.hooks) == 2
    token = url_token("another secret of the site", "order.create")
    assert [hook["target_url"] for hook in bench.shop.hooks if token in hook["target_url"]]


def test_hooks_of_another_address_stay_while_nothing_is_wrong(bench: ZidBench) -> None:
    with bench.adapter(connection={"webhook_url": "https://other.example.test/hooks/"}) as adapter:
        adapter.register_webhooks(TOPICS)
    with bench.adapter() as adapter:
        adapter.register_webhooks(TOPICS)
        ours = adapter.webhook_health()

    assert len(bench.shop.hooks) == 4 and len(ours) == 2


@pytest.mark.parametrize(
    ("connection", "credentials", "code"),
    [
        ({"webhook_url": ""}, {}, "no_webhook_url"),
        ({"webhook_secret": ""}, {}, "no_webhook_secret"),
        ({"webhook_url": "http://erp.example.test/hooks/"}, {}, "webhook_address"),
        ({}, {"username": ""}, "no_app_id"),
    ],
)
def test_what_registration_lacks_is_named(
    bench: ZidBench, connection: dict[str, str], credentials: dict[str, str], code: str
) -> None:
    with (
        bench.adapter(connection=connection, credentials=credentials) as adapter,
        pytest.raises(ConfigurationError) as caught,
    ):
        adapter.register_webhooks(TOPICS)

    assert caught.value.code == code and caught.value.cure


def test_unknown_event_is_refused_by_name(bench: ZidBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.register_webhooks(["moon.landed"])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_topic")
