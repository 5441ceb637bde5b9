"""A refund that comes by webhook and by polling, at once: one set of documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from erp.models import Receipt, SalesInvoice, SalesReturn, StockMovement
from orders.models import ReturnOrder
from orders.services.returns import import_return
from orders.states import ImportOutcome
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import request_run
from sites.services.adapters import open_adapter
from sites.services.execute_runs import execute_waiting_runs
from tests.erp.test_concurrency import together
from tests.orders.factories import make_item, make_shop_site, one
from webhooks.models import WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        running.add_product(sku="S1", regular_price="20.00", stock_quantity=50)
        yield running


@pytest.fixture
def site(
    transactional_db: None, shop: WooShop, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Site:
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    make_item("S1", stock=50)
    site = make_shop_site(
        rule={"create_delivery": True, "create_invoice": True, "create_receipt": True},
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        webhook_integration_enabled=True,
        read_returns=True,
        return_policy="credit_note",
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
    )
    act(site, "register_webhooks")
    shop.flush_webhooks()
    return site


def act(site: Site, action: str) -> Any:
    run = request_run(site=site, action=action)
    execute_waiting_runs()
    run.refresh_from_db()
    assert run.state == "finished" and run.adds_up, run.message
    return run


def made() -> tuple[int, ...]:
    return (
        SalesReturn.objects.count(),
        SalesInvoice.objects.filter(kind="credit_note").count(),
        Receipt.objects.filter(kind="refund").count(),
        StockMovement.objects.filter(movement_type="sales_return").count(),
    )


def refund(shop: WooShop) -> dict[str, Any]:
    order = shop.buy("S1")
    shop.flush_webhooks()
    process_waiting()
    line = order["line_items"][0]
    taxes = [{"id": row["id"], "refund_total": float(row["total"])} for row in line["taxes"]]
    row = {"id": line["id"], "quantity": 1, "refund_total": float(line["total"]), "refund_tax": taxes}
    shop.advance(5)
    amount = float(line["total"]) + float(line["total_tax"])
    shop.refund(order["id"], amount=f"{amount:.2f}", api_refund=True, line_items=[row])
    return order


def test_event_of_the_refund_posts_it_and_the_polling_finds_nothing_new(site, shop):
    refund(shop)
    shop.flush_webhooks()
    assert process_waiting().faults == 0
    assert one(ReturnOrder).state == "posted", one(ReturnOrder).hold_message
    assert made() == (1, 1, 1, 1)
    assert "Returns of order" in WebhookEvent.objects.latest("pk").result
    for action in ("read_sales", "read_returns"):
        act(site, action)
    assert made() == (1, 1, 1, 1)


def test_three_workers_with_one_refund_make_one_set_of_documents(site, shop):
    order = refund(shop)
    with open_adapter(site) as adapter:
        [remote] = adapter.get_returns(str(order["id"]))
    outcomes = together([partial(import_return, site=site, remote=remote) for _ in range(3)])
    assert sorted(outcomes) == [ImportOutcome.CREATED, ImportOutcome.UNCHANGED, ImportOutcome.UNCHANGED]
    assert made() == (1, 1, 1, 1)
