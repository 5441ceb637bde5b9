"""From content to PDF. WeasyPrint shapes Arabic; it needs Pango, which is a library of the operating system."""

from __future__ import annotations

import importlib
import threading
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ecomsync.common.errors import ConfigurationError
from erp.models import SalesInvoice
from erp.printing.content import InvoicePrint, invoice_print

FOLDER = Path(__file__).resolve().parent
_FONTS = frozenset(path.as_uri() for path in (FOLDER / "fonts").glob("*.ttf"))
#: Pango and fontconfig keep state per process: one page is made at a time.
_one_at_a_time = threading.Lock()


def render_invoice(invoice: SalesInvoice) -> bytes:
    """The invoice or credit note as a PDF, in the layout of its legal entity.

    Raises IllegalState for a draft, ConfigurationError where this machine or the legal entity lacks something.
    """
    return render_pdf(invoice_print(invoice))


def render_pdf(content: InvoicePrint) -> bytes:
    """Place the content on pages. Raises ConfigurationError with code pdf_unavailable."""
    library = pdf_library()
    html = invoice_html(content)
    with _one_at_a_time:
        fonts = importlib.import_module("weasyprint.text.fonts").FontConfiguration()
        fetcher = _own_files_only()
        sheet = library.CSS(
            filename=str(FOLDER / "invoice.css"), url_fetcher=fetcher, font_config=fonts, base_url=str(FOLDER)
        )
        page = library.HTML(string=html, base_url=str(FOLDER), url_fetcher=fetcher)
        rendered: bytes = page.write_pdf(stylesheets=[sheet], font_config=fonts)
    return rendered


def invoice_html(content: InvoicePrint) -> str:
    return render_to_string("erp/printing/invoice.html", {"doc": content, "qr": qr_svg(content.qr)})


def qr_svg(payload: str) -> SafeString:
    """The QR code as inline SVG, so that it prints sharp at any size; empty for no payload."""
    if not payload:
        return SafeString()
    segno = _library("segno")
    return SafeString(
        segno.make_qr(payload, error="m").svg_inline(
            border=2, omitsize=True, light="#fff", svgclass="qr", lineclass=None
        )
    )


def require_pdf() -> None:
    """Raises ConfigurationError with code pdf_unavailable where no PDF can be made."""
    pdf_library()
    _library("segno")


def pdf_library() -> ModuleType:
    return _library("weasyprint")


def _library(name: str) -> ModuleType:
    """Loaded on first use: everything else works without it. A library installed meanwhile is found at the next try."""
    try:
        return _loaded(name)
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            f"This machine cannot make PDF files: {_cause(error)}.",
            code="pdf_unavailable",
            cure="Install the Python packages with the extra 'pdf', and Pango: on Debian and Ubuntu "
            "'apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0', then restart. "
            "What waits for it goes by itself then.",
        ) from error


@cache
def _loaded(name: str) -> ModuleType:
    return importlib.import_module(name)


def _cause(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")


def _own_files_only() -> Any:
    """Reads our fonts and inline images: whatever a document says, nothing else is fetched."""
    base = importlib.import_module("weasyprint.urls").URLFetcher

    class OwnFilesOnly(base):  # type: ignore[misc, valid-type]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith(("data:image/png;", "data:image/jpeg;")) and url not in _FONTS:
                raise ValueError("Only our own fonts and inline images are printed.")
            return super().fetch(url, headers)

    return OwnFilesOnly()
