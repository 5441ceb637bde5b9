"""Many articles at once, past the API."""

from typing import Any

from sandbox.norce.answers import Json
from sandbox.norce.articles import new_product, new_sku
from sandbox.norce.state import Store


def article(
    store: Store, part_no: str, *, name: str = "", price: Any = "10.00", stock: Any = 5, **values: Any
) -> Json:
    """A simple article: one product, one variant, one SKU."""
    product = new_product(store, part_no, values.pop("code", ""), values.pop("manufacturer", "ACME"))
    product["Cultures"] = {"en-GB": {"Name": name or f"Article {part_no}"}}
    sku = new_sku(store, part_no, part_no, **values)
    if price is not None:
        store.set_price(part_no, price)
    if stock is not None:
        store.set_on_hand(part_no, stock)
    return sku


def simple(
    store: Store, count: int, *, prefix: str = "BULK", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    made = []
    for number in range(start, start + count):
        part_no = f"{prefix}-{number:05d}"
        article(store, part_no, price=price, stock=stock)
        made.append({"sku": part_no})
    return made


def family(
    store: Store, code: str, part_numbers: list[str], *, name: str = "", price: Any = "10.00", stock: Any = 5
) -> list[Json]:
    """A product with several variants."""
    product = new_product(store, code, code, "ACME")
    product["Cultures"] = {"en-GB": {"Name": name or f"Article {code}"}}
    made = []
    for part_no in part_numbers:
        new_sku(store, code, part_no)
        store.set_price(part_no, price)
        store.set_on_hand(part_no, stock)
        made.append({"sku": part_no, "code": code})
    return made


def variants(store: Store, count: int, each: int, *, prefix: str = "VAR") -> list[Json]:
    made = []
    for _ in range(count):
        code = f"{prefix}-{store.next_id('bulk_parent'):04d}"
        made += family(store, code, [f"{code}-{child}" for child in range(1, each + 1)])
    return made
