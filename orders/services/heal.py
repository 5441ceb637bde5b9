"""Held orders and returns go again by themselves: at once when what they wait for comes, and from time to time anyway.

A try that changes nothing makes the next one wait longer, so nothing goes round in circles.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from activity.services import RunReporter
from ecomsync.common.conf import conf
from ecomsync.common.errors import ConfigurationError, EcomsyncError
from orders.models import Order, ReturnOrder
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.due import due_orders, held_returns, waiting_orders
from orders.services.failures import fail_order
from orders.services.historic_orders import fetch_order_of
from orders.services.holds import next_wait
from orders.services.import_order import report
from orders.services.read_sales import import_safely
from orders.services.result import ImportResult
from orders.services.return_plan import wants_historic_orders
from orders.services.returns import retry_return
from orders.states import ReturnState
from platforms.base import PlatformAdapter
from sites.models import Site
from sites.services.adapters import open_adapter
from sites.services.renew import renew_or_note

logger = logging.getLogger(__name__)


def heal_due_orders(*, limit: int | None = None) -> dict[str, int]:
    """Try the orders that are due, oldest first. outcome -> how many."""
    size = limit or conf.order_processing_batch_size
    due = waiting_orders().filter(heal_at__lte=timezone.now(), site__active=True)
    by_site: dict[int, list[Order]] = {}
    for order in due.select_related("site").order_by("heal_at", "id")[:size]:
        if _claim(order):
            by_site.setdefault(order.site_id, []).append(order)
    counts: dict[str, int] = {}
    for orders in by_site.values():
        for result in heal_orders(site=orders[0].site, orders=orders):
            counts[str(result.outcome)] = counts.get(str(result.outcome), 0) + 1
    heal_returns(limit=size)
    return counts


def release_due(*, site: Site, run: RunReporter) -> None:
    """All orders and returns of a site that are due, batch by batch, with progress; each is tried once."""
    total = due_orders(site).count() + _due_returns(site).count()
    run.progress(0, total)
    done = 0
    while True:
        run.check_cancelled()
        batch = [order for order in due_orders(site)[: conf.order_processing_batch_size] if _claim(order)]
        if not batch:
            break
        for order in batch:
            order.site = site
        for result in heal_orders(site=site, orders=batch):
            run.found()
            report(run, result)
        done += len(batch)
        run.progress(done, max(total, done))
    for row in _due_returns(site):
        run.check_cancelled()
        run.found()
        run.count("updated" if _try_return(row) else "held")
        done += 1
        run.progress(done, max(total, done))


def _claim(row: Order | ReturnOrder) -> bool:
    """While a row is being tried nobody else takes it; a dead worker's claim lapses."""
    later = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    rows: Any = type(row)._default_manager
    taken = bool(rows.filter(pk=row.pk, heal_at=row.heal_at).update(heal_at=later))
    row.heal_at = later
    return taken


def heal_orders(*, site: Site, orders: Iterable[Order], source: str = "") -> list[ImportResult]:
    """Import orders of one site again from the payload we keep; no call to the shop is made."""
    results = []
    context = ImportContext(site)
    with open_adapter(site) as adapter:
        for order in orders:
            claimed = order.heal_at
            results.append(_try_order(order, adapter, context, source or order.source))
            _wait_longer(order, claimed)
    return results


def _try_order(order: Order, adapter: PlatformAdapter, context: ImportContext, source: str) -> ImportResult:
    try:
        remote = adapter.parse_order(order.raw)
    except EcomsyncError as error:
        sold = adapter.sold_lines(order.raw)
        return fail_order(site=context.site, remote_id=order.remote_id, error=error, raw=order.raw, sold=sold)
    return import_safely(site=context.site, remote=remote, context=context, source=source, force=True)


def _wait_longer(row: Order | ReturnOrder, claimed: datetime | None) -> None:
    """A try that left no other time for the next one: it must not come round with the lease."""
    if claimed is None:
        return
    later = timezone.now() + next_wait(row.heal_attempts)
    rows: Any = type(row)._default_manager
    rows.filter(pk=row.pk, heal_at=claimed).update(heal_at=later, heal_attempts=F("heal_attempts") + 1)


def _due_returns(site: Site | None = None) -> Any:
    """Returns whose time has come, and those whose order is here now."""
    rows = held_returns().filter(site__active=True) if site is None else held_returns().filter(site=site)
    arrived = Q(
        hold_code=HoldCode.RETURN_WITHOUT_ORDER,
        site__orders__remote_id=F("order_remote_id"),
        site__orders__sales_order__isnull=False,
    )
    late = Q(heal_at__lte=timezone.now())
    keys = rows.filter(arrived | late).order_by().values("pk").distinct()
    return ReturnOrder.objects.filter(pk__in=keys).select_related("site").order_by("heal_at", "id")


def heal_returns(*, limit: int = 50) -> int:
    """Held returns that may pass now. Returns how many are held no more."""
    return sum(_try_return(row) for row in _due_returns()[:limit])


def _try_return(row: ReturnOrder) -> bool:
    if not _claim(row):
        return False
    try:
        if row.hold_code == HoldCode.RETURN_WITHOUT_ORDER and wants_historic_orders(row.site):
            with open_adapter(row.site) as adapter:
                fetch_order_of(row, adapter)
        released = retry_return(return_order=row).state != ReturnState.HELD
    except ConfigurationError as error:
        renew_or_note(row.site, error)
        released = False
    except EcomsyncError as error:  # its order cannot be read now; the return says what it waits for
        logger.warning("Return %s of %s: %s", row.remote_id, row.site.code, error)
        released = False
    except Exception:  # the outer loop of a worker: one broken return must not stop the others
        logger.exception("Return %s broke", row.pk, extra={"site": row.site.code})
        released = False
    if not released:
        _wait_longer(row, row.heal_at)
    return released
