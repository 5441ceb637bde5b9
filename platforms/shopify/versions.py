"""Versions of the Admin API. One a quarter, each served for twelve months.

https://shopify.dev/docs/api/usage/versioning, read 2026-11-20. A version that is gone is not refused: the call falls
forward to the oldest one still served, so the version that answers is compared with the one that was asked for.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

NEWEST = "2026-10"
TESTED = ("2026-07", "2026-10")
TESTED_VERSIONS = "2026-07, 2026-10"
WARN_DAYS = 90

_NAME = re.compile(r"(\d{4})-(01|04|07|10)")


def ends_on(version: str) -> date | None:
    """The day from which a version may be gone; None for what is no version of a quarter, such as `unstable`."""
    found = _NAME.fullmatch(version)
    return date(int(found.group(1)) + 1, int(found.group(2)), 1) if found else None


def days_left(version: str, *, now: datetime | None = None) -> int | None:
    """Days until a version may be gone."""
    end = ends_on(version)
    return None if end is None else (end - (now or datetime.now(UTC)).date()).days
