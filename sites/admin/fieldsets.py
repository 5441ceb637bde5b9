"""The tabs of the site page, after the sections of the documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platforms.base import PlatformAdapter
from sites.admin.forms import CREDENTIAL, OPTION, form_name
from sites.audit import secret_columns
from sites.shown import is_shown

Text = str | Promise

TABS: Sequence[tuple[str, Text]] = (
    ("connection", _("Connection Settings")),
    ("behavior", _("Integration Behavior")),
    ("orders", _("Order Processing")),
    ("products", _("Product Synchronization")),
    ("inventory", _("Inventory & Prices")),
    ("webhook", _("Webhook")),
    ("maintenance", _("Maintenance")),
)

# Columns that are shown only where the adapter asks for them as credentials.
CREDENTIAL_COLUMNS = frozenset(
    {
        "username",
        "password",
        "gateway_client_id",
        "gateway_client_secret",
        "gateway_url",
        "authorization_code",
        "access_token",
        "refresh_token",
        "api_version",
    }
)

_SECTIONS: Sequence[tuple[str, Text | None, Sequence[str | tuple[str, ...]]]] = (
    ("connection", None, (("platform_name", "active"), "code", ("name1", "name2"), "url", "integrator_name")),
    ("connection", _("Credentials"), ()),
    ("connection", _("Shop"), (("currency", "time_zone"), "languages", ("shop_version", "shop_tax_mode"))),
    ("connection", _("Platform options"), ()),
    (
        "connection",
        _("Calls"),
        (("verify_tls", "request_timeout"), ("max_parallel_calls", "calls_per_second_cap")),
    ),
    ("connection", _("Organisation"), (("legal_entity", "branch"), ("department", "sector"))),
    (
        "behavior",
        _("Update Capabilities"),
        (
            ("read_orders", "read_returns"),
            ("update_quantities", "update_prices"),
            ("send_items_to_magento", "link_items"),
            ("update_categories", "update_order_status"),
            ("send_invoices", "read_customers"),
            "send_customers",
            "dry_run",
        ),
    ),
    (
        "behavior",
        _("Sync Frequency"),
        (
            ("orders_interval", "returns_interval"),
            ("quantity_delta_interval", "quantity_full_interval"),
            ("price_delta_interval", "price_full_interval"),
            ("webhook_health_interval", "silence_alarm"),
            ("items_interval", "customers_interval"),
            "reconcile_interval",
            ("reconcile_alarm_above", "reconcile_alarm_unit"),
            ("quiet_hours_from", "quiet_hours_to"),
        ),
    ),
    (
        "orders",
        _("Order Import Settings"),
        (
            ("read_orders_from_date", "max_orders_per_read"),
            ("order_import_policy", "max_wait_days"),
            "remote_statuses_to_import",
            "orders_in_other_statuses",
            ("order_changed_policy", "cancel_policy"),
            ("reopened_policy", "cancelled_payment_policy"),
        ),
    ),
    (
        "orders",
        _("Customer Creation"),
        (
            ("create_customer_if_not_exist", "update_customer_if_exist"),
            ("customer_match_by", "default_customer"),
        ),
    ),
    (
        "orders",
        _("Document Generation"),
        (
            ("default_warehouse", "price_list"),
            ("order_routing", "shop_shipments_policy"),
            ("reserve_stock", "auto_confirm_documents"),
            "generate_accounting_entries",
            ("unknown_item_policy", "substitute_item"),
        ),
    ),
    (
        "orders",
        _("Taxes, discounts and totals"),
        (
            ("prices_include_tax", "tax_source"),
            ("tax_plan", "put_coupon_discount_to"),
            ("put_header_discount_in_line_discount", "discount_item"),
            ("total_difference_policy", "total_tolerance"),
            ("rounding_item", "fee_item"),
        ),
    ),
    (
        "orders",
        _("Returns"),
        (
            ("return_policy", "restock_policy"),
            ("restock_warehouse", "refund_shipping_item"),
            ("create_invoice_for_returns_if_invoice_not_found", "exchange_policy"),
        ),
    ),
    (
        "products",
        _("Item Sync Settings"),
        (
            ("item_identity", "item_identity_expression"),
            ("create_products", "disable_products_when_inactive"),
            ("full_run_deactivates_missing", "max_deactivation_percent"),
            "batch_size_product",
        ),
    ),
    (
        "inventory",
        _("Inventory Management"),
        (
            "update_all_item_qtys",
            "qty_formula",
            ("channel_buffer_qty", "channel_buffer_percent"),
            ("max_published_qty", "qty_rounding"),
            ("zero_when_inactive", "batch_size_quantity"),
        ),
    ),
    (
        "inventory",
        _("Price Update Configuration"),
        (
            ("price_source_list", "special_price_ownership"),
            ("price_rounding", "currency_conversion"),
            "batch_size_price",
        ),
    ),
    (
        "webhook",
        _("Webhook Configuration"),
        (
            "webhook_integration_enabled",
            ("webhook_source", "webhook_gateway"),
            "webhook_address",
            "webhook_secret",
            "last_webhook_read_at",
        ),
    ),
    (
        "maintenance",
        _("Notes"),
        ("description1", "description2", "description3", "remarks"),
    ),
    (
        "maintenance",
        _("Record"),
        (("created_at", "created_by"), ("updated_at", "updated_by"), "last_check_shown"),
    ),
)

READ_ONLY = (
    "platform_name",
    "shop_version",
    "shop_tax_mode",
    "webhook_address",
    "last_webhook_read_at",
    "token_expires_at",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "last_check_shown",
)
# Read-only figures that a site has only after it was saved.
ONLY_SAVED = frozenset(READ_ONLY) - {"platform_name"}
ALIASES = {"webhook_address": "webhook_url"}


def fieldsets_for(
    adapter: type[PlatformAdapter], *, adding: bool
) -> list[tuple[Text | None, dict[str, Any]]]:
    """The sections that this platform can use, each with the class of its tab; empty ones are left out."""
    found: list[tuple[Text | None, dict[str, Any]]] = []
    for tab, title, rows in _SECTIONS:
        wanted: Sequence[str | tuple[str, ...]] = rows
        if title == _("Credentials"):
            wanted = credential_rows(adapter)
        elif title == _("Platform options"):
            wanted = [f"{OPTION}{option.name}" for option in adapter.option_fields]
        kept = [row for row in (_kept(row, adapter, adding=adding) for row in wanted) if row]
        if kept:
            classes = [
                "tab-" + tab,
                *(["collapse"] if title in (_("Platform options"), _("Organisation")) else []),
            ]
            found.append((title, {"fields": kept, "classes": classes}))
    return found


def without_inputs(
    sections: Sequence[tuple[Text | None, dict[str, Any]]],
) -> list[tuple[Text | None, dict[str, Any]]]:
    """For readers who may not change: Django prints the values of columns, so secrets must not be among them.

    Inputs without a column are left out too, since there is nothing to print.
    """
    found: list[tuple[Text | None, dict[str, Any]]] = []
    for title, section in sections:
        rows = [
            tuple(name for name in ((row,) if isinstance(row, str) else row) if _is_printable(name))
            for row in section["fields"]
        ]
        kept = [row if len(row) > 1 else row[0] for row in rows if row]
        if kept:
            found.append((title, {**section, "fields": kept}))
    return found


def _is_printable(name: str) -> bool:
    return name not in secret_columns() and not name.startswith((OPTION, CREDENTIAL))


def credential_rows(adapter: type[PlatformAdapter]) -> list[str]:
    names = [form_name(credential) for credential in adapter.credential_fields]
    return [*names, *(["token_expires_at"] if adapter.capabilities.request_token else [])]


def _kept(row: str | tuple[str, ...], adapter: type[PlatformAdapter], *, adding: bool) -> Any:
    names = (row,) if isinstance(row, str) else row
    kept = [name for name in names if _shows(name, adapter, adding=adding)]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else tuple(kept)


def _shows(name: str, adapter: type[PlatformAdapter], *, adding: bool) -> bool:
    if adding and name in ONLY_SAVED:
        return False
    return is_shown(ALIASES.get(name, name), adapter.capabilities)
