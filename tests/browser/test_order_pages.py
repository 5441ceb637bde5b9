"""A held order from the problem to its cure: reason, mapping, rule, story, difference, preview. In both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from activity.models import SiteError
from activity.services import start_run
from activity.services.runs import RunReporter
from erp.models import Customer, PaymentMethod, Warehouse
from orders.models import Order
from orders.runs import read_sales
from orders.services.heal import heal_due_orders
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.browser.conftest import Staff

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@dataclass(frozen=True)
class Words:
    """What the pages call things."""

    language: str
    needs_attention: str
    open_setting: str
    retry: str
    goes_again: str
    reread: str
    show_differences: str
    in_shop_now: str
    take_over: str
    timeline: str
    released: str
    preview: str
    nothing_written: str
    compared: str
    map_it: str


ENGLISH = Words(
    "en", "Needs attention", "Open the setting", "Try again", "1 record goes again.", "ReRead Selected Orders",
    "Show the differences", "In the shop now", "Take over the ticked ones", "Timeline", "Released", "Preview",
    "Nothing was written.", "finished", "Map and import",
)  # fmt: skip
ARABIC = Words(
    "ar", "يحتاج إلى متابعة", "فتح الإعداد", "إعادة المحاولة", "يُعاد سجل واحد.", "إعادة قراءة الطلبات المحددة",
    "عرض الاختلافات", "في المتجر الآن", "اعتماد المحدّد", "التسلسل الزمني", "أُطلق", "معاينة",
    "لم يُكتب شيء.", "انتهت", "اربط واستورد",
)  # fmt: skip


@pytest.fixture
def site(company: None, shop: WooShop) -> Site:
    """Neither the payment method is mapped nor is there a rule for documents."""
    return Site.objects.create(
        code="SHOP", name1="متجر النخبة", name2="Elite store", site_type="woocommerce", url=shop.url,
        username=shop.key, password=shop.secret, currency="SAR", default_warehouse=Warehouse.objects.get(code="RUH"),
        default_customer=Customer.objects.get(code="WEB-GUEST"),
    )  # fmt: skip


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=lambda words: words.language)
@pytest.mark.usefixtures("hands")
def test_held_order_is_understood_cured_and_followed(
    words: Words, staff: Callable[[str], Staff], site: Site, shop: WooShop
) -> None:
    placed = shop.place_order([{"sku": "DEMO-0001", "quantity": 2}], payment_method="moyasar")
    read(site)
    order = Order.objects.get()
    assert order.state == "held"
    salma = staff("salma")
    salma.speak(words.language)
    page = salma.page

    salma.open(address_of(order))
    expect(page.locator("#content")).to_contain_text(words.needs_attention)
    map_the_payment(page, words)
    assert site.payment_methods.get().remote_code == "moyasar"
    salma.open(address_of(order))
    add_a_rule(page, words)
    assert site.document_generation_info_lines.get().create_sales_order
    assert heal_due_orders() == {"created": 1}
    assert not SiteError.objects.filter(state="open").exists()

    salma.open(address_of(order))
    story = page.locator("section", has=page.get_by_role("heading", name=words.timeline))
    expect(story).to_contain_text(words.released)
    preview(salma, words, order)
    shop.set_order_status(placed["id"], "completed")
    take_over_the_newest(salma, words, order)


def read(site: Site) -> None:
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as run:
        read_sales(run=run, site=site, params={})


def address_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def map_the_payment(page: Page, words: Words) -> None:
    """The link of the reason opens a page that knows the shop's code already."""
    page.get_by_role("row", name="moyasar").get_by_role("link", name=words.open_setting).click()
    expect(page.locator("#id_remote_code")).to_have_value("moyasar")
    page.select_option("#id_payment_method", value=str(PaymentMethod.objects.get(code="CARD").pk))
    page.get_by_role("button", name=words.map_it).click()
    expect(page.locator(".messagelist li").first).to_be_visible()


def add_a_rule(page: Page, words: Words) -> None:
    """The link of the other reason opens the very table of the site's page; its own form is saved."""
    page.get_by_role("link", name=words.open_setting).first.click()
    group = page.locator("#document_generation_info_lines-group")
    expect(group).to_be_in_viewport()
    group.locator(".add-row a").click()
    page.fill("#id_document_generation_info_lines-0-name", "all")
    page.check("#id_document_generation_info_lines-0-create_sales_order")
    page.click("input[name=_continue]")
    expect(page.locator(".messagelist .success")).to_be_visible()


def preview(salma: Staff, words: Words, order: Order) -> None:
    salma.press(words.preview)
    expect(salma.page.locator("#content")).to_contain_text(words.nothing_written)


def take_over_the_newest(salma: Staff, words: Words, order: Order) -> None:
    page = salma.page
    salma.open(address_of(order))
    salma.press(words.reread)
    page.get_by_role("link", name=words.show_differences).click()
    expect(page.locator("details.comparison")).to_have_count(1)
    box = page.locator("details.comparison input[name=chosen]")
    box.check()
    page.get_by_role("button", name=words.take_over).click()
    expect(page.locator(".run-report")).to_contain_text(words.compared)


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=lambda words: words.language)
def test_problem_list_tries_again_in_bulk(
    words: Words, staff: Callable[[str], Staff], site: Site, shop: WooShop
) -> None:
    shop.place_order([{"sku": "DEMO-0001", "quantity": 1}], payment_method="moyasar")
    read(site)
    salma = staff("salma")
    salma.speak(words.language)
    page = salma.page
    salma.open(reverse("admin:activity_siteerror_changelist"))
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", value="retry")
    page.locator("#changelist-form button[name=index], #changelist-form button[type=submit]").first.click()
    expect(page.locator(".messagelist")).to_contain_text(words.goes_again)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    assert Order.objects.get().grand_total > Decimal(0)
