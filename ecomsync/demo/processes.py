"""The processes of the demo: the sandbox shop and ecomsync itself, each as a user would start them."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings


class DemoFailed(Exception):
    """Something of the demo did not start or did not come out as it must; the message says what to look at."""


@dataclass
class Process:
    """One child process with its log file."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = None
    _file: IO[bytes] | None = None

    def start(self) -> None:
        self._file = self.log.open("ab")
        self._child = subprocess.Popen(
            [sys.executable, *self.arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, **self.environment},
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def kill(self) -> None:
        """SIGKILL to the whole process group: no goodbye, as a power cut would do it."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        self._close()

    def stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGTERM)
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self._child.pid, signal.SIGKILL)
                self._child.wait()
        self._close()

    def wait_until_up(self, url: str, *, seconds: float = 40) -> None:
        """Wait for an answer at `url`. Raises DemoFailed with the end of the log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.is_alive:
                break
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        tail = self.log.read_text(errors="replace")[-1500:]
        raise DemoFailed(f"{self.name} did not start; the end of {self.log}:\n{tail}")

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Saboteur:
    """While it is open, kills a process at random moments and starts it again, so many times."""

    def __init__(self, victim: Process, kills: int, *, seed: int = 7) -> None:
        self._victim, self._kills, self._chance = victim, kills, random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.done = 0

    def _work(self) -> None:
        while self.done < self._kills and not self._over.wait(self._chance.uniform(2, 9)):
            self._victim.kill()
            self._victim.start()
            self.done += 1

    def __enter__(self) -> Saboteur:
        if self._kills:
            self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        if self._kills:
            self._thread.join()
            print(f"    killed and started again {self.done} times", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class SandboxControl:
    """The control door of a sandbox shop: what a buyer or the shop's staff would do, and what was counted."""

    url: str

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/__sandbox__/{path}", timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/__sandbox__/{path}",
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
