"""The first day with a shop: add the site, test it, map, read sales, look at the order. In both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from erp.models import SalesInvoice, SalesOrder
from orders.models import Order
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.browser.conftest import Staff

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@dataclass(frozen=True)
class Words:
    """What the pages call things."""

    language: str
    direction: str
    add: str
    platform: str
    choose: str
    saved: str
    test_connection: str
    works: str
    steps: tuple[str, ...]
    read_sales: str
    finished: str
    adds_up: str
    panels: tuple[str, ...]
    documents: tuple[str, ...]
    equal: str


ENGLISH = Words(
    language="en",
    direction="ltr",
    add="Add Magento Site",
    platform="WooCommerce",
    choose="Choose",
    saved="The site was saved. Press ‘Test Connection’ next.",
    test_connection="Test Connection",
    works="The connection works.",
    steps=("Sign-in", "The key may write orders.", "The clocks agree."),
    read_sales="Read Sales",
    finished="finished",
    adds_up="It adds up",
    panels=("Amounts of the shop", "Proof of totals", "Documents", "Timeline"),
    documents=("sales order", "invoice", "receipt"),
    equal="equal",
)
ARABIC = Words(
    language="ar",
    direction="rtl",
    add="أضف موقع ماجنتو",
    platform="ووكومرس",
    choose="اختيار",
    saved="حُفظ الموقع.",
    test_connection="اختبار الاتصال",
    works="الاتصال يعمل.",
    steps=("تسجيل الدخول", "يُسمح للمفتاح بكتابة: الطلبات.", "الساعتان متوافقتان."),
    read_sales="قراءة المبيعات",
    finished="انتهت",
    adds_up="الأرقام متطابقة",
    panels=("مبالغ المتجر", "مطابقة الإجماليات", "المستندات", "التسلسل الزمني"),
    documents=("أمر بيع", "فاتورة", "سند قبض"),
    equal="متطابق",
)


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=lambda words: words.language)
@pytest.mark.usefixtures("company", "hands")
def test_clerk_sets_up_a_shop_and_reads_its_first_order(
    words: Words, staff: Callable[[str], Staff], shop: WooShop
) -> None:
    salma = staff("salma")
    salma.speak(words.language)
    assert salma.page.locator("html").get_attribute("dir") == words.direction

    site = add_site(salma, words, shop)
    check_the_connection(salma, words)
    map_everything(salma, site)
    placed = shop.place_order([{"sku": "DEMO-0001", "quantity": 2}], payment_method="moyasar")
    read_sales(salma, words, site)
    read_the_order(salma, words, placed)


def add_site(salma: Staff, words: Words, shop: WooShop) -> Site:
    page = salma.page
    salma.open(reverse("admin:ecomsites_site_changelist"))
    page.get_by_role("link", name=words.add).click()
    woocommerce = page.get_by_role("region", name=words.platform, exact=True)
    woocommerce.get_by_role("link", name=words.choose, exact=True).click()
    page.fill("#id_code", "first")
    page.fill("#id_name1", "متجر النخبة")
    page.fill("#id_name2", "Elite store")
    page.fill("#id_url", shop.url)
    page.fill("#id_username", shop.key)
    page.fill("#id_password", shop.secret)
    page.click("input[name=_save]")
    expect(page.locator(".messagelist")).to_contain_text(words.saved)
    site = Site.objects.get(code="FIRST")
    assert shop.secret not in page.content()
    return site


def check_the_connection(salma: Staff, words: Words) -> None:
    salma.press(words.test_connection)
    expect(salma.page.locator(".messagelist")).to_contain_text(words.works)
    for step in words.steps:
        expect(salma.page.locator("#content")).to_contain_text(step)


def map_everything(salma: Staff, site: Site) -> None:
    """One payment method and one document rule through the inline tables, and what the site needs beside."""
    page = salma.page
    salma.open(reverse("admin:ecomsites_site_change", args=[site.pk]))
    salma.tab("orders")
    choose_in_autocomplete(salma, "default_customer", "WEB-GUEST")
    page.select_option("#id_default_warehouse", label=label_of(page, "#id_default_warehouse", "RUH"))
    page.locator("#payment_methods-group .add-row a").click()
    page.fill("#id_payment_methods-0-remote_code", "moyasar")
    card = label_of(page, "#id_payment_methods-0-payment_method", "CARD")
    page.select_option("#id_payment_methods-0-payment_method", label=card)
    page.locator("#document_generation_info_lines-group .add-row a").click()
    page.fill("#id_document_generation_info_lines-0-name", "Paid orders")
    page.fill("#id_document_generation_info_lines-0-criteria", "payment_status = paid")
    for document in ("sales_order", "invoice", "receipt"):
        page.check(f"#id_document_generation_info_lines-0-create_{document}")
    page.click("input[name=_continue]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert site.payment_methods.get().payment_method.code == "CARD"
    assert site.document_generation_info_lines.get().criteria == "payment_status = paid"


def label_of(page: Page, selector: str, code: str) -> str:
    """The whole label of the option that begins with a code."""
    labels: list[str] = page.locator(f"{selector} option").all_inner_texts()
    return next(label for label in labels if label.startswith(code))


def choose_in_autocomplete(salma: Staff, name: str, code: str) -> None:
    page = salma.page
    page.locator(f".field-{name} .select2-selection").first.click()
    page.locator(".select2-search__field").fill(code)
    page.locator(".select2-results__option", has_text=code).first.click()


def read_sales(salma: Staff, words: Words, site: Site) -> None:
    """The button leads to the run, whose page becomes the report by itself."""
    page = salma.page
    salma.press(words.read_sales)
    page.wait_for_url(re.compile("/activity/run/"))
    expect(page.locator(".run-report.finished")).to_be_visible()
    expect(page.locator(".object-head")).to_contain_text(words.finished)
    expect(page.locator("[data-count=found]")).to_have_text("1")
    expect(page.locator("[data-count=created]")).to_have_text("1")
    expect(page.locator(".run-report")).to_contain_text(words.adds_up)


def read_the_order(salma: Staff, words: Words, placed: dict[str, Any]) -> None:
    page = salma.page
    salma.open(reverse("admin:orders_order_changelist"))
    page.locator("#result_list").get_by_role("link", name=placed["number"], exact=True).click()
    shown = salma.text()
    for panel in words.panels:
        assert panel in shown
    order = Order.objects.get(number=placed["number"])
    total = Decimal(placed["total"])
    assert order.grand_total == total == Decimal("105.80")
    expect(page.locator(".panel-ok")).to_contain_text(words.equal)

    table = page.locator("section", has=page.get_by_role("heading", name=words.panels[2], exact=True))
    for label in words.documents:
        expect(table).to_contain_text(label)
    sales_order, invoice = SalesOrder.objects.get(), SalesInvoice.objects.get()
    expect(table).to_contain_text(invoice.number)
    table.get_by_role("link", name=sales_order.number, exact=True).click()
    expect(page.locator("h1")).to_contain_text(sales_order.number)
    assert sales_order.grand_total == invoice.grand_total == total
    assert "105.80" in salma.text()
    assert page.locator("html").get_attribute("lang") == words.language
