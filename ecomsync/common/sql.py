"""Statements that the ORM cannot say: insert-or-join on a partial index, and different values for many rows at once.

Both databases understand them (SQLite 3.35 and later, PostgreSQL 15). Column and table names come from model
fields only; values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState
from django.utils import timezone

M = TypeVar("M", bound=models.Model)

_ROWS = 500
_PLAIN_FIELDS = frozenset(
    {
        models.AutoField,
        models.BigAutoField,
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


def all_or_nothing() -> AbstractContextManager[Any]:
    """Around a single statement: outside of a transaction it is one by itself, inside it needs a point to go back to."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


@contextmanager
def large_statements() -> Iterator[None]:
    """A transaction for statements over whole tables. PostgreSQL does not compile them: of a second that takes the
    larger part, and it is done anew each time."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL jit = off")
        yield


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


@lru_cache(maxsize=1024)
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
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    written = update_columns(
        model,
        columns.pop("id"),
        columns,
        guard=guard,
        guard_values=guard_values,
        expressions=expressions,
        returning=(returning,),
    )
    return {row[0]: row[-1] for row in written}


def update_columns(
    model: type[models.Model],
    ids: Sequence[int],
    columns: Mapping[str, list[Any]],
    *,
    shared: Mapping[str, Any] | None = None,
    guard: str = "",
    guard_values: Sequence[Any] = (),
    expressions: Mapping[str, str] | None = None,
    returning: Sequence[str] = (),
    also: str = "",
    also_values: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """`update_each` for values that come column by column.

    columns: name -> a value for each id; shared: name -> the one value of all. Returns the id and the columns
    `returning` of each row that was written. also (PostgreSQL): a statement that is run along with it and finds the
    same in `written`.
    """
    # What all rows have in common is said once, not per row.
    own = {
        name: cells
        for name, cells in columns.items()
        if f"{{{name}}}" in guard or cells.count(cells[0]) != len(cells)
    }
    said = {**(shared or {}), **{name: cells[0] for name, cells in columns.items() if name not in own}}
    is_postgres = connection.vendor == "postgresql"
    statement, fields, times = _update_text(
        model,
        is_postgres,
        tuple(said),
        tuple(own),
        0 if is_postgres else len(ids),
        guard,
        tuple((expressions or {}).items()),
        tuple(returning),
        also,
    )
    values = [
        value for name, count in times.items() for value in _prepared(fields[name], [said[name]]) * count
    ]
    lists = [_prepared(fields[name], cells) for name, cells in own.items()]
    if is_postgres:
        values += [f"{{{','.join(map(str, ids))}}}", *lists]
    else:
        values += [value for row in zip(ids, *lists, strict=True) for value in row]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *guard_values, *also_values])
        written: list[tuple[Any, ...]] = cursor.fetchall()
        return written


@lru_cache(maxsize=256)
def _update_text(
    model: type[models.Model],
    is_postgres: bool,
    said: tuple[str, ...],
    own: tuple[str, ...],
    rows: int,
    guard: str,
    expressions: tuple[tuple[str, str], ...],
    returning: tuple[str, ...],
    also: str,
) -> tuple[str, dict[str, Any], dict[str, int]]:
    """The statement of `update_columns`, its fields by name, and how often the value of a shared column is said in it.

    rows: how many, where the statement spells them out (0 on PostgreSQL, which takes a list per column).
    """
    fields = {name: _field(model, name) for name in (*said, *own)}
    aliases = {name: f"v.c{position}" for position, name in enumerate(own, start=1)}
    sets, times = [], {}
    for name, field in fields.items():
        expression = dict(expressions).get(name, "{value}")
        value = aliases.get(name) or _cast(field, "%s")
        sets.append(f"{connection.ops.quote_name(field.column)} = {expression.format(value=value)}")
        if name not in aliases:
            times[name] = expression.count("{value}")
    places, key = range(len(own) + 1), column_of(model, "id")
    matched = f"t.{key} = v.c0"
    if is_postgres and not own:
        source, matched = "", f"t.{key} = ANY(%s::{_type(model._meta.pk)}[])"
    elif is_postgres:
        types = ", ".join(f"%s::{_type(field)}[]" for field in (model._meta.pk, *map(fields.get, own)))
        source = f" FROM UNNEST({types}) AS v({', '.join(f'c{place}' for place in places)})"
    else:
        aliased = ", ".join(f"column{place + 1} AS c{place}" for place in places)
        source = f" FROM (SELECT {aliased} FROM (VALUES {placeholders(rows, len(places))})) AS v"
    condition = f" AND {guard.format(**aliases)}" if guard else ""
    told = ", ".join(f"t.{column_of(model, name)}" for name in dict.fromkeys(("id", *returning)))
    statement = (
        f"UPDATE {table_of(model)} AS t SET {', '.join(sets)}{source} WHERE {matched}{condition} "
        f"RETURNING {told if is_postgres else told.replace('t.', '')}"
    )
    if also:
        statement = f"WITH written AS ({statement}), also AS ({also}) SELECT * FROM written"
    return statement, fields, times


def read_returned(
    model: type[M], statement: str, values: Sequence[Any], *, known: Mapping[str, Any]
) -> list[M]:
    """Run a statement with {columns} in its RETURNING and read whole rows of the model from it.

    known: attributes that all rows share and that need not be read. The rows are made as `Model.from_db` makes them, but
    without a descriptor and a signal for each of their many columns; not for models whose `__init__` does more.
    """
    names, columns, converters = _reading(model, frozenset(known), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{columns}", columns), values)
        found = cursor.fetchall()
    alias, made = connection.alias, []
    attributes, shared = (*names, *known), tuple(known.values())
    for cells in found:
        row, state = model.__new__(model), ModelState()
        state.adding, state.db = False, alias
        row.__dict__ = dict(zip(attributes, (*cells, *shared), strict=True))
        row._state = state
        made.append(row)
    for name, convert, column in converters:
        for row in made:
            row.__dict__[name] = convert(row.__dict__[name], column, connection)
    return made


@lru_cache(maxsize=64)
def _reading(
    model: type[models.Model], known: frozenset[str], vendor: str
) -> tuple[list[str], str, list[tuple[str, Any, Any]]]:
    """Attributes to read, their columns, and what makes Python's values of those that come in another form."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in known]
    converters: list[tuple[str, Any, Any]] = []
    for field in fields:
        column = field.get_col(model._meta.db_table)
        found = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        converters += [(field.attname, convert, column) for convert in found]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return [field.attname for field in fields], columns, converters


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
