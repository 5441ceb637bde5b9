"""The history of readings: which spans of the shop's time were covered, and where something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from activity.services import prune
from ecomsync.common.retention import Retention
from sites.models import ReadingWindow, Site

SHOWN = 60
#: A shop's clock so far from ours is worth a word; cursors follow the shop's clock and are not disturbed by it.
NOTABLE_SKEW = 60.0


def note_reading(
    *,
    site: Site,
    flow: str,
    started_at: datetime,
    read_from: datetime | None,
    read_to: datetime | None,
    seen: int = 0,
    worked: int = 0,
    complete: bool = True,
    skew: float | None = None,
    error: str = "",
) -> None:
    """Write one reading down. read_to: how far the position came; skew: see `skew_of`, at the first answer."""
    ReadingWindow.objects.create(
        site=site,
        flow=flow,
        started_at=started_at,
        read_from=read_from,
        read_to=read_to,
        seen=seen,
        worked=worked,
        complete=complete,
        skew_seconds=None if skew is None else round(skew, 1),
        error=error[:2000],
    )


def skew_of(clock: datetime | None) -> float | None:
    """By how many seconds a shop whose answer has just told this time is ahead of us."""
    return None if clock is None else (clock - timezone.now()).total_seconds()


def shop_time(site: Site) -> datetime:
    """What the shop's own clock shows now, as far as its last answers told."""
    told = ReadingWindow.objects.filter(site=site, skew_seconds__isnull=False).order_by("-id")
    skew = told.values_list("skew_seconds", flat=True).first()
    return timezone.now() + timedelta(seconds=float(skew or 0))


def set_back_to(*, site: Site, flow: str, skew: float | None) -> datetime | None:
    """From which moment of the shop's time on records may be stamped that lie behind the position, because its clock was
    set back since the last reading began; None when it was not.

    A shop that was set forward needs nothing: what it stamps then comes after the position.
    """
    if skew is None:
        return None
    told = ReadingWindow.objects.filter(site=site, flow=flow, skew_seconds__isnull=False)
    before = told.order_by("-id").first()
    if before is None or skew > float(before.skew_seconds or 0) - NOTABLE_SKEW:
        return None
    return before.started_at + timedelta(seconds=skew)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """gap: how long a span before it no reading has covered. silence: how long nothing was read before it began."""

    window: ReadingWindow
    gap: timedelta | None = None
    silence: timedelta | None = None


def reading_history(
    *, site: Site, flow: str, interval: timedelta | None, limit: int = SHOWN
) -> list[HistoryRow]:
    """The latest readings, newest first, with what is missing between them.

    A gap is judged by the positions: a reading that begins after everything before it has been covered. Silence is
    judged by the interval of the site: three of them without a reading.
    """
    rows = list(ReadingWindow.objects.filter(site=site, flow=flow).order_by("-id")[: limit + 1])
    rows.reverse()
    return list(reversed(_with_gaps(rows, interval)))[:limit]


def _with_gaps(rows: Sequence[ReadingWindow], interval: timedelta | None) -> list[HistoryRow]:
    covered: datetime | None = None
    before: ReadingWindow | None = None
    found = []
    for row in rows:
        gap = silence = None
        if covered is not None and row.read_from is not None and row.read_from > covered:
            gap = row.read_from - covered
        if before is not None and interval and row.started_at - before.finished_at > 3 * interval:
            silence = row.started_at - before.finished_at
        found.append(HistoryRow(row, gap, silence))
        if not row.error and row.read_to is not None:
            covered = row.read_to if covered is None else max(covered, row.read_to)
        before = row
    return found


def prune_windows() -> dict[str, int]:
    """Readings of long ago make room."""
    return prune([Retention("readings", ReadingWindow.objects.all(), "finished_at")])
