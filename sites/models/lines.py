"""The detail tables of a site (the documents' detail collections)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import jmespath
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from jmespath.exceptions import JMESPathError

from ecomsync.common.conditions import Kind
from ecomsync.common.models import Line
from erp.models.columns import MONEY, PERCENT, QUANTITY
from sites.choices import (
    ApplyOn,
    CriterionOperator,
    DocumentKind,
    EventAction,
    GraphQLKind,
    GraphQLUse,
    ImportPolicy,
    PaymentCalculation,
    RemoteAction,
    ShippingCost,
    WhenEmpty,
)
from sites.criteria import (
    DOCUMENT_FIELDS,
    EVENT_FIELDS,
    ITEM_FIELDS,
    ORDER_FIELDS,
    QTY_FIELDS,
    clean_criterion,
    row_condition,
)
from sites.models.site import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ANY_CODE = "*"


def _site(related_name: str) -> models.ForeignKey[Site, Site]:
    return models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name=related_name, verbose_name=_("site")
    )


def _erp(
    model: str,
    label: _StrOrPromise,
    *,
    required: bool = False,
    service: bool = False,
    help_text: _StrOrPromise = "",
) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        f"erp.{model}",
        on_delete=models.PROTECT,
        null=not required,
        blank=not required,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
        limit_choices_to={"item_type": "service"} if service else None,
    )


def _remote_code(help_text: _StrOrPromise) -> models.CharField[str, str]:
    return models.CharField(_("remote code"), max_length=120, default=ANY_CODE, help_text=help_text)


class SiteLine(Line):
    """A row of a detail table of a site."""

    active = models.BooleanField(_("active"), default=True)

    class Meta(Line.Meta):
        abstract = True


class PaymentMethodLine(SiteLine):
    """A payment method of the shop and the ERP payment method it stands for."""

    site = _site("payment_methods")
    remote_code = _remote_code(_("Code of the payment method in the shop; * = every other one."))
    remote_title = models.CharField(_("remote title"), max_length=200, blank=True)
    payment_method = _erp("PaymentMethod", _("payment method"))
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
    fee_item = _erp("Item", _("fee item"), service=True)
    settles_immediately = models.BooleanField(
        _("settles immediately"), null=True, blank=True, help_text=_("Unknown: as the payment method says.")
    )
    special_handling = models.CharField(_("special handling"), max_length=300, blank=True)

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

    site = _site("shipping_items")
    remote_code = _remote_code(_("Code of the shipping method in the shop; * = every other one."))
    remote_title = models.CharField(_("remote title"), max_length=200, blank=True)
    service_item = _erp("Item", _("service item"), service=True)
    delivery_method = _erp("DeliveryMethod", _("delivery method"))
    cost_calculation = models.CharField(
        _("cost calculation"), max_length=12, choices=ShippingCost.choices, default=ShippingCost.AS_CHARGED
    )
    value = models.DecimalField(
        _("value"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))], **MONEY
    )
    tax_plan = _erp("TaxPlan", _("tax plan"))

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


class CopyToEcommerceItemLine(SiteLine):
    """Which item field goes into which product field of the shop."""

    site = _site("copy_to_ecommerce_item_lines")
    item_field = models.CharField(
        _("item field"),
        max_length=200,
        help_text=_("Path, such as name2 or brand.name1; also attributes.color."),
    )
    target_field = models.CharField(_("product field"), max_length=200)
    language = models.CharField(
        _("language / store view"), max_length=20, blank=True, help_text=_("Empty: the shop's own language.")
    )
    transform = models.CharField(
        _("transform"),
        max_length=500,
        blank=True,
        help_text=_("JMESPath over {value, item}, such as join(' ', [item.brand, value]). Empty: as it is."),
    )
    when_empty = models.CharField(
        _("when empty"), max_length=10, choices=WhenEmpty.choices, default=WhenEmpty.SKIP
    )
    default_value = models.CharField(_("default value"), max_length=500, blank=True)
    apply_on = models.CharField(_("apply on"), max_length=10, choices=ApplyOn.choices, default=ApplyOn.BOTH)

    class Meta(SiteLine.Meta):
        verbose_name = _("copy to e-commerce item line")
        verbose_name_plural = _("copy to e-commerce item lines")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "target_field", "language", "apply_on"],
                name="ecomsites_copy_target",
                violation_error_message=_("This product field is filled by another line already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_field} → {self.target_field}"

    def clean(self) -> None:
        super().clean()
        if self.transform:
            try:
                jmespath.compile(self.transform)
            except (JMESPathError, ValueError) as error:
                raise ValidationError(
                    {
                        "transform": ValidationError(
                            _("This is not a valid JMESPath expression: %(reason)s"),
                            params={"reason": str(error)},
                        )
                    }
                ) from error
        if self.when_empty == WhenEmpty.DEFAULT and not self.default_value:
            raise ValidationError({"default_value": _("Enter the default value.")})


class DocumentGenerationLine(SiteLine):
    """Which ERP documents an order becomes. The first line whose criteria fit counts; `line_no` is the sequence."""

    site = _site("document_generation_info_lines")
    name = models.CharField(_("name"), max_length=120, blank=True)
    criteria = models.TextField(
        _("criteria"), blank=True, help_text=_("Such as: total > 100 and country = SA. Empty: every order.")
    )
    create_reservation = models.BooleanField(_("reservation"), default=False)
    create_sales_order = models.BooleanField(_("sales order"), default=True)
    create_delivery = models.BooleanField(_("delivery"), default=False)
    create_invoice = models.BooleanField(_("invoice"), default=False)
    create_receipt = models.BooleanField(_("receipt"), default=False)
    auto_confirm = models.BooleanField(_("confirm"), default=True)
    number_series = _erp("NumberSeries", _("number series"))
    warehouse = _erp("Warehouse", _("warehouse"))
    price_list = _erp("PriceList", _("price list"))
    salesperson = _erp("SalesPerson", _("salesperson"))
    payment_terms = _erp("PaymentTerms", _("payment terms"))
    stop_after_match = models.BooleanField(_("stop after match"), default=True)

    class Meta(SiteLine.Meta):
        verbose_name = _("document generation line")
        verbose_name_plural = _("document generation lines")

    def __str__(self) -> str:
        return self.name or self.criteria[:60] or str(_("every order"))

    @property
    def creates_nothing(self) -> bool:
        return not (
            self.create_sales_order or self.create_delivery or self.create_invoice or self.create_receipt
        )

    def clean(self) -> None:
        super().clean()
        clean_criterion(self.criteria, ORDER_FIELDS, "criteria")
        follows = (
            self.create_reservation or self.create_delivery or self.create_invoice or self.create_receipt
        )
        if follows and not self.create_sales_order:
            raise ValidationError(
                {
                    "create_sales_order": _(
                        "Reservation, delivery, invoice and receipt follow a sales order: tick it."
                    )
                }
            )


class EventActionLine(SiteLine):
    """What an event that the shop sends does."""

    site = _site("ecommerce_event_actions_lines")
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


class WarehouseLine(SiteLine):
    """A location of the shop and the warehouse it stands for."""

    site = _site("ecommerce_warehouse_lines")
    remote_location_id = models.CharField(
        _("remote location"),
        max_length=120,
        blank=True,
        help_text=_("Empty where the shop has one stock only."),
    )
    remote_location_name = models.CharField(_("remote location name"), max_length=200, blank=True)
    warehouse = _erp("Warehouse", _("warehouse"), required=True)
    share_percent = models.DecimalField(
        _("share (%)"),
        default=Decimal(100),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Part of the stock that this shop may sell."),
        **PERCENT,
    )
    buffer = models.DecimalField(
        _("buffer"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))], **QUANTITY
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=10, help_text=_("Lower numbers deliver first.")
    )
    for_orders = models.BooleanField(_("for orders"), default=True)
    for_stock = models.BooleanField(_("for stock"), default=True)

    class Meta(SiteLine.Meta):
        verbose_name = _("e-commerce warehouse line")
        verbose_name_plural = _("e-commerce warehouse lines")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_location_id", "warehouse"],
                name="ecomsites_warehouse_location",
                violation_error_message=_("This warehouse has a line for this location already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.remote_location_name or self.remote_location_id or '·'} → {self.warehouse}"


class GraphQLLine(SiteLine):
    """A GraphQL operation of the customer's own."""

    site = _site("graphql_lines")
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=GraphQLKind.choices, default=GraphQLKind.QUERY)
    document = models.TextField(_("document"))
    variables = models.JSONField(_("variables"), default=dict, blank=True)
    result_path = models.CharField(_("result path"), max_length=300, blank=True)
    used_by = models.CharField(
        _("used by"), max_length=15, choices=GraphQLUse.choices, default=GraphQLUse.MANUAL
    )

    class Meta(SiteLine.Meta):
        verbose_name = _("GraphQL line")
        verbose_name_plural = _("GraphQL lines")
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="ecomsites_graphql_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.kind == GraphQLKind.MUTATION and not self.document.lstrip().startswith("mutation"):
            raise ValidationError({"document": _("A mutation begins with the word ‘mutation’.")})
        if self.document.count("{") != self.document.count("}"):
            raise ValidationError({"document": _("Opening and closing braces do not match.")})


class Criterion(SiteLine):
    """One test. Lines with the same group number must all hold; one group is enough."""

    criterion_fields: ClassVar[Mapping[str, Kind]] = ITEM_FIELDS

    group_no = models.PositiveSmallIntegerField(
        _("group"), default=1, help_text=_("Lines of one group must all hold; one group is enough.")
    )
    field = models.CharField(_("field"), max_length=60, blank=True)
    operator = models.CharField(
        _("operator"), max_length=20, choices=CriterionOperator.choices, default=CriterionOperator.EQUALS
    )
    value = models.CharField(_("value"), max_length=500, blank=True)
    expression = models.TextField(
        _("expression"), blank=True, help_text=_("Instead of field, operator and value: a whole criterion.")
    )

    class Meta(SiteLine.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.expression or f"{self.field} {self.operator} {self.value}".strip()

    def clean(self) -> None:
        super().clean()
        if not self.expression.strip() and not self.field:
            raise ValidationError({"field": _("Choose a field, or write an expression.")})
        try:
            row_condition(self, self.criterion_fields)
        except ValidationError as error:
            raise ValidationError({"expression" if self.expression.strip() else "value": error}) from error


class UpdateItemCriterion(Criterion):
    """Which items are sent to the shop."""

    site = _site("update_item_for")

    class Meta(Criterion.Meta):
        verbose_name = _("update item criterion")
        verbose_name_plural = _("update item criteria")


class UpdateQtyCriterion(Criterion):
    """Which items' quantities are sent to the shop."""

    criterion_fields: ClassVar[Mapping[str, Kind]] = QTY_FIELDS

    site = _site("update_qty_for")

    class Meta(Criterion.Meta):
        verbose_name = _("update quantity criterion")
        verbose_name_plural = _("update quantity criteria")


class UpdateOrderStatusLine(SiteLine):
    """What the shop is told when an ERP document reaches a state."""

    site = _site("update_order_status_to")
    document_type = models.CharField(_("document type"), max_length=15, choices=DocumentKind.choices)
    document_state = models.CharField(
        _("document state"), max_length=30, help_text=_("Such as confirmed, shipped, issued.")
    )
    remote_status = models.CharField(
        _("remote status"),
        max_length=80,
        blank=True,
        help_text=_("Status of the order in the shop. Empty: leave it."),
    )
    remote_action = models.CharField(
        _("remote action"), max_length=10, choices=RemoteAction.choices, default=RemoteAction.STATUS
    )
    notify_customer = models.BooleanField(_("notify customer"), default=False)
    comment_template = models.CharField(
        _("comment template"),
        max_length=500,
        blank=True,
        help_text=_("Placeholders: {number}, {order}, {state}, {carrier}, {tracking}."),
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
        if self.remote_action == RemoteAction.STATUS and not self.remote_status:
            raise ValidationError({"remote_status": _("Choose the status that the shop is to show.")})
