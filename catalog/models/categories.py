"""Categories of a shop, kept as a tree."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from erp.models import BusinessMasterFile


class CategoryConfig(BusinessMasterFile):
    """One category of one shop."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="category_configs", verbose_name=_("site")
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    include_in_menu = models.BooleanField(_("include in menu"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    image_url = models.URLField(_("address of the picture"), max_length=1000, blank=True)
    remote_id = models.CharField(
        _("category id in the shop"),
        max_length=64,
        blank=True,
        help_text=_("Filled when it is sent or fetched."),
    )
    last_sent_at = models.DateTimeField(_("last sent"), null=True, blank=True, editable=False)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("e-commerce category settings")
        verbose_name_plural = _("e-commerce category settings")
        ordering = ("site", "position", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="catalog_category_remote",
                violation_error_message=_("Another category of this site has this id in the shop."),
            )
        ]
        permissions = [("send_categoryconfig", _("Can send categories to the shop"))]

    def clean(self) -> None:
        super().clean()
        parent = self.parent
        if parent is None:
            return
        if parent.site_id != self.site_id:
            raise ValidationError({"parent": _("The parent category belongs to another site.")})
        seen = {self.pk} if self.pk else set()
        ancestor: CategoryConfig | None = parent
        while ancestor is not None:
            if ancestor.pk in seen:
                raise ValidationError({"parent": _("The parents of this category would make a circle.")})
            seen.add(ancestor.pk)
            ancestor = ancestor.parent


class CategoryText(models.Model):
    """Name and description of a category in one language."""

    category = models.ForeignKey(
        CategoryConfig, on_delete=models.CASCADE, related_name="texts", verbose_name=_("category")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        help_text=_("Such as en or ar; empty: the shop's default."),
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("category text")
        verbose_name_plural = _("category texts")
        ordering = ("language",)
        constraints = [
            models.UniqueConstraint(
                fields=["category", "language"],
                name="catalog_categorytext_language",
                violation_error_message=_("There is one text per language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.language or '*'}: {self.name}"


class CategoryConfigLine(Line):
    """A rule that fills the category: an item group, a criterion or an attribute value."""

    category = models.ForeignKey(
        CategoryConfig, on_delete=models.CASCADE, related_name="lines", verbose_name=_("category")
    )
    item_group = models.ForeignKey(
        "erp.ItemGroup",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("item group"),
    )
    include_subgroups = models.BooleanField(_("with its subgroups"), default=True)
    attribute = models.CharField(_("attribute"), max_length=100, blank=True)
    value = models.CharField(_("attribute value"), max_length=255, blank=True)
    criteria = models.TextField(
        _("criteria"),
        blank=True,
        help_text=_("Expression over the item, such as: brand = 'ACME' and sales_price > 100"),
    )
    position = models.PositiveIntegerField(
        _("position of the products"), default=0, help_text=_("Given to the products that this line adds.")
    )
    is_main = models.BooleanField(_("main category of the products"), default=False)
    active = models.BooleanField(_("active"), default=True)

    class Meta(Line.Meta):
        verbose_name = _("category detail")
        verbose_name_plural = _("category details")

    def __str__(self) -> str:
        return str(self.item_group or self.criteria or f"{self.attribute}={self.value}")

    def clean(self) -> None:
        super().clean()
        if not (self.item_group_id or self.criteria.strip() or self.attribute.strip()):
            raise ValidationError(
                _("Choose an item group, or enter a criterion or an attribute with its value.")
            )
        if self.value and not self.attribute:
            raise ValidationError({"attribute": _("Name the attribute that must have this value.")})
