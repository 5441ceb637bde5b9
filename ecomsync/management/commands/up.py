"""`manage.py up`: the whole product in one command and one process, with no outside server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ecomsync.embedded import EmbeddedServer


class Command(BaseCommand):
    help = "Migrates the database, then serves web, worker and beat from one process (embedded mode)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000", help="host:port to listen on")
        parser.add_argument("--no-migrate", action="store_true", help="start without looking at migrations")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "`up` is the embedded mode, and BROKER_URL names a broker. Start web, worker and beat as processes "
                "of their own (see docker-compose.yml), or unset BROKER_URL and REDIS_URL."
            )
        if not options["no_migrate"]:
            call_command("migrate", interactive=False, verbosity=options["verbosity"] - 1)
        self.stdout.write(f"ecomsync on http://{options['address']}/admin/ - stop with Ctrl-C")
        EmbeddedServer(address=options["address"]).run()
