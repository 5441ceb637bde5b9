"""Everything the shop remembers."""

import hashlib
import random
import threading
from collections import defaultdict
from typing import Any

from sandbox.clock import ShopClock
from sandbox.php import slugify
from sandbox.shopify.calls import Row
from sandbox.shopify.options import Options

#: Names of quantities, in the order of the platform; on_hand is the sum of all but incoming.
QUANTITIES = (
    "available",
    "committed",
    "damaged",
    "incoming",
    "on_hand",
    "quality_control",
    "reserved",
    "safety_stock",
)
_ON_HAND = ("available", "committed", "damaged", "quality_control", "reserved", "safety_stock")


def number_of(gid: str) -> int:
    """The number at the end of a GID, 0 if there is none."""
    tail = gid.partition("?")[0].rpartition("/")[2]
    return int(tail) if tail.isdigit() else 0


class Store:
    """Tables by type, rows by GID. Fields of a row are named as the schema does; names with `_` are the shop's own."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.lock = threading.RLock()
        self.options = options
        self.clock = clock
        self.random = random.Random(seed)
        self.next_number = 1000
        self.next_order = 1001
        self.tables: dict[str, dict[str, Row]] = defaultdict(dict)
        self.skus: dict[str, list[str]] = {}
        self.levels: dict[str, dict[str, Row]] = {}  # item -> location -> quantities
        self.metafields: dict[str, dict[tuple[str, str], Row]] = {}
        self.translations: dict[str, dict[tuple[str, str, str], Row]] = {}  # resource -> locale, key, market
        self.idempotent: dict[str, Row] = {}
        self.uploads: dict[str, Row] = {}
        self.files: dict[str, bytes] = {}  # bulk results by address path
        self.tokens: dict[str, Row] = {}
        self.refresh_tokens: dict[str, Row] = {}
        self.codes: dict[str, Row] = {}
        self.handles: dict[str, str] = {}
        self.redirects: list[Row] = []
        self.demo_tags: dict[str, list[str]] = {}
        self.variants_made: dict[str, int] = {}  # day -> created
        self.discounts: dict[str, Row] = {}  # code -> what it gives
        self.mails: list[Row] = []  # what customers were told

    # Time and numbers.

    def now(self) -> str:
        return f"{self.clock.gmt(self.clock.now())}Z"

    def stamp(self, epoch: int) -> str:
        return f"{self.clock.gmt(epoch)}Z"

    def number(self) -> int:
        self.next_number += 1
        return self.next_number

    def gid(self, kind: str) -> str:
        return f"gid://shopify/{kind}/{self.number()}"

    def token(self, length: int) -> str:
        return hashlib.sha256(self.random.randbytes(32)).hexdigest()[:length]

    # Rows.

    def add(self, kind: str, /, **fields: Any) -> Row:
        """A new row with id, legacyResourceId and both times."""
        gid = fields.pop("id", None) or self.gid(kind)
        now = self.now()
        row = {
            "id": gid,
            "legacyResourceId": str(number_of(gid)),
            "createdAt": now,
            "updatedAt": now,
            **fields,
        }
        self.tables[kind][gid] = row
        return row

    def find(self, gid: str | None, kind: str = "") -> Row | None:
        """The row of a GID; with `kind` only of that type."""
        if not gid or not gid.startswith("gid://shopify/"):
            return None
        named = gid.split("/")[3]
        if kind and named != kind:
            return None
        return self.tables[named].get(gid)

    def rows(self, kind: str) -> list[Row]:
        return list(self.tables[kind].values())

    def touch(self, row: Row) -> None:
        row["updatedAt"] = self.now()

    def drop(self, row: Row) -> None:
        self.tables[row["id"].split("/")[3]].pop(row["id"], None)
        self.metafields.pop(row["id"], None)
        self.translations.pop(row["id"], None)

    def unique_handle(self, title: str, gid: str, kind: str = "products") -> str:
        wanted = slugify(title) or f"{kind[:-1]}-{number_of(gid)}"
        handle, again = wanted, 1
        while self.handles.get(f"{kind}/{handle}", gid) != gid:
            handle, again = f"{wanted}-{again}", again + 1
        self.handles[f"{kind}/{handle}"] = gid
        return handle

    # SKUs.

    def set_sku(self, variant: Row, sku: str | None) -> None:
        old = variant.get("sku")
        if old and variant["id"] in self.skus.get(old, []):
            self.skus[old].remove(variant["id"])
        variant["sku"] = sku or None
        item = self.tables["InventoryItem"].get(variant["_item"])
        if item is not None:
            item["sku"] = variant["sku"]
        if sku:
            self.skus.setdefault(sku, []).append(variant["id"])

    def by_sku(self, sku: str) -> Row | None:
        """The oldest variant with exactly this SKU."""
        for gid in self.skus.get(sku, ()):
            return self.tables["ProductVariant"][gid]
        return None

    # Stock.

    def level(self, item: str, location: str) -> Row | None:
        return self.levels.get(item, {}).get(location)

    def open_level(self, item: str, location: str, available: int = 0) -> Row:
        row = self.levels.setdefault(item, {}).get(location)
        if row is None:
            number = self.number()
            now = self.now()
            row = {
                "id": f"gid://shopify/InventoryLevel/{number}?inventory_item_id={number_of(item)}",
                "_item": item,
                "_location": location,
                "isActive": True,
                "createdAt": now,
                "updatedAt": now,
                "_q": dict.fromkeys(QUANTITIES, 0),
                "_at": {},
            }
            self.levels[item][location] = row
        row["isActive"] = True
        row["_q"]["available"] = available
        self.settle_level(row)
        return row

    def settle_level(self, row: Row, *names: str) -> None:
        """on_hand follows the others; the names that changed get the time."""
        row["_q"]["on_hand"] = sum(row["_q"][name] for name in _ON_HAND)
        row["updatedAt"] = self.now()
        for name in names:
            row["_at"][name] = row["updatedAt"]

    def available(self, item: str) -> int:
        return sum(r["_q"]["available"] for r in self.levels.get(item, {}).values() if r["isActive"])

    # Metafields.

    def metafield(self, owner: str, namespace: str, key: str) -> Row | None:
        return self.metafields.get(owner, {}).get((namespace, key))
