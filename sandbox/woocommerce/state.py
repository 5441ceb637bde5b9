"""The shop's tables and ids, all under one lock."""

import hashlib
import random
import threading
from collections import defaultdict
from typing import Any

from sandbox.clock import ShopClock
from sandbox.php import slugify
from sandbox.woocommerce.rows import (
    ApiKey,
    Attribute,
    Coupon,
    Customer,
    Json,
    Media,
    Meta,
    Options,
    Order,
    Product,
    Refund,
    TaxRate,
    Term,
    Webhook,
)


class Store:
    """All rows of one shop. Take `lock` for every read that spans rows and for every write."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.lock = threading.RLock()
        self.options = options
        self.clock = clock
        self.random = random.Random(seed)
        self.ids: dict[str, int] = {"post": 9, "term": 14, "user": 1}
        self.products: dict[int, Product] = {}
        self.skus: dict[str, list[int]] = {}
        self.slugs: dict[str, int] = {}
        self.in_category: defaultdict[int, dict[int, None]] = defaultdict(dict)
        self.orders: dict[int, Order] = {}
        self.refunds: dict[int, Refund] = {}
        self.categories: dict[int, Term] = {}
        self.tags: dict[int, Term] = {}
        self.shipping_classes: dict[int, Term] = {}
        self.attributes: dict[int, Attribute] = {}
        self.customers: dict[int, Customer] = {}
        self.coupons: dict[int, Coupon] = {}
        self.tax_classes: dict[str, str] = {
            "standard": "Standard rate",
            "reduced-rate": "Reduced rate",
            "zero-rate": "Zero rate",
        }
        self.tax_rates: dict[int, TaxRate] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.media: dict[int, Media] = {}
        self.keys: dict[str, ApiKey] = {}
        self.deleted_users: set[int] = set()
        self.gateways: dict[str, Json] = {}
        self.zones: dict[int, Json] = {}
        self.nonces: dict[str, int] = {}
        self.gateway_refunds: list[Json] = []
        self.demo_tags: dict[int, list[str]] = {}
        self.sale_day = clock.local_day(clock.now())
        self.default_category = self.add_term(self.categories, "Uncategorized").id

    def next_id(self, table: str) -> int:
        self.ids[table] = self.ids.get(table, 0) + 1
        return self.ids[table]

    def meta(self, key: str, value: Any, table: str = "postmeta") -> Meta:
        return Meta(self.next_id(table), key, value)

    def token(self, length: int) -> str:
        return hashlib.sha256(self.random.randbytes(32)).hexdigest()[:length]

    # Terms.

    def add_term(self, table: dict[int, Term], name: str, *, slug: str = "", parent: int = 0) -> Term:
        taken = {term.slug for term in table.values()}
        wanted = slugify(slug or name) or "term"
        unique, number = wanted, 2
        while unique in taken:
            unique, number = f"{wanted}-{number}", number + 1
        term = Term(self.next_id("term"), name, unique, parent)
        table[term.id] = term
        return term

    # Products.

    def add_product(self, product: Product) -> None:
        self.products[product.id] = product
        self.index_sku(product.id, product.sku)
        for category in product.category_ids:
            self.in_category[category][product.id] = None

    def index_sku(self, product_id: int, sku: str) -> None:
        if sku:
            self.skus.setdefault(sku.lower(), []).append(product_id)

    def set_sku(self, product: Product, sku: str) -> None:
        self._unindex_sku(product)
        product.sku = sku
        self.index_sku(product.id, sku)

    def _unindex_sku(self, product: Product) -> None:
        holders = self.skus.get(product.sku.lower(), [])
        if product.id in holders:
            holders.remove(product.id)
        if not holders:
            self.skus.pop(product.sku.lower(), None)

    def set_categories(self, product: Product, ids: list[int]) -> None:
        for category in product.category_ids:
            self.in_category[category].pop(product.id, None)
        product.category_ids = ids
        for category in ids:
            self.in_category[category][product.id] = None

    def forget_product(self, product: Product) -> None:
        self._unindex_sku(product)
        self.set_categories(product, [])
        self.slugs.pop(product.slug, None)
        self.products.pop(product.id, None)
        parent = self.products.get(product.parent_id)
        if parent and product.id in parent.children:
            parent.children.remove(product.id)

    def by_sku(self, sku: str, *, trashed: bool = False) -> Product | None:
        """The oldest product or variation holding a SKU, compared as MySQL does, without case."""
        for product_id in self.skus.get(sku.lower(), ()):
            product = self.products[product_id]
            if (product.status == "trash") == trashed:
                return product
        return None

    def unique_slug(self, name: str, product_id: int) -> str:
        wanted = slugify(name) or f"product-{product_id}"
        slug, number = wanted, 2
        while self.slugs.get(slug, product_id) != product_id:
            slug, number = f"{wanted}-{number}", number + 1
        self.slugs[slug] = product_id
        return slug


def apply_meta(store: Store, rows: list[Meta], posted: Any, table: str = "postmeta") -> None:
    """Meta as WooCommerce writes it: with `id` that row; without, the first row of the key, others of it go."""
    for entry in posted if isinstance(posted, list) else []:
        if not isinstance(entry, dict):
            continue
        key, value = entry.get("key"), entry.get("value")
        row = next((m for m in rows if entry.get("id") and m.id == entry["id"]), None)
        if row is not None:
            if value is None:
                rows.remove(row)
            else:
                row.key, row.value = str(key or row.key), value
            continue
        if not key:
            continue
        same = [m for m in rows if m.key == key]
        for extra in same if value is None else same[1:]:
            rows.remove(extra)
        if value is None:
            continue
        if same:
            same[0].value = value
        else:
            rows.append(store.meta(str(key), value, table))


def meta_json(rows: list[Meta]) -> list[Json]:
    return [{"id": m.id, "key": m.key, "value": m.value} for m in rows]
