"""The shop's tables behind one lock."""

import random
import threading
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.magento2.order_rows import Bulk, Document, Order
from sandbox.magento2.rows import (
    ZERO,
    AdminToken,
    Attribute,
    AttributeSet,
    CartRule,
    Category,
    Customer,
    Grant,
    Group,
    Json,
    Options,
    Product,
    Source,
    SourceItem,
    Stock,
    View,
    Website,
)

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Store:
    """Every table is a dict by id, but for `source_items` (by lower-case SKU and source) and `reservations`."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.lock = threading.RLock()
        self.options = options
        self.clock = clock
        self.random = random.Random(seed)
        self.ids: dict[str, int] = {}
        self.grants: dict[int, Grant] = {}
        self.admin_tokens: dict[str, AdminToken] = {}
        self.nonces: set[tuple[str, str]] = set()
        self.request_tokens: dict[str, tuple[int, str, str]] = {}  # token -> grant id, secret, verifier
        self.activations: dict[int, tuple[str, int]] = {}  # grant id -> verifier, when
        self.websites: dict[int, Website] = {}
        self.groups: dict[int, Group] = {}
        self.views: dict[int, View] = {}
        self.attributes: dict[str, Attribute] = {}
        self.sets: dict[int, AttributeSet] = {}
        self.categories: dict[int, Category] = {}
        self.products: dict[int, Product] = {}
        self.skus: dict[str, int] = {}
        self.sources: dict[str, Source] = {}
        self.stocks: dict[int, Stock] = {}
        self.source_items: dict[tuple[str, str], SourceItem] = {}
        self.reservations: list[Json] = []
        self.reserved: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
        self.customer_groups: dict[int, Json] = {}
        self.customers: dict[int, Customer] = {}
        self.rules: dict[int, CartRule] = {}
        self.orders: dict[int, Order] = {}
        self.invoices: dict[int, Document] = {}
        self.shipments: dict[int, Document] = {}
        self.creditmemos: dict[int, Document] = {}
        self.statuses: dict[str, str] = {}  # status -> state
        self.bulks: dict[str, Bulk] = {}
        self.carts: dict[str, Json] = {}
        self.checkouts: list[int] = []  # when carts became orders, for the checkout's own limit
        self.parents: set[int] = set()  # products that have, or had, children
        self.url_keys: dict[str, set[int]] = defaultdict(set)  # products that bear or bore a key in any view
        self.files: set[str] = set()  # of images, also of deleted ones
        self.hooks: dict[int, Json] = {}
        self.demo_tags: dict[int, list[str]] = {}

    def next_id(self, table: str, start: int = 1) -> int:
        self.ids[table] = max(self.ids.get(table, 0) + 1, start)
        return self.ids[table]

    def token(self, length: int = 32) -> str:
        return "".join(self.random.choices(_ALPHABET, k=length))

    def uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def moment(self, stamp: int | None) -> str | None:
        """`YYYY-MM-DD HH:MM:SS`, UTC, as every date is printed and filtered."""
        text = self.clock.gmt(stamp)
        return None if text is None else text.replace("T", " ")

    def money(self, value: Decimal) -> Decimal:
        return value.quantize(Decimal(1).scaleb(-self.options.decimals), ROUND_HALF_UP)

    # Products.

    def add_product(self, product: Product) -> None:
        self.products[product.id] = product
        self.skus[product.sku.lower()] = product.id
        if product.type_id == "configurable":
            self.parents.add(product.id)
        if product.values[0].get("url_key"):
            self.url_keys[product.values[0]["url_key"]].add(product.id)

    def forget_product(self, product: Product) -> None:
        """Its source items stay behind as orphans, as the inventory tables know SKUs only."""
        self.products.pop(product.id, None)
        self.skus.pop(product.sku.lower(), None)
        for other in self.products.values():
            if product.id in other.children:
                other.children.remove(product.id)

    def parent_of(self, product: Product) -> Product | None:
        """The first configurable that has it as a child."""
        rows = (self.products.get(number) for number in sorted(self.parents))
        return next((row for row in rows if row is not None and product.id in row.children), None)

    def by_sku(self, sku: str) -> Product | None:
        """MySQL compares without case."""
        return self.products.get(self.skus.get(sku.lower(), 0))

    # Store views.

    def view_by_code(self, code: str) -> View | None:
        return next((v for v in self.views.values() if v.code == code and v.is_active), None)

    @property
    def default_view(self) -> View:
        website = next(iter(self.websites.values()))
        return self.views[self.groups[website.default_group_id].default_store_id]

    def views_beside(self, view_id: int) -> list[int]:
        """The views of the same website, itself among them."""
        website = self.views[view_id].website_id
        return [view.id for view in self.views.values() if view.website_id == website]

    def scope_of(self, code: str) -> str:
        """How far a value reaches: global, website or store; prices by the shop's setting."""
        attribute = self.attributes[code]
        return self.options.price_scope if attribute.input == "price" else attribute.scope

    def attribute_by_id(self, attribute_id: int) -> Attribute | None:
        return next((a for a in self.attributes.values() if a.id == attribute_id), None)

    def attribute(self, code_or_id: str) -> Attribute | None:
        found = self.attributes.get(code_or_id)
        return found or (self.attribute_by_id(int(code_or_id)) if code_or_id.isdigit() else None)

    def option_label(self, code: str, value: Any, store_id: int = 0) -> str:
        """What a select value is called in a store view."""
        attribute = self.attributes.get(code)
        for option in attribute.options if attribute else []:
            if option["value"] == str(value):
                return str(option["store_labels"].get(store_id, option["label"]))
        return str(value)
