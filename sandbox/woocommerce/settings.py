"""/settings: the groups that matter to a connector."""

from typing import Any

from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result
from sandbox.woocommerce.rows import Json
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.validate import M, Schema


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def settings_of(store: Store) -> dict[str, dict[str, tuple[str, str, str]]]:
    """group -> id -> (label, type, value)."""
    options = store.options
    base = f"{options.base_country}:{options.base_state}".rstrip(":")
    return {
        "general": {
            "woocommerce_store_address": ("Address line 1", "text", "King Fahd Road 1"),
            "woocommerce_store_city": ("City", "text", "Riyadh"),
            "woocommerce_default_country": ("Country / State", "select", base),
            "woocommerce_calc_taxes": ("Enable taxes", "checkbox", "yes"),
            "woocommerce_enable_coupons": ("Enable coupons", "checkbox", "yes"),
            "woocommerce_currency": ("Currency", "select", options.currency),
            "woocommerce_currency_pos": ("Currency position", "select", "left"),
            "woocommerce_price_thousand_sep": ("Thousand separator", "text", ","),
            "woocommerce_price_decimal_sep": ("Decimal separator", "text", "."),
            "woocommerce_price_num_decimals": ("Number of decimals", "number", str(options.decimals)),
        },
        "products": {
            "woocommerce_weight_unit": ("Weight unit", "select", options.weight_unit),
            "woocommerce_dimension_unit": ("Dimensions unit", "select", options.dimension_unit),
            "woocommerce_manage_stock": ("Manage stock", "checkbox", _yes(options.manage_stock)),
            "woocommerce_hold_stock_minutes": ("Hold stock (minutes)", "number", "60"),
            "woocommerce_notify_no_stock_amount": ("Out of stock threshold", "number", "0"),
        },
        "tax": {
            "woocommerce_prices_include_tax": (
                "Prices entered with tax",
                "radio",
                _yes(options.prices_include_tax),
            ),
            "woocommerce_tax_based_on": ("Calculate tax based on", "select", "shipping"),
            "woocommerce_shipping_tax_class": ("Shipping tax class", "select", "inherit"),
            "woocommerce_tax_round_at_subtotal": (
                "Rounding",
                "checkbox",
                _yes(options.tax_round_at_subtotal),
            ),
            "woocommerce_tax_display_shop": ("Display prices in the shop", "select", "incl"),
            "woocommerce_tax_display_cart": ("Display prices during cart and checkout", "select", "incl"),
        },
        "advanced": {"woocommerce_api_enabled": ("Legacy API", "checkbox", "no")},
    }


_WRITABLE = {
    "woocommerce_prices_include_tax": "prices_include_tax",
    "woocommerce_manage_stock": "manage_stock",
    "woocommerce_tax_round_at_subtotal": "tax_round_at_subtotal",
    "woocommerce_weight_unit": "weight_unit",
    "woocommerce_dimension_unit": "dimension_unit",
    "woocommerce_currency": "currency",
}


def list_groups(call: Call) -> Result:
    return Result(
        [
            {"id": group, "label": group.capitalize(), "description": "", "parent_id": "", "sub_groups": []}
            for group in settings_of(call.store)
        ]
    )


def _setting_json(call: Call, group: str, name: str, row: tuple[str, str, str]) -> Json:
    label, kind, value = row
    base = f"{call.rest_url}/wc/v3/settings/{group}"
    return {
        "id": name,
        "label": label,
        "description": "",
        "type": kind,
        "default": "",
        "tip": "",
        "value": value,
        "group_id": group,
        "_links": {"self": [{"href": f"{base}/{name}"}], "collection": [{"href": base}]},
    }


def _group(call: Call) -> dict[str, tuple[str, str, str]]:
    group = settings_of(call.store).get(call.ids[0])
    if group is None:
        raise RestError("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
    return group


def list_settings(call: Call) -> Result:
    return Result([_setting_json(call, call.ids[0], n, row) for n, row in _group(call).items()])


def get_setting(call: Call) -> Result:
    row = _group(call).get(call.ids[1])
    if row is None:
        raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)
    return Result(_setting_json(call, call.ids[0], call.ids[1], row))


def update_setting(call: Call) -> Result:
    get_setting(call)
    column = _WRITABLE.get(call.ids[1])
    value: Any = call.params.get("value")
    if column is not None and value is not None:
        options = call.store.options
        current = getattr(options, column)
        setattr(options, column, value == "yes" if isinstance(current, bool) else str(value))
    return get_setting(call)


SETTING_BODY: Schema = {"value": M}
