"""What people read for the names that adapters give to the steps of a connection test."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STEPS: Mapping[str, str | Promise] = {
    "connection": _("Connection"),
    "address": _("Address"),
    "tls": _("Encryption"),
    "clock": _("Clock"),
    "permalinks": _("Permalinks"),
    "authenticated": _("Sign-in"),
    "read_products": _("Read products"),
    "read_categories": _("Read categories"),
    "write_orders": _("Write orders"),
    "write_products": _("Write products"),
    "write_webhooks": _("Write webhooks"),
    "cache": _("Cache before the shop"),
    "settings": _("Shop settings"),
    "version": _("Version"),
    "currency": _("Currency"),
    "languages": _("Languages"),
    "tax": _("Tax"),
    "manage_stock": _("Stock keeping"),
    "webhooks": _("Webhooks"),
}


def step_label(name: str) -> str | Promise:
    """The label, or the name itself for a step of another adapter."""
    return STEPS.get(name, name.replace("_", " ").capitalize())
