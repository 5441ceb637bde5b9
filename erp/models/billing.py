"""Sales invoice and credit note, sales return, receipt."""

from __future__ import annotations

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from ecomsync.common.money import ZERO
from erp.models.columns import CURRENCY_CODE, MONEY, PERCENT, QUANTITY, RATE
from erp.models.items import Item
from erp.models.organisation import Document, NumberSeries
from erp.models.parties import Customer
from erp.models.sales import Delivery, SalesOrder, SalesOrderLine
from erp.models.sales_amounts import AmountDocument, AmountLine
from erp.models.stock import Warehouse
from erp.models.terms import PaymentMethod, PaymentTerms, ReturnReason
from erp.states import DocumentType, InvoiceState, ReceiptState, ReturnState


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("invoice")
    CREDIT_NOTE = "credit_note", _("credit note")


class SalesInvoice(AmountDocument):
    """An invoice, or a credit note (with positive amounts that count the other way)."""

    kind = models.CharField(
        _("kind"), max_length=12, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE, db_index=True
    )
    state = models.CharField(
        _("state"),
        max_length=15,
        choices=InvoiceState.choices,
        default=InvoiceState.DRAFT,
        editable=False,
        db_index=True,
    )
    channel = models.CharField(_("channel"), max_length=64, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("customer")
    )
    order = models.ForeignKey(
        SalesOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoices",
        verbose_name=_("sales order"),
    )
    delivery = models.ForeignKey(
        Delivery,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoices",
        verbose_name=_("delivery"),
    )
    original_invoice = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_notes",
        limit_choices_to={"kind": "invoice"},
        verbose_name=_("original invoice"),
        help_text=_("The invoice that a credit note takes back."),
    )
    sales_return = models.ForeignKey(
        "erp.SalesReturn",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="credit_notes",
        verbose_name=_("sales return"),
        help_text=_("The return that a credit note credits; one over several invoices has a note for each."),
    )
    parties = models.JSONField(
        _("parties as issued"), default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder
    )
    number_series = models.ForeignKey(
        NumberSeries,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("number series"),
    )
    payment_terms = models.ForeignKey(
        PaymentTerms,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payment terms"),
    )
    supply_date = models.DateField(_("supply date"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    billing_address = models.JSONField(_("billing address"), default=dict, blank=True)
    paid_amount = models.DecimalField(_("paid"), default=ZERO, editable=False, **MONEY)
    credited_amount = models.DecimalField(
        _("credited"),
        default=ZERO,
        editable=False,
        help_text=_("Set off between invoice and credit notes."),
        **MONEY,
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, help_text=_("Why it was credited."))

    class Meta(AmountDocument.Meta):
        abstract = False
        verbose_name = _("sales invoice")
        verbose_name_plural = _("sales invoices")
        constraints = [
            *AmountDocument.Meta.constraints,
            models.CheckConstraint(
                condition=Q(paid_amount__gte=0) & Q(credited_amount__gte=0), name="erp_salesinvoice_settled"
            ),
            models.CheckConstraint(
                condition=Q(original_invoice__isnull=True) | Q(kind="credit_note"),
                name="erp_salesinvoice_original_of_credit_note",
                violation_error_message=_("Only a credit note has an original invoice."),
            ),
        ]
        indexes = [models.Index(fields=["customer", "state"], name="erp_salesinvoice_customer")]

    @property
    def document_type(self) -> str:
        """Under which name signals, series and status tables know it."""
        is_credit = self.kind == InvoiceKind.CREDIT_NOTE
        return str(DocumentType.CREDIT_NOTE if is_credit else DocumentType.INVOICE)

    @property
    def balance(self) -> Decimal:
        """What is still to be paid; of a credit note what is still owed to the customer."""
        return self.grand_total - self.paid_amount - self.credited_amount


class SalesInvoiceLine(AmountLine):
    """A line of an invoice or credit note."""

    invoice = models.ForeignKey(
        SalesInvoice, on_delete=models.CASCADE, related_name="lines", verbose_name=_("invoice")
    )
    order_line = models.ForeignKey(
        SalesOrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoice_lines",
        verbose_name=_("order line"),
    )

    class Meta(AmountLine.Meta):
        abstract = False
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")


class InvoiceTax(Line):
    """Taxable amount and tax of an invoice per rate."""

    invoice = models.ForeignKey(
        SalesInvoice, on_delete=models.CASCADE, related_name="taxes", verbose_name=_("invoice")
    )
    tax_code = models.CharField(_("tax code"), max_length=20, blank=True)
    rate = models.DecimalField(_("rate %"), null=True, blank=True, **PERCENT)
    taxable_amount = models.DecimalField(_("taxable amount"), default=ZERO, **MONEY)
    tax_amount = models.DecimalField(_("tax"), default=ZERO, **MONEY)

    class Meta(Line.Meta):
        verbose_name = _("tax of the invoice")
        verbose_name_plural = _("taxes of the invoice")

    def __str__(self) -> str:
        return f"{self.tax_code} {self.tax_amount}"


class SalesReturn(AmountDocument):
    """Goods or money that go back to a customer."""

    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ReturnState.choices,
        default=ReturnState.REQUESTED,
        editable=False,
        db_index=True,
    )
    channel = models.CharField(_("channel"), max_length=64, blank=True)
    external_number = models.CharField(
        _("return number in the shop"), max_length=100, blank=True, db_index=True
    )
    external_id = models.CharField(_("return id in the shop"), max_length=100, blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="sales_returns", verbose_name=_("customer")
    )
    order = models.ForeignKey(
        SalesOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sales_returns",
        verbose_name=_("sales order"),
    )
    invoice = models.ForeignKey(
        SalesInvoice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sales_returns",
        verbose_name=_("invoice"),
    )
    credit_note = models.OneToOneField(
        SalesInvoice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="credited_return",
        verbose_name=_("credit note"),
    )
    return_date = models.DateTimeField(_("returned at"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    return_reason = models.ForeignKey(
        ReturnReason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("return reason"),
    )
    restocked = models.BooleanField(_("restocked"), default=False, editable=False)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True, editable=False)

    class Meta(AmountDocument.Meta):
        abstract = False
        verbose_name = _("sales return")
        verbose_name_plural = _("sales returns")
        constraints = [
            *AmountDocument.Meta.constraints,
            models.UniqueConstraint(
                fields=["channel", "external_number"],
                condition=~Q(external_number=""),
                name="erp_salesreturn_external_number",
                violation_error_message=_("This return of the shop is here already."),
            ),
        ]


class SalesReturnLine(AmountLine):
    """A returned quantity, in the unit of the order line."""

    sales_return = models.ForeignKey(
        SalesReturn, on_delete=models.CASCADE, related_name="lines", verbose_name=_("sales return")
    )
    order_line = models.ForeignKey(
        SalesOrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="return_lines",
        verbose_name=_("order line"),
    )
    restock_warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("restock in"),
        help_text=_("Empty: the warehouse it was delivered from."),
    )
    condition = models.CharField(_("condition"), max_length=255, blank=True)
    cancelled_qty = models.DecimalField(
        _("cancelled"),
        default=ZERO,
        editable=False,
        help_text=_("The part that had not left the warehouse."),
        **QUANTITY,
    )
    waived_qty = models.DecimalField(
        _("not to be invoiced"),
        default=ZERO,
        editable=False,
        help_text=_("The part that had not been invoiced: it is taken off the order instead of credited."),
        **QUANTITY,
    )

    class Meta(AmountLine.Meta):
        abstract = False
        verbose_name = _("sales return line")
        verbose_name_plural = _("sales return lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="erp_salesreturnline_quantity",
                violation_error_message=_("The quantity must be greater than zero."),
            )
        ]


class ReceiptKind(models.TextChoices):
    PAYMENT = "payment", _("payment")
    REFUND = "refund", _("refund")


class Receipt(Document):
    """Money that came in from a customer, or went back."""

    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ReceiptState.choices,
        default=ReceiptState.DRAFT,
        editable=False,
        db_index=True,
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=ReceiptKind.choices, default=ReceiptKind.PAYMENT
    )
    channel = models.CharField(_("channel"), max_length=64, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("customer")
    )
    payment_method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, related_name="+", verbose_name=_("payment method")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY_CODE])
    withheld = models.DecimalField(
        _("settlement difference"),
        default=ZERO,
        help_text=_(
            "Part of the amount that never reached us: the fee of the payment provider, or a few cents paid short."
        ),
        **MONEY,
    )
    fee_item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"item_type": "service"},
        verbose_name=_("fee item"),
        help_text=_("What the settlement difference is booked as."),
    )
    exchange_rate = models.DecimalField(_("exchange rate"), default=1, **RATE)
    paid_at = models.DateTimeField(_("paid at"), default=timezone.now)
    transaction_id = models.CharField(
        _("transaction id"),
        max_length=150,
        blank=True,
        help_text=_("Of the payment provider; unique per method."),
    )

    class Meta(Document.Meta):
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            *Document.Meta.constraints,
            models.UniqueConstraint(
                fields=["payment_method", "kind", "transaction_id"],
                condition=~Q(transaction_id=""),
                name="erp_receipt_transaction",
                violation_error_message=_("This transaction is recorded already."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="erp_receipt_amount",
                violation_error_message=_(
                    "The amount must be greater than zero; choose refund for money that goes back."
                ),
            ),
            models.CheckConstraint(
                condition=Q(withheld__gte=0) & Q(withheld__lte=F("amount")),
                name="erp_receipt_withheld",
                violation_error_message=_("The settlement difference must lie between zero and the amount."),
            ),
        ]
        indexes = [models.Index(fields=["customer", "state"], name="erp_receipt_customer")]

    @property
    def unallocated(self) -> Decimal:
        """Credit of the customer: what stands on no document yet."""
        return self.amount - sum(self.allocations.values_list("amount", flat=True), ZERO)


class ReceiptAllocation(Line):
    """What a receipt pays: an order in advance, or an invoice."""

    receipt = models.ForeignKey(
        Receipt, on_delete=models.CASCADE, related_name="allocations", verbose_name=_("receipt")
    )
    order = models.ForeignKey(
        SalesOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("sales order"),
    )
    invoice = models.ForeignKey(
        SalesInvoice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("invoice"),
    )
    amount = models.DecimalField(_("amount"), **MONEY)

    class Meta(Line.Meta):
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(invoice__isnull=False),
                name="erp_receiptallocation_target",
                violation_error_message=_("Choose an order or an invoice."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="erp_receiptallocation_amount",
                violation_error_message=_("The amount must be greater than zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice or self.order}: {self.amount}"
