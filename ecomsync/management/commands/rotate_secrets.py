"""Encrypt all stored secrets with the first key, so that older keys can be taken away."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction

from ecomsync.common.crypto import is_encrypted_with_first_key, rotate
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.fields import EncryptedTextField


def encrypted_columns() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Tables with encrypted columns, whatever app they belong to."""
    for model in apps.get_models():
        names = [
            str(field.column)
            for field in model._meta.local_concrete_fields
            if isinstance(field, EncryptedTextField)
        ]
        if names and not model._meta.proxy:
            yield model, names


class Command(BaseCommand):
    help = "Encrypt all stored secrets with the first key of FIELD_ENCRYPTION_KEYS. May be interrupted and repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count only.")

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = unreadable = 0
        for model, columns in encrypted_columns():
            for key in list(model._base_manager.values_list("pk", flat=True)):
                done, failed = self._rotate_row(model, key, columns, dry_run=options["dry_run"])
                rotated += done
                unreadable += failed
        verb = "would be" if options["dry_run"] else "were"
        self.stdout.write(f"{rotated} secrets {verb} encrypted with the first key.")
        if unreadable:
            raise CommandError(
                f"{unreadable} secrets cannot be read with any key. Put the key they were written with back into "
                "FIELD_ENCRYPTION_KEYS, or enter these secrets again."
            )

    def _rotate_row(
        self, model: type[models.Model], key: Any, columns: list[str], *, dry_run: bool
    ) -> tuple[int, int]:
        """(rotated, unreadable) of one row, under its lock. Reads and writes the ciphertext, past the field."""
        quote = connection.ops.quote_name
        table, pk_column = quote(model._meta.db_table), quote(str(model._meta.pk.column))
        names = ", ".join(quote(column) for column in columns)
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        done = failed = 0
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {table} WHERE {pk_column} = %s{lock}", [key])
            row = cursor.fetchone()
            for column, stored in zip(columns, row or (), strict=False):
                if is_encrypted_with_first_key(stored):
                    continue
                try:
                    fresh = rotate(stored)
                except ConfigurationError:
                    failed += 1
                    self.stderr.write(f"{model._meta.label} {key}: {column} cannot be read.")
                    continue
                done += 1
                if not dry_run:
                    cursor.execute(
                        f"UPDATE {table} SET {quote(column)} = %s WHERE {pk_column} = %s", [fresh, key]
                    )
        return done, failed
