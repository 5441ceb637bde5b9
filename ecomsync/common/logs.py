"""Logs as structured lines, and one trace id that follows a piece of work through its calls and tasks."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

_trace: ContextVar[str] = ContextVar("trace_id", default="")


def current_trace_id() -> str:
    """The id of the work under way, or "" outside any."""
    return _trace.get()


@contextmanager
def new_trace(trace_id: str = "") -> Iterator[str]:
    """Begin (or continue) a piece of work under its own id."""
    chosen = trace_id or os.urandom(16).hex()
    token = _trace.set(chosen)
    try:
        yield chosen
    finally:
        _trace.reset(token)


@contextmanager
def ensure_trace() -> Iterator[str]:
    """Keep the trace that is there, or begin one."""
    present = current_trace_id()
    if present:
        yield present
    else:
        with new_trace() as trace_id:
            yield trace_id


def add_trace(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    trace_id = current_trace_id()
    if trace_id:
        event["trace_id"] = trace_id
    return event


class TraceFilter(logging.Filter):
    """Puts the trace id on every record, so that plain formatters can print it too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.trace_id = current_trace_id()
        return True


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: one line a record, JSON in production, readable in a terminal."""
    quiet = "DEBUG" if level == "DEBUG" else "WARNING"
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_level=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "celery": {"level": level},
            # Every tick would be four lines, every few seconds; what fails is told above this level.
            "celery.beat": {"level": quiet},
            "celery.worker.strategy": {"level": quiet},
            "celery.app.trace": {"level": quiet},
            "kombu.connection": {"level": "ERROR"},
            "urllib3": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # A page printed is a dozen lines about its making.
            "weasyprint": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
        },
    }
