"""A real shop registers its hooks at a real server and delivers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Alert, Run, SiteError
from orders.models import Order
from orders.runs import read_sales
from sandbox.woocommerce import WooShop
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.check import check_site
from sites.services.learned import learned_of
from tests.catalog.world import reporter
from tests.orders.factories import make_item
from tests.webhooks.world import make_site
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.runs import register_webhooks
from webhooks.services.process import process_waiting
from webhooks.services.watch import watch_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any, shop: WooShop) -> Site:
    settings.BASE_URL = live_server.url
    make_item("MUG", stock=100)
    return make_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        time_zone="Asia/Riyadh",
        link_items=True,
        read_orders_from_date=timezone.now() - timedelta(days=30),
    )


def register(site: Site) -> Any:
    with reporter(site, "register_webhooks") as run:
        register_webhooks(run=run, site=site, params={})
    run.run.refresh_from_db()
    return run.run


def test_a_sale_in_the_shop_becomes_a_document_by_webhook(site: Site, shop: WooShop) -> None:
    first = register(site)
    assert first.adds_up
    assert first.created >= 3
    shop.flush_webhooks()
    assert WebhookCounter.objects.get(scope=site.pk).pings >= 3
    again = register(site)
    assert (again.created, again.unchanged) == (0, first.created)

    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
    order = shop.buy("MUG", 2)
    sent = shop.flush_webhooks()
    assert {row["status_code"] if "status_code" in row else row.get("status") for row in sent} == {200}
    assert WebhookEvent.objects.filter(resource="order").exists()
    report = process_waiting()
    assert report.adds_up
    assert report.faults == 0
    assert Order.objects.get(site=site).remote_id == str(order["id"])
    assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {
        EventState.PROCESSED,
        EventState.IGNORED,
    }

    shop.counters.reset()
    for row in WebhookEvent.objects.all():
        WebhookEvent.objects.filter(pk=row.pk).update(state=EventState.PENDING, actions=[])
    process_waiting()
    assert shop.counters.writes == 0
    assert Order.objects.filter(site=site).count() == 1


def test_many_sales_in_one_second_are_all_taken(site: Site, shop: WooShop) -> None:
    register(site)
    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=200)
    orders = [shop.buy("MUG")["id"] for _number in range(20)]
    shop.flush_webhooks()
    deliveries = {row.delivery_id for row in WebhookEvent.objects.filter(resource="order")}
    assert len(deliveries) < WebhookEvent.objects.filter(resource="order").count()
    process_waiting()
    assert set(Order.objects.values_list("remote_id", flat=True)) == {str(number) for number in orders}


def test_a_trashed_order_cancels_its_documents(site: Site, shop: WooShop) -> None:
    register(site)
    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
    order = shop.buy("MUG")
    shop.flush_webhooks()
    process_waiting()
    shop.rest("DELETE", f"/orders/{order['id']}")
    shop.flush_webhooks()
    process_waiting()
    assert Order.objects.get().state == "cancelled"


def test_hooks_that_the_shop_switched_off_are_switched_on_and_the_gap_is_read(
    site: Site, shop: WooShop
) -> None:
    register(site)
    with shop.store.lock:
        for hook in shop.store.webhooks.values():
            hook.status = "disabled"
    now = timezone.now()
    cursors.advance(site, Flow.ORDERS, now)
    Site.objects.filter(pk=site.pk).update(last_webhook_read_at=now - timedelta(hours=5))
    site.refresh_from_db()
    report = watch_site(site)
    assert report.broken
    assert {hook.status for hook in shop.store.webhooks.values()} == {"active"}
    position = cursors.position(site, Flow.ORDERS)
    assert position is not None
    assert position < now - timedelta(hours=5)
    assert Alert.objects.get(code="webhook_disabled").site_code == site.code
    assert watch_site(site).broken == ()


def test_an_order_of_the_gap_that_polling_had_passed_comes_in_by_the_backfill(
    site: Site, shop: WooShop
) -> None:
    """The hook switches itself off with the first delivery; the position stands behind the order already."""
    register(site)
    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
    before = timezone.now()
    shop.faults.add("webhook_disable")
    order = shop.buy("MUG")
    shop.flush_webhooks()
    process_waiting()
    assert "disabled" in {hook.status for hook in shop.store.webhooks.values()}
    assert not Order.objects.exists()
    shop.faults.clear()
    cursors.advance(site, Flow.ORDERS, timezone.now() + timedelta(days=1))
    Site.objects.filter(pk=site.pk).update(last_webhook_read_at=before)
    site.refresh_from_db()

    watch_site(site)

    assert {hook.status for hook in shop.store.webhooks.values()} == {"active"}
    with reporter(site, "read_sales") as run:
        read_sales(run=run, site=site, params={})
    assert Order.objects.get().remote_id == str(order["id"])


@pytest.mark.parametrize(("interval", "asked"), [(0, 1), (5, 0)])
def test_where_nobody_polls_the_gap_is_read_by_a_run_of_its_own(
    site: Site, shop: WooShop, interval: int, asked: int
) -> None:
    Site.objects.filter(pk=site.pk).update(orders_interval=interval)
    site.refresh_from_db()
    register(site)
    with shop.store.lock:
        for hook in shop.store.webhooks.values():
            hook.status = "disabled"
    watch_site(site)
    assert Run.objects.filter(action="read_sales", state=Run.State.QUEUED).count() == asked


def test_hooks_that_are_well_cost_one_look_and_no_write(site: Site, shop: WooShop) -> None:
    register(site)
    shop.counters.reset()
    assert watch_site(site).broken == ()
    assert shop.counters.writes == 0
    assert not Alert.objects.exists()


def test_hooks_of_a_user_who_is_gone_are_made_again(site: Site, shop: WooShop) -> None:
    key = shop.add_key(user_id=7)
    Site.objects.filter(pk=site.pk).update(username=key.key)
    site.refresh_from_db()
    site.password = key.secret
    site.save()
    register(site)
    old = set(shop.store.webhooks)
    shop.delete_user(7)
    site.username, site.password = shop.key, shop.secret
    site.save()
    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
    shop.buy("MUG")
    shop.flush_webhooks()
    assert set(WebhookEvent.objects.values_list("error_code", flat=True)) == {"hook_refused"}

    watch_site(site)

    assert not old & set(shop.store.webhooks)
    assert {hook.user_id for hook in shop.store.webhooks.values()} == {1}
    assert "made again" in Alert.objects.get(code="hook_refused").message
    order = shop.buy("MUG")
    shop.flush_webhooks()
    process_waiting()
    assert Order.objects.filter(remote_id=str(order["id"])).exists()
    shop.counters.reset()
    watch_site(site)
    assert shop.counters.writes == 0


def test_a_frozen_answer_is_not_taken_for_the_order_that_a_delivery_told_of(
    site: Site, shop: WooShop
) -> None:
    shop.options.treat_as_https = True
    site.platform_options = {**site.platform_options, "treat_as_https": True}
    site.save()
    register(site)
    shop.faults.add("frozen_cache", brand="silent", path="/wc/v3/")
    shop.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
    order = shop.buy("MUG")
    shop.flush_webhooks()
    process_waiting()
    shop.advance(60)
    shop.set_order_status(order["id"], "completed")
    shop.flush_webhooks()
    process_waiting()

    assert Order.objects.get().status_remote == "completed"
    assert Alert.objects.get(code="frozen_reads").level == "warning"
    assert SiteError.objects.get(code="frozen_reads").state == "open"
    site.refresh_from_db()
    assert learned_of(site) == {"fresh_reads": True}

    shop.faults.clear()
    assert check_site(site=site).is_ok
    assert SiteError.objects.get(code="frozen_reads").state == "resolved"
    assert Alert.objects.get(code="frozen_reads").acknowledged_at is not None
    assert learned_of(site) == {}
