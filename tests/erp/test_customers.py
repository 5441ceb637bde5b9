"""Customers: creation, matching, phone numbers, addresses."""

from __future__ import annotations

import dataclasses

import pytest

from erp.errors import DuplicateMismatch
from erp.inputs import AddressInput, CustomerInput
from erp.models import Customer
from erp.selectors.customers import find_customer
from erp.services.customers import create_customer, link_customer, normalise_phone, update_customer
from tests.erp.factories import make_customer

pytestmark = pytest.mark.django_db

SARA = CustomerInput(
    name1="سارة", name2="العلي", email=" Sara@Example.COM ", phone="050 123 4567", country="SA"
)


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("0501234567", "SA", "+966501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
        ("+965 5000 0000", "", "+96550000000"),
        ("00966 50 123 4567", "SA", "+966501234567"),
        ("123", "SA", ""),
        ("", "SA", ""),
        ("call me", "", ""),
    ],
)
def test_phone_numbers_become_international(phone, country, expected):
    assert normalise_phone(phone, country) == expected


def test_create_normalises_numbers_and_remembers_the_shop_id():
    customer = create_customer(data=SARA, system="SHOP", external_id="7")
    assert (customer.code, customer.email, customer.mobile) == (
        "C-000001",
        "sara@example.com",
        "+966501234567",
    )
    assert customer.display_name == "سارة العلي"
    again = create_customer(data=dataclasses.replace(SARA, name1="Other"), system="SHOP", external_id="7")
    assert again.pk == customer.pk


def test_matching_follows_the_given_order():
    by_mail = make_customer(email="sara@example.com")
    by_phone = make_customer(mobile="+966501234567")
    by_tax = make_customer(tax_reg_no="300055512300003")
    by_id = make_customer()
    link_customer(customer=by_id, system="SHOP", external_id="9")
    keys = {
        "system": "SHOP",
        "external_id": "9",
        "email": "SARA@example.com",
        "mobile": "+966501234567",
        "tax_reg_no": "300055512300003",
    }
    for first, expected in (
        ("external_id", by_id),
        ("email", by_mail),
        ("phone", by_phone),
        ("tax_reg_no", by_tax),
    ):
        assert find_customer(match_by=[first, "email"], **keys) == expected
    assert find_customer(match_by=["email"], email="") is None
    assert (
        find_customer(match_by=["external_id", "email"], system="SHOP2", external_id="9", email="x@y.z")
        is None
    )


def test_shop_id_of_another_customer_is_refused():
    link_customer(customer=make_customer(), system="SHOP", external_id="9")
    with pytest.raises(DuplicateMismatch, match="belongs to customer row"):
        link_customer(customer=make_customer(), system="SHOP", external_id="9")


def test_update_takes_over_what_the_shop_knows_and_leaves_terms_alone():
    customer = create_customer(data=dataclasses.replace(SARA, payment_terms_days=30, remarks="good"))
    assert update_customer(customer=customer, data=SARA) is False
    assert (
        update_customer(customer=customer, data=dataclasses.replace(SARA, name2="السالم", email="")) is True
    )
    customer = Customer.objects.get()
    assert (customer.name2, customer.email, customer.payment_terms_days, customer.remarks) == (
        "السالم",
        "sara@example.com",
        30,
        "good",
    )


def test_addresses_are_kept_once_and_the_newest_is_default():
    home = AddressInput(
        name="سارة", line1="شارع التحلية", city="جدة", country="sa", postal_code="23432"
    ).as_dict()
    office = {**home, "line1": "طريق الملك فهد", "city": "الرياض"}
    customer = create_customer(data=SARA, billing_address=home, shipping_address=home)
    update_customer(customer=customer, data=SARA, shipping_address=office)
    update_customer(customer=customer, data=SARA, shipping_address=home)
    rows = [(row.kind, row.city, row.is_default) for row in customer.addresses.all()]
    assert rows == [("billing", "جدة", True), ("shipping", "جدة", False), ("shipping", "الرياض", True)]
    assert {row.country for row in customer.addresses.all()} == {"SA"}


def test_long_values_fit_their_columns():
    name = "ن" * 400
    customer = create_customer(
        data=CustomerInput(name1=name, email="a@b.co"), shipping_address={"city": name, "line1": "😀" * 300}
    )
    customer.refresh_from_db()
    assert len(customer.name1) == 255
    assert len(customer.addresses.get().line1) == 255
