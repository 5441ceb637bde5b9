"""How the catalogue of a shop is compared: kind -> dotted path of its comparer, loaded on first use.

A comparer is `compare(page: ComparedPage) -> Comparison`. It reads in bulk (its statements do not depend on the number
of products of the page), never writes, and knows nothing of other kinds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.module_loading import import_string

from activity.models import Difference
from activity.services.differences import Found, Key
from erp.models import Item
from linking.models import ItemLinkerLine
from platforms.base import PlatformAdapter
from platforms.types import OrderReadFailure, RemoteOrder, RemoteProduct
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors

Kind = Difference.Kind

COMPARERS: Mapping[str, str] = {
    Kind.PRODUCT: "linking.services.compare_products.compare_products",
    Kind.STOCK: "catalog.services.compare_stock.compare_stock",
    Kind.PRICE: "pricing.services.compare_prices.compare_prices",
}

#: `(site, after, limit) -> WantedItems`: what the shop should have, in pages by the item's key.
WANTED_ITEMS = "catalog.services.compare_items.wanted_items"

#: Sales that the shop has and we have not read are asked for again after so many seconds.
ASK_AGAIN = 60.0
#: Older orders that were never read are no sales "on their way".
LATELY = timedelta(days=1)
MOST_ORDERS = 1_000


class SalesInFlight:
    """Products in orders that the shop has changed since our last reading: their stock is about to change here too.

    Asked for only when something differs, and at most once in ASK_AGAIN seconds.
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self._site, self._adapter = site, adapter
        self._asked = 0.0
        self._ids: frozenset[str] = frozenset()

    def remote_ids(self) -> frozenset[str]:
        """Ids of products and variants."""
        if not self._site.read_orders or not self._adapter.capabilities.read_orders:
            return frozenset()
        now = time.monotonic()
        if not self._asked or now - self._asked > ASK_AGAIN:
            self._asked = now
            self._ids = frozenset(self._read())
        return self._ids

    def _read(self) -> set[str]:
        position = cursors.position(self._site, Flow.ORDERS)
        if position is None:
            return set()
        since = max(position, timezone.now() - LATELY)
        found: set[str] = set()
        for entry in self._adapter.iter_orders(modified_from=since, limit=MOST_ORDERS):
            if isinstance(entry, RemoteOrder) and entry.updated_at <= position:
                continue
            lines = (entry.sold or ()) if isinstance(entry, OrderReadFailure) else entry.lines
            found.update(key for line in lines for key in (line.product_id, line.variant_id) if key)
        return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A product of the shop and the linked line that says which item it is (`line.item` is loaded)."""

    line: ItemLinkerLine
    product: RemoteProduct


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """Linked products of one page. read_at: they were read from the shop at this moment or later."""

    site: Site
    adapter: PlatformAdapter
    pairs: Sequence[Pair]
    read_at: datetime
    in_flight: SalesInFlight

    @property
    def sellable(self) -> list[Pair]:
        """Those with a stock and a price of their own."""
        return [
            pair for pair in self.pairs if pair.product.is_sellable and pair.line.remote_kind != "variable"
        ]

    @property
    def item_ids(self) -> set[int]:
        return {pair.line.item_id for pair in self.pairs if pair.line.item_id is not None}

    def was_sent_since(self, moment: datetime | None) -> bool:
        """Whether we told the shop after the page was read."""
        return moment is not None and moment >= self.read_at


@dataclass(slots=True)
class Comparison:
    """found: what differs. waiting: keys that would, with a change on its way to the shop or to us."""

    found: list[Found] = field(default_factory=list)
    waiting: set[Key] = field(default_factory=set)

    def add(self, other: Comparison) -> None:
        self.found += other.found
        self.waiting |= other.waiting


@dataclass(frozen=True, slots=True)
class WantedItems:
    """items: those of one page of the ERP that the shop should have. last: where the next page begins; None: the end."""

    items: Sequence[Item]
    last: int | None


def load_wanted_items() -> Callable[..., WantedItems]:
    found: Callable[..., WantedItems] = import_string(WANTED_ITEMS)
    return found


def load_comparers() -> list[Callable[[ComparedPage], Comparison]]:
    return [import_string(path) for path in COMPARERS.values()]


def remote_id_of(key: str) -> str:
    """The product or variant that a key is about."""
    return key.partition("|")[0]
