"""Several workers at once on real transactions; who dies is in test_races."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from functools import partial

import pytest

from erp.models import Customer, Receipt, SalesInvoice, SalesOrder, StockBalance
from erp.selectors.customers import customer_exposure
from orders.models import Order
from orders.services.import_order import import_order
from orders.services.read_sales import import_batch
from orders.states import ImportOutcome
from tests.erp.factories import make_customer
from tests.erp.test_concurrency import together
from tests.orders.factories import (
    later,
    make_address,
    make_buyer,
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


def test_two_workers_with_overlapping_batches_make_each_order_once():
    site = make_shop_site(rule=RULE)
    for number in range(4):
        make_item(f"A{number}", stock=99)
    remotes = [make_remote(make_line(f"A{n % 4}"), make_line(f"A{(n + 1) % 4}")) for n in range(12)]
    batches = [remotes[:8], list(reversed(remotes[4:])), remotes[2:10]]
    together([partial(import_batch, site=site, adapter=None, batch=batch) for batch in batches])
    assert set(Order.objects.values_list("state", flat=True)) == {"imported"}
    counts = (SalesOrder.objects.count(), SalesInvoice.objects.count(), Receipt.objects.count())
    assert counts == (12, 12, 12)
    assert Customer.objects.count() == 1
    assert sum(row.on_hand for row in StockBalance.objects.all()) == 4 * 99 - 24
    numbers = sorted(SalesOrder.objects.values_list("number", flat=True))
    assert numbers == [f"SO-{number:06}" for number in range(1, 13)]  # no gap, none twice


def test_batches_of_two_sites_with_the_same_items_never_wait_in_a_circle():
    sites = [make_shop_site(rule=RULE), make_shop_site(rule=RULE, reserve_stock="no")]
    for number in range(5):
        make_item(f"A{number}", stock=500)
    work = []
    for site in sites:
        for turn in (1, -1):
            skus = [f"A{number}" for number in range(5)][::turn]
            remotes = [make_remote(*(make_line(sku) for sku in skus)) for _ in range(4)]
            work.append(partial(import_batch, site=site, adapter=None, batch=remotes))
    together(work)
    assert set(Order.objects.values_list("state", flat=True)) == {"imported"}
    assert SalesInvoice.objects.count() == 16


def test_first_orders_of_one_customer_by_different_keys_make_one_customer():
    """One tells the e-mail only, one the phone only, one both: each shares a key with another."""
    site = make_shop_site()
    make_item("A1", stock=50)
    nobody = make_address(email="", phone="")
    for number in range(3):
        mail, phone = f"buyer{number}@example.com", f"05012345{number:02}"
        known = [make_buyer(email=mail, phone=""), make_buyer(email=mail, phone=phone)]
        remotes = [
            make_remote(
                customer=dataclasses.replace(buyer, remote_id="", is_guest=False),
                billing=nobody,
                shipping=nobody,
            )
            for buyer in known
        ]
        results = together([partial(import_order, site=site, remote=remote) for remote in remotes])
        assert {result.outcome for result in results} == {ImportOutcome.CREATED}
    assert Customer.objects.count() == 3


def test_new_address_in_two_orders_at_once_is_added_once():
    site = make_shop_site(update_customer_if_exist=True)
    make_item("A1", stock=50)
    import_order(site=site, remote=make_remote())
    office = make_address(line1="Olaya Street 5")
    # matched by different keys, so the lock on the keys does not help
    first = make_remote(customer=make_buyer(phone="", email="sara@example.com"), shipping=office)
    second = make_remote(
        customer=make_buyer(remote_id="", email="", is_guest=False),
        shipping=office,
        billing=make_address(email=""),
    )
    results = together([partial(import_order, site=site, remote=remote) for remote in (first, second)])
    assert {result.outcome for result in results} == {ImportOutcome.CREATED}
    customer = one(Customer)
    assert customer.addresses.filter(line1="Olaya Street 5").count() == 1


def test_two_orders_within_the_credit_limit_are_not_above_it_together():
    site = make_shop_site()
    make_item("A1", stock=50)
    customer = make_customer(email="sara@example.com", credit_check="block", credit_limit=Decimal(200))
    remotes = [make_remote(paid=False) for _ in range(3)]  # 138 each
    together([partial(import_order, site=site, remote=remote) for remote in remotes])
    assert sorted(Order.objects.values_list("state", flat=True)) == ["held", "held", "imported"]
    assert customer_exposure(customer) == Decimal(138)
