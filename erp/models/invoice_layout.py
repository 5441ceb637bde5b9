"""How the invoices of a legal entity look when they are printed."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

#: A tax registration number of Saudi Arabia: fifteen digits that begin and end with 3.
SAUDI_TAX_NUMBER = re.compile(r"3\d{13}3")
MAX_LOGO_BYTES = 300 * 1024
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LOGO_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class InvoiceLanguage(models.TextChoices):
    AUTO = "auto", _("automatic")
    BILINGUAL = "bilingual", _("Arabic and English side by side")
    CUSTOMER = "customer", _("language of the customer")
    ARABIC = "ar", _("Arabic")
    ENGLISH = "en", _("English")


class InvoiceQr(models.TextChoices):
    AUTO = "auto", _("when the tax number is Saudi")
    YES = "yes", _("always")
    NO = "no", _("never")


def logo_type(content: bytes) -> str:
    """The media type of a logo, told by its first bytes; "" for what cannot be printed."""
    return next((kind for magic, kind in _LOGO_KINDS if content.startswith(magic)), "")


class InvoiceLayout(models.Model):
    """The printed invoice: language, logo, colour, QR code, footer, and how long its public link lives.

    The logo lies in the database, so that every web server and worker has it.
    """

    commercial_reg_no = models.CharField(
        _("commercial registration number"),
        max_length=40,
        blank=True,
        help_text=_("Printed on invoices below the tax number."),
    )
    address2 = models.TextField(
        _("address (English)"),
        blank=True,
        help_text=_("Printed on invoices in English. Empty: the address above."),
    )
    invoice_language = models.CharField(
        _("language of invoices"),
        max_length=10,
        choices=InvoiceLanguage.choices,
        default=InvoiceLanguage.AUTO,
        help_text=_(
            "Automatic: Arabic and English side by side when name 1 is Arabic, else the language of the customer."
        ),
    )
    invoice_qr = models.CharField(
        _("QR code"),
        max_length=4,
        choices=InvoiceQr.choices,
        default=InvoiceQr.AUTO,
        help_text=_(
            "The code that Saudi tax invoices carry: seller, tax number, time, total and tax. "
            "It needs a Saudi tax registration number."
        ),
    )
    invoice_colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#1f4e79",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter a colour such as #1f4e79."))],
        help_text=_("Of headings and rules on the invoice."),
    )
    invoice_logo = models.BinaryField(_("logo"), blank=True, default=b"", editable=True)
    invoice_footer1 = models.TextField(
        _("footer (Arabic)"),
        max_length=600,
        blank=True,
        help_text=_("Such as bank account and terms of return; at the end of the invoice."),
    )
    invoice_footer2 = models.TextField(_("footer (English)"), max_length=600, blank=True)
    invoice_link_days = models.PositiveSmallIntegerField(
        _("public link valid for (days)"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("How long the link that shops and customers get opens the invoice."),
    )

    class Meta:
        abstract = True

    @property
    def is_arabic(self) -> bool:
        """Whether the entity does business in Arabic: its first name is written so."""
        return bool(_ARABIC.search(getattr(self, "name1", "")))

    @property
    def prints_qr(self) -> bool:
        """Whether its invoices carry the QR code of Saudi tax invoices."""
        if self.invoice_qr == InvoiceQr.AUTO:
            return bool(SAUDI_TAX_NUMBER.fullmatch(self._tax_number))
        return self.invoice_qr == InvoiceQr.YES

    @property
    def _tax_number(self) -> str:
        return str(getattr(self, "tax_reg_no", "")).strip()

    def clean(self) -> None:
        super().clean()
        if self.invoice_qr == InvoiceQr.YES and not SAUDI_TAX_NUMBER.fullmatch(self._tax_number):
            raise ValidationError(
                {
                    "invoice_qr": _(
                        "The QR code needs a Saudi tax registration number: fifteen digits that begin and end with 3."
                    )
                }
            )
        logo = bytes(self.invoice_logo or b"")
        if logo and (not logo_type(logo) or len(logo) > MAX_LOGO_BYTES):
            raise ValidationError({"invoice_logo": _("Choose a PNG or JPEG image of at most 300 kB.")})
