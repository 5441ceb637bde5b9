"""Draining the outbox: claim in a short transaction, talk to the shop outside any, record in another."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from activity.services import record_event, report_error, resolve_errors
from ecomsync.common.errors import ConfigurationError, EcomsyncError, PermanentError, RetryableError
from ecomsync.common.logs import new_trace
from ecomsync.common.remedies import remedy_for
from orders.models import Order, OrderOutbox
from orders.reasons import settings_link
from orders.services.context import ImportContext
from orders.services.intake import clean_text
from orders.services.own_refunds import remember_own_refund
from orders.services.push_status import describe_message, prepare_message, send_message
from orders.services.read_sales import import_safely
from orders.services.stock_again import send_stock_again
from orders.states import OPEN_OUTBOX_STATES, OutboxKind, OutboxState
from platforms.base import PlatformAdapter
from platforms.types import Outcome, PushResult
from sites.models import Site
from sites.services.adapters import open_adapter
from sites.services.pause import note_error
from sites.services.renew import renew_or_note
from sync_queues.retry import MAX_CRASHES, RetryPolicy

BATCH = 50
#: Error class of messages that wait for a setting.
HELD = "configuration"
HELD_PAUSE = timedelta(minutes=5)
#: How long messages wait after a fault of the site.
BACK_PAUSE = timedelta(minutes=1)
DRY_RUN = "dry run: "

logger = logging.getLogger(__name__)


def push_outbox(*, limit: int = BATCH) -> int:
    """Send what is due. Messages of one order go one after the other, in their order. Returns how many were tried.

    A worker killed at any moment loses nothing: its claim lapses and the message goes again; the adapters look
    before they write, so that a repetition does nothing twice.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    tried = 0
    while tried < limit:
        rows = claim_messages(worker=worker, limit=limit - tried)
        if not rows:
            break
        by_site: dict[int, list[OrderOutbox]] = {}
        for row in rows:
            by_site.setdefault(row.order.site_id, []).append(row)
        for site_rows in by_site.values():
            _push_site(site_rows[0].order.site, site_rows)
        tried += len(rows)
    return tried


def claim_messages(*, worker: str, limit: int) -> list[OrderOutbox]:
    """Take due messages, at most one per order: the oldest that is not done, and none while one is under way."""
    now = timezone.now()
    of_order = OrderOutbox.objects.filter(order=OuterRef("order"), state__in=OPEN_OUTBOX_STATES)
    # An invoice that waits for a setting of ours (a PDF that cannot be made) holds up nothing but itself.
    earlier = of_order.filter(pk__lt=OuterRef("pk")).exclude(
        state=OutboxState.PENDING, kind=OutboxKind.INVOICE, error_class=HELD
    )
    under_way = of_order.filter(state=OutboxState.PROCESSING, claimed_until__gte=now)
    with transaction.atomic():
        due = (
            _due(now)
            .filter(order__site__active=True, order__site__paused=False)
            .filter(~Exists(earlier), ~Exists(under_way))
            .order_by("id")
            .select_for_update(skip_locked=True, of=("self",))
        )
        ids = list(due.values_list("pk", flat=True)[:limit])
        # A message whose worker died counts that death; one that kills every worker is given up.
        OrderOutbox.objects.filter(pk__in=ids, state=OutboxState.PROCESSING).update(
            attempts=F("attempts") + 1
        )
        OrderOutbox.objects.filter(pk__in=ids).update(
            state=OutboxState.PROCESSING,
            claimed_by=worker,
            claimed_until=now + timedelta(seconds=settings.LEASE_SECONDS),
            first_attempt_at=Coalesce("first_attempt_at", now),
            last_attempt_at=now,
        )
    rows = OrderOutbox.objects.filter(pk__in=ids).select_related("order__site", "order__sales_order")
    rows = rows.order_by("id")
    return [row for row in rows if not _is_poison(row)]


def _due(now: object) -> QuerySet[OrderOutbox]:
    waiting = Q(state=OutboxState.PENDING) & (Q(not_before=None) | Q(not_before__lte=now))
    return OrderOutbox.objects.filter(waiting | Q(state=OutboxState.PROCESSING, claimed_until__lt=now))


def _is_poison(row: OrderOutbox) -> bool:
    if row.attempts <= RetryPolicy().attempts + MAX_CRASHES:
        return False
    _give_up(row, PermanentError("Every worker that took this message died.", code="internal"))
    return True


def _push_site(site: Site, rows: Sequence[OrderOutbox]) -> None:
    if site.dry_run:
        for row in rows:
            _finish(row, f"{DRY_RUN}{describe_message(row)}")
        return
    try:
        # Not patient: a claim must not lapse while its call waits for a place.
        with open_adapter(site, patient=False) as adapter:
            for index, row in enumerate(rows):
                if not _is_still_ours(row):
                    continue
                try:
                    with new_trace(row.trace_id):
                        _push_one(row, adapter)
                except ConfigurationError as error:
                    renewed = renew_or_note(site, error)
                    _back(rows[index:], error, wait=timedelta(0) if renewed else BACK_PAUSE)
                    return
    except EcomsyncError as error:  # the adapter could not even be built
        note_error(site, error)
        _back(rows, error)


def _is_still_ours(row: OrderOutbox) -> bool:
    """Prolong the claim of a message right before it goes, for as long as a few slow calls may take. False when it
    lapsed behind slow messages and another worker has it, or staff cancelled it: two who look before they write would
    both write."""
    return bool(
        _ours([row]).update(claimed_until=timezone.now() + timedelta(seconds=2 * settings.LEASE_SECONDS))
    )


def _ours(rows: Sequence[OrderOutbox]) -> QuerySet[OrderOutbox]:
    """Those of our messages that no other worker has taken."""
    workers = {row.claimed_by for row in rows}
    return OrderOutbox.objects.filter(
        pk__in=[row.pk for row in rows], state=OutboxState.PROCESSING, claimed_by__in=workers
    )


def _push_one(row: OrderOutbox, adapter: PlatformAdapter) -> None:
    try:
        message = prepare_message(row, adapter.capabilities)
    except ConfigurationError as error:
        _hold(row, error)
        return
    except PermanentError as error:
        _give_up(row, error)
        return
    try:
        result = send_message(message, adapter)
        if result.is_ok and row.kind == OutboxKind.REFUND:
            remember_own_refund(row, result)
        _record(row, result, message.status)
        _take_answer(row, adapter, result)
    except RetryableError as error:
        _retry(row, error, retry_after=error.retry_after)
    except PermanentError as error:
        _give_up(row, error)
    except ConfigurationError:
        raise
    except Exception as error:  # the outer loop of a worker: one broken message must not stop the others
        logger.exception("Message %s broke", row.pk, extra={"site": row.order.site.code})
        _retry(row, RetryableError(f"{type(error).__name__}: {error}"[:500], code="internal"))


def _take_answer(row: OrderOutbox, adapter: PlatformAdapter, result: PushResult) -> None:
    """The order as our own write left it is its newest version: what the shop sends about it later is known then,
    and what others changed before us is seen now."""
    shown = result.data.get("order")
    if not result.is_ok or not isinstance(shown, Mapping):
        return
    try:
        remote = adapter.parse_order(shown)
    except PermanentError:
        return  # the next reading tells why
    site = row.order.site
    import_safely(site=site, remote=remote, context=ImportContext(site), source=row.order.source)


def _record(row: OrderOutbox, result: PushResult, status: str) -> None:
    if result.is_ok:
        _finish(row, result.warning, status=status)
        return
    if result.outcome == Outcome.RETRY:
        error = RetryableError(result.message, code=result.code, cure=result.cure)
        _retry(row, error, retry_after=result.retry_after)
    else:
        _give_up(row, PermanentError(result.message, code=result.code, cure=result.cure))


def _finish(row: OrderOutbox, note: str = "", *, status: str = "") -> None:
    """Done: remember what the shop shows now, so that our own write is recognised when it comes back."""
    now = timezone.now()
    with transaction.atomic():
        OrderOutbox.objects.filter(pk=row.pk).update(
            state=OutboxState.DONE,
            completed_at=now,
            claimed_until=None,
            error_class="",
            error_code="",
            error_message=clean_text(note),
            remedy="",
            updated_at=now,
        )
        if not row.order.site.dry_run:
            shown: dict[str, str] = {"status_remote": status} if status else {}
            number = str(row.payload.get("erp_number", ""))
            if number:
                shown["erp_number_sent"] = number[:60]
            if shown:
                Order.objects.filter(pk=row.order_id).update(**shown)
            send_stock_again(row)
        record_event(
            kind=f"order.told.{row.kind}",
            site_code=row.order.site.code,
            subject=row.order,
            message=note or describe_message(row),
        )
        resolve_errors(site_code=row.order.site.code, subject=row)


def _retry(row: OrderOutbox, error: RetryableError, *, retry_after: float | None = None) -> None:
    decision = RetryPolicy().decide(
        retry_count=row.attempts, code=error.code, now=timezone.now(), retry_after=retry_after
    )
    if decision.not_before is None:
        _give_up(row, error, state=OutboxState.DEAD)
        return
    _ours([row]).update(
        state=OutboxState.PENDING,
        attempts=decision.retry_count,
        not_before=decision.not_before,
        claimed_until=None,
        updated_at=timezone.now(),
        **_columns(error, "retryable"),
    )


def _give_up(row: OrderOutbox, error: EcomsyncError, *, state: str = OutboxState.FAILED) -> None:
    kind = "internal" if error.code == "internal" else "permanent"
    with transaction.atomic():
        taken = _ours([row]).update(
            state=state,
            attempts=F("attempts") + 1,
            claimed_until=None,
            completed_at=timezone.now(),
            updated_at=timezone.now(),
            **_columns(error, kind),
        )
        if not taken:  # another worker has it since our claim lapsed, and tells how it ended
            return
        site = row.order.site
        report_error(
            site_code=site.code, error=error, subject=row, link=settings_link(error.code, site_id=site.pk)
        )


def _hold(row: OrderOutbox, error: ConfigurationError) -> None:
    """This installation lacks something for this message: it waits, is tried again, and goes by itself once cured."""
    site = row.order.site
    with transaction.atomic():
        taken = _ours([row]).update(
            state=OutboxState.PENDING,
            claimed_until=None,
            not_before=timezone.now() + HELD_PAUSE,
            updated_at=timezone.now(),
            **_columns(error, HELD),
        )
        if not taken:
            return
        report_error(
            site_code=site.code, error=error, subject=row, link=settings_link(error.code, site_id=site.pk)
        )


def _back(rows: Sequence[OrderOutbox], error: EcomsyncError, *, wait: timedelta = BACK_PAUSE) -> None:
    """The site is at fault, not the messages: they wait without losing an attempt."""
    _ours(rows).update(
        state=OutboxState.PENDING,
        claimed_until=None,
        not_before=timezone.now() + wait,
        updated_at=timezone.now(),
        **_columns(error, HELD),
    )


def _columns(error: EcomsyncError, kind: str) -> dict[str, str]:
    return {
        "error_class": kind,
        "error_code": error.code[:60],
        "error_message": clean_text(error.message),
        "remedy": clean_text(error.cure or str(remedy_for(error.code).cure)),
    }


def retry_messages(rows: QuerySet[OrderOutbox]) -> int:
    """Staff want messages to go again, at once and with fresh attempts: those that failed, were cancelled, met a dry run,
    or wait for their next attempt."""
    later = Q(state=OutboxState.PENDING, not_before__gt=timezone.now())
    return rows.filter(_GOES_AGAIN | later).update(
        state=OutboxState.PENDING, attempts=0, not_before=None, completed_at=None, updated_at=timezone.now()
    )


_GOES_AGAIN = Q(state__in=(OutboxState.FAILED, OutboxState.DEAD, OutboxState.CANCELLED)) | Q(
    state=OutboxState.DONE, error_message__startswith=DRY_RUN
)


def can_go_again(row: OrderOutbox) -> bool:
    """Whether 'Retry' suits the message."""
    if row.state == OutboxState.DONE:
        return row.error_message.startswith(DRY_RUN)
    if row.state == OutboxState.PENDING:
        return row.not_before is not None and row.not_before > timezone.now()
    return row.state in (OutboxState.FAILED, OutboxState.DEAD, OutboxState.CANCELLED)


def cancel_messages(rows: QuerySet[OrderOutbox]) -> int:
    """Staff want messages never sent. What is under way or done stays; the problems of the others close."""
    with transaction.atomic():
        chosen = list(
            rows.filter(state__in=CANCELLABLE).select_for_update(of=("self",)).select_related("order__site")
        )
        now = timezone.now()
        OrderOutbox.objects.filter(pk__in=[row.pk for row in chosen]).update(
            state=OutboxState.CANCELLED, completed_at=now, updated_at=now
        )
        for row in chosen:
            resolve_errors(site_code=row.order.site.code, subject=row)
    return len(chosen)


CANCELLABLE = (OutboxState.PENDING, OutboxState.FAILED, OutboxState.DEAD)
