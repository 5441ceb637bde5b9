"""What actions ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ActionForm, format_quantity
from erp.models import CancelReason, Delivery, PaymentMethod, SalesOrder, SalesOrderLine, Warehouse


class ReasonForm(ActionForm):
    """A reason, kept on the document."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class CancelForm(ActionForm):
    """Why an order is cancelled: a reason of the list, own words, or both."""

    cancel_reason = forms.ModelChoiceField(
        label=_("Cancel reason"), queryset=CancelReason.objects.filter(active=True), required=False
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def text(self) -> str:
        """Both in one line."""
        chosen = self.cleaned_data["cancel_reason"]
        parts = (chosen.display_name if chosen else "", self.cleaned_data["reason"])
        return ": ".join(part for part in parts if part)


class ConfirmForm(ActionForm):
    """How to confirm an order."""

    on_shortage = forms.ChoiceField(
        label=_("When stock is short"),
        choices=[("back_order", _("back-order: hold everything, deliver later")), ("reject", _("refuse"))],
        initial="back_order",
    )
    reserve = forms.BooleanField(label=_("Reserve stock"), required=False, initial=True)


class EntriesForm(ActionForm):
    """The switch of the accounting module."""

    post_entries = forms.BooleanField(
        label=_("Post accounting entries"), required=False, help_text=_("Needs accounting rules.")
    )


class ShipForm(EntriesForm):
    """Carrier and tracking numbers of a shipment."""

    carrier = forms.CharField(label=_("Carrier"), max_length=100, required=False)
    tracking_numbers = forms.CharField(
        label=_("Tracking numbers"), required=False, help_text=_("Several are separated by commas.")
    )
    field_order = ("carrier", "tracking_numbers", "post_entries")

    def clean_tracking_numbers(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["tracking_numbers"].split(",") if part.strip()]


class ReceiveForm(EntriesForm):
    """What becomes of returned goods."""

    restock = forms.BooleanField(
        label=_("Put back in stock"),
        required=False,
        initial=True,
        help_text=_("Otherwise the goods are scrapped."),
    )
    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"),
        queryset=Warehouse.objects.filter(active=True),
        required=False,
        help_text=_(
            "Damaged goods may go to a warehouse that sells nothing, such as quarantine. Empty: as the lines say."
        ),
    )
    field_order = ("restock", "warehouse", "post_entries")


class LineQuantitiesForm(ActionForm):
    """A quantity per line of one order; `measure` names the property that holds what is open."""

    measure = "open_to_deliver"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: list[SalesOrderLine] = []
        order = self.queryset.first() if self.queryset is not None else None
        if isinstance(order, SalesOrder):
            for line in order.lines.select_related("item"):
                self._add_line(line)

    def _add_line(self, line: SalesOrderLine) -> None:
        still_open: Decimal = getattr(line, self.measure)
        if still_open <= 0 or not self.suits(line):
            return
        self.lines.append(line)
        self.fields[f"line_{line.pk}"] = forms.DecimalField(
            label=f"{line.line_no}. {line.item.code} · {line.description or line.item.display_name}",
            min_value=Decimal(0),
            max_value=still_open,
            initial=format(still_open.normalize(), "f"),
            required=False,
            help_text=_("open: %(quantity)s") % {"quantity": format_quantity(still_open)},
        )

    def suits(self, line: SalesOrderLine) -> bool:
        return True

    def quantities(self) -> dict[int, Decimal]:
        """Line id -> quantity above zero."""
        given = {line.pk: self.cleaned_data.get(f"line_{line.pk}") for line in self.lines}
        return {pk: value for pk, value in given.items() if value}


class DeliveryQuantitiesForm(LineQuantitiesForm):
    """What to deliver, and from where."""

    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"),
        queryset=Warehouse.objects.filter(active=True),
        required=False,
        help_text=_("Empty: the warehouse of each line."),
    )

    def suits(self, line: SalesOrderLine) -> bool:
        return line.item.is_deliverable


class InvoiceQuantitiesForm(LineQuantitiesForm):
    """What to invoice."""

    measure = "open_to_invoice"
    post_entries = forms.BooleanField(label=_("Post accounting entries"), required=False)


class ReturnQuantitiesForm(LineQuantitiesForm):
    """What comes back, and why."""

    measure = "open_to_return"
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class TransferForm(ActionForm):
    """Where to, and how much."""

    warehouse = forms.ModelChoiceField(
        label=_("To warehouse"), queryset=Warehouse.objects.filter(active=True)
    )
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.000001"), max_digits=18, decimal_places=6
    )
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)


class SafetyStockForm(ActionForm):
    """Safety stock of a warehouse."""

    safety_stock = forms.DecimalField(
        label=_("Safety stock"),
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=6,
        required=False,
        help_text=_("Empty: the figure of the item."),
    )


class PayForm(ActionForm):
    """A payment for an invoice or order."""

    payment_method = forms.ModelChoiceField(
        label=_("Payment method"), queryset=PaymentMethod.objects.filter(active=True)
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.0001"),
        required=False,
        help_text=_("Empty: all that is open."),
    )
    transaction_id = forms.CharField(label=_("Transaction id"), max_length=150, required=False)
    post_entries = forms.BooleanField(label=_("Post accounting entries"), required=False)


def tracking_text(delivery: Delivery) -> str:
    """Tracking numbers in one line."""
    return ", ".join(str(number) for number in delivery.tracking_numbers)


def ship_values(form: Any) -> dict[str, Any]:
    """Arguments of ship_delivery from a ShipForm."""
    return {name: form.cleaned_data[name] for name in ("carrier", "tracking_numbers", "post_entries")}
