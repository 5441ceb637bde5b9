"""Stock delivered as a file: what was counted per item and warehouse becomes adjustments of the ledger.

The file is read into a temporary table (by COPY on PostgreSQL) and compared there; nothing of it passes through Python
unless its rows are malformed, so memory does not grow with it. Loaded again it changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from django.db import DataError, connection, transaction
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.sql import large_statements, table_of
from erp.models import Item, ItemType, MovementType, StockBalance, StockMovement, Warehouse
from erp.services.stock.balances import announce_stock

COLUMNS = ("item", "warehouse", "quantity")
SOURCE = "stock_file"
MAX_TOLD = 200
#: Items announced together once the figures are stored.
PAGE = 500
_ROWS = 5_000
_NUMBER = r"^ *[+-]?[0-9]{1,12}([.][0-9]{0,6})? *$"

REASONS = {
    "unknown_item": "There is no item with this code.",
    "unknown_warehouse": "There is no warehouse with this code.",
    "not_stocked": "No stock is kept of this item.",
    "bad_quantity": "The quantity is no number with at most six decimals, such as 12 or 7.5.",
    "negative": "The quantity is below zero, and the item may not go negative.",
    "repeated": "Item and warehouse stand in the file more than once, with different quantities.",
}


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A line that was left out, counted from 1 with the heading; `text` is what it says."""

    line: int
    code: str
    text: str

    def __str__(self) -> str:
        return f"Line {self.line}: {REASONS[self.code]} ({self.text})"


@dataclass
class StockFileReport:
    """rows = changed + unchanged + refused. problems: the first ones of those refused."""

    rows: int = 0
    changed: int = 0
    refused: int = 0
    problems: list[FileProblem] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        return self.rows - self.changed - self.refused


def load_stock_file(*, file: IO[bytes], label: str = "") -> StockFileReport:
    """Bring on hand to the quantities of a CSV file with the columns item, warehouse and quantity (codes, base unit).

    Columns stand in any order, separated by comma, semicolon or tab, in UTF-8. Each difference becomes a count
    adjustment; all or nothing, except that lines which cannot be are left out and reported. What is not in the file is
    left alone. Raises PermanentError when the heading does not name the columns.
    """
    heading = file.readline()
    delimiter, names = _heading(heading)
    with _tables():
        with large_statements():
            _fill(file, delimiter, names)
            _check()
            report = _report()
            report.changed = _post(label[:100])
        # Each page by itself: a worker that dies here has stored the figures, and the comparison of stock that every
        # site makes from time to time finds them.
        _announce()
    return report


def _heading(line: bytes) -> tuple[str, list[str]]:
    text = line.decode("utf-8-sig", errors="replace").strip()
    delimiter = max(",;\t", key=text.count)
    names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        raise PermanentError(
            f"The stock file does not name these columns in its first line: {', '.join(missing)}.",
            code="bad_stock_file",
            cure="Let the first line read: item,warehouse,quantity.",
        )
    return delimiter, names


@contextmanager
def _tables() -> Iterator[None]:
    """Temporary ones of this connection: stock_file (as it came), stock_file_read (lines that matter, understood),
    stock_file_changes."""
    _drop()
    line = "integer GENERATED ALWAYS AS IDENTITY" if _is_postgres() else "integer PRIMARY KEY"
    _run(f"CREATE TEMPORARY TABLE stock_file (line {line}, item text, warehouse text, quantity text)")
    _run(
        "CREATE TEMPORARY TABLE stock_file_changes (item_id bigint, warehouse_id bigint, on_hand numeric(18, 6), "
        "quantity numeric(18, 6), unit_cost numeric(18, 4), allow_negative boolean)"
    )
    try:
        yield
    finally:
        _drop()


def _drop() -> None:
    for name in ("stock_file", "stock_file_read", "stock_file_changes"):
        _run(f"DROP TABLE IF EXISTS {name}")


# ---------------------------------------------------------------- reading


def _fill(file: IO[bytes], delimiter: str, names: Sequence[str]) -> None:
    if _is_postgres() and len(names) == len(COLUMNS):
        start = file.tell()
        try:
            with transaction.atomic():
                _copy(file, names, delimiter)
            return
        except (
            DataError
        ):  # a row with too few or too many columns, or bytes that are no UTF-8: row by row then
            file.seek(start)
            _run(
                "TRUNCATE stock_file RESTART IDENTITY"
            )  # lines are counted on, also those that were rolled back
    rows = _parsed(file, delimiter, names)
    while part := list(islice(rows, _ROWS)):
        _write(part)


def _copy(file: IO[bytes] | IO[str], names: Sequence[str], delimiter: str) -> None:
    quoted = "E'\\t'" if delimiter == "\t" else f"'{delimiter}'"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            f"COPY stock_file ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, DELIMITER {quoted})", file
        )


def _parsed(file: IO[bytes], delimiter: str, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Rows as the csv module reads them; cells that are missing are empty."""
    places = [names.index(name) for name in COLUMNS]
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        for row in csv.reader((line.replace("\0", "") for line in text), delimiter=delimiter):
            yield tuple(row[place] if place < len(row) else "" for place in places)
    finally:
        text.detach()


def _write(rows: Iterable[tuple[str, ...]]) -> None:
    if _is_postgres():
        part = io.StringIO()
        csv.writer(part).writerows(rows)
        part.seek(0)
        _copy(part, COLUMNS, ",")
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO stock_file (item, warehouse, quantity) VALUES (%s, %s, %s)", list(rows)
        )


# ---------------------------------------------------------------- understanding


def _check() -> None:
    """Lines that change something or cannot be are understood: codes become ids, texts numbers.

    `code` says why a line is left out, '' when it counts, 'same' when it repeats. Lines that say what is so already are
    no longer looked at, except where another line says something else of the same balance.
    """
    items, places, balances = table_of(Item), table_of(Warehouse), table_of(StockBalance)
    matches = "~" if _is_postgres() else "REGEXP"
    number = f"CASE WHEN f.quantity {matches} %s THEN CAST(TRIM(f.quantity) AS numeric(18, 6)) END"
    _run(
        f"""CREATE TEMPORARY TABLE stock_file_read AS
SELECT r.line, r.item_id, r.warehouse_id, r.allow_negative, r.standard_cost, r.quantity,
  CASE WHEN r.item_id IS NULL THEN 'unknown_item' WHEN r.warehouse_id IS NULL THEN 'unknown_warehouse'
    WHEN r.item_type <> %s THEN 'not_stocked' WHEN r.quantity IS NULL THEN 'bad_quantity'
    WHEN r.quantity < 0 AND NOT r.allow_negative THEN 'negative' ELSE '' END AS code
FROM (
  SELECT f.line, i.id AS item_id, w.id AS warehouse_id, i.allow_negative, i.standard_cost, i.item_type,
    {number} AS quantity
  FROM stock_file AS f LEFT JOIN {items} AS i ON i.code = UPPER(TRIM(f.item))
    LEFT JOIN {places} AS w ON w.code = UPPER(TRIM(f.warehouse))
    LEFT JOIN {balances} AS b ON b.item_id = i.id AND b.warehouse_id = w.id
  WHERE NOT COALESCE(w.id IS NOT NULL AND i.item_type = %s AND {number} = COALESCE(b.on_hand, 0)
    AND (i.allow_negative OR COALESCE(b.on_hand, 0) >= 0), false)
) AS r""",
        [ItemType.STOCK.value, _NUMBER, ItemType.STOCK.value, _NUMBER],
    )
    if not _one("SELECT COUNT(*) FROM stock_file_read WHERE code = ''"):
        return
    if _is_postgres():
        _run("ANALYZE stock_file_read")
    _run(
        f"""INSERT INTO stock_file_read
SELECT f.line, k.item_id, k.warehouse_id, i.allow_negative, i.standard_cost, {number}, ''
FROM (SELECT DISTINCT item_id, warehouse_id FROM stock_file_read WHERE code = '') AS k
  JOIN {items} AS i ON i.id = k.item_id JOIN {places} AS w ON w.id = k.warehouse_id
  JOIN stock_file AS f ON UPPER(TRIM(f.item)) = i.code AND UPPER(TRIM(f.warehouse)) = w.code
WHERE f.line NOT IN (SELECT line FROM stock_file_read)""",
        [_NUMBER],
    )
    _run(
        """WITH twice AS (SELECT item_id, warehouse_id, MIN(line) AS first, MIN(quantity) AS low, MAX(quantity) AS high
  FROM stock_file_read WHERE code = '' GROUP BY item_id, warehouse_id HAVING COUNT(*) > 1)
UPDATE stock_file_read SET code = CASE WHEN twice.low <> twice.high THEN 'repeated'
  WHEN stock_file_read.line > twice.first THEN 'same' ELSE '' END
FROM twice WHERE stock_file_read.code = '' AND stock_file_read.item_id = twice.item_id
  AND stock_file_read.warehouse_id = twice.warehouse_id"""
    )


def _report() -> StockFileReport:
    rows = _one("SELECT COUNT(*) FROM stock_file")
    refused = _one("SELECT COUNT(*) FROM stock_file_read WHERE code NOT IN ('', 'same')")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.line, r.code, f.item, f.warehouse, f.quantity FROM stock_file_read AS r "
            "JOIN stock_file AS f ON f.line = r.line WHERE r.code NOT IN ('', 'same') ORDER BY r.line LIMIT %s",
            [MAX_TOLD],
        )
        problems = [
            FileProblem(line + 1, code, ", ".join(cell or "" for cell in cells)[:200])
            for line, code, *cells in cursor.fetchall()
        ]
    return StockFileReport(rows=rows, refused=refused, problems=problems)


# ---------------------------------------------------------------- posting


def _post(label: str) -> int:
    """Ledger and balances, in the order in which all lock balances. Returns how many changed."""
    balances, movements, now = table_of(StockBalance), table_of(StockMovement), _now()
    _run(
        f"INSERT INTO {balances} (item_id, warehouse_id, on_hand, reserved, incoming, allow_negative, updated_at) "
        "SELECT r.item_id, r.warehouse_id, 0, 0, 0, r.allow_negative, %s FROM stock_file_read AS r "
        f"LEFT JOIN {balances} AS b ON b.item_id = r.item_id AND b.warehouse_id = r.warehouse_id "
        "WHERE r.code = '' AND r.quantity <> 0 AND b.id IS NULL ORDER BY r.item_id, r.warehouse_id "
        "ON CONFLICT DO NOTHING",
        [now],
    )
    lock = " FOR UPDATE OF b" if connection.features.has_select_for_update_of else ""
    _run(
        "INSERT INTO stock_file_changes SELECT b.item_id, b.warehouse_id, b.on_hand, r.quantity, r.standard_cost, "
        f"r.allow_negative FROM stock_file_read AS r JOIN {balances} AS b "
        "ON b.item_id = r.item_id AND b.warehouse_id = r.warehouse_id "
        f"WHERE r.code = '' AND b.on_hand <> r.quantity ORDER BY b.item_id, b.warehouse_id{lock}"
    )
    changed = _one("SELECT COUNT(*) FROM stock_file_changes")
    if changed:
        _run(
            f"INSERT INTO {movements} (item_id, warehouse_id, quantity, movement_type, balance_after, source_type, "
            "source_label, unit_cost, posted_at) SELECT item_id, warehouse_id, ROUND(quantity - on_hand, 6), %s, "
            "quantity, %s, %s, unit_cost, %s FROM stock_file_changes ORDER BY item_id, warehouse_id",
            [MovementType.COUNT_ADJUSTMENT.value, SOURCE, label, now],
        )
        _run(
            f"UPDATE {balances} SET on_hand = c.quantity, allow_negative = c.allow_negative, updated_at = %s, "
            f"last_movement_id = (SELECT MAX(m.id) FROM {movements} AS m WHERE m.item_id = c.item_id "
            "AND m.warehouse_id = c.warehouse_id) FROM stock_file_changes AS c "
            f"WHERE {balances}.item_id = c.item_id AND {balances}.warehouse_id = c.warehouse_id",
            [now],
        )
    return changed


def _announce() -> None:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT item_id FROM stock_file_changes WHERE item_id > %s ORDER BY item_id LIMIT %s",
                [after, PAGE],
            )
            items = [pk for (pk,) in cursor.fetchall()]
            if not items:
                return
            cursor.execute(
                "SELECT DISTINCT warehouse_id FROM stock_file_changes WHERE item_id BETWEEN %s AND %s",
                [items[0], items[-1]],
            )
            places = {pk for (pk,) in cursor.fetchall()}
        announce_stock(set(items), places)
        after = items[-1]


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def _now() -> Any:
    return StockMovement._meta.get_field("posted_at").get_db_prep_value(timezone.now(), connection)


def _run(statement: str, values: Sequence[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)


def _one(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
