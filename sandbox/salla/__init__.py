"""A Salla store: the Merchant API v2 with its sign-in server over real HTTP, written from the fact sheet."""

from sandbox.salla.shop import SallaShop

__all__ = ["SallaShop"]
