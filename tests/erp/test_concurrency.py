"""Several threads at once, on real transactions.

SQLite has one writer at a time (IMMEDIATE transactions), PostgreSQL locks rows: both must give the same outcome.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ecomsync.common.errors import EcomsyncError
from erp.errors import StockShortage
from erp.inputs import CustomerInput, MovementInput
from erp.models import (
    Customer,
    MovementType,
    NumberSeries,
    Receipt,
    SalesInvoice,
    SalesOrder,
    StockBalance,
)
from erp.services import stock
from erp.services.customers import create_customer
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import create_receipt
from erp.services.sales_orders import cancel_sales_order, confirm_sales_order, create_sales_order
from tests.erp.factories import (
    D,
    figures,
    line,
    make_confirmed,
    make_customer,
    make_item,
    make_method,
    make_order,
    make_warehouse,
    order_input,
    stock_up,
)

pytestmark = pytest.mark.django_db(transaction=True)


def together(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the jobs at the same moment, each in a thread with a connection of its own; results or errors, in order."""
    results: list[Any] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(index: int) -> None:
        try:
            gate.wait(timeout=20)
            results[index] = jobs[index]()
        except EcomsyncError as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_of_two_sales_of_the_last_piece_exactly_one_wins():
    riyadh, item = make_warehouse(), make_item()
    stock_up(item, riyadh, 1)
    for _ in range(5):
        orders = [make_order(line(item)) for _ in range(3)]
        results = together([lambda o=o: confirm_sales_order(order=o, on_shortage="reject") for o in orders])
        losers = [result for result in results if isinstance(result, StockShortage)]
        winners = [result for result in results if isinstance(result, SalesOrder)]
        assert (len(winners), len(losers)) == (1, 2), results
        assert figures(item, riyadh) == (D(1), D(1))
        cancel_sales_order(order=winners[0])
    assert stock.rebuild_balances() == []


def test_two_creates_of_one_external_number_give_one_order():
    make_warehouse()
    item, customer = make_item(), make_customer()
    for _ in range(5):
        data = order_input(line(item), customer=customer)
        results = together([lambda data=data: create_sales_order(data=data) for _ in range(4)])
        assert sorted(created for _, created in results) == [False, False, False, True]
        assert len({order.pk for order, _ in results}) == 1
        assert SalesOrder.objects.filter(external_number=data.external_number).count() == 1


def test_two_threads_cannot_ship_one_delivery_twice():
    riyadh, item = make_warehouse(), make_item()
    stock_up(item, riyadh, 10)
    order = make_confirmed(line(item, 4))
    delivery = create_delivery(order=order)
    copies = [type(delivery).objects.get(pk=delivery.pk) for _ in range(3)]
    results = together([lambda copy=copy: ship_delivery(delivery=copy) for copy in copies])
    assert sum(not isinstance(result, EcomsyncError) for result in results) == 1
    assert figures(item, riyadh) == (D(6), D(0))


def test_confirming_and_cancelling_orders_of_the_same_items_in_any_order_never_deadlocks():
    riyadh = make_warehouse()
    items = [make_item() for _ in range(4)]
    for item in items:
        stock_up(item, riyadh, 100)
    forth = [make_order(*[line(item) for item in items]) for _ in range(4)]
    back = [make_order(*[line(item) for item in reversed(items)]) for _ in range(4)]

    def work(order: SalesOrder) -> str:
        confirm_sales_order(order=order)
        cancel_sales_order(order=order)
        return order.state

    assert together([lambda o=o: work(o) for o in (*forth, *back)]) == ["cancelled"] * 8
    assert stock.rebuild_balances() == []
    assert not StockBalance.objects.exclude(reserved=0).exists()


def test_first_movements_of_new_items_from_many_threads_meet_in_one_balance():
    riyadh = make_warehouse()
    items = [make_item() for _ in range(3)]

    def work(order: Sequence[Any]) -> int:
        return len(
            stock.post_movements(
                movements=[MovementInput(item, riyadh, D("0.1"), MovementType.RECEIPT) for item in order]
            )
        )

    orders = [items, items[::-1], items[1:] + items[:1], items]
    assert together([lambda o=o: work(o) for o in orders]) == [3] * 4
    assert [figures(item, riyadh) for item in items] == [(D("0.4"), D(0))] * 3


def test_invoice_numbers_from_many_threads_have_no_gaps_and_no_doubles():
    make_warehouse()
    NumberSeries.objects.create(code="SI", document_type="invoice", prefix="SI-", padding=3)
    invoices = [create_invoice(order=make_confirmed(line(make_item()))) for _ in range(6)]
    results = together([lambda i=i: issue_invoice(invoice=i) for i in invoices])
    assert sorted(invoice.number for invoice in results) == [f"SI-{n:03d}" for n in range(1, 7)]
    assert SalesInvoice.objects.filter(state="issued").count() == 6


def test_first_number_of_a_type_is_given_once_each_when_threads_race_for_the_series():
    results = together(
        [lambda n=n: create_customer(data=CustomerInput(name1=f"Customer {n}")).code for n in range(4)]
    )
    assert sorted(results) == ["C-000001", "C-000002", "C-000003", "C-000004"]


def test_one_shop_customer_is_made_once():
    results = together(
        [lambda: create_customer(data=CustomerInput(name1="Sara"), system="SHOP", external_id="7").pk] * 4
    )
    assert len(set(results)) == 1
    assert Customer.objects.count() == 1


def test_one_transaction_is_received_once():
    make_warehouse()
    order, method, moment = make_confirmed(line(make_item())), make_method(), timezone.now()

    def work() -> bool:
        return create_receipt(
            customer=order.customer,
            payment_method=method,
            amount=D(115),
            currency="SAR",
            paid_at=moment,
            transaction_id="tx-1",
            allocations=[(order, D(115))],
        )[1]

    assert sorted(together([work] * 4)) == [False, False, False, True]
    assert Receipt.objects.count() == 1
