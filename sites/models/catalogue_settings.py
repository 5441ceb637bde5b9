"""Sections 'Product Synchronization' and 'Inventory & Prices' of a site."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sites.choices import (
    CurrencyConversion,
    ItemIdentity,
    PriceRounding,
    QtyPart,
    QtyRounding,
    SpecialPriceOwnership,
)


def all_qty_parts() -> list[str]:
    """On a new site everything that is spoken for is taken off."""
    return [QtyPart.RESERVED, QtyPart.SAFETY_STOCK, QtyPart.CHANNEL_BUFFER, QtyPart.UNIMPORTED_ORDERS]


class CatalogueSettings(models.Model):
    """What the shop shows of items, their stock and their prices."""

    update_all_item_qtys = models.BooleanField(
        _("update all item qtys"), default=False, help_text=_("Full quantity runs by the interval above.")
    )
    qty_formula = models.JSONField(
        _("quantity formula"),
        default=all_qty_parts,
        blank=True,
        help_text=_("What is taken off the stock on hand."),
    )
    channel_buffer_qty = models.DecimalField(
        _("channel buffer (pieces)"),
        max_digits=18,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Always kept back from this shop."),
    )
    channel_buffer_percent = models.DecimalField(
        _("channel buffer (%)"),
        max_digits=9,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    max_published_qty = models.DecimalField(
        _("largest published quantity"),
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("The shop never sees more than this."),
    )
    qty_rounding = models.CharField(
        _("quantity rounding"), max_length=10, choices=QtyRounding.choices, default=QtyRounding.DOWN
    )
    zero_when_inactive = models.BooleanField(
        _("zero when inactive"),
        default=True,
        help_text=_("Items that are inactive or not for sale are sent as 0."),
    )
    price_source_list = models.ForeignKey(
        "erp.PriceList",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price source list"),
        help_text=_("Prices sent to the shop. Empty: the sales price of the item."),
    )
    special_price_ownership = models.CharField(
        _("special prices belong to"),
        max_length=5,
        choices=SpecialPriceOwnership.choices,
        default=SpecialPriceOwnership.SHOP,
    )
    price_rounding = models.CharField(
        _("price rounding"), max_length=10, choices=PriceRounding.choices, default=PriceRounding.CURRENCY
    )
    currency_conversion = models.CharField(
        _("currency conversion"),
        max_length=10,
        choices=CurrencyConversion.choices,
        default=CurrencyConversion.REFUSE,
    )
    item_identity = models.CharField(
        _("item identity"), max_length=12, choices=ItemIdentity.choices, default=ItemIdentity.CODE
    )
    item_identity_expression = models.CharField(
        _("identity field"),
        max_length=200,
        blank=True,
        help_text=_("With 'custom field': the item field that holds the SKU, such as description1."),
    )
    create_products = models.BooleanField(
        _("create products"), default=True, help_text=_("Create products that the shop does not have.")
    )
    disable_products_when_inactive = models.BooleanField(_("disable products when inactive"), default=True)
    full_run_deactivates_missing = models.BooleanField(
        _("full run deactivates missing items"),
        default=False,
        help_text=_(
            "A full item run disables linked products whose item is gone or no longer admitted. Where the platform takes "
            "complete files, full runs of quantities and prices are such a file too, which switches off what it does not "
            "name."
        ),
    )
    max_deactivation_percent = models.DecimalField(
        _("deactivate at most (%)"),
        max_digits=9,
        decimal_places=6,
        default=Decimal(5),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("A run that would disable more stops and asks."),
    )

    class Meta:
        abstract = True
