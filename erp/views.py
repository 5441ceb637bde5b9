"""The public address of a document: no login, whoever has the link may read it."""

from __future__ import annotations

import logging
import re
from time import time

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activity.services import report_error
from ecomsync.common.errors import ConfigurationError, NotFound
from erp.models import SalesInvoice
from erp.printing.render import render_invoice
from erp.services.document_links import LinkEnded, link_of_token, note_opened

logger = logging.getLogger(__name__)

#: Making a PDF costs a second of a processor: so many a minute for one link, and so many guesses for one address.
OPENINGS_PER_MINUTE = 12
GUESSES_PER_MINUTE = 30


@require_safe
def document(request: HttpRequest, token: str) -> HttpResponse:
    """The PDF behind a public link; 404 unknown, 410 ended, 429 too often, 503 when none can be made here."""
    try:
        link = link_of_token(token)
    except NotFound:
        if _too_often(f"guess:{request.META.get('REMOTE_ADDR', '')}", GUESSES_PER_MINUTE):
            return _wait(request)
        return _page(request, 404, _("Document not found"), _("Check whether the whole address was copied."))
    except LinkEnded:
        return _page(
            request,
            410,
            _("This link is no longer valid"),
            _("Ask the seller for a new link to your document."),
        )
    if _too_often(f"link:{link.pk}", OPENINGS_PER_MINUTE):
        return _wait(request)
    try:
        content = render_invoice(link.invoice)
    except ConfigurationError as error:
        logger.error("Invoice %s cannot be printed: %s", link.invoice, error)
        report_error(site_code=link.invoice.channel, error=error, subject=link.invoice)
        response = _page(
            request,
            503,
            _("The document cannot be shown now"),
            _("Please try again later; we know about it."),
        )
        response["Retry-After"] = "3600"
        return response
    if request.method == "GET":
        note_opened(link)
    return _private(pdf_response(link.invoice, content))


def pdf_response(invoice: SalesInvoice, content: bytes, *, download: bool = False) -> HttpResponse:
    """A PDF under the number of its document."""
    response = HttpResponse(content, content_type="application/pdf")
    name = re.sub(r"[^\w.-]+", "_", invoice.number, flags=re.ASCII).strip("_") or "document"
    response["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{name}.pdf"'
    return response


def _too_often(what: str, limit: int) -> bool:
    """Counted per minute in the shared cache; without a cache nobody is kept out."""
    key = f"document:{what}:{int(time() // 60)}"
    if cache.add(key, 1, 120):
        return False
    try:
        return int(cache.incr(key)) > limit
    except ValueError:  # lapsed between the two
        return False


def _wait(request: HttpRequest) -> HttpResponse:
    response = _page(request, 429, _("Too many requests"), _("Please wait a minute and try again."))
    response["Retry-After"] = "60"
    return response


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return _private(
        render(request, "erp/document_message.html", {"title": title, "text": text}, status=status)
    )


def _private(response: HttpResponse) -> HttpResponse:
    """Kept by no cache and no search engine; the address is told to nobody."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
