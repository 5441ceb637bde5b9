"""What goes back to the shop, on the pages where staff see it, in both languages."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from ecomsync.common.errors import ConfigurationError
from erp.models import DeliveryMethod, LegalEntity, SalesInvoice, SalesOrder
from erp.printing.render import require_pdf
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.document_links import public_link
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import Order, OrderOutbox
from orders.services.push_outbox import push_outbox
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import request_run
from sites.services.check import check_site
from sites.services.execute_runs import execute_waiting_runs
from tests.browser.conftest import Staff
from tests.orders.factories import make_shop_site

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
#: A folder for pictures of the pages, for whoever wants to look.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def told(company: None, shop: WooShop) -> Site:
    """An order of the shop that was shipped in two parcels and invoiced; one message was refused."""
    try:
        require_pdf()
    except ConfigurationError as error:
        pytest.skip(str(error))
    site = make_shop_site(
        code="SHOP",
        name1="متجر",
        name2="Shop",
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency="SAR",
        legal_entity=LegalEntity.objects.get(code="ELITE"),
        update_order_status=True,
        send_invoices=True,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
    )
    check_site(site=site)
    lines = site.update_order_status_to
    lines.create(
        line_no=1,
        document_type="delivery",
        document_state="shipped",
        remote_action="ship",
        remote_status="completed",
        notify_customer=True,
        comment_template="شُحن طلبك {order}: {items}",
    )
    lines.create(
        line_no=2, document_type="sales_order", document_state="confirmed", remote_status="on-the-moon"
    )
    shop.buy("DEMO-0001", 2)
    request_run(site=site, action="read_sales")
    execute_waiting_runs()
    push_outbox()
    order = SalesOrder.objects.get(channel="SHOP")
    delivery = create_delivery(order=order)
    delivery.delivery_method = DeliveryMethod.objects.exclude(tracking_url_template="").first()
    delivery.save()
    ship_delivery(delivery=delivery, tracking_numbers=["TR-1001", "TR-1002"])
    public_link(invoice=issue_invoice(invoice=create_invoice(order=order)))
    for _ in range(4):
        push_outbox()
    return site


def look(salma: Staff, name: str) -> None:
    """No page is wider than the screen; and a picture where wanted."""
    page = salma.page
    language = page.locator("html").get_attribute("lang")
    wide: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, (name, language, wide)
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{language}.png"), full_page=True)


def pages() -> dict[str, str]:
    order, invoice = Order.objects.get(), SalesInvoice.objects.get(channel="SHOP")
    delivery = invoice.order.deliveries.get()
    failed = OrderOutbox.objects.get(state="failed")
    return {
        "order": reverse("admin:orders_order_change", args=[order.pk]),
        "delivery": reverse("admin:erp_delivery_change", args=[delivery.pk]),
        "invoice": reverse("admin:erp_salesinvoice_change", args=[invoice.pk]),
        "message": reverse("admin:orders_orderoutbox_change", args=[failed.pk]),
        "messages": reverse("admin:orders_orderoutbox_changelist"),
        "entity": reverse("admin:erp_legalentity_change", args=[LegalEntity.objects.get(code="ELITE").pk]),
    }


def test_pages_tell_what_the_shop_was_told_in_both_languages(
    staff: Callable[[str], Staff], told: Site, shop: WooShop
) -> None:
    salma = staff("salma")
    shown = pages()
    remote = int(Order.objects.get().remote_id)
    assert shop.order(remote)["status"] == "completed"
    words = {
        "order": ("Told to the shop", "ما أُبلغ به المتجر"),
        "delivery": ("TR-1001", "TR-1001"),
        "invoice": ("Public link", "رابط عام"),
        "message": ("Cause and cure", "السبب والحل"),
        "messages": ("TR-1002", "TR-1002"),
        "entity": ("Printed invoices", "الفواتير المطبوعة"),
    }
    for place, language in enumerate(("en", "ar")):
        salma.speak(language)
        for name, address in shown.items():
            salma.open(address)
            expect(salma.page.locator("#content")).to_contain_text(words[name][place])
            look(salma, name)


def test_status_table_offers_the_shops_statuses_and_refuses_others(
    staff: Callable[[str], Staff], told: Site
) -> None:
    salma = staff("salma")
    for language in ("ar", "en"):
        salma.speak(language)
        salma.open(reverse("admin:ecomsites_site_change", args=[told.pk]))
        salma.tab("orders")
        table = salma.page.locator("#update_order_status_to-group")
        table.scroll_into_view_if_needed()
        offered = salma.page.locator("#offered-statuses option")
        assert "completed" in [option.get_attribute("value") for option in offered.all()]
        look(salma, "statuses")
    salma.page.click("input[name=_continue]")
    expect(salma.page.locator("#update_order_status_to-group .errorlist")).to_contain_text("on-the-moon")
    look(salma, "statuses-refused")


def test_pdf_is_downloaded_and_the_public_link_opens_it(staff: Callable[[str], Staff], told: Site) -> None:
    salma = staff("salma")
    salma.open(pages()["invoice"])
    with salma.page.expect_download() as waiting:
        salma.press("PDF")
    number = SalesInvoice.objects.get(channel="SHOP").number
    assert waiting.value.suggested_filename == f"{number}.pdf"
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")
    address = salma.page.locator("a[href*='/documents/']").get_attribute("href") or ""
    answer = salma.page.request.get(salma.address + "/documents/" + address.split("/documents/")[1])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
