"""The shop's own clock: whole seconds, a zone other than UTC, and a hand to move it with."""

import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str) -> tzinfo:
    """A tzinfo for `Asia/Riyadh`, `UTC` or a fixed offset such as `+03:00`."""
    if name[:1] in "+-" and len(name) >= 3:
        sign = -1 if name[0] == "-" else 1
        hours, _, minutes = name[1:].partition(":")
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes or 0)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ValueError(
            f"Unknown time zone {name!r}: give a name such as Asia/Riyadh, or an offset such as +03:00."
        ) from err


class ShopClock:
    """Epoch seconds of the shop; `offset` moves it against the machine's clock, `freeze` stops it."""

    def __init__(self, zone: str = "Asia/Riyadh", offset: int = 0) -> None:
        self.zone_name = zone
        self.zone = zone_of(zone)
        self.offset = offset
        self.frozen_at: int | None = None
        self._local = lru_cache(maxsize=50_000)(self._format_local)
        self._gmt = lru_cache(maxsize=50_000)(self._format_gmt)

    def now(self) -> int:
        if self.frozen_at is not None:
            return self.frozen_at
        return int(time.time()) + self.offset

    def advance(self, seconds: int) -> int:
        if self.frozen_at is not None:
            self.frozen_at += seconds
        else:
            self.offset += seconds
        return self.now()

    def set_to(self, epoch: int) -> int:
        if self.frozen_at is not None:
            self.frozen_at = epoch
        else:
            self.offset += epoch - self.now()
        return self.now()

    def freeze(self) -> int:
        self.frozen_at = self.now()
        return self.frozen_at

    def unfreeze(self) -> int:
        if self.frozen_at is not None:
            frozen, self.frozen_at = self.frozen_at, None
            self.offset = frozen - int(time.time())
        return self.now()

    def local(self, stamp: int | None) -> str | None:
        """Shop time without an offset, as shops print it."""
        return None if stamp is None else self._local(stamp)

    def gmt(self, stamp: int | None) -> str | None:
        """UTC without an offset, as shops print it."""
        return None if stamp is None else self._gmt(stamp)

    def local_day(self, stamp: int) -> str:
        return self._local(stamp)[:10]

    def parse(self, text: str, *, gmt: bool = False) -> int:
        """Epoch of an ISO 8601 text; without an offset it is shop time, or UTC when `gmt`."""
        moment = datetime.fromisoformat(text.strip().replace(" ", "T").replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC if gmt else self.zone)
        return int(moment.timestamp())

    def _format_local(self, stamp: int) -> str:
        return datetime.fromtimestamp(stamp, self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def _format_gmt(self, stamp: int) -> str:
        return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%S")
