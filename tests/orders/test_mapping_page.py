"""The page that maps a payment or shipping method and lets go what it held."""

from __future__ import annotations

import dataclasses

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from erp.models import DeliveryMethod, PaymentMethod
from orders.models import Order
from orders.services.import_order import import_order
from sites.models import PaymentMethodLine, ShippingItemLine, Site
from tests.orders.factories import make_charge, make_item, make_remote, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    return client


@pytest.fixture
def site(memory_site: Site, shop) -> Site:
    """Two orders paid by a method that nobody mapped, one of them shipped by another such."""
    memory_site.payment_methods.all().delete()
    memory_site.shipping_items.all().delete()
    ShippingItemLine.objects.create(
        site=memory_site, remote_code="flat_rate", delivery_method=DeliveryMethod.objects.create(code="VAN")
    )
    make_item("A1", stock=9)
    plain, far = make_remote(), make_remote(charges=(make_charge(code="drone"),))
    for remote in (plain, far):
        paid = dataclasses.replace(remote.payments[0], code="mada:x y", title="مدى")
        remote = dataclasses.replace(remote, payments=(paid,))
        shop.put(remote)
        import_order(site=memory_site, remote=remote)
    return memory_site


def page_of(site: Site, kind: str, code: str) -> str:
    return reverse("admin:orders_order_map_method", args=[site.pk, kind]) + f"?code={code}"


def payment_data(**values: str) -> dict[str, str]:
    method = PaymentMethod.objects.get_or_create(code="CARD")[0]
    known = {
        "remote_code": "mada:x y",
        "remote_title": "مدى",
        "payment_method": str(method.pk),
        "calculation_type": "full_total",
        "value": "0",
        "settles_immediately": "unknown",
        "settlement_tolerance": "0",
    }
    return {**known, **values}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_button_of_a_held_order_leads_to_the_form_with_code_and_title(staff, site, language):
    staff.cookies["django_language"] = language
    held = Order.objects.order_by("id").first()
    answer = staff.post(reverse("admin:orders_order_action", args=[held.pk, "map_method"]), follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="mada:x y"' in text and 'value="مدى"' in text


def test_saving_the_form_imports_what_waited_for_it_and_names_what_still_waits(staff, site):
    first = Order.objects.order_by("id").first()
    address = page_of(site, "payment", "mada%3Ax%20y") + f"&back={first.pk}"
    answer = staff.post(address, payment_data(), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:orders_order_change", args=[first.pk])
    line = one(PaymentMethodLine)
    assert (line.site, line.remote_code, line.remote_title, line.active) == (site, "mada:x y", "مدى", True)
    assert sorted(Order.objects.values_list("state", flat=True)) == ["held", "imported"]
    told = [str(message) for message in answer.context["messages"]]
    assert told == ["The method is mapped; 1 order was imported.", "1 order still waits for something else."]


def test_shipping_method_is_mapped_the_same_way(staff, site):
    staff.post(page_of(site, "payment", ""), payment_data())
    van = DeliveryMethod.objects.get(code="VAN")
    data = {"remote_code": "drone", "delivery_method": van.pk, "cost_calculation": "as_charged", "value": "0"}
    staff.post(page_of(site, "shipping", "drone"), data)
    assert set(Order.objects.values_list("state", flat=True)) == {"imported"}


def test_row_that_was_switched_off_is_used_again(staff, site):
    method = PaymentMethod.objects.get_or_create(code="CARD")[0]
    PaymentMethodLine.objects.create(site=site, remote_code="MADA:x y", payment_method=method, active=False)
    staff.post(page_of(site, "payment", "mada%3Ax%20y"), payment_data())
    assert one(PaymentMethodLine).active


def test_incomplete_form_is_shown_again_and_saves_nothing(staff, site):
    answer = staff.post(page_of(site, "payment", "mada"), payment_data(payment_method=""))
    assert answer.status_code == 200 and "errorlist" in answer.content.decode()
    assert not PaymentMethodLine.objects.exists()


def test_reader_without_the_right_to_change_sites_may_not_map(client, site):
    user = User.objects.create_user("viewer", password="pw-for-tests-1", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order", content_type__app_label="orders"))
    client.force_login(user)
    assert client.post(page_of(site, "payment", "mada"), payment_data()).status_code == 403
    assert client.get(reverse("admin:orders_order_map_method", args=[site.pk, "moon"])).status_code == 404
