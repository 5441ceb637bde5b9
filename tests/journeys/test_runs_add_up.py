"""Every report adds up: found = created + updated + unchanged + held + skipped + failed (+ pushed), in every flow.

The flows are those that the house itself lists: the actions of a site, the queues, the outbox, the events. A new one
that is missing here fails the first test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Run
from catalog.models import CategoryConfig
from erp.models import Item, SalesOrder
from erp.models.items import ItemType
from erp.services.deliveries import create_delivery, ship_delivery
from linking.models import ItemLinkerLine
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.services.push_outbox import push_outbox
from orders.states import OrderState
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import ACTIONS
from sync_queues.kinds import KINDS
from sync_queues.models import State
from sync_queues.services.drain import drain
from tests.journeys.bad_input.world import act, changing, spoiled
from tests.orders.factories import make_item, make_shop_site
from webhooks.models import EventState, WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = ("created", "updated", "unchanged", "held", "failed")


@dataclass(frozen=True)
class Flow:
    """How a flow is walked: its parameters, and which outcomes its report must show."""

    wants: frozenset[str]
    params: dict[str, Any] = field(default_factory=dict)


def flow(*wants: str, **params: Any) -> Flow:
    return Flow(frozenset(wants), params)


#: In the order in which staff would press the buttons.
WALK: dict[str, list[Flow]] = {
    "test_connection": [flow("unchanged")],
    "register_webhooks": [flow("created"), flow("unchanged")],
    "link_items": [flow("created"), flow("unchanged")],
    "preview_orders": [flow("created", "held", "failed", "skipped")],
    "read_sales": [flow("created", "held", "failed", "skipped"), flow("unchanged", "failed")],
    "read_sales_from_date": [flow("unchanged", "failed", from_date="2020-01-01")],
    "reread_orders": [flow("unchanged", "held", "failed", "skipped")],
    "compare_orders": [flow("unchanged")],
    "release_orders": [flow("held", all=True)],
    "read_returns": [flow("unchanged")],
    "reconcile_orders": [
        flow("unchanged", "held", "failed"),
        flow("unchanged", "held", "failed", repair=True),
    ],
    "preview_quantities": [flow("updated")],
    "update_all_qtys": [flow("updated", "skipped")],
    "preview_prices": [flow("failed")],
    "update_all_prices": [flow("updated")],
    "preview_items": [flow("updated")],
    "send_items": [flow("created", "skipped")],
    "preview_categories": [flow("created")],
    "send_categories": [flow("pushed"), flow("unchanged")],
    "fetch_categories": [flow("created", "unchanged")],
    "reconcile": [flow("unchanged", "held", "skipped"), flow("held", "skipped", repair=True)],
    "repair_differences": [flow("updated", "held", all=True)],
}


#: What this shop cannot do; walked where a shop can: tests of Norce, and journeys/test_connect_by_address.py.
WALKED_ELSEWHERE = {"send_customers", "finish_connect"}


def test_every_action_of_a_site_is_walked() -> None:
    assert set(WALK) | WALKED_ELSEWHERE == set(ACTIONS)


def counts_of(run: Run) -> dict[str, int]:
    told = {name: getattr(run, name) for name in COLUMNS}
    return {**told, **{name: int(run.counts.get(name, 0)) for name in ("pushed", "skipped")}}


def balanced(run: Run) -> dict[str, int]:
    """The counts of a report whose sum is what was found."""
    told = counts_of(run)
    notes = list(run.notes.values_list("message", flat=True)[:20])
    assert run.state == Run.State.FINISHED, (run.action, run.message, notes)
    assert run.found == sum(told.values()), (run.action, run.found, told, notes)
    assert run.adds_up
    return told


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(
    transactional_db: None, shop: WooShop, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Site:
    """A site that does everything, on a shop in which not all is well."""
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    for code in ("GOOD", "OTHER", "KEPT-OUT", "ONLY-HERE"):
        make_item(code, stock=50, sales_price=Decimal(25))
    Item.objects.create(code="HOURS", name2="Hours", item_type=ItemType.SERVICE)
    for sku in ("GOOD", "OTHER", "KEPT-OUT", "ONLY-THERE"):
        shop.add_product(sku=sku, regular_price="20.00", stock_quantity=7)
    shop.add_category("Known")
    site = make_shop_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        time_zone="Asia/Riyadh",
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        webhook_integration_enabled=True,
        update_quantities=True,
        update_prices=True,
        update_categories=True,
        update_order_status=True,
        send_items_to_magento=True,
        create_products=True,
        link_items=True,
        read_returns=True,
        return_policy="credit_note",
    )
    site.update_qty_for.create(expression='code != "KEPT-OUT"')
    site.update_item_for.create(expression='code != "KEPT-OUT"')
    site.update_order_status_to.create(
        document_type="delivery", document_state="shipped", remote_status="completed", remote_action="ship"
    )
    CategoryConfig.objects.create(site=site, code="NEW", name2="New")
    return site


@pytest.fixture
def orders(shop: WooShop) -> dict[str, Any]:
    """A good one, one of an unknown product, one that cannot be read, one that is cancelled, a refunded one."""
    placed = {
        "good": shop.buy("GOOD", 2),
        "unknown": shop.buy("ONLY-THERE"),
        "unreadable": shop.buy("OTHER"),
        "cancelled": shop.place_order([{"sku": "GOOD", "quantity": 1}], status="cancelled"),
        "refunded": shop.place_order([{"sku": "ONLY-THERE", "quantity": 1}, {"sku": "GOOD", "quantity": 1}]),
    }
    shop.refund(placed["refunded"]["id"], amount="5.00", api_refund=False)
    return placed


def test_reports_of_all_actions_add_up_whatever_comes_of_them(
    site: Site, shop: WooShop, orders: dict[str, Any]
) -> None:
    wrong = changing(orders["unreadable"]["id"], lambda row: row.update(total="a lot"))
    shown: dict[str, tuple[frozenset[str], dict[str, int]]] = {}
    with spoiled(shop, wrong):
        for action, flows in WALK.items():
            for number, wanted in enumerate(flows):
                params = dict(wanted.params)
                if action in ("reread_orders", "compare_orders"):
                    params["remote_ids"] = [str(row["id"]) for row in orders.values()] + ["999999"]
                told = balanced(act(site, action, params))
                shown[f"{action} {number}"] = wanted.wants, told
    missing = {
        name: told for name, (wants, told) in shown.items() if not all(told[outcome] for outcome in wants)
    }
    assert not missing, "\n".join(f"{name}: {told}" for name, told in shown.items())


def test_reports_of_all_queues_add_up(site: Site, shop: WooShop) -> None:
    act(site, "link_items")
    for action in ("update_all_qtys", "update_all_prices", "send_items"):
        act(site, action)
    gone = ItemLinkerLine.objects.get(site=site, remote_sku="OTHER")
    shop.rest("DELETE", f"/products/{gone.remote_product_id}", force=True)
    shop.faults.add("http_503", method="POST|PUT", path="products", count=1)
    for kind, queue in KINDS.items():
        waiting = queue.model._default_manager.filter(site=site, state=State.PENDING).count()
        assert waiting, kind
        for _round in range(3):
            report = drain(site.pk, kind)
            assert report.adds_up, report
            queue.model._default_manager.filter(site=site, state=State.PENDING).update(
                not_before=timezone.now()
            )
        left = queue.model._default_manager.filter(site=site)
        states = set(left.values_list("state", flat=True))
        assert states <= set(State.values) and State.PROCESSING not in states


def test_reports_of_messages_and_events_add_up(site: Site, shop: WooShop) -> None:
    act(site, "register_webhooks")
    act(site, "link_items")
    for sku in ("GOOD", "ONLY-THERE"):
        shop.buy(sku)
    shop.flush_webhooks()
    report = process_waiting()
    assert report.taken and report.adds_up
    assert {EventState.PROCESSED} <= set(WebhookEvent.objects.values_list("state", flat=True))
    for order in SalesOrder.objects.filter(state="confirmed"):
        ship_delivery(delivery=create_delivery(order=order))
    waiting = OrderOutbox.objects.count()
    assert waiting and push_outbox() == waiting
    assert not OrderOutbox.objects.filter(state__in=("pending", "processing")).exists()
    # nothing is left between two chairs
    assert set(Order.objects.values_list("state", flat=True)) <= set(OrderState.values) - {"new"}
    assert not ReturnOrder.objects.filter(state="").exists()
