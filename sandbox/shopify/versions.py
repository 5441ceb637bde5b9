"""API versions: which are supported on a day, and what a call for another one gets."""

import re
from datetime import UTC, date, datetime

from sandbox.shopify.options import Options

#: Version -> (first day, last day, schema that this shop serves it with).
VERSIONS: dict[str, tuple[date, date, str]] = {
    "2026-07": (date(2026, 7, 1), date(2027, 7, 16), "2026-07"),
    "2026-10": (date(2026, 10, 1), date(2027, 10, 16), "2026-10"),
    "2027-01": (date(2027, 1, 1), date(2028, 1, 16), "2026-10"),
}
_NAME = re.compile(r"\d{4}-(01|04|07|10)")


def supported(options: Options, now: int) -> list[str]:
    """Stable versions of this day, oldest first. Fewer than a real shop has: see README."""
    today = datetime.fromtimestamp(now, UTC).date()
    found = [
        name
        for name, (first, last, _) in VERSIONS.items()
        if first <= today <= last and name not in options.version_gone and name <= (options.version or "9999")
    ]
    return found or ["2026-10"]


def candidates(options: Options, now: int) -> list[str]:
    """Versions ahead of their day: callable, not supported."""
    today = datetime.fromtimestamp(now, UTC).date()
    stable = supported(options, now)
    return [name for name, (_, last, _) in VERSIONS.items() if name > stable[-1] and last >= today][:1]


def version_used(asked: str, options: Options, now: int) -> str | None:
    """The version that answers: retired and missing ones fall forward to the oldest supported. None: no such path."""
    if asked == "unstable":
        return "unstable"
    if not _NAME.fullmatch(asked):
        return None
    stable = supported(options, now)
    if asked in stable or asked in candidates(options, now):
        return asked
    return stable[0]


def schema_for(version: str) -> str:
    return VERSIONS[version][2] if version in VERSIONS else "2026-10"
