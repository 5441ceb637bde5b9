"""How far each flow of a site has come, and which sites are due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from sites.choices import Flow
from sites.models import Site, SyncCursor

# flow -> (column with the minutes, switch that must be on)
INTERVALS: Mapping[str, tuple[str, str]] = {
    Flow.ORDERS: ("orders_interval", "read_orders"),
    Flow.RETURNS: ("returns_interval", "read_returns"),
    Flow.QUANTITY_DELTA: ("quantity_delta_interval", "update_quantities"),
    Flow.QUANTITY_FULL: ("quantity_full_interval", "update_quantities"),
    Flow.PRICE_DELTA: ("price_delta_interval", "update_prices"),
    Flow.PRICE_FULL: ("price_full_interval", "update_prices"),
    Flow.ITEMS: ("items_interval", "send_items_to_magento"),
    Flow.CUSTOMERS: ("customers_interval", "send_customers"),
    Flow.RECONCILE: ("reconcile_interval", "active"),
    Flow.WEBHOOK_HEALTH: ("webhook_health_interval", "webhook_integration_enabled"),
}
QUIET_FLOWS = frozenset({Flow.QUANTITY_FULL, Flow.PRICE_FULL, Flow.ITEMS, Flow.RECONCILE})


def due(flow: str, *, now: datetime | None = None) -> list[Site]:
    """Working sites whose interval of this flow has passed, the longest waiting first.

    Full runs keep to the hours of the site. A quantity full run must be wanted (`update_all_item_qtys`).
    """
    now = now or timezone.now()
    interval, switch = INTERVALS[flow]
    sites = Site.objects.filter(Q(**{switch: True}), active=True, paused=False, **{f"{interval}__gt": 0})
    if flow == Flow.QUANTITY_FULL:
        sites = sites.filter(update_all_item_qtys=True)
    cursors = {row.site_id: row for row in SyncCursor.objects.filter(flow=flow, site__in=sites)}
    found = [site for site in sites if _is_due(cursors.get(site.pk), site, interval, now)]
    if flow in QUIET_FLOWS:
        found = [site for site in found if within_hours(site, now)]
    return sorted(found, key=lambda site: _started(cursors.get(site.pk)))


def _started(cursor: SyncCursor | None) -> float:
    return cursor.last_started_at.timestamp() if cursor and cursor.last_started_at else 0.0


def _is_due(cursor: SyncCursor | None, site: Site, interval: str, now: datetime) -> bool:
    if cursor is None or cursor.last_started_at is None:
        return True
    if cursor.claimed_until and cursor.claimed_until > now:
        return False
    return cursor.last_started_at + timedelta(minutes=getattr(site, interval)) <= now


def within_hours(site: Site, now: datetime) -> bool:
    """Whether full runs may start now, in the shop's own time; the hours may span midnight."""
    first, last = site.quiet_hours_from, site.quiet_hours_to
    if first is None or last is None:
        return True
    local: time = now.astimezone(ZoneInfo(site.time_zone or "UTC")).time()
    return first <= local < last if first <= last else local >= first or local < last


def usual_lease() -> timedelta:
    """Long enough for a few slow calls between two signs of life."""
    return timedelta(seconds=settings.LEASE_SECONDS * 3)


def begin(site: Site, flow: str, *, lease: timedelta | None = None) -> bool:
    """Claim a flow of a site for this worker. False when another holds it; a dead worker's claim lapses."""
    now = timezone.now()
    SyncCursor.objects.bulk_create([SyncCursor(site=site, flow=flow)], ignore_conflicts=True)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return bool(
        SyncCursor.objects.filter(free, site=site, flow=flow).update(
            last_started_at=now, claimed_until=now + (lease or usual_lease())
        )
    )


def extend(site: Site, flow: str, *, lease: timedelta | None = None) -> None:
    """Sign of life of a long flow."""
    SyncCursor.objects.filter(site=site, flow=flow).update(
        claimed_until=timezone.now() + (lease or usual_lease())
    )


def finish(site: Site, flow: str, *, error: str = "") -> None:
    """Give the claim back and write down how it went."""
    now = timezone.now()
    values: dict[str, object] = {"last_finished_at": now, "claimed_until": None, "last_error": error}
    if not error:
        values["last_ok_at"] = now
    SyncCursor.objects.filter(site=site, flow=flow).update(**values)


def advance(site: Site, flow: str, position: datetime) -> bool:
    """Move the position forward. It never goes back: a late worker changes nothing and gets False."""
    SyncCursor.objects.bulk_create([SyncCursor(site=site, flow=flow)], ignore_conflicts=True)
    behind = Q(position=None) | Q(position__lt=position)
    return bool(SyncCursor.objects.filter(behind, site=site, flow=flow).update(position=position))


#: Where a platform does not tell its time, its clock may be ahead of ours by so much.
TOLERATED_SKEW = timedelta(minutes=5)


def bounded(moment: datetime, *, clock: datetime | None, started_at: datetime) -> datetime:
    """How far a reading may move a position that newest record stamped `moment` would move it to.

    Never past the time at which the reading began, by the platform's own clock where it tells one: a record stamped in
    the future must not hide those that are stamped rightly, and what changes while pages are read may be missing on
    pages that were read before.
    """
    return min(moment, clock or started_at + TOLERATED_SKEW)


def position(site: Site, flow: str) -> datetime | None:
    """How far the flow has read."""
    return SyncCursor.objects.filter(site=site, flow=flow).values_list("position", flat=True).first()


def rewind(site: Site, flow: str, to: datetime | None) -> None:
    """Staff want older records again: the only way back."""
    SyncCursor.objects.update_or_create(site=site, flow=flow, defaults={"position": to})
