"""A customer is erased: nobody can tell from our tables who bought, and the books say what they said before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from activity.models import ApiCall, Event
from activity.services import flush_all
from erp.errors import CustomerBusy
from erp.models import Customer, Receipt, SalesInvoice, SalesOrder
from erp.selectors.customers import customer_balance
from erp.services.erase import erase_customer
from orders.models import Order, OrderLine
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.roles import OUR_APPS
from tests.journeys.bad_input.world import act
from tests.orders.factories import count_documents, make_item, make_shop_site, one
from webhooks.models import WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = ("Qamar", "Zayedi", "qamar@", "501239876", "Secretstreet", "Ring the bell")
ADDRESS = {
    "first_name": "Qamar",
    "last_name": "Zayedi",
    "address_1": "Secretstreet 7",
    "city": "Riyadh",
    "postcode": "11111",
    "country": "SA",
    "email": "qamar@example.com",
    "phone": "0501239876",
}
RULE = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        running.add_product(sku="A1", regular_price="20.00", stock_quantity=50)
        yield running


@pytest.fixture
def site(
    transactional_db: None, shop: WooShop, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Site:
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    make_item("A1", stock=50)
    site = make_shop_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        webhook_integration_enabled=True,
        rule=RULE,
    )
    act(site, "register_webhooks")
    return site


def buy(shop: WooShop, **extra: Any) -> dict[str, Any]:
    return shop.place_order(
        [{"sku": "A1", "quantity": 2}],
        billing=ADDRESS,
        shipping_address=ADDRESS,
        customer={"email": "qamar@example.com", "first_name": "Qamar", "last_name": "Zayedi"},
        customer_note="Ring the bell",
        **extra,
    )


def traces_of_person() -> dict[str, list[str]]:
    """Where our tables still say who it was: model -> what was found."""
    flush_all()
    found: dict[str, list[str]] = {}
    for label in OUR_APPS:
        for model in apps.get_app_config(label).get_models():
            for row in model._default_manager.values():
                if isinstance(row.get("body"), bytes | memoryview):
                    row["body"] = bytes(row["body"]).decode()
                text = json.dumps(row, default=str, ensure_ascii=False)
                hits = [secret for secret in SECRETS if secret in text]
                if hits:
                    found.setdefault(model.__name__, []).extend(hits)
    return found


def test_nobody_can_tell_who_bought_and_the_books_stand(site: Site, shop: WooShop) -> None:
    buy(shop)
    shop.flush_webhooks()
    assert process_waiting().faults == 0
    act(site, "read_sales")
    customer = one(Customer)
    before = (
        count_documents(),
        SalesInvoice.objects.values("number", "grand_total", "tax_total", "state").get(),
        Receipt.objects.values("number", "amount").get(),
        customer_balance(customer),
    )
    OrderLine.objects.update(attributes={"Engraving": "For Qamar"})
    known = traces_of_person()
    assert {
        "Customer",
        "CustomerAddress",
        "Order",
        "OrderLine",
        "SalesOrder",
        "ApiCall",
        "WebhookEvent",
        "Event",
    } <= set(known)

    assert erase_customer(customer=customer, actor="boss") is True

    left = traces_of_person()
    assert set(left) == {"SalesInvoice"}, left
    assert set(left["SalesInvoice"]) == {"Qamar", "Zayedi", "Secretstreet"}  # what the law asks of an invoice
    after = (
        count_documents(),
        SalesInvoice.objects.values("number", "grand_total", "tax_total", "state").get(),
        Receipt.objects.values("number", "amount").get(),
        customer_balance(Customer.objects.get()),
    )
    assert after == before
    order = one(Order)
    assert (order.state, order.billing_address, order.raw) == ("imported", {"country": "SA"}, {})
    assert ApiCall.objects.exists() and WebhookEvent.objects.exists()
    told = Event.objects.get(kind="customer.erased")
    assert (told.actor, told.subject_id) == ("boss", str(customer.pk))
    assert erase_customer(customer=customer) is False


def test_who_buys_again_is_a_new_customer(site: Site, shop: WooShop) -> None:
    buy(shop)
    act(site, "read_sales")
    erase_customer(customer=one(Customer))
    shop.advance(300)
    shop.place_order([{"sku": "A1", "quantity": 1}], billing=ADDRESS)
    act(site, "read_sales")
    assert Customer.objects.count() == 2
    assert Customer.objects.get(erased_at=None).email == "qamar@example.com"
    assert SalesOrder.objects.values("customer").distinct().count() == 2


def test_customer_with_open_business_is_not_erased(site: Site, shop: WooShop) -> None:
    site.document_generation_info_lines.update(create_delivery=False, create_invoice=False)
    buy(shop)
    act(site, "read_sales")
    with pytest.raises(CustomerBusy, match="confirmed"):
        erase_customer(customer=one(Customer))
    assert one(Customer).email == "qamar@example.com"


def test_customer_with_a_waiting_order_is_not_erased(site: Site, shop: WooShop) -> None:
    buy(shop)
    act(site, "read_sales")
    site.payment_methods.all().delete()
    shop.place_order([{"sku": "A1", "quantity": 1}], billing=ADDRESS)
    act(site, "read_sales")
    with pytest.raises(CustomerBusy, match="still waits"):
        erase_customer(customer=one(Customer))
    assert one(Customer).erased_at is None and traces_of_person()["CustomerAddress"]


def test_company_keeps_its_name_and_loses_its_people() -> None:
    customer = Customer.objects.create(
        code="ACME", name1="Acme", customer_type="company", email="a@b.co", tax_reg_no="300055512300003"
    )
    erase_customer(customer=customer)
    customer.refresh_from_db()
    assert (customer.name1, customer.email, customer.tax_reg_no) == ("Acme", "", "300055512300003")


def test_button_asks_first_and_needs_its_permission(client: Client) -> None:
    customer = Customer.objects.create(code="C1", name1="Qamar", email="qamar@example.com")
    page = reverse("admin:erp_customer_change", args=[customer.pk])
    action = reverse("admin:erp_customer_action", args=[customer.pk, "erase"])
    clerk = User.objects.create_user("clerk", password="pw-for-tests-1", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_customer", "change_customer"]))
    client.force_login(clerk)
    assert action not in client.get(page).content.decode()
    assert client.post(action, {"_confirmed": "1"}).status_code in (302, 403)
    assert Customer.objects.get().erased_at is None
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    assert action in client.get(page).content.decode()
    asked = client.post(action)
    assert asked.status_code == 200 and Customer.objects.get().erased_at is None
    client.post(action, {"_confirmed": "1"})
    assert (one(Customer).name1, one(Customer).email) == ("C1", "")
    assert Event.objects.get(kind="customer.erased").actor == "boss"
