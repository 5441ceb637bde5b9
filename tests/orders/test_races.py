"""Whatever meets at one moment, and whoever dies: one set of documents, and the newest word of the shop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.models import SoldInShop
from erp.models import Delivery, Receipt, SalesInvoice, SalesOrder, StockBalance
from orders.models import Order, OrderDocument, OrderOutbox, ReturnOrder
from orders.services.cancel_order import cancel_order
from orders.services.context import ImportContext
from orders.services.heal import heal_returns
from orders.services.import_order import _lock, import_order
from orders.services.push_outbox import claim_messages
from orders.services.return_receipts import pay_back_by_hand
from orders.services.returns import import_return
from orders.services.supersede import move_behind_shipments
from orders.states import ImportOutcome, OutboxKind
from platforms.types import OrderPhase, RemoteOrder
from platforms.woocommerce.adapter import WooCommerceAdapter
from sites.models import Site
from tests.erp.test_concurrency import together
from tests.orders.factories import (
    count_documents,
    later,
    make_item,
    make_line,
    make_refund,
    make_remote,
    make_shop_site,
    one,
    refund_line,
)
from tests.webhooks.world import SECRET, deliver, order_payload
from webhooks.models import WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)
RULE = {"create_delivery": True, "create_invoice": True, "create_receipt": True}

#: Imports order 9001 in a process of its own; at the first statement that names the table it says so, and waits there.
SCRIPT = """
import os, sys, time, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = {name!r}
from orders.services.import_order import import_order
from sites.models import Site
from tests.orders.factories import make_line, make_remote

def stop(execute, sql, params, many, context):
    answer = execute(sql, params, many, context)
    if {table!r} and sql.startswith("INSERT") and {table!r} in sql:
        print("there", flush=True)
        time.sleep(120)
    return answer

site = Site.objects.get(pk={site})
remote = make_remote(make_line("A1", remote_id="1"), remote_id="9001")
print("ready", flush=True)
sys.stdin.readline()
with connection.execute_wrapper(stop):
    print(import_order(site=site, remote=remote).outcome, flush=True)
"""


@pytest.fixture
def site() -> Site:
    make_item("A1", stock=50)
    return make_shop_site(rule=RULE)


def order_9001() -> RemoteOrder:
    return make_remote(make_line("A1", remote_id="1"), remote_id="9001")


def importer(site: Site, *, table: str = "") -> subprocess.Popen[str]:
    """Another process that is ready to import the order."""
    name = str(connection.settings_dict["NAME"])
    code = textwrap.dedent(SCRIPT).format(name=name, site=site.pk, table=table)
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert says(child) == "ready"
    return child


def says(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def one_set(pieces: int = 1) -> None:
    """Just one document of each kind, linked with the order, and the pieces left the warehouse once."""
    order = one(Order)
    assert [one(model).pk for model in (SalesOrder, Delivery, SalesInvoice, Receipt)]
    kinds = sorted(OrderDocument.objects.filter(order=order).values_list("document_type", flat=True))
    assert kinds == ["delivery", "invoice", "receipt", "sales_order"]
    balance = one(StockBalance)
    assert (balance.on_hand, balance.reserved) == (50 - pieces, 0)
    assert not SoldInShop.objects.exists()


@pytest.mark.parametrize("table", ["erp_salesorder", "erp_receipt", "orders_orderdocument"])
def test_worker_killed_in_the_middle_leaves_nothing_and_the_next_makes_one_set(site, table):
    before = count_documents()
    child = importer(site, table=f'"{table}"')
    go(child)
    assert says(child) == "there"
    kill(child)
    assert count_documents() == before and not Order.objects.exists()
    assert import_order(site=site, remote=order_9001()).outcome == ImportOutcome.CREATED
    assert import_order(site=site, remote=order_9001()).outcome == ImportOutcome.UNCHANGED
    one_set()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_worker_that_waits_for_one_who_is_killed_takes_over(site):
    child = importer(site, table='"orders_orderdocument"')
    go(child)
    assert says(child) == "there"
    results: list[Any] = []
    waiting = threading.Thread(
        target=lambda: results.extend(together([partial(import_order, site=site, remote=order_9001())]))
    )
    waiting.start()
    waiting.join(timeout=0.3)
    assert waiting.is_alive(), "it waits for the row"
    kill(child)
    waiting.join(timeout=30)
    assert [str(result.outcome) for result in results] == ["created"]
    one_set()


def test_two_processes_with_the_same_order_make_one_set(site):
    children = [importer(site) for _ in range(2)]
    for child in children:
        go(child)
    assert sorted(says(child) for child in children) == ["created", "unchanged"]
    for child in children:
        child.communicate()
    one_set()


def test_versions_that_arrive_crosswise_end_with_the_newest(site):
    for _ in range(3):
        remote = make_remote()
        newer, newest = later(remote, status="completed"), later(remote, 20, note="Ring twice")
        versions = [newest, remote, newer]
        together([partial(import_order, site=site, remote=version) for version in versions])
        order = Order.objects.get(remote_id=remote.remote_id)
        assert (order.updated_remote, order.note) == (newest.updated_at, "Ring twice")
        assert import_order(site=site, remote=newer).outcome == ImportOutcome.UNCHANGED
    counts = {model: model.objects.count() for model in (SalesOrder, SalesInvoice, Receipt, Delivery)}
    assert set(counts.values()) == {3}


def test_event_that_is_replayed_to_several_workers_imports_once(site, monkeypatch):
    cards.clear()
    site.webhook_secret, site.webhook_integration_enabled = SECRET, True
    site.username, site.password = "ck_x", "cs_x"
    site.save()
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    remote = order_9001()
    monkeypatch.setattr(WooCommerceAdapter, "get_orders", lambda self, ids: iter([remote]))
    for number in range(6):
        payload = order_payload(9001, date_modified_gmt=f"2026-05-04T10:00:0{number % 3}")
        assert deliver(site, payload, topic=("order.created", "order.updated")[number % 2]).status_code < 300
    assert WebhookEvent.objects.count() > 1
    reports = together([process_waiting] * 3)
    assert all(report.adds_up for report in reports)
    assert sum(report.faults for report in reports) == 0
    assert not WebhookEvent.objects.exclude(state="processed").exists()
    one_set()


def test_order_that_is_trashed_while_it_is_imported_keeps_no_open_documents():
    make_item("A1", stock=50)
    site = make_shop_site()
    for _ in range(4):
        remote = make_remote()
        jobs = [
            partial(import_order, site=site, remote=remote),
            partial(cancel_order, site=site, remote_id=remote.remote_id),
        ]
        together(jobs)
        order = Order.objects.get(remote_id=remote.remote_id)
        assert order.state == "cancelled"
        # who read the order before it was trashed and comes late makes nothing either
        assert import_order(site=site, remote=remote).outcome == ImportOutcome.UNCHANGED
    assert not SalesOrder.objects.exclude(state="cancelled").exists()
    assert not SoldInShop.objects.exists()
    assert not StockBalance.objects.filter(reserved__gt=0).exists()


def test_order_restored_from_the_trash_is_imported_again():
    make_item("A1", stock=50)
    site, remote = make_shop_site(), make_remote()
    assert cancel_order(site=site, remote_id=remote.remote_id).outcome == ImportOutcome.SKIPPED
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.UNCHANGED
    restored = later(remote, minutes=60 * 24 * 3650)
    assert import_order(site=site, remote=restored).outcome == ImportOutcome.CREATED
    assert one(Order).state == "imported"


def test_cancelled_version_while_the_first_is_imported_wins():
    make_item("A1", stock=50)
    site = make_shop_site()
    for _ in range(3):
        remote = make_remote()
        off = later(remote, phase=OrderPhase.CANCELLED, status="cancelled")
        together([partial(import_order, site=site, remote=version) for version in (remote, off)])
        assert Order.objects.get(remote_id=remote.remote_id).state == "cancelled"
    assert not SalesOrder.objects.exclude(state="cancelled").exists()
    assert not StockBalance.objects.filter(reserved__gt=0).exists()


def test_return_that_arrives_while_its_order_is_imported_is_posted_once():
    make_item("A1", stock=50)
    site = make_shop_site(rule=RULE, read_returns=True, return_policy="credit_note")
    for number in range(1, 4):
        line = make_line("A1", 2)
        remote = make_remote(line)
        refund = make_refund(remote, "115", refund_line(line))
        jobs: list[Any] = [partial(import_order, site=site, remote=remote)]
        jobs += [partial(import_return, site=site, remote=refund)] * 2
        together(jobs)
        heal_returns()  # one that came before its order waits for it
        import_return(site=site, remote=refund)
        assert ReturnOrder.objects.get(remote_id=refund.remote_id).state == "posted"
        assert SalesInvoice.objects.filter(kind="credit_note").count() == number


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_document_is_linked_to_an_order_that_another_worker_holds(site):
    """Who holds the sales order must not wait for the shop's order, whose holder may want the sales order."""
    import_order(site=site, remote=order_9001())
    order = one(Order)

    def link() -> None:
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '2s'")
            OrderDocument.objects.create(order=order, document_type="delivery", object_id=99)
            connection.check_constraints()

    with transaction.atomic():
        assert _lock(site, "9001") == order
        together([link])
    assert order.documents.filter(object_id=99).exists()


def test_money_is_paid_back_once_by_two_who_press_the_button():
    site = make_shop_site(rule={"create_receipt": True}, return_policy="credit_note")
    make_item("A1", stock=50)
    remote = order_9001()
    import_order(site=site, remote=remote)
    import_return(site=site, remote=make_refund(remote, remote.totals.grand_total))
    assert one(SalesOrder).state == "cancelled", "there is no credit note whose balance would bound it"
    method = one(Receipt).payment_method

    def pay() -> Receipt:
        row = one(ReturnOrder)
        values = {"payment_method": method, "paid_at": remote.created_at, "context": ImportContext(site)}
        return pay_back_by_hand(row=row, amount=row.total, **values)

    results = together([pay] * 3)
    assert sum(isinstance(result, Receipt) for result in results) == 1, results
    assert Receipt.objects.filter(kind="refund").count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_message_that_a_worker_is_claiming_is_not_put_behind_a_shipment(site):
    import_order(site=site, remote=order_9001())
    order = one(Order)
    complete, ship = (
        OrderOutbox.objects.create(order=order, kind=kind, dedupe_key=kind)
        for kind in (OutboxKind.COMPLETE, OutboxKind.SHIP)
    )

    def move() -> None:
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '2s'")
            move_behind_shipments(order, [ship])

    with transaction.atomic():
        claimed = claim_messages(worker="w", limit=1)
        together([move])
    assert [row.pk for row in claimed] == [complete.pk]
    assert list(OrderOutbox.objects.order_by("pk").values_list("pk", "state")) == [
        (complete.pk, "processing"), (ship.pk, "pending"),
    ]  # fmt: skip
