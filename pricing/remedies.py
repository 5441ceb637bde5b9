"""Titles and cures of the error codes that this app writes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import register


def register_all() -> None:
    """Add our codes to the table; called once when the app starts."""
    register(
        "currency_differs",
        _("The price is in another currency than the shop"),
        _("Choose a price list in the currency of the shop, or let the site convert currencies."),
    )
    register(
        "no_exchange_rate",
        _("There is no exchange rate for this price"),
        _("Enter the exchange rate of the two currencies in the ERP."),
    )
    register(
        "tax_mode_differs",
        _("The price list and the shop differ in whether tax is included"),
        _("Choose a tax plan on the site, so that tax can be added or taken off, or use another price list."),
    )
    register(
        "zero_price",
        _("The price is zero"),
        _("Enter a price; if it is meant, send it by a price update document and confirm its line."),
    )
    register(
        "guard_stopped",
        _("A guard stopped lines of the price document"),
        _("Check the marked lines and tick 'confirmed' where the price is meant."),
    )
    register(
        "no_lines",
        _("The document has no lines"),
        _("Collect lines, import them from a file, or enter them."),
    )
    register(
        "four_eyes",
        _("Who submitted the document may not approve it"),
        _("Let somebody else approve it."),
    )
    register(
        "wrong_state",
        _("The document is not in a state that allows this"),
        _("Look at the state of the document; somebody may have been faster."),
    )
    register(
        "tier_not_supported",
        _("The shop knows no price tiers"),
        _("Use the classification 'retail', or leave this shop out of the document."),
    )
