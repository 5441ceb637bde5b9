"""A Shopify shop (GraphQL Admin API) written from its fact sheet and the published schema."""

from sandbox.shopify.shop import DEMO_TOKEN, ShopifyShop

__all__ = ["DEMO_TOKEN", "ShopifyShop"]
