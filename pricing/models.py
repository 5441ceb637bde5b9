"""Price update documents: new prices, approved, written to the ERP and sent to the shops."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from erp.models import Document
from erp.models.columns import CURRENCY_CODE, MONEY, PERCENT, QUANTITY, RATE


class DocState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    PROCESSING = "processing", _("processing")
    PROCESSED = "processed", _("processed")
    PARTLY_FAILED = "partly_failed", _("partly failed")
    CANCELLED = "cancelled", _("cancelled")


#: Which state may follow which. A partly failed document goes again after its lines were retried.
TRANSITIONS: dict[str, frozenset[str]] = {
    DocState.DRAFT: frozenset({DocState.SUBMITTED, DocState.CANCELLED}),
    DocState.SUBMITTED: frozenset({DocState.DRAFT, DocState.APPROVED, DocState.CANCELLED}),
    DocState.APPROVED: frozenset({DocState.PROCESSING, DocState.CANCELLED}),
    DocState.PROCESSING: frozenset({DocState.PROCESSED, DocState.PARTLY_FAILED}),
    DocState.PARTLY_FAILED: frozenset({DocState.PROCESSING, DocState.PROCESSED}),
    DocState.PROCESSED: frozenset(),
    DocState.CANCELLED: frozenset(),
}


class CollectMode(models.TextChoices):
    ALL_LINKED = "all_linked", _("all linked items")
    CHANGED_SINCE = "changed_since", _("items whose price changed since")
    CRITERIA = "criteria", _("items by criteria")
    FILE = "file", _("lines from a file")


class PriceClassification(models.TextChoices):
    RETAIL = "retail", _("retail")
    WHOLESALE = "wholesale", _("wholesale")
    GROUP = "group", _("customer group")
    CUSTOMER = "customer", _("single customer")


class PriceUpdaterDoc(Document):
    """A batch of price changes for one or several shops."""

    sites = models.ManyToManyField(
        "ecomsites.Site",
        related_name="price_documents",
        verbose_name=_("sites"),
        help_text=_("Shops that get them."),
    )
    state = models.CharField(
        _("state"),
        max_length=15,
        choices=DocState.choices,
        default=DocState.DRAFT,
        editable=False,
        db_index=True,
    )
    price_list = models.ForeignKey(
        "erp.PriceList",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list"),
        help_text=_("The new prices are written to this list. Empty: to the sales price of the items."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[CURRENCY_CODE],
        help_text=_("Of the new prices. Empty: the currency of the price list."),
    )
    exchange_rate = models.DecimalField(
        _("exchange rate"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "From the currency above to the shop's. Empty: the rate of the ERP on the day it is sent."
        ),
        **RATE,
    )
    price_classification = models.CharField(
        _("price classification"),
        max_length=20,
        choices=PriceClassification.choices,
        default=PriceClassification.RETAIL,
        help_text=_(
            "Where the site shows the document's price list in a list or group of the shop, the prices go there. Else retail "
            "prices are the shop's base prices, and the others stay in the ERP."
        ),
    )
    customer = models.ForeignKey(
        "erp.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    customer_group = models.ForeignKey(
        "erp.CustomerGroup",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer group"),
    )
    tax_plan = models.ForeignKey(
        "erp.TaxPlan",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tax plan"),
    )
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    discount_percent = models.DecimalField(
        _("discount %"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Taken off the old price when lines are collected."),
        **PERCENT,
    )
    discount_amount = models.DecimalField(
        _("discount amount"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Taken off the old price after the percentage."),
        **MONEY,
    )
    discount_to_special = models.BooleanField(
        _("discount is a promotion"),
        default=False,
        help_text=_("Puts the reduced price in the special price and leaves the price as it is."),
    )
    effective_from = models.DateTimeField(
        _("effective from"),
        null=True,
        blank=True,
        help_text=_("Approved documents wait for it. Empty: at once."),
    )
    effective_to = models.DateTimeField(
        _("effective to"),
        null=True,
        blank=True,
        help_text=_("End of the special prices that have no end of their own."),
    )
    collect_mode = models.CharField(
        _("collect lines"), max_length=20, choices=CollectMode.choices, default=CollectMode.ALL_LINKED
    )
    collect_since = models.DateTimeField(_("changed since"), null=True, blank=True)
    collect_criteria = models.TextField(
        _("criteria"), blank=True, help_text=_("Expression over the item, such as: brand = 'ACME'")
    )
    max_change_percent = models.DecimalField(
        _("largest change %"),
        default=50,
        validators=[MinValueValidator(0)],
        help_text=_("Lines that change the price by more must be confirmed one by one."),
        **PERCENT,
    )
    four_eyes = models.BooleanField(
        _("four eyes"), default=False, help_text=_("Whoever submitted the document may not approve it.")
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True, editable=False)
    # Context that the documents name: kept with the document and printed on it.
    billing_address = models.TextField(_("billing address"), blank=True)
    shipping_address = models.TextField(_("shipping address"), blank=True)
    location = models.CharField(_("location"), max_length=255, blank=True)
    delivery_date = models.DateTimeField(_("delivery time"), null=True, blank=True)
    delivery_method = models.ForeignKey(
        "erp.DeliveryMethod",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shipping service"),
    )

    class Meta(Document.Meta):
        abstract = False
        verbose_name = _("price update document")
        verbose_name_plural = _("price update documents")
        permissions = [
            ("approve_priceupdaterdoc", _("Can approve price update documents")),
            ("process_priceupdaterdoc", _("Can process price update documents")),
        ]

    @property
    def is_editable(self) -> bool:
        return self.state == DocState.DRAFT

    def may_become(self, state: str) -> bool:
        return state in TRANSITIONS[self.state]

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if self.effective_from and self.effective_to and self.effective_from >= self.effective_to:
            errors["effective_to"] = _("It must end after it starts.")
        if self.price_list and self.currency and self.currency != self.price_list.currency:
            errors["currency"] = _("The price list %(list)s is in %(currency)s.") % {
                "list": self.price_list.code,
                "currency": self.price_list.currency,
            }
        if self.collect_mode == CollectMode.CHANGED_SINCE and not self.collect_since:
            errors["collect_since"] = _("Enter the moment since which prices have changed.")
        if self.collect_mode == CollectMode.CRITERIA and not self.collect_criteria.strip():
            errors["collect_criteria"] = _("Enter the expression that chooses the items.")
        if self.price_classification == PriceClassification.CUSTOMER and not self.customer_id:
            errors["customer"] = _("Choose the customer who gets these prices.")
        if self.price_classification == PriceClassification.GROUP and not self.customer_group_id:
            errors["customer_group"] = _("Choose the customer group that gets these prices.")
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.price_list is not None and not self.currency:
            self.currency = self.price_list.currency
        super().save(*args, **kwargs)


class LineStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    UNCHANGED = "unchanged", _("unchanged")
    FAILED = "failed", _("failed")
    SKIPPED = "skipped", _("no shop has it")


#: The lines about which nothing more will be heard by themselves.
FINISHED = (LineStatus.SENT, LineStatus.UNCHANGED, LineStatus.FAILED, LineStatus.SKIPPED)


class PriceUpdaterLine(Line):
    """The new price of one item."""

    document = models.ForeignKey(
        PriceUpdaterDoc, on_delete=models.CASCADE, related_name="details", verbose_name=_("document")
    )
    item = models.ForeignKey("erp.Item", on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    sku = models.CharField(_("SKU"), max_length=100, blank=True, editable=False)
    old_price = models.DecimalField(_("old price (ERP)"), null=True, blank=True, editable=False, **MONEY)
    shop_price = models.DecimalField(
        _("old price (shop)"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("As it was last sent."),
        **MONEY,
    )
    new_price = models.DecimalField(_("new price"), validators=[MinValueValidator(0)], **MONEY)
    special_price = models.DecimalField(
        _("special price"), null=True, blank=True, validators=[MinValueValidator(0)], **MONEY
    )
    special_from = models.DateTimeField(_("special price from"), null=True, blank=True)
    special_to = models.DateTimeField(_("special price to"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, validators=[CURRENCY_CODE])
    min_quantity = models.DecimalField(
        _("from quantity"), default=1, validators=[MinValueValidator(0)], **QUANTITY
    )
    difference_percent = models.DecimalField(
        _("difference %"), null=True, blank=True, editable=False, max_digits=18, decimal_places=4
    )
    confirmed = models.BooleanField(
        _("confirmed"), default=False, help_text=_("Tick to let a line pass that a guard has stopped.")
    )
    warning = models.CharField(_("guard"), max_length=255, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=LineStatus.choices, default=LineStatus.DRAFT, editable=False
    )
    error = models.TextField(_("error"), blank=True, editable=False)
    remote_answer = models.TextField(_("answer of the shop"), blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)

    class Meta(Line.Meta):
        verbose_name = _("price update line")
        verbose_name_plural = _("price update lines")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "item", "min_quantity"],
                name="pricing_line_item_once",
                violation_error_message=_("The item stands twice in this document."),
            )
        ]
        indexes = [models.Index(fields=["document", "status"], name="pricing_line_doc_status")]

    def __str__(self) -> str:
        return f"{self.sku or self.item_id}: {self.new_price}"

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if self.special_from and self.special_to and self.special_from >= self.special_to:
            errors["special_to"] = _("The promotion must end after it starts.")
        price: Decimal | None = self.new_price  # empty while its own field is in error
        if self.special_price is not None and price is not None and self.special_price >= price:
            errors["special_price"] = _("A special price must be lower than the price.")
        if errors:
            raise ValidationError(errors)


class SentSale(models.Model):
    """The sale window that a product of a shop was last sent; the price itself is kept on its link."""

    line = models.OneToOneField(
        "linking.ItemLinkerLine",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("link"),
    )
    special_from = models.DateTimeField(_("special price from"), null=True, blank=True)
    special_to = models.DateTimeField(_("special price to"), null=True, blank=True)

    class Meta:
        verbose_name = _("sale window sent")
        verbose_name_plural = _("sale windows sent")

    def __str__(self) -> str:
        return f"{self.line_id}: {self.special_from} – {self.special_to}"


class SentListPrice(models.Model):
    """The price that a list or customer group of a shop was last sent for a product, from a quantity on."""

    line = models.ForeignKey(
        "linking.ItemLinkerLine", on_delete=models.CASCADE, related_name="+", verbose_name=_("link")
    )
    remote_code = models.CharField(_("list or group in the shop"), max_length=120)
    min_quantity = models.DecimalField(
        _("from quantity"), help_text=_("In the unit that the shop sells."), **QUANTITY
    )
    base_quantity = models.DecimalField(
        _("from quantity in base units"), help_text=_("As the price list of the ERP has it."), **QUANTITY
    )
    price = models.DecimalField(
        _("price"), null=True, blank=True, help_text=_("Empty: it was taken out of the list again."), **MONEY
    )
    special = models.DecimalField(_("special price"), null=True, blank=True, **MONEY)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    version = models.PositiveBigIntegerField(_("version"), default=0)
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("list price sent")
        verbose_name_plural = _("list prices sent")
        constraints = [
            models.UniqueConstraint(
                fields=["line", "remote_code", "min_quantity"], name="pricing_sentlistprice_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line_id} @ {self.remote_code}: {self.price}"


class BorderLook(models.Model):
    """When prices that begin or end by themselves were last looked for; one row."""

    looked_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("look for beginning and ending prices")
        verbose_name_plural = _("looks for beginning and ending prices")

    def __str__(self) -> str:
        return f"{self.looked_at:%Y-%m-%d %H:%M}"
