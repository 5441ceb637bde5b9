"""Search criteria of Magento's list routes. Pure values.

Groups are joined by AND, the filters inside a group by OR. Source: fact sheet §4; camelCase names work too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

#: Web servers refuse request lines beyond 8 KB; what stands in a list is encoded.
MAX_LIST_CHARACTERS = 4500

Params = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    value: str
    condition: str = "eq"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What to list and in which order; the page is told when it is asked for."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, str], ...] = ()

    def where(self, field: str, value: object, condition: str = "eq") -> Criteria:
        return replace(self, groups=(*self.groups, (Filter(field, str(value), condition),)))

    def any_of(self, *filters: Filter) -> Criteria:
        """A group of its own: one of these suffices."""
        return replace(self, groups=(*self.groups, filters))

    def among(self, field: str, values: Iterable[str]) -> Criteria:
        return self.where(field, ",".join(values), "in")

    def ordered(self, *fields: str, direction: str = "ASC") -> Criteria:
        return replace(self, sort=tuple((field, direction) for field in fields))

    def params(self, *, size: int, page: int = 1, fields: str = "") -> Params:
        """The query of one page. fields: what of the answer is wanted, as `items[id,sku],total_count`."""
        found: Params = []
        for g, group in enumerate(self.groups):
            for f, entry in enumerate(group):
                head = f"searchCriteria[filter_groups][{g}][filters][{f}]"
                found += [(f"{head}[field]", entry.field), (f"{head}[value]", entry.value)]
                if entry.condition != "eq":
                    found.append((f"{head}[condition_type]", entry.condition))
        for n, (field, direction) in enumerate(self.sort):
            head = f"searchCriteria[sortOrders][{n}]"
            found += [(f"{head}[field]", field), (f"{head}[direction]", direction)]
        # Without a page size Magento answers with every row it has.
        found += [("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page))]
        if fields:
            found.append(("fields", fields))
        return found


def short_lists(values: Sequence[str], most: int) -> Iterator[list[str]]:
    """The values in lists that fit into an address: at most `most` of them, and not too long once encoded."""
    bunch: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        size = sum(
            1 if letter.isascii() and letter.isalnum() else 3 * len(letter.encode()) for letter in value
        )
        if bunch and (len(bunch) >= most or length + size + 3 > MAX_LIST_CHARACTERS):
            yield bunch
            bunch, length = [], 0
        bunch.append(value)
        length += size + 3
    if bunch:
        yield bunch


def wire_time(moment: datetime) -> str:
    """A moment as filters and answers have it: UTC, whole seconds, no offset."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_time(value: object) -> datetime | None:
    """A time of an answer, which is UTC whatever the admin shows; None for what is none."""
    if not isinstance(value, str) or not value or value.startswith("0000"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
