"""Invoices and credit notes back to the shop: linked, attached, held while the machine cannot print."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import SiteError
from ecomsync.common.errors import ConfigurationError
from erp.models import DocumentLink, SalesInvoice, SalesOrder
from erp.services.credit_notes import credit_whole_invoice
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.document_links import public_link, public_url
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import OrderOutbox
from orders.services import push_status
from orders.services.import_order import import_order
from orders.services.push_outbox import push_outbox
from orders.states import OutboxState
from platforms.types import InvoiceKind, InvoiceNotice, ShipmentNotice
from sites.models import Site
from tests.erp.printing.world import make_seller
from tests.orders.factories import make_item, make_remote, one
from tests.orders.shop import ShopAdapter

pytestmark = pytest.mark.django_db


@pytest.fixture
def sending(memory_site, shop, monkeypatch):
    """A site that sends invoices, on a machine that can print."""
    monkeypatch.setattr(push_status, "require_pdf", lambda: None)
    Site.objects.filter(pk=memory_site.pk).update(send_invoices=True, legal_entity=make_seller())
    memory_site.refresh_from_db()
    make_item("A1", stock=9)
    return memory_site


def bill(site):
    import_order(site=site, remote=make_remote())
    return issue_invoice(invoice=create_invoice(order=one(SalesOrder)))


def test_issued_invoice_is_linked_by_its_public_address(sending, shop):
    invoice = bill(sending)
    push_outbox()
    (notice,) = shop.told
    assert isinstance(notice, InvoiceNotice)
    assert (notice.number, notice.kind, notice.pdf) == (invoice.number, InvoiceKind.INVOICE, None)
    assert notice.url == public_url(public_link(invoice=invoice))
    assert notice.comment == f"Your invoice {invoice.number}:" and not notice.notify_customer
    assert DocumentLink.objects.count() == 1
    assert push_outbox() == 0


def test_words_before_the_link_are_in_the_customers_language(sending, shop):
    invoice = bill(sending)
    invoice.customer.__class__.objects.update(language="ar")
    push_outbox()
    assert shop.told[0].comment == f"فاتورتك رقم {invoice.number}:"


def test_platform_that_keeps_attachments_gets_the_file(sending, shop, monkeypatch):
    can = dataclasses.replace(ShopAdapter.capabilities, push_invoices="attachment")
    monkeypatch.setattr(ShopAdapter, "capabilities", can)
    monkeypatch.setattr(push_status, "render_invoice", lambda invoice: b"%PDF " + invoice.number.encode())
    invoice = bill(sending)
    push_outbox()
    assert shop.told[0].pdf == b"%PDF " + invoice.number.encode() and shop.told[0].url


def test_credit_note_goes_back_as_what_it_is(sending, shop):
    note = issue_invoice(invoice=credit_whole_invoice(invoice=bill(sending), reason="damaged"))
    push_outbox()
    assert [(notice.number, notice.kind) for notice in shop.told] == [
        (SalesInvoice.objects.get(kind="invoice").number, InvoiceKind.INVOICE),
        (note.number, InvoiceKind.CREDIT_NOTE),
    ]
    assert shop.told[1].comment == f"Your credit note {note.number}:"


def test_row_of_the_site_takes_the_place_of_the_automatic_message(sending, shop):
    Site.objects.update(update_order_status=True)
    sending.refresh_from_db()
    sending.update_order_status_to.create(
        document_type="invoice",
        document_state="issued",
        remote_action="invoice",
        notify_customer=True,
        comment_template="فاتورة {number} للطلب {order}",
    )
    invoice = bill(sending)
    push_outbox()
    told = [notice for notice in shop.told if isinstance(notice, InvoiceNotice)]
    assert [(notice.comment.split()[1], notice.notify_customer) for notice in told] == [
        (invoice.number, True)
    ]


def unable(monkeypatch):
    def missing():
        raise ConfigurationError("No Pango.", code="pdf_unavailable", cure="Install Pango.")

    monkeypatch.setattr(push_status, "require_pdf", missing)


def test_machine_that_cannot_print_holds_the_message_and_it_goes_by_itself_once_cured(
    sending, shop, monkeypatch
):
    unable(monkeypatch)
    bill(sending)
    push_outbox()
    row = one(OrderOutbox)
    assert (row.state, row.error_code, row.attempts) == (OutboxState.PENDING, "pdf_unavailable", 0)
    assert row.remedy == "Install Pango." and row.not_before > timezone.now()
    assert one(SiteError).code == "pdf_unavailable"
    assert not Site.objects.get(pk=sending.pk).paused and shop.told == []
    monkeypatch.setattr(push_status, "require_pdf", lambda: None)
    assert push_outbox() == 0, "not before its time"
    OrderOutbox.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    push_outbox()
    assert len(shop.told) == 1 and one(OrderOutbox).state == OutboxState.DONE
    assert one(SiteError).state == "resolved"


def test_held_invoice_holds_up_neither_its_order_nor_the_site(sending, shop, monkeypatch):
    unable(monkeypatch)
    Site.objects.update(update_order_status=True)
    sending.refresh_from_db()
    sending.update_order_status_to.create(
        document_type="delivery", document_state="shipped", remote_status="completed", remote_action="ship"
    )
    bill(sending)
    push_outbox()
    ship_delivery(delivery=create_delivery(order=one(SalesOrder)))
    push_outbox()
    assert [type(notice) for notice in shop.told if not hasattr(notice, "metadata")] == [ShipmentNotice]


def test_without_legal_entity_the_message_waits_with_cause_and_cure(sending, shop):
    make_seller()
    Site.objects.update(legal_entity=None)
    sending.refresh_from_db()
    bill(sending)
    push_outbox()
    row = one(OrderOutbox)
    assert (row.state, row.error_code) == (OutboxState.PENDING, "no_legal_entity") and row.remedy
