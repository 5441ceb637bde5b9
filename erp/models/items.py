"""What is sold: items with units, barcodes, attributes, kit components and images."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line, MasterFile, TimeStamped
from ecomsync.common.money import ZERO
from erp.barcodes import BarcodeType, is_valid
from erp.models.columns import COUNTRY_CODE, MONEY, QUANTITY, plain
from erp.models.organisation import BusinessMasterFile
from erp.models.terms import TaxPlan


class UnitOfMeasure(MasterFile):
    """A unit such as piece, kilogram or carton."""

    decimals_allowed = models.PositiveSmallIntegerField(
        _("decimals allowed"), default=0, help_text=_("Decimals a quantity in this unit may have.")
    )
    unece_code = models.CharField(
        _("UNECE code"),
        max_length=3,
        blank=True,
        help_text=_("UN/ECE recommendation 20, such as C62 or KGM."),
    )

    class Meta:
        verbose_name = _("unit of measure")
        verbose_name_plural = _("units of measure")
        ordering = ("code",)


class ItemGroup(MasterFile):
    """A category of items; a tree."""

    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent group"),
    )

    class Meta:
        verbose_name = _("item group")
        verbose_name_plural = _("item groups")
        ordering = ("code",)

    def clean(self) -> None:
        super().clean()
        seen = {self.pk} if self.pk else set()
        ancestor = self.parent
        while ancestor is not None:
            if ancestor.pk in seen:
                raise ValidationError(
                    {"parent": _("This group is above the chosen parent; that would make a circle.")}
                )
            seen.add(ancestor.pk)
            ancestor = ancestor.parent


class Brand(MasterFile):
    """Who makes it."""

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ("code",)


class ItemType(models.TextChoices):
    STOCK = "stock", _("stock item")
    SERVICE = "service", _("service")
    KIT = "kit", _("kit")
    TEMPLATE = "template", _("template of variants")


class WeightUnit(models.TextChoices):
    KG = "kg", _("kilogram")
    G = "g", _("gram")
    LB = "lb", _("pound")
    OZ = "oz", _("ounce")


class Item(BusinessMasterFile):
    """Something that can be sold. `code` is the SKU, `name1` Arabic, `name2` English."""

    short_description = models.TextField(_("short description (English)"), blank=True)
    short_description_ar = models.TextField(_("short description (Arabic)"), blank=True)
    long_description = models.TextField(
        _("description (English)"), blank=True, help_text=_("HTML is allowed.")
    )
    long_description_ar = models.TextField(
        _("description (Arabic)"), blank=True, help_text=_("HTML is allowed.")
    )
    item_type = models.CharField(
        _("item type"), max_length=10, choices=ItemType.choices, default=ItemType.STOCK, db_index=True
    )
    variant_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="variants",
        verbose_name=_("variant of"),
        help_text=_("The template whose variant this item is."),
    )
    item_group = models.ForeignKey(
        ItemGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name=_("item group"),
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("brand")
    )
    base_unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("base unit"),
        help_text=_("Stock is kept in this unit."),
    )
    weight = models.DecimalField(
        _("weight"),
        default=ZERO,
        validators=[MinValueValidator(0)],
        help_text=_("Of one base unit."),
        **QUANTITY,
    )
    weight_unit = models.CharField(
        _("weight unit"), max_length=2, choices=WeightUnit.choices, default=WeightUnit.KG
    )
    length = models.DecimalField(
        _("length (cm)"), default=ZERO, validators=[MinValueValidator(0)], **QUANTITY
    )
    width = models.DecimalField(_("width (cm)"), default=ZERO, validators=[MinValueValidator(0)], **QUANTITY)
    height = models.DecimalField(
        _("height (cm)"), default=ZERO, validators=[MinValueValidator(0)], **QUANTITY
    )
    tax_plan = models.ForeignKey(
        TaxPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tax plan")
    )
    sales_price = models.DecimalField(
        _("sales price"),
        default=ZERO,
        validators=[MinValueValidator(0)],
        help_text=_("In the base currency; used where no price list has a price."),
        **MONEY,
    )
    special_price = models.DecimalField(
        _("special price"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Promotion price; kept apart from the sales price. Empty: no promotion."),
        **MONEY,
    )
    special_price_from = models.DateTimeField(_("special price from"), null=True, blank=True)
    special_price_to = models.DateTimeField(_("special price to"), null=True, blank=True)
    standard_cost = models.DecimalField(
        _("standard cost"), default=ZERO, validators=[MinValueValidator(0)], **MONEY
    )
    safety_stock = models.DecimalField(
        _("safety stock"),
        default=ZERO,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Kept back from what is offered for sale, in each warehouse that has no figure of its own."
        ),
        **QUANTITY,
    )
    allow_negative = models.BooleanField(
        _("may go negative"), default=False, help_text=_("Ship even when the ledger shows no stock.")
    )
    country_of_origin = models.CharField(
        _("country of origin"),
        max_length=2,
        blank=True,
        validators=[COUNTRY_CODE],
        help_text=_("Two letters."),
    )
    customs_code = models.CharField(_("customs code"), max_length=20, blank=True, help_text=_("HS code."))
    sellable = models.BooleanField(
        _("sellable"), default=True, help_text=_("Offered in shops; an item can be active and not for sale.")
    )

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(safety_stock__gte=0)
                & models.Q(sales_price__gte=0)
                & models.Q(weight__gte=0),
                name="erp_item_figures_not_negative",
                violation_error_message=_("Safety stock, sales price and weight may not be negative."),
            )
        ]

    @property
    def is_stocked(self) -> bool:
        """Whether the ledger keeps a balance of this item itself."""
        return self.item_type == ItemType.STOCK

    @property
    def is_deliverable(self) -> bool:
        """Whether goods leave a warehouse when it is sold."""
        return self.item_type in (ItemType.STOCK, ItemType.KIT)

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if self.variant_of is not None:
            if self.variant_of.item_type != ItemType.TEMPLATE:
                errors["variant_of"] = _(
                    "%(code)s is not a template; set its item type to template first."
                ) % {"code": self.variant_of.code}
            if self.item_type == ItemType.TEMPLATE:
                errors["item_type"] = _("A template cannot itself be a variant.")
        if (
            self.special_price_from
            and self.special_price_to
            and self.special_price_from >= self.special_price_to
        ):
            errors["special_price_to"] = _("The promotion must end after it starts.")
        if errors:
            raise ValidationError(errors)


class ItemUnit(Line):
    """Another unit of an item and what it holds."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="units", verbose_name=_("item"))
    unit = models.ForeignKey(
        UnitOfMeasure, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    factor_to_base = models.DecimalField(
        _("base units in it"), help_text=_("How many base units one of this unit holds."), **QUANTITY
    )
    is_sales_default = models.BooleanField(_("default in sales"), default=False)

    class Meta(Line.Meta):
        verbose_name = _("item unit")
        verbose_name_plural = _("item units")
        constraints = [
            models.UniqueConstraint(
                fields=["item", "unit"],
                name="erp_itemunit_item_unit",
                violation_error_message=_("This unit stands twice on the item."),
            ),
            models.CheckConstraint(
                condition=models.Q(factor_to_base__gt=0),
                name="erp_itemunit_factor_positive",
                violation_error_message=_("A unit must hold more than zero base units."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} / {self.unit.code}"


class ItemBarcode(Line):
    """A barcode; the first active one is the main barcode."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="barcodes", verbose_name=_("item"))
    barcode = models.CharField(_("barcode"), max_length=64, db_index=True)
    barcode_type = models.CharField(
        _("type"), max_length=10, choices=BarcodeType.choices, default=BarcodeType.EAN13
    )
    unit = models.ForeignKey(
        UnitOfMeasure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty: the base unit."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta(Line.Meta):
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        constraints = [
            models.UniqueConstraint(
                fields=["barcode"],
                condition=models.Q(active=True),
                name="erp_itembarcode_active",
                violation_error_message=_("This barcode already belongs to an item."),
            )
        ]

    def __str__(self) -> str:
        return self.barcode

    def clean(self) -> None:
        super().clean()
        self.barcode = self.barcode.strip()
        if not is_valid(self.barcode, self.barcode_type):
            raise ValidationError(
                {
                    "barcode": _("%(barcode)s is not a valid %(type)s: check its length and last digit.")
                    % {"barcode": self.barcode, "type": self.get_barcode_type_display()}
                }
            )


class ItemAttributeValue(models.Model):
    """What tells a variant from its siblings, such as size M; or a property of a simple item."""

    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="attribute_values", verbose_name=_("item")
    )
    attribute = models.CharField(_("attribute"), max_length=100, help_text=_("Such as Size or Colour."))
    value = models.CharField(_("value"), max_length=255)
    value_ar = models.CharField(_("value (Arabic)"), max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("item attribute")
        verbose_name_plural = _("item attributes")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["item", "attribute"],
                name="erp_itemattributevalue_item_attribute",
                violation_error_message=_("An item has one value per attribute."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value}"


class KitComponent(Line):
    """What a kit consists of."""

    kit = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="components", verbose_name=_("kit"))
    component = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="part_of_kits", verbose_name=_("component")
    )
    quantity = models.DecimalField(
        _("quantity"), help_text=_("Base units of the component in one kit."), **QUANTITY
    )

    class Meta(Line.Meta):
        verbose_name = _("kit component")
        verbose_name_plural = _("kit components")
        constraints = [
            models.UniqueConstraint(
                fields=["kit", "component"],
                name="erp_kitcomponent_kit_component",
                violation_error_message=_("This component stands twice in the kit."),
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="erp_kitcomponent_positive",
                violation_error_message=_("A kit needs more than zero of each component."),
            ),
        ]

    def __str__(self) -> str:
        return f"{plain(self.quantity)} × {self.component.code}"

    def clean(self) -> None:
        super().clean()
        if self.component_id and self.component.item_type != ItemType.STOCK:
            raise ValidationError({"component": _("Only stock items can be components of a kit.")})


class ItemImage(TimeStamped):
    """A picture of the item: an uploaded file or an address."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="images", verbose_name=_("item"))
    file = models.FileField(_("file"), upload_to="items/", blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    alt = models.CharField(_("alternative text"), max_length=255, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("item image")
        verbose_name_plural = _("item images")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.alt or self.url or self.file.name or str(self.pk)

    def clean(self) -> None:
        super().clean()
        if not self.file and not self.url:
            raise ValidationError(_("Upload a file or enter the address of the picture."))
