"""Titles and cures of the error codes that this app writes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import register


def register_all() -> None:
    """Add our codes to the table; called once when the app starts."""
    register(
        "not_admitted",
        _("The criteria of the site keep this item out"),
        _(
            "Change the criteria of the site, or leave the item out; 'Test against item' on the site says why."
        ),
    )
    register(
        "creation_off",
        _("The shop lacks this product and may not get it"),
        _("Switch 'create products' on, or create the product in the shop and run 'Link Items'."),
    )
    register(
        "parent_not_sent",
        _("The parent product of this variant is not in the shop yet"),
        _("Send the parent product first; the variant goes again by itself."),
    )
    register(
        "category_not_sent",
        _("A category of the product is not in the shop yet"),
        _("Run 'Send Categories'; the product goes again by itself."),
    )
    register(
        "too_many_deactivations",
        _("The run would disable more products than the site allows"),
        _("Check whether the criteria are right; raise 'deactivate at most' if it is meant."),
    )
    register(
        "bad_copy_line",
        _("A row of 'Copy to Ecommerce Item' cannot be used"),
        _("Correct the item field or the target field that the message names."),
    )
    register(
        "bad_criteria",
        _("An expression cannot be read"),
        _("Correct the expression at the place that the message names."),
    )
