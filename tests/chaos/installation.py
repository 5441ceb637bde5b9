"""The production shape as processes of this machine: PostgreSQL, Redis, gunicorn, Celery workers, beat, and a shop."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import PostgresServer, RedisServer, free_port, install_missing

ARCHIVE_SIZE = "8m"


@dataclass
class Servers:
    """What must run before Django is set up: it reads their addresses from the environment."""

    folder: Path
    postgres: PostgresServer
    redis: RedisServer
    archive_is_small: bool
    web_port: int = field(default_factory=free_port)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def make_durable(self) -> None:
        """From here on a crash may lose nothing that was committed. The tables were made without, which is quicker."""
        self.postgres.stop()
        self.postgres.durable = True
        self.postgres.start()

    def environment(self) -> dict[str, str]:
        server = self.redis.url.rsplit("/", 1)[0]
        return {
            "DJANGO_SETTINGS_MODULE": "ecomsync.settings",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": f"{server}/0",
            "BROKER_URL": f"{server}/1",
            "SECRET_KEY": secrets.token_urlsafe(40),
            "VAR_DIR": str(self.folder / "var"),
            "BASE_URL": f"http://127.0.0.1:{self.web_port}",
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "ARCHIVE_DIR": str(self.archive),
            "LOG_LEVEL": "INFO",
            "LOG_JSON": "false",
            # A run has no patience; what a killed worker held is free again after seconds.
            "LEASE_SECONDS": "3",
            "INVENTORY_SYNC_INTERVAL": "2",
            "PRICE_SYNC_INTERVAL": "2",
            "API_REQUEST_TIMEOUT": "3000",
            # The faults of an hour are packed into minutes, so a request meets more of them than in a year.
            "MAX_RETRY_ATTEMPTS": "60",
            "RETRY_DELAY_SECONDS": "1",
        }


@contextlib.contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    """PostgreSQL, Redis with the durability of production, in `folder`, and a small disk for the archive."""
    install_missing(["postgres", "redis-server"])
    folder.chmod(0o755)
    (folder / "db").mkdir()
    (folder / "db").chmod(0o755)
    (folder / "redis").mkdir()
    with ExitStack() as stack:
        archive = folder / "archive"
        archive.mkdir()
        is_small = _mount(archive)
        if is_small:
            stack.callback(subprocess.run, ["umount", "-l", str(archive)], check=False)
        database = PostgresServer(folder / "db", log=folder / "postgres.log")
        broker = RedisServer(folder / "redis", durable=True)
        database.prepare()
        stack.callback(database.stop)
        database.start()
        stack.callback(broker.stop)
        broker.start()
        yield Servers(folder, database, broker, is_small)


def _mount(folder: Path) -> bool:
    """A disk of a few megabytes, where we may mount one."""
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={ARCHIVE_SIZE}", "tmpfs", str(folder)]
    with contextlib.suppress(OSError):
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    return False


READY = re.compile(rb"worker\d@\S+ ready")


class WorkerLog:
    """Whether the worker that writes to this log has come up since it was last started."""

    def __init__(self, path: Path) -> None:
        self._path, self._from = path, 0

    def mark(self) -> None:
        self._from = self._path.stat().st_size if self._path.exists() else 0

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._path.exists():
                with self._path.open("rb") as file:
                    file.seek(self._from)
                    if READY.search(file.read()):
                        return True
            time.sleep(0.1)
        return False
