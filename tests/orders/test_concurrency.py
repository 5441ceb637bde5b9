"""Several workers at once, and workers that die, on real transactions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from functools import partial

import pytest
from django.db import connection

from erp.models import Customer, Receipt, SalesInvoice, SalesOrder, StockBalance
from orders.models import Order
from orders.services.import_order import import_order
from orders.states import ImportOutcome
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
RULE = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


def test_two_workers_with_the_same_order_make_one_set_of_documents():
    site = make_shop_site(rule=RULE)
    make_item("A1", stock=50)
    for _ in range(3):
        remote = make_remote()
        results = together([partial(import_order, site=site, remote=remote) for _ in range(3)])
        assert sorted(str(result.outcome) for result in results) == ["created", "unchanged", "unchanged"]
    assert (SalesOrder.objects.count(), SalesInvoice.objects.count(), Receipt.objects.count()) == (3, 3, 3)
    assert one(StockBalance).on_hand == 47


def test_two_first_orders_of_one_customer_make_one_customer():
    site = make_shop_site()
    make_item("A1", stock=50)
    remotes = [make_remote() for _ in range(4)]
    results = together([partial(import_order, site=site, remote=remote) for remote in remotes])
    assert {result.outcome for result in results} == {ImportOutcome.CREATED}
    assert Customer.objects.count() == 1


def test_order_edited_while_it_is_imported_ends_with_the_newer_version():
    site = make_shop_site(auto_confirm_documents=False)
    make_item("A1", stock=50)
    remote = make_remote()
    newer = later(remote, lines=(make_line("A1", 3),))
    together([lambda: import_order(site=site, remote=remote), lambda: import_order(site=site, remote=newer)])
    assert one(SalesOrder).grand_total == newer.totals.grand_total


def test_worker_killed_between_documents_and_commit_leaves_nothing():
    site = make_shop_site(rule=RULE)
    make_item("A1", stock=50)
    before = count_documents()
    script = textwrap.dedent(
        f"""
        import os, signal, sys, django
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = {str(connection.settings_dict["NAME"])!r}
        import orders.services
        module = sys.modules["orders.services.import_order"]
        from sites.models import Site
        from tests.orders.factories import make_line, make_remote
        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        module.record_event = die  # the last step: every document stands in the open transaction
        site = Site.objects.get(pk={site.pk})
        module.import_order(site=site, remote=make_remote(make_line("A1"), remote_id="9001"))
        """
    )
    died = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert count_documents() == before and not Order.objects.exists()
    assert import_order(site=site, remote=make_remote(remote_id="9001")).outcome == ImportOutcome.CREATED
