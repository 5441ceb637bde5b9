"""Returns and refunds of a shop."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from ecomsync.common.money import ZERO
from erp.models.columns import MONEY
from orders.models.order import Order
from orders.states import ReturnOrigin, ReturnState


class ReturnOrder(TimeStamped):
    """A refund or return as the shop sent it, and what became of it. Amounts are positive.

    A posted one with a hold code is flagged: its documents stand, but the shop says something else now.
    """

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="returns", verbose_name=_("site")
    )
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="returns",
        verbose_name=_("order"),
    )
    remote_id = models.CharField(_("shop id"), max_length=100)
    order_remote_id = models.CharField(_("shop order id"), max_length=100, db_index=True)
    number = models.CharField(_("shop number"), max_length=100, blank=True)
    created_remote = models.DateTimeField(_("returned at"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total = models.DecimalField(_("total"), default=ZERO, **MONEY)
    reason = models.TextField(_("reason"), blank=True)
    restock = models.BooleanField(_("goods go back to stock"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ReturnState.choices, default=ReturnState.STAGED
    )
    hold_code = models.CharField(_("held because"), max_length=60, blank=True)
    hold_subject = models.CharField(_("concerns"), max_length=255, blank=True)
    hold_message = models.TextField(_("explanation"), blank=True)
    heal_at = models.DateTimeField(
        _("next try at"), null=True, blank=True, help_text=_("When a held return is tried again by itself.")
    )
    heal_attempts = models.PositiveIntegerField(_("tries"), default=0)
    origin = models.CharField(
        _("made in"), max_length=5, choices=ReturnOrigin.choices, default=ReturnOrigin.SHOP
    )
    withdrawn_at = models.DateTimeField(_("deleted in the shop at"), null=True, blank=True)
    paid_back = models.BooleanField(
        _("paid back by the shop"),
        null=True,
        blank=True,
        help_text=_(
            "No: the shop recorded the refund only, staff give the money back. Unknown: it does not tell."
        ),
    )
    announced = models.BooleanField(
        _("announced"),
        default=False,
        help_text=_("Goods come back or are back, and the shop has given nothing for them yet."),
    )
    payments = models.JSONField(
        _("paid back by"), default=list, blank=True, help_text=_("Methods and amounts, where the shop tells.")
    )
    receipts = models.ManyToManyField(
        "erp.Receipt", blank=True, related_name="+", verbose_name=_("refund receipts")
    )
    proof = models.JSONField(_("proof of totals"), default=list, blank=True)
    proof_ok = models.BooleanField(_("totals proved"), null=True, blank=True)
    exchange_for = models.JSONField(
        _("goods wanted instead"), default=list, blank=True, help_text=_("As the shop tells of an exchange.")
    )
    exchange_order = models.ForeignKey(
        "erp.SalesOrder",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sales order of the exchange"),
    )
    sales_return = models.ForeignKey(
        "erp.SalesReturn",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sales return"),
    )
    credit_note = models.ForeignKey(
        "erp.SalesInvoice",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("credit note"),
    )
    raw = models.JSONField(_("payload of the shop"), default=dict, blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True)
    trace_id = models.CharField(_("trace"), max_length=64, blank=True)
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("shop return")
        verbose_name_plural = _("shop returns")
        ordering = ("-created_remote", "-id")
        constraints = [
            models.UniqueConstraint(fields=["site", "remote_id"], name="orders_return_site_remote"),
        ]
        indexes = [
            models.Index(fields=["site", "state"], name="orders_return_site_state"),
            models.Index(
                fields=["heal_at"], name="orders_return_heal", condition=models.Q(heal_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site.code} R{self.number or self.remote_id}"


class ReturnOrderLine(models.Model):
    """A line of a return; `kind` tells goods from shipping, fees and bare amounts."""

    return_order = models.ForeignKey(
        ReturnOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("return")
    )
    line_no = models.PositiveIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=20, default="line")
    order_line_id = models.CharField(_("shop line id"), max_length=100, blank=True)
    sku = models.CharField(_("SKU"), max_length=255, blank=True)
    name = models.TextField(_("name"), blank=True)
    item = models.ForeignKey(
        "erp.Item", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    product_id = models.CharField(_("product id"), max_length=100, blank=True)
    variant_id = models.CharField(_("variant id"), max_length=100, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    net = models.DecimalField(_("net"), **MONEY)
    tax = models.DecimalField(_("tax"), **MONEY)
    taxes = models.JSONField(
        _("tax per rate"), default=list, blank=True, help_text=_("Rows of name, rate % and amount.")
    )

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        ordering = ("line_no", "id")

    def __str__(self) -> str:
        return f"{self.line_no}. {self.sku or self.name[:40]}"
