"""Who bought."""

from __future__ import annotations

import pytest

from erp.models import Customer, ExternalReference
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from tests.orders.factories import make_address, make_buyer, make_item, make_remote, make_shop_site, one

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _item() -> None:
    make_item("A1", stock=99)


def buy(site, **buyer):
    import_order(site=site, remote=make_remote(customer=make_buyer(**buyer)))
    order = Order.objects.order_by("-pk").first()
    return order.erp_customer if order else None


def test_new_customer_is_created_once_with_phone_in_international_form():
    site = make_shop_site()
    first = buy(site)
    assert (first.name1, first.name2, first.email) == ("Sara", "Ali", "sara@example.com")
    assert first.mobile == "+966501234567"
    assert first.addresses.count() == 2
    assert ExternalReference.objects.get(system=site.code, external_id="7").object_id == first.pk
    assert buy(site, email="SARA@Example.com") == first
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "keys,expected",
    [
        (["email", "phone"], "MAIL"),
        (["phone", "email"], "PHONE"),
        (["tax_number", "email"], "TAX"),
        ([], "new"),
    ],
)
def test_customer_is_looked_for_in_the_order_of_the_keys(keys, expected):
    site = make_shop_site(customer_match_by=keys)
    Customer.objects.create(code="MAIL", name1="x", email="sara@example.com")
    Customer.objects.create(code="PHONE", name1="x", mobile="+966501234567")
    Customer.objects.create(code="TAX", name1="x", tax_reg_no="300000000000003")
    found = buy(site, tax_number="300000000000003")
    assert (found.code == expected) if expected != "new" else found.code.startswith("C-")


def test_company_with_tax_number_stands_in_name_1():
    found = buy(
        make_shop_site(), company="شركة النور", tax_number="300000000000003", remote_id="", is_guest=True
    )
    assert (found.customer_type, found.name1, found.name2) == ("company", "شركة النور", "")
    assert found.tax_reg_no == "300000000000003"


def test_guest_goes_to_the_default_customer_and_never_changes_it():
    default = Customer.objects.create(code="GUEST", name1="Guests")
    site = make_shop_site(default_customer=default, update_customer_if_exist=True)
    assert buy(site, remote_id="", is_guest=True) == default
    default.refresh_from_db()
    assert default.name1 == "Guests" and default.email == ""
    assert buy(site).code != "GUEST"


def test_guest_without_default_customer_is_held_where_none_may_be_created():
    site = make_shop_site(create_customer_if_not_exist=False)
    buy(site, remote_id="", is_guest=True)
    assert one(OrderHold).code == "missing_default_customer"


def test_unknown_customer_is_held_or_goes_to_the_default_where_none_may_be_created():
    site = make_shop_site(create_customer_if_not_exist=False)
    buy(site)
    assert one(OrderHold).code == "unknown_customer"
    site.default_customer = Customer.objects.create(code="ANY", name1="Any")
    site.save()
    assert buy(site).code == "ANY"


def test_known_customer_is_updated_only_where_the_site_says_so():
    known = Customer.objects.create(code="K", name1="Old", email="sara@example.com")
    buy(make_shop_site())
    known.refresh_from_db()
    assert known.name1 == "Old"
    buy(make_shop_site(update_customer_if_exist=True))
    known.refresh_from_db()
    assert (known.name1, known.mobile) == ("Sara", "+966501234567")


def test_buyer_without_any_name_gets_one_that_tells_him():
    site = make_shop_site()
    remote = make_remote(
        customer=make_buyer(first_name="", last_name="", email="", phone="", remote_id=""),
        billing=make_address(first_name="", last_name="", email="", phone=""),
        shipping=make_address(phone=""),
        number="W-9",
    )
    import_order(site=site, remote=remote)
    assert one(Customer).name1 == f"{site.code} W-9"
