"""Orders of the demo shop."""

from typing import TYPE_CHECKING

from sandbox.shopify.calls import Row

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


def seed_orders(app: "ShopifyApp", rows: list[Row], *, count: int, seed: int) -> None:
    return
