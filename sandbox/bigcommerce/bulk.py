"""Many products at once, past the API."""

from decimal import Decimal

from sandbox.bigcommerce import catalog
from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.state import Store


def nobody(scope: str, kind: str, number: int, more: Json) -> None:
    """Nobody is told of rows that were there before the shop opened."""


def simple(
    store: Store, count: int, *, prefix: str = "BULK", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    made = []
    for number in range(start, start + count):
        body = {
            "name": f"Product {prefix} {number:05d}",
            "type": "physical",
            "weight": 0.5,
            "price": Decimal(price),
            "sku": f"{prefix}-{number:05d}",
            "inventory_tracking": "product",
            "inventory_level": stock,
            "is_visible": True,
        }
        product = catalog.create_product(store, body, nobody)
        made.append(
            {
                "id": product["id"],
                "sku": product["sku"],
                "base_variant_id": store.variants_of[product["id"]][0],
            }
        )
    return made


def complex_products(
    store: Store, count: int, each: int, *, prefix: str = "VAR", price: str = "10.00", stock: int = 5
) -> list[Json]:
    """Products with `each` variants; returns the variants with the ids of their products."""
    made = []
    for number in range(1, count + 1):
        sku = f"{prefix}-{store.next_id('bulk_parent'):04d}"
        variants = [
            {
                "sku": f"{sku}-{child}",
                "price": Decimal(price),
                "inventory_level": stock,
                "option_values": [{"option_display_name": "Size", "label": f"Size {child}"}],
            }
            for child in range(1, each + 1)
        ]
        body = {
            "name": f"Product {sku} {number}",
            "type": "physical",
            "weight": 0.5,
            "price": Decimal(price),
            "sku": sku,
            "inventory_tracking": "variant",
            "is_visible": True,
            "variants": variants,
        }
        product = catalog.create_product(store, body, nobody)
        made += [
            {"id": number, "sku": store.variants[number]["sku"], "product_id": product["id"]}
            for number in store.variants_of[product["id"]]
        ]
    return made
