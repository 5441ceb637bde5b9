"""The sandboxes that can be started by name: name -> (label, dotted path of the shop class)."""

from importlib import import_module
from typing import Any

SANDBOXES: dict[str, tuple[str, str]] = {
    "shopify": ("Shopify (GraphQL Admin API)", "sandbox.shopify.shop:ShopifyShop"),
    "woocommerce": ("WooCommerce (REST wc/v3)", "sandbox.woocommerce.shop:WooShop"),
    "magento2": ("Magento 2 (REST V1)", "sandbox.magento2.shop:Magento2Shop"),
    "magento1": ("Magento 1 / OpenMage (XML-RPC, SOAP v2)", "sandbox.magento1.shop:Magento1Shop"),
    "salla": ("Salla (Merchant API v2)", "sandbox.salla.shop:SallaShop"),
    "zid": ("Zid (Merchant API v1)", "sandbox.zid.shop:ZidShop"),
    "norce": ("Norce Commerce (Connect, Query, events)", "sandbox.norce.shop:NorceShop"),
    "bigcommerce": ("BigCommerce (REST V2 and V3)", "sandbox.bigcommerce.shop:BigCommerceShop"),
    "custom": ("a custom shop (REST, JSON or XML)", "sandbox.custom.shop:CustomShop"),
}


def shop_class(name: str) -> Any:
    """The class of a sandbox; a wrong name names the known ones."""
    if name not in SANDBOXES:
        raise ValueError(f"There is no sandbox {name!r}. Known: {', '.join(sorted(SANDBOXES))}.")
    module, _, attribute = SANDBOXES[name][1].partition(":")
    return getattr(import_module(module), attribute)
