"""`manage.py sandbox woocommerce`: a shop of our own over real HTTP, to train and try things with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox import cli


class Command(BaseCommand):
    help = "Runs a sandbox shop (see sandbox/README.md); needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cli.run(options, say=self._say)
        except ValueError as err:
            raise CommandError(str(err)) from err

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
