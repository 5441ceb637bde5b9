"""Terms of business: taxes, payment, delivery, reasons, sales persons."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line, MasterFile
from ecomsync.common.money import ZERO
from erp.models.columns import PERCENT, plain


class TaxPlan(MasterFile):
    """Which tax applies; its lines are looked through for the first that fits."""

    class Meta:
        verbose_name = _("tax plan")
        verbose_name_plural = _("tax plans")
        ordering = ("code",)


class TaxAppliesTo(models.TextChoices):
    GOODS = "goods", _("goods")
    SHIPPING = "shipping", _("shipping")
    BOTH = "both", _("goods and shipping")


class CustomerKind(models.TextChoices):
    ANY = "any", _("any customer")
    CONSUMER = "b2c", _("consumer")
    BUSINESS = "b2b_with_tax_no", _("business with tax number")


class TaxPlanLine(Line):
    """One rate with the conditions under which it applies."""

    tax_plan = models.ForeignKey(
        TaxPlan, on_delete=models.CASCADE, related_name="lines", verbose_name=_("tax plan")
    )
    tax_code = models.CharField(_("tax code"), max_length=20)
    rate = models.DecimalField(_("rate %"), default=ZERO, help_text=_("15 means fifteen percent."), **PERCENT)
    applies_to = models.CharField(
        _("applies to"), max_length=10, choices=TaxAppliesTo.choices, default=TaxAppliesTo.BOTH
    )
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Country delivered to; empty: every country.")
    )
    customer_kind = models.CharField(
        _("customer kind"), max_length=20, choices=CustomerKind.choices, default=CustomerKind.ANY
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    exemption_text = models.CharField(
        _("exemption text"), max_length=255, blank=True, help_text=_("Printed on invoices at rate zero.")
    )

    class Meta(Line.Meta):
        verbose_name = _("tax plan line")
        verbose_name_plural = _("tax plan lines")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rate__gte=0) & models.Q(rate__lte=100),
                name="erp_taxplanline_rate_range",
                violation_error_message=_("The rate must lie between 0 and 100."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tax_code} {plain(self.rate)} %"

    def clean(self) -> None:
        super().clean()
        self.country = self.country.strip().upper()
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValidationError({"valid_to": _("The line must end after it starts.")})


class PaymentKind(models.TextChoices):
    CARD = "card", _("card")
    TRANSFER = "transfer", _("bank transfer")
    CASH = "cash", _("cash")
    COD = "cod", _("cash on delivery")
    WALLET = "wallet", _("wallet")
    VOUCHER = "voucher", _("voucher")


class PaymentMethod(MasterFile):
    """How customers pay."""

    kind = models.CharField(_("kind"), max_length=10, choices=PaymentKind.choices, default=PaymentKind.CARD)
    settles_immediately = models.BooleanField(
        _("settles immediately"),
        default=True,
        help_text=_("The money counts as received when the order is paid in the shop."),
    )

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ("code",)


class DeliveryMethod(MasterFile):
    """How goods travel."""

    carrier = models.CharField(_("carrier"), max_length=100, blank=True)
    service_item = models.ForeignKey(
        "erp.Item",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"item_type": "service"},
        verbose_name=_("shipping item"),
        help_text=_("The service item under which shipping is charged."),
    )
    tracking_url_template = models.CharField(
        _("tracking address"),
        max_length=500,
        blank=True,
        help_text=_("Address with {number} where the tracking number goes."),
    )

    class Meta:
        verbose_name = _("delivery method")
        verbose_name_plural = _("delivery methods")
        ordering = ("code",)

    def clean(self) -> None:
        super().clean()
        if self.tracking_url_template and "{number}" not in self.tracking_url_template:
            raise ValidationError(
                {"tracking_url_template": _("Write {number} where the tracking number belongs.")}
            )

    def tracking_url(self, number: str) -> str:
        """Where the customer follows the parcel; empty without a template."""
        return self.tracking_url_template.replace("{number}", number) if number else ""


class PaymentTerms(MasterFile):
    """When an invoice is due."""

    days = models.PositiveSmallIntegerField(
        _("days"), default=0, help_text=_("Days from the invoice date to the due date.")
    )

    class Meta:
        verbose_name = _("payment terms")
        verbose_name_plural = _("payment terms")
        ordering = ("code",)


class ReturnReason(MasterFile):
    """Why goods come back."""

    restock_default = models.BooleanField(
        _("restock by default"),
        default=True,
        help_text=_("Whether goods returned for this reason can be sold again."),
    )

    class Meta:
        verbose_name = _("return reason")
        verbose_name_plural = _("return reasons")
        ordering = ("code",)


class CancelReason(MasterFile):
    """Why an order is cancelled."""

    class Meta:
        verbose_name = _("cancel reason")
        verbose_name_plural = _("cancel reasons")
        ordering = ("code",)


class SalesPerson(MasterFile):
    """Who is credited with a sale."""

    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("sales person")
        verbose_name_plural = _("sales persons")
        ordering = ("code",)
