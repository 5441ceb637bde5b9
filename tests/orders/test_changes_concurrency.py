"""Later versions of one order at the same moment, and workers that die in the middle of a correction."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
from functools import partial

import pytest
from django.db import connection

from erp.models import Receipt, SalesInvoice, SalesOrder, SalesReturn, StockBalance
from erp.services.stock import rebuild_balances
from orders.models import Order, OrderDocument
from orders.services.cancel_order import cancel_order
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import FinancialStatus, OrderPhase, RemoteOrder
from sites.models import Site
from tests.erp.test_concurrency import together
from tests.orders.factories import (
    count_documents,
    later,
    make_item,
    make_line,
    make_remote,
    make_shop_site,
    one,
)

pytestmark = pytest.mark.django_db(transaction=True)
BILLED = {"create_invoice": True, "create_receipt": True}


def start(*, paid: bool = True, **values: object) -> tuple[Site, RemoteOrder]:
    site = make_shop_site(rule=BILLED, order_changed_policy="correct", cancel_policy="credit", **values)
    make_item("A1", stock=50), make_item("B1", stock=50)
    remote = make_remote(make_line("A1", 2), make_line("B1", 1), paid=paid, remote_id="9001")
    import_order(site=site, remote=remote)
    return site, remote


def with_money(remote: RemoteOrder) -> RemoteOrder:
    payment = dataclasses.replace(remote.payments[0], amount=remote.totals.grand_total, is_paid=True)
    return dataclasses.replace(remote, payments=(payment,), financial_status=FinancialStatus.PAID)


def assert_sound(total: object) -> None:
    """Invoices less credit notes are what the shop asks for, links are there once, stock adds up."""
    signs = {"invoice": 1, "credit_note": -1}
    issued = SalesInvoice.objects.exclude(state__in=("draft", "cancelled"))
    assert sum(signs[row.kind] * row.grand_total for row in issued) == total
    documents = [(row.document_type, row.object_id) for row in OrderDocument.objects.all()]
    assert len(documents) == len(set(documents))
    assert not any(rebuild_balances())


def test_order_edited_while_it_is_paid_ends_corrected_and_paid_once():
    site, remote = start(paid=False)
    paid = with_money(later(remote, minutes=10))
    edited = with_money(later(remote, minutes=20, lines=(*remote.lines, make_line("B1", 3))))
    together([partial(import_order, site=site, remote=version) for version in (paid, edited, paid, edited)])
    assert one(SalesOrder).grand_total == edited.totals.grand_total
    assert sum(Receipt.objects.values_list("amount", flat=True)) == edited.totals.grand_total
    assert one(Order).proof_ok
    assert_sound(edited.totals.grand_total)


def test_one_edit_read_by_several_workers_makes_one_correction():
    site, remote = start()
    edited = later(
        remote, lines=(make_line("A1", 1, remote_id=remote.lines[0].remote_id), make_line("B1", 4))
    )
    results = together([partial(import_order, site=site, remote=edited) for _ in range(3)])
    assert sorted(str(result.outcome) for result in results) == ["unchanged", "unchanged", "updated"]
    assert SalesInvoice.objects.filter(kind="invoice").count() == 2
    assert_sound(edited.totals.grand_total)


def test_order_cancelled_while_it_is_edited_ends_without_open_documents():
    site, remote = start()
    edited = later(remote, minutes=10, lines=(*remote.lines, make_line("B1", 3)))
    gone = later(remote, minutes=20, status="cancelled", phase=OrderPhase.CANCELLED)
    together(
        [
            partial(import_order, site=site, remote=edited),
            partial(import_order, site=site, remote=gone),
            partial(cancel_order, site=site, remote_id=remote.remote_id),
        ]
    )
    assert (one(SalesOrder).state, one(Order).state) == ("cancelled", OrderState.CANCELLED)
    assert all(row.reserved == 0 and row.on_hand == 50 for row in StockBalance.objects.all())
    assert_sound(0)


def test_order_taken_up_again_by_several_workers_gets_one_new_set():
    site, remote = start(reopened_policy="remake")
    gone = later(remote, status="cancelled", phase=OrderPhase.CANCELLED)
    import_order(site=site, remote=gone)
    back = later(gone, status="processing", phase=OrderPhase.OPEN)
    results = together([partial(import_order, site=site, remote=back) for _ in range(3)])
    assert sorted(str(result.outcome) for result in results) == ["created", "unchanged", "unchanged"]
    assert SalesOrder.objects.exclude(state="cancelled").count() == 1 and Receipt.objects.count() == 1
    assert_sound(remote.totals.grand_total)


@pytest.mark.parametrize(
    "point", ["orders.services.edits.prove_chain", "orders.services.outbox.enqueue_changes"]
)
def test_worker_killed_in_the_middle_of_a_correction_leaves_the_documents_as_they_were(point):
    site, remote = start()
    before = (count_documents(), SalesReturn.objects.count(), one(Order).updated_remote)
    module, _dot, name = point.rpartition(".")
    first, second = (line.remote_id for line in remote.lines)
    script = textwrap.dedent(
        f"""
        import importlib, os, signal, django
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = {str(connection.settings_dict["NAME"])!r}
        from orders.services import import_order
        from sites.models import Site
        from tests.orders.factories import later, make_line, make_remote
        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(importlib.import_module({module!r}), {name!r}, die)
        old = make_remote(remote_id="9001")
        lines = (make_line("A1", 1, remote_id={first!r}), make_line("B1", 1, remote_id={second!r}), make_line("B1", 2))
        import_order(site=Site.objects.get(pk={site.pk}), remote=later(old, lines=lines))
        """
    )
    died = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert (count_documents(), SalesReturn.objects.count(), one(Order).updated_remote) == before
    kept = make_line("A1", 1, remote_id=first)
    edited = later(remote, lines=(kept, remote.lines[1], make_line("B1", 2)))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    assert_sound(edited.totals.grand_total)
