"""`/metrics` in the format of Prometheus.

The figures are read from our tables at each scrape, so that they are right with any number of processes and after
any restart. A scrape costs the same few statements however many sites there are and however long the tables.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from activity.models import Alert, SiteError
from ecomsync.models import Heartbeat
from orders.models import Order, OrderOutbox
from orders.states import OPEN_OUTBOX_STATES, OrderState, OutboxState
from sites.budget import budget_figures_of
from sites.models import Site
from sync_queues.kinds import KINDS
from sync_queues.models import State
from webhooks.models import WAITING_STATES, WebhookEvent

#: Upper bounds in seconds of the time from the buyer's order to its documents.
ORDER_SECONDS = (30, 60, 120, 300, 600, 1800, 3600, 21600, 86400)
ORDER_WINDOW = timedelta(hours=1)
OPEN_STATES = (State.PENDING, State.PROCESSING, State.FAILED, State.DEAD)
OPEN_MESSAGES = (*OPEN_OUTBOX_STATES, OutboxState.FAILED, OutboxState.DEAD)


def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever holds METRICS_TOKEN. Without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        return _refuse(404, "metrics_off", "Set METRICS_TOKEN, and let Prometheus send it as a bearer token.")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return _refuse(401, "bad_token", "Send the value of METRICS_TOKEN as a bearer token.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TableCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _refuse(status: int, code: str, cure: str) -> JsonResponse:
    return JsonResponse({"status": code, "cure": cure}, status=status)


class TableCollector(Collector):
    """Reads everything anew each time it is asked."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        sites = {site.pk: site for site in Site.objects.filter(active=True)}
        for part in PARTS:
            yield from part(sites, now)


Sites = dict[int, Site]


def _gauge(name: str, text: str, labels: Iterable[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ecomsync_{name}", text, labels=list(labels))


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def queues(sites: Sites, now: datetime) -> Iterator[Metric]:
    """Backlog, failures by class and the age of the oldest change that the shop does not know, per queue."""
    backlog = _gauge("queue_requests", "Unfinished requests.", ("site", "queue", "state"))
    oldest = _gauge("queue_oldest_seconds", "Age of the oldest waiting request.", ("site", "queue"))
    failures = _gauge("queue_failures", "Requests that need a person.", ("site", "queue", "error_class"))
    for name, kind in KINDS.items():
        rows = kind.model._default_manager.filter(state__in=OPEN_STATES).order_by()
        grouped = rows.values("site_id", "state", "error_class").annotate(
            number=Count("pk"), first=Min("created_at")
        )
        numbers: dict[tuple[str, str], int] = {}
        failed: dict[tuple[str, str], int] = {}
        first: dict[str, datetime] = {}
        for row in grouped:
            if row["site_id"] not in sites:
                continue
            code, state = sites[row["site_id"]].code, row["state"]
            numbers[code, state] = numbers.get((code, state), 0) + row["number"]
            if state in (State.PENDING, State.PROCESSING):
                first[code] = min(first.get(code, row["first"]), row["first"])
            else:
                error_class = row["error_class"] or "none"
                failed[code, error_class] = failed.get((code, error_class), 0) + row["number"]
        for (code, state), number in sorted(numbers.items()):
            backlog.add_metric([code, name, state], number)
        for (code, error_class), number in sorted(failed.items()):
            failures.add_metric([code, name, error_class], number)
        for code, moment in sorted(first.items()):
            oldest.add_metric([code, name], _age(moment, now))
    yield from (backlog, oldest, failures)


def orders(sites: Sites, now: datetime) -> Iterator[Metric]:
    """Orders that wait or failed, and how long the last hour's orders took from the buyer to their documents."""
    stopped = _gauge("orders_stopped", "Orders that are held or could not be read.", ("site", "state"))
    rows = Order.objects.filter(state__in=(OrderState.HELD, OrderState.FAILED)).order_by()
    for row in rows.values("site_id", "state").annotate(number=Count("pk")):
        if row["site_id"] in sites:
            stopped.add_metric([sites[row["site_id"]].code, row["state"]], row["number"])
    yield stopped
    yield from _order_times(sites, now)


def _order_times(sites: Sites, now: datetime) -> Iterator[Metric]:
    took = GaugeHistogramMetricFamily(
        "ecomsync_order_to_erp_seconds",
        "From the buyer's order to its documents, orders of the last hour.",
        labels=["site"],
    )
    waited = ExpressionWrapper(F("imported_at") - F("created_remote"), output_field=models.DurationField())
    recent = Order.objects.filter(
        imported_at__gte=now - ORDER_WINDOW, created_remote__isnull=False
    ).order_by()
    counts: dict[str, Any] = {
        f"le_{bound}": Count("pk", filter=Q(waited__lte=timedelta(seconds=bound))) for bound in ORDER_SECONDS
    }
    grouped = (
        recent.annotate(waited=waited)
        .values("site_id")
        .annotate(number=Count("pk"), total=models.Sum("waited"), **counts)
    )
    rows = cast("Iterable[dict[str, Any]]", grouped)  # columns named at run time
    for row in rows:
        if row["site_id"] in sites:
            buckets = [(str(bound), row[f"le_{bound}"]) for bound in ORDER_SECONDS]
            took.add_metric(
                [sites[row["site_id"]].code],
                [*buckets, ("+Inf", row["number"])],
                row["total"].total_seconds(),
            )
    yield took


def outbox(sites: Sites, now: datetime) -> Iterator[Metric]:
    """Statuses, shipments and invoices that the shops are to be told."""
    waiting = _gauge("outbox_messages", "Unfinished messages to the shop.", ("site", "state"))
    oldest = _gauge("outbox_oldest_seconds", "Age of the oldest waiting message.", ("site",))
    rows = OrderOutbox.objects.filter(state__in=OPEN_MESSAGES).order_by()
    grouped = rows.values("order__site_id", "state").annotate(number=Count("pk"), first=Min("created_at"))
    first: dict[str, datetime] = {}
    for row in grouped:
        if row["order__site_id"] not in sites:
            continue
        code = sites[row["order__site_id"]].code
        waiting.add_metric([code, row["state"]], row["number"])
        if row["state"] in OPEN_OUTBOX_STATES:
            first[code] = min(first.get(code, row["first"]), row["first"])
    for code, moment in sorted(first.items()):
        oldest.add_metric([code], _age(moment, now))
    yield from (waiting, oldest)


def webhooks(sites: Sites, now: datetime) -> Iterator[Metric]:
    """Events that wait, the oldest of them, and how long a site has been silent."""
    waiting = _gauge("webhook_events_waiting", "Stored events that are not processed yet.", ("site",))
    oldest = _gauge("webhook_oldest_seconds", "Age of the oldest waiting event.", ("site",))
    silence = _gauge("webhook_silence_seconds", "Time since events of the site were last read.", ("site",))
    rows = WebhookEvent.objects.filter(state__in=WAITING_STATES).order_by()
    for row in rows.values("site_id").annotate(number=Count("pk"), first=Min("received_at")):
        if row["site_id"] in sites:
            code = sites[row["site_id"]].code
            waiting.add_metric([code], row["number"])
            oldest.add_metric([code], _age(row["first"], now))
    for site in sites.values():
        if site.webhook_integration_enabled and site.last_webhook_read_at:
            silence.add_metric([site.code], _age(site.last_webhook_read_at, now))
    yield from (waiting, oldest, silence)


def budgets(sites: Sites, now: datetime) -> Iterator[Metric]:
    """What may still be called, who waits for a turn, and which shops asked for a pause or fail."""
    texts = {
        "left": "Calls left in the bucket.",
        "capacity": "Size of the bucket.",
        "used": "Calls of the last minute.",
        "waiting": "Callers that wait for a turn.",
        "blocked": "Seconds of a pause asked for by the shop.",
        "rests": "Seconds for which a failing shop is left alone.",
        "faults": "Faults of the shop in a row.",
    }
    found = {name: _gauge(f"budget_{name}", text, ("site",)) for name, text in texts.items()}
    paused = _gauge("site_paused", "1 while a site is paused.", ("site",))
    figures_of = budget_figures_of(list(sites.values()))
    for site in sites.values():
        for name, gauge in found.items():
            value = getattr(figures_of[site.pk], name)
            if value is not None:
                gauge.add_metric([site.code], float(value))
        paused.add_metric([site.code], float(site.paused))
    yield from (*found.values(), paused)


def problems(sites: Sites, now: datetime) -> Iterator[Metric]:
    """What needs a person."""
    opened = _gauge("problems_open", "Open problems by cause.", ("site", "code"))
    rows = SiteError.objects.filter(state=SiteError.State.OPEN).order_by()
    for row in rows.values("site_code", "code").annotate(number=Count("pk")):
        opened.add_metric([row["site_code"], row["code"]], row["number"])
    alerts = _gauge("alerts_open", "Alerts that nobody has acknowledged.", ("level",))
    raised = Alert.objects.filter(acknowledged_at=None).order_by()
    for level, number in raised.values_list("level").annotate(number=Count("pk")):
        alerts.add_metric([level], number)
    yield from (opened, alerts)


def heartbeats(sites: Sites, now: datetime) -> Iterator[Metric]:
    """How long ago each part of the installation was last seen at work."""
    found = _gauge("heartbeat_seconds", "Time since a part was last seen at work.", ("part",))
    for name, at in Heartbeat.objects.order_by("name").values_list("name", "at"):
        found.add_metric([name], _age(at, now))
    yield found


PARTS: tuple[Callable[[Sites, datetime], Iterator[Metric]], ...] = (
    queues, orders, outbox, webhooks, budgets, problems, heartbeats,
)  # fmt: skip
