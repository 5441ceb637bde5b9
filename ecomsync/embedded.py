"""The whole product in one process: web server, Celery worker and beat as threads, an in-memory broker.

gunicorn must run exactly one worker process here: one beat, one memory broker. The same code runs as separate
processes on many machines when BROKER_URL and DATABASE_URL are set.
"""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Thread
from typing import Any

from celery import beat
from django.conf import settings
from gunicorn.app.base import BaseApplication

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


class EmbeddedServer(BaseApplication):  # type: ignore[misc]
    """gunicorn inside this process's command, configured for the embedded mode."""

    def __init__(self, *, address: str) -> None:
        self._address = address
        self._background = Background()
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._address,
            "workers": 1,
            "worker_class": "gthread",
            "threads": WEB_THREADS,
            "max_requests": 0,
            "keepalive": 30,
            "graceful_timeout": STOP_SECONDS,
            "timeout": 0,
            "loglevel": "warning",
            "post_worker_init": self._start_background,
            "worker_exit": self._stop_background,
            "control_socket_disable": True,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from ecomsync.wsgi import application

        return application

    def _start_background(self, worker: Any) -> None:
        self._background.start()

    def _stop_background(self, server: Any, worker: Any) -> None:
        self._background.stop()
