"""All prices of lists, from each quantity on: what a shop with price lists or customer groups shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from erp.models import ItemPrice, PriceList
from erp.services.prices import CHUNK, ResolvedPrice, list_chain, price_of_row, valid_prices

ONE = Decimal(1)
#: From quantity (base units, at least one) -> the price from there on; None: there is one, but none in the wanted currency.
Breaks = dict[Decimal, ResolvedPrice | None]


@dataclass(frozen=True, slots=True)
class WantedList:
    """A list, and the currency in which its prices are wanted. convert: by the rate of the day where they differ."""

    price_list: PriceList
    currency: str
    convert: bool = False

    @property
    def key(self) -> tuple[int, str]:
        return self.price_list.pk, self.currency


def price_breaks(
    *, item_ids: Collection[int], lists: Iterable[WantedList], on: dt.date | None = None
) -> dict[tuple[int, str], dict[int, Breaks]]:
    """`WantedList.key` -> item -> its prices by quantity, for everybody (no customer), in the base unit.

    What a list lacks is looked up in its parents; the item's own price is no price of a list. A quantity is there when
    a price begins at it that `resolve_price` would answer. One statement per 500 items, however many lists.
    """
    day = on or timezone.localdate()
    wanted = {one.key: one for one in lists}
    chains = {key: list_chain(one.price_list) for key, one in wanted.items()}
    links = list({link.pk: link for chain in chains.values() for link in chain}.values())
    found: dict[tuple[int, str], dict[int, Breaks]] = {key: {} for key in wanted}
    ordered = sorted(set(item_ids)) if wanted else []
    for start in range(0, len(ordered), CHUNK):
        rows = valid_prices(ordered[start : start + CHUNK], links, day, quantity=None, customer=None)
        for item_id, of_item in rows.items():
            for key, one in wanted.items():
                breaks = _breaks(of_item, chains[key], one, day)
                if breaks:
                    found[key][item_id] = breaks
    return found


def _breaks(
    rows: Sequence[ItemPrice], chain: Sequence[PriceList], wanted: WantedList, day: dt.date
) -> Breaks:
    in_chain = {link.pk for link in chain}
    found: Breaks = {}
    for quantity in sorted({_from(row) for row in rows if row.price_list_id in in_chain}):
        row = next(iter(_in_order(rows, chain, quantity)))
        if _from(row) == quantity:
            rule = f"price list {row.price_list.code}"
            found[quantity] = price_of_row(row, rule, wanted.currency, wanted.convert, day)
    return found


def _in_order(
    rows: Sequence[ItemPrice], chain: Sequence[PriceList], quantity: Decimal
) -> Iterable[ItemPrice]:
    """As they are asked at this quantity: the list before its parents, in each the largest quantity that is reached."""
    for link in chain:
        yield from (row for row in rows if row.price_list_id == link.pk and _from(row) <= quantity)


def _from(row: ItemPrice) -> Decimal:
    return max(row.min_quantity, ONE)


def break_quantities(
    *, item_ids: Collection[int], lists: Mapping[int, Collection[int]]
) -> dict[int, dict[int, set[Decimal]]]:
    """List -> item -> quantities at which a price begins, today or another day.

    lists: list -> itself and those that it falls back on. One statement per 500 items.
    """
    links = sorted({pk for chain in lists.values() for pk in chain})
    found: dict[int, dict[int, set[Decimal]]] = {pk: {} for pk in lists}
    ordered = sorted(set(item_ids)) if links else []
    for start in range(0, len(ordered), CHUNK):
        rows = ItemPrice.objects.filter(
            price_list_id__in=links, item_id__in=ordered[start : start + CHUNK], customer=None, unit=None
        )
        columns = rows.order_by().values_list("price_list_id", "item_id", "min_quantity").distinct()
        for link, item_id, quantity in columns:
            for pk, chain in lists.items():
                if link in chain:
                    found[pk].setdefault(item_id, set()).add(max(quantity, ONE))
    return found
