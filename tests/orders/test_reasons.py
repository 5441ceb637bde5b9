"""Every code that can hold an order or a return has a title, a cure, Arabic, and a link that leads somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from ecomsync.common.remedies import known_codes, remedy_for
from erp.models import Currency
from orders.reasons import HoldCode, settings_link
from orders.settings_links import PLACES
from tests.erp.factories import make_customer
from tests.orders.factories import make_item, make_shop_site

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
#: Raised where no order comes by: price documents, transfers between warehouses, files of stock.
ELSEWHERE = {"no_price", "negative_price", "bad_transfer", "bad_stock_file"}


def codes_in(folder: str) -> Iterator[str]:
    """The codes of errors that the modules of a folder can raise."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func).endswith(
                ("Error", "Refused", "Exceeded", "Mismatch", "Locked", "Mapping", "Shortage", "Unbalanced")
            ):
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                yield from [str(node.value.value)] * (_name(node.targets[0]) == "default_code")


def _name(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


HOLDING = sorted({*map(str, HoldCode), *codes_in("erp"), *codes_in("orders")} - ELSEWHERE)


def test_the_codes_of_the_erp_are_found():
    assert {"customer_blocked", "credit_limit", "stock_shortage", "period_locked", "no_warehouse"} < set(
        HOLDING
    )


@pytest.mark.parametrize("code", HOLDING)
def test_code_has_title_cure_and_arabic(code):
    assert code in known_codes()
    english = remedy_for(code)
    texts = (str(english.title), str(english.cure))
    assert all(texts)
    with translation.override("ar"):
        told = remedy_for(code)
        for text, arabic in zip(texts, (str(told.title), str(told.cure)), strict=True):
            assert arabic != text and re.search("[\u0600-\u06ff]", arabic), text


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    return client


def test_every_code_has_a_link_whose_page_has_the_field(boss):
    """Each page is opened once, since many codes lead to the page of the site."""
    site, pages = make_shop_site(), {}
    for code in HOLDING:
        assert code in PLACES, code
        parts = urlsplit(settings_link(code, site_id=site.pk, subject="X-1", params={"day": "2026-05-04"}))
        address = parts.path if "ecomsites" in parts.path else f"{parts.path}?{parts.query}"
        if address not in pages:
            answer = boss.get(address)
            assert answer.status_code == 200, (code, address)
            pages[address] = answer.content.decode()
        tab, _slash, target = parts.fragment.rpartition("/")
        assert not tab or f'data-tab="{tab}"' in pages[address], (code, parts.fragment)
        assert not tab or f'id="{target}"' in pages[address], (code, parts.fragment)


def test_record_that_is_known_is_linked_itself(boss):
    site, customer, item = make_shop_site(), make_customer(), make_item("KNOWN")
    assert f"/customer/{customer.pk}/change/#id_credit_limit" in settings_link(
        "credit_limit", site_id=site.pk, subject=customer.code
    )
    assert f"/item/{item.pk}/change/" in settings_link("not_sellable", site_id=site.pk, subject="KNOWN")
    for anchor in ("id_credit_limit", "id_blocked"):
        assert f'id="{anchor}"' in boss.get(f"/admin/erp/customer/{customer.pk}/change/").content.decode()


def test_exchange_rate_is_prefilled_with_currency_and_the_day_of_the_order(boss):
    site = make_shop_site()
    euro, _new = Currency.objects.get_or_create(code="EUR", defaults={"name2": "Euro"})
    address = settings_link(
        "missing_exchange_rate", site_id=site.pk, subject="EUR", params={"day": "2026-05-04"}
    )
    assert parse_qs(urlsplit(address).query) == {"currency": [str(euro.pk)], "date": ["2026-05-04"]}
    page = boss.get(address).content.decode()
    assert 'value="2026-05-04"' in page and f'<option value="{euro.pk}" selected' in page


def test_unknown_currency_is_created_first():
    site = make_shop_site()
    address = settings_link("missing_exchange_rate", site_id=site.pk, subject="XTS")
    assert address.endswith("/currency/add/?code=XTS")


def test_method_that_is_not_mapped_leads_to_the_page_that_maps_it():
    site = make_shop_site()
    address = settings_link("unmapped_payment", site_id=site.pk, subject="cash on delivery")
    assert address.endswith(f"/order/map/{site.pk}/payment/?code=cash+on+delivery")
    several = settings_link("unmapped_shipping", site_id=site.pk, subject="pickup, van")
    assert several.endswith(f"/order/map/{site.pk}/shipping/")


def test_linker_is_searched_for_the_sku():
    site = make_shop_site()
    address = settings_link("unknown_sku", site_id=site.pk, subject="NOPE")
    assert parse_qs(urlsplit(address).query) == {"site__id__exact": [str(site.pk)], "q": ["NOPE"]}
