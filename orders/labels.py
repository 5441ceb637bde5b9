"""What people read for the codes that orders keep: components of the proof, reasons, decisions."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
EVENTS: Mapping[str, Label] = {
    "order.imported": _("Imported"),
    "order.held": _("Held"),
    "order.skipped": _("Skipped"),
    "order.cancelled": _("Cancelled"),
    "order.updated": _("Documents updated"),
    "order.changed": _("Changed in the shop"),
    "order.paid": _("Paid"),
    "order.reviewed": _("Reviewed"),
    "order.told.status": _("Status told to the shop"),
    "order.told.ship": _("Shipment told to the shop"),
    "order.told.invoice": _("Invoice told to the shop"),
    "order.told.cancel": _("Cancellation told to the shop"),
    "order.told.note": _("ERP number written to the shop"),
    "return.posted": _("Return posted"),
    "return.staged": _("Return staged"),
    "return.held": _("Return held"),
    "return.ignored": _("Return ignored"),
}


def label_of(labels: Mapping[str, Label], code: str) -> Label:
    """The label, or the code itself for one that is not known."""
    return labels.get(code, code)
