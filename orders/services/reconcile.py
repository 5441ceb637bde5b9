"""Compare the orders of the shop with ours: missing, extra, different, all well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from activity.models import LIVE_STATES, Difference
from activity.services import RunReporter
from activity.services.differences import (
    Found,
    close_unseen,
    open_of_run,
    record_differences,
    repair_rows,
    told,
)
from orders.models import Order
from orders.services.cancel_order import cancel_order
from orders.services.context import ImportContext
from orders.services.judge_order import Held, gone, judge, keys_of, read_held
from orders.services.repair_differences import repair_with
from orders.states import OrderState
from platforms.base import OrderOrFailure, PlatformAdapter
from platforms.types import OrderReadFailure, RemoteOrder
from sites.models import Site
from sites.services.reconcile_alarm import judge_comparison

BATCH = 100
MAX_NOTED = 200
#: How long the event of a change may be on its way.
EVENT_MINUTES = 2
Kind, State = Difference.Kind, Difference.State


def reconcile_orders(
    *,
    site: Site,
    adapter: PlatformAdapter,
    reporter: RunReporter,
    created_from: datetime,
    repair: bool = False,
) -> None:
    """Go through the shop's orders since a day, then ours that the shop did not list, then what was open before.

    Compared are id, total, status, refunds, and the documents. Statements grow with the batches; what was compared is
    stamped on our rows, so that memory does not grow. A killed run begins again, or goes on after the shop's list.
    repair: import what is missing or different, and cancel what waits here and is gone there.
    """
    work = _Work(site, adapter, reporter, repair=repair)
    place = reporter.resumed_from
    if not place:
        place = {"began": work.list_shop(created_from).isoformat(), "after": 0}
        reporter.checkpoint(**place)
    began = datetime.fromisoformat(place["began"])
    work.look_for_gone(_unstamped(site, began, created_from), began, int(place["after"]))
    work.look_at_known_differences()
    closed = close_unseen(run=reporter.run, kinds=[Kind.ORDER])
    for name, number in closed.items():
        reporter.count(f"differences_{name}", number)
    reporter.count("differences_open", judge_comparison(run=reporter, site=site))


@dataclass
class _Work:
    site: Site
    adapter: PlatformAdapter
    reporter: RunReporter
    repair: bool
    noted: int = field(default=0, init=False)

    def list_shop(self, created_from: datetime) -> datetime:
        """Compare what the shop lists. Returns the moment before which none of our rows was stamped."""
        began = timezone.now()
        batch: list[OrderOrFailure] = []
        seen = 0
        for entry in self.adapter.iter_orders(created_from=created_from):
            batch.append(entry)
            if len(batch) >= BATCH:
                self.compare(batch)
                seen += len(batch)
                batch = []
                self.reporter.progress(seen)
                self.reporter.check_cancelled()
        self.compare(batch)
        return began

    def look_for_gone(self, rows: QuerySet[Order], began: datetime, after: int) -> None:
        """Orders of ours in the same days that were not listed: asked for by id, and gone when the shop has them not."""
        while part := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", "remote_id")[:BATCH]):
            self.reporter.check_cancelled()
            self.compare_by_id([remote_id for _pk, remote_id in part])
            after = part[-1][0]
            self.reporter.checkpoint(began=began.isoformat(), after=after)

    def look_at_known_differences(self) -> None:
        """What was found before and lies outside these days is looked at as well, so that it may close."""
        live = Difference.objects.filter(site_code=self.site.code, kind=Kind.ORDER, state__in=LIVE_STATES)
        live = live.filter(Q(run=None) | ~Q(run=self.reporter.run))
        after = 0
        while rows := list(live.filter(pk__gt=after).order_by("pk").values_list("pk", "key")[:BATCH]):
            self.reporter.check_cancelled()
            self.compare_by_id(list(dict.fromkeys(key.partition("|")[0] for _pk, key in rows)))
            after = rows[-1][0]

    def compare_by_id(self, remote_ids: Sequence[str]) -> None:
        """The shop's answers are compared; orders that it does not know and we hold are listed as extra."""
        entries = list(self.adapter.get_orders(remote_ids))
        self.compare(entries)
        there = {entry.remote_id for entry in entries}
        absent = [remote_id for remote_id in remote_ids if remote_id not in there]
        if not absent:
            return
        rows = Order.objects.filter(site=self.site, remote_id__in=absent).exclude(state=OrderState.CANCELLED)
        lost = list(rows.select_related("site").defer("raw"))
        self._finish([row.remote_id for row in lost], [gone(row) for row in lost], {})

    def compare(self, batch: Sequence[OrderOrFailure]) -> None:
        """At most a dozen statements, however many orders."""
        if not batch:
            return
        context = ImportContext(self.site)
        ids = list(dict.fromkeys(entry.remote_id for entry in batch))
        held = read_held(context, ids)
        Order.objects.filter(pk__in=[row.pk for row in held.orders.values()]).update(
            compared_at=timezone.now()
        )
        found: list[Found] = []
        untold: set[str] = set()
        failed: dict[str, OrderReadFailure] = {}
        remotes: dict[str, RemoteOrder] = {}
        for entry in batch:
            if isinstance(entry, OrderReadFailure):
                failed[entry.remote_id] = entry
                continue
            remotes[entry.remote_id] = entry
            differs = judge(entry, held, context)
            if differs and self._is_on_its_way(entry, held):
                untold.add(entry.remote_id)
            else:
                found += differs
        for remote_id, failure in failed.items():
            self.reporter.found()
            self.reporter.failed(1, message=f"{remote_id}: {failure.message}", code=failure.code)
        waiting = [*untold, *failed]
        self._finish([key for key in ids if key not in failed], found, remotes, waiting)

    def _is_on_its_way(self, remote: RemoteOrder, held: Held) -> bool:
        """Changed so lately that the next reading, or its event, brings it by itself."""
        row = held.orders.get(remote.remote_id)
        if row is not None and row.updated_remote is not None and row.updated_remote >= remote.updated_at:
            return False
        pause = 2 * self.site.orders_interval if self.site.read_orders else 0
        if self.site.webhook_integration_enabled:
            pause = max(pause, EVENT_MINUTES)
        return remote.updated_at > timezone.now() - timedelta(minutes=pause)

    def _finish(
        self,
        remote_ids: Sequence[str],
        found: Sequence[Found],
        remotes: dict[str, RemoteOrder],
        waiting: Sequence[str] = (),
    ) -> None:
        """Write down what differs, repair it where that is wanted, and count each order once."""
        kept = {(Kind.ORDER.value, key) for remote_id in waiting for key in keys_of(remote_id)}
        states = record_differences(run=self.reporter.run, found=found, waiting=kept)
        repaired = self._repair([key for key, state in states.items() if state == State.OPEN], remotes)
        by_order: dict[str, set[str]] = {}
        for key, state in states.items():
            order = by_order.setdefault(key[1].partition("|")[0], set())
            order.add("repaired" if key[1] in repaired else state)
        for remote_id in remote_ids:
            shown = by_order.get(remote_id, set())
            if shown & {State.OPEN.value, State.ASKED.value}:
                outcome = "held"
            elif "repaired" in shown:
                outcome = "updated"
            else:
                outcome = "skipped" if shown or remote_id in waiting else "unchanged"
            self.reporter.found()
            self.reporter.count(outcome)
        for entry in found:
            self._note(entry, states.get((entry.kind, entry.key), ""), entry.key in repaired)

    def _repair(self, keys: Sequence[tuple[str, str]], remotes: dict[str, RemoteOrder]) -> set[str]:
        if not self.repair or not keys:
            return set()
        rows = open_of_run(self.reporter.run, keys)
        results = repair_rows(
            run=self.reporter,
            rows=rows,
            repairers={Kind.ORDER: lambda **given: repair_with(site=self.site, adapter=self.adapter,
                                                               remotes=remotes, rows=given["rows"])},
        )  # fmt: skip
        return {row.key for row in rows if results[row.pk].state != State.OPEN}

    def _note(self, entry: Found, state: str, repaired: bool) -> None:
        """The report names the first ones; the list of differences has them all."""
        if state == State.IGNORED:
            return
        self.noted += 1
        if self.noted > MAX_NOTED:
            self.reporter.count("notes_left_out", 1)
        else:
            level = "info" if repaired else "warning"
            self.reporter.note(told(entry), level=level, subject=entry.subject)


def _unstamped(site: Site, began: datetime, created_from: datetime) -> QuerySet[Order]:
    """Our orders of these days that the comparison did not see; those that came while it went are left out."""
    unseen = Q(compared_at=None) | Q(compared_at__lt=began)
    rows = Order.objects.filter(unseen, site=site, created_remote__gte=created_from, created_at__lt=began)
    return rows.exclude(state=OrderState.CANCELLED)


def settle_gone(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, remote_ids: Sequence[str], repair: bool
) -> None:
    """Orders that were read again and that a listing of the shop did not name: gone when it has them not.

    repair: what waits without documents is cancelled, so that its units are for sale again; staff decide over the rest.
    """
    there = {entry.remote_id for entry in adapter.get_orders(remote_ids)}
    rows = Order.objects.filter(site=site, remote_id__in=remote_ids).defer("raw")
    known: dict[str, Any] = {row.remote_id: row for row in rows}
    for remote_id in remote_ids:
        row = known.get(remote_id)
        if remote_id in there:
            reporter.unchanged()
        elif row is None or row.state == OrderState.CANCELLED:
            reporter.skipped()
            reporter.note(f"{remote_id}: the shop has no such order.", level="warning")
        elif repair and not row.is_imported:
            cancel_order(site=site, remote_id=remote_id, reason="Gone from the shop.")
            reporter.updated()
        else:
            reporter.held(1, message=f"{row.number}: extra: we have it, the shop has not", subject=row)
