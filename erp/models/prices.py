"""Price lists and their prices."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from erp.models.columns import CURRENCY_CODE, MONEY, PERCENT, QUANTITY, plain
from erp.models.items import Item, UnitOfMeasure
from erp.models.organisation import BusinessMasterFile


class PriceList(BusinessMasterFile):
    """A set of prices in one currency; what it lacks is looked up in its parent."""

    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY_CODE])
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent price list"),
        help_text=_("Asked for prices that this list lacks."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=10,
        help_text=_("Of several lists of a customer group, the smallest number wins."),
    )
    customer_groups = models.ManyToManyField(
        "erp.CustomerGroup", blank=True, related_name="price_lists", verbose_name=_("customer groups")
    )

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ("priority", "code")

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValidationError({"valid_to": _("The list must end after it starts.")})
        seen = {self.pk} if self.pk else set()
        ancestor = self.parent
        while ancestor is not None:
            if ancestor.pk in seen:
                raise ValidationError({"parent": _("The parents of this list would make a circle.")})
            if (ancestor.currency, ancestor.prices_include_tax) != (self.currency, self.prices_include_tax):
                raise ValidationError(
                    {"parent": _("A parent list must have the same currency and the same tax mode.")}
                )
            seen.add(ancestor.pk)
            ancestor = ancestor.parent


class ItemPrice(TimeStamped):
    """The price of an item in a list, from a quantity on, in a period, maybe for one customer."""

    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="prices", verbose_name=_("price list")
    )
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="prices", verbose_name=_("item"))
    unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty: the base unit."),
    )
    min_quantity = models.DecimalField(
        _("from quantity"), default=1, validators=[MinValueValidator(0)], **QUANTITY
    )
    price = models.DecimalField(_("price"), validators=[MinValueValidator(0)], **MONEY)
    discount_percent = models.DecimalField(
        _("discount %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Taken off the price."),
        **PERCENT,
    )
    special_price = models.DecimalField(
        _("special price"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Promotion price of this list; empty: none."),
        **MONEY,
    )
    special_price_from = models.DateTimeField(_("special price from"), null=True, blank=True)
    special_price_to = models.DateTimeField(_("special price to"), null=True, blank=True)
    customer = models.ForeignKey(
        "erp.Customer",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
        help_text=_("Empty: for every customer of this list."),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("item price")
        verbose_name_plural = _("item prices")
        ordering = ("price_list", "item", "min_quantity", "id")
        constraints = [
            # NULLs differ from each other in a plain unique constraint, so the empty ones are spelled out.
            models.UniqueConstraint(
                "price_list",
                "item",
                "min_quantity",
                Coalesce("unit_id", 0),
                Coalesce("customer_id", 0),
                Coalesce("valid_from", models.Value("0001-01-01", output_field=models.DateField())),
                name="erp_itemprice_key",
                violation_error_message=_(
                    "There is a price for this list, item, unit, quantity, customer and start date already."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0),
                name="erp_itemprice_not_negative",
                violation_error_message=_("A price may not be negative."),
            ),
        ]
        indexes = [
            models.Index(fields=["item", "price_list"], name="erp_itemprice_item_list"),
            # Who looks for prices that begin or end now meets these few rows and not the whole table.
            *(
                models.Index(
                    fields=[column],
                    condition=models.Q(**{f"{column}__isnull": False}),
                    name=f"erp_itemprice_{short}",
                )
                for column, short in (
                    ("special_price_from", "sale_from"),
                    ("special_price_to", "sale_to"),
                    ("valid_from", "valid_from"),
                    ("valid_to", "valid_to"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} @ {self.price_list.code}: {plain(self.price)} {self.price_list.currency}"

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            errors["valid_to"] = _("The price must end after it starts.")
        if (
            self.special_price_from
            and self.special_price_to
            and self.special_price_from >= self.special_price_to
        ):
            errors["special_price_to"] = _("The promotion must end after it starts.")
        if errors:
            raise ValidationError(errors)
