"""What a shop must be told of stock: pieces sold of which the ERP does not know yet, and figures seen last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.models.columns import QUANTITY


class SoldInShop(models.Model):
    """Units of an order that is seen but not yet in the ERP; taken off what is published, lest they are sold twice."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.CASCADE, related_name="sold_units", verbose_name=_("site")
    )
    remote_order_id = models.CharField(_("order id in the shop"), max_length=64)
    item = models.ForeignKey("erp.Item", on_delete=models.CASCADE, related_name="+", verbose_name=_("item"))
    warehouse = models.ForeignKey(
        "erp.Warehouse",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    quantity = models.DecimalField(_("quantity"), help_text=_("In the base unit of the item."), **QUANTITY)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("units sold, not yet in the ERP")
        verbose_name_plural = _("units sold, not yet in the ERP")
        constraints = [
            models.UniqueConstraint(fields=["site", "remote_order_id", "item"], name="catalog_soldinshop_key")
        ]
        indexes = [models.Index(fields=["site", "item"], name="catalog_sold_site_item")]

    def __str__(self) -> str:
        return f"{self.remote_order_id}: {self.quantity.normalize():f} × {self.item_id}"


class StockMark(models.Model):
    """The balance of an item in a warehouse as it was when this site was last asked to look at it.

    Where it differs from the balance of today the shop has not been told. There may be millions of rows, written in
    bulk and worth nothing by themselves; so the database checks no foreign keys here.
    """

    site = models.ForeignKey(
        "ecomsites.Site",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("site"),
    )
    item = models.ForeignKey(
        "erp.Item",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("item"),
    )
    warehouse = models.ForeignKey(
        "erp.Warehouse",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("warehouse"),
    )
    on_hand = models.DecimalField(_("on hand"), **QUANTITY)
    reserved = models.DecimalField(_("reserved"), **QUANTITY)
    safety_stock = models.DecimalField(_("safety stock"), **QUANTITY)

    class Meta:
        verbose_name = _("stock figure seen last")
        verbose_name_plural = _("stock figures seen last")
        constraints = [
            models.UniqueConstraint(fields=["site", "item", "warehouse"], name="catalog_stockmark_key")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} @ {self.warehouse_id}: {self.on_hand.normalize():f}"
