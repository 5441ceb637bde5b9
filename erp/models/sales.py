"""Sales order and delivery."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from ecomsync.common.money import ZERO
from erp.models.columns import MONEY, PERCENT, QUANTITY, plain
from erp.models.items import Item
from erp.models.organisation import Document, NumberSeries
from erp.models.parties import Customer
from erp.models.prices import PriceList
from erp.models.sales_amounts import AmountDocument, AmountLine
from erp.models.stock import Warehouse
from erp.models.terms import DeliveryMethod, PaymentTerms, SalesPerson
from erp.states import DeliveryState, SalesOrderState


class SalesOrder(AmountDocument):
    """What a customer ordered, with the amounts of the shop."""

    state = models.CharField(
        _("state"),
        max_length=20,
        choices=SalesOrderState.choices,
        default=SalesOrderState.DRAFT,
        editable=False,
        db_index=True,
    )
    channel = models.CharField(
        _("channel"), max_length=64, blank=True, help_text=_("Code of the shop's site.")
    )
    external_number = models.CharField(
        _("order number in the shop"), max_length=100, blank=True, db_index=True
    )
    external_id = models.CharField(_("order id in the shop"), max_length=100, blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="sales_orders", verbose_name=_("customer")
    )
    order_date = models.DateTimeField(_("ordered at"), default=timezone.now, db_index=True)
    requested_delivery_date = models.DateField(_("requested delivery date"), null=True, blank=True)
    price_list = models.ForeignKey(
        PriceList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("price list"),
    )
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    delivery_method = models.ForeignKey(
        DeliveryMethod,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivery method"),
    )
    payment_terms = models.ForeignKey(
        PaymentTerms,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payment terms"),
    )
    salesperson = models.ForeignKey(
        SalesPerson,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sales person"),
    )
    number_series = models.ForeignKey(
        NumberSeries,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series"),
    )
    billing_address = models.JSONField(_("billing address"), default=dict, blank=True)
    shipping_address = models.JSONField(_("shipping address"), default=dict, blank=True)
    coupon_code = models.CharField(_("coupon code"), max_length=255, blank=True)
    note = models.TextField(_("customer note"), blank=True)
    hold_reason = models.CharField(_("reason of hold"), max_length=500, blank=True, editable=False)
    notice = models.CharField(
        _("notice"), max_length=500, blank=True, editable=False, help_text=_("Such as a passed credit limit.")
    )
    cancel_reason = models.CharField(_("reason of cancellation"), max_length=500, blank=True, editable=False)

    class Meta(AmountDocument.Meta):
        abstract = False
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        constraints = [
            *AmountDocument.Meta.constraints,
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=~Q(external_number="") & ~Q(state=SalesOrderState.CANCELLED),
                name="erp_salesorder_external_number",
                violation_error_message=_("This order of the shop is here already."),
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "external_id"], name="erp_salesorder_external_id"),
            models.Index(fields=["customer", "state"], name="erp_salesorder_customer"),
        ]

    @property
    def discount_percent_of_lines(self) -> Decimal:
        """The header discount as a percentage of the lines."""
        return self.discount_net / self.lines_net * 100 if self.lines_net else ZERO


class SalesOrderRevision(models.Model):
    """What a confirmed order said before it was amended: its history under the same number."""

    order = models.ForeignKey(
        SalesOrder, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("sales order")
    )
    revision = models.PositiveSmallIntegerField(_("revision"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    grand_total = models.DecimalField(_("grand total"), default=ZERO, **MONEY)
    content = models.JSONField(_("content"), default=dict)
    created_at = models.DateTimeField(_("amended at"), auto_now_add=True)

    class Meta:
        verbose_name = _("revision of a sales order")
        verbose_name_plural = _("revisions of sales orders")
        ordering = ("order", "revision")
        constraints = [
            models.UniqueConstraint(fields=["order", "revision"], name="erp_salesorderrevision_number"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.revision}"


class SalesOrderLine(AmountLine):
    """A line of a sales order, with its progress in the line's unit."""

    order = models.ForeignKey(
        SalesOrder, on_delete=models.CASCADE, related_name="lines", verbose_name=_("sales order")
    )
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    delivered_qty = models.DecimalField(_("delivered"), default=ZERO, editable=False, **QUANTITY)
    invoiced_qty = models.DecimalField(_("invoiced"), default=ZERO, editable=False, **QUANTITY)
    returned_qty = models.DecimalField(_("returned"), default=ZERO, editable=False, **QUANTITY)
    cancelled_qty = models.DecimalField(
        _("cancelled"),
        default=ZERO,
        editable=False,
        help_text=_("Refunded before it was delivered."),
        **QUANTITY,
    )
    waived_qty = models.DecimalField(
        _("not to be invoiced"),
        default=ZERO,
        editable=False,
        help_text=_("Cancelled or returned before it was invoiced."),
        **QUANTITY,
    )
    shortage_qty = models.DecimalField(
        _("short at confirmation"),
        default=ZERO,
        editable=False,
        help_text=_("Back-ordered, in base units."),
        **QUANTITY,
    )

    class Meta(AmountLine.Meta):
        abstract = False
        verbose_name = _("sales order line")
        verbose_name_plural = _("sales order lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="erp_salesorderline_quantity",
                violation_error_message=_("The quantity must be greater than zero."),
            ),
            models.CheckConstraint(
                condition=Q(delivered_qty__gte=0)
                & Q(invoiced_qty__gte=0)
                & Q(returned_qty__gte=0)
                & Q(cancelled_qty__gte=0)
                & Q(waived_qty__gte=0)
                & Q(delivered_qty__lte=F("quantity"))
                & Q(invoiced_qty__lte=F("quantity"))
                & Q(cancelled_qty__lte=F("quantity"))
                & Q(returned_qty__lte=F("delivered_qty"))
                & Q(waived_qty__lte=F("quantity") - F("invoiced_qty")),
                name="erp_salesorderline_progress",
            ),
        ]

    @property
    def open_to_deliver(self) -> Decimal:
        """Still to be delivered, in the line's unit."""
        return self.quantity - self.delivered_qty - self.cancelled_qty

    @property
    def open_to_invoice(self) -> Decimal:
        """Still to be invoiced, in the line's unit."""
        return self.quantity - self.invoiced_qty - self.waived_qty

    @property
    def open_to_credit(self) -> Decimal:
        """Invoiced, and neither returned nor cancelled yet, in the line's unit."""
        return self.invoiced_qty + self.waived_qty - self.returned_qty - self.cancelled_qty

    @property
    def open_to_return(self) -> Decimal:
        """Still in the hands of the customer or on the way there."""
        return self.quantity - self.returned_qty - self.cancelled_qty


class ChargeKind(models.TextChoices):
    SHIPPING = "shipping", _("shipping")
    PAYMENT_FEE = "payment_fee", _("payment fee")
    FEE = "fee", _("fee")
    GIFT_WRAP = "gift_wrap", _("gift wrap")
    TIP = "tip", _("tip")
    DUTY = "duty", _("import duty")
    DISCOUNT = "discount", _("discount")
    ROUNDING = "rounding", _("rounding")
    REFUND = "refund", _("refund of an amount")
    OTHER = "other", _("other")


class DocumentCharge(Line):
    """Money on a document that is no item line: shipping, fees, gift wrap … Negative amounts are taken off."""

    sales_order = models.ForeignKey(
        SalesOrder,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name=_("sales order"),
    )
    invoice = models.ForeignKey(
        "erp.SalesInvoice",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name=_("invoice"),
    )
    sales_return = models.ForeignKey(
        "erp.SalesReturn",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="charges",
        verbose_name=_("sales return"),
    )
    origin = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="copies"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ChargeKind.choices, default=ChargeKind.SHIPPING)
    service_item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service item"),
    )
    description = models.CharField(_("description"), max_length=500, blank=True)
    net_amount = models.DecimalField(_("net amount"), default=ZERO, **MONEY)
    tax_code = models.CharField(_("tax code"), max_length=20, blank=True)
    tax_rate = models.DecimalField(_("tax rate %"), null=True, blank=True, **PERCENT)
    tax_amount = models.DecimalField(_("tax"), default=ZERO, **MONEY)
    tax_parts = models.JSONField(_("tax per rate"), default=list, blank=True, editable=False)
    gross_amount = models.DecimalField(_("gross amount"), default=ZERO, **MONEY)
    external_line_id = models.CharField(_("line id in the shop"), max_length=100, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(sales_order__isnull=False, invoice__isnull=True, sales_return__isnull=True)
                    | Q(sales_order__isnull=True, invoice__isnull=False, sales_return__isnull=True)
                    | Q(sales_order__isnull=True, invoice__isnull=True, sales_return__isnull=False)
                ),
                name="erp_documentcharge_one_document",
            )
        ]

    def __str__(self) -> str:
        return self.description or self.get_kind_display()


class Delivery(Document):
    """Goods of an order that leave a warehouse."""

    state = models.CharField(
        _("state"),
        max_length=10,
        choices=DeliveryState.choices,
        default=DeliveryState.DRAFT,
        editable=False,
        db_index=True,
    )
    order = models.ForeignKey(
        SalesOrder, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("sales order")
    )
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    delivery_method = models.ForeignKey(
        DeliveryMethod,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivery method"),
    )
    carrier = models.CharField(_("carrier"), max_length=100, blank=True)
    tracking_numbers = models.JSONField(_("tracking numbers"), default=list, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True, editable=False)
    external_id = models.CharField(_("shipment id in the shop"), max_length=100, blank=True, editable=False)

    class Meta(Document.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(
                fields=["order", "external_id"],
                condition=~Q(external_id=""),
                name="erp_delivery_external_id",
                violation_error_message=_("This shipment of the shop is here already."),
            ),
        ]


class DeliveryLine(Line):
    """How much of an order line is delivered, in the line's unit."""

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="lines", verbose_name=_("delivery")
    )
    order_line = models.ForeignKey(
        SalesOrderLine, on_delete=models.PROTECT, related_name="delivery_lines", verbose_name=_("order line")
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", verbose_name=_("warehouse")
    )

    class Meta(Line.Meta):
        verbose_name = _("delivery line")
        verbose_name_plural = _("delivery lines")
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "order_line"],
                name="erp_deliveryline_order_line",
                violation_error_message=_("This order line stands twice in the delivery."),
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="erp_deliveryline_quantity",
                violation_error_message=_("The quantity must be greater than zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} × {plain(self.quantity)}"
