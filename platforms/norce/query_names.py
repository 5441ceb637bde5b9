"""Names of Query's fields: those that we ask by, and what this server calls them where it is something else.

Norce documents few of them, and Query refuses a whole call for one that it does not know. Rows are read by our names
whatever the server's are; so nothing else of the adapter knows of them. Source: fact sheet §4 and "Not confirmed".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: A text in quotes, which is no name, or a word, which may be one.
_WORD = re.compile(r"'(?:[^']|'')*'|[A-Za-z_]\w*")
_ENTRY = re.compile(r"([A-Za-z]+/[A-Za-z]+)\.(\w+)\s*=\s*(\w+)")
_WITH_NAMES = frozenset({"$filter", "$orderby", "$select", "$expand"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What we ask of a set of entities by: its fields, and the neighbours that are expanded."""

    route: str
    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()

    def whole(self) -> list[tuple[str, str]]:
        """One row with everything in it."""
        return [("$top", "1"), *self._parts(self.fields, self.expand)]

    def each(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """A name, and a call that stands on this name alone."""
        for name in self.fields:
            yield name, [("$top", "1"), *self._parts((name,), ())]
        for name in self.expand:
            yield name, [("$top", "1"), *self._parts((), (name,))]

    @staticmethod
    def _parts(fields: Sequence[str], expand: Sequence[str]) -> Iterator[tuple[str, str]]:
        if fields:
            yield "$orderby", ",".join(fields)
        if expand:
            yield "$expand", ",".join(expand)


ORDERS = Asked(
    "Orders/Orders", ("Updated", "Created", "ClientOrderRef"), ("Items", "Payer", "Buyer", "ShipTo", "Infos")
)
ARTICLES = Asked("Products/ProductSkus", ("PartNo", "Updated"), ("Product",))
PRICES = Asked(
    "Products/ProductSkuPriceLists", ("PartNo", "PriceListId", "QtyBreak", "PriceSale", "IsActive")
)
OTHERS = (
    Asked("Products/Products", ("Code",)),
    Asked("Orders/Invoices", ("ClientOrderRef",)),
    Asked("Application/ClientPriceLists", (), ("PriceList",)),
    Asked("Application/ClientWarehouses", (), ("Locations",)),
)


@dataclass(frozen=True, slots=True)
class QueryNames:
    """theirs: route -> our name -> the server's."""

    theirs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, written: str) -> QueryNames:
        """`Orders/Orders.ClientOrderRef=OrderReference`, comma separated. Raises ValueError for anything else."""
        found: dict[str, dict[str, str]] = {}
        for part in filter(None, (one.strip() for one in re.split(r"[,\n]", written))):
            entry = _ENTRY.fullmatch(part)
            if entry is None:
                raise ValueError(part)
            found.setdefault(entry[1], {})[entry[2]] = entry[3]
        return cls(found)

    def asked(self, route: str, params: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The parameters with the server's names; texts in quotes stay."""
        names = self.theirs.get(route)
        if not names:
            return list(params)
        return [
            (key, _WORD.sub(lambda word: names.get(word[0], word[0]), value) if key in _WITH_NAMES else value)
            for key, value in params
        ]

    def read_row(self, route: str, row: dict[str, Any]) -> dict[str, Any]:
        """The row with our names."""
        ours = {name.lower(): own for own, name in self.theirs.get(route, {}).items()}
        return {ours.get(name.lower(), name): value for name, value in row.items()} if ours else row
