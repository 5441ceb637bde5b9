"""Signs of life of the processes: a thread of each Celery worker and of beat writes down that it is there.

The row 'beat' of `ecomsync.tasks` proves beat, broker and a worker together; these rows tell which of them is gone.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery.signals import beat_init, worker_ready, worker_shutdown
from django.db import DatabaseError, connection

from ecomsync.models import Heartbeat

logger = logging.getLogger(__name__)

SECONDS = 10.0
WORKER = "worker process"
BEAT_PROCESS = "beat process"

_stop = threading.Event()


def pulse(name: str, *, seconds: float = SECONDS, stop: threading.Event = _stop) -> None:
    """Write the sign of life until told to stop; a database that is away for a while is no reason to end."""
    try:
        while True:
            try:
                Heartbeat.note(name)
            except DatabaseError as error:
                connection.close()
                logger.warning("The heartbeat of %s could not be written: %s", name, type(error).__name__)
            if stop.wait(seconds):
                return
    finally:
        connection.close()


def _start(name: str) -> None:
    _stop.clear()
    threading.Thread(target=pulse, args=(name,), name=f"pulse-{name}", daemon=True).start()


@worker_ready.connect
def _worker_is_ready(**kwargs: Any) -> None:
    _start(WORKER)


@beat_init.connect
def _beat_begins(**kwargs: Any) -> None:
    _start(BEAT_PROCESS)


@worker_shutdown.connect
def _worker_ends(**kwargs: Any) -> None:
    _stop.set()
