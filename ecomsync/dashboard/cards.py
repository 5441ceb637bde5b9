"""One card per site: health, backlog, oldest waiting change, orders, last webhook, set-up checklist.

Figures of all sites come together: the number of queries does not grow with the sites, except for the checklist,
which is asked only for the first sites that are not ready yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.apps import apps
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.models import SiteError
from ecomsync.common.admin import chip, time_ago
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.remedies import remedy_for
from ecomsync.dashboard import Window
from ecomsync.dashboard.figures import list_url
from sites.models import Site
from sites.panels import checklist

CARDS = 24
CHECKLISTS = 6
QUEUES = (
    ("UpdateQtyRequest", "sync_queues_updateqtyrequest"),
    ("UpdatePriceRequest", "sync_queues_updatepricerequest"),
    ("UpdateItemRequest", "sync_queues_updateitemrequest"),
)
TOO_OLD = timedelta(minutes=30)


def site_cards(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    """Cards in order of need: paused and troubled sites first."""
    sites = list(Site.objects.filter(active=True).order_by("code")[:CARDS])
    queues, oldest = _queues(request)
    orders = _orders(window)
    problems = _counts(
        SiteError.objects.filter(state=SiteError.State.OPEN).values_list("site_code").annotate(n=Count("pk"))
    )
    webhooks = _webhooks()
    lists_left = CHECKLISTS
    cards = []
    for site in sites:
        card = _card(site, queues, oldest.get(site.pk), orders.get(site.pk, {}), problems.get(site.code, 0))
        card["last_webhook"] = time_ago(webhooks.get(site.pk) or site.last_webhook_read_at)
        if lists_left:
            items = _checklist(site)
            card["checklist"] = items
            card["checklist_open"] = bool(items) and not all(item["done"] for item in items)
            lists_left -= 1
        cards.append(card)
    return sorted(cards, key=lambda card: card["rank"])


def _card(
    site: Site,
    queues: dict[int, list[dict[str, Any]]],
    oldest: datetime | None,
    orders: dict[str, Any],
    problems: int,
) -> dict[str, Any]:
    late = oldest is not None and timezone.now() - oldest > TOO_OLD
    failed = any(queue["failed"] for queue in queues.get(site.pk, ()))
    if site.paused:
        health, tone, rank = _("paused"), "bad", 0
    elif problems or failed:
        health, tone, rank = _("needs attention"), "warn", 1
    elif late:
        health, tone, rank = _("behind"), "warn", 2
    else:
        health, tone, rank = _("healthy"), "ok", 3
    pause = remedy_for(site.pause_code, title=site.pause_reason) if site.paused and site.pause_code else None
    return {
        "site": site,
        "name": site.display_name or site.code,
        "url": reverse("admin:ecomsites_site_change", args=[site.pk]),
        "health": chip(health, tone),
        "rank": rank,
        "dry_run": site.dry_run,
        "pause": (pause.title if pause else site.pause_reason or _("Paused by staff."))
        if site.paused
        else "",
        "queues": queues.get(site.pk) or [],
        "oldest": time_ago(oldest),
        "problems": problems,
        "problems_url": list_url("activity_siteerror", f"state__exact=open&site_code={site.code}"),
        "orders_today": orders.get("today", 0),
        "held": orders.get("held", 0),
        "orders_url": list_url("orders_order", f"site__id__exact={site.pk}"),
        "held_url": list_url("orders_order", f"site__id__exact={site.pk}&state__exact=held"),
        "lead_time": duration_text(orders.get("lead_time")),
        "token_expires": time_ago(site.token_expires_at) if site.token_expires_at else "",
    }


def _queues(request: HttpRequest) -> tuple[dict[int, list[dict[str, Any]]], dict[int, datetime]]:
    """Backlog per site and queue, and the oldest waiting change per site: one query per queue."""
    if "sync_queues" not in apps.app_configs:
        return {}, {}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    oldest: dict[int, datetime] = {}
    labels = {
        "UpdateQtyRequest": _("Quantities"),
        "UpdatePriceRequest": _("Prices"),
        "UpdateItemRequest": _("Items"),
    }
    waiting = Q(state__in=("pending", "processing"))
    for name, listing in QUEUES:
        rows = apps.get_model("sync_queues", name).objects.filter(
            state__in=("pending", "processing", "failed", "dead")
        )
        figures = (
            rows.order_by()
            .values("site_id")
            .annotate(
                waiting=Count("pk", filter=waiting),
                failed=Count("pk", filter=~waiting),
                since=Min("created_at", filter=waiting),
            )
        )
        for row in figures:
            key = row["site_id"]
            query = (
                f"site__id__exact={key}&state__in=failed,dead" if row["failed"] else f"site__id__exact={key}"
            )
            found[key].append({**row, "label": labels[name], "url": list_url(listing, query)})
            if row["since"] and (key not in oldest or row["since"] < oldest[key]):
                oldest[key] = row["since"]
    return found, oldest


def _orders(window: Window) -> dict[int, dict[str, Any]]:
    """Per site: orders that came today, held ones, and the median time from order to ERP in the window."""
    if "orders" not in apps.app_configs:
        return {}
    orders = apps.get_model("orders", "Order").objects
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for key, number in (
        orders.filter(created_at__gte=today).order_by().values_list("site_id").annotate(n=Count("pk"))
    ):
        found[key]["today"] = number
    for key, number in orders.filter(state="held").order_by().values_list("site_id").annotate(n=Count("pk")):
        found[key]["held"] = number
    times: dict[int, list[float]] = defaultdict(list)
    recent = orders.filter(imported_at__gte=window.since, created_remote__gte=window.since).order_by("-id")
    for key, made, imported in recent.values_list("site_id", "created_remote", "imported_at")[:1000]:
        if made and imported:
            times[key].append(max(0.0, (imported - made).total_seconds()))
    for key, seconds in times.items():
        found[key]["lead_time"] = median(seconds)
    return found


def _webhooks() -> dict[int, datetime]:
    if "webhooks" not in apps.app_configs:
        return {}
    events = apps.get_model("webhooks", "WebhookEvent").objects
    recent = events.filter(received_at__gte=timezone.now() - timedelta(days=7)).order_by()
    return dict(recent.values_list("site_id").annotate(newest=Max("last_received_at")))


def _counts(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(rows)


def _checklist(site: Site) -> list[dict[str, Any]]:
    try:
        items = checklist(site)
    except ConfigurationError:
        return []  # the platform is not installed or a key is wrong: the site's own page tells
    page = reverse("admin:ecomsites_site_change", args=[site.pk])
    return [
        {
            "label": item.label,
            "done": item.done,
            "hint": item.hint,
            "url": f"{page}#{item.tab}" if item.tab else page,
        }
        for item in items
        if item.done is not None
    ]


def duration_text(seconds: float | None) -> str:
    """A time span in the largest fitting unit."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return _("%(number)s s") % {"number": round(seconds)}
    if seconds < 5400:
        return _("%(number)s min") % {"number": round(seconds / 60)}
    return _("%(number)s h") % {"number": round(seconds / 3600, 1)}
