"""Requests about personal data: erased, exported, or put before staff, from the delivery to the last row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from activity.models import SiteError
from activity.services.problem_work import close_gone
from erp.models import Customer, ExternalReference, SalesInvoice, SalesOrder
from orders.models import Order
from platforms.shopify.ids import number_of
from sandbox.shopify import ShopifyShop
from sites.models import EventActionLine, Site
from tests.journeys.bad_input.world import act
from tests.journeys.test_erase import traces_of_person
from tests.orders.factories import make_item, make_shop_site, one
from webhooks.models import EventState, WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = {
    "firstName": "Qamar",
    "lastName": "Zayedi",
    "address1": "Secretstreet 7",
    "city": "Riyadh",
    "zip": "11111",
    "countryCode": "SA",
    "phone": "+966501239876",
}
RULE = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop(webhook_delay=None) as running:
        running.add_product(sku="A1", price="20.00", stock=50)
        yield running


@pytest.fixture
def site(
    transactional_db: None,
    shop: ShopifyShop,
    live_server: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    make_item("A1", stock=50)
    return make_shop_site(
        site_type="shopify",
        url=shop.url,
        username=shop.client_id,
        password=shop.secret,
        access_token=shop.token,
        currency=shop.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        webhook_integration_enabled=True,
        rule=RULE,
    )


def buy(shop: ShopifyShop, **extra: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "customer": {"email": "qamar@example.com", "firstName": "Qamar", "lastName": "Zayedi"},
        "email": "qamar@example.com",
        "billing_address": ADDRESS,
        "shipping_address": ADDRESS,
        "note": "Ring the bell",
    }
    return shop.place_order([{"sku": "A1", "quantity": 2}], **{**values, **extra})


def ask(shop: ShopifyShop, site: Site, topic: str, **body: Any) -> WebhookEvent:
    """The delivery, and the event once it was worked on."""
    answer = shop.privacy(topic, site.webhook_url, body)
    assert answer["status"] == 200, answer
    process_waiting()
    return WebhookEvent.objects.order_by("-pk")[0]


def account_of(order: Order) -> dict[str, Any]:
    return {"id": int(order.remote_customer_id), "email": "qamar@example.com", "phone": "+966501239876"}


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("mona", password="pw-for-tests-1", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def press(client: Client, event: WebhookEvent, action: str) -> Any:
    return client.post(
        reverse("admin:webhooks_webhookevent_action", args=[event.pk, action]), {"_confirmed": "1"}
    )


class TestErase:
    def test_buyer_is_erased_with_the_request_itself(self, site: Site, shop: ShopifyShop) -> None:
        buy(shop)
        act(site, "read_sales")
        order = one(Order)
        assert {"Customer", "Order", "SalesOrder"} <= set(traces_of_person())

        event = ask(
            shop,
            site,
            "customers/redact",
            customer=account_of(order),
            orders_to_redact=[int(order.remote_id)],
        )

        customer = one(Customer)
        assert (event.state, bytes(event.body)) == (EventState.PROCESSED, b"{}")
        assert customer.code in event.result and "orders 1" in event.result
        assert customer.erased_at is not None and one(Order).raw == {}
        left = traces_of_person()
        assert set(left) <= {"SalesInvoice"}, left  # what the law asks of an issued invoice

    def test_buyer_with_open_business_waits_among_the_problems(self, site: Site, shop: ShopifyShop) -> None:
        site.document_generation_info_lines.update(create_delivery=False, create_invoice=False)
        buy(shop)
        act(site, "read_sales")

        event = ask(shop, site, "customers/redact", customer=account_of(one(Order)))

        assert (event.state, event.error_code) == (EventState.DEAD, "customer_busy")
        assert one(Customer).erased_at is None
        assert SiteError.objects.get(code="customer_busy").state == "open"

    def test_customer_of_another_shop_is_left_to_staff(self, site: Site, shop: ShopifyShop) -> None:
        buy(shop)
        act(site, "read_sales")
        customer = one(Customer)
        ExternalReference.objects.create(
            model_label="erp.customer", object_id=customer.pk, system="OTHER", external_id="5"
        )

        event = ask(shop, site, "customers/redact", customer=account_of(one(Order)))

        assert (event.state, event.error_code) == (EventState.DEAD, "customer_of_others")
        assert one(Customer).erased_at is None and one(Order).raw

    def test_guest_on_the_shared_customer_leaves_the_others_alone(
        self, site: Site, shop: ShopifyShop
    ) -> None:
        shared = Customer.objects.create(code="GUEST", name1="Counter")
        site.default_customer = shared
        site.save()
        first = buy(shop, customer=None)
        buy(
            shop,
            customer=None,
            email="omar@example.com",
            billing_address={**ADDRESS, "firstName": "Omar", "lastName": "Harb"},
        )
        act(site, "read_sales")
        Order.objects.exclude(remote_id=number_of(first["id"])).update(note="Omar's note")
        SalesOrder.objects.update(customer=shared)
        SalesInvoice.objects.update(customer=shared)
        Order.objects.update(erp_customer=shared)

        ask(
            shop,
            site,
            "customers/redact",
            customer={"email": "qamar@example.com"},
            orders_to_redact=[number_of(first["id"])],
        )

        shared.refresh_from_db()
        gone = Order.objects.get(remote_id=number_of(first["id"]))
        kept = Order.objects.exclude(pk=gone.pk).get()
        assert shared.erased_at is None and shared.name1 == "Counter"
        assert (gone.customer_email, gone.raw, gone.sales_order.billing_address) == (
            "",
            {},
            {"country": "SA"},
        )
        assert kept.customer_email == "omar@example.com" and kept.note == "Omar's note"

    def test_only_a_line_that_names_it_decides_otherwise(self, site: Site, shop: ShopifyShop) -> None:
        EventActionLine.objects.create(site=site, event_kind="*", action="ignore")
        customer = {"id": 999, "email": "nobody@example.com"}
        assert ask(shop, site, "customers/redact", customer=customer).actions[0]["action"] == "erase_person"
        EventActionLine.objects.create(site=site, event_kind="privacy.*", action="ignore")
        customer = {"id": 998, "email": "nobody@example.com"}
        assert ask(shop, site, "customers/redact", customer=customer).actions[0]["action"] == "ignore"

    def test_who_is_not_known_is_answered_too(self, site: Site, shop: ShopifyShop) -> None:
        event = ask(shop, site, "customers/redact", customer={"id": 999, "email": "nobody@example.com"})

        assert event.state == EventState.PROCESSED
        assert event.result == "Nothing is held of buyer 999."


class TestExport:
    def test_request_for_data_is_answered_by_staff_with_a_file(self, site: Site, shop: ShopifyShop) -> None:
        buy(shop)
        act(site, "read_sales")
        order = one(Order)

        event = ask(
            shop,
            site,
            "customers/data_request",
            customer=account_of(order),
            orders_requested=[int(order.remote_id)],
            data_request={"id": 9},
        )

        problem = SiteError.objects.get(code="personal_data_requested")
        assert event.state == EventState.PROCESSED
        assert str(event.pk) in problem.link and "qamar" not in problem.message.lower()
        close_gone()
        problem.refresh_from_db()
        assert problem.state == "open"  # until somebody has answered

        clerk = staff("view_webhookevent")
        assert press(clerk, event, "export_data").status_code in (302, 403)
        User.objects.all().delete()
        answer = press(staff("view_webhookevent", "erase_customer"), event, "export_data")

        assert answer["Content-Disposition"].startswith("attachment")
        found = json.loads(answer.content)
        assert found["customers"][0]["email"] == "qamar@example.com"
        assert found["customers"][0]["addresses"]
        assert [row["number"] for row in found["orders"]] == [order.number]
        assert found["orders"][0]["lines"][0]["sku"] == "A1"
        assert found["invoices"][0]["billing_address"]
        problem.refresh_from_db()
        assert problem.state == "resolved"


class TestShop:
    def test_shop_that_took_the_app_out_is_erased_by_staff(self, site: Site, shop: ShopifyShop) -> None:
        buy(shop)
        buy(
            shop,
            customer=None,
            email="omar@example.com",
            billing_address={**ADDRESS, "firstName": "Omar"},
            shipping_address={**ADDRESS, "firstName": "Omar"},
        )
        act(site, "read_sales")
        event = ask(shop, site, "shop/redact")
        assert SiteError.objects.get(code="shop_erasure_requested").state == "open"
        assert not Customer.objects.exclude(erased_at=None).exists()  # nobody is forgotten unasked

        press(staff("view_webhookevent", "erase_customer"), event, "erase_shop")

        assert not Order.objects.exclude(customer_email="").exists()
        assert set(traces_of_person()) <= {"SalesInvoice"}
        assert SiteError.objects.get(code="shop_erasure_requested").state == "resolved"
