"""What people read for the names that adapters give to the steps of a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ecomsync.common.errors import ConfigurationError
from platforms.registry import adapter_class, platform_entries

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
    "branch": _("Branch"),
    "cancel_orders": _("Cancel orders"),
    "client_secret": _("Client secret"),
    "door": _("Way in"),
    "further_scopes": _("Further scopes"),
    "jobs": _("Jobs"),
    "location": _("Location"),
    "old_orders": _("Old orders"),
    "order_times": _("Times of orders"),
    "price_list": _("Price list"),
    "protected_data": _("Protected customer data"),
    "quota": _("Quota of calls"),
    "renewal": _("Renewal of the token"),
    "rights": _("Rights"),
    "scopes": _("Scopes"),
    "stock": _("Stock"),
    "store": _("Store"),
    "store_status": _("State of the store"),
    "webhook_key": _("Key for webhooks"),
    "webhook_version": _("Version of webhooks"),
    "read_attributes": _("Read attributes"),
    "read_branches": _("Read branches"),
    "read_channels": _("Read channels"),
    "read_customer_groups": _("Read customer groups"),
    "read_customers": _("Read customers"),
    "read_locations": _("Read locations"),
    "read_orders": _("Read orders"),
    "read_prices": _("Read prices"),
    "query_fields": _("Names of fields"),
    "read_returns": _("Read returns"),
    "read_shipments": _("Read shipments"),
    "read_stock": _("Read stock"),
    "read_transactions": _("Read transactions"),
    "read_webhooks": _("Read webhooks"),
    "write_categories": _("Write categories"),
    "write_connect": _("Import data"),
    "write_invoices": _("Write invoices"),
    "write_pictures": _("Write pictures"),
    "write_returns": _("Write returns"),
    "write_shipments": _("Write shipments"),
    "write_stock": _("Write stock"),
    "write_tracks": _("Write tracking numbers"),
    "read_credit_memos": _("Read credit memos"),
    "read_attribute_sets": _("Read attribute sets"),
    "write_prices": _("Write prices"),
    "write_comments": _("Write comments"),
    "write_credit_memos": _("Write credit memos"),
    "write_cancellations": _("Cancel orders"),
    "write_quantities": _("Write quantities"),
}


def step_label(name: str) -> str | Promise:
    """The label, or the name itself for a step of another adapter."""
    return STEPS.get(name, name.replace("_", " ").capitalize())


def credential_text(text: str) -> str:
    """'client secret', as adapters name it in their errors, under the label that the form gives it in Arabic."""
    if not (get_language() or "").startswith("ar"):
        return text
    return _credential_labels().get(text.lower(), text)


@lru_cache(maxsize=1)
def _credential_labels() -> Mapping[str, str]:
    found = {}
    for name in platform_entries():
        try:
            fields = adapter_class(name).credential_fields
        except ConfigurationError:  # an added package that cannot be loaded is told where it is used
            continue
        found.update({field.label_en.lower(): field.label_ar for field in fields})
    return found
