"""Fills the table of resolvers: importing this module is what connects the schema with the shop."""

from sandbox.shopify import (
    fields_inventory,
    fields_lines,
    fields_orders,
    fields_parties,
    fields_products,
    fields_shop,
    mutate_inventory,
    mutate_webhooks,
)

__all__ = [
    "fields_inventory",
    "fields_lines",
    "fields_orders",
    "fields_parties",
    "fields_products",
    "fields_shop",
    "mutate_inventory",
    "mutate_webhooks",
]
