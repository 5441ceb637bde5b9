"""What people read for the codes that orders keep: components of the proof, reasons, decisions."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from ecomsync.common.remedies import known_codes, remedy_for
from erp.states import DocumentType
from orders.reasons import HoldCode

Label = str | Promise

COMPONENTS: Mapping[str, Label] = {
    "goods": _("Goods before discounts"),
    "line_discounts": _("Line discounts"),
    "coupons": _("Coupons"),
    "header_discounts": _("Discounts of the order"),
    "gift_cards": _("Gift cards taken off"),
    "store_credit": _("Store credit taken off"),
    "rewards": _("Reward points taken off"),
    "goods_net": _("Goods after discounts"),
    "goods_tax": _("Tax on goods"),
    "shipping": _("Shipping"),
    "shipping_tax": _("Tax on shipping"),
    "fees": _("Fees"),
    "tips": _("Tips"),
    "duties": _("Import duties"),
    "fees_tax": _("Tax on fees"),
    "amounts": _("Amounts without goods, with their tax"),
    "credited_tax": _("Tax of the credit notes"),
    "credited_total": _("Credit notes"),
    "rounding": _("Rounding"),
    "tax_total": _("Tax in total"),
    "grand_total": _("Grand total"),
    "paid": _("Paid"),
    "paid_gift_cards": _("Paid with gift cards"),
    "paid_store_credit": _("Paid with store credit"),
    "paid_rewards": _("Paid with reward points"),
}
EXPLANATIONS: Mapping[str, Label] = {
    "shop_rounding": _("the shop rounds once over all rows"),
    "rounding_line": _("taken up by the rounding line"),
    "no_receipt_rule": _("no receipt is wanted of this order"),
    "no_receipt": _("its payment method makes no receipt at once"),
    "by_calculation": _("the payment method says how much"),
    "more_than_total": _("more was paid than the order costs"),
    "other_currency": _("paid in another currency"),
    "settlement_difference": _("booked as settlement difference"),
    "corrected": _("corrected after discounts by further documents"),
}
#: Cause of a difference -> what it probably is, what to do about it.
CAUSES: Mapping[str, tuple[Label, Label]] = {
    "rounding": (
        _("The shop rounded its total otherwise than its rows."),
        _("Allow a rounding line up to a tolerance on the site, or correct the order in the shop."),
    ),
    "tax_rounding": (
        _("The tax is rounded per line on one side and per rate on the other."),
        _("Allow a rounding line up to a tolerance on the site, or set the shop to round tax per line."),
    ),
    "tax_differs": (
        _("The tax in total is not what the rows carry: a rate is missing or was changed after the order."),
        _("Let the shop compute the order again, then read it again."),
    ),
    "tax_mode": (
        _("The difference is exactly the tax: amounts with and without tax are mixed up."),
        _(
            "Look whether the shop's prices include tax, and whether an extension writes amounts of the other kind."
        ),
    ),
    "unmapped_discount": (
        _("The shop took off a discount that stands in no line, coupon or fee of the order."),
        _(
            "Find the extension that gives it; have it write a coupon or a negative fee, then read the order again."
        ),
    ),
    "missing_charge": (
        _("The shop charged something that stands in no line, shipping or fee of the order."),
        _("Find the extension that charges it; have it write a fee, then read the order again."),
    ),
    "charge_twice": (
        _("The documents charge more than the shop: a charge stands twice in the order."),
        _("Remove it in the shop, then read the order again."),
    ),
    "tender_in_total": (
        _("The total of the shop is already less by a gift card, store credit or points."),
        _("They must come as a payment or as a discount, not as both; correct the order in the shop."),
    ),
    "refund_in_total": (
        _("The total of the shop is already less by what was refunded."),
        _("Read the order again; if it stays, the extension for refunds rewrites the order."),
    ),
    "rows_differ": (
        _("The lines of the order do not sum to its totals."),
        _("Let the shop compute the order again, then read it again."),
    ),
    "payment_differs": (
        _("The receipts are not what the shop says was paid."),
        _("Compare the payments of the order with the payment methods of the site."),
    ),
    "document_differs": (
        _("The saved document does not say what was planned."),
        _("Look whether the document was changed meanwhile, then import the order again."),
    ),
}
STATE_REASONS: Mapping[str, Label] = {
    "status_not_imported": _("The site does not import orders in this status."),
    "import_policy_never": _("The site imports orders by hand only."),
    "payment_wait_over": _("It was not paid within the days the site waits."),
    "rule_makes_nothing": _("The matching document generation line makes no documents."),
    "cancelled_in_shop": _("It was cancelled in the shop."),
    "deleted_in_shop": _("It was deleted in the shop."),
    "internal": _("An error inside this system; it is tried again by itself."),
}
DECISIONS: Mapping[str, Label] = {
    "item": _("Item"),
    "customer": _("Customer"),
    "payment": _("Payment method"),
    "shipping": _("Shipping method"),
    "shipping difference": _("Difference of the shipping cost"),
    "fee": _("Fee"),
    "coupon": _("Coupon"),
    "discount": _("Discount"),
    "documents": _("Document generation line"),
    "warehouse": _("Warehouse"),
    "tax": _("Tax"),
    "rounding": _("Rounding"),
}
HOW: Mapping[str, Label] = {
    "remote_id": _("by the product id in the shop"),
    "external_id": _("by the customer id in the shop"),
    "sku": _("by the SKU"),
    "barcode": _("by the barcode"),
    "code": _("by the item code"),
    "email": _("by the e-mail address"),
    "phone": _("by the phone number"),
    "tax_number": _("by the tax number"),
    "guest": _("guest"),
    "created": _("created"),
    "default": _("default of the site"),
    "found": _("found"),
    "substitute": _("substitute item"),
    "has all of it": _("has all of it"),
    "none has all of it: the first by priority": _("none has all of it: the first by priority"),
    "checked": _("checked against the tax plan"),
    "has it": _("has it"),
    "none has it: the first by priority": _("none has it: the first by priority"),
    "location of the order": _("the location that the shop names"),
    "row of the largest tax": _("row of the largest tax"),
}
#: Kinds and changes of a comparison with the shop, parts of addresses.
COMPARED: Mapping[str, Label] = {
    "added": _("added"),
    "removed": _("removed"),
    "changed": _("changed"),
    "line": _("line"),
    "charge": _("charge"),
    "discount": _("discount"),
    "payment": _("payment"),
    "yes": _("yes"),
    "no": _("no"),
    "name": _("name"),
    "company": _("company"),
    "line1": _("street"),
    "line2": _("street, second line"),
    "city": _("city"),
    "region": _("region"),
    "postal_code": _("postal code"),
    "country": _("country"),
    "phone": _("phone"),
    "email": _("e-mail"),
}
FIGURES: Mapping[str, Label] = {
    "quantity": _("quantity"),
    "discount": _("discount"),
    "net": _("net"),
    "tax": _("tax"),
    "amount": _("amount"),
    "paid": _("paid"),
}
OUTCOME_TONES: Mapping[str, str] = {
    "created": "ok",
    "updated": "ok",
    "unchanged": "mute",
    "held": "warn",
    "skipped": "mute",
    "failed": "bad",
}
CHANGES: Mapping[str, Label] = {"new": _("new"), "changed": _("changed"), "same": _("stays as it is")}
CHARGES: Mapping[str, Label] = {
    "shipping": _("shipping"),
    "fee": _("fee"),
    "coupon": _("coupon"),
    "discount": _("discount"),
    "cart": _("discount"),
    "gift_card": _("gift card"),
    "points": _("points"),
    "rounding": _("rounding"),
}


def story_text(text: str) -> str:
    """'sales_order SO-1, invoice SI-1' or 'unknown_sku A-1' in the reader's words; other text as it is."""
    told = [_told(part) for part in text.split(", ")]
    return ", ".join(part for part, _known in told) if all(known for _part, known in told) else text


def _told(part: str) -> tuple[str, bool]:
    code, _space, rest = part.partition(" ")
    label: Label
    if code in DocumentType.values:
        label = DocumentType(code).label
    elif code in set(HoldCode) and code in known_codes():
        label = remedy_for(code).title
    elif part in STATE_REASONS:
        return str(STATE_REASONS[part]), True
    else:
        return part, False
    return (f"{label} {rest}" if code in DocumentType.values else f"{label}: {rest}").rstrip(": "), True


#: What the check of taxes reads like, for the catalogue.
TAX_ASKED = _(
    "The tax plan asks %(expected)s %(currency)s (%(code)s %(rate)s %% of %(net)s), the shop took %(found)s."
)
NO_TAX_LINE = _("No line of the tax plan %(plan)s fits.")
#: What a difference reads like; stored in English, found again by pages in the reader's language.
DIFFERENCE = _("the shop says %(shop)s, the documents %(erp)s, a difference of %(difference)s.")


def in_english(sentence: Label, **values: str) -> str:
    """A sentence as it is stored; pages find it again in the reader's language."""
    with override("en"):
        return str(sentence) % values


def component_label(component: str) -> str:
    """The name of a row of the proof; taxes per rate carry their rate."""
    head, _space, rate = component.partition(" ")
    if head != "tax_rate":
        return str(label_of(COMPONENTS, component))
    if not rate:
        return str(_("Tax at rates not told"))
    return str(_("Tax at %(rate)s %%") % {"rate": rate})


def label_of(labels: Mapping[str, Label], code: str) -> Label:
    """The label, or the code itself for one that is not known."""
    return labels.get(code, code)
