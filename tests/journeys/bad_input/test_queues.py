"""Quantities and prices on a bad line: whatever breaks, in the end the shop shows what the ERP says."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from activity.models import SiteError
from erp.models import Item
from sandbox.woocommerce import WooShop
from sites.models import Site
from sync_queues.kinds import KINDS
from sync_queues.models import State
from sync_queues.services.drain import drain
from sync_queues.services.site_actions import retry_failed
from tests.erp.factories import make_warehouse, stock_up
from tests.journeys.bad_input.world import act, hurry, problem, told
from tests.orders.factories import make_item

pytestmark = pytest.mark.django_db
CODES = [f"Q{number}" for number in range(1, 7)]
BATCH = "/products/batch"


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platforms.woocommerce.client.BATCH_TIMEOUT", 0.3)


@pytest.fixture
def stocked(site: Site, woo: WooShop) -> Site:
    """Six items in both systems, linked; the shop still shows 1 piece and the price 1.00."""
    Site.objects.filter(pk=site.pk).update(request_timeout=1)
    for code in ("S1", "S2"):
        woo.rest("DELETE", f"/products/{product(woo, code)['id']}", force=True)
    for number, code in enumerate(CODES, start=1):
        woo.add_product(sku=code, regular_price="1.00", stock_quantity=1)
        make_item(code, stock=10 * number, sales_price=Decimal(10 * number))
    act(site, "link_items")
    for kind in ("qty", "price"):
        KINDS[kind].model._default_manager.all().delete()
    return site


def product(shop: WooShop, sku: str) -> dict[str, Any]:
    found = shop.by_sku(sku)
    assert found is not None
    return found


def rows(kind: str) -> list[Any]:
    return list(KINDS[kind].model._default_manager.order_by("pk"))


def states(kind: str) -> set[str]:
    return {row.state for row in rows(kind) if row.state != State.SUPERSEDED}


def ask(site: Site, kind: str) -> None:
    act(site, "update_all_qtys" if kind == "qty" else "update_all_prices")
    assert State.PENDING in states(kind)


def drain_to_the_end(site: Site, kind: str) -> None:
    """What beat does over hours: turn after turn, until nothing waits."""
    for _turn in range(12):
        if State.PENDING not in states(kind):
            break
        hurry(site, kind)
        drain(site.pk, kind)
    assert states(kind) == {State.COMPLETED}, [(row.state, row.error_code) for row in rows(kind)]
    assert not SiteError.objects.filter(site_code=site.code, state="open").exists()


def agree(woo: WooShop, kind: str) -> None:
    """The shop's figures are ours, item by item."""
    for item in Item.objects.filter(code__in=CODES):
        shown = product(woo, item.code)
        if kind == "qty":
            assert woo.stock_of(item.code) == int(item.code[1:]) * 10
        else:
            assert Decimal(shown["regular_price"]) == item.sales_price


@pytest.mark.parametrize(
    ("kind", "fault", "uncertain"),
    [
        ("qty", {"kind": "timeout_before", "ms": 800}, True),
        ("qty", {"kind": "timeout_after", "ms": 800}, True),
        ("price", {"kind": "timeout_before", "ms": 800}, True),
        ("price", {"kind": "timeout_after", "ms": 800}, True),
        ("qty", {"kind": "reset"}, True),
        ("qty", {"kind": "reset_after"}, True),
        ("price", {"kind": "reset_after"}, True),
        ("qty", {"kind": "html_200"}, False),
        ("price", {"kind": "php_warning"}, False),
        ("qty", {"kind": "broken_json"}, False),
        ("price", {"kind": "http_503"}, False),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_a_broken_call_is_repeated_until_both_agree(
    stocked: Site, woo: WooShop, kind: str, fault: dict[str, Any], uncertain: bool
) -> None:
    ask(stocked, kind)
    woo.faults.add(**fault, method="POST", path=BATCH, count=1)
    report = drain(stocked.pk, kind)
    assert report.claimed == 6
    broken = [row for row in rows(kind) if row.state == State.PENDING]
    for row in broken:
        assert row.retry_count == 1
        assert row.not_before > timezone.now()
        told(row.error_code, row.error_message, row.remedy)
        assert row.remedy
        assert (row.error_code == "timeout") is uncertain
    assert report.done + len(broken) == 6
    drain_to_the_end(stocked, kind)
    agree(woo, kind)
    # and: once more changes nothing at the shop
    ask(stocked, kind)
    woo.counters.reset()
    drain_to_the_end(stocked, kind)
    assert woo.counters.writes == 0


def test_a_half_refused_batch_keeps_the_good_half(stocked: Site, woo: WooShop) -> None:
    ask(stocked, "qty")
    bad = CODES[:3]
    woo.faults.add("batch_fail", skus=bad, code="product_locked", message="A plugin locks it.", status=400)
    report = drain(stocked.pk, "qty")
    assert (report.done, report.failed) == (3, 3)
    failed = [row for row in rows("qty") if row.state == State.FAILED]
    assert {row.item.code for row in failed} == set(bad)
    for row in failed:
        assert "A plugin locks it" in row.error_message
        assert row.remedy, "no cure"
    opened = SiteError.objects.get(site_code=stocked.code, state="open")
    assert opened.message
    assert opened.cure
    assert "error_code=product_locked" in opened.link
    assert {woo.stock_of(code) for code in bad} == {1}
    # when: the plugin is gone and staff press 'Retry Selected Lines'
    woo.faults.clear()
    assert retry_failed(site=stocked, kind="qty", dry_run=False) == 3
    drain_to_the_end(stocked, "qty")
    agree(woo, "qty")


@pytest.mark.parametrize("kind", ["qty", "price"])
def test_retry_after_is_obeyed_and_no_attempt(stocked: Site, woo: WooShop, kind: str) -> None:
    Site.objects.filter(pk=stocked.pk).update(request_timeout=5)
    ask(stocked, kind)
    woo.faults.add("rate_limit", method="POST", path=BATCH, count=1, retry_after=1)
    started = time.monotonic()
    report = drain(stocked.pk, kind)
    assert report.fault == "rate_limited"
    waiting = rows(kind)
    assert {(row.state, row.retry_count, row.error_code) for row in waiting} == {
        (State.PENDING, 0, "rate_limited")
    }
    assert min(row.not_before for row in waiting) >= timezone.now() + (timedelta(seconds=0.5))
    told("rate_limited", waiting[0].error_message, waiting[0].remedy)
    assert drain(stocked.pk, kind).skipped == "resting"
    # when: somebody is in a hurry, the site's budget still keeps the pause that the shop asked for
    woo.counters.reset()
    hurry(stocked, kind)
    drain(stocked.pk, kind)
    assert time.monotonic() - started >= 1.0
    assert states(kind) == {State.COMPLETED}
    agree(woo, kind)


@pytest.mark.parametrize("kind", ["qty", "price"])
def test_endless_500s_end_as_dead_with_a_remedy_and_recover(
    stocked: Site, woo: WooShop, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stocked, kind)
    woo.faults.add("internal_error", method="POST", path=BATCH)
    for _turn in range(40):
        if State.PENDING not in states(kind):
            break
        hurry(stocked, kind)
        drain(stocked.pk, kind)
    assert states(kind) == {State.DEAD}
    for row in rows(kind):
        assert row.error_code == "shop_unavailable"
        assert row.remedy
    opened = problem(stocked, "shop_unavailable", KINDS[kind].model._meta.label_lower)
    assert "error_code=shop_unavailable" in opened.link
    # when: the shop is well again
    woo.faults.clear()
    assert retry_failed(site=stocked, kind=kind, dry_run=False) == 6
    drain_to_the_end(stocked, kind)
    agree(woo, kind)


def test_newer_figures_during_an_outage_are_what_the_shop_gets(stocked: Site, woo: WooShop) -> None:
    ask(stocked, "qty")
    woo.faults.add("http_503", method="POST", path=BATCH, count=2)
    drain(stocked.pk, "qty")
    # when: stock moves while the requests wait
    item = Item.objects.get(code="Q1")
    stock_up(item, make_warehouse(), 7)
    drain_to_the_end(stocked, "qty")
    assert woo.stock_of("Q1") == 17
    assert woo.stock_of("Q6") == 60


def test_a_product_that_is_gone_fails_alone_and_says_so(stocked: Site, woo: WooShop) -> None:
    gone = product(woo, "Q3")["id"]
    woo.rest("DELETE", f"/products/{gone}", force=True)
    ask(stocked, "qty")
    drain(stocked.pk, "qty")
    failed = [row for row in rows("qty") if row.state != State.COMPLETED]
    assert [row.item.code for row in failed] == ["Q3"]
    assert failed[0].state == State.FAILED
    assert "Link Items" in failed[0].remedy
    told(failed[0].error_code, failed[0].error_message, failed[0].remedy)
