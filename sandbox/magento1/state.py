"""The tables of the shop, and how a row is found in them."""

import hashlib
import random
import threading
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import (
    ApiUser,
    Attribute,
    Category,
    Customer,
    Document,
    Json,
    Options,
    Order,
    Product,
    Session,
)

ROOT_CATEGORY, DEFAULT_CATEGORY = 1, 2
STORES: list[Json] = [
    {"store_id": "1", "code": "default", "website_id": "1", "group_id": "1", "name": "English", "sort_order": "0",
     "is_active": "1"},
    {"store_id": "2", "code": "ar", "website_id": "1", "group_id": "1", "name": "العربية", "sort_order": "1",
     "is_active": "1"},
]  # fmt: skip
GROUPS = {0: "NOT LOGGED IN", 1: "General", 2: "Wholesale", 3: "Retailer"}
WEBSITES = {"base": 1}


class Store:
    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.lock = threading.RLock()
        self.options = options
        self.clock = clock
        self.random = random.Random(seed)
        self.users: dict[str, ApiUser] = {}
        self.sessions: dict[str, Session] = {}
        self.products: dict[int, Product] = {}
        self.skus: dict[str, int] = {}
        self.attributes: dict[int, Attribute] = {}
        self.sets: dict[int, str] = {4: "Default"}
        self.categories: dict[int, Category] = {
            ROOT_CATEGORY: Category(ROOT_CATEGORY, "Root Catalog", 0),
            DEFAULT_CATEGORY: Category(DEFAULT_CATEGORY, "Default Category", ROOT_CATEGORY),
        }
        self.orders: dict[int, Order] = {}
        self.order_ids: dict[str, int] = {}
        self.documents: dict[str, dict[str, Document]] = {"invoice": {}, "shipment": {}, "creditmemo": {}}
        self.customers: dict[int, Customer] = {}
        self.carts: dict[int, list[Json]] = {}
        self.ids: Counter[str] = Counter({"category": DEFAULT_CATEGORY})

    # Ids and time.

    def next_id(self, table: str) -> int:
        self.ids[table] += 1
        return self.ids[table]

    def now(self) -> str:
        """UTC, as the database keeps it."""
        return self.stamp(self.clock.now())

    def stamp(self, epoch: int) -> str:
        return (self.clock.gmt(epoch) or "").replace("T", " ")

    def session_id(self) -> str:
        return hashlib.md5(str(self.random.random()).encode(), usedforsecurity=False).hexdigest()

    def round(self, amount: Decimal) -> Decimal:
        quantum = Decimal(1).scaleb(-self.options.decimals)
        return amount.quantize(quantum, rounding=ROUND_HALF_UP)

    # Products.

    def add_product(self, product: Product) -> Product:
        self.products[product.id] = product
        self.skus[product.sku] = product.id
        return product

    def by_sku(self, sku: str) -> Product | None:
        return self.products.get(self.skus.get(sku, 0))

    def forget_product(self, product: Product) -> None:
        self.products.pop(product.id, None)
        if self.skus.get(product.sku) == product.id:
            del self.skus[product.sku]

    def catalogue_product(self, given: Any, identifier: Any, resource: str, code: int) -> Product:
        """As catalogue calls look: with no identifier type all digits are an id, anything else a SKU."""
        text = str(given if given is not None else "")
        kind = str(identifier or "").lower()
        if kind == "sku" or (not kind and not text.isdigit()):
            found = self.by_sku(text)
        else:
            found = self.products.get(php_int(text))
        if found is None:
            raise fault(resource, code)
        return found

    def stock_product(self, given: Any) -> Product:
        """As stock calls look: as SKU first, then as id, by MySQL's reading of a number."""
        text = str(given if given is not None else "")
        found = self.by_sku(text) or self.products.get(php_int(text))
        if found is None:
            raise fault("cataloginventory_stock_item", 101)
        return found

    def store_id(self, view: Any, resource: str) -> int:
        """Null, 0 and admin are the defaults; an unknown view is fault 100."""
        text = str(view if view is not None else "")
        if text in ("", "0", "admin"):
            return 0
        for row in STORES:
            if text in (row["store_id"], row["code"]):
                return int(row["store_id"])
        raise fault(resource, 100)

    def attribute(self, given: Any) -> Attribute | None:
        text = str(given)
        for attribute in self.attributes.values():
            if text in (str(attribute.id), attribute.code):
                return attribute
        return None

    # Orders.

    def order(self, increment_id: Any, resource: str, code: int) -> Order:
        found = self.orders.get(self.order_ids.get(str(increment_id), 0))
        if found is None:
            raise fault(resource, code)
        return found

    def add_order(self, order: Order) -> Order:
        self.orders[order.id] = order
        self.order_ids[order.increment_id] = order.id
        return order

    def touch(self, order: Order) -> None:
        order.columns["updated_at"] = self.now()

    def documents_of(self, kind: str, order_id: int) -> list[Document]:
        return [one for one in self.documents[kind].values() if one.order_id == order_id]


def php_int(text: str) -> int:
    """The number that a text begins with, or 0."""
    digits = ""
    for sign in text.strip():
        if not sign.isdigit():
            break
        digits += sign
    return int(digits or 0)


def php_number(value: Any) -> Decimal:
    """What PHP and MySQL make of a text: the number it begins with, or 0. This is how `abc` empties a shop."""
    text = str(value if value is not None else "").strip()
    kept = ""
    for position, sign in enumerate(text):
        if not (sign.isdigit() or (sign == "." and "." not in kept) or (sign in "+-" and position == 0)):
            break
        kept += sign
    try:
        return Decimal(kept)
    except ArithmeticError:
        return Decimal(0)


def shown(value: Any) -> Any:
    """A value as the API shows it: amounts as text with four decimals, ids as text, null as null."""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    return value


def shown_row(row: Json) -> Json:
    return {name: shown(value) for name, value in row.items()}
