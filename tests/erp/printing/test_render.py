"""Invoices as PDF: read back as text, and their QR code as a picture."""

from __future__ import annotations

import base64
import logging
import re

import pypdfium2
import pytest
import zxingcpp

from ecomsync.common.errors import ConfigurationError
from erp.printing import render
from erp.printing.content import as_sample, invoice_print
from erp.printing.render import invoice_html, render_invoice, render_pdf
from tests.erp.printing.test_zatca import read_tlv
from tests.erp.printing.world import make_invoice, make_seller, read_pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pdf")]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_bilingual_invoice_reads_from_right_to_left_with_its_letters_in_order():
    text = read_pages(render_invoice(make_invoice(make_seller())))[0]
    for words in ("فاتورة ضريبية مبسطة", "شركة النخبة للتجارة", "سارة العلي", "الرقم الضريبي"):
        assert words in text, words
    for words in (
        "Simplified tax invoice",
        "Elite Trading Co.",
        "310122393500003",
        "Cotton shirt 0",
        "230.00 SAR",
    ):
        assert words in text, words
    assert re.search(r"شارع التحلية 12", text), "numbers stay in their Arabic sentence"


def test_english_invoice_has_no_arabic_labels():
    text = read_pages(render_invoice(make_invoice(make_seller(invoice_language="en"))))[0]
    assert "Simplified tax invoice" in text and "فاتورة" not in text
    assert text.index("Quantity") < text.index("Unit price") < text.index("Total with VAT")


def test_printed_code_is_read_by_a_scanner():
    document = pypdfium2.PdfDocument(render_invoice(make_invoice(make_seller())))
    picture = document[0].render(scale=2).to_pil()
    codes = zxingcpp.read_barcodes(picture)
    assert [read_tlv(code.text)[1] for code in codes] == ["شركة النخبة للتجارة"]


def test_long_invoice_repeats_its_head_and_numbers_its_pages():
    invoice = make_invoice(make_seller(invoice_language="en"), lines=60)
    pages = read_pages(render_invoice(invoice))
    count = len(pages)
    assert count >= 3
    for number, text in enumerate(pages, start=1):
        assert f"{number} / {count}" in text
        assert invoice.number in text
    assert all("Unit price" in text for text in pages[:2])
    assert "Total without VAT" in pages[-1]
    shown = re.findall(r"SKU-(\d+)", "\n".join(pages))
    assert sorted(map(int, shown)) == list(range(60)), "every line once"


def test_logo_and_colour_are_those_of_the_entity():
    invoice = make_invoice(make_seller(invoice_logo=PIXEL, invoice_colour="#aa3311"))
    document = pypdfium2.PdfDocument(render_invoice(invoice))
    kinds = [item.type for item in document[0].get_objects()]
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds
    assert "--accent: #aa3311" in invoice_html(invoice_print(invoice))


def test_sample_is_marked():
    content = as_sample(invoice_print(make_invoice(make_seller(invoice_language="en"))))
    assert "Sample" in read_pages(render_pdf(content))[0]


def test_what_buyers_write_is_text_and_fetches_nothing(monkeypatch, caplog):
    evil = "<img src='http://127.0.0.1:9/x'><link rel=stylesheet href='file:///etc/passwd'>"
    entity = make_seller(name2=evil, invoice_language="en")
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        text = read_pages(render_invoice(make_invoice(entity, billing_address={"name": evil})))[0]
    assert "http://127.0.0.1:9/x" in text
    assert not caplog.records


def test_only_our_own_files_are_fetched():
    fetcher = render._own_files_only()
    for address in (
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "data:text/html,x",
        "file:///etc/../etc/passwd",
    ):
        with pytest.raises(ValueError, match="Only our own"):
            fetcher.fetch(address)
    inside = (render.FOLDER / "fonts" / ".." / "render.py").as_uri()
    with pytest.raises(ValueError, match="Only our own"):
        fetcher.fetch(inside.replace("render.py", "../fonts/../render.py"))


@pytest.mark.parametrize(
    "fault", [ImportError("No module named 'weasyprint'"), OSError("cannot load library 'libpango'")]
)
def test_machine_without_pango_is_told_cause_and_cure(monkeypatch, fault):
    invoice = make_invoice(make_seller())

    def missing(name):
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(render, "_loaded", missing)
        with pytest.raises(ConfigurationError) as caught:
            render_invoice(invoice)
    assert caught.value.code == "pdf_unavailable"
    assert str(fault) in caught.value.message and "libpango-1.0-0" in caught.value.cure
    assert render_invoice(invoice).startswith(b"%PDF"), (
        "once cured it works without a restart of anything else"
    )
