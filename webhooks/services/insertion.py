"""The one statement that stores events, on the kept connection of this thread."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections, models

from webhooks.models import EventState, WebhookEvent
from webhooks.services.prepared import PreparedStatement

Constants = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a delivery. `occurrences` above 1: it came before."""

    event_id: int
    occurrences: int
    state: str

    @property
    def waits(self) -> bool:
        return self.state == EventState.PENDING


def insert_new(rows: Sequence[Mapping[str, Any]]) -> list[Stored]:
    """Insert what came to the porch: all columns but those of `_NEW`.

    The connection is not asked first whether it still lives, which would cost every delivery a second round trip: when
    it turns out to be lost, the statement is sent once more on a new one. Should the first have been carried out before
    the connection broke, the event has been counted twice, which does no harm.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:
        return _inserted(rows, _NEW)
    try:
        database.health_check_done = True
        return _inserted(rows, _NEW)
    except (InterfaceError, OperationalError):
        if database.is_usable():
            raise
        database.close()
        return _inserted(rows, _NEW)


def insert_events(rows: Sequence[Mapping[str, Any]], *, only_new_marks: bool = False) -> list[Stored]:
    """Insert events (rows of the same columns), or count them again, in one statement. Two rows of one identity must
    not come together. The answers stand in the order of the rows.

    only_new_marks: rows whose `gateway_mark` is known already change nothing and are left out of the answer.
    """
    return _inserted(rows, (), only_new_marks)


def _inserted(
    rows: Sequence[Mapping[str, Any]], constants: Constants, only_new_marks: bool = False
) -> list[Stored]:
    names = tuple(rows[0])
    statement = _statement(names, constants, len(rows), only_new_marks)
    preparers = _preparers(names, connection.vendor)
    values = [
        row[name] if prepare is None else prepare(row[name])
        for row in rows
        for name, prepare in zip(names, preparers, strict=True)
    ]
    if len(rows) == 1 and constants is _NEW:
        [(pk, times, state, _site_id, _identity)] = _insert_one.rows(statement, _types(names), values)
        return [Stored(pk, times, state)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = {
            (site_id, identity): Stored(pk, times, state)
            for pk, times, state, site_id, identity in cursor.fetchall()
        }
    keys = ((row["site_id"], row["identity"]) for row in rows)
    return [found[key] for key in keys if key in found]


@lru_cache(maxsize=256)
def _statement(names: tuple[str, ...], constants: Constants, rows: int, only_new_marks: bool) -> str:
    """The same for every delivery, so its text is made once per number of rows."""
    quote = connection.ops.quote_name
    table = quote(WebhookEvent._meta.db_table)
    columns = ", ".join(quote(_field(name).column) for name in (*names, *(name for name, _sql in constants)))
    one = f"({', '.join(['%s'] * len(names) + [sql for _name, sql in constants])})"
    changed = {**_CHANGES, "gateway_mark": "excluded.gateway_mark"} if only_new_marks else _CHANGES
    changes = ", ".join(f"{quote(column)} = {expression}" for column, expression in changed.items())
    unless_known = " WHERE {t}.gateway_mark <> excluded.gateway_mark" if only_new_marks else ""
    return (
        f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * rows)} "
        f"ON CONFLICT ({quote('site_id')}, {quote('identity')}) "
        f"DO UPDATE SET {(changes + unless_known).replace('{t}', table)} "
        "RETURNING id, occurrences, state, site_id, identity"
    )


@lru_cache(maxsize=8)
def _preparers(names: tuple[str, ...], vendor: str) -> tuple[Callable[[Any], Any] | None, ...]:
    """How values become what this database wants. None: as they are."""
    return tuple(_preparer(_field(name), vendor) for name in names)


def _preparer(field: Any, vendor: str) -> Callable[[Any], Any] | None:
    if isinstance(field, models.JSONField):
        return json.dumps
    if vendor != "postgresql" and isinstance(field, models.DateTimeField | models.BinaryField):
        return partial(field.get_db_prep_save, connection=connection)
    return None


@lru_cache(maxsize=8)
def _types(names: tuple[str, ...]) -> tuple[str, ...]:
    fields = [_field(name) for name in names]
    return tuple(
        str(field.rel_db_type(connection) if field.is_relation else field.cast_db_type(connection))
        for field in fields
    )


def _field(name: str) -> Any:
    return WebhookEvent._meta.get_field(name)


_AGAIN = "excluded.state = 'pending'"
#: On a repeat. {t} is the table; `excluded` the row that was to be inserted.
_CHANGES = {
    "occurrences": "{t}.occurrences + 1",
    "last_received_at": "excluded.last_received_at",
    "state": f"CASE WHEN {_AGAIN} THEN 'pending' ELSE {{t}}.state END",
    "not_before": f"CASE WHEN {_AGAIN} THEN excluded.not_before ELSE {{t}}.not_before END",
    "attempts": f"CASE WHEN {_AGAIN} THEN 0 ELSE {{t}}.attempts END",
    "actions": f"CASE WHEN {_AGAIN} THEN excluded.actions ELSE {{t}}.actions END",
    "claimed_by": f"CASE WHEN {_AGAIN} THEN '' ELSE {{t}}.claimed_by END",
    "claimed_until": f"CASE WHEN {_AGAIN} THEN NULL ELSE {{t}}.claimed_until END",
}
#: Of every delivery that comes to the porch.
_NEW: Constants = (
    ("occurrences", "1"),
    ("counted", "0"),
    ("attempts", "0"),
    ("claimed_by", "''"),
    ("claimed_until", "NULL"),
    ("error_message", "''"),
    ("actions", "'[]'"),
    ("gateway_mark", "''"),
)

_insert_one = PreparedStatement("webhooks_insert_one")
