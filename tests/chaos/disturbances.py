"""What is done to the installation and to the shop, and how it is undone."""

from __future__ import annotations

import random
import urllib.request
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import close_old_connections
from kombu.exceptions import OperationalError

from ecomsync.celery import app as celery
from tests.chaos.archive import Archive
from tests.chaos.diary import Diary
from tests.chaos.plan import Disturbance
from tests.chaos.processes import Installation

PRUNE = ("activity.tasks.prune", "sync_queues.tasks.prune", "orders.tasks.prune", "sites.tasks.prune")
HOURS = (-3, -1, 1, 2, 5)


class Disturber:
    def __init__(self, house: Installation, archive: Archive, diary: Diary) -> None:
        self._house, self._archive, self._diary = house, archive, diary
        self._undo: list[tuple[int, str, Callable[[], None]]] = []
        self._servers: dict[str, Callable[[random.Random], Callable[[], None]]] = {
            "broker_stopped": lambda chance: self._stop_broker(forget=False),
            "broker_forgets": lambda chance: self._stop_broker(forget=True),
            "database_crashed": lambda chance: self._crash_database(),
            "archive_full": self._fill_archive,
            "clock_moved": self._move_clock,
        }
        self._instant: dict[str, Callable[[], None]] = {
            "web_killed": lambda: self._restart("web"),
            "beat_killed": lambda: self._restart("beat"),
            "webhooks_watched": lambda: self.publish("webhooks.tasks.watch_webhooks"),
            "retention": self.run_retention,
        }

    def begin(self, what: Disturbance) -> None:
        close_old_connections()
        chance = random.Random(what.seed)
        start = self._servers.get(what.kind)
        if start is not None:
            self._diary.injected(what.kind)
            undo = start(chance)
        else:
            undo = self._fault(what, chance)
        self._undo.append((what.until, what.kind, undo))

    def end(self, round_number: int | None = None) -> None:
        """Undo what lasts no longer than this round; None: everything."""
        over = [row for row in self._undo if round_number is None or row[0] <= round_number]
        self._undo = [row for row in self._undo if row not in over]
        for _until, kind, undo in over:
            undo()
            self._diary.ended(kind)

    def now(self, kind: str) -> None:
        self._instant[kind]()
        self._diary.injected(kind)

    def kill_worker(self, number: int, *, came_up: bool) -> None:
        """SIGKILL, and the next one is started."""
        self._house.workers[number].kill()
        self._diary.injected("worker_killed", f"{number}{'' if came_up else ' while it started'}")
        self._house.start_worker(number)

    def run_retention(self) -> None:
        for name in PRUNE:
            self.publish(name)

    def publish(self, task: str) -> None:
        try:
            celery.send_task(task)
        except (OperationalError, OSError):
            self._diary.did("not published", task)

    # ---------------------------------------------------------------- the shop

    def _fault(self, what: Disturbance, chance: random.Random) -> Callable[[], None]:
        body = {"kind": what.kind, **what.params}
        if what.kind in ("batch_fail",):
            body["skus"] = chance.sample(sorted(self._house.shop.get("db/prices")), 15)
        number = self._house.shop.post("faults", body)["id"]
        shown = {name: value for name, value in body.items() if name not in ("kind", "skus")}
        self._diary.injected(what.kind, " ".join(f"{name}={value}" for name, value in shown.items()))
        return lambda: self._remove_fault(number)

    def _remove_fault(self, number: int) -> None:
        request = urllib.request.Request(
            f"{self._house.shop.url}/__sandbox__/faults",
            data=f'{{"id": {number}}}'.encode(),
            headers={"Content-Type": "application/json"},
            method="DELETE",
        )
        with urllib.request.urlopen(request, timeout=60):
            pass

    def _move_clock(self, chance: random.Random) -> Callable[[], None]:
        seconds = chance.choice(HOURS) * 3600 + chance.randint(-600, 600)
        self._house.shop.post("clock", {"advance": seconds})
        return lambda: self._house.shop.post("clock", {"advance": -seconds})

    # ---------------------------------------------------------------- the installation

    def _restart(self, name: str) -> None:
        process = {"web": self._house.web, "beat": self._house.beat}[name]
        process.kill()
        process.start()

    def _stop_broker(self, *, forget: bool) -> Callable[[], None]:
        broker = self._house.servers.redis
        broker.stop(immediately=forget, forget=forget)
        return broker.start

    def _crash_database(self) -> Callable[[], None]:
        self._house.servers.postgres.stop(immediately=True)
        return self._house.servers.postgres.start

    def _fill_archive(self, chance: random.Random) -> Callable[[], None]:
        try:
            self._archive.plant(chance)
        except DatabaseError:
            self._diary.did("not planted", "the database did not answer")
        self._archive.fill()
        self.run_retention()
        return self._make_room

    def _make_room(self) -> None:
        self._archive.make_room()
        self.run_retention()
