"""Detail tables about items, stock and prices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import jmespath
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from jmespath.exceptions import JMESPathError

from ecomsync.common.conditions import Kind
from erp.models.columns import PERCENT, QUANTITY
from sites.choices import (
    ApplyOn,
    CriterionOperator,
    CurrencyConversion,
    GraphQLKind,
    GraphQLUse,
    WhenEmpty,
)
from sites.criteria import (
    ITEM_FIELDS,
    QTY_FIELDS,
    row_condition,
)
from sites.models.line_base import SiteLine, erp_key, site_key


class CopyToEcommerceItemLine(SiteLine):
    """Which item field goes into which product field of the shop."""

    site = site_key("copy_to_ecommerce_item_lines")
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


class PriceListLine(SiteLine):
    """A price list of the ERP and the list or customer group of the shop that shows its prices."""

    site = site_key("price_list_lines")
    price_list = erp_key(
        "PriceList",
        _("price list"),
        required=True,
        help_text=_(
            "Its prices go to the list or group beside it; what it lacks is looked up in its parent list, and not on "
            "the item. Run ‘Update All Prices’ after a change of this table."
        ),
    )
    remote_code = models.CharField(
        _("list or group in the shop"),
        max_length=120,
        help_text=_(
            "Code, number or customer group of the shop, as ‘Test Connection’ has read them. The shop's own base "
            "prices come from the price list of the site and need no line here."
        ),
    )
    with_quantity_breaks = models.BooleanField(
        _("with quantity breaks"),
        default=True,
        help_text=_(
            "Also send the prices that begin at a larger quantity. Off: those sent before are taken out."
        ),
    )

    class Meta(SiteLine.Meta):
        verbose_name = _("price list line")
        verbose_name_plural = _("price list lines")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "remote_code"],
                name="ecomsites_price_list_code",
                violation_error_message=_("This list of the shop has a line already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.price_list} → {self.remote_code}"

    @property
    def shop_currency(self) -> str:
        """In which prices of this line are sent: where lists of the shop have a currency of their own, the one that the
        shop told, else that of the ERP's list; elsewhere the shop's."""
        if not self.site.capabilities.price_list_currencies:
            return self.site.currency
        return self._told_currency() or self.price_list.currency

    def _told_currency(self) -> str:
        for row in (self.site.shop_info or {}).get("price_lists", ()):
            if len(row) > 2 and str(row[0]) == self.remote_code:
                return str(row[2]).upper()
        return ""

    def clean(self) -> None:
        super().clean()
        self.remote_code = self.remote_code.strip()
        if not self.active or not self.price_list_id:
            return
        if not self.site.capabilities.price_lists:
            raise ValidationError(
                _("This platform has no price lists or group prices. Delete the line, or switch it off.")
            )
        theirs, ours = self.shop_currency, self.price_list.currency
        converts = self.site.currency_conversion == CurrencyConversion.CONVERT
        if theirs and ours != theirs and not converts:
            raise ValidationError(
                {
                    "price_list": ValidationError(
                        _(
                            "The price list is in %(ours)s and its prices are shown in %(theirs)s. Choose a list in that "
                            "currency, or let the site convert currencies."
                        ),
                        params={"ours": ours, "theirs": theirs},
                    )
                }
            )


class WarehouseLine(SiteLine):
    """A location of the shop and the warehouse it stands for."""

    site = site_key("ecommerce_warehouse_lines")
    remote_location_id = models.CharField(
        _("remote location"),
        max_length=120,
        blank=True,
        help_text=_(
            "Empty where the shop has one stock only. Where it has several, each shows the warehouses of its own lines; "
            "a line without a location counts for the first one."
        ),
    )
    remote_location_name = models.CharField(_("remote location name"), max_length=200, blank=True)
    warehouse = erp_key("Warehouse", _("warehouse"), required=True)
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

    site = site_key("graphql_lines")
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

    site = site_key("update_item_for")

    class Meta(Criterion.Meta):
        verbose_name = _("update item criterion")
        verbose_name_plural = _("update item criteria")


class UpdateQtyCriterion(Criterion):
    """Which items' quantities are sent to the shop."""

    criterion_fields: ClassVar[Mapping[str, Kind]] = QTY_FIELDS

    site = site_key("update_qty_for")

    class Meta(Criterion.Meta):
        verbose_name = _("update quantity criterion")
        verbose_name_plural = _("update quantity criteria")
