"""A Norce Commerce client with one application: Identity, Connect, Query, events and the order receiver."""

from sandbox.norce.shop import CLIENT_ID, CLIENT_SECRET, NorceShop

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "NorceShop"]
