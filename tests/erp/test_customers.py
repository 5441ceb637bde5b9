"""Customers: creation, matching, phone numbers, addresses."""

from __future__ import annotations

import dataclasses

import pytest

from erp.customer_keys import TaxNumber, clean_tax_number, normalise_email, normalise_phone
from erp.errors import DuplicateMismatch
from erp.inputs import AddressInput, CustomerInput
from erp.models import Customer, ExternalReference
from erp.selectors.customer_match import Buyer, match_customer
from erp.services.customers import create_customer, link_customer, update_customer
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
        ("٠٠٩٦٦٥٠١٢٣٤٥٦٧", "US", "+966501234567"),
        ("966501234567", "SA", "+966501234567"),
        ("501234567", "SA", "+966501234567"),
        ("\u202a(050) 123-4567\u202c", "SA", "+966501234567"),
        ("0501234567", "", ""),
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
    buyer = Buyer("SHOP", "9", "sara@example.com", "+966501234567", "300055512300003", "SA")
    for first, expected in (
        ("external_id", by_id),
        ("email", by_mail),
        ("phone", by_phone),
        ("tax_reg_no", by_tax),
    ):
        assert match_customer(match_by=[first, "email"], buyer=buyer).customer == expected
    assert match_customer(match_by=["email"], buyer=Buyer()).customer is None
    elsewhere = Buyer("SHOP2", "9", "x@y.zz")
    assert match_customer(match_by=["external_id", "email"], buyer=elsewhere).customer is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Sara@Example.COM ", "sara@example.com"),
        ("\u202bsara@example.com\u202c", "sara@example.com"),
        ("ＳＡＲＡ@example.com", "sara@example.com"),
        ("sara@Bücher.example", "sara@xn--bcher-kva.example"),
        ("sara@xn--bcher-kva.example", "sara@xn--bcher-kva.example"),
        ("سارة@موقع.شبكة", "سارة@xn--4gbrim.xn--ngbc5azd"),
        ("n/a", ""),
        ("sara@localhost", ""),
        ("a b@c.com", ""),
        ("a@b@c.com", ""),
        ("", ""),
    ],
)
def test_email_has_one_form_and_what_is_none_finds_nobody(text, expected):
    assert normalise_email(text) == expected


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("DE 123.456.789", "DE"), ("123456789", "DE"), True),
        (("de123456789", "AT"), ("123456789", "DE"), True),
        (("DE123456789", "DE"), ("123456789", "AT"), False),
        (("123456789", ""), ("DE123456789", "DE"), True),
        (("EL123456789", "GR"), ("GR 123456789", "GR"), True),
        (("CHE-123.456.789 MWST", "CH"), ("CHE123456789", "CH"), True),
        (("٣٠٠٠٥٥٥١٢٣٠٠٠٠٣", "SA"), ("300 0555 123 00003", "SA"), True),
        (("SA300055512300003", "SA"), ("300055512300003", "SA"), True),
        (("300055512300003", "SA"), ("300055512300004", "SA"), False),
    ],
)
def test_tax_numbers_are_compared_without_spelling_and_country_code(first, second, same):
    assert TaxNumber.read(*first).is_same(TaxNumber.read(*second)) is same


def test_words_are_no_tax_number():
    assert [clean_tax_number(text) for text in ("none", "-", "لا يوجد", " 12-34 ")] == ["", "", "", "1234"]


def test_two_customers_of_one_email_are_told_apart_by_another_key_or_not_at_all():
    first, second = make_customer(email="a@b.co"), make_customer(email="a@b.co", mobile="+966501234567")
    keys = ["email", "phone"]
    assert (
        match_customer(match_by=keys, buyer=Buyer(email="a@b.co", mobile="+966501234567")).customer == second
    )
    found = match_customer(match_by=keys, buyer=Buyer(email="a@b.co"))
    assert (found.customer, set(found.candidates)) == (None, {first, second})
    Customer.objects.filter(pk=second.pk).update(active=False)
    assert match_customer(match_by=keys, buyer=Buyer(email="a@b.co")).customer == first


def test_an_account_goes_before_guests_of_the_same_email():
    make_customer(email="a@b.co", is_guest=True)
    account = make_customer(email="a@b.co")
    make_customer(email="a@b.co", is_guest=True)
    assert match_customer(match_by=["email"], buyer=Buyer(email="a@b.co")).customer == account


def test_a_phone_joins_neither_guests_of_two_emails_nor_two_accounts():
    known = make_customer(email="a@b.co", mobile="+966501234567")
    link_customer(customer=known, system="SHOP", external_id="1")
    by_phone = ["phone"]
    guest = Buyer("SHOP", "", "other@b.co", "+966501234567", is_guest=True)
    assert match_customer(match_by=by_phone, buyer=guest).customer is None
    assert match_customer(match_by=by_phone, buyer=dataclasses.replace(guest, email="")).customer == known
    account = Buyer("SHOP", "2", "other@b.co", "+966501234567")
    assert match_customer(match_by=by_phone, buyer=account).customer is None
    elsewhere = dataclasses.replace(account, system="SHOP2")
    assert match_customer(match_by=by_phone, buyer=elsewhere).customer == known


def test_an_email_never_leads_to_a_company_of_another_tax_number():
    acme = make_customer(email="a@b.co", tax_reg_no="300055512300003")
    match_by = ["email", "tax_reg_no"]
    other = Buyer(email="a@b.co", tax_reg_no="300055512300011", country="SA")
    assert match_customer(match_by=match_by, buyer=other).customer is None
    assert match_customer(match_by=match_by, buyer=Buyer(email="a@b.co")).customer == acme


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


def test_addresses_are_kept_once_and_the_default_stays():
    home = AddressInput(
        name="سارة",
        line1="شارع التحلية ١٢",
        city="جدة",
        country="sa",
        postal_code="23432",
        phone="0501234567",
    ).as_dict()
    again = {**home, "line1": "  شارع التحلية، 12", "phone": "+966 50 123 4567"}
    office = {**home, "line1": "طريق الملك فهد", "city": "الرياض"}
    customer = create_customer(data=SARA, billing_address=home, shipping_address=home)
    for address in (office, again, office):
        update_customer(customer=customer, data=SARA, shipping_address=address)
    rows = [(row.kind, row.city, row.is_default) for row in customer.addresses.all()]
    assert rows == [("billing", "جدة", True), ("shipping", "جدة", True), ("shipping", "الرياض", False)]
    assert {row.country for row in customer.addresses.all()} == {"SA"}


def test_who_buys_for_a_company_does_not_rename_it_and_fills_in_what_is_missing():
    company = make_customer(name1="شركة النور", name2="", customer_type="company", email="info@noor.co")
    update_customer(customer=company, data=dataclasses.replace(SARA, tax_reg_no="300055512300003"))
    company.refresh_from_db()
    assert (company.name1, company.name2, company.customer_type) == ("شركة النور", "", "company")
    assert (company.email, company.mobile, company.tax_reg_no) == (
        "info@noor.co",
        "+966501234567",
        "300055512300003",
    )


def test_a_person_who_becomes_a_company_stands_in_name_1_alone():
    customer = create_customer(data=SARA)
    company = dataclasses.replace(SARA, name1="شركة النور", name2="", customer_type="company")
    update_customer(customer=customer, data=company)
    customer.refresh_from_db()
    assert (customer.name1, customer.name2, customer.customer_type) == ("شركة النور", "", "company")


def test_a_guest_changes_nothing_of_an_account_but_adds_what_is_missing():
    account = make_customer(name1="Sara", email="sara@example.com")
    update_customer(customer=account, data=dataclasses.replace(SARA, name1="Eve", is_guest=True))
    account.refresh_from_db()
    assert (account.name1, account.mobile) == ("Sara", "+966501234567")


def test_a_guest_who_opens_an_account_is_no_guest_any_more():
    guest = make_customer(email="sara@example.com", is_guest=True)
    link_customer(customer=guest, system="SHOP", external_id="7")
    assert not Customer.objects.get().is_guest


def test_the_shop_id_of_a_customer_set_aside_moves_on():
    old, new = make_customer(active=False), make_customer()
    ExternalReference.objects.create(
        model_label="erp.customer", system="SHOP", external_id="7", object_id=old.pk
    )
    link_customer(customer=new, system="SHOP", external_id="7")
    assert ExternalReference.objects.get().object_id == new.pk


def test_long_values_fit_their_columns():
    name = "ن" * 400
    customer = create_customer(
        data=CustomerInput(name1=name, email="a@b.co"), shipping_address={"city": name, "line1": "😀" * 300}
    )
    customer.refresh_from_db()
    assert len(customer.name1) == 255
    assert len(customer.addresses.get().line1) == 255
