"""Lists without pages: what changed is asked for by windows of time, narrow enough for the shop's memory.

A list call has no limit and no order. So a long stretch is cut into windows whose width follows what they hold, and a
window on which the shop breaks is halved. Rows come oldest change first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ecomsync.common.errors import EcomsyncError, ShopUnavailable
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import PLATFORM, is_too_much
from platforms.magento1.payloads import moment

#: What changed within this is asked for at once: a poll after a night or a weekend.
RECENT = timedelta(days=2)
FIRST_WIDTH, WIDEST, NARROWEST = timedelta(days=1), timedelta(days=32), timedelta(seconds=2)
FEW, MANY = 50, 200
FIRST_IDS = 200

Rows = list[dict[str, Any]]


def wire_time(at: datetime) -> str:
    """A moment as filters want it: UTC without offset, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


class TimeWindows:
    """One list method, read by one of its times. id_field: its number in the database, `order_id` and the like."""

    def __init__(self, client: MagentoClient, path: str, id_field: str, *, lane: str) -> None:
        self._client = client
        self._path = path
        self._id = id_field
        self._lane = lane

    def rows(self, since: datetime, field: str = "updated_at") -> Iterator[dict[str, Any]]:
        """Rows whose `field` is at or after `since`, in its order. One call per window; a usual poll is one call.

        The last window has no end, so that the shop's clock may be ahead of ours.
        """
        since = since.replace(microsecond=0)
        start, now = since, self._now()
        if now - since > RECENT:
            start = max(since, self._beginning(now))
        width = FIRST_WIDTH
        while now - start > RECENT:
            end = min(start + width, now)
            found = self._window(start, end, field)
            yield from _in_order(found, field, since)
            start = end + timedelta(seconds=1)
            width = _next_width(width, len(found))
        yield from _in_order(self._window(start, None, field), field, since)

    def _now(self) -> datetime:
        """The shop's own time where it tells it."""
        return self._client.http.server_time or datetime.now(UTC)

    def _beginning(self, now: datetime) -> datetime:
        """Nothing changed before the first record was made; that of the lowest numbers tells when."""
        condition = {self._id: {"from": "1", "to": str(FIRST_IDS)}}
        stamps = [
            made for row in self._list(condition) if (made := moment(row.get("created_at"))) is not None
        ]
        if stamps:
            return min(stamps)
        return datetime(2008, 3, 31, tzinfo=UTC)  # the first Magento; old numbers may have been deleted

    def _window(self, start: datetime, end: datetime | None, field: str) -> Rows:
        """The rows of one window; halved as long as the shop breaks on its size."""
        condition = (
            {"from": wire_time(start)} if end is None else {"from": wire_time(start), "to": wire_time(end)}
        )
        try:
            return self._list({field: condition})
        except EcomsyncError as error:
            if not is_too_much(error):
                raise
            last = end or self._now()
            if last - start <= NARROWEST:
                raise _too_big(start, self._client.connection.site_code) from error
            middle = start + (last - start) / 2
            middle = middle.replace(microsecond=0)
            return [
                *self._window(start, middle, field),
                *self._window(middle + timedelta(seconds=1), end, field),
            ]

    def _list(self, filters: dict[str, Any]) -> Rows:
        return self._client.rows(self._path, filters, lane=self._lane)


def _next_width(width: timedelta, count: int) -> timedelta:
    if count < FEW:
        return min(width * 2, WIDEST)
    return max(width / 2, timedelta(hours=1)) if count > MANY else width


def _in_order(rows: Rows, field: str, since: datetime) -> Iterator[dict[str, Any]]:
    """Oldest first; what is older than asked for is left out, as a shop's filter may know whole days only."""
    known = [(moment(row.get(field)) or since, row) for row in rows]
    for at, row in sorted(known, key=lambda pair: (pair[0], _number(pair[1]))):
        if at >= since:
            yield row


def _number(row: dict[str, Any]) -> tuple[int, str]:
    text = str(row.get("increment_id") or "")
    return len(text), text


def _too_big(start: datetime, site: str) -> ShopUnavailable:
    return ShopUnavailable(
        f"The shop breaks on the list of what changed at {wire_time(start)}, however short the window.",
        code="window_too_big",
        cure="Raise PHP's memory_limit and max_execution_time in the shop; a script may have changed very many records in "
        "one second.",
        site=site,
        platform=PLATFORM,
    )
