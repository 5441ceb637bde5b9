"""Public links to invoices: made, found by their address, revoked."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from ecomsync.common.errors import NotFound, PermanentError
from erp.errors import IllegalState
from erp.models import DocumentLink, SalesInvoice
from erp.printing.content import entity_of

#: Separates our signature from those of other uses of the secret key.
_signer = Signer(salt="erp.document_link", sep=".")


class LinkEnded(PermanentError):
    """The link was right once: it is too old, or was revoked."""

    default_code = "link_ended"
    default_cure = "Make a new public link on the page of the invoice."


def public_link(*, invoice: SalesInvoice) -> DocumentLink:
    """The valid link of an issued invoice; made when there is none. Raises IllegalState for a draft."""
    if not invoice.number:
        raise IllegalState(f"Invoice {invoice} is a draft.", cure="Issue it first.", item=str(invoice))
    now = timezone.now()
    current = invoice.links.filter(revoked_at=None)
    found = current.filter(expires_at__gt=now).first()
    if found is not None:
        return found
    days = entity_of(invoice).invoice_link_days
    try:
        with transaction.atomic():
            current.filter(expires_at__lte=now).update(revoked_at=F("expires_at"), updated_at=now)
            return DocumentLink.objects.create(invoice=invoice, expires_at=now + timedelta(days=days))
    except IntegrityError:  # another worker made it meanwhile
        return invoice.links.get(revoked_at=None)


def public_url(link: DocumentLink) -> str:
    """The address to hand out."""
    return f"{settings.BASE_URL}{reverse('document', args=[_signer.sign(link.key)])}"


def link_of_token(token: str) -> DocumentLink:
    """The link that an address names. Raises NotFound for what we never signed, LinkEnded for what has ended."""
    try:
        key = _signer.unsign(token)
    except BadSignature:
        raise NotFound("This address was not made here.") from None
    link = (
        DocumentLink.objects.filter(key=key)
        .select_related("invoice__customer", "invoice__legal_entity")
        .first()
    )
    if link is None:
        raise NotFound("The document of this address is gone.")
    if not link.is_valid:
        raise LinkEnded(f"The link to {link.invoice} is no longer valid.", item=str(link.invoice))
    return link


def note_opened(link: DocumentLink) -> None:
    """Count an opening."""
    DocumentLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=timezone.now())


def revoke_links(*, invoice: SalesInvoice) -> int:
    """End the valid link of an invoice. Returns how many were ended."""
    now = timezone.now()
    return invoice.links.filter(revoked_at=None).update(revoked_at=now, updated_at=now)
