"""An alarm when a shop falls silent, by its own rhythm.

From the last weeks it is learnt how much comes in each hour of the week. A silence is alarming when so much should
have come meanwhile that none at all would be a rare chance: with e expected, chance lets nothing come once in exp(e)
times. A shop that sells little, at night or at weekends is never called silent for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from activity.services import clear_alerts, raise_alert
from orders.models import Order
from sites.models import Site
from webhooks.models import SiteRhythm, WebhookEvent
from webhooks.models.rhythm import HOURS_OF_WEEK, RhythmKind

LEARNT_FROM = timedelta(days=28)
LEARN_AGAIN_AFTER = timedelta(hours=24)
#: Less than this tells nothing about a week.
FEWEST_DAYS = 7.0
FEWEST_RECORDS = 30
#: None of so many expected ones comes by chance once in exp(9), about 8,000 times.
ALARMING = 9.0
#: A rhythm never calls a shop silent sooner: deliveries and cron jobs may be late.
SHORTEST_SILENCE = timedelta(minutes=30)

ALERTS = {RhythmKind.EVENTS: "webhook_silence", RhythmKind.ORDERS: "order_silence"}


def watch_silence(*, now: datetime | None = None) -> list[tuple[Site, str]]:
    """Look at every working site; alerts are raised and, when something came again, closed. Returns the silent."""
    now = now or timezone.now()
    sites = {site.pk: site for site in Site.objects.filter(active=True, paused=False, silence_alarm=True)}
    silent: list[tuple[Site, str]] = []
    for kind in RhythmKind:
        watched = [site for site in sites.values() if _is_watched(site, kind)]
        _learn_due(kind, watched, now)
        silent += _look(kind, watched, now)
    return silent


def _is_watched(site: Site, kind: RhythmKind) -> bool:
    return site.webhook_integration_enabled if kind == RhythmKind.EVENTS else site.read_orders


def _look(kind: RhythmKind, sites: Sequence[Site], now: datetime) -> list[tuple[Site, str]]:
    """Two statements for all sites."""
    last = _last_moments(kind, sites)
    silent = []
    for rhythm in SiteRhythm.objects.filter(kind=kind, site__in=sites):
        site = next(site for site in sites if site.pk == rhythm.site_id)
        since = last.get(site.pk)
        if since is None or not _is_known(rhythm):
            continue
        expected = expected_between(rhythm.hours, since, now)
        if expected >= ALARMING and now - since >= SHORTEST_SILENCE:
            _alarm(kind, site, since, expected)
            silent.append((site, ALERTS[kind]))
        else:
            clear_alerts(site_code=site.code, code=ALERTS[kind])
    return silent


def _is_known(rhythm: SiteRhythm) -> bool:
    return rhythm.days >= FEWEST_DAYS and rhythm.counted >= FEWEST_RECORDS


def _alarm(kind: RhythmKind, site: Site, since: datetime, expected: float) -> None:
    what = "webhook events" if kind == RhythmKind.EVENTS else "orders"
    raise_alert(
        site_code=site.code,
        code=ALERTS[kind],
        level="warning",
        message=f"No {what} of site {site.code} since {since:%Y-%m-%d %H:%M} UTC; by the rhythm of the last weeks about "
        f"{expected:.0f} should have come.",
    )


def expected_between(hours: Sequence[float], start: datetime, end: datetime) -> float:
    """How many should have come between two moments. hours: the average of each hour of the week, UTC."""
    total = 0.0
    moment = start.astimezone(UTC)
    end = end.astimezone(UTC)
    # More than two weeks of silence are alarming whatever the rhythm; no need to count further.
    end = min(end, moment + timedelta(days=14))
    while moment < end:
        next_hour = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        part = (min(next_hour, end) - moment).total_seconds() / 3600
        total += hours[hour_of_week(moment)] * part
        moment = next_hour
    return total


def hour_of_week(moment: datetime) -> int:
    """0 is Monday 00:00 UTC."""
    moment = moment.astimezone(UTC)
    return moment.weekday() * 24 + moment.hour


# ---------------------------------------------------------------- learning


def _learn_due(kind: RhythmKind, sites: Iterable[Site], now: datetime) -> None:
    fresh = SiteRhythm.objects.filter(kind=kind, learnt_at__gt=now - LEARN_AGAIN_AFTER)
    known = set(fresh.values_list("site_id", flat=True))
    for site in sites:
        if site.pk not in known:
            learn(site, kind, now=now)


def learn(site: Site, kind: str, *, now: datetime) -> SiteRhythm:
    """Count the last weeks anew. The silence that may be going on is left out, so that it does not become the rhythm."""
    rows, column = _records(kind, site)
    since = now - LEARNT_FROM
    bounds = rows.filter(**{f"{column}__gte": since}).aggregate(first=Min(column), last=Max(column))
    first, last = bounds["first"], bounds["last"]
    hours = [0.0] * HOURS_OF_WEEK
    counted, days = 0, 0.0
    if first is not None and last is not None:
        grouped = (
            rows.filter(**{f"{column}__gte": since}).order_by().annotate(hour=TruncHour(column, tzinfo=UTC))
        )
        for row in grouped.values("hour").annotate(number=Count("pk")):
            hours[hour_of_week(row["hour"])] += row["number"]
            counted += row["number"]
        days = (last - first).total_seconds() / 86_400
        weeks = max(1.0, days / 7)
        hours = [number / weeks for number in hours]
    rhythm, _created = SiteRhythm.objects.update_or_create(
        site=site, kind=kind, defaults={"hours": hours, "counted": counted, "days": days, "learnt_at": now}
    )
    return rhythm


def _records(kind: str, site: Site) -> tuple[QuerySet[WebhookEvent] | QuerySet[Order], str]:
    if kind == RhythmKind.EVENTS:
        return WebhookEvent.objects.filter(site=site), "received_at"
    return Order.objects.filter(site=site), "created_remote"


def _last_moments(kind: str, sites: Sequence[Site]) -> dict[int, datetime]:
    if kind == RhythmKind.EVENTS:
        rows = WebhookEvent.objects.filter(site__in=sites).order_by().values_list("site_id")
        return dict(rows.annotate(last=Max("last_received_at")))
    orders = (
        Order.objects.filter(site__in=sites, created_remote__isnull=False).order_by().values_list("site_id")
    )
    return dict(orders.annotate(last=Max("created_remote")))
