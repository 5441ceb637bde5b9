"""A WooCommerce shop (REST wc/v3) written from its fact sheet."""

from sandbox.woocommerce.shop import DEMO_KEY, DEMO_SECRET, WooShop

__all__ = ["DEMO_KEY", "DEMO_SECRET", "WooShop"]
