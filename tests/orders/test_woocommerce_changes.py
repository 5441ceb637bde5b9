"""Later changes of orders with the WooCommerce adapter over real HTTP, at the sandbox shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from activity.models import Run
from activity.services import RunReporter, start_run
from erp.models import PaymentMethod, Receipt, SalesInvoice, SalesOrder
from erp.services.stock import rebuild_balances
from orders import runs
from orders.models import Order, OrderHold
from orders.services.chain import owed_by
from orders.states import OrderState
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.orders.factories import make_item, make_service, make_shop_site, map_payment, one

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        for code in ("S1", "S2"):
            shop.add_product(sku=code, regular_price="19.99", stock_quantity=50)
        yield shop


@pytest.fixture
def site(woo: WooShop, db: None) -> Site:
    for code in ("S1", "S2"):
        make_item(code, stock=50)
    return make_shop_site(
        url=woo.url,
        username=woo.key,
        password=woo.secret,
        currency=woo.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        order_changed_policy="correct",
        cancel_policy="credit",
        reopened_policy="remake",
        rule={"create_invoice": True, "create_receipt": True},
    )


def read(site: Site, woo: WooShop) -> Run:
    woo.advance(5)
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter:
        runs.read_sales(run=reporter, site=site, params={})
    reporter.run.refresh_from_db()
    assert reporter.run.adds_up
    return reporter.run


def settled(order: Order, woo: WooShop) -> None:
    """The documents together ask for what the shop shows, and nothing of the stock is lost."""
    assert order.sales_order is not None
    assert owed_by(order.sales_order) == D(woo.order(int(order.remote_id))["total"])
    assert order.proof_ok and not any(rebuild_balances())


def test_bank_transfer_that_comes_later_makes_its_receipt_once(site, woo):
    placed = woo.place_order([{"sku": "S1", "quantity": 2}], payment_method="bacs")
    assert read(site, woo).created == 1
    assert not Receipt.objects.exists()
    woo.set_order_status(placed["id"], "processing")
    assert read(site, woo).updated == 1
    woo.set_order_status(placed["id"], "completed")
    read(site, woo)
    assert one(Receipt).amount == D(placed["total"]) and one(SalesInvoice).state == "paid"


def test_cash_on_delivery_is_received_with_the_completed_order(site, woo):
    cash = PaymentMethod.objects.create(code="COD", settles_immediately=False)
    map_payment(site, "cod", method=cash)
    placed = woo.place_order([{"sku": "S1", "quantity": 1}], payment_method="cod")
    read(site, woo)
    assert not Receipt.objects.exists() and one(SalesInvoice).state == "issued"
    woo.set_order_status(placed["id"], "completed")
    assert read(site, woo).updated == 1
    assert (one(Receipt).payment_method, one(SalesInvoice).state) == (cash, "paid")


def test_order_edited_in_the_shop_is_corrected_by_documents(site, woo):
    placed = woo.place_order([{"sku": "S1", "quantity": 3}, {"sku": "S2", "quantity": 1}])
    read(site, woo)
    first, second = placed["line_items"]
    change = [
        {"id": first["id"], "quantity": 1, "subtotal": "19.99", "total": "19.99"},
        {"id": second["id"], "quantity": 4, "subtotal": "79.96", "total": "79.96"},
    ]
    woo.rest("PUT", f"/orders/{placed['id']}", {"line_items": change})
    assert read(site, woo).updated == 1
    kinds = list(SalesInvoice.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["invoice", "invoice", "credit_note"]
    settled(one(Order), woo)
    again = [{"id": first["id"], "quantity": 0}]
    woo.rest("PUT", f"/orders/{placed['id']}", {"line_items": again})
    read(site, woo)
    settled(one(Order), woo)
    run = read(site, woo)
    assert run.updated == run.created == run.held == 0


def test_order_cancelled_and_taken_up_again_has_one_live_set(site, woo):
    placed = woo.place_order([{"sku": "S1", "quantity": 2}])
    read(site, woo)
    woo.set_order_status(placed["id"], "cancelled")
    assert read(site, woo).updated == 1
    assert (one(Order).state, one(SalesOrder).state) == (OrderState.CANCELLED, "cancelled")
    woo.set_order_status(placed["id"], "processing")
    assert read(site, woo).created == 1
    order = one(Order)
    assert SalesOrder.objects.exclude(state="cancelled").get() == order.sales_order
    assert Receipt.objects.count() == 1
    settled(order, woo)


def test_payment_that_nobody_mapped_is_held_under_the_code_of_the_shop(site, woo):
    site.payment_methods.all().delete()
    map_payment(site, "cod")
    woo.place_order([{"sku": "S1", "quantity": 1}], payment_method="moyasar", payment_method_title="مدى")
    assert read(site, woo).held == 1
    hold = one(OrderHold)
    assert (hold.code, hold.subject, hold.params["title"]) == ("unmapped_payment", "moyasar", "مدى")


def test_fee_that_the_gateway_noted_on_the_order_is_a_settlement_difference(site, woo):
    map_payment(site, "moyasar", fee_item=make_service("GATEWAY"))
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    woo.rest("PUT", f"/orders/{placed['id']}", {"meta_data": [{"key": "_stripe_fee", "value": "1.15"}]})
    read(site, woo)
    assert (one(Receipt).amount, one(Receipt).withheld) == (D(placed["total"]), D("1.15"))
