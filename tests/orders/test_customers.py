"""Who bought."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from ecomsync.common.stored_text import in_reader_language
from erp.models import Currency, Customer, ExchangeRate, ExternalReference, PaymentMethod, SalesOrder
from erp.selectors.customers import customer_exposure
from erp.services.receipts import create_receipt
from erp.signals import customers_changed
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from tests.erp.factories import make_customer
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


def held_for() -> str:
    return OrderHold.objects.get(released_at=None).code


def test_two_records_of_one_email_hold_the_order_until_staff_set_one_aside():
    site = make_shop_site()
    first = make_customer(email="sara@example.com", code="ONE")
    make_customer(email="sara@example.com", code="TWO")
    buy(site, phone="")
    assert held_for() == "ambiguous_customer"
    hold = one(OrderHold)
    assert (hold.subject, hold.params["message"]) == ("sara@example.com", "Customers: ONE, TWO.")
    Customer.objects.filter(code="TWO").update(active=False)
    customers_changed.send(sender=Customer, customer_ids={first.pk})
    assert one(Order).heal_at <= timezone.now()


def test_guests_get_records_of_their_own_and_are_never_joined_by_a_phone_alone():
    site = make_shop_site()
    guest = {"remote_id": "", "is_guest": True}
    first = buy(site, **guest, email="a@example.com")
    second = buy(site, **guest, email="b@example.com")
    assert first != second and first.mobile == second.mobile and first.is_guest
    assert buy(site, **guest, email="A@example.com") == first
    billing = make_address(email="", phone="")
    nameless = {"customer": make_buyer(**guest, email="", phone=""), "billing": billing, "shipping": billing}
    for _ in range(2):
        import_order(site=site, remote=make_remote(**nameless))
    assert Customer.objects.count() == 4


def test_guest_who_opens_an_account_keeps_his_record():
    site = make_shop_site()
    guest = buy(site, remote_id="", is_guest=True)
    account = buy(site)
    assert account == guest and not account.is_guest
    assert ExternalReference.objects.get(system=site.code, external_id="7").object_id == guest.pk


def test_two_shops_know_one_customer_under_ids_of_their_own():
    here, there = make_shop_site(), make_shop_site()
    assert buy(here, remote_id="7") == buy(there, remote_id="90")
    rows = ExternalReference.objects.order_by("system").values_list("system", "external_id")
    assert list(rows) == [(here.code, "7"), (there.code, "90")]


@pytest.mark.parametrize("spelling", ["DE123456789", "de 123.456.789", "123456789", "١٢٣٤٥٦٧٨٩"])
def test_company_is_found_by_its_tax_number_however_it_is_spelt(spelling):
    site = make_shop_site(customer_match_by=["tax_number"], update_customer_if_exist=True)
    german = {"billing": make_address(country="DE"), "shipping": make_address(country="DE")}
    company = make_buyer(company="Acme GmbH", tax_number="DE 123456789")
    import_order(site=site, remote=make_remote(customer=company, **german))
    person = make_buyer(remote_id="8", email="max@acme.example", first_name="Max", tax_number=spelling)
    import_order(site=site, remote=make_remote(customer=person, **german))
    found = one(Customer)
    assert (found.name1, found.customer_type, found.email) == ("Acme GmbH", "company", "sara@example.com")
    assert set(ExternalReference.objects.values_list("external_id", flat=True)) == {"7", "8"}


def test_who_buys_for_another_company_gets_a_customer_of_that_company():
    site = make_shop_site()
    first = buy(site, company="Acme", tax_number="300055512300003")
    second = buy(site, company="Bolt", tax_number="300055512300011")
    assert first != second and second.tax_reg_no == "300055512300011"
    assert ExternalReference.objects.get(external_id="7").object_id == first.pk


@pytest.mark.parametrize(
    "phones,expected",
    [
        (("٠٥٠ ١٢٣ ٤٥٦٧", "", ""), "+966501234567"),
        (("00966501234567", "", ""), "+966501234567"),
        (("", "050-123-4567", ""), "+966501234567"),
        (("", "", "055 123 4567"), "+971551234567"),
        (("call me", "", "055 123 4567"), "+971551234567"),
        (("12", "", ""), ""),
    ],
)
def test_phone_is_read_by_the_country_of_its_own_address(phones, expected):
    site = make_shop_site()
    buyer, billing, shipping = phones
    remote = make_remote(
        customer=make_buyer(phone=buyer),
        billing=make_address(country="SA", phone=billing),
        shipping=make_address(country="AE", phone=shipping),
    )
    import_order(site=site, remote=remote)
    found = one(Customer)
    assert (found.mobile, bool(found.phone)) == (expected, True)


def test_new_shipping_address_is_added_once_and_none_is_lost():
    site = make_shop_site(update_customer_if_exist=True)
    for line1 in ("King Fahd Road 1", "Olaya Street 5", "OLAYA STREET, 5", "King Fahd Road 1"):
        import_order(site=site, remote=make_remote(shipping=make_address(line1=line1)))
    rows = one(Customer).addresses.filter(kind="shipping").values_list("line1", "is_default")
    assert list(rows) == [("King Fahd Road 1", True), ("Olaya Street 5", False)]


def test_blocked_customer_holds_the_order_and_lifting_the_block_lets_it_go():
    site = make_shop_site()
    customer = make_customer(email="sara@example.com", blocked="orders")
    buy(site)
    assert held_for() == "customer_blocked" and not SalesOrder.objects.exists()
    customer.blocked = "none"
    customer.save()
    customers_changed.send(sender=Customer, customer_ids={customer.pk})
    assert one(Order).heal_at <= timezone.now()


@pytest.mark.parametrize(
    "check,limit,paid,held,warned",
    [
        ("block", "200", False, False, False),  # one order of 138
        ("block", "137.99", False, True, False),
        ("block", "0", True, False, False),  # paid goods are no credit
        ("warn", "137.99", False, False, True),
        ("none", "0", False, False, False),
    ],
)
def test_credit_limit_counts_what_is_not_paid(check, limit, paid, held, warned):
    site = make_shop_site()
    make_customer(email="sara@example.com", credit_check=check, credit_limit=Decimal(limit))
    import_order(site=site, remote=make_remote(paid=paid))
    order = one(Order)
    assert (order.state == "held") is held
    if held:
        assert held_for() == "credit_limit"
    else:
        assert bool(order.sales_order.notice) is warned


def test_open_orders_and_invoices_count_in_the_base_currency():
    ExchangeRate.objects.create(
        currency=Currency.objects.get_or_create(code="USD")[0],
        date=date(2026, 1, 1),
        rate_to_base=Decimal("3.75"),
    )
    site = make_shop_site(rule={"create_invoice": True})
    customer = make_customer(email="sara@example.com", credit_check="block", credit_limit=Decimal("800"))
    import_order(site=site, remote=make_remote(paid=False))  # 138 SAR, invoiced
    import_order(site=site, remote=make_remote(paid=False, currency="USD"))  # 138 USD are 517.50 SAR
    assert customer_exposure(customer) == Decimal("655.50")
    import_order(site=site, remote=make_remote(paid=False, currency="USD"))
    assert held_for() == "credit_limit"


def test_receipt_lets_orders_over_the_limit_go_again():
    site = make_shop_site()
    customer = make_customer(email="sara@example.com", credit_check="block", credit_limit=Decimal("200"))
    for _ in range(2):
        import_order(site=site, remote=make_remote(paid=False))
    waiting = Order.objects.get(state="held")
    create_receipt(
        customer=customer,
        payment_method=PaymentMethod.objects.get(code="CARD"),
        amount=Decimal(138),
        currency="SAR",
        paid_at=timezone.now(),
        transaction_id="T1",
        kind="payment",
    )
    assert Order.objects.filter(pk=waiting.pk, heal_at__lte=timezone.now()).exists()


@pytest.mark.parametrize(
    "stored,part",
    [
        ("Customers: ONE, TWO.", "العملاء"),
        ("Customer C-1 · Sara is blocked (orders).", "محظور"),
        ("Customer C-1: Credit limit 200 passed: 276 with this order.", "حد الائتمان"),
        ("W-1: extra: we have it, the shop has not", "غير موجود في المتجر"),
        ("Order SO-1 of customer C-1 is confirmed.", "للعميل"),
    ],
)
def test_what_workers_stored_of_customers_is_read_in_arabic(stored, part):
    with translation.override("ar"):
        assert part in in_reader_language(stored)
