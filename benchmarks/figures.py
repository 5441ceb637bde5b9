"""Counting statements and rows, and time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models


class Statements:
    """How many statements were sent."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.count += 1
        return execute(*arguments)


@contextmanager
def counting_statements() -> Iterator[Statements]:
    """Count the statements of the block."""
    counter = Statements()
    with connection.execute_wrapper(counter):
        yield counter


def rows_of_all_tables() -> dict[type[models.Model], int]:
    """Every table of ours with its rows."""
    return {model: model._default_manager.count() for model in apps.get_models() if model._meta.managed}


def newest_ids(found: Sequence[type[models.Model]]) -> dict[type[models.Model], int]:
    """The highest key of each table, 0 for an empty one."""
    return {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in found
    }


class Clock:
    """Seconds on the wall, and of the processor: ours and, where it is on this machine, of our session in PostgreSQL."""

    def __init__(self) -> None:
        self._stat = _session_stat()
        self.wall = self.processor = 0.0

    def __enter__(self) -> Clock:
        self._started = time.perf_counter(), time.process_time() + self._session()
        return self

    def __exit__(self, *_error: object) -> None:
        wall, processor = self._started
        self.wall = time.perf_counter() - wall
        self.processor = time.process_time() + self._session() - processor

    def _session(self) -> float:
        if self._stat is None:
            return 0.0
        fields = self._stat.read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _session_stat() -> Path | None:
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        found = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    return found if found.exists() and "postgres" in found.read_text() else None
