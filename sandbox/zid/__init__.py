"""A Zid store: the Merchant API v1 over real HTTP, written from the fact sheet."""

from sandbox.zid.shop import ZidShop

__all__ = ["ZidShop"]
