"""Who does business: legal entity, branch, department, sector; currencies; number series; document base."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Authored, MasterFile, TimeStamped
from erp.models.columns import CURRENCY_CODE, RATE
from erp.models.invoice_layout import InvoiceLayout
from erp.states import DocumentType


class Currency(TimeStamped):
    """A currency we sell in."""

    code = models.CharField(
        _("code"),
        max_length=3,
        unique=True,
        validators=[CURRENCY_CODE],
        help_text=_("ISO 4217, such as SAR."),
    )
    name1 = models.CharField(_("name 1 (Arabic)"), max_length=100, blank=True)
    name2 = models.CharField(_("name 2 (English)"), max_length=100, blank=True)
    decimal_places = models.PositiveSmallIntegerField(
        _("decimals"), default=2, help_text=_("Document totals are rounded to this many decimals.")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        super().clean()
        self.code = self.code.strip().upper()


class ExchangeRate(TimeStamped):
    """What one unit of a currency is worth in the base currency from a date on."""

    currency = models.ForeignKey(
        Currency, on_delete=models.CASCADE, related_name="rates", verbose_name=_("currency")
    )
    date = models.DateField(_("from date"), default=timezone.localdate)
    rate_to_base = models.DecimalField(
        _("rate to base currency"), help_text=_("How much one unit is worth in the base currency."), **RATE
    )

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ("currency", "-date")
        constraints = [
            models.UniqueConstraint(fields=["currency", "date"], name="erp_exchangerate_currency_date"),
            models.CheckConstraint(
                condition=models.Q(rate_to_base__gt=0),
                name="erp_exchangerate_positive",
                violation_error_message=_("The rate must be greater than zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date}: {self.rate_to_base}"


class LegalEntity(InvoiceLayout, MasterFile):
    """A company that buys, sells and owes tax."""

    tax_reg_no = models.CharField(_("tax registration number"), max_length=40, blank=True)
    address = models.TextField(_("address"), blank=True)
    base_currency = models.CharField(
        _("base currency"),
        max_length=3,
        default="SAR",
        validators=[CURRENCY_CODE],
        help_text=_("ISO 4217 code."),
    )
    prices_include_tax = models.BooleanField(
        _("prices include tax"), default=True, help_text=_("Whether the sales prices of items include tax.")
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Asia/Riyadh")
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        verbose_name = _("legal entity")
        verbose_name_plural = _("legal entities")
        ordering = ("code",)


class Branch(MasterFile):
    """A place of business of a legal entity."""

    legal_entity = models.ForeignKey(
        LegalEntity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="branches",
        verbose_name=_("legal entity"),
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ("code",)


class Department(MasterFile):
    """A department, for reports."""

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ("code",)


class Sector(MasterFile):
    """A line of business, for reports."""

    class Meta:
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")
        ordering = ("code",)


class OrganisationMixin(models.Model):
    """The organisation columns of master files and documents."""

    legal_entity = models.ForeignKey(
        LegalEntity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("legal entity"),
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("branch")
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    sector = models.ForeignKey(
        Sector, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sector")
    )

    class Meta:
        abstract = True


class BusinessMasterFile(OrganisationMixin, MasterFile):
    """A master file that belongs to a part of the organisation."""

    class Meta:
        abstract = True


class Document(OrganisationMixin, TimeStamped, Authored):
    """Common columns of documents. The number is taken when the document is confirmed or posted."""

    number = models.CharField(
        _("number"),
        max_length=40,
        blank=True,
        editable=False,
        help_text=_("Taken from the number series when the document is confirmed; drafts have none."),
    )
    issue_date = models.DateField(_("issue date"), default=timezone.localdate)
    value_date = models.DateField(_("value date"), default=timezone.localdate)
    remarks = models.TextField(_("remarks"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~models.Q(number=""),
                name="%(app_label)s_%(class)s_number",
                violation_error_message=_("This document number is taken."),
            )
        ]

    def __str__(self) -> str:
        return self.number or str(_("draft %(id)s") % {"id": self.pk or "—"})


class NumberSeries(MasterFile):
    """A running number of one document type; given out under a row lock and never used twice."""

    legal_entity = models.ForeignKey(
        LegalEntity,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="number_series",
        verbose_name=_("legal entity"),
        help_text=_("Empty: for every legal entity that has no series of its own."),
    )
    document_type = models.CharField(_("document type"), max_length=30, choices=DocumentType.choices)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True)
    next_number = models.PositiveBigIntegerField(_("next number"), default=1)
    padding = models.PositiveSmallIntegerField(
        _("padding"), default=6, help_text=_("Digits, filled with leading zeros.")
    )
    year_reset = models.BooleanField(
        _("restart every year"),
        default=False,
        help_text=_("Puts the year in the number and restarts at 1 each year."),
    )
    current_year = models.PositiveSmallIntegerField(_("current year"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ("document_type", "code")

    def take(self, *, on: dt.date) -> str:
        """The next number as text; changes this row in memory only, so call it under a lock and save."""
        if self.year_reset and (self.current_year is None or on.year > self.current_year):
            self.next_number = 1 if self.current_year is not None else self.next_number
            self.current_year = on.year
        year = f"{self.current_year}-" if self.year_reset else ""
        number = f"{self.prefix}{year}{self.next_number:0{self.padding}d}"
        self.next_number += 1
        return number
