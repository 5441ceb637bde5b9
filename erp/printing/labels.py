"""The words printed on documents, in one language or in two side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Label:
    """`main` in the language of the document; `second` in the other one of a bilingual document, else empty."""

    main: str
    second: str = ""


Labeller = Callable[[Text], Label]


def labeller(languages: Sequence[str]) -> Labeller:
    """Turns a lazy text into a label in these languages, the first being the main one."""

    def label(text: Text) -> Label:
        found = []
        for language in languages:
            with override(language):
                found.append(str(text))
        second = found[1] if len(found) > 1 and found[1] != found[0] else ""
        return Label(found[0], second)

    return label


TAX_INVOICE = _("Tax invoice")
SIMPLIFIED_TAX_INVOICE = _("Simplified tax invoice")
INVOICE = _("Invoice")
TAX_CREDIT_NOTE = _("Tax credit note")
CREDIT_NOTE = _("Credit note")

#: What the templates print, by name.
WORDS: dict[str, Text] = {
    "seller": _("Seller"),
    "buyer": _("Buyer"),
    "tax_number": _("VAT number"),
    "registration": _("CR number"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "line": _("No."),
    "item": _("Item"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "discount": _("Discount"),
    "net": _("Net amount"),
    "rate": _("VAT %"),
    "tax": _("VAT"),
    "gross": _("Total with VAT"),
    "taxes": _("VAT by rate"),
    "taxable": _("Taxable amount"),
    "payments": _("Payments"),
    "method": _("Method"),
    "reference": _("Reference"),
    "date": _("Date"),
    "amount": _("Amount"),
    "page": _("Page"),
    "sample": _("Sample"),
}

#: Facts of the head, in their order.
NUMBER = _("Number")
ISSUED = _("Issue date")
SUPPLIED = _("Supply date")
DUE = _("Due date")
ORDER = _("Order")
SHOP_ORDER = _("Order in the shop")
DELIVERY = _("Delivery")
ORIGINAL = _("Original invoice")
REASON = _("Reason")
CURRENCY = _("Currency")

#: Rows of the sum.
SUBTOTAL = _("Items before discounts")
LINE_DISCOUNTS = _("Discounts on items")
HEADER_DISCOUNT = _("Discount on the order")
NET_TOTAL = _("Total without VAT")
TAX_TOTAL = _("VAT total")
TAX_IN_BASE = _("VAT total in %(currency)s")
ROUNDING = _("Rounding")
GRAND_TOTAL = _("Total with VAT")
PAID = _("Paid")
CREDITED = _("Credited")
OPEN = _("Amount due")
EXEMPT = _("Exempt")
