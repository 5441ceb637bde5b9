"""Registers hooks, and looks whether the shops still send: WooCommerce switches a hook off without a word."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from activity.models import Event
from activity.services import clear_alerts, raise_alert, record_event, report_error, resolve_errors
from ecomsync.common.errors import BadCredentials, EcomsyncError, RetryableError
from platforms.base import PlatformAdapter
from platforms.types import EventKind, Outcome, PushResult, WebhookHealth
from sites.choices import Flow
from sites.models import Site
from sites.runs import request_run
from sites.services import cursors
from sites.services.adapters import open_adapter
from sites.services.renew import renew_or_note
from webhooks.models import WebhookEvent
from webhooks.services.claim import count_ignored
from webhooks.services.store import REFUSED

logger = logging.getLogger(__name__)

DISABLED = "webhook_disabled"
REGISTERED = "webhooks.registered"
#: The clocks of the shop and of ours may differ, and a delivery takes its time.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WatchReport:
    """Hooks of one site: how many are well, which had been switched off or were missing, from when orders are read."""

    healthy: int = 0
    broken: tuple[str, ...] = ()
    backfill_from: datetime | None = None


def wanted_topics(site: Site, adapter: PlatformAdapter) -> list[str]:
    """What the platform needs, what the event lines of the site ask for, and what keeps the links right."""
    capabilities = adapter.capabilities
    lines = [
        line for line in site.ecommerce_event_actions_lines.filter(active=True) if line.event_kind != "*"
    ]
    kinds = [kind for kind in EventKind if any(line.fits(kind.value) for line in lines)]
    if site.link_items:
        kinds += [EventKind.PRODUCT_CREATED, EventKind.PRODUCT_DELETED]
    topics = [*capabilities.required_webhook_topics, *(adapter.topic_for(kind) for kind in kinds)]
    known = set(capabilities.webhook_topics) or set(topics)
    return [topic for topic in dict.fromkeys(topics) if topic and topic in known]


def register_site(site: Site, adapter: PlatformAdapter, *, anew: bool = False) -> list[PushResult]:
    """Make the shop send what is wanted; safe to repeat. Closes the problem when everything is registered.

    anew: hooks that seem well are made again too. Where refusals came with them they are in any case.
    """
    anew = anew or refusals_since_registration(site) > 0
    results = adapter.register_webhooks(wanted_topics(site, adapter), anew=anew)
    if all(result.is_ok for result in results):
        resolve_errors(site_code=site.code, code=DISABLED)
        clear_alerts(site_code=site.code, code=DISABLED)
    record_event(
        kind=REGISTERED,
        site_code=site.code,
        subject=site,
        message=", ".join(f"{result.key}: {result.outcome.value}" for result in results),
        level="info" if all(result.is_ok for result in results) else "warning",
    )
    return results


def watch_due_sites() -> None:
    """Every site whose interval has passed; a fault of one does not stop the others."""
    count_ignored()
    for site in cursors.due(Flow.WEBHOOK_HEALTH):
        if not site.capabilities.webhook_health or not cursors.begin(site, Flow.WEBHOOK_HEALTH):
            continue
        message = ""
        try:
            watch_site(site)
        except EcomsyncError as error:
            message = str(error)
            if not isinstance(error, RetryableError):
                renew_or_note(site, error)
        except Exception:  # outer loop of a worker
            logger.exception("The webhooks of site %s could not be looked at", site.code)
            message = "internal error; see the log"
        finally:
            cursors.finish(site, Flow.WEBHOOK_HEALTH, error=message)


def watch_site(site: Site) -> WatchReport:
    """Look at the hooks; switch those on again that the shop has switched off, alert, and read what was missed."""
    with open_adapter(site, lane="orders") as adapter:
        health = adapter.webhook_health()
        wanted = wanted_topics(site, adapter)
        broken = _broken(health, wanted)
        powerless = refusals_since_registration(site)
        if not broken and not powerless:
            return WatchReport(healthy=len(health))
        refused = _repair(site, adapter, anew=powerless > 0)
    since = backfill_from(site)
    if powerless:
        _alert_powerless(site, powerless)
    if broken:
        _alert(site, broken, refused, since)
    _backfill(site, since)
    return WatchReport(len(health) - len(broken), tuple(broken), since)


def backfill_from(site: Site) -> datetime:
    """The last moment when events are known to have arrived, less an overlap; never before orders are wanted."""
    known = [moment for moment in (site.last_webhook_read_at, cursors.position(site, Flow.ORDERS)) if moment]
    since = (min(known) if known else timezone.now() - timedelta(days=1)) - OVERLAP
    floor = site.read_orders_from_date
    return max(since, floor) if floor else since


def _backfill(site: Site, since: datetime) -> None:
    """The orders poll reads from there; orders that are known already cost nothing but the reading."""
    position = cursors.position(site, Flow.ORDERS)
    if not site.read_orders:
        return
    if position is not None and position > since:
        cursors.rewind(site, Flow.ORDERS, since)
    if not site.orders_interval:  # nobody reads by itself here: webhooks were all there was
        request_run(site=site, action="read_sales")


def _broken(health: Sequence[WebhookHealth], wanted: Sequence[str]) -> list[str]:
    active = {hook.topic for hook in health if hook.active}
    return [topic for topic in wanted if topic not in active]


def refusals_since_registration(site: Site) -> int:
    """Deliveries since the hooks were made that hold a refusal: the user who made them is gone from the shop."""
    made = (
        Event.objects.filter(kind=REGISTERED, site_code=site.code)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    rows = WebhookEvent.objects.filter(site=site, error_code=REFUSED)
    return (rows.filter(last_received_at__gt=made) if made else rows).count()


def _repair(site: Site, adapter: PlatformAdapter, *, anew: bool = False) -> list[PushResult]:
    """What could not be registered. Without registration by us everything stays as it is."""
    if not site.capabilities.webhook_registration or site.dry_run:
        return []
    try:
        results = register_site(site, adapter, anew=anew)
        return [result for result in results if result.outcome is Outcome.REJECTED]
    except BadCredentials:
        raise
    except EcomsyncError as error:
        return [PushResult("*", Outcome.REJECTED, error.code, error.message, error.cure)]


def _alert_powerless(site: Site, count: int) -> None:
    """The hooks were on and sent nothing but refusals."""
    message = f"{count} deliveries held a refusal instead of a record: the user of the shop who made the webhooks is gone."
    made = refusals_since_registration(site) == 0
    done = "They were made again." if made else "They could not be made again."
    raise_alert(
        site_code=site.code,
        code=REFUSED,
        message=f"{message} {done}",
        level="warning" if made else "critical",
    )


def _alert(site: Site, broken: Sequence[str], refused: Sequence[PushResult], since: datetime) -> None:
    topics = ", ".join(broken)
    message = f"The shop had switched off or lost its webhooks {topics}."
    if refused:
        why = "; ".join(f"{result.key}: {result.message}" for result in refused)
        report_error(
            site_code=site.code,
            code=DISABLED,
            message=f"{message} They could not be switched on again: {why}",
            subject=site,
        )
    else:
        message = f"{message} They are on again, and orders are read from {since:%Y-%m-%d %H:%M} UTC."
    raise_alert(
        site_code=site.code, code=DISABLED, message=message, level="warning" if not refused else "critical"
    )
