"""Websites, groups, store views, their settings, and the modules of the shop."""

from sandbox.magento2.call import Call
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json

_MODULES = [
    "Magento_Store",
    "Magento_Backend",
    "Magento_Eav",
    "Magento_Customer",
    "Magento_Catalog",
    "Magento_CatalogInventory",
    "Magento_ConfigurableProduct",
    "Magento_Bundle",
    "Magento_GroupedProduct",
    "Magento_Sales",
    "Magento_Integration",
    "Magento_WebapiAsync",
    "Magento_AsynchronousOperations",
    "Magento_GraphQl",
]
_MSI = ["Magento_InventoryApi", "Magento_Inventory", "Magento_InventorySalesApi", "Magento_InventoryShipping"]
_COMMERCE = [
    "Magento_AdobeCommerceWebhooks",
    "Magento_AdobeCommerceEventsClient",
    "Magento_CatalogStaging",
    "Magento_CustomerBalance",
    "Magento_GiftCardAccount",
    "Magento_Reward",
]
_ADMIN_ROW = {"id": 0, "code": "admin", "name": "Admin"}


def websites(call: Call) -> list[Json]:
    rows = [
        {"id": w.id, "code": w.code, "name": w.name, "default_group_id": w.default_group_id}
        for w in call.store.websites.values()
    ]
    return [{**_ADMIN_ROW, "default_group_id": 0}, *rows]


def groups(call: Call) -> list[Json]:
    rows = [
        {
            "id": g.id,
            "website_id": g.website_id,
            "root_category_id": g.root_category_id,
            "default_store_id": g.default_store_id,
            "name": g.name,
            "code": g.code,
        }
        for g in call.store.groups.values()
    ]
    none = {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0}
    return [{**none, "name": "Default", "code": "default"}, *rows]


def views(call: Call) -> list[Json]:
    rows = [
        {
            "id": v.id,
            "code": v.code,
            "name": v.name,
            "website_id": v.website_id,
            "store_group_id": v.group_id,
            "is_active": int(v.is_active),
        }
        for v in call.store.views.values()
    ]
    return [{**_ADMIN_ROW, "website_id": 0, "store_group_id": 0, "is_active": 1}, *rows]


def configs(call: Call) -> list[Json]:
    """`?storeCodes[]=ar` narrows."""
    asked = call.query.get("storeCodes")
    codes = set(asked.values()) if isinstance(asked, dict) else None
    home, options = call.app.home, call.options
    return [
        {
            "id": v.id,
            "code": v.code,
            "website_id": v.website_id,
            "locale": v.locale,
            "base_currency_code": options.currency,
            "default_display_currency_code": options.currency,
            "timezone": call.app.clock.zone_name,
            "weight_unit": options.weight_unit,
            "base_url": f"{home}/",
            "base_link_url": f"{home}/",
            "base_static_url": f"{home}/static/version1/",
            "base_media_url": f"{home}/media/",
            "secure_base_url": f"{home}/",
            "secure_base_link_url": f"{home}/",
            "secure_base_static_url": f"{home}/static/version1/",
            "secure_base_media_url": f"{home}/media/",
        }
        for v in call.store.views.values()
        if v.is_active and (codes is None or v.code in codes)
    ]


def modules(call: Call) -> list[str]:
    names = [*_MODULES]
    if call.options.msi:
        names += _MSI
    if call.options.needs_otp:
        names.append("Magento_TwoFactorAuth")
    if call.options.commerce:
        names += _COMMERCE
    return names


def currency(call: Call) -> Json:
    code = call.options.currency
    rates = [
        {"currency_to": name, "rate": float(rate)}
        for name, rate in sorted(call.options.currency_rates.items())
    ]
    return {
        "base_currency_code": code,
        "base_currency_symbol": code,
        "default_display_currency_code": code,
        "default_display_currency_symbol": code,
        "available_currency_codes": [code, *sorted(call.options.currency_rates)],
        "exchange_rates": [{"currency_to": code, "rate": 1}, *rates],
    }


def countries(call: Call) -> list[Json]:
    names = {"SA": "Saudi Arabia", "AE": "United Arab Emirates", "KW": "Kuwait", "DE": "Germany"}
    return [
        {
            "id": code,
            "two_letter_abbreviation": code,
            "full_name_locale": name,
            "full_name_english": name,
        }
        for code, name in names.items()
    ]


LINES: list[Line] = [
    ("GET", "/V1/store/websites", websites, "Magento_Backend::store"),
    ("GET", "/V1/store/storeGroups", groups, "Magento_Backend::store"),
    ("GET", "/V1/store/storeViews", views, "Magento_Backend::store"),
    ("GET", "/V1/store/storeConfigs", configs, "Magento_Backend::store"),
    ("GET", "/V1/modules", modules, "Magento_Backend::admin"),
    ("GET", "/V1/directory/currency", currency, "Magento_Backend::store"),
    ("GET", "/V1/directory/countries", countries, "Magento_Backend::store"),
]
