"""Cause and cure of what the ERP refuses: orders and returns are held with these codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedy_texts import Text

ERP: dict[str, tuple[Text, Text]] = {
    "illegal_state": (
        _("A document of the order is in a state that forbids this step"),
        _(
            "Open the document: somebody has carried it on or cancelled it. Finish it by hand, or import again."
        ),
    ),
    "stock_shortage": (
        _("There is not enough stock in the warehouse"),
        _(
            "Receive, transfer or count the stock, or allow back orders; the order goes again by itself when stock comes."
        ),
    ),
    "quantity_exceeded": (
        _("More is delivered, invoiced or returned than is open"),
        _("Compare the quantities with the document; what is done already cannot be done twice."),
    ),
    "amount_exceeded": (
        _("More money is credited or allocated than is open"),
        _("Look at the receipts and credit notes of the customer and correct the one that is too high."),
    ),
    "customer_refused": (
        _("The customer may not order"),
        _("Open the customer: a block or the credit limit stands in the way."),
    ),
    "entry_unbalanced": (
        _("Debit and credit of an accounting entry differ"),
        _("Correct the accounting rules of this event; the order goes again by itself."),
    ),
    "missing_accounting_rule": (
        _("An accounting rule is missing"),
        _("Add a rule for the event, or switch accounting entries off on the site."),
    ),
    "bad_allocation": (
        _("A receipt is allocated to a document that cannot take it"),
        _("Look at the receipts of the order: customer and currency must be those of the document."),
    ),
    "bad_amount": (
        _("An amount must be greater than zero"),
        _("Correct the amount of the payment in the shop, or the value in the payment method of the site."),
    ),
    "bad_quantity": (
        _("A quantity is not possible for this item"),
        _("Correct the quantity in the shop, or the decimals of the item's unit."),
    ),
    "credit_exceeds_invoice": (
        _("The credit note is higher than its invoice"),
        _("Compare the refund with the invoice and with the credit notes that stand already."),
    ),
    "empty_kit": (
        _("A kit has no components"),
        _("Add the components to the item; the order goes again by itself."),
    ),
    "empty_order": (
        _("The order has no lines"),
        _("Correct the order in the shop; it is read again by itself."),
    ),
    "negative_price": (_("A price is below zero"), _("Correct the price; it must be zero or more.")),
    "negative_total": (
        _("The total of the document is below zero"),
        _("Compare discounts and amounts with the shop; more is given back than was sold."),
    ),
    "no_currency": (
        _("The document has no currency"),
        _("Set the currency of the site, or the base currency of its legal entity."),
    ),
    "no_warehouse": (
        _("There is no active warehouse"),
        _("Create a warehouse or activate one; the order goes again by itself."),
    ),
    "not_sellable": (
        _("The item may not be sold"),
        _("Make the item active and sellable, or link the product with another item."),
    ),
    "nothing_to_deliver": (
        _("Nothing of the order is left to deliver"),
        _(
            "Look at the deliveries of the order; take delivery out of the document rule if it is made by hand."
        ),
    ),
    "nothing_to_invoice": (
        _("Nothing of the order is left to invoice"),
        _(
            "Look at the invoices of the order; take the invoice out of the document rule if it is made by hand."
        ),
    ),
    "unknown_unit": (
        _("The item does not know this unit"),
        _("Add the unit with its factor to the item, or correct the unit in the item linker."),
    ),
}
