"""Every route of the shop."""

from sandbox.magento2 import (
    attributes,
    bulk_api,
    carts,
    categories,
    configurables,
    customers,
    document_routes,
    event_routes,
    inventory,
    legacy_stock,
    media,
    orders,
    prices,
    products,
    store_info,
    tier_prices,
    tokens,
)
from sandbox.magento2.routes import Line

LINES: list[Line] = [
    *tokens.LINES,
    *store_info.LINES,
    *products.LINES,
    *media.LINES,
    *configurables.LINES,
    *attributes.LINES,
    *prices.LINES,
    *tier_prices.LINES,
    *inventory.LINES,
    *legacy_stock.LINES,
    *categories.LINES,
    *customers.LINES,
    *orders.LINES,
    *document_routes.LINES,
    *bulk_api.LINES,
    *event_routes.LINES,
    *carts.LINES,
]
