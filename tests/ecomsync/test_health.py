"""What `/healthz` and `/readyz` tell, and that nothing hangs when the broker or the cache is gone."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.backoff import NoBackoff
from redis.retry import Retry

from ecomsync.heartbeats import BEAT_PROCESS, WORKER, pulse
from ecomsync.models import Heartbeat
from ecomsync.shared_cache import ForgivingRedisCache
from ecomsync.tasks import BEAT, note_heartbeat

REFUSING = "redis://127.0.0.1:1/0"


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def application_at(url: str) -> Celery:
    """A Celery application with the settings of ours, but another broker."""
    application = Celery("elsewhere", set_as_current=False)
    application.config_from_object("django.conf:settings", namespace="CELERY")
    application.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
    return application


def broken_cache(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ForgivingRedisCache, "_gone_until", 0.0)
    options = {"socket_connect_timeout": 1, "socket_timeout": 2, "retry": Retry(NoBackoff(), 0)}
    return ForgivingRedisCache(url, {"OPTIONS": options})


def test_healthz_answers_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_is_whole_when_all_parts_work(client: Client) -> None:
    note_heartbeat()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert set(response.json()) == {"status", "database", "broker", "cache", "beat"}


@pytest.mark.django_db
def test_readyz_tells_that_beat_never_ticked(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["beat"] == "has not ticked yet"


@pytest.mark.django_db
def test_readyz_tells_that_beat_is_silent(client: Client) -> None:
    Heartbeat.objects.create(name=BEAT, at=timezone.now() - timedelta(seconds=95))

    assert client.get("/readyz").json()["beat"] == "silent for 95 s"

    note_heartbeat()
    assert client.get("/readyz").json()["beat"] == "ok"
    assert Heartbeat.objects.count() == 1


@pytest.mark.django_db
def test_readyz_is_unavailable_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("no")

    monkeypatch.setattr(connection, "cursor", gone)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert response.json()["database"] == "unreachable: OperationalError"


@pytest.mark.django_db
@pytest.mark.parametrize("silent", [False, True])
def test_readyz_names_the_broker_and_stays_up(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    settings.EMBEDDED = False
    note_heartbeat()
    with silent_server() as quiet:
        monkeypatch.setattr("ecomsync.health.app", application_at(quiet if silent else REFUSING))
        began = time.perf_counter()
        response = client.get("/readyz")
        took = time.perf_counter() - began

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["broker"].startswith("unreachable")
    assert took < 10


@pytest.mark.parametrize(("silent", "seconds"), [(False, 1.0), (True, 5.0)])
def test_publishing_without_broker_fails_fast(silent: bool, seconds: float) -> None:
    with silent_server() as quiet:
        application = application_at(quiet if silent else REFUSING)
        began = time.perf_counter()
        with pytest.raises((BrokerError, OSError)):
            application.send_task("ecomsync.tasks.note_heartbeat", ignore_result=True)
        took = time.perf_counter() - began

    assert took < seconds


@pytest.mark.parametrize("silent", [False, True])
def test_cache_that_is_gone_is_an_empty_cache(monkeypatch: pytest.MonkeyPatch, silent: bool) -> None:
    with silent_server() as quiet:
        cache = broken_cache(quiet if silent else REFUSING, monkeypatch)
        began = time.perf_counter()

        assert cache.add("k", 1, 10) is True
        cache.set("k", 1)
        assert cache.get("k", "nothing") == "nothing"
        assert cache.delete("k") is False
        assert cache.get_many(["k"]) == {}
        assert cache.touch("k") is False
        assert "k" not in cache
        cache.clear()

        # Only the first of these waited for its timeout.
        assert time.perf_counter() - began < 3.5
        assert cache.is_gone


def test_cache_is_looked_at_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = broken_cache(REFUSING, monkeypatch)
    cache.get("k")
    assert cache.is_gone

    monkeypatch.setattr(type(cache), "_gone_until", time.monotonic() - 1)

    assert not cache.is_gone


@pytest.mark.redis
def test_cache_that_is_there_works() -> None:
    cache = caches["default"]

    assert cache.add("k", 1, 10) is True
    assert cache.add("k", 2, 10) is False
    assert cache.get("k") == 1
    assert cache.touch("k", 20) is True
    assert cache.delete("k") is True
    assert not cache.is_gone  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_pages_work_without_broker_and_cache(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMBEDDED = False
    settings.CACHES = {
        "default": {"BACKEND": "ecomsync.shared_cache.ForgivingRedisCache", "LOCATION": REFUSING}
    }
    monkeypatch.setattr(ForgivingRedisCache, "_gone_until", 0.0)
    monkeypatch.setattr("ecomsync.health.app", application_at(REFUSING))

    assert client.get("/admin/login/").status_code == 200
    assert client.get("/readyz").json()["cache"] == "unreachable"


@pytest.mark.django_db
def test_each_part_can_be_asked_alone(client: Client) -> None:
    assert client.get("/healthz/web").json() == {"status": "ok", "web": "ok"}
    assert client.get("/healthz/database").json() == {"status": "ok", "database": "ok"}
    worker = client.get("/healthz/worker")
    assert (worker.status_code, worker.json()["worker"]) == (503, "no worker has started yet")
    nothing = client.get("/healthz/kitchen")
    assert (nothing.status_code, nothing.json()["status"]) == (404, "unknown_part")

    Heartbeat.note(WORKER)
    Heartbeat.objects.create(name=BEAT_PROCESS, at=timezone.now() - timedelta(seconds=120))

    assert client.get("/healthz/worker").status_code == 200
    assert client.get("/healthz/beat").json() == {"status": "failing", "beat": "silent for 120 s"}
    assert client.get("/healthz/work").json()["work"] == "has not ticked yet"


@pytest.mark.django_db
def test_a_pulse_survives_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, beats = threading.Event(), []

    def note(name: str) -> None:
        beats.append(name)
        if len(beats) == 3:
            stop.set()
        raise OperationalError("away")

    monkeypatch.setattr(Heartbeat, "note", note)
    monkeypatch.setattr(connection, "close", lambda: None)

    pulse("worker process", seconds=0.01, stop=stop)

    assert len(beats) == 3
