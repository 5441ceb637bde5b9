"""`manage.py up`: the whole product in one command and one process, with no outside server."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ecomsync.embedded import EmbeddedServer

# After a kill -9 the orphaned half of the former process needs a moment to notice and to let go.
PATIENCE_SECONDS = 5.0


class Command(BaseCommand):
    help = "Migrates the database, then serves web, worker and beat from one process (embedded mode)."
    # Those of the installation. Checks of models, pages and addresses find mistakes of developers, and load everything.
    requires_system_checks = ("ecomsync",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000", help="host:port to listen on")
        parser.add_argument("--no-migrate", action="store_true", help="start without looking at migrations")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "`up` is the embedded mode, and BROKER_URL names a broker. Start web, worker and beat as processes "
                "of their own (see docker-compose.yml), or unset BROKER_URL and REDIS_URL."
            )
        address = options["address"]
        host, port = parse_address(address)
        with only_one(Path(settings.VAR_DIR) / "up.lock"):
            check_free(host, port)
            if not options["no_migrate"] and not is_migrated():
                call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
            self.stdout.write(f"ecomsync on http://{address}/admin/ - stop with Ctrl-C")
            self.stdout.flush()
            EmbeddedServer(address=address).run()


def is_migrated() -> bool:
    """Whether each migration that is there is noted as applied.

    The names of the files tell it. `migrate` finds the same, but loads them all and makes all models once more, which
    takes longer than the rest of the start.
    """
    there = {
        (config.label, file.stem)
        for config in apps.get_app_configs()
        for file in Path(config.path, "migrations").glob("[!_~]*.py")
    }
    return there <= set(MigrationRecorder(connection).applied_migrations())


def parse_address(address: str) -> tuple[str, int]:
    """(host, port) of "host:port" or "[IPv6]:port"."""
    host, separator, port = address.rpartition(":")
    if not (separator and host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise CommandError(f"'{address}' is not host:port, such as 127.0.0.1:8000.")
    return host.strip("[]"), int(port)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Two beats and two in-memory brokers on one database would each do the other's work."""
    with path.open("a+") as file:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _locked(file.fileno()):
            if time.monotonic() > deadline:
                file.seek(0)
                raise CommandError(
                    f"ecomsync already runs on {path.parent} (process {file.read().strip() or 'unknown'}). "
                    "Stop it first, or set VAR_DIR for a second installation."
                )
            time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_free(host: str, port: int) -> None:
    """Raises CommandError when nothing can listen there: before the work of migrating, and in clear words."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            family, _, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(target)
            return
        except OSError as err:
            if err.errno != errno.EADDRINUSE:
                raise CommandError(f"Nothing can listen on {host}:{port}: {err.strerror}.") from err
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Port {port} of {host} is in use by another program. Stop that, or choose another port: "
                    f"manage.py up {host}:{port + 1}"
                ) from err
        time.sleep(0.1)
