"""What the actions on a return ask for."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ActionForm, format_quantity
from erp.models import Item, PaymentMethod, Warehouse
from orders.models import ReturnOrder
from orders.services.exchanges import ExchangeGoods
from orders.services.return_plan import ReturnChoices
from orders.services.return_receipts import still_to_pay_back
from sites.choices import ReturnPolicy

_MAX_EXCHANGED = 50


class DocumentsForm(ActionForm):
    """Which documents the return becomes, and where its goods go."""

    policy = forms.ChoiceField(
        label=_("Make"),
        choices=[
            (ReturnPolicy.CREDIT_NOTE.value, ReturnPolicy.CREDIT_NOTE.label),
            (ReturnPolicy.RETURN_ORDER.value, ReturnPolicy.RETURN_ORDER.label),
        ],
    )
    restock = forms.ChoiceField(
        label=_("Goods go back to stock"),
        choices=[("", _("as the site says")), ("yes", _("yes")), ("no", _("no, they are scrapped"))],
        required=False,
    )
    warehouse = forms.ModelChoiceField(
        label=_("Into the warehouse"),
        queryset=Warehouse.objects.filter(active=True),
        required=False,
        help_text=_("Such as quarantine for damaged goods. Empty: as the site says."),
    )
    keep_difference = forms.BooleanField(
        label=_("What was given back less than the lines is a fee that the shop kept"), required=False
    )

    def choices(self) -> ReturnChoices:
        data = self.cleaned_data
        restock = {"yes": True, "no": False}.get(data["restock"])
        if restock is None and data["warehouse"] is not None:
            restock = True
        return ReturnChoices(
            restock=restock, warehouse=data["warehouse"], keep_difference=data["keep_difference"]
        )


class PayBackForm(ActionForm):
    """Money that staff gave back themselves."""

    payment_method = forms.ModelChoiceField(
        label=_("Payment method"), queryset=PaymentMethod.objects.filter(active=True)
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.0001"),
        required=False,
        help_text=_("Empty: all that is still to be paid back."),
    )
    paid_at = forms.DateTimeField(label=_("Paid at"), initial=timezone.now)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.queryset.first() if self.queryset is not None else None
        if row is not None:
            self.fields["amount"].widget.attrs["placeholder"] = format_quantity(still_to_pay_back(row))


class ExchangeForm(ActionForm):
    """The goods that the buyer gets instead, one a line."""

    goods = forms.CharField(
        label=_("Goods"),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr"}),
        help_text=_(
            "One a line: item code, quantity and unit price, with spaces between. Without a price the ERP's price "
            "list counts."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: ReturnOrder | None = self.queryset.first() if self.queryset is not None else None
        if row is not None:
            lines = row.lines.filter(item__isnull=False, kind="line").select_related("item")
            self.fields["goods"].initial = "\n".join(
                f"{line.item.code} {format_quantity(line.quantity)}" for line in lines if line.item
            )

    def clean_goods(self) -> list[ExchangeGoods]:
        rows = [row.split() for row in self.cleaned_data["goods"].splitlines() if row.strip()]
        if len(rows) > _MAX_EXCHANGED:
            raise forms.ValidationError(_("Name at most 50 items."))
        codes = {row[0].upper() for row in rows}
        items = {item.code: item for item in Item.objects.filter(code__in=codes, active=True)}
        return [_goods(row, items) for row in rows]


def _goods(row: list[str], items: dict[str, Item]) -> ExchangeGoods:
    text = " ".join(row)
    item = items.get(row[0].upper())
    if item is None:
        raise forms.ValidationError(gettext("There is no active item ‘%(code)s’.") % {"code": row[0]})
    numbers = [_number(part) for part in row[1:]]
    if len(numbers) not in (1, 2) or None in numbers or not numbers[0]:
        raise forms.ValidationError(
            gettext("‘%(text)s’ is not an item code, a quantity and perhaps a unit price.") % {"text": text}
        )
    price = numbers[1] if len(numbers) == 2 else None
    return ExchangeGoods(item, numbers[0], unit_price=price)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < Decimal(10) ** 9 else None
