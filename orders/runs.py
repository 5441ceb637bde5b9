"""The long actions of a site that concern orders; `sites.runs.ACTIONS` names them.

Each may be repeated from the start at any time: what was done shows as unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from activity.services import RunReporter
from ecomsync.common.errors import ConfigurationError
from erp.states import DocumentType
from orders.models import Order
from orders.services import compare, reconcile
from orders.services.context import ImportContext
from orders.services.due import held_orders, held_returns, mark_due
from orders.services.heal import release_due
from orders.services.preview import preview_order
from orders.services.read_returns import read_changed_returns, read_returns_of_orders
from orders.services.read_sales import (
    OVERLAP,
    first_moment,
    read_changed_orders,
    read_orders_by_id,
    read_orders_created_since,
)
from orders.states import ImportOutcome
from platforms.types import OrderReadFailure
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.adapters import open_adapter
from sites.services.pause import PASSING_CODES, note_recovery

#: Names under which the forms may hand over a day.
_DATE_NAMES = ("from_date", "date", "date_from", "from", "created_from")


def read_sales(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Orders changed since the last reading."""
    with open_adapter(site, run=run.run) as adapter:
        read_changed_orders(site=site, adapter=adapter, reporter=run)
    note_recovery(site, "bad_credentials", *PASSING_CODES)


def read_sales_from_date(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Orders placed since the day that was asked for, never before the site's own first day."""
    wanted = day_from(params)
    if wanted is None:
        raise ConfigurationError(
            "No date was given.", cure="Start 'Read Sales From Date' again and enter the date."
        )
    start = max(wanted, site.read_orders_from_date) if site.read_orders_from_date else wanted
    if start != wanted:
        run.note(
            f"The site reads orders from {start:%Y-%m-%d %H:%M} only; earlier ones are left out.",
            level="warning",
        )
    with open_adapter(site, run=run.run) as adapter:
        read_orders_created_since(site=site, adapter=adapter, reporter=run, created_from=start)


def reread_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Chosen orders, by the shop's ids (`remote_ids`), the shop's numbers (`numbers`) or our keys (`order_ids`).

    `expected` (shop id -> payload hash): only versions that staff saw and confirmed are taken over.
    """
    remote_ids = remote_ids_from(site, params)
    if not remote_ids:
        raise ConfigurationError(
            "No order was chosen.", cure="Choose orders in the list, or enter their numbers."
        )
    expected = {str(key): str(value) for key, value in dict(params.get("expected") or {}).items()}
    with open_adapter(site, run=run.run) as adapter:
        reading = read_orders_by_id(
            site=site, adapter=adapter, reporter=run, remote_ids=remote_ids, expected=expected
        )
        gone = [remote_id for remote_id in remote_ids if remote_id not in reading.ids]
        if gone:
            run.found(len(gone))
            reconcile.settle_gone(site=site, adapter=adapter, reporter=run, remote_ids=gone, repair=True)
            run.note(
                f"{len(gone)} of {len(remote_ids)} orders do not exist in the shop any more.", level="warning"
            )


def release_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Held orders and returns whose cause may be gone, from the payloads we keep; the shop is not asked."""
    if params.get("all"):
        mark_due(held_orders().filter(site=site), held_returns().filter(site=site), run=False)
    release_due(site=site, run=run)


def compare_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Step one of reading again: what differs and what would be done, shown on a page of the run."""
    compare.compare_orders(run=run, site=site, params={"remote_ids": remote_ids_from(site, params)})


def read_returns(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Returns and refunds changed since the last reading, or since the day that was asked for; with `orders` (the
    shop's ids) those of these orders, read anew and tried again."""
    chosen = _texts(params.get("orders"))
    with open_adapter(site, run=run.run) as adapter:
        if chosen:
            read_returns_of_orders(site=site, adapter=adapter, reporter=run, order_remote_ids=chosen)
            return
        read_changed_returns(site=site, adapter=adapter, reporter=run, since=day_from(params))


def preview_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """What Read Sales would do now: each order is rehearsed and rolled back; one line of the report each."""
    context = ImportContext(site)
    position = cursors.position(site, Flow.ORDERS)
    since = day_from(params) or (position - OVERLAP if position else first_moment(site))
    limit = site.max_orders_per_read or 100
    with open_adapter(site, run=run.run) as adapter:
        for entry in adapter.iter_orders(modified_from=since, limit=limit):
            run.check_cancelled()
            run.found()
            if isinstance(entry, OrderReadFailure):
                run.failed(1, message=f"{entry.remote_id}: {entry.message}", code=entry.code)
                continue
            preview = preview_order(site=site, remote=entry, context=context, source="poll")
            documents = ", ".join(
                f"{DocumentType(row['type']).label} {Decimal(row['total'] or 0).normalize():f} {row['currency']}"
                for row in preview.documents
            )
            text = f"{preview.number}: {preview.outcome} {documents or preview.message}".strip()
            if preview.outcome == ImportOutcome.HELD:
                run.held(1, message=text, code=preview.holds[0]["code"] if preview.holds else "")
            else:
                run.note(text)
                run.count(preview.outcome)


def reconcile_orders(*, run: RunReporter, site: Site, params: Mapping[str, Any]) -> None:
    """Compare orders of the last days (`days`, 30 unless told) by id and total; `repair` imports what is missing."""
    start = day_from(params) or timezone.now() - timedelta(days=int(params.get("days") or 30))
    if site.read_orders_from_date:
        start = max(start, site.read_orders_from_date)
    with open_adapter(site, run=run.run) as adapter:
        reconcile.reconcile_orders(
            site=site, adapter=adapter, reporter=run, created_from=start, repair=bool(params.get("repair"))
        )


def day_from(params: Mapping[str, Any]) -> datetime | None:
    """A moment that a form handed over as ISO text; a bare day begins at midnight UTC."""
    for name in _DATE_NAMES:
        value = params.get(name)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime.combine(value, time.min, tzinfo=UTC)
        if isinstance(value, str) and value.strip():
            return _moment(value.strip())
    return None


def _moment(text: str) -> datetime:
    try:
        moment, day = parse_datetime(text), parse_date(text[:10])
    except ValueError:
        moment = day = None
    if moment is not None:
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if day is not None:
        return datetime.combine(day, time.min, tzinfo=UTC)
    raise ConfigurationError(f"'{text}' is not a date.", cure="Enter it like 2026-01-31.")


def remote_ids_from(site: Site, params: Mapping[str, Any]) -> list[str]:
    """The shop's ids of the chosen orders, each once."""
    found = [*_texts(params.get("remote_ids")), *dict(params.get("expected") or {})]
    numbers = _texts(params.get("numbers"))
    keys = [key for key in _texts(params.get("order_ids")) if key.isdigit()]
    orders = Order.objects.filter(site=site)
    if keys:
        found += orders.filter(pk__in=keys).values_list("remote_id", flat=True)
    if numbers:
        known = dict(orders.filter(number__in=numbers).values_list("number", "remote_id"))
        found += [known.get(number, number) for number in numbers]
    return list(dict.fromkeys(found))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.replace("\n", ",").split(",")
    return [str(entry).strip() for entry in value or [] if str(entry).strip()]
