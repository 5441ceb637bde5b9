"""Bar charts as inline SVG, made here: no script, so a strict CSP, right-to-left pages and paper all work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ecomsync.dashboard import Window

Text = str | Promise

WIDTH, HEIGHT, BASE, TOP = 640, 170, 148, 14


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the stacked bars; tone: good, bad or rest."""

    label: Text
    tone: str
    values: Sequence[int]


def buckets(window: Window) -> list[datetime]:
    """The beginnings of the hours or days of the window, in the reader's zone, oldest first."""
    local = timezone.localtime(window.until)
    if window.name == "24h":
        last = local.replace(minute=0, second=0, microsecond=0)
        return [last - timedelta(hours=back) for back in range(23, -1, -1)]
    last = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return [last - timedelta(days=back) for back in range(6, -1, -1)]


def counted(
    rows: QuerySet[Any], column: str, window: Window, filters: Mapping[str, Q], starts: Sequence[datetime]
) -> dict[str, list[int]]:
    """Rows per bucket and filter, in one query."""
    cut = TruncHour(column) if window.name == "24h" else TruncDay(column)
    figures = {name: Count("pk", filter=condition) for name, condition in filters.items()}
    found = {
        row["bucket"].timestamp(): row
        for row in rows.filter(**{f"{column}__gte": starts[0]})
        .order_by()
        .annotate(bucket=cut)
        .values("bucket")
        .annotate(**figures)
    }
    return {
        name: [int(found.get(start.timestamp(), {}).get(name, 0)) for start in starts] for name in filters
    }


def bar_chart(
    title: Text, starts: Sequence[datetime], series: Sequence[Series], *, hourly: bool
) -> SafeString:
    """Stacked bars with three guide lines, a label under every third bar, and the figures on hover."""
    totals = [sum(values) for values in zip(*(line.values for line in series), strict=True)]
    top = nice_top(max(totals, default=0))
    step = (WIDTH - 44) / max(1, len(starts))
    bars: list[SafeString] = []
    for index, start in enumerate(starts):
        bars.append(_bar(index, start, step, series, top, hourly=hourly))
    guides = format_html_join(
        "",
        '<line class="axis" x1="40" x2="{}" y1="{}" y2="{}"/><text x="34" y="{}" text-anchor="end">{}</text>',
        (
            (WIDTH - 4, _y(value, top), _y(value, top), _y(value, top) + 3, value)
            for value in (0, top // 2, top)
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" direction="ltr" aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        guides,
        format_html_join("", "{}", ((bar,) for bar in bars)),
    )


def _bar(
    index: int, start: datetime, step: float, series: Sequence[Series], top: int, *, hourly: bool
) -> SafeString:
    left = round(42 + index * step, 1)
    width = round(max(2.0, step * 0.68), 1)
    label = date_format(start, "H:i") if hourly else date_format(start, "D j")
    told = " · ".join(f"{line.label}: {line.values[index]}" for line in series)
    parts: list[SafeString] = []
    floor = 0
    for line in series:
        value = line.values[index]
        if value:
            upper, lower = _y(floor + value, top), _y(floor, top)
            parts.append(
                format_html(
                    '<rect class="bar-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>',
                    line.tone,
                    left,
                    upper,
                    width,
                    max(1.5, round(lower - upper, 1)),
                )
            )
            floor += value
    shown = (
        format_html(
            '<text x="{}" y="{}" text-anchor="middle">{}</text>', round(left + width / 2, 1), BASE + 15, label
        )
        if not hourly or index % 3 == 0
        else SafeString("")
    )
    catcher = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="transparent"/>', left, TOP, width, BASE - TOP
    )
    return format_html(
        "<g><title>{} — {}</title>{}{}{}</g>",
        label, told, format_html_join("", "{}", ((part,) for part in parts)), catcher, shown,
    )  # fmt: skip


def nice_top(value: int) -> int:
    """The upper end of the scale: an even figure not below the highest bar."""
    if value <= 4:
        return 4
    size = int(10 ** (len(str(value)) - 1))
    for factor in (1, 2, 4, 6, 8, 10):
        if factor * size >= value:
            return factor * size
    return 10 * size


def _y(value: int, top: int) -> float:
    return round(BASE - (BASE - TOP) * value / top, 1)
