"""`/healthz`: the process answers. `/readyz`: it can do its work. `/healthz/<part>`: one part alone.

Pages and webhooks need the database and nothing else. Without broker, beat or cache they still work, and what they
store waits; so these make the answer "degraded" with status 200, lest a load balancer take away the very process
that stores the webhooks meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from ecomsync.celery import app
from ecomsync.heartbeats import BEAT_PROCESS, WORKER
from ecomsync.models import Heartbeat
from ecomsync.tasks import BEAT

# Six missed heartbeats: also a worker that is busy for a while has carried out one of them.
SILENT_AFTER_SECONDS = 60
OK = "ok"


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": OK})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 when the database is gone; else 200, "degraded" with the part that fails named."""
    parts = {"database": _database(), "broker": _broker(), "cache": _cache()}
    ready = parts["database"] == OK
    parts["beat"] = _beat() if ready else "unknown"
    whole = all(state == OK for state in parts.values())
    status = OK if whole else "degraded" if ready else "unavailable"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def part_health(request: HttpRequest, part: str) -> JsonResponse:
    """One part: 200 when it works, 503 with the reason when it does not, for monitors that look at one thing each."""
    look = PARTS.get(part)
    if look is None:
        names = ", ".join(PARTS)
        return JsonResponse({"status": "unknown_part", "cure": f"Ask for one of: {names}."}, status=404)
    state = look()
    return JsonResponse(
        {"status": OK if state == OK else "failing", part: state}, status=200 if state == OK else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as err:
        return f"unreachable: {type(err).__name__}"
    return OK


def _broker() -> str:
    if settings.EMBEDDED:
        return OK
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (BrokerError, OSError) as err:
        return f"unreachable: {type(err).__name__}"
    return OK


def _cache() -> str:
    cache.set("readyz", OK, 10)
    return OK if cache.get("readyz") == OK else "unreachable"


def _beat() -> str:
    """How long ago beat, broker and a worker together last did something."""
    return _seen(BEAT, "has not ticked yet")


def _seen(name: str, never: str) -> str:
    try:
        at = Heartbeat.last(name)
    except DatabaseError:
        return "unknown: the database is not migrated"
    if at is None:
        return never
    age = round((timezone.now() - at).total_seconds())
    return OK if age <= SILENT_AFTER_SECONDS else f"silent for {age} s"


PARTS: Mapping[str, Callable[[], str]] = {
    "web": lambda: OK,
    "database": _database,
    "broker": _broker,
    "cache": _cache,
    "worker": lambda: _seen(WORKER, "no worker has started yet"),
    "beat": lambda: _seen(BEAT_PROCESS, "beat has not started yet"),
    "work": _beat,  # beat, broker and a worker together
}
