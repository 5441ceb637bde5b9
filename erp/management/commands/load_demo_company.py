"""manage.py load_demo_company: the demo company with the items of a catalogue file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ecomsync.common.errors import EcomsyncError
from erp.demo import load_demo_company


class Command(BaseCommand):
    help = (
        "Loads the demo company (organisation, warehouses, price lists, items with prices and opening stock)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--catalogue",
            type=Path,
            default=Path(settings.BASE_DIR) / "sandbox" / "data" / "demo_catalogue.json",
            help="JSON list of items (default: the catalogue of the sandbox shop).",
        )
        parser.add_argument("--limit", type=int, default=0, help="Only the first N rows; 0 loads all.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["catalogue"]
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(
                f"Cannot read {path}: {error.strerror}. Give another file with --catalogue."
            ) from error
        except ValueError as error:
            raise CommandError(f"{path} is not valid JSON: {error}") from error
        if not isinstance(rows, list):
            raise CommandError(f"{path} must hold a JSON list of items.")
        if options["limit"]:
            rows = rows[: options["limit"]]
        try:
            report = load_demo_company(catalogue=rows)
        except (EcomsyncError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Demo company loaded: {report.items} items, {report.templates} templates, {report.item_groups} groups, "
            f"{report.prices} prices, {report.movements} stock movements."
        )
