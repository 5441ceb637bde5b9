"""What came to the porch, by site and day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from webhooks.models import WebhookCounter

NAMES = ("accepted", "duplicates", "pings", "bad_signature", "unknown_site", "too_large")

CounterKey = tuple[int | None, date]


def count(name: str, *, site_id: int | None = None) -> None:
    """One more of `name` today."""
    add_counts({(site_id, timezone.now().date()): {name: 1}})


def add_counts(rows: Mapping[CounterKey, Mapping[str, int]]) -> None:
    """Add to the counters of several sites and days in one statement; concurrent additions are not lost."""
    if not rows:
        return
    quote = connection.ops.quote_name
    table = quote(WebhookCounter._meta.db_table)
    columns = ("site_id", "scope", "day", *NAMES)
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in NAMES)
    day_field = WebhookCounter._meta.get_field("day")
    values: list[Any] = []
    for (site_id, day), counts in rows.items():
        values += [site_id, site_id or 0, day_field.get_db_prep_save(day, connection=connection)]
        values += [counts.get(name, 0) for name in NAMES]
    statement = (
        f"INSERT INTO {table} ({', '.join(quote(column) for column in columns)}) "
        f"VALUES {', '.join([one] * len(rows))} ON CONFLICT (scope, day) DO UPDATE SET {sums}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
