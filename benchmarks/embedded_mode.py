"""`manage.py up` on SQLite with nothing beside it: time to ready, webhooks, memory, and a SIGKILL under load."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from benchmarks.load import Load, fire
from benchmarks.measuring import percentile
from benchmarks.processes import ROOT, memory_mb, process, wait_until
from benchmarks.reports import Report
from benchmarks.worlds import deliveries
from sites.models import Site
from tests.servers import free_port

_MAKE_SITE = (
    "from benchmarks.worlds import make_site; from sites.models import EventActionLine; site = make_site('EMB'); "
    "EventActionLine.objects.create(site=site, line_no=1, event_kind='order.updated', action='ignore', "
    "parameters={'reason': 'benchmark'}); print('ID', site.webhook_public_id)"
)


def run(*, quick: bool) -> Report:
    count = 150 if quick else 4_000
    report = Report(f"Embedded: one command, SQLite, {count} deliveries over 8 connections")
    with tempfile.TemporaryDirectory(prefix="ecomsync-embedded-") as folder:
        env = _environment(Path(folder))
        site = _prepared(env)
        port = free_port()
        command = ["manage.py", "up", f"127.0.0.1:{port}"]
        began = time.perf_counter()
        with process(command, env=env) as started:
            wait_until(lambda: _is_ready(port), seconds=120, step=0.02)
            report.at_most("ready in", time.perf_counter() - began, 2, " s")
            fire(port, deliveries(site, 50), connections=8)
            load = fire(port, deliveries(site, count), connections=8)
            _tell_load(report, load)
            report.at_most("memory (PSS)", memory_mb(started.pid), 100, " MB")
            killed = _kill_under_load(started, port, site, count)
        with process(command, env=env):
            wait_until(lambda: _is_ready(port), seconds=120)
            _tell_kill(report, Path(folder), killed)
    return report


def _environment(folder: Path) -> dict[str, str]:
    left_out = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "VAR_DIR": str(folder), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}


def _prepared(env: Mapping[str, str]) -> Site:
    """A migrated installation with a site; answered is a copy that knows its address."""
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v", "0"], cwd=ROOT, env=dict(env), check=True)
    made = subprocess.run(
        [*manage, "shell", "-v", "0", "-c", _MAKE_SITE],
        cwd=ROOT,
        env=dict(env),
        check=True,
        capture_output=True,
        text=True,
    )
    public_id = made.stdout.split("ID ", 1)[1].split()[0]
    return Site(site_type="woocommerce", webhook_public_id=public_id)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _tell_load(report: Report, load: Load) -> None:
    if load.broken or set(load.statuses) != {200}:
        raise RuntimeError(f"{load.statuses}, {load.broken} broken connections")
    report.at_least("webhooks per second", load.per_second, 800)
    report.at_most("p99", percentile(load.latencies, 0.99) * 1000, 40, " ms")


def _kill_under_load(started: subprocess.Popen[bytes], port: int, site: Site, count: int) -> Load:
    """SIGKILL to the whole family once deliveries are being answered. Returns those that were answered."""
    requests = deliveries(site, count * 10)
    seconds = max(0.3, count / 4_000)
    killer = threading.Timer(seconds, lambda: os.killpg(started.pid, signal.SIGKILL))
    killer.start()
    load = fire(port, requests, connections=8, stop_when_broken=True)
    killer.join()
    started.wait(10)
    return load


def _tell_kill(report: Report, folder: Path, load: Load) -> None:
    """Of the answered deliveries each is there, and its action was done once."""
    answered = {str(json.loads(request.partition(b"\r\n\r\n")[2])["id"]) for request in load.answered}
    report.told("answered before SIGKILL, connections broken", f"{len(answered)}, {load.broken}")
    [path] = folder.glob("*.sqlite3")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as database:

        def waiting() -> int:
            query = "SELECT count(*) FROM webhooks_webhookevent WHERE state IN ('pending', 'processing')"
            return int(database.execute(query).fetchone()[0])

        wait_until(lambda: not waiting(), seconds=240, step=0.2)
        rows = database.execute("SELECT remote_id, actions FROM webhooks_webhookevent").fetchall()
    done = {remote_id: len(json.loads(actions)) for remote_id, actions in rows}
    report.must("accepted events lost", sum(1 for one in answered if one not in done), 0)
    report.must("effects missing or repeated", sum(1 for count in done.values() if count != 1), 0)
