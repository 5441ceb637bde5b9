"""What the first page shows: gathered from all apps by a table of providers, each in a bounded number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Window:
    """The time that charts and figures look back."""

    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Provider:
    """A part of the page: needs an installed app and a permission, and comes from a function (request, window)."""

    name: str
    app_label: str
    permission: str
    path: str


DASHBOARD_PROVIDERS: tuple[Provider, ...] = (
    Provider("sites", "ecomsites", "ecomsites.view_site", "ecomsync.dashboard.cards.site_cards"),
    Provider("tiles", "activity", "activity.view_siteerror", "ecomsync.dashboard.figures.tiles"),
    Provider("order_chart", "orders", "orders.view_order", "ecomsync.dashboard.figures.order_chart"),
    Provider("call_chart", "activity", "activity.view_apicall", "ecomsync.dashboard.figures.call_chart"),
    Provider("causes", "activity", "activity.view_siteerror", "ecomsync.dashboard.figures.causes"),
    Provider("problems", "activity", "activity.view_siteerror", "ecomsync.dashboard.figures.open_problems"),
    Provider("alerts", "activity", "activity.view_alert", "ecomsync.dashboard.figures.open_alerts"),
    Provider("runs", "activity", "activity.view_run", "ecomsync.dashboard.figures.recent_runs"),
)


def build_dashboard(request: HttpRequest) -> dict[str, Any]:
    """The parts that this reader may see, by name."""
    name = request.GET.get("window", "24h")
    name = name if name in WINDOWS else "24h"
    now = timezone.now()
    window = Window(name, now - WINDOWS[name], now)
    parts: dict[str, Any] = {"window": window, "windows": list(WINDOWS)}
    for provider in DASHBOARD_PROVIDERS:
        if provider.app_label in apps.app_configs and request.user.has_perm(provider.permission):
            parts[provider.name] = import_string(provider.path)(request, window)
    return parts
