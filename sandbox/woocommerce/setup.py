"""What a connector reads once: taxes, settings, system status, gateways, shipping, currencies."""

from decimal import Decimal
from typing import Any

from sandbox.php import clean_decimal, slugify, to_bool, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, links, paged
from sandbox.woocommerce.product_json import symbol_of
from sandbox.woocommerce.products import invalid_id
from sandbox.woocommerce.state import Json, Store, TaxRate
from sandbox.woocommerce.validate import PAGING, B, Field, I, M, S, Schema, enum

TAX_BODY: Schema = {
    "country": S,
    "state": S,
    "postcode": S,
    "city": S,
    "rate": S,
    "name": S,
    "priority": I,
    "compound": B,
    "shipping": B,
    "order": I,
    "class": S,
}
TAX_LIST: Schema = {**PAGING, "orderby": enum("id", "order", "priority"), "class": S}
CLASS_BODY: Schema = {"name": Field("string", required=True)}


def tax_json(call: Call, rate: TaxRate) -> Json:
    return {
        "id": rate.id,
        "country": rate.country,
        "state": rate.state,
        "postcode": rate.postcode,
        "city": rate.city,
        "rate": f"{rate.rate:.4f}",
        "name": rate.name,
        "priority": rate.priority,
        "compound": rate.compound,
        "shipping": rate.shipping,
        "order": rate.order,
        "class": rate.tax_class or "standard",
        "postcodes": [rate.postcode] if rate.postcode else [],
        "cities": [rate.city] if rate.city else [],
        "_links": links(call, "/taxes", rate.id, ITEM_ALLOW),
    }


def list_taxes(call: Call) -> Result:
    rows = list(call.store.tax_rates.values())
    if call.text("class"):
        wanted = call.text("class").replace("standard", "")
        rows = [r for r in rows if r.tax_class == wanted]
    by = call.text("orderby", "order")
    rows.sort(key=lambda r: (getattr(r, by), r.id), reverse=call.text("order", "asc") == "desc")
    return paged(call, rows, lambda r: tax_json(call, r))


def _rate(call: Call) -> TaxRate:
    rate = call.store.tax_rates.get(call.id())
    if rate is None:
        raise invalid_id("woocommerce_rest_invalid_id", 404)
    return rate


def get_tax(call: Call) -> Result:
    return Result(tax_json(call, _rate(call)))


def _fill_rate(call: Call, rate: TaxRate) -> None:
    params = call.params
    for name in ("country", "state", "postcode", "city", "name"):
        if params.get(name) is not None:
            setattr(rate, name, str(params[name]))
    for name in ("priority", "order"):
        if params.get(name) is not None:
            setattr(rate, name, to_int(params[name]))
    for name in ("compound", "shipping"):
        if params.get(name) is not None:
            setattr(rate, name, to_bool(params[name]))
    if params.get("rate") is not None:
        rate.rate = Decimal(clean_decimal(params["rate"]) or "0")
    if params.get("class") is not None:
        rate.tax_class = str(params["class"]).replace("standard", "")


def create_tax(call: Call) -> Result:
    store = call.store
    rate = TaxRate(store.next_id("tax"), "", "", Decimal(0), "Tax")
    _fill_rate(call, rate)
    store.tax_rates[rate.id] = rate
    return Result(tax_json(call, rate), 201, [("Location", f"{call.rest_url}/wc/v3/taxes/{rate.id}")])


def update_tax(call: Call) -> Result:
    rate = _rate(call)
    _fill_rate(call, rate)
    return Result(tax_json(call, rate))


def delete_tax(call: Call) -> Result:
    rate = _rate(call)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Taxes do not support trashing.", 501)
    del call.store.tax_rates[rate.id]
    return Result(tax_json(call, rate))


def _class_json(call: Call, slug: str, name: str) -> Json:
    base = f"{call.rest_url}/wc/v3/taxes/classes"
    return {"slug": slug, "name": name, "_links": {"collection": [{"href": base}]}}


def list_classes(call: Call) -> Result:
    return Result([_class_json(call, s, n) for s, n in call.store.tax_classes.items()])


def create_class(call: Call) -> Result:
    slug = slugify(call.text("name"))
    if slug in call.store.tax_classes:
        raise RestError("woocommerce_rest_tax_class_exists", "Cannot create existing resource.", 400)
    call.store.tax_classes[slug] = call.text("name")
    return Result(_class_json(call, slug, call.text("name")), 201)


def delete_class(call: Call) -> Result:
    slug = call.ids[-1]
    if slug == "standard" or slug not in call.store.tax_classes:
        raise RestError("woocommerce_rest_tax_class_invalid_slug", "Invalid slug.", 404)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Taxes do not support trashing.", 501)
    return Result(_class_json(call, slug, call.store.tax_classes.pop(slug)))


# Settings: the groups that matter to a connector.


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


def system_status(call: Call) -> Result:
    store, options = call.store, call.store.options
    plugins = [{"plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": options.version}]
    if options.tracking_plugin:
        ast = options.tracking_plugin == "ast"
        plugins.append(
            {
                "plugin": "woo-advanced-shipment-tracking/woocommerce-advanced-shipment-tracking.php"
                if ast
                else "woocommerce-shipment-tracking/woocommerce-shipment-tracking.php",
                "name": "Advanced Shipment Tracking for WooCommerce"
                if ast
                else "WooCommerce Shipment Tracking",
                "version": "3.7.2" if ast else "2.5.0",
            }
        )
    return Result(
        {
            "environment": {
                "home_url": call.home,
                "site_url": call.home,
                "version": options.version,
                "wp_version": options.wp_version,
                "wp_multisite": False,
                "wp_cron": True,
                "language": "ar",
                "server_info": "Apache",
                "php_version": "8.2.35",
                "php_post_max_size": 8388608,
                "php_max_execution_time": 60,
                "max_upload_size": 8388608,
                "default_timezone": "UTC",
                "remote_post_successful": True,
            },
            "database": {"wc_database_version": options.version, "database_prefix": "wp_"},
            "active_plugins": plugins,
            "inactive_plugins": [],
            "theme": {"name": "Storefront", "version": "4.6.0"},
            "settings": {
                "api_enabled": False,
                "force_ssl": False,
                "currency": options.currency,
                "currency_symbol": symbol_of(options.currency),
                "currency_position": "left",
                "thousand_separator": ",",
                "decimal_separator": ".",
                "number_of_decimals": options.decimals,
                "geolocation_enabled": False,
                "taxonomies": {"external": "external", "grouped": "grouped", "simple": "simple"},
                "HPOS_enabled": options.hpos,
                "HPOS_sync_enabled": False,
                "order_datastore": "OrdersTableDataStore" if options.hpos else "WC_Order_Data_Store_CPT",
            },
            "security": {"secure_connection": call.home.startswith("https"), "hide_errors": True},
            "pages": [],
            "post_type_counts": [{"type": "product", "count": str(len(store.products))}],
        }
    )


# Gateways, shipping, currencies, countries.


def _gateway_json(call: Call, gateway_id: str, row: Json) -> Json:
    return {
        "id": gateway_id,
        "title": row["title"],
        "description": row.get("description", ""),
        "order": row["order"],
        "enabled": row["enabled"],
        "method_title": row.get("method_title", row["title"]),
        "method_description": "",
        "method_supports": row.get("supports", ["products"]),
        "settings": {},
        "needs_setup": False,
        "_links": links(call, "/payment_gateways", gateway_id, "GET,POST,PUT,PATCH"),
    }


def list_gateways(call: Call) -> Result:
    return Result([_gateway_json(call, i, row) for i, row in call.store.gateways.items()])


def get_gateway(call: Call) -> Result:
    row = call.store.gateways.get(call.ids[0])
    if row is None:
        raise RestError("woocommerce_rest_payment_gateway_invalid", "Resource does not exist.", 404)
    return Result(_gateway_json(call, call.ids[0], row))


_METHODS = {
    "flat_rate": ("Flat rate", "Lets you charge a fixed rate for shipping."),
    "free_shipping": ("Free shipping", "Free shipping is a special method."),
    "local_pickup": ("Local pickup", "Allow customers to pick up orders themselves."),
}


def list_methods(call: Call) -> Result:
    return Result(
        [
            {"id": i, "title": t, "description": d, "_links": links(call, "/shipping_methods", i, "GET")}
            for i, (t, d) in _METHODS.items()
        ]
    )


def get_method(call: Call) -> Result:
    row = _METHODS.get(call.ids[0])
    if row is None:
        raise RestError("woocommerce_rest_shipping_method_invalid", "Resource does not exist.", 404)
    return Result({"id": call.ids[0], "title": row[0], "description": row[1]})


def _zone_json(call: Call, zone_id: int, zone: Json) -> Json:
    shown = {"id": zone_id, "name": zone["name"], "order": zone["order"]}
    shown["_links"] = links(call, "/shipping/zones", zone_id, ITEM_ALLOW)
    return shown


def list_zones(call: Call) -> Result:
    return Result([_zone_json(call, i, z) for i, z in call.store.zones.items()])


def _zone(call: Call) -> Json:
    zone = call.store.zones.get(to_int(call.ids[0]))
    if zone is None:
        raise RestError("woocommerce_rest_shipping_zone_invalid", "Resource does not exist.", 404)
    return zone


def get_zone(call: Call) -> Result:
    return Result(_zone_json(call, to_int(call.ids[0]), _zone(call)))


def zone_locations(call: Call) -> Result:
    return Result(_zone(call)["locations"])


def zone_methods(call: Call) -> Result:
    rows = []
    for position, method in enumerate(_zone(call)["methods"], 1):
        title, description = _METHODS[method["method_id"]]
        rows.append(
            {
                "id": method["id"],
                "instance_id": method["id"],
                "title": method["title"],
                "order": position,
                "enabled": True,
                "method_id": method["method_id"],
                "method_title": title,
                "method_description": description,
                "settings": {"cost": {"id": "cost", "label": "Cost", "value": method.get("cost", "")}},
            }
        )
    return Result(rows)


_CURRENCIES = {
    "SAR": "Saudi riyal",
    "EUR": "Euro",
    "USD": "United States (US) dollar",
    "AED": "United Arab Emirates dirham",
    "KWD": "Kuwaiti dinar",
    "EGP": "Egyptian pound",
    "GBP": "Pound sterling",
}


def current_currency(call: Call) -> Result:
    return Result(_currency(call.store.options.currency))


def _currency(code: str) -> Json:
    return {"code": code, "name": _CURRENCIES.get(code, code), "symbol": symbol_of(code)}


def list_currencies(call: Call) -> Result:
    return Result([_currency(code) for code in sorted(_CURRENCIES)])


_COUNTRIES = {
    "AE": "United Arab Emirates",
    "BH": "Bahrain",
    "EG": "Egypt",
    "ES": "Spain",
    "SA": "Saudi Arabia",
}


def list_countries(call: Call) -> Result:
    return Result([{"code": c, "name": n, "states": []} for c, n in _COUNTRIES.items()])


def furnish(store: Store) -> None:
    """The gateways, zones and tax rates that a new shop has here."""
    gateways = [
        ("bacs", "Direct bank transfer", True, ["products"]),
        ("cheque", "Check payments", False, ["products"]),
        ("cod", "Cash on delivery", True, ["products"]),
        ("moyasar", "Credit card / mada", True, ["products", "refunds"]),
        ("tabby", "Tabby – 4 interest-free payments", True, ["products", "refunds"]),
        ("stc_pay", "STC Pay", True, ["products", "refunds"]),
    ]
    for order, (gateway, title, enabled, supports) in enumerate(gateways):
        store.gateways[gateway] = {"title": title, "enabled": enabled, "order": order, "supports": supports}
    store.zones[0] = {
        "name": "Locations not covered by your other zones",
        "order": 0,
        "locations": [],
        "methods": [],
    }
    store.zones[1] = {
        "name": "Saudi Arabia",
        "order": 1,
        "locations": [{"code": "SA", "type": "country"}],
        "methods": [
            {"id": 1, "method_id": "flat_rate", "title": "Aramex", "cost": "25.00"},
            {"id": 2, "method_id": "free_shipping", "title": "Free shipping"},
            {"id": 3, "method_id": "local_pickup", "title": "Branch pickup"},
        ],
    }
    country = store.options.base_country
    percent, name = {"SA": ("15", "VAT"), "ES": ("21", "IVA"), "DE": ("19", "VAT"), "AE": ("5", "VAT")}.get(
        country, ("20", "VAT")
    )
    standard = TaxRate(store.next_id("tax"), country, "", Decimal(percent), name)
    zero = TaxRate(
        store.next_id("tax"), country, "", Decimal(0), "Zero VAT", shipping=False, tax_class="zero-rate"
    )
    store.tax_rates = {standard.id: standard, zero.id: zero}
