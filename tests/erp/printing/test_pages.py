"""PDF, public link and layout in the admin."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.models import model_to_dict
from django.urls import reverse

from erp.models import LegalEntity
from erp.services.document_links import public_link, public_url
from tests.erp.printing.test_render import PIXEL
from tests.erp.printing.world import make_invoice, make_seller

pytestmark = pytest.mark.django_db


def act(client, invoice, name, **data):
    return client.post(
        reverse("admin:erp_salesinvoice_action", args=[invoice.pk, name]),
        {"_confirmed": "1", **data},
        follow=True,
    )


@pytest.mark.usefixtures("pdf")
def test_button_downloads_the_pdf(admin_client):
    invoice = make_invoice(make_seller())
    answer = act(admin_client, invoice, "pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    assert answer.content.startswith(b"%PDF")


def test_button_tells_what_is_missing(admin_client, monkeypatch):
    invoice = make_invoice(make_seller(tax_reg_no="1", invoice_qr="yes"))
    page = act(admin_client, invoice, "pdf").content.decode()
    assert "The QR code needs a Saudi tax registration number" in page


def test_public_link_is_made_shown_and_revoked_on_the_page(admin_client):
    invoice = make_invoice(make_seller())
    page = act(admin_client, invoice, "make_link").content.decode()
    assert public_url(public_link(invoice=invoice)) in page
    page = act(admin_client, invoice, "revoke_link").content.decode()
    assert "The public link is revoked." in page and "/documents/" not in page
    assert not invoice.links.filter(revoked_at=None).exists()


def entity_form(entity, **values):
    known = {name: value for name, value in model_to_dict(entity).items() if value is not None}
    known.pop("invoice_logo", None)
    return {**known, **values}


def test_layout_is_set_with_a_logo(admin_client):
    entity = make_seller()
    address = reverse("admin:erp_legalentity_change", args=[entity.pk])
    logo = SimpleUploadedFile("logo.png", PIXEL, "image/png")
    answer = admin_client.post(address, entity_form(entity, invoice_colour="#aa3311", logo_file=logo))
    assert answer.status_code == 302
    entity.refresh_from_db()
    assert (bytes(entity.invoice_logo), entity.invoice_colour) == (PIXEL, "#aa3311")
    assert "data:image/png;base64," in admin_client.get(address).content.decode()
    admin_client.post(address, entity_form(entity))
    entity.refresh_from_db()
    assert bytes(entity.invoice_logo) == PIXEL, "kept when no file comes"
    admin_client.post(address, entity_form(entity, remove_logo="on"))
    assert bytes(LegalEntity.objects.get().invoice_logo) == b""


def test_logo_that_cannot_be_printed_is_refused(admin_client):
    entity = make_seller()
    address = reverse("admin:erp_legalentity_change", args=[entity.pk])
    script = SimpleUploadedFile("logo.png", b"<svg onload=x>", "image/png")
    page = admin_client.post(address, entity_form(entity, logo_file=script)).content.decode()
    assert "Choose a PNG or JPEG image" in page


def test_qr_code_needs_the_number_and_colours_are_colours(admin_client):
    entity = make_seller(tax_reg_no="")
    address = reverse("admin:erp_legalentity_change", args=[entity.pk])
    page = admin_client.post(
        address, entity_form(entity, invoice_qr="yes", invoice_colour="red")
    ).content.decode()
    assert "fifteen digits" in page and "Enter a colour such as" in page


@pytest.mark.usefixtures("pdf")
def test_layout_is_previewed_with_the_newest_invoice(admin_client):
    entity = make_seller()
    address = reverse("admin:erp_legalentity_action", args=[entity.pk, "preview_invoice"])
    assert (
        "Issue an invoice of this legal entity first"
        in admin_client.post(address, follow=True).content.decode()
    )
    make_invoice(entity)
    assert admin_client.post(address).content.startswith(b"%PDF")
