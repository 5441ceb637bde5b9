"""Servers of ours and of the floor as processes of their own, all on the scratch database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

from tests.servers import free_port, wait_for_port

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """Of the scratch database."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    secret = f":{told['PASSWORD']}" if told["PASSWORD"] else ""
    return f"postgresql://{told['USER']}{secret}@{told['HOST']}:{told['PORT']}/{told['NAME']}"


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "DATABASE_URL": database_url(), "PYTHONPATH": path, **more}


def has(package: str) -> bool:
    return find_spec(package) is not None


@contextmanager
def process(
    command: Sequence[str], *, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module or script with the interpreter of this run; ended, with its children, afterwards."""
    with tempfile.TemporaryFile() as log:
        started = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=dict(env or environment()),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield started
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4000:])
            raise
        finally:
            _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(started.pid, signal.SIGTERM)
        started.wait(15)
    except ProcessLookupError:
        return
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait(5)


@contextmanager
def gunicorn(application: str, *options: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """A web server of two workers on a free port."""
    port = free_port()
    command = ["-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "2", *options]
    with process([*command, "--log-level", "error"], env=env) as started:
        wait_for_port(port, started, "gunicorn")
        yield port


@contextmanager
def granian(application: str, *, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Two workers with four threads each."""
    port = free_port()
    command = [
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "2",
    ]
    options = ["--blocking-threads", "4", "--no-ws", "--log-level", "error"]
    with process([*command, *options, application], env=env) as started:
        wait_for_port(port, started, "granian")
        time.sleep(1)
        yield port


def wait_until(is_done: object, *, seconds: float = 60.0, step: float = 0.05) -> float:
    """Seconds until the callable answers true. Raises TimeoutError."""
    began = time.perf_counter()
    while not is_done():  # type: ignore[operator]
        if time.perf_counter() - began > seconds:
            raise TimeoutError(f"Not done within {seconds:.0f} seconds.")
        time.sleep(step)
    return time.perf_counter() - began


def memory_mb(pid: int) -> float:
    """Proportional memory (PSS) of a process and all its descendants."""
    return sum(_pss(one) for one in _family(pid)) / 1024


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def _family(pid: int) -> list[int]:
    found = [pid]
    for folder in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = folder.read_text().split()
        except OSError:
            continue
        for child in children:
            found += _family(int(child))
    return found
