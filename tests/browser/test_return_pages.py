"""A refund from its reason to its documents and the money back, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from activity.services import start_run
from activity.services.runs import RunReporter
from erp.models import Customer, PaymentMethod, SalesOrder, Warehouse
from orders import runs
from orders.models import ReturnOrder
from sandbox.woocommerce import WooShop
from sites.models import DocumentGenerationLine, PaymentMethodLine, Site
from tests.browser.conftest import Staff

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@dataclass(frozen=True)
class Words:
    """What the pages call things."""

    language: str
    make: str
    preview: str
    nothing_written: str
    kept_fee: str
    proof: str
    owed: str
    record: str
    exchange: str
    needs_attention: str


ENGLISH = Words(
    "en", "Make documents", "Preview", "Nothing was written.", "a fee that the shop kept", "Proof of totals",
    "Still to pay back", "Record refund", "Exchange", "Needs attention",
)  # fmt: skip
ARABIC = Words(
    "ar", "إنشاء المستندات", "معاينة", "لم يُكتب شيء.", "رسم احتفظ به المتجر", "مطابقة الإجماليات",
    "بقي ردّه", "تسجيل رد مبلغ", "استبدال", "يحتاج إلى متابعة",
)  # fmt: skip


@pytest.fixture
def refund(company: None, shop: WooShop) -> ReturnOrder:
    """An order of two packs, and a refund of one of them from which the shop kept a fee: it is held."""
    site = Site.objects.create(
        code="SHOP",
        site_type="woocommerce",
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        read_returns=True,
        return_policy="credit_note",
        default_warehouse=Warehouse.objects.first(),
        default_customer=Customer.objects.first(),
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
    )
    PaymentMethodLine.objects.create(
        site=site, remote_code="*", payment_method=PaymentMethod.objects.get(code="CARD")
    )
    DocumentGenerationLine.objects.create(
        site=site, name="all", create_delivery=True, create_invoice=True, create_receipt=True
    )
    order = shop.place_order([{"sku": "DEMO-0001", "quantity": 2}])
    _run(site, "read_sales")
    line = order["line_items"][0]
    shop.advance(5)
    row = {
        "id": line["id"],
        "quantity": 1,
        "refund_total": 46.0,
        "refund_tax": [{"id": line["taxes"][0]["id"], "refund_total": 6.9}],
    }
    shop.refund(order["id"], amount="41.40", reason="فتحت العبوة", line_items=[row])
    _run(site, "read_returns")
    return ReturnOrder.objects.get()


def _run(site: Site, action: str) -> None:
    with RunReporter(start_run(site_code=site.code, action=action)) as reporter:
        getattr(runs, action)(run=reporter, site=site, params={})


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=lambda words: words.language)
def test_staff_bring_a_refund_to_its_end(refund: ReturnOrder, staff: Callable[[str], Staff], words: Words):
    who = staff("salma")
    if words.language != "en":
        who.speak(words.language)
    page: Any = who.page
    who.open(reverse("admin:orders_returnorder_change", args=[refund.pk]))
    expect(page.get_by_text(words.needs_attention)).to_be_visible()

    who.press(words.preview)
    page.check("[name=keep_difference]")
    page.click("#content form [type=submit]")
    expect(page.locator("#content")).to_contain_text(words.nothing_written)
    expect(page.locator("#content")).to_contain_text(words.proof)
    assert SalesOrder.objects.get().sales_returns.count() == 0

    who.open(reverse("admin:orders_returnorder_change", args=[refund.pk]))
    who.press(words.make)
    expect(page.locator("#content")).to_contain_text(words.kept_fee)
    page.check("[name=keep_difference]")
    page.click("#content form [type=submit]")
    expect(page.locator("#content")).to_contain_text(words.owed)
    expect(page.locator("#content")).to_contain_text(words.proof)

    who.press(words.record)
    page.select_option("[name=payment_method]", index=1)
    page.click("#content form [type=submit]")
    expect(page.locator(".action-bar").get_by_role("button", name=words.record)).to_have_count(0)
    expect(page.locator(".action-bar").get_by_role("button", name=words.exchange)).to_be_visible()
    refund.refresh_from_db()
    assert refund.receipts.get().amount == refund.total == refund.credit_note.grand_total
