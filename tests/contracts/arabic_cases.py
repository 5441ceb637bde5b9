"""Arabic shops: names, addresses, numbers and dinars reach the ERP's documents as the shop has them."""

from __future__ import annotations

import re
from abc import abstractmethod
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from orders.models import Order
from orders.states import OrderState
from platforms.base import CredentialField, OptionField
from platforms.types import Outcome
from sites.admin.widgets import statuses
from tests.contracts.bench import Bench, prices
from tests.contracts.journey_cases import act, make_site
from tests.orders.factories import make_item

STREET, CITY, FIRST, LAST = "حي الروضة، شارع الأمير سلطان ١٢", "مكة المكرمة", "نورة بنت عبدالله", "القحطاني"
MOBILE = "+966512345678"
#: Three pieces of 1.235 and 1.500 for shipping, of a store without tax.
PRICE, SHIPPING, TOTAL = "1.235", "1.500", Decimal("5.205")


@pytest.mark.django_db
class ArabicShopCases:
    """A fixture `dinars` is the bench of a store in KWD without tax."""

    @abstractmethod
    def place(self, bench: Bench) -> str:
        """Three pieces of `ATTAR` by the buyer above; returns the order's id."""

    def test_buyer_address_number_and_dinars_reach_the_documents(self, dinars: Bench) -> None:
        remote_id = self.place(dinars)
        site = make_site(dinars)
        make_item("ATTAR", stock=10)

        act(site, "read_sales")

        order = Order.objects.get(site=site, remote_id=remote_id)
        assert order.state == OrderState.IMPORTED, list(order.holds.values_list("code", "subject"))
        document = order.sales_order
        assert document is not None and order.proof_ok
        assert (document.currency, document.grand_total) == ("KWD", TOTAL)
        assert [line.net_amount for line in document.lines.all() if line.item.code == "ATTAR"] == [
            Decimal("3.705")
        ]
        self._see_address(document.shipping_address)
        customer = document.customer
        assert f"{FIRST} {LAST}" == f"{customer.name1} {customer.name2}".strip()
        assert MOBILE in (customer.phone, customer.mobile)

    def test_prices_in_dinars_keep_three_decimals_and_are_sent_once(self, dinars: Bench) -> None:
        products = dinars.products(2)
        with dinars.adapter() as adapter:
            first = adapter.push_prices(prices(products, "1.2354", "KWD"))
            written = dinars.writes
            again = adapter.push_prices(prices(products, "1.2354", "KWD"))

        assert [result.outcome for result in (*first, *again)] == [
            *[Outcome.OK] * 2,
            *[Outcome.UNCHANGED] * 2,
        ]
        assert {dinars.price_of(product) for product in products} == {Decimal(PRICE)}
        assert dinars.writes == written

    def test_page_of_the_site_is_arabic_from_right_to_left(self, dinars: Bench, admin_client: Client) -> None:
        site = make_site(dinars)
        path = reverse("admin:ecomsites_site_change", args=[site.pk])

        page = admin_client.get(path, headers={"accept-language": "ar"}).content.decode()

        assert 'dir="rtl"' in page
        with translation.override("ar"):
            shown = dict(statuses(site))
        assert all(re.search("[\u0600-\u06ff]", title) for title in shown.values()), shown
        adapter = site.adapter_class
        fields: list[CredentialField | OptionField] = [*adapter.credential_fields, *adapter.option_fields]
        for field in fields:
            label = re.compile(rf">\s*{re.escape(escape(field.label_ar))}\s*:?\s*<")
            assert label.search(page), field.name
            assert not re.search(rf">\s*{re.escape(escape(field.label_en))}\s*:?\s*<", page), field.name

    def _see_address(self, address: dict[str, Any]) -> None:
        told = " ".join(str(value) for value in address.values())
        assert all(part in told for part in (FIRST, LAST, STREET, CITY, MOBILE)), address
