"""Section 'Order Processing' of a site."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sites.choices import (
    CancelledPaymentPolicy,
    CancelPolicy,
    CouponTarget,
    CustomerMatch,
    ExchangePolicy,
    HeaderDiscountSplit,
    ImportPolicy,
    OrderChangedPolicy,
    OrderRouting,
    OtherStatuses,
    PricesIncludeTax,
    ReopenedPolicy,
    ReserveStock,
    RestockPolicy,
    ReturnPolicy,
    ShopShipmentsPolicy,
    TaxSource,
    TotalDifferencePolicy,
    UnknownItemPolicy,
)
from sites.models.connection import empty_list

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def default_customer_match() -> list[str]:
    """The order in which a customer is looked for, on a new site."""
    return [CustomerMatch.PLATFORM_ID, CustomerMatch.EMAIL, CustomerMatch.PHONE]


def _erp(
    model: str, label: _StrOrPromise, help_text: _StrOrPromise = "", *, service: bool = False
) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        f"erp.{model}",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
        limit_choices_to={"item_type": "service"} if service else None,
    )


class OrderSettings(models.Model):
    """How an order of the shop becomes ERP documents, and what happens when it does not fit."""

    read_orders_from_date = models.DateTimeField(
        _("read orders from date"),
        null=True,
        blank=True,
        help_text=_("Orders created before are never read. Empty: the day the site was created."),
    )
    max_orders_per_read = models.PositiveIntegerField(
        _("max orders per read"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("Empty: the value of max-orders-per-read."),
    )
    order_import_policy = models.CharField(
        _("import orders"), max_length=12, choices=ImportPolicy.choices, default=ImportPolicy.ALWAYS
    )
    max_wait_days = models.PositiveSmallIntegerField(
        _("wait at most (days)"),
        null=True,
        blank=True,
        help_text=_("An order that is still not paid after so many days is skipped. Empty: wait for ever."),
    )
    remote_statuses_to_import = models.JSONField(
        _("statuses to import"),
        default=empty_list,
        blank=True,
        help_text=_(
            "Order statuses of the shop, with commas between them. Empty: what the platform recommends."
        ),
    )
    orders_in_other_statuses = models.CharField(
        _("orders in other statuses count as sold"),
        max_length=6,
        choices=OtherStatuses.choices,
        default=OtherStatuses.PAID,
        help_text=_(
            "Open orders whose status is not imported: the goods of these are not offered again until the order "
            "is imported or cancelled."
        ),
    )
    create_customer_if_not_exist = models.BooleanField(_("create customer if not exist"), default=True)
    update_customer_if_exist = models.BooleanField(_("update customer if exist"), default=False)
    customer_match_by = models.JSONField(
        _("find customer by"),
        default=default_customer_match,
        blank=True,
        help_text=_("Tried in this order: platform_id, email, phone, tax_number."),
    )
    default_customer = _erp(
        "Customer", _("default customer"), _("For guests, and when customers are not created.")
    )
    default_warehouse = _erp("Warehouse", _("default warehouse"))
    price_list = _erp(
        "PriceList", _("price list"), _("Written on the documents; amounts are always the shop's.")
    )
    tax_plan = _erp("TaxPlan", _("tax plan"))
    tax_source = models.CharField(
        _("taxes"),
        max_length=12,
        choices=TaxSource.choices,
        default=TaxSource.SHOP,
        help_text=_(
            "Documents always carry the shop's tax. Checked: an order is held when the tax of a line, a charge or a "
            "rate differs from the tax plan of the customer group, the item or the site by more than the tolerance."
        ),
    )
    prices_include_tax = models.CharField(
        _("prices include tax"),
        max_length=10,
        choices=PricesIncludeTax.choices,
        default=PricesIncludeTax.FROM_ORDER,
    )
    put_coupon_discount_to = models.CharField(
        _("put coupon discount to"), max_length=10, choices=CouponTarget.choices, default=CouponTarget.LINES
    )
    put_header_discount_in_line_discount = models.CharField(
        _("put header discount in line discount"),
        max_length=12,
        choices=HeaderDiscountSplit.choices,
        default=HeaderDiscountSplit.NO,
    )
    discount_item = _erp("Item", _("discount item"), service=True)
    rounding_item = _erp("Item", _("rounding item"), service=True)
    fee_item = _erp("Item", _("fee item"), service=True)
    total_difference_policy = models.CharField(
        _("when totals differ"),
        max_length=10,
        choices=TotalDifferencePolicy.choices,
        default=TotalDifferencePolicy.HOLD,
    )
    total_tolerance = models.DecimalField(
        _("tolerance"),
        max_digits=18,
        decimal_places=4,
        default=Decimal("0.05"),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Greatest difference that a rounding line may take up."),
    )
    unknown_item_policy = models.CharField(
        _("unknown item"), max_length=12, choices=UnknownItemPolicy.choices, default=UnknownItemPolicy.HOLD
    )
    substitute_item = _erp("Item", _("substitute item"), _("Stands for products that have no ERP item."))
    order_changed_policy = models.CharField(
        _("order changed in the shop"),
        max_length=10,
        choices=OrderChangedPolicy.choices,
        default=OrderChangedPolicy.UPDATE,
        help_text=_(
            "Drafts are updated in place, a confirmed order is amended under its number, and its earlier version is "
            "kept. What is delivered or invoiced is never rewritten: removed goods are returned and credited, added "
            "ones are ordered and invoiced beside it."
        ),
    )
    cancel_policy = models.CharField(
        _("order cancelled in the shop"),
        max_length=10,
        choices=CancelPolicy.choices,
        default=CancelPolicy.CANCEL,
        help_text=_("Delivered goods are always flagged: they must come back first."),
    )
    cancelled_payment_policy = models.CharField(
        _("money of a cancelled order"),
        max_length=10,
        choices=CancelledPaymentPolicy.choices,
        default=CancelledPaymentPolicy.CREDIT,
        help_text=_(
            "‘Pay it back’ records a refund in the ERP over the same payment method; the shop is not told."
        ),
    )
    reopened_policy = models.CharField(
        _("cancelled order taken up again in the shop"),
        max_length=10,
        choices=ReopenedPolicy.choices,
        default=ReopenedPolicy.FLAG,
    )
    order_routing = models.CharField(
        _("warehouses of an order"),
        max_length=10,
        choices=OrderRouting.choices,
        default=OrderRouting.WHOLE,
        help_text=_(
            "The location that the shop names comes first, then the warehouse lines for orders by priority, as far "
            "as they have the stock. Deliveries are made for each warehouse."
        ),
    )
    shop_shipments_policy = models.CharField(
        _("shipments made in the shop"),
        max_length=10,
        choices=ShopShipmentsPolicy.choices,
        default=ShopShipmentsPolicy.IGNORE,
        help_text=_("For goods that leave the warehouse by the shop's own shipping desk."),
    )
    reserve_stock = models.CharField(
        _("reserve stock"), max_length=12, choices=ReserveStock.choices, default=ReserveStock.ON_CONFIRM
    )
    auto_confirm_documents = models.BooleanField(_("confirm documents at once"), default=True)
    generate_accounting_entries = models.BooleanField(_("generate accounting entries"), default=False)

    return_policy = models.CharField(
        _("returns become"),
        max_length=14,
        choices=ReturnPolicy.choices,
        default=ReturnPolicy.STAGE,
        help_text=_(
            "Credit note: received and credited at once. Sales return: waits in the ERP until the goods come."
        ),
    )
    restock_warehouse = _erp(
        "Warehouse",
        _("restock warehouse"),
        _("Where returned goods go, such as one for inspection. Empty: the warehouse the goods left from."),
    )
    restock_policy = models.CharField(
        _("restock returned goods"),
        max_length=10,
        choices=RestockPolicy.choices,
        default=RestockPolicy.AS_SHOP,
        help_text=_("A shop that does not say has not restocked them."),
    )
    refund_shipping_item = _erp(
        "Item",
        _("refunded shipping item"),
        _("Empty: the item under which the shipping was sold."),
        service=True,
    )
    create_invoice_for_returns_if_invoice_not_found = models.BooleanField(
        _("create invoice for returns if invoice not found"),
        default=False,
        help_text=_(
            "Before crediting, invoice what is not invoiced yet; and fetch an order that was never imported, as sold "
            "and delivered before. Otherwise goods not invoiced yet are taken off the order, and all else waits."
        ),
    )
    exchange_policy = models.CharField(
        _("exchanges become"),
        max_length=10,
        choices=ExchangePolicy.choices,
        default=ExchangePolicy.STAGE,
        help_text=_(
            "Goods that a buyer gets instead of returned ones. Staff make such an order on the page of the return, "
            "except with ‘only the return’."
        ),
    )

    class Meta:
        abstract = True
