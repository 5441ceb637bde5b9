"""The item linker: one header per site and rule, one line per product or variant of the shop."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from erp.models.columns import MONEY, QUANTITY
from erp.models.organisation import BusinessMasterFile
from linking.expressions import ExpressionError, parse_rule


class MatchingRule(models.TextChoices):
    CODE = "code", _("item code = SKU")
    BARCODE = "barcode", _("barcode")
    EXPRESSION = "expression", _("expression")


class ItemLinker(BusinessMasterFile):
    """How the items of the ERP and the products of one site find each other."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="linkers", verbose_name=_("site")
    )
    matching_rule = models.CharField(
        _("matching rule"), max_length=10, choices=MatchingRule.choices, default=MatchingRule.CODE
    )
    expression = models.CharField(
        _("expression"),
        max_length=300,
        blank=True,
        help_text=_(
            "Item side = shop side, such as {code} = {sku|after:ERP-} or {code}-{attribute.Size} = {sku}. "
            "Capital and small letters are the same."
        ),
    )
    last_run = models.ForeignKey(
        "activity.Run",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("last run"),
    )

    class Meta:
        verbose_name = _("Item Link File with Magento Site")
        verbose_name_plural = _("Item Link Files with Magento Site")
        ordering = ("code",)

    def clean(self) -> None:
        super().clean()
        if self.matching_rule != MatchingRule.EXPRESSION:
            return
        if not self.expression.strip():
            raise ValidationError({"expression": _("Enter the expression, such as {code} = {sku}.")})
        try:
            parse_rule(self.expression)
        except ExpressionError as error:
            raise ValidationError({"expression": str(error)}) from error


class MatchSource(models.TextChoices):
    AUTO = "auto", _("automatic")
    MANUAL = "manual", _("by hand")
    CREATED = "created", _("created by us")


class LinkState(models.TextChoices):
    LINKED = "linked", _("linked")
    CANDIDATE = "candidate", _("candidate")
    CONFLICT = "conflict", _("conflict")
    REMOTE_MISSING = "remote_missing", _("missing in the shop")
    ITEM_MISSING = "item_missing", _("item missing")


class ItemLinkerLine(TimeStamped):
    """One product or variant of a shop, and the item it is."""

    linker = models.ForeignKey(
        ItemLinker, on_delete=models.CASCADE, related_name="details", verbose_name=_("linker")
    )
    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("site")
    )
    item = models.ForeignKey(
        "erp.Item",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="shop_links",
        verbose_name=_("item"),
    )
    unit = models.ForeignKey(
        "erp.UnitOfMeasure",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty: the base unit of the item."),
    )
    variant_text = models.CharField(
        _("variation"),
        max_length=200,
        blank=True,
        help_text=_("Tells apart several products that are one item."),
    )
    attribute_values: models.JSONField[Any, Any] = models.JSONField(
        _("attribute values"), default=dict, blank=True
    )
    remote_sku = models.CharField(_("SKU in the shop"), max_length=200, blank=True)
    remote_name = models.CharField(_("name in the shop"), max_length=500, blank=True)
    remote_barcode = models.CharField(_("barcode in the shop"), max_length=100, blank=True)
    remote_product_id = models.CharField(_("product id in the shop"), max_length=100)
    remote_variant_id = models.CharField(_("variant id in the shop"), max_length=100, blank=True)
    remote_inventory_id = models.CharField(_("inventory id in the shop"), max_length=100, blank=True)
    parent_remote_id = models.CharField(_("parent id in the shop"), max_length=100, blank=True)
    remote_kind = models.CharField(_("kind in the shop"), max_length=20, blank=True)
    match_source = models.CharField(
        _("match source"), max_length=8, choices=MatchSource.choices, default=MatchSource.AUTO
    )
    state = models.CharField(_("state"), max_length=15, choices=LinkState.choices, default=LinkState.LINKED)
    candidates: models.JSONField[Any, Any] = models.JSONField(
        _("candidates"), default=list, blank=True, help_text=_("Items it may be, with the reason for each.")
    )
    last_seen_at = models.DateTimeField(_("last seen in the shop"), null=True, blank=True)
    last_sent_quantity = models.DecimalField(_("last quantity sent"), null=True, blank=True, **QUANTITY)
    last_sent_places = models.TextField(
        _("last quantities sent by location"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Location of the shop and quantity, as JSON; empty where the shop has one stock only."),
    )
    last_sent_quantity_at = models.DateTimeField(_("quantity sent at"), null=True, blank=True)
    last_quantity_version = models.PositiveBigIntegerField(_("version of the quantity"), default=0)
    last_sent_price = models.DecimalField(_("last price sent"), null=True, blank=True, **MONEY)
    last_sent_special = models.DecimalField(_("last special price sent"), null=True, blank=True, **MONEY)
    last_sent_price_at = models.DateTimeField(_("price sent at"), null=True, blank=True)
    last_price_version = models.PositiveBigIntegerField(_("version of the price"), default=0)
    last_sent_hash = models.CharField(_("fingerprint of the last sheet sent"), max_length=64, blank=True)
    last_sent_hash_at = models.DateTimeField(_("sheet sent at"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("item link line")
        verbose_name_plural = _("item link lines")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_product_id", "remote_variant_id"],
                name="linking_itemlinkerline_remote",
                violation_error_message=_("This product or variant of the site already has a line."),
            ),
            models.UniqueConstraint(
                fields=["site", "item", "variant_text"],
                condition=models.Q(state="linked", unit__isnull=True),
                name="linking_itemlinkerline_item",
                violation_error_message=_("This item is already linked on this site."),
            ),
            models.UniqueConstraint(
                fields=["site", "item", "unit", "variant_text"],
                condition=models.Q(state="linked", unit__isnull=False),
                name="linking_itemlinkerline_item_unit",
                violation_error_message=_("This unit of the item is already linked on this site."),
            ),
            models.CheckConstraint(
                condition=~models.Q(remote_product_id=""),
                name="linking_itemlinkerline_remote_given",
                violation_error_message=_("Enter the product id in the shop."),
            ),
        ]
        indexes = [
            models.Index(fields=["site", "state"], name="linkerline_state"),
            models.Index(fields=["site", "remote_sku"], name="linkerline_sku"),
            models.Index(fields=["site", "remote_variant_id"], name="linkerline_variant"),
        ]

    def __str__(self) -> str:
        return f"{self.remote_sku or self.remote_id} · {self.remote_name}"

    @property
    def sent_places(self) -> dict[str, str | None]:
        """Location of the shop -> the quantity that it accepted last, as text; None where it has changed it since."""
        return dict(json.loads(self.last_sent_places)) if self.last_sent_places else {}

    @property
    def remote_id(self) -> str:
        """What stock and prices are sent to: the variant, else the product."""
        return self.remote_variant_id or self.remote_product_id

    @property
    def is_linked(self) -> bool:
        return self.state == LinkState.LINKED and self.item_id is not None

    def clean(self) -> None:
        super().clean()
        if self.state == LinkState.LINKED and self.item_id is None:
            raise ValidationError({"item": _("A linked line needs its item.")})


class SentCustomer(models.Model):
    """What a site was told of a customer of the ERP last, so that only what differs is sent again."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(
        "erp.Customer", on_delete=models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    fingerprint = models.CharField(
        _("fingerprint"),
        max_length=64,
        blank=True,
        help_text=_("Empty: the shop has not taken the customer."),
    )
    looked_at = models.DateTimeField(_("looked at"))
    newest_address = models.BigIntegerField(_("newest address"), default=0)

    class Meta:
        verbose_name = _("sent customer")
        verbose_name_plural = _("sent customers")
        constraints = [
            models.UniqueConstraint(fields=["site", "customer"], name="linking_sentcustomer_customer")
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.customer_id}"
