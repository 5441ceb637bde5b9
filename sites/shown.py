"""Which settings a platform can use. What it cannot is hidden on the form and refused when saved.

A setting that no code honours yet is in neither table nor form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platforms.base import Capabilities, PlatformAdapter
from platforms.registry import adapter_class

if TYPE_CHECKING:
    from sites.models.site import Site

Need = Callable[[Capabilities], bool]

_ORDERS: Need = lambda can: can.read_orders  # noqa: E731 - a table of conditions reads best in one line each
_RETURNS: Need = lambda can: can.read_returns  # noqa: E731
_QTY: Need = lambda can: can.push_quantities  # noqa: E731
_PRICES: Need = lambda can: can.push_prices  # noqa: E731
_PRODUCTS: Need = lambda can: can.push_products  # noqa: E731
_HOOKS: Need = lambda can: can.webhooks  # noqa: E731
_BACK: Need = lambda can: can.push_status or can.push_shipments  # noqa: E731

ORDER_SETTINGS = (
    "read_orders_from_date",
    "max_orders_per_read",
    "order_import_policy",
    "max_wait_days",
    "remote_statuses_to_import",
    "orders_in_other_statuses",
    "create_customer_if_not_exist",
    "update_customer_if_exist",
    "customer_match_by",
    "default_customer",
    "default_warehouse",
    "price_list",
    "tax_plan",
    "tax_source",
    "prices_include_tax",
    "put_coupon_discount_to",
    "put_header_discount_in_line_discount",
    "discount_item",
    "rounding_item",
    "fee_item",
    "total_difference_policy",
    "total_tolerance",
    "unknown_item_policy",
    "substitute_item",
    "order_changed_policy",
    "cancel_policy",
    "cancelled_payment_policy",
    "reopened_policy",
    "order_routing",
    "reserve_stock",
    "auto_confirm_documents",
    "generate_accounting_entries",
)
RETURN_SETTINGS = (
    "return_policy",
    "restock_warehouse",
    "restock_policy",
    "refund_shipping_item",
    "create_invoice_for_returns_if_invoice_not_found",
    "exchange_policy",
)
QTY_SETTINGS = (
    "update_all_item_qtys",
    "qty_formula",
    "channel_buffer_qty",
    "channel_buffer_percent",
    "max_published_qty",
    "qty_rounding",
    "zero_when_inactive",
    "batch_size_quantity",
    "quantity_delta_interval",
    "quantity_full_interval",
)
PRICE_SETTINGS = (
    "price_source_list",
    "price_rounding",
    "currency_conversion",
    "batch_size_price",
    "price_delta_interval",
    "price_full_interval",
)
PRODUCT_SETTINGS = (
    "create_products",
    "disable_products_when_inactive",
    "full_run_deactivates_missing",
    "max_deactivation_percent",
    "batch_size_product",
    "items_interval",
)

SHOWN_FOR: Mapping[str, Need] = {
    **dict.fromkeys(ORDER_SETTINGS, _ORDERS),
    **dict.fromkeys(RETURN_SETTINGS, _RETURNS),
    **dict.fromkeys(QTY_SETTINGS, _QTY),
    **dict.fromkeys(PRICE_SETTINGS, _PRICES),
    **dict.fromkeys(PRODUCT_SETTINGS, _PRODUCTS),
    "read_orders": _ORDERS,
    "orders_interval": _ORDERS,
    "read_returns": _RETURNS,
    "returns_interval": _RETURNS,
    "read_customers": lambda can: can.read_customers,
    "send_customers": lambda can: can.push_customers,
    "customers_interval": lambda can: can.push_customers,
    "send_items_to_magento": _PRODUCTS,
    "link_items": lambda can: can.push_products or can.push_quantities or can.read_orders,
    "update_quantities": _QTY,
    "update_prices": _PRICES,
    "update_categories": lambda can: can.push_categories,
    "update_order_status": _BACK,
    "send_invoices": lambda can: bool(can.push_invoices),
    "shop_shipments_policy": lambda can: can.read_orders and can.read_shipments,
    "special_price_ownership": lambda can: can.push_prices and can.special_prices,
    "webhook_integration_enabled": _HOOKS,
    "webhook_secret": _HOOKS,
    "webhook_url": _HOOKS,
    "webhook_source": _HOOKS,
    "webhook_gateway": _HOOKS,
    "last_webhook_read_at": _HOOKS,
    "webhook_health_interval": lambda can: can.webhook_health,
    "use_graphql": lambda can: can.graphql and can.rest,
    "api_style": lambda can: can.graphql and can.rest,
    "languages": lambda can: can.languages,
    "quiet_hours_from": lambda can: can.push_quantities or can.push_prices or can.push_products,
    "quiet_hours_to": lambda can: can.push_quantities or can.push_prices or can.push_products,
}

# Switches of the model whose feature is not built yet: never shown, refused when set by other ways.
NOT_YET = frozenset(
    {
        "read_customers",
        "use_graphql",
        "api_style",
        "languages",
        "item_identity_expression",
    }
)
# Values of settings whose feature is not built yet; they are left out of the choices.
VALUES_NOT_YET: Mapping[str, frozenset[str]] = {"item_identity": frozenset({"expression"})}

# Switches that promise an act; when the platform cannot do it, saving is refused.
SWITCHES: Mapping[str, str] = {
    "read_orders": "read_orders",
    "read_returns": "read_returns",
    "read_customers": "read_customers",
    "send_customers": "push_customers",
    "send_items_to_magento": "push_products",
    "update_quantities": "push_quantities",
    "update_prices": "push_prices",
    "update_categories": "push_categories",
    "update_order_status": "push_status",
    "send_invoices": "push_invoices",
    "webhook_integration_enabled": "webhooks",
    "use_graphql": "graphql",
}

INLINES_SHOWN_FOR: Mapping[str, Need] = {
    "payment_methods": _ORDERS,
    "shipping_items": _ORDERS,
    "document_generation_info_lines": _ORDERS,
    "ecommerce_warehouse_lines": lambda can: can.read_orders or can.push_quantities,
    "copy_to_ecommerce_item_lines": _PRODUCTS,
    "ecommerce_event_actions_lines": _HOOKS,
    "price_list_lines": lambda can: can.push_prices and can.price_lists,
    "update_item_for": _PRODUCTS,
    "update_qty_for": _QTY,
    "update_order_status_to": _BACK,
    "graphql_lines": lambda can: can.graphql,
}


def is_shown(name: str, can: Capabilities) -> bool:
    """Whether the form of a platform with these capabilities has the field."""
    if name in NOT_YET:
        return False
    need = SHOWN_FOR.get(name)
    return need is None or need(can)


def platform_label(adapter: type[PlatformAdapter]) -> str:
    """The platform's name in the reader's language."""
    return adapter.label_ar if (get_language() or "").startswith("ar") else adapter.label_en


def unsupported_settings(site: Site) -> dict[str, ValidationError]:
    """Switches that are on although the platform cannot do it, each with a message for its field."""
    adapter = adapter_class(site.site_type)
    can = adapter.capabilities_of(site.platform_options)
    errors: dict[str, ValidationError] = {}
    for switch, capability in SWITCHES.items():
        if getattr(site, switch) and not getattr(can, capability):
            errors[switch] = ValidationError(
                _("%(platform)s cannot do this. Switch it off."),
                code="unsupported",
                params={"platform": platform_label(adapter)},
            )
    return errors
