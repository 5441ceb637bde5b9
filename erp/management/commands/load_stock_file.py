"""manage.py load_stock_file: quantities on hand from a CSV file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ecomsync.common.errors import EcomsyncError
from erp.services.stock_files import load_stock_file


class Command(BaseCommand):
    help = (
        "Brings stock on hand to the figures of a CSV file (item,warehouse,quantity: codes, base unit). Differences "
        "become count adjustments; loaded again the file changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--label", default="", help="shown on the movements as their source (default: the file's name)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            with path.open("rb") as file:
                report = load_stock_file(file=file, label=options["label"] or path.name)
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        except EcomsyncError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.rows} lines: {report.changed} changed, {report.unchanged} unchanged, {report.refused} left out."
        )
        for problem in report.problems:
            self.stderr.write(str(problem))
        if report.refused > len(report.problems):
            self.stderr.write(f"… and {report.refused - len(report.problems)} more.")
