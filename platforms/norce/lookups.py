"""Codes and ids of Norce, read from Query once an hour and kept by the process. Source: fact sheet §4, seed text.

A code that is not among the kept ones is looked for once more before it is called unknown: it may be new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ecomsync.common.errors import EcomsyncError, MissingMapping, ShopUnavailable, UncertainOutcome
from platforms.norce.client import NorceClient
from platforms.norce.fields import field, rows, text

KEPT_SECONDS = 3600.0
_lock = threading.Lock()
_kept: dict[tuple[str, str, str], tuple[float, list[dict[str, Any]]]] = {}


def forget_lookups() -> None:
    """Begin as a new process does."""
    with _lock:
        _kept.clear()


@dataclass(frozen=True, slots=True)
class PriceList:
    number: int
    code: str
    name: str
    currency: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Warehouse:
    code: str
    name: str
    locations: tuple[str, ...]


class Lookups:
    def __init__(self, client: NorceClient) -> None:
        self._client = client

    def rows(self, route: str, *, lane: str, fresh: bool = False, **params: str) -> list[dict[str, Any]]:
        """A small table, from the cache unless `fresh`."""
        key = (self._client.root, self._client.application, f"{route}?{params}")
        with _lock:
            until, found = _kept.get(key, (0.0, []))
        if fresh or time.monotonic() >= until:
            query = [(f"${name}", value) for name, value in params.items()]
            found = list(self._client.pages(route, query, lane=lane))
            with _lock:
                _kept[key] = (time.monotonic() + KEPT_SECONDS, found)
        return found

    # -- price lists --------------------------------------------------------
    def price_lists(self, *, lane: str, fresh: bool = False) -> dict[str, PriceList]:
        found: dict[str, PriceList] = {}
        for row in self.rows("Application/ClientPriceLists", lane=lane, fresh=fresh, expand="PriceList"):
            inner = field(row, "PriceList")
            body: Mapping[str, Any] = inner if isinstance(inner, Mapping) else row
            number, code = text(body, "Id", "PriceListId") or text(row, "PriceListId"), text(body, "Code")
            if code and number.isdigit() and field(row, "IsActive") is not False:
                found[code] = PriceList(
                    int(number),
                    code,
                    text(body, "Name", "DefaultName") or code,
                    text(body, "CurrencyCode").upper(),
                    field(body, "IsPrimary") is True,
                )
        return found

    def price_list(self, code: str, *, lane: str) -> PriceList:
        """The list of this code, or the primary one. Raises MissingMapping."""
        for fresh in (False, True):
            lists = self.price_lists(lane=lane, fresh=fresh)
            if code in lists:
                return lists[code]
            primary = [one for one in lists.values() if one.is_primary] or list(lists.values())
            if not code and len(primary) == 1:
                return primary[0]
        known = ", ".join(sorted(lists)) or "-"
        if code:
            raise MissingMapping(
                f"Norce has no price list '{code}'.",
                code="unknown_price_list",
                cure=f"Choose one of Norce's price lists on the site: {known}.",
            )
        raise MissingMapping(
            "It is not said to which price list of Norce prices go.",
            code="unknown_price_list",
            cure=f"Choose one of Norce's price lists on the site: {known}.",
        )

    # -- warehouses ---------------------------------------------------------
    def warehouses(self, *, lane: str, fresh: bool = False) -> dict[str, Warehouse]:
        found: dict[str, Warehouse] = {}
        for row in self.rows("Application/ClientWarehouses", lane=lane, fresh=fresh, expand="Locations"):
            code = text(row, "Code", "WarehouseCode")
            if code and field(row, "IsActive") is not False:
                places = tuple(text(one, "Code") for one in rows(row, "Locations"))
                found[code] = Warehouse(code, text(row, "Name", "DefaultName") or code, places or (code,))
        return found

    def place(self, written: str, *, lane: str) -> tuple[str, str]:
        """(warehouse, location) of `RUH` or `RUH/A1`, or of the only warehouse. Raises MissingMapping."""
        warehouse, _, location = written.partition("/")
        for fresh in (False, True):
            known = self.warehouses(lane=lane, fresh=fresh)
            if not warehouse and len(known) == 1:
                warehouse = next(iter(known))
            if warehouse in known:
                places = known[warehouse].locations
                if not location:
                    return warehouse, warehouse if warehouse in places else places[0]
                if location in places:
                    return warehouse, location
        names = ", ".join(sorted(known)) or "-"
        if not written:
            raise MissingMapping(
                "It is not said to which warehouse of Norce quantities go.",
                code="unknown_warehouse",
                cure=f"Choose one of Norce's warehouses on the site: {names}.",
            )
        raise MissingMapping(
            f"Norce has no warehouse or location '{written}'.",
            code="unknown_warehouse",
            cure=f"Choose one of Norce's warehouses on the site: {names}.",
        )


Found = TypeVar("Found")


class Known(Generic[Found]):
    """What was looked up for the rows of one push, each code once; also what could not be found out.

    Errors of the whole connection pass: nothing was sent yet.
    """

    def __init__(self, look_up: Callable[[str], Found]) -> None:
        self._look_up = look_up
        self._found: dict[str, Found | EcomsyncError] = {}

    def get(self, code: str) -> Found | EcomsyncError:
        if code not in self._found:
            try:
                self._found[code] = self._look_up(code)
            except (MissingMapping, ShopUnavailable, UncertainOutcome) as error:
                self._found[code] = error
        return self._found[code]
