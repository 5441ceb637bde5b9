"""`/healthz`: the process answers. `/readyz`: it can do its work (database, broker, beat)."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from kombu.exceptions import OperationalError as BrokerError

from ecomsync.celery import app


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the part that fails named, 200 otherwise."""
    parts = {"database": _database(), "broker": _broker(), "cache": _cache()}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", **parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as err:
        return f"unreachable: {type(err).__name__}"
    return "ok"


def _broker() -> str:
    if settings.EMBEDDED:
        return "ok"
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (BrokerError, OSError) as err:
        return f"unreachable: {type(err).__name__}"
    return "ok"


def _cache() -> str:
    try:
        cache.set("readyz", time.time(), 10)
    except OSError as err:
        return f"unreachable: {type(err).__name__}"
    return "ok"
