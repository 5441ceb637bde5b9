"""Detail tables about orders and events (the documents' detail collections)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.models.columns import MONEY
from erp.states import STATES_BY_TYPE
from sites.choices import (
    DocumentKind,
    EventAction,
    ImportPolicy,
    PaymentCalculation,
    RemoteAction,
    ShippingCost,
)
from sites.comments import clean_template
from sites.criteria import (
    DOCUMENT_FIELDS,
    EVENT_FIELDS,
    ORDER_FIELDS,
    clean_criterion,
)
from sites.models.line_base import ANY_CODE, SiteLine, erp_key, remote_code_column, site_key

__all__ = [
    "ANY_CODE",
    "DocumentGenerationLine",
    "EventActionLine",
    "PaymentMethodLine",
    "ShippingItemLine",
    "UpdateOrderStatusLine",
]


class PaymentMethodLine(SiteLine):
    """A payment method of the shop and the ERP payment method it stands for."""

    site = site_key("payment_methods")
    remote_code = remote_code_column(_("Code of the payment method in the shop; * = every other one."))
    remote_title = models.CharField(_("remote title"), max_length=200, blank=True)
    payment_method = erp_key("PaymentMethod", _("payment method"))
    calculation_type = models.CharField(
        _("calculation type"),
        max_length=12,
        choices=PaymentCalculation.choices,
        default=PaymentCalculation.FULL_TOTAL,
        help_text=_("How much of the order the receipt covers."),
    )
    value = models.DecimalField(
        _("value"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))], **MONEY
    )
    import_policy = models.CharField(
        _("import policy"),
        max_length=12,
        choices=ImportPolicy.choices,
        blank=True,
        help_text=_("Empty: the policy of the site."),
    )
    fee_item = erp_key(
        "Item",
        _("fee item"),
        service=True,
        help_text=_("For the fee that the buyer pays for this method, and for what the provider withholds."),
    )
    settles_immediately = models.BooleanField(
        _("settles immediately"),
        null=True,
        blank=True,
        help_text=_(
            "Yes: the receipt is made when the order is paid. No (cash on delivery): when it is paid and complete. "
            "Unknown: as the payment method says."
        ),
    )
    settlement_tolerance = models.DecimalField(
        _("settlement tolerance"),
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_(
            "A payment that is short by at most this counts as full; the rest is booked as settlement difference."
        ),
        **MONEY,
    )
    special_handling = models.CharField(
        _("special handling"),
        max_length=300,
        blank=True,
        help_text=_("Written on the sales order as a remark."),
    )

    class Meta(SiteLine.Meta):
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_code"],
                name="ecomsites_payment_code",
                violation_error_message=_("This remote code has a line already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.remote_code} → {self.payment_method or '—'}"

    def clean(self) -> None:
        super().clean()
        self.remote_code = self.remote_code.strip() or ANY_CODE
        if self.active and not self.payment_method_id and self.calculation_type != PaymentCalculation.NONE:
            raise ValidationError(
                {
                    "payment_method": _(
                        "Choose the payment method, or set the calculation type to ‘no receipt’."
                    )
                }
            )
        if self.calculation_type == PaymentCalculation.PERCENT and not 0 < self.value <= 100:
            raise ValidationError({"value": _("Enter a percentage above 0 and up to 100.")})
        if self.calculation_type == PaymentCalculation.FIXED and self.value <= 0:
            raise ValidationError({"value": _("Enter the fixed amount.")})


class ShippingItemLine(SiteLine):
    """A shipping method of the shop, the service item it is charged under and the delivery method."""

    site = site_key("shipping_items")
    remote_code = remote_code_column(_("Code of the shipping method in the shop; * = every other one."))
    remote_title = models.CharField(_("remote title"), max_length=200, blank=True)
    service_item = erp_key("Item", _("service item"), service=True)
    delivery_method = erp_key("DeliveryMethod", _("delivery method"))
    cost_calculation = models.CharField(
        _("cost calculation"), max_length=12, choices=ShippingCost.choices, default=ShippingCost.AS_CHARGED
    )
    value = models.DecimalField(
        _("value"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))], **MONEY
    )
    tax_plan = erp_key("TaxPlan", _("tax plan"))

    class Meta(SiteLine.Meta):
        verbose_name = _("shipping item")
        verbose_name_plural = _("shipping items")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_code"],
                name="ecomsites_shipping_code",
                violation_error_message=_("This remote code has a line already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.remote_code} → {self.delivery_method or self.service_item or '—'}"

    def clean(self) -> None:
        super().clean()
        self.remote_code = self.remote_code.strip() or ANY_CODE
        if self.active and not self.service_item_id and not self.delivery_method_id:
            raise ValidationError({"service_item": _("Choose a service item, a delivery method, or both.")})
        if self.cost_calculation == ShippingCost.PERCENT and not 0 < self.value <= 100:
            raise ValidationError({"value": _("Enter a percentage above 0 and up to 100.")})


class DocumentGenerationLine(SiteLine):
    """Which ERP documents an order becomes; `line_no` is the sequence.

    The first line whose criteria fit counts. One that does not stop lets later fitting lines add their documents:
    what a later line names (confirmed or draft, series, warehouse, list, person, terms) replaces the earlier word.
    """

    site = site_key("document_generation_info_lines")
    name = models.CharField(_("name"), max_length=120, blank=True)
    criteria = models.TextField(
        _("criteria"), blank=True, help_text=_("Such as: total > 100 and country = SA. Empty: every order.")
    )
    create_reservation = models.BooleanField(_("reservation"), default=False)
    create_sales_order = models.BooleanField(
        _("sales order"),
        default=True,
        help_text=_("Made in any case when another document is ticked, since the others follow it."),
    )
    create_delivery = models.BooleanField(_("delivery"), default=False)
    create_invoice = models.BooleanField(_("invoice"), default=False)
    create_receipt = models.BooleanField(_("receipt"), default=False)
    auto_confirm = models.BooleanField(
        _("confirm"),
        default=True,
        help_text=_("The documents ticked in this line; off leaves them as drafts."),
    )
    number_series = erp_key("NumberSeries", _("number series"))
    warehouse = erp_key("Warehouse", _("warehouse"))
    price_list = erp_key("PriceList", _("price list"))
    salesperson = erp_key("SalesPerson", _("salesperson"))
    payment_terms = erp_key("PaymentTerms", _("payment terms"))
    stop_after_match = models.BooleanField(
        _("stop after match"),
        default=True,
        help_text=_(
            "Off: later lines that fit add their documents, and their terms replace those of this line."
        ),
    )

    class Meta(SiteLine.Meta):
        verbose_name = _("document generation line")
        verbose_name_plural = _("document generation lines")

    def __str__(self) -> str:
        return self.name or self.criteria[:60] or str(_("every order"))

    @property
    def creates_nothing(self) -> bool:
        return not (
            self.create_reservation
            or self.create_sales_order
            or self.create_delivery
            or self.create_invoice
            or self.create_receipt
        )

    def clean(self) -> None:
        super().clean()
        clean_criterion(self.criteria, ORDER_FIELDS, "criteria")


class EventActionLine(SiteLine):
    """What an event that the shop sends does."""

    site = site_key("ecommerce_event_actions_lines")
    event_kind = models.CharField(
        _("event kind"),
        max_length=60,
        default=ANY_CODE,
        help_text=_("Such as order.created; order.* and * fit several."),
    )
    criteria = models.TextField(
        _("criteria"), blank=True, help_text=_("Such as: status = processing. Empty: always.")
    )
    action = models.CharField(_("action"), max_length=20, choices=EventAction.choices)
    parameters = models.JSONField(
        _("parameters"), default=dict, blank=True, help_text=_('JSON, such as {"to": "sales@example.com"}.')
    )
    critical = models.BooleanField(
        _("critical"), default=False, help_text=_("Processed at once, before other events.")
    )

    class Meta(SiteLine.Meta):
        verbose_name = _("e-commerce event action line")
        verbose_name_plural = _("e-commerce event action lines")

    def __str__(self) -> str:
        return f"{self.event_kind} → {self.get_action_display()}"

    def clean(self) -> None:
        super().clean()
        clean_criterion(self.criteria, EVENT_FIELDS, "criteria")
        if not isinstance(self.parameters, dict):
            raise ValidationError(
                {"parameters": _('Enter a JSON object, such as {"to": "sales@example.com"}.')}
            )
        needed = {EventAction.SEND_EMAIL: "to", EventAction.CALL_URL: "url", EventAction.RUN_GRAPHQL: "name"}
        name = needed.get(EventAction(self.action)) if self.action in EventAction.values else None
        if name and not self.parameters.get(name):
            raise ValidationError(
                {
                    "parameters": ValidationError(
                        _("This action needs the parameter ‘%(name)s’."), params={"name": name}
                    )
                }
            )

    def fits(self, kind: str) -> bool:
        """Whether the event kind is this line's: exact, `order.*` or `*`."""
        if self.event_kind in (ANY_CODE, kind):
            return True
        return self.event_kind.endswith(".*") and kind.startswith(self.event_kind[:-1])


_DOCUMENTS_OF_ACTION: Mapping[str, tuple[DocumentKind, ...]] = {
    RemoteAction.SHIP: (DocumentKind.DELIVERY,),
    RemoteAction.INVOICE: (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE),
    RemoteAction.REFUND: (DocumentKind.CREDIT_NOTE,),
}


class UpdateOrderStatusLine(SiteLine):
    """What the shop is told when an ERP document reaches a state."""

    site = site_key("update_order_status_to")
    document_type = models.CharField(_("document type"), max_length=15, choices=DocumentKind.choices)
    document_state = models.CharField(
        _("document state"),
        max_length=30,
        help_text=_("A state that the document type has, such as confirmed, shipped, issued."),
    )
    remote_status = models.CharField(
        _("remote status"),
        max_length=80,
        blank=True,
        help_text=_(
            "Status of the order in the shop, of the list that the shop told. Empty: leave it. "
            "With ‘ship’ and ‘complete’ for deliveries it is set with the last delivery of the order."
        ),
    )
    remote_action = models.CharField(
        _("remote action"), max_length=10, choices=RemoteAction.choices, default=RemoteAction.STATUS
    )
    notify_customer = models.BooleanField(_("notify customer"), default=False)
    pay_back = models.BooleanField(
        _("pay back"),
        default=False,
        help_text=_("With the action ‘refund’: the shop's payment provider gives the money back."),
    )
    comment_template = models.CharField(
        _("comment template"),
        max_length=500,
        blank=True,
        help_text=_(
            "Placeholders: {number} {order} {state} {customer}, for deliveries also {carrier} {tracking} "
            "{tracking_url} {items}."
        ),
    )
    criteria = models.TextField(_("criteria"), blank=True)

    class Meta(SiteLine.Meta):
        verbose_name = _("update order status line")
        verbose_name_plural = _("update order status lines")

    def __str__(self) -> str:
        return f"{self.get_document_type_display()} {self.document_state} → {self.remote_status or self.remote_action}"

    def clean(self) -> None:
        super().clean()
        clean_criterion(self.criteria, DOCUMENT_FIELDS, "criteria")
        clean_template(self.comment_template, "comment_template")
        self.document_state = self.document_state.strip().lower()
        self.remote_status = self.remote_status.strip()
        if self.remote_action == RemoteAction.STATUS and not self.remote_status:
            raise ValidationError({"remote_status": _("Choose the status that the shop is to show.")})
        self._clean_state()
        self._clean_action()
        self._clean_status()

    def _clean_state(self) -> None:
        states = STATES_BY_TYPE.get(self.document_type)
        if states is None or self.document_state in states.values:
            return
        raise ValidationError(
            {
                "document_state": ValidationError(
                    _("This document type has no state ‘%(state)s’; it has: %(known)s."),
                    params={"state": self.document_state, "known": ", ".join(states.values)},
                )
            }
        )

    def _clean_action(self) -> None:
        """What is shipped is a delivery, and what is sent an invoice; the platform must be able to."""
        fitting = _DOCUMENTS_OF_ACTION.get(self.remote_action)
        if fitting is not None and self.document_type not in fitting:
            names = ", ".join(str(DocumentKind(name).label) for name in fitting)
            raise ValidationError(
                {
                    "remote_action": ValidationError(
                        _("This action needs the document type %(names)s."), params={"names": names}
                    )
                }
            )
        can = self.site.capabilities
        unable = {
            RemoteAction.SHIP: not can.push_shipments,
            RemoteAction.INVOICE: not can.push_invoices,
            RemoteAction.REFUND: not can.push_refunds,
        }.get(RemoteAction(self.remote_action), False)
        if unable:
            raise ValidationError({"remote_action": _("The platform of this site cannot do this.")})

        if self.pay_back and self.remote_action != RemoteAction.REFUND:
            raise ValidationError({"pay_back": _("Only the action ‘refund’ pays money back.")})

    def _clean_status(self) -> None:
        """Against the list that the shop told; nothing is refused before it told one."""
        told = self.site.shop_info.get("statuses") if isinstance(self.site.shop_info, dict) else None
        known = [str(pair[0]) for pair in told or () if pair]
        if not self.active or not self.remote_status or not known or self.remote_status in known:
            return
        raise ValidationError(
            {
                "remote_status": ValidationError(
                    _(
                        "The shop has no status ‘%(status)s’; it has: %(known)s. "
                        "‘Test Connection’ reads its list again."
                    ),
                    params={"status": self.remote_status, "known": ", ".join(known)},
                )
            }
        )
