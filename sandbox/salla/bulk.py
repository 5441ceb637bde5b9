"""Many products at once, past the API."""

from sandbox.salla import products
from sandbox.salla.answers import Json
from sandbox.salla.state import Store

IMAGE = [{"original": "https://cdn.salla.example.test/demo.jpg"}]


def simple(
    store: Store, count: int, *, prefix: str = "BULK", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    made = []
    for number in range(start, start + count):
        sku = f"{prefix}-{number:05d}"
        body = {
            "name": f"Product {sku}",
            "product_type": "product",
            "price": price,
            "quantity": stock,
            "images": IMAGE,
        }
        row = products.create(store, body)
        row["sku"] = sku
        made.append({"id": row["id"], "sku": sku})
    return made


def variable(store: Store, count: int, each: int, *, price: str = "10.00", stock: int = 5) -> list[Json]:
    """Products with `each` variants; returns the variants with the ids of their products."""
    made = []
    for _ in range(count):
        sku = f"VAR-{store.next_id('bulk_parent'):04d}"
        values = [{"name": f"Size {n}"} for n in range(1, each + 1)]
        body = {
            "name": f"Product {sku}",
            "product_type": "product",
            "price": price,
            "images": IMAGE,
            "options": [{"name": "المقاس", "values": values}],
        }
        product = products.create(store, body)
        product["sku"] = sku
        for n, variant in enumerate(products.variants_of(store, product), 1):
            variant["sku"] = f"{sku}-{n}"
            products.set_level(store, ("variant", variant["id"]), store.default_branch, stock)
            made.append({"id": variant["id"], "sku": variant["sku"], "product_id": product["id"]})
    return made
