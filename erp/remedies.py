"""What staff read, in their language, when the ERP refuses something; keyed by the code of the error."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ecomsync.common import remedies

Text = str | Promise

#: code -> what happened, what to do
TABLE: dict[str, tuple[Text, Text]] = {
    "customer_busy": (
        _("The customer still has open business"),
        _(
            "Finish or cancel the open orders, settle the invoices and the waiting orders of the shop, then erase again."
        ),
    ),
    "stock_shortage": (
        _("Not enough stock"),
        _("Receive or count the stock, choose another warehouse, or let the item go negative."),
    ),
    "illegal_state": (
        _("The state of the document does not allow this"),
        _("Look at the document's state; only the buttons shown on its page are possible."),
    ),
    "quantity_exceeded": (
        _("More than is still open"),
        _("Lower the quantity to what is still open in the order."),
    ),
    "amount_exceeded": (_("More money than is still open"), _("Lower the amount to what is still open.")),
    "credit_exceeds_invoice": (
        _("The credit notes would exceed the invoice"),
        _("Lower the amount, or choose the invoice that was really returned."),
    ),
    "nothing_to_credit": (
        _("Nothing of the return was invoiced"),
        _("Nothing to do: it was taken off the order before the invoice."),
    ),
    "entry_unbalanced": (_("Debit and credit differ"), _("Check the accounting rules of this event.")),
    "missing_accounting_rule": (
        _("An accounting rule is missing"),
        _("Add a rule for this event, or switch accounting entries off."),
    ),
    "no_warehouse": (
        _("There is no warehouse"),
        _("Create a warehouse and mark it as default, or set a default warehouse on the site."),
    ),
    "not_sellable": (
        _("A template cannot be sold itself"),
        _("Link the shop's variant to one of the variants of this item."),
    ),
    "not_stocked": (
        _("No stock is kept of this item"),
        _("Set its item type to stock, or leave it out."),
    ),
    "bad_quantity": (
        _("The quantity is not above zero"),
        _("A line needs a quantity above zero; take goods back by a return."),
    ),
    "bad_amount": (
        _("The amount is not above zero"),
        _("Enter an amount above zero; money that goes back is a refund."),
    ),
    "bad_allocation": (
        _("The payment does not fit the document"),
        _("Allocate amounts above zero, in the currency of the document."),
    ),
    "bad_transfer": (
        _("The transfer moves nothing"),
        _("Enter a quantity above zero and two different warehouses."),
    ),
    "unknown_unit": (
        _("The item does not have this unit"),
        _("Add the unit with its factor on the item, or use the base unit."),
    ),
    "bad_stock_file": (
        _("The stock file cannot be read"),
        _("Save it as CSV in UTF-8 with the columns item, warehouse and quantity, then load it again."),
    ),
    "empty_kit": (_("The kit has no components"), _("Add its components on the item.")),
    "empty_order": (
        _("The order has neither lines nor charges"),
        _("Nothing can be booked from it; ignore the order or add a line in the shop."),
    ),
    "negative_price": (_("The price is below zero"), _("Enter a price of zero or more.")),
    "negative_total": (
        _("The total is below zero"),
        _("Amounts of a credit note are positive; use an invoice to claim money."),
    ),
    "no_currency": (_("The currency is missing"), _("Name a currency, an invoice or an order.")),
    "pdf_unavailable": (
        _("This machine cannot make PDF files"),
        _(
            "Install the Python packages with the extra ‘pdf’, and Pango (on Debian and Ubuntu: apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0), then restart. What waits for it goes by itself then."
        ),
    ),
    "no_legal_entity": (
        _("The document names no legal entity"),
        _("Choose the legal entity on the site, so that its documents carry it, and on this invoice."),
    ),
    "no_tax_number": (
        _("The QR code needs a Saudi tax registration number"),
        _("Enter the tax registration number on the legal entity, or switch its QR code off."),
    ),
    "link_ended": (
        _("The public link has ended"),
        _("Make a new public link on the page of the invoice."),
    ),
    "nothing_to_deliver": (
        _("Nothing is left to deliver"),
        _("The order holds only services, or everything is delivered or in a draft delivery already."),
    ),
    "nothing_to_invoice": (
        _("Nothing is left to invoice"),
        _("Everything stands on an invoice already; look at the invoices of the order."),
    ),
}


def register_all() -> None:
    """Make the texts known to the problem list and the messages; called when the app is ready."""
    for code, (title, cure) in TABLE.items():
        remedies.register(code, title, cure)
