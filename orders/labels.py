"""What people read for the codes that orders keep: components of the proof, reasons, decisions."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import known_codes, remedy_for
from erp.states import DocumentType
from orders.reasons import HoldCode

Label = str | Promise

COMPONENTS: Mapping[str, Label] = {
    "goods": _("Goods before discounts"),
    "discounts": _("Discounts and coupons"),
    "goods_net": _("Goods after discounts"),
    "goods_tax": _("Tax on goods"),
    "shipping": _("Shipping"),
    "shipping_tax": _("Tax on shipping"),
    "fees": _("Fees"),
    "fees_tax": _("Tax on fees"),
    "rounding": _("Rounding"),
    "tax_total": _("Tax in total"),
    "grand_total": _("Grand total"),
}
EXPLANATIONS: Mapping[str, Label] = {
    "shop_rounding": _("the shop rounds once over all rows"),
    "rounding_line": _("taken up by the rounding line"),
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
    "tax": _("Tax"),
    "rounding": _("Rounding"),
}
HOW: Mapping[str, Label] = {
    "remote_id": _("by the product id in the shop"),
    "external_id": _("by the customer id in the shop"),
    "sku": _("by the SKU"),
    "barcode": _("by the barcode"),
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
    "row of the largest tax": _("row of the largest tax"),
}
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


def label_of(labels: Mapping[str, Label], code: str) -> Label:
    """The label, or the code itself for one that is not known."""
    return labels.get(code, code)
