"""Public links: whoever has one reads one document, for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from activity.models import SiteError
from ecomsync.common.errors import ConfigurationError
from erp import views
from erp.errors import IllegalState
from erp.models import DocumentLink, SalesInvoice, SalesOrder
from erp.services.document_links import public_link, public_url, revoke_links
from erp.services.erase import erase_customer
from erp.services.invoices import create_invoice
from tests.erp.factories import line, make_confirmed, make_item, make_warehouse
from tests.erp.printing.world import make_invoice, make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_pages(monkeypatch):
    """Making the PDF is tested elsewhere."""
    cache.clear()
    monkeypatch.setattr(views, "render_invoice", lambda invoice: b"%PDF " + invoice.number.encode())


@pytest.fixture
def invoice():
    return make_invoice(make_seller())


def path_of(invoice):
    return public_url(public_link(invoice=invoice)).split("8000", 1)[-1].removeprefix("http://testserver")


def test_link_opens_the_document_without_login(client, invoice, settings):
    settings.BASE_URL = "https://erp.example.com"
    url = public_url(public_link(invoice=invoice))
    assert url.startswith("https://erp.example.com/documents/")
    answer = client.get(url.removeprefix("https://erp.example.com"))
    assert (answer.status_code, answer.content) == (200, f"%PDF {invoice.number}".encode())
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{invoice.number}.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    link = DocumentLink.objects.get()
    assert link.opened == 1 and link.last_opened_at is not None


def test_one_invoice_has_one_address_as_long_as_it_is_valid(invoice):
    first = public_link(invoice=invoice)
    assert public_link(invoice=invoice) == first
    days = (first.expires_at - timezone.now()).days
    assert days in (364, 365)


def test_key_alone_and_changed_signatures_open_nothing(client, invoice):
    link = public_link(invoice=invoice)
    token = public_url(link).rstrip("/").rsplit("/", 1)[-1]
    for wrong in (link.key, token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, "1"):
        assert client.get(reverse("document", args=[wrong])).status_code == 404
    assert client.get(reverse("document", args=[token])).status_code == 200


def test_link_ends_by_itself_and_a_new_one_takes_its_place(client, invoice):
    link = public_link(invoice=invoice)
    old = path_of(invoice)
    DocumentLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(old).status_code == 410
    fresh = public_link(invoice=invoice)
    assert fresh != link
    assert client.get(path_of(invoice)).status_code == 200
    assert client.get(old).status_code == 410


def test_revoked_link_opens_nothing(client, invoice):
    old = path_of(invoice)
    assert revoke_links(invoice=invoice) == 1
    answer = client.get(old, headers={"accept-language": "ar"})
    assert answer.status_code == 410 and "لم يعد هذا الرابط صالحًا" in answer.content.decode()
    assert revoke_links(invoice=invoice) == 0


def test_guesses_and_floods_are_slowed_down(client, invoice):
    path = path_of(invoice)
    codes = [client.get(reverse("document", args=["guess"])).status_code for _ in range(31)]
    assert codes == [404] * 30 + [429]
    codes = [client.get(path).status_code for _ in range(13)]
    assert codes == [200] * 12 + [429], "the guesses of others do not count"


def test_draft_has_no_link():
    make_warehouse("RUH", is_default=True)
    draft = create_invoice(order=make_confirmed(line(make_item()), legal_entity=make_seller()))
    with pytest.raises(IllegalState):
        public_link(invoice=draft)


def test_machine_that_cannot_print_says_later_to_the_buyer_and_why_to_staff(client, invoice, monkeypatch):
    def broken(invoice):
        raise ConfigurationError("No Pango.", code="pdf_unavailable", cure="Install it.")

    monkeypatch.setattr(views, "render_invoice", broken)
    answer = client.get(path_of(invoice))
    assert (answer.status_code, answer["Retry-After"]) == (503, "3600")
    assert "Pango" not in answer.content.decode()
    assert SiteError.objects.get().code == "pdf_unavailable"


def test_only_reading_is_possible(client, invoice):
    assert client.post(path_of(invoice)).status_code == 405
    assert client.head(path_of(invoice)).status_code == 200
    assert DocumentLink.objects.get().opened == 0


def test_link_of_a_customer_who_is_erased_opens_nothing(client, invoice):
    path = path_of(invoice)
    SalesInvoice.objects.filter(pk=invoice.pk).update(paid_amount=invoice.grand_total, state="paid")
    SalesOrder.objects.filter(pk=invoice.order_id).update(state="completed")
    erase_customer(customer=invoice.customer)
    assert client.get(path).status_code == 410
