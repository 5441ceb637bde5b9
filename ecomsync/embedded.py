"""The whole product in one process: web server, Celery worker and beat as threads, an in-memory broker.

There is exactly one process: one beat, one memory broker, everything loaded once. The same code runs as separate
processes on many machines when BROKER_URL and DATABASE_URL are set.
"""

from __future__ import annotations

import ctypes
import logging
import os
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from celery import beat
from django.conf import settings
from gunicorn.app.base import BaseApplication
from gunicorn.sock import create_sockets
from gunicorn.workers.gthread import ThreadWorker

from ecomsync.celery import app

logger = logging.getLogger(__name__)

WEB_THREADS = 8
WORKER_THREADS = 4
STOP_SECONDS = 10


class Background:
    """The worker and beat threads of this process."""

    def __init__(self) -> None:
        self._worker: Any = None
        self._beat: Any = None

    def start(self) -> None:
        # Celery would run all checks of Django, which load every page. Those of the installation have been run by `up`.
        os.environ["CELERY_SKIP_CHECKS"] = "true"
        self._worker = app.WorkController(
            pool="threads",
            concurrency=WORKER_THREADS,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
        )
        Thread(target=self._worker.start, name="celery-worker", daemon=True).start()
        schedule = Path(settings.VAR_DIR) / "beat-schedule"
        for leftover in schedule.parent.glob(schedule.name + "*"):
            leftover.unlink()
        self._beat = beat.Service(app, max_interval=1, schedule_filename=str(schedule))
        Thread(
            target=self._beat.start, kwargs={"embedded_process": False}, name="celery-beat", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop claiming and wait a little; what is still running is covered by its lease."""
        if self._beat is not None:
            self._beat.stop()
        if self._worker is not None:
            stopper = Thread(target=self._worker.stop, daemon=True)
            stopper.start()
            stopper.join(STOP_SECONDS)


class LoneWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, and no master above it whose end would be its own."""

    def is_parent_alive(self) -> bool:
        return True


class EmbeddedServer(BaseApplication):  # type: ignore[misc]
    """gunicorn inside this process's command, configured for the embedded mode.

    Its worker runs in this very process. A master beside it would hold a second copy of everything that is loaded,
    only to start the worker again should it crash; whatever starts this command can do that.
    """

    def __init__(self, *, address: str) -> None:
        self._address = address
        self._background = Background()
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._address,
            "threads": WEB_THREADS,
            "max_requests": 0,
            "keepalive": 30,
            "graceful_timeout": STOP_SECONDS,
            "timeout": 0,
            "loglevel": "warning",
            "post_worker_init": self._start_background,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from ecomsync.wsgi import application

        return application

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or SIGQUIT."""
        keep_memory_together()
        log = self.cfg.logger_class(self.cfg)
        worker = LoneWorker(1, os.getpid(), create_sockets(self.cfg, log), self, 0, self.cfg, log)
        worker.pid = os.getpid()
        try:
            worker.init_process()
        finally:
            self._background.stop()
            worker.tmp.close()

    def _start_background(self, worker: Any) -> None:
        self._background.start()


#: Of mallopt: how many separate heaps the C library may keep for threads.
_M_ARENA_MAX = -8


def keep_memory_together() -> None:
    """Else the C library gives nearly each of our dozen threads a heap of its own, and what is free in one is of no use
    to another. Other C libraries than glibc know nothing of it and need nothing."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
