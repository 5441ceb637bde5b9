"""One run: set up, the rounds of the plan, quiet, the comparison."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone

from activity.models import Run
from ecomsync.demo.company import create_site, map_payment_method
from ecomsync.demo.printing import say, step, table
from ecomsync.demo.processes import DemoFailed
from ecomsync.demo.story import QUEUES
from erp.services.accounting import ensure_default_accounts
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.services.push_outbox import retry_messages
from orders.states import OPEN_OUTBOX_STATES, OutboxState
from sites.kick import publish_runs
from sites.models import Site
from sites.runs import request_run
from sync_queues.models import State
from sync_queues.services.site_actions import retry_failed
from tests.chaos.archive import Archive
from tests.chaos.checks import CHECKS, World, survived
from tests.chaos.diary import Diary
from tests.chaos.disturbances import Disturber
from tests.chaos.plan import Round
from tests.chaos.processes import Installation
from tests.chaos.trade import Trade
from tests.chaos.wrong import Wrong
from webhooks.models import WebhookEvent
from webhooks.models.events import WAITING_STATES, EventState
from webhooks.services.replay import replay_events

OVER = (Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED)
#: Longer than any wake-up of beat that finds work, but for the polls, which are asked for by hand.
QUIET_SECONDS = 4.0
LATENCY = 120  # ms
KINDS = ("qty", "price", "item")


@dataclass
class Chaos:
    house: Installation
    archive: Archive
    diary: Diary
    site: Site

    @classmethod
    def set_up(cls, house: Installation) -> Chaos:
        """The demo company with a site on the shop, linked and filled; nothing is disturbed yet."""
        step("Set up: the demo company, a shop, gunicorn, two workers, beat, PostgreSQL and Redis")
        house.start_shop()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_demo_company", verbosity=0)
        house.servers.make_durable()
        close_old_connections()
        ensure_default_accounts()
        site = create_site(house.shop)
        map_payment_method(site, "stc_pay")
        Site.objects.filter(pk=site.pk).update(
            orders_interval=1,
            returns_interval=1,
            webhook_health_interval=1,
            order_changed_policy="correct",
            cancel_policy="credit",
            reopened_policy="remake",
            generate_accounting_entries=True,
        )
        site.refresh_from_db()
        house.start()
        house.wait_until_up()
        archive = Archive(house.archive, is_small_disk=house.servers.archive_is_small)
        chaos = cls(house, archive, Diary(), site)
        for action in (
            "test_connection",
            "register_webhooks",
            "link_items",
            "read_sales",
            "update_all_qtys",
            "update_all_prices",
        ):
            chaos.run(action, seconds=180)
        chaos.wait_for_quiet(seconds=180)
        return chaos

    def disturb(self, rounds: Sequence[Round]) -> None:
        step(f"{len(rounds)} rounds: trade, faults, and a worker killed in each")
        trade = Trade(self.site, self.house.shop, self.diary)
        disturber = Disturber(self.house, self.archive, self.diary)
        # A shop on the internet takes its time, so that a kill meets calls that are under way.
        self.house.shop.post("faults", {"kind": "slow", "ms": LATENCY})
        for entry in rounds:
            self.diary.round = entry.number
            for kind in entry.instant:
                disturber.now(kind)
            came_up = entry.waits and self.house.worker_logs[entry.victim].wait(12)
            for what in entry.begins:
                disturber.begin(what)
            for act in entry.trades:
                trade.do(act)
            time.sleep(entry.life)
            disturber.kill_worker(entry.victim, came_up=came_up)
            disturber.end(entry.number)
            if (entry.number + 1) % 20 == 0:
                say(f"    {entry.number + 1} killed, {self.diary.counts['order']} orders placed")
        disturber.end()

    def settle(self) -> None:
        """Faults are over; everything runs; what people would press is pressed; then nothing waits any more."""
        step("The faults are over: everything runs, until nothing waits")
        shop, disturber = self.house.shop, Disturber(self.house, self.archive, self.diary)
        shop.post("faults", {"clear": True})
        self.house.start()
        self.house.wait_until_up()
        if Site.objects.get(pk=self.site.pk).paused:
            say("    the site is paused; its connection is tested")
            self.run("test_connection", seconds=120)
        disturber.publish("webhooks.tasks.watch_webhooks")
        self.archive.make_room()
        disturber.run_retention()
        shop.post("webhooks/flush")
        # A message that many killed workers had in hand would wait for an hour.
        retry_messages(OrderOutbox.objects.filter(order__site=self.site, state=OutboxState.PENDING))
        self.wait_for_quiet(seconds=300)
        for action in ("read_sales", "read_returns"):
            self.run(action, seconds=180)
        # What a clock stamped that was wrong for some seconds between two readings, with its delivery lost, is found here.
        self.run("reconcile_orders", seconds=180, repair=True)
        self.wait_for_quiet(seconds=300)
        if self._retry():
            self.wait_for_quiet(seconds=300)

    def _retry(self) -> int:
        """What was given up meanwhile goes again, as staff would let it."""
        requests = sum(retry_failed(site=self.site, dry_run=False, kind=kind) for kind in KINDS)
        given_up = OrderOutbox.objects.filter(
            order__site=self.site, state__in=(OutboxState.FAILED, OutboxState.DEAD)
        )
        messages = retry_messages(given_up)
        events = replay_events(events=WebhookEvent.objects.filter(site=self.site, state=EventState.DEAD))
        say(f"    tried again by hand: {requests} requests, {messages} messages, {events} events")
        return requests + messages + events

    def compare(self) -> list[Wrong]:
        step("Compare: shop, ERP, books and archive")
        world = World.read(self.site, self.house.shop, self.archive)
        wrong: list[Wrong] = []
        for name, check in CHECKS.items():
            found = list(check(world))
            say(f"    {'ok   ' if not found else 'WRONG'} {name}")
            wrong += found
        return wrong

    def report(self, wrong: Sequence[Wrong], log: Path) -> None:
        log.write_text("\n".join(self.diary.lines()) + "\n")
        step("What was injected, and what was done")
        table(("kind", "times"), sorted(self.diary.counts.items()))
        step("What survived")
        table(("", "count"), survived(self.site))
        for fault in wrong[:40]:
            say(f"\nWRONG {fault.sentence}")
            for line in self.diary.around(fault.subject):
                say(f"      {line}")
        say(f"\nThe whole diary is in {log}.")

    # ---------------------------------------------------------------- waiting

    def run(self, action: str, *, seconds: float, **params: Any) -> None:
        """Press a button of the site and wait for its report; one that a fault ended is pressed again."""
        deadline = time.monotonic() + seconds
        while True:
            run = request_run(site=self.site, action=action, params=params)
            publish_runs()
            self._wait(
                lambda pk=run.pk: Run.objects.filter(pk=pk, state__in=OVER).exists(),
                f"the report of {action}",
                deadline - time.monotonic(),
            )
            run.refresh_from_db()
            if run.state == Run.State.FINISHED:
                return
            if time.monotonic() > deadline - 5:
                raise DemoFailed(f"{action} ended as {run.state}: {run.message}")
            time.sleep(2)

    def wait_for_quiet(self, *, seconds: float) -> None:
        """Until nothing has waited anywhere for some seconds. Raises DemoFailed naming what does."""
        deadline, quiet_since = time.monotonic() + seconds, time.monotonic()
        busy = ""
        while time.monotonic() < deadline:
            close_old_connections()
            busy = self._busy()
            if busy:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= QUIET_SECONDS:
                return
            time.sleep(0.3)
        say(f"    still not quiet after {seconds:.0f} s: {busy or 'something waited just now'}")

    def _busy(self) -> str:
        """What waits, "" when nothing does."""
        try:
            waiting = {
                name: rows.filter(site=self.site, state__in=(State.PENDING, State.PROCESSING)).count()
                for name, rows in QUEUES.items()
            }
            waiting["messages"] = OrderOutbox.objects.filter(
                order__site=self.site, state__in=OPEN_OUTBOX_STATES
            ).count()
            waiting["events"] = WebhookEvent.objects.filter(
                site=self.site, state__in=(*WAITING_STATES, EventState.PROCESSING)
            ).count()
            waiting["runs"] = Run.objects.filter(site_code=self.site.code).exclude(state__in=OVER).count()
            waiting["orders to heal"] = Order.objects.filter(
                site=self.site, heal_at__lte=timezone.now()
            ).count()
            waiting["returns to heal"] = ReturnOrder.objects.filter(
                site=self.site, heal_at__lte=timezone.now()
            ).count()
            waiting["old rows"] = self.archive.waiting()
        except DatabaseError as error:
            return str(error)
        return ", ".join(f"{number} {name}" for name, number in waiting.items() if number)

    @staticmethod
    def _wait(condition: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            close_old_connections()
            if condition():
                return
            time.sleep(0.2)
        raise DemoFailed(f"Waited in vain for this: {what}.")
