"""Columns that the lines and headers of all sales documents share."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from ecomsync.common.money import ZERO
from erp.models.columns import CURRENCY_CODE, MONEY, PERCENT, QUANTITY, RATE, plain
from erp.models.items import Item, UnitOfMeasure
from erp.models.organisation import Document


class AmountLine(Line):
    """A sold quantity with its amounts, as they were given; never computed anew."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    description = models.CharField(_("description"), max_length=500, blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
    )
    unit_price = models.DecimalField(
        _("unit price"), default=ZERO, help_text=_("With or without tax, as the document says."), **MONEY
    )
    subtotal_net = models.DecimalField(
        _("before discount"), default=ZERO, help_text=_("Without tax, before line discounts."), **MONEY
    )
    discount_amount = models.DecimalField(_("discount"), default=ZERO, help_text=_("Without tax."), **MONEY)
    discount_percent = models.DecimalField(_("discount %"), default=ZERO, **PERCENT)
    net_amount = models.DecimalField(_("net amount"), default=ZERO, **MONEY)
    tax_code = models.CharField(_("tax code"), max_length=20, blank=True)
    tax_rate = models.DecimalField(_("tax rate %"), null=True, blank=True, **PERCENT)
    tax_amount = models.DecimalField(_("tax"), default=ZERO, **MONEY)
    tax_parts = models.JSONField(
        _("tax per rate"),
        default=list,
        blank=True,
        editable=False,
        help_text=_("Only where several rates meet: code, rate and amount of each."),
    )
    gross_amount = models.DecimalField(_("gross amount"), default=ZERO, **MONEY)
    external_line_id = models.CharField(_("line id in the shop"), max_length=100, blank=True)

    class Meta(Line.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.line_no}. {self.item.code} × {plain(self.quantity)}"


class AmountDocument(Document):
    """A document with money: currency, discount of the header, and sums of its stored parts."""

    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY_CODE])
    exchange_rate = models.DecimalField(
        _("exchange rate"),
        default=1,
        help_text=_("What one unit of the currency is worth in the base currency."),
        **RATE,
    )
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    lines_net = models.DecimalField(_("lines, net"), default=ZERO, editable=False, **MONEY)
    discount_net = models.DecimalField(
        _("header discount, net"), default=ZERO, help_text=_("A positive amount that is taken off."), **MONEY
    )
    discount_tax = models.DecimalField(_("tax of the header discount"), default=ZERO, **MONEY)
    discount_tax_parts = models.JSONField(
        _("tax of the header discount per rate"), default=list, blank=True, editable=False
    )
    charges_net = models.DecimalField(_("charges, net"), default=ZERO, editable=False, **MONEY)
    tax_total = models.DecimalField(_("tax"), default=ZERO, editable=False, **MONEY)
    rounding = models.DecimalField(_("rounding"), default=ZERO, **MONEY)
    grand_total = models.DecimalField(_("grand total"), default=ZERO, editable=False, **MONEY)

    class Meta(Document.Meta):
        abstract = True

    @property
    def discount_gross(self) -> Decimal:
        """The header discount with its tax."""
        return self.discount_net + self.discount_tax
