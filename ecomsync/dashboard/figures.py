"""Figures over all sites: tiles, charts, causes, problems, alerts, runs."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activity.masking import mask_text
from activity.models import Alert, ApiCall, Difference, Run, SiteError
from ecomsync.common.admin import chip, state_chip, time_ago
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from ecomsync.dashboard import Window
from ecomsync.dashboard.charts import Series, bar_chart, buckets, counted

SHOWN = 8


def list_url(name: str, query: str = "") -> str:
    """Address of a change list, "" when it has none."""
    try:
        return reverse(f"admin:{name}_changelist") + (f"?{query}" if query else "")
    except NoReverseMatch:
        return ""


def tiles(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    """The row of large figures; those of apps that are not installed are left out."""
    found = [*_order_tiles(request), *_queue_tiles(request)]
    problems = SiteError.objects.filter(state=SiteError.State.OPEN).count()
    found.append(
        {
            "label": _("Open problems"),
            "value": problems,
            "tone": "bad" if problems else "ok",
            "url": list_url("activity_siteerror", "state__exact=open"),
        }
    )
    if request.user.has_perm("activity.view_difference"):
        differences = Difference.objects.filter(state=Difference.State.OPEN).count()
        found.append(
            {
                "label": _("Differences open"),
                "value": differences,
                "tone": "warn" if differences else "ok",
                "url": list_url("activity_difference", "state__exact=open"),
            }
        )
    calls = ApiCall.objects.filter(created_at__gte=window.since).aggregate(
        number=Count("pk"), failed=Count("pk", filter=~Q(error_code=""))
    )
    found.append(
        {
            "label": _("Calls to shops"),
            "value": calls["number"],
            "note": _("%(count)s failed") % {"count": calls["failed"]}
            if calls["failed"]
            else _("none failed"),
            "tone": "warn" if calls["failed"] else "info",
            "url": list_url("activity_apicall"),
        }
    )
    return found


def _order_tiles(request: HttpRequest) -> list[dict[str, Any]]:
    if "orders" not in apps.app_configs or not request.user.has_perm("orders.view_order"):
        return []
    orders = apps.get_model("orders", "Order")
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    new = orders.objects.filter(created_at__gte=today).count()
    held = orders.objects.filter(state="held").count()
    return [
        {"label": _("Orders today"), "value": new, "tone": "info", "url": list_url("orders_order")},
        {
            "label": _("Held orders"),
            "value": held,
            "tone": "warn" if held else "ok",
            "url": list_url("orders_order", "state__exact=held"),
        },
    ]


def _queue_tiles(request: HttpRequest) -> list[dict[str, Any]]:
    if "sync_queues" not in apps.app_configs or not request.user.has_perm(
        "sync_queues.view_updateqtyrequest"
    ):
        return []
    waiting = failed = 0
    for name in ("UpdateQtyRequest", "UpdatePriceRequest", "UpdateItemRequest"):
        rows = apps.get_model("sync_queues", name).objects.filter(
            state__in=("pending", "processing", "failed", "dead")
        )
        figures = rows.aggregate(
            waiting=Count("pk", filter=Q(state__in=("pending", "processing"))),
            failed=Count("pk", filter=Q(state__in=("failed", "dead"))),
        )
        waiting += figures["waiting"]
        failed += figures["failed"]
    return [
        {
            "label": _("Waiting changes"),
            "value": waiting,
            "note": _("%(count)s failed") % {"count": failed} if failed else "",
            "tone": "bad" if failed else "info" if waiting else "ok",
            "url": list_url("sync_queues_updateqtyrequest"),
        }
    ]


def order_chart(request: HttpRequest, window: Window) -> dict[str, Any]:
    orders = apps.get_model("orders", "Order")
    starts = buckets(window)
    stopped = Q(state__in=("held", "failed"))
    figures = counted(orders.objects.all(), "created_at", window, {"good": ~stopped, "bad": stopped}, starts)
    series = (Series(_("taken over"), "good", figures["good"]), Series(_("held"), "bad", figures["bad"]))
    return _chart(_("Orders"), starts, series, window)


def call_chart(request: HttpRequest, window: Window) -> dict[str, Any]:
    starts = buckets(window)
    failed = ~Q(error_code="")
    figures = counted(ApiCall.objects.all(), "created_at", window, {"good": ~failed, "bad": failed}, starts)
    series = (Series(_("accepted"), "good", figures["good"]), Series(_("failed"), "bad", figures["bad"]))
    return _chart(_("Calls to shops"), starts, series, window)


def _chart(title: str, starts: Any, series: tuple[Series, ...], window: Window) -> dict[str, Any]:
    svg: SafeString = bar_chart(title, starts, series, hourly=window.name == "24h")
    return {"title": title, "svg": svg, "series": series, "total": sum(sum(line.values) for line in series)}


def causes(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    """Open problems by cause, the most frequent first."""
    rows = (
        SiteError.objects.filter(state=SiteError.State.OPEN)
        .values("code")
        .annotate(number=Count("pk"), newest=Max("last_seen"))
        .order_by("-number", "code")[:SHOWN]
    )
    top = max((row["number"] for row in rows), default=1)
    return [
        {
            "title": remedy_for(row["code"], title=row["code"]).title,
            "number": row["number"],
            "top": top,
            "url": list_url("activity_siteerror", f"state__exact=open&code={row['code']}"),
        }
        for row in rows
    ]


def open_problems(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    rows = SiteError.objects.filter(state=SiteError.State.OPEN).select_related("assigned_to")[:SHOWN]
    return [
        {
            "url": reverse("admin:activity_siteerror_change", args=[row.pk]),
            "title": row.remedy.title,
            "cure": row.remedy.cure,
            "site": row.site_code,
            "label": mask_text(in_reader_language(row.subject_label)),
            "count": row.count,
            "seen": time_ago(row.last_seen),
            "assigned": row.assigned_to,
        }
        for row in rows
    ]


def open_alerts(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    rows = Alert.objects.filter(acknowledged_at=None)[:SHOWN]
    return [
        {
            "url": reverse("admin:activity_alert_change", args=[row.pk]),
            "message": mask_text(in_reader_language(row.message)),
            "site": row.site_code,
            "tone": "bad" if row.level == "critical" else "warn",
            "seen": time_ago(row.last_raised_at),
        }
        for row in rows
    ]


def recent_runs(request: HttpRequest, window: Window) -> list[dict[str, Any]]:
    rows = Run.objects.select_related("started_by")[:SHOWN]
    return [
        {
            "url": row.get_absolute_url(),
            "title": in_reader_language(row.title) or row.action,
            "site": row.site_code,
            "chip": chip(_("finished with problems"), "warn")
            if row.state == Run.State.FINISHED and (row.failed or row.held)
            else state_chip(row),
            "found": row.found,
            "held": row.held,
            "failed": row.failed,
            "when": time_ago(row.created_at),
            "percent": row.percent,
            "over": row.is_over,
        }
        for row in rows
    ]
