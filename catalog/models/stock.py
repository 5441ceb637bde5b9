"""Pieces sold in a shop of which the ERP does not know yet."""

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
