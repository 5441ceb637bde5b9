"""Statements that the ORM cannot say: insert-or-join on a partial index, and different values for many rows at once.

Both databases understand them (SQLite 3.35 and later, PostgreSQL 15). Column and table names come from model
fields only; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models


def table_of(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def column_of(model: type[models.Model], name: str) -> str:
    """The quoted column of a field or of its attname (`item_id`)."""
    return connection.ops.quote_name(_field(model, name).column)


def prepared(model: type[models.Model], name: str, value: Any) -> Any:
    """A value as this database stores it in that field."""
    return _field(model, name).get_db_prep_save(value, connection)


def _field(model: type[models.Model], name: str) -> Any:
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname):
            return field
    raise LookupError(f"{model.__name__} has no column {name!r}.")


def placeholders(rows: int, columns: int) -> str:
    one = "(" + ", ".join(["%s"] * columns) + ")"
    return ", ".join([one] * rows)


def update_each(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    *,
    guard: str = "",
    guard_values: Sequence[Any] = (),
    expressions: Mapping[str, str] | None = None,
    returning: str = "id",
) -> dict[int, Any]:
    """Give each row (a mapping with `id` and the same columns) its own values, in one statement.

    guard: a further SQL condition over `t` (the table) and `v` (the new values). expressions: column -> SQL in which
    {value} stands for the row's own new value. Returns the ids that were written, each with its column `returning`.
    """
    if not rows:
        return {}
    names = [name for name in rows[0] if name != "id"]
    columns = ["id", *names]
    fields = {name: _field(model, name) for name in names}
    values = [
        value
        for row in rows
        for value in (row["id"], *(fields[name].get_db_prep_save(row[name], connection) for name in names))
    ]
    aliases = [f"c{position}" for position in range(len(columns))]
    special = expressions or {}
    sets = ", ".join(
        f"{connection.ops.quote_name(fields[name].column)} = "
        + special.get(name, "{value}").format(value=_cast(fields[name], f"v.{alias}"))
        for name, alias in zip(names, aliases[1:], strict=True)
    )
    key = column_of(model, "id")
    statement = (
        f"WITH v({', '.join(aliases)}) AS (VALUES {placeholders(len(rows), len(columns))}) "
        f"UPDATE {table_of(model)} AS t SET {sets} FROM v WHERE t.{key} = v.c0"
        f"{f' AND {guard}' if guard else ''} RETURNING {key}, {column_of(model, returning)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *guard_values])
        return {int(row[0]): row[1] for row in cursor.fetchall()}


def _cast(field: Any, expression: str) -> str:
    """PostgreSQL types a list of values by itself, as text when they are all NULL; SQLite keeps what it was given."""
    if connection.vendor != "postgresql":
        return expression
    return f"CAST({expression} AS {field.rel_db_type(connection) if field.is_relation else field.cast_db_type(connection)})"
