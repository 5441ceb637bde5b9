"""What a connector reads once: system status, gateways, shipping, currencies."""

from decimal import Decimal

from sandbox.php import to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, links
from sandbox.woocommerce.product_json import symbol_of
from sandbox.woocommerce.rows import Json, TaxRate
from sandbox.woocommerce.state import Store


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
    if options.languages:
        plugins.append(
            {
                "plugin": "sitepress-multilingual-cms/sitepress.php",
                "name": "WPML Multilingual CMS",
                "version": "4.7.1",
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
