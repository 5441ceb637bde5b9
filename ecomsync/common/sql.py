"""Statements that the ORM cannot say: insert-or-join on a partial index, and different values for many rows at once.

Both databases understand them (SQLite 3.35 and later, PostgreSQL 15). Column and table names come from model
fields only; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

_ROWS = 500
_PLAIN_FIELDS = frozenset(
    {
        models.BigIntegerField,
        models.BooleanField,
        models.CharField,
        models.DateField,
        models.DateTimeField,
        models.DecimalField,
        models.EmailField,
        models.ForeignKey,
        models.OneToOneField,
        models.PositiveBigIntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.TextField,
    }
)
_PLAIN_VALUES = frozenset({str, int, bool, Decimal, date, datetime, type(None)})


def table_of(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def column_of(model: type[models.Model], name: str) -> str:
    """The quoted column of a field or of its attname (`item_id`)."""
    return connection.ops.quote_name(_field(model, name).column)


def prepared_column(model: type[models.Model], name: str, values: Sequence[Any]) -> list[Any]:
    """Values of one field as this database stores them; one that all rows share is prepared once."""
    field = _field(model, name)
    if all(value == values[0] for value in values):
        return [field.get_db_prep_save(values[0], connection)] * len(values)
    return [field.get_db_prep_save(value, connection) for value in values]


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

    guard: a further SQL condition over `t` (the table); {column} stands for the row's new value of that column.
    expressions: column -> SQL in which {value} stands for the row's own new value. Returns the ids that were written,
    each with its column `returning`.
    """
    if not rows:
        return {}
    fields = {name: _field(model, name) for name in rows[0] if name != "id"}
    # What all rows have in common is said once, not per row.
    shared = {
        name: rows[0][name]
        for name in fields
        if f"{{{name}}}" not in guard and all(row[name] == rows[0][name] for row in rows)
    }
    own = [name for name in fields if name not in shared]
    aliases = {name: f"v.c{position}" for position, name in enumerate(own, start=1)}
    sets, set_values = [], []
    for name, field in fields.items():
        value = "%s" if name in shared else _cast(field, aliases[name])
        expression = (expressions or {}).get(name, "{value}")
        sets.append(f"{connection.ops.quote_name(field.column)} = {expression.format(value=value)}")
        if name in shared:
            set_values += [field.get_db_prep_save(shared[name], connection)] * expression.count("{value}")
    values = [
        value
        for row in rows
        for value in (row["id"], *(_prepared(fields[name], [row[name]])[0] for name in own))
    ]
    condition = (
        guard.format(**{name: _cast(fields[name], alias) for name, alias in aliases.items()}) if guard else ""
    )
    key = column_of(model, "id")
    columns = ", ".join(f"c{position}" for position in range(len(own) + 1))
    statement = (
        f"WITH v({columns}) AS (VALUES {placeholders(len(rows), len(own) + 1)}) "
        f"UPDATE {table_of(model)} AS t SET {', '.join(sets)} FROM v WHERE t.{key} = v.c0"
        f"{f' AND {condition}' if condition else ''} RETURNING {key}, {column_of(model, returning)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *set_values, *guard_values])
        return {int(row[0]): row[1] for row in cursor.fetchall()}


def _cast(field: Any, expression: str) -> str:
    """PostgreSQL types a list of values by itself, as text when they are all NULL; SQLite keeps what it was given."""
    return f"CAST({expression} AS {_type(field)})" if connection.vendor == "postgresql" else expression


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.cast_db_type(connection))


def save_rows(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write some columns of rows of one model, each row its own values: one statement per 500 rows.

    `updated_at` is set where the model has it. Like `bulk_update`, but without a CASE per row and column.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [_field(model, name) for name in dict.fromkeys(names)]
    stamp = next((field for field in model._meta.concrete_fields if field.name == "updated_at"), None)
    now = timezone.now()
    if stamp is not None:
        for row in rows:
            setattr(row, stamp.name, now)
        fields = [field for field in fields if field is not stamp] + [stamp]
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        update_each(
            model,
            [
                {"id": row.pk, **{field.attname: getattr(row, field.attname) for field in fields}}
                for row in part
            ],
        )


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model and give them their keys, as `bulk_create` does.

    What all rows have in common is said and prepared once, not per row: of the many columns of a document most are.
    Related objects must have been saved when they were assigned. No signals.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    with transaction.atomic(savepoint=False):
        for part in _parts(rows, len(fields)):
            columns = [_column(field, part) for field in fields]
            with connection.cursor() as cursor:
                cursor.execute(*_insertion(model, fields, columns, len(part)))
                keys = cursor.fetchall()
            for row, (key,) in zip(part, keys, strict=True):
                row.pk = key
                row._state.adding, row._state.db = False, connection.alias


def _parts(rows: Sequence[models.Model], columns: int) -> Iterator[Sequence[models.Model]]:
    limit = connection.features.max_query_params
    size = _ROWS if limit is None else max(1, limit // columns)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _column(field: Any, rows: Sequence[models.Model]) -> list[Any]:
    """The prepared values of a column: one when all rows share it, else one per row."""
    values = [field.pre_save(row, True) for row in rows]
    first = values[0]
    if isinstance(field, models.JSONField):  # to Python 1, 1.0 and True are equal, to JSON they are not
        shared = all(value is first for value in values) or not any(values)
        shared = shared and all(type(value) is type(first) for value in values)
    else:
        shared = all(value is first or value == first for value in values)
    return _prepared(field, values[:1] if shared else values)


def _prepared(field: Any, values: Sequence[Any]) -> list[Any]:
    """As the database stores them; the driver of PostgreSQL takes plain values of plain columns as they are."""
    plain = connection.vendor == "postgresql" and type(field) in _PLAIN_FIELDS
    return [
        value if plain and type(value) in _PLAIN_VALUES else field.get_db_prep_save(value, connection)
        for value in values
    ]


def _insertion(
    model: type[models.Model], fields: Sequence[Any], columns: list[list[Any]], count: int
) -> tuple[str, list[Any]]:
    if count > 1 and all(len(column) == 1 for column in columns):
        columns[0] = columns[0] * count
    own = [position for position, column in enumerate(columns) if len(column) > 1]
    said = {position: _cast(field, "%s") for position, field in enumerate(fields)}
    said |= {position: f"v.column{number}" for number, position in enumerate(own, start=1)}
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    key = column_of(model, model._meta.pk.name)
    values = [column[0] for position, column in enumerate(columns) if position not in own]
    source = ""
    if own and connection.vendor == "postgresql":
        types = ", ".join(f"%s::{_type(fields[position])}[]" for position in own)
        aliases = ", ".join(f"column{number}" for number in range(1, len(own) + 1))
        source = f" FROM UNNEST({types}) AS v({aliases})"
        values += [columns[position] for position in own]
    elif own:
        source = f" FROM (VALUES {placeholders(count, len(own))}) AS v"
        values += [
            value for row in zip(*(columns[position] for position in own), strict=True) for value in row
        ]
    picked = ", ".join(said[position] for position in range(len(fields)))
    statement = f"INSERT INTO {table_of(model)} ({names}) SELECT {picked}{source} RETURNING {key}"
    return statement, values
