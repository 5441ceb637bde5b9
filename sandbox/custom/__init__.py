"""A shop of no particular make, with a switch for each way in which shops differ."""

from sandbox.custom.shop import DEMO_TOKEN, CustomShop

__all__ = ["DEMO_TOKEN", "CustomShop"]
