"""What a shop shows of one item: the sheet that staff fill in beside the item itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from catalog.models.categories import CategoryConfig
from ecomsync.common.models import Line
from erp.models import BusinessMasterFile
from erp.models.columns import QUANTITY


class ProductType(models.TextChoices):
    SIMPLE = "simple", _("simple")
    CONFIGURABLE = "configurable", _("configurable")
    BUNDLE = "bundle", _("bundle")
    VIRTUAL = "virtual", _("virtual")
    GROUPED = "grouped", _("grouped")


class ProductStatus(models.TextChoices):
    ENABLED = "enabled", _("enabled")
    DISABLED = "disabled", _("disabled")


class Visibility(models.TextChoices):
    BOTH = "both", _("catalogue and search")
    CATALOG = "catalog", _("catalogue only")
    SEARCH = "search", _("search only")
    HIDDEN = "hidden", _("hidden")


class RequestStatus(models.TextChoices):
    NONE = "", _("never sent")
    PENDING = "pending", _("pending")
    SENT = "sent", _("sent")
    UNCHANGED = "unchanged", _("unchanged")
    FAILED = "failed", _("failed")


class ProductConfig(BusinessMasterFile):
    """Settings of one product in one shop; what is empty here is taken from the item."""

    sku = models.CharField(_("SKU"), max_length=100, blank=True, help_text=_("Empty: the code of the item."))
    item = models.ForeignKey(
        "erp.Item", on_delete=models.PROTECT, related_name="product_configs", verbose_name=_("item")
    )
    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="product_configs", verbose_name=_("site")
    )
    product_type = models.CharField(
        _("product type"), max_length=20, choices=ProductType.choices, default=ProductType.SIMPLE
    )
    parent_product = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent product"),
        help_text=_("The configurable product whose variant this is."),
    )
    attribute_set_id = models.CharField(
        _("attribute set"),
        max_length=64,
        blank=True,
        help_text=_("Id of the attribute set, where the shop has them."),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=ProductStatus.choices, default=ProductStatus.ENABLED
    )
    visibility = models.CharField(
        _("visibility"), max_length=10, choices=Visibility.choices, default=Visibility.BOTH
    )
    weight = models.DecimalField(
        _("weight"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In the weight unit of the item. Empty: the weight of the item."),
        **QUANTITY,
    )
    tax_class = models.CharField(
        _("tax class"),
        max_length=64,
        blank=True,
        help_text=_("As the shop names it. Empty: the shop's standard."),
    )
    last_request_sent = models.DateTimeField(_("last request sent"), null=True, blank=True, editable=False)
    request_status = models.CharField(
        _("request status"),
        max_length=10,
        choices=RequestStatus.choices,
        blank=True,
        default="",
        editable=False,
    )
    request_message = models.TextField(_("answer of the shop"), blank=True, editable=False)
    remote_id = models.CharField(_("product id in the shop"), max_length=64, blank=True, editable=False)
    remote_parent_id = models.CharField(_("parent id in the shop"), max_length=64, blank=True, editable=False)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("e-commerce product settings")
        verbose_name_plural = _("e-commerce product settings")
        ordering = ("site", "sku")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "sku"],
                name="catalog_productconfig_site_sku",
                violation_error_message=_("This site already has settings for this SKU."),
            )
        ]
        indexes = [models.Index(fields=["site", "item"], name="catalog_product_site_item")]
        permissions = [("send_productconfig", _("Can send products to the shop"))]

    def clean(self) -> None:
        self.fill_keys()
        super().clean()
        errors: dict[str, Any] = {}
        parent = self.parent_product
        if parent is not None:
            if parent.site_id != self.site_id:
                errors["parent_product"] = _("The parent product belongs to another site.")
            elif self.pk and parent.pk == self.pk:
                errors["parent_product"] = _("A product cannot be its own parent.")
            elif parent.product_type not in (
                ProductType.CONFIGURABLE,
                ProductType.GROUPED,
                ProductType.BUNDLE,
            ):
                errors["parent_product"] = _("%(code)s is not a configurable, grouped or bundle product.") % {
                    "code": parent.code
                }
            elif self.product_type == ProductType.CONFIGURABLE:
                errors["product_type"] = _("A variant cannot itself be configurable.")
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_keys()
        super().save(*args, **kwargs)

    def fill_keys(self) -> None:
        """SKU from the item, code from the SKU; where another site took that code, the site's code goes before it."""
        if not self.sku and self.item_id:
            self.sku = self.item.code
        if not self.code and self.sku and self.site_id:
            plain = self.sku.upper()[:64]
            taken = type(self).objects.filter(code=plain).exclude(pk=self.pk).exists()
            self.code = f"{self.site.code}/{plain}"[:64] if taken else plain


class ProductText(models.Model):
    """Names and texts of a product in one language."""

    product = models.ForeignKey(
        ProductConfig, on_delete=models.CASCADE, related_name="texts", verbose_name=_("product")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        help_text=_("Such as en or ar; empty: the shop's default."),
    )
    name = models.CharField(_("name"), max_length=500, blank=True)
    short_description = models.TextField(_("short description"), blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("HTML is allowed."))
    seo_title = models.CharField(_("SEO title"), max_length=255, blank=True)
    seo_description = models.TextField(_("SEO description"), blank=True)
    seo_keywords = models.CharField(_("SEO keywords"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("product text")
        verbose_name_plural = _("product texts")
        ordering = ("language",)
        constraints = [
            models.UniqueConstraint(
                fields=["product", "language"],
                name="catalog_producttext_language",
                violation_error_message=_("There is one text per language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.language or '*'}: {self.name}"


class CategoryLine(Line):
    """A category in which the product stands."""

    product = models.ForeignKey(
        ProductConfig, on_delete=models.CASCADE, related_name="category_lines", verbose_name=_("product")
    )
    category = models.ForeignKey(
        CategoryConfig, on_delete=models.CASCADE, related_name="product_lines", verbose_name=_("category")
    )
    position = models.PositiveIntegerField(
        _("position"),
        default=0,
        help_text=_("Place of the product in the category, where the shop sorts by it."),
    )
    is_main = models.BooleanField(_("main category"), default=False)

    class Meta(Line.Meta):
        verbose_name = _("category line")
        verbose_name_plural = _("category lines")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "category"],
                name="catalog_categoryline_once",
                violation_error_message=_("The product stands in this category already."),
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(is_main=True),
                name="catalog_categoryline_one_main",
                violation_error_message=_("A product has one main category."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.category)

    def clean(self) -> None:
        super().clean()
        if self.category_id and self.product.site_id and self.category.site_id != self.product.site_id:
            raise ValidationError({"category": _("This category belongs to another site.")})


class AttributeType(models.TextChoices):
    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    BOOLEAN = "boolean", _("yes or no")
    DATE = "date", _("date")
    LIST = "list", _("list, separated by commas")


class CustomAttributeLine(Line):
    """A field of the shop that the item does not know: metadata, custom attribute, plugin field."""

    product = models.ForeignKey(
        ProductConfig,
        on_delete=models.CASCADE,
        related_name="custom_attributes_lines",
        verbose_name=_("product"),
    )
    code = models.CharField(_("attribute code"), max_length=100)
    value = models.TextField(_("value"), blank=True)
    language = models.CharField(_("language or store view"), max_length=20, blank=True, default="")
    value_type = models.CharField(
        _("type"), max_length=10, choices=AttributeType.choices, default=AttributeType.TEXT
    )

    class Meta(Line.Meta):
        verbose_name = _("custom attribute")
        verbose_name_plural = _("custom attributes")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "code", "language"],
                name="catalog_customattribute_once",
                violation_error_message=_("This attribute stands twice for the same language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}={self.value}"

    def clean(self) -> None:
        super().clean()
        from_text = READERS[AttributeType(self.value_type)]
        if self.value and not from_text(self.value):
            raise ValidationError(
                {
                    "value": _("“%(value)s” is not of the type “%(type)s”.")
                    % {"value": self.value, "type": self.get_value_type_display()}
                }
            )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    try:
        return parse_date(text) is not None
    except ValueError:
        return False


READERS: dict[AttributeType, Callable[[str], bool]] = {
    AttributeType.TEXT: bool,
    AttributeType.LIST: bool,
    AttributeType.NUMBER: _is_number,
    AttributeType.DATE: _is_date,
    AttributeType.BOOLEAN: lambda text: text.strip().lower() in ("yes", "no", "true", "false", "1", "0"),
}


class GalleryLine(Line):
    """A picture of the product; uploaded to the shop once and known there by its id afterwards."""

    product = models.ForeignKey(
        ProductConfig, on_delete=models.CASCADE, related_name="gallery_lines", verbose_name=_("product")
    )
    file = models.FileField(_("file"), upload_to="gallery/", blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    label1 = models.CharField(_("label (Arabic)"), max_length=255, blank=True)
    label2 = models.CharField(_("label (English)"), max_length=255, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    roles = models.CharField(
        _("roles"),
        max_length=100,
        blank=True,
        help_text=_("Such as main, small, thumbnail; separated by commas."),
    )
    disabled = models.BooleanField(_("disabled"), default=False)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)
    remote_id = models.CharField(_("picture id in the shop"), max_length=64, blank=True, editable=False)

    class Meta(Line.Meta):
        verbose_name = _("gallery line")
        verbose_name_plural = _("gallery lines")

    def __str__(self) -> str:
        return self.label2 or self.label1 or self.url or self.file.name or str(self.pk)

    def clean(self) -> None:
        super().clean()
        if bool(self.file) == bool(self.url):
            raise ValidationError(_("Upload a file or enter the address of the picture, one of the two."))


class ProductAttributeLine(Line):
    """An attribute such as colour: shown on the product, or telling its variants apart."""

    product = models.ForeignKey(
        ProductConfig,
        on_delete=models.CASCADE,
        related_name="product_attributes_lines",
        verbose_name=_("product"),
    )
    attribute = models.CharField(_("attribute"), max_length=100)
    value = models.CharField(
        _("value"), max_length=500, help_text=_("On a configurable product the options, separated by commas.")
    )
    language = models.CharField(_("language"), max_length=20, blank=True, default="")
    for_variants = models.BooleanField(_("used for variants"), default=False)
    visible = models.BooleanField(_("visible"), default=True)

    class Meta(Line.Meta):
        verbose_name = _("product attribute")
        verbose_name_plural = _("product attributes")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "attribute", "language"],
                name="catalog_productattribute_once",
                violation_error_message=_("This attribute stands twice for the same language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value}"


class ShopImage(models.Model):
    """A picture that a shop already has: the same content is never uploaded twice for a product."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    sku = models.CharField(_("SKU"), max_length=100)
    content_hash = models.CharField(_("content hash"), max_length=64)
    remote_id = models.CharField(_("picture id in the shop"), max_length=64)
    sent_at = models.DateTimeField(_("sent at"), auto_now_add=True)

    class Meta:
        verbose_name = _("picture in the shop")
        verbose_name_plural = _("pictures in the shop")
        constraints = [
            models.UniqueConstraint(fields=["site", "sku", "content_hash"], name="catalog_shopimage_key")
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.remote_id}"
