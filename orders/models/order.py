"""An order of a shop as we last saw it, and where it stands with us."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import TimeStamped
from ecomsync.common.money import ZERO
from erp.models.columns import MONEY
from orders.states import OrderSource, OrderState
from platforms.types import FinancialStatus, OrderPhase

PHASES = [
    (OrderPhase.INCOMPLETE.value, _("incomplete")),
    (OrderPhase.OPEN.value, _("open")),
    (OrderPhase.COMPLETE.value, _("complete")),
    (OrderPhase.CANCELLED.value, _("cancelled")),
]
FINANCIAL_STATUSES = [
    (FinancialStatus.UNPAID.value, _("unpaid")),
    (FinancialStatus.AUTHORISED.value, _("authorised")),
    (FinancialStatus.PAID.value, _("paid")),
    (FinancialStatus.PARTLY_REFUNDED.value, _("partly refunded")),
    (FinancialStatus.REFUNDED.value, _("refunded")),
    (FinancialStatus.FAILED.value, _("failed")),
]


class Order(TimeStamped):
    """One order of one shop. Written by the import alone; amounts are net of tax with the tax beside them."""

    site = models.ForeignKey(
        "ecomsites.Site", on_delete=models.PROTECT, related_name="orders", verbose_name=_("site")
    )
    remote_id = models.CharField(_("shop id"), max_length=100)
    number = models.CharField(_("shop number"), max_length=100, blank=True, db_index=True)
    created_remote = models.DateTimeField(_("ordered at"), null=True, blank=True)
    updated_remote = models.DateTimeField(_("changed in the shop at"), null=True, blank=True)
    status_remote = models.CharField(_("shop status"), max_length=100, blank=True)
    phase = models.CharField(_("phase"), max_length=20, choices=PHASES, blank=True)
    financial_status = models.CharField(
        _("payment status"), max_length=20, choices=FINANCIAL_STATUSES, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)

    remote_customer_id = models.CharField(_("shop customer id"), max_length=100, blank=True)
    customer_email = models.CharField(_("e-mail"), max_length=254, blank=True)
    customer_name = models.CharField(_("customer name"), max_length=510, blank=True)
    customer_phone = models.CharField(_("phone"), max_length=64, blank=True)
    customer_company = models.CharField(_("company"), max_length=510, blank=True)
    customer_tax_number = models.CharField(_("tax number"), max_length=64, blank=True)
    is_guest = models.BooleanField(_("guest"), default=False)
    billing_address = models.JSONField(_("billing address"), default=dict, blank=True)
    shipping_address = models.JSONField(_("shipping address"), default=dict, blank=True)

    lines_net = models.DecimalField(_("goods before discounts"), default=ZERO, **MONEY)
    discount_net = models.DecimalField(_("discounts"), default=ZERO, **MONEY)
    shipping_net = models.DecimalField(_("shipping"), default=ZERO, **MONEY)
    shipping_tax = models.DecimalField(_("tax on shipping"), default=ZERO, **MONEY)
    fees_net = models.DecimalField(_("fees"), default=ZERO, **MONEY)
    fees_tax = models.DecimalField(_("tax on fees"), default=ZERO, **MONEY)
    tax_total = models.DecimalField(_("tax"), default=ZERO, **MONEY)
    grand_total = models.DecimalField(_("grand total"), default=ZERO, **MONEY)
    refunded_total = models.DecimalField(_("refunded"), default=ZERO, **MONEY)
    payment_code = models.CharField(_("payment code"), max_length=200, blank=True)
    shipping_code = models.CharField(_("shipping code"), max_length=200, blank=True)
    note = models.TextField(_("note of the buyer"), blank=True)

    state = models.CharField(_("state"), max_length=20, choices=OrderState.choices, default=OrderState.NEW)
    state_reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why the order was skipped or failed.")
    )
    erp_customer = models.ForeignKey(
        "erp.Customer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    sales_order = models.ForeignKey(
        "erp.SalesOrder",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shop_orders",
        verbose_name=_("sales order"),
    )
    decisions = models.JSONField(
        _("mapping decisions"), default=list, blank=True, help_text=_("What was mapped to what, and why.")
    )
    proof = models.JSONField(_("proof of totals"), default=list, blank=True)
    proof_ok = models.BooleanField(_("totals proved"), null=True, blank=True)

    raw = models.JSONField(_("payload of the shop"), default=dict, blank=True)
    raw_hash = models.CharField(_("payload hash"), max_length=64, blank=True)
    relevant_hash = models.CharField(
        _("content hash"),
        max_length=64,
        blank=True,
        help_text=_("Of what the documents depend on: lines, amounts, customer and addresses."),
    )
    source = models.CharField(
        _("source"), max_length=10, choices=OrderSource.choices, default=OrderSource.POLL
    )
    trace_id = models.CharField(_("trace"), max_length=64, blank=True)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen at"), null=True, blank=True)
    compared_at = models.DateTimeField(_("compared with the shop at"), null=True, blank=True, editable=False)
    heal_at = models.DateTimeField(
        _("next try at"), null=True, blank=True, help_text=_("When a held order is imported again by itself.")
    )
    heal_attempts = models.PositiveIntegerField(_("tries"), default=0)
    erp_number_sent = models.CharField(_("ERP number written to the shop"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("shop order")
        verbose_name_plural = _("shop orders")
        ordering = ("-created_remote", "-id")
        constraints = [
            models.UniqueConstraint(fields=["site", "remote_id"], name="orders_order_site_remote"),
        ]
        indexes = [
            models.Index(fields=["site", "state", "-created_remote"], name="orders_order_site_state"),
            models.Index(fields=["-created_remote", "-id"], name="orders_order_newest"),
            models.Index(
                fields=["imported_at"],
                name="orders_order_imported",
                condition=models.Q(imported_at__isnull=False),
            ),
            models.Index(
                fields=["heal_at"], name="orders_order_heal", condition=models.Q(heal_at__isnull=False)
            ),
        ]
        permissions = [("import_order", _("Can import orders again"))]

    def __str__(self) -> str:
        return f"{self.site.code} #{self.number or self.remote_id}"

    @property
    def is_imported(self) -> bool:
        return self.sales_order_id is not None


class OrderLine(models.Model):
    """A line of the order as the shop sent it, with the item it was mapped to."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order"))
    line_no = models.PositiveIntegerField(_("line"))
    remote_id = models.CharField(_("shop line id"), max_length=100, blank=True)
    sku = models.CharField(_("SKU"), max_length=255, blank=True)
    name = models.TextField(_("name"), blank=True)
    product_id = models.CharField(_("product id"), max_length=100, blank=True)
    variant_id = models.CharField(_("variant id"), max_length=100, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    item = models.ForeignKey(
        "erp.Item", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    subtotal_net = models.DecimalField(_("before discounts"), **MONEY)
    subtotal_tax = models.DecimalField(_("tax before discounts"), **MONEY)
    net = models.DecimalField(_("net"), **MONEY)
    tax = models.DecimalField(_("tax"), **MONEY)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("line_no", "id")

    def __str__(self) -> str:
        return f"{self.line_no}. {self.sku or self.name[:40]}"


class OrderCharge(models.Model):
    """Shipping or a fee as the shop sent it."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="charges", verbose_name=_("order")
    )
    remote_id = models.CharField(_("shop line id"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=200, blank=True)
    title = models.TextField(_("title"), blank=True)
    net = models.DecimalField(_("net"), **MONEY)
    tax = models.DecimalField(_("tax"), **MONEY)

    class Meta:
        verbose_name = _("order charge")
        verbose_name_plural = _("order charges")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind}: {self.code or self.title[:40]}"


class OrderDiscount(models.Model):
    """A coupon or a discount of the whole order."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="discounts", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=255, blank=True)
    title = models.TextField(_("title"), blank=True)
    net = models.DecimalField(_("net"), **MONEY)
    tax = models.DecimalField(_("tax"), **MONEY)
    in_lines = models.BooleanField(_("already in the lines"), default=False)

    class Meta:
        verbose_name = _("order discount")
        verbose_name_plural = _("order discounts")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}"


class OrderTax(models.Model):
    """Tax of the whole order at one rate."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="taxes", verbose_name=_("order"))
    rate_id = models.CharField(_("rate id"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    rate_percent = models.DecimalField(_("rate %"), max_digits=12, decimal_places=6, null=True, blank=True)
    amount = models.DecimalField(_("amount"), **MONEY)

    class Meta:
        verbose_name = _("order tax")
        verbose_name_plural = _("order taxes")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name or self.rate_id


class OrderPayment(models.Model):
    """A payment of the order as the shop tells it."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="payments", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=20)
    code = models.CharField(_("code"), max_length=200, blank=True)
    title = models.TextField(_("title"), blank=True)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    transaction_id = models.CharField(_("transaction"), max_length=255, blank=True)
    is_paid = models.BooleanField(_("paid"), default=False)
    is_authorised = models.BooleanField(_("authorised"), default=False)

    class Meta:
        verbose_name = _("order payment")
        verbose_name_plural = _("order payments")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.code or self.title}: {self.amount}"
