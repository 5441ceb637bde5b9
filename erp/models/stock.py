"""Warehouses, the stock ledger, reservations, balances and counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from ecomsync.common.money import ZERO
from erp.models.columns import MONEY, QUANTITY, plain
from erp.models.items import Item
from erp.models.organisation import BusinessMasterFile, Document
from erp.states import StockCountState


class Warehouse(BusinessMasterFile):
    """A place that holds stock."""

    address = models.TextField(_("address"), blank=True)
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Used when an order names no warehouse.")
    )
    sellable = models.BooleanField(
        _("sellable"), default=True, help_text=_("Its stock may be offered in shops.")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=10, help_text=_("The smallest number is used first.")
    )

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ("priority", "code")


class MovementType(models.TextChoices):
    OPENING = "opening", _("opening stock")
    RECEIPT = "receipt", _("goods receipt")
    ISSUE = "issue", _("goods issue")
    TRANSFER_IN = "transfer_in", _("transfer in")
    TRANSFER_OUT = "transfer_out", _("transfer out")
    COUNT_ADJUSTMENT = "count_adjustment", _("count adjustment")
    SALES_ISSUE = "sales_issue", _("sales issue")
    SALES_RETURN = "sales_return", _("sales return")


class StockMovement(models.Model):
    """A line of the ledger: append only, corrected by a movement that reverses it."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="movements", verbose_name=_("item"))
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="movements", verbose_name=_("warehouse")
    )
    quantity = models.DecimalField(
        _("quantity"), help_text=_("In the base unit; negative when goods leave."), **QUANTITY
    )
    movement_type = models.CharField(_("movement type"), max_length=20, choices=MovementType.choices)
    balance_after = models.DecimalField(
        _("balance after"), help_text=_("On hand in this warehouse after the movement."), **QUANTITY
    )
    source_type = models.CharField(_("source type"), max_length=30, blank=True)
    source_id = models.BigIntegerField(_("source id"), null=True, blank=True)
    source_line = models.BigIntegerField(_("source line"), null=True, blank=True)
    source_label = models.CharField(_("source"), max_length=100, blank=True)
    unit_cost = models.DecimalField(_("unit cost"), default=ZERO, **MONEY)
    reversal_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("reversal of"),
    )
    posted_at = models.DateTimeField(_("posted at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock card")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["item", "warehouse", "id"], name="erp_movement_item_wh"),
            models.Index(fields=["source_type", "source_id"], name="erp_movement_source"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(quantity=0), name="erp_stockmovement_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} {self.quantity.normalize():+f} {self.warehouse.code}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and not kwargs.get("force_insert"):
            raise ValidationError(_("The stock ledger is append only; post a reversing movement instead."))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ValidationError(_("The stock ledger is append only; post a reversing movement instead."))


class StockBalance(models.Model):
    """What the ledger and the reservations sum to, kept in the same transaction."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="balances", verbose_name=_("item"))
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="balances", verbose_name=_("warehouse")
    )
    on_hand = models.DecimalField(_("on hand"), default=ZERO, **QUANTITY)
    reserved = models.DecimalField(_("reserved"), default=ZERO, **QUANTITY)
    incoming = models.DecimalField(_("incoming"), default=ZERO, **QUANTITY)
    safety_stock = models.DecimalField(
        _("safety stock"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty: the figure of the item."),
        **QUANTITY,
    )
    allow_negative = models.BooleanField(_("may go negative"), default=False, editable=False)
    last_movement = models.ForeignKey(
        StockMovement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("last movement"),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("stock balance")
        verbose_name_plural = _("stock balances")
        ordering = ("item", "warehouse")
        constraints = [
            models.UniqueConstraint(fields=["item", "warehouse"], name="erp_stockbalance_item_warehouse"),
            models.CheckConstraint(condition=models.Q(reserved__gte=0), name="erp_stockbalance_reserved"),
            models.CheckConstraint(condition=models.Q(incoming__gte=0), name="erp_stockbalance_incoming"),
            models.CheckConstraint(
                condition=models.Q(on_hand__gte=0) | models.Q(allow_negative=True),
                name="erp_stockbalance_on_hand",
            ),
            models.CheckConstraint(
                condition=models.Q(safety_stock__isnull=True) | models.Q(safety_stock__gte=0),
                name="erp_stockbalance_safety_stock",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} @ {self.warehouse.code}"

    @property
    def effective_safety_stock(self) -> Decimal:
        """The figure of this warehouse, else that of the item."""
        return self.item.safety_stock if self.safety_stock is None else self.safety_stock

    @property
    def available(self) -> Decimal:
        """What may be promised: on hand less reserved less safety stock, never below zero."""
        return max(ZERO, self.on_hand - self.reserved - self.effective_safety_stock)


class ReservationState(models.TextChoices):
    ACTIVE = "active", _("active")
    CONSUMED = "consumed", _("consumed")
    RELEASED = "released", _("released")


class StockReservation(models.Model):
    """Stock promised to an order line. What is still held = quantity − consumed − released."""

    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("item")
    )
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("warehouse")
    )
    order_line = models.ForeignKey(
        "erp.SalesOrderLine",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reservations",
        verbose_name=_("order line"),
    )
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    quantity = models.DecimalField(_("quantity"), help_text=_("In the base unit."), **QUANTITY)
    consumed_quantity = models.DecimalField(_("consumed"), default=ZERO, **QUANTITY)
    released_quantity = models.DecimalField(_("released"), default=ZERO, **QUANTITY)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ReservationState.choices,
        default=ReservationState.ACTIVE,
        db_index=True,
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("stock reservation")
        verbose_name_plural = _("stock reservations")
        ordering = ("-id",)
        indexes = [models.Index(fields=["item", "warehouse", "state"], name="erp_reservation_item_wh")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0)
                & models.Q(consumed_quantity__gte=0)
                & models.Q(released_quantity__gte=0),
                name="erp_stockreservation_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} {plain(self.open_quantity)} ({self.reference})"

    @property
    def open_quantity(self) -> Decimal:
        """What is still held."""
        return self.quantity - self.consumed_quantity - self.released_quantity


class StockCount(Document):
    """A count of one warehouse; posting it makes adjustment movements."""

    state = models.CharField(
        _("state"),
        max_length=10,
        choices=StockCountState.choices,
        default=StockCountState.DRAFT,
        editable=False,
        db_index=True,
    )
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="counts", verbose_name=_("warehouse")
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True, editable=False)

    class Meta(Document.Meta):
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")


class StockCountLine(Line):
    """The quantity found of one item."""

    stock_count = models.ForeignKey(
        StockCount, on_delete=models.CASCADE, related_name="lines", verbose_name=_("stock count")
    )
    item = models.ForeignKey(
        Item,
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"item_type": "stock"},
        verbose_name=_("item"),
    )
    counted_quantity = models.DecimalField(_("counted"), help_text=_("In the base unit."), **QUANTITY)
    expected_quantity = models.DecimalField(
        _("expected"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("On hand when it was posted."),
        **QUANTITY,
    )

    class Meta(Line.Meta):
        verbose_name = _("stock count line")
        verbose_name_plural = _("stock count lines")
        constraints = [
            models.UniqueConstraint(
                fields=["stock_count", "item"],
                name="erp_stockcountline_item",
                violation_error_message=_("This item stands twice in the count."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.item.code}: {plain(self.counted_quantity)}"

    @property
    def difference(self) -> Decimal | None:
        """Counted less expected; None before posting."""
        return None if self.expected_quantity is None else self.counted_quantity - self.expected_quantity
