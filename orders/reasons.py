"""Why an order or a return waits: machine-readable codes, each with its texts and the page where it is cured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import Text, known_codes, register
from orders.settings_links import settings_link

__all__ = [
    "CODES_BY_MAPPING",
    "FLAG_CODES",
    "QUIET_CODES",
    "Hold",
    "HoldCode",
    "register_remedies",
    "settings_link",
]


class HoldCode(StrEnum):
    UNKNOWN_SKU = "unknown_sku"
    UNMAPPED_PAYMENT = "unmapped_payment"
    UNMAPPED_SHIPPING = "unmapped_shipping"
    TOTAL_MISMATCH = "total_mismatch"
    TAX_MISMATCH = "tax_mismatch"
    MISSING_TAX_PLAN = "missing_tax_plan"
    UNKNOWN_CUSTOMER = "unknown_customer"
    AMBIGUOUS_CUSTOMER = "ambiguous_customer"
    MISSING_DEFAULT_CUSTOMER = "missing_default_customer"
    NO_DOCUMENT_RULE = "no_document_rule"
    INVALID_RULE = "invalid_rule"
    INVALID_ORDER = "invalid_order"
    WAITING_PAYMENT = "waiting_payment"
    MISSING_DISCOUNT_ITEM = "missing_discount_item"
    MISSING_FEE_ITEM = "missing_fee_item"
    MISSING_SUBSTITUTE_ITEM = "missing_substitute_item"
    MISSING_EXCHANGE_RATE = "missing_exchange_rate"
    ORDER_CHANGED = "order_changed"
    CANCELLED_AFTER_POSTING = "cancelled_after_posting"
    ORDER_REOPENED = "order_reopened"
    REMOVED_AFTER_DELIVERY = "removed_after_delivery"
    PAYMENT_SHORT = "payment_short"
    SHIPMENT_NOT_TAKEN = "shipment_not_taken"
    RETURN_WITHOUT_ORDER = "return_without_order"
    REFUND_EXCEEDS_ORDER = "refund_exceeds_order"
    REFUND_EXCEEDS_PAID = "refund_exceeds_paid"
    INVOICE_NOT_FOUND = "invoice_not_found"
    ORDER_NOT_CONFIRMED = "order_not_confirmed"
    REFUND_CURRENCY = "refund_currency"
    REFUND_BELOW_LINES = "refund_below_lines"
    RETURN_CHANGED = "return_changed"
    RETURN_WITHDRAWN = "return_withdrawn"


#: Holds that only wait for time or the buyer: no problem of the staff, so not on the problem list.
QUIET_CODES = frozenset({HoldCode.WAITING_PAYMENT})

#: Flags on orders whose documents stand: trying again does not take them off, their own cause or staff do.
FLAG_CODES = frozenset(
    {
        HoldCode.ORDER_CHANGED,
        HoldCode.CANCELLED_AFTER_POSTING,
        HoldCode.ORDER_REOPENED,
        HoldCode.REMOVED_AFTER_DELIVERY,
        HoldCode.PAYMENT_SHORT,
        HoldCode.SHIPMENT_NOT_TAKEN,
    }
)

#: Which holds a change of a mapping can cure; kinds as sites.signals.mapping_changed names them. Others cure any.
CODES_BY_MAPPING: Mapping[str, tuple[str, ...]] = {
    "payment": (
        HoldCode.UNMAPPED_PAYMENT,
        HoldCode.MISSING_FEE_ITEM,
        HoldCode.WAITING_PAYMENT,
        "bad_amount",
        "bad_allocation",
    ),
    "shipping": (HoldCode.UNMAPPED_SHIPPING, HoldCode.MISSING_FEE_ITEM),
    "documents": (
        HoldCode.NO_DOCUMENT_RULE,
        HoldCode.INVALID_RULE,
        "nothing_to_deliver",
        "nothing_to_invoice",
        "stock_shortage",
        "no_warehouse",
        "period_locked",
        "customer_blocked",
        "credit_limit",
    ),
    "status": (),
}

#: Holds that a change of the customer can cure; the second kind names the customer.
CODES_BY_CUSTOMER = (HoldCode.UNKNOWN_CUSTOMER, HoldCode.AMBIGUOUS_CUSTOMER)
REFUSED_CUSTOMER = ("customer_blocked", "credit_limit")

_TEXTS: dict[str, tuple[Text, Text]] = {
    HoldCode.TAX_MISMATCH: (
        _("The tax of the shop is not what the tax plan asks for"),
        _(
            "Correct the rate in the tax plan or in the shop; or let the site take the amounts of the shop unchecked."
        ),
    ),
    HoldCode.MISSING_TAX_PLAN: (
        _("The tax is checked, and no tax plan says what it should be"),
        _("Set the tax plan of the item or of the site, with a line for this country and customer."),
    ),
    HoldCode.UNKNOWN_CUSTOMER: (
        _("The customer is not known and may not be created"),
        _(
            "Allow 'create customer if not exist' on the site, create the customer, or set a default customer."
        ),
    ),
    HoldCode.AMBIGUOUS_CUSTOMER: (
        _("Several customers have the e-mail, phone or tax number of the buyer"),
        _(
            "Deactivate the duplicates, or correct the e-mail, phone or tax number of those who are "
            "somebody else; the order goes again by itself."
        ),
    ),
    HoldCode.MISSING_DEFAULT_CUSTOMER: (
        _("A guest ordered and the site has no default customer"),
        _("Set the default customer of the site, or allow 'create customer if not exist'."),
    ),
    HoldCode.NO_DOCUMENT_RULE: (
        _("No rule says which documents to make of this order"),
        _("Add a document generation line to the site whose criteria fit, or one without criteria."),
    ),
    HoldCode.INVALID_RULE: (
        _("The criteria of a document generation line cannot be read"),
        _("Correct the criteria of the line that the message names."),
    ),
    HoldCode.INVALID_ORDER: (
        _("The order of the shop contradicts itself"),
        _("Correct the order in the shop as the message says; it is read again by itself."),
    ),
    HoldCode.WAITING_PAYMENT: (
        _("The order is not paid yet"),
        _("Nothing to do: it is imported once the shop reports the payment."),
    ),
    HoldCode.MISSING_DISCOUNT_ITEM: (
        _("Discounts go to a discount item, and none is set"),
        _("Choose the discount item of the site, or put coupon discounts to lines or header."),
    ),
    HoldCode.MISSING_FEE_ITEM: (
        _("A difference of the shipping cost has no item to go to"),
        _("Choose the fee item of the site, or let the shipping line cost what was charged."),
    ),
    HoldCode.MISSING_SUBSTITUTE_ITEM: (
        _("Unknown products go to a substitute item, and none is set"),
        _("Choose the substitute item of the site, or hold orders with unknown products."),
    ),
    HoldCode.MISSING_EXCHANGE_RATE: (
        _("There is no exchange rate for the currency of the order"),
        _("Enter the exchange rate of the currency; the order goes again by itself."),
    ),
    HoldCode.CANCELLED_AFTER_POSTING: (
        _("The order was cancelled in the shop after it was delivered or invoiced"),
        _(
            "Take the goods back with a return and credit the invoice, or tell the buyer that it is on its way."
        ),
    ),
    HoldCode.ORDER_REOPENED: (
        _("The shop took up an order again whose documents are cancelled"),
        _(
            "Let the site make new documents of reopened orders and read the order again, or cancel it in the shop."
        ),
    ),
    HoldCode.REMOVED_AFTER_DELIVERY: (
        _("The shop removed goods that were delivered"),
        _("Receive the goods of the sales return that the message names, then credit it; or reject it."),
    ),
    HoldCode.PAYMENT_SHORT: (
        _("Less was paid than the shop says"),
        _(
            "Collect the rest, raise the settlement tolerance of the payment method, or accept it with 'Mark as "
            "reviewed'."
        ),
    ),
    HoldCode.SHIPMENT_NOT_TAKEN: (
        _("A shipment of the shop could not be delivered in the ERP"),
        _("Do what the message says, then read the order again."),
    ),
    HoldCode.RETURN_WITHOUT_ORDER: (
        _("The returned order is not in the ERP"),
        _("Import the order first, or allow 'create invoice for returns if invoice not found' on the site."),
    ),
    HoldCode.REFUND_EXCEEDS_ORDER: (
        _("More is refunded than was sold"),
        _("Compare the refund with the order in the shop and correct it there."),
    ),
    HoldCode.REFUND_EXCEEDS_PAID: (
        _("More went back than was received"),
        _(
            "Post the receipt of what the buyer paid, or correct the refund in the shop. Money that a provider settles "
            "outside the ERP needs its payment method mapped to 'no receipt'."
        ),
    ),
    HoldCode.ORDER_NOT_CONFIRMED: (
        _("The sales order is not confirmed, and only part of it is refunded"),
        _("Confirm the sales order; the return goes again by itself."),
    ),
    HoldCode.REFUND_CURRENCY: (
        _("The refund is in another currency than its order"),
        _("Correct the refund in the shop, or ignore it here and credit the invoice by hand."),
    ),
    HoldCode.REFUND_BELOW_LINES: (
        _("The shop gave back less than the lines of the refund say"),
        _(
            "If the shop kept a fee, press ‘Make documents’ and tick that it did; small differences are rounded when "
            "the site allows it under ‘when totals differ’."
        ),
    ),
    HoldCode.RETURN_CHANGED: (
        _("The refund was changed in the shop after it was posted"),
        _(
            "Compare both; correct it by a credit note or an invoice by hand, then mark the return as reviewed."
        ),
    ),
    HoldCode.RETURN_WITHDRAWN: (
        _("The refund was deleted in the shop after it was posted"),
        _("Press ‘Take back’ on the return, or mark it as reviewed if its documents are right."),
    ),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason found by the import. subject: the SKU or code it concerns; params: figures for the texts."""

    code: str
    subject: str = ""
    message: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.subject[:255]


def register_remedies() -> None:
    """Give our codes their texts, where the house has none of its own."""
    known = known_codes()
    for code, (title, cure) in _TEXTS.items():
        if code not in known:
            register(code, title, cure)
