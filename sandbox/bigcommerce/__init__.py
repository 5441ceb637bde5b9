"""A BigCommerce store: the V2 and V3 REST Management API over real HTTP, written from the fact sheet."""

from sandbox.bigcommerce.shop import BigCommerceShop

__all__ = ["BigCommerceShop"]
