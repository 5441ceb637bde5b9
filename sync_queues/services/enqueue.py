"""Put changes into a queue: new rows, or changes that join the row which waits already."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from ecomsync.common.logs import current_trace_id
from ecomsync.common.sql import column_of, placeholders, prepared_column, table_of
from sites.models import Site
from sync_queues.inputs import EnqueueResult, RequestInput
from sync_queues.kinds import KINDS, Kind
from sync_queues.models import PROBLEM_STATES, State

CHUNK = 500

_COMMON = (
    "site_id", "item_id", "key", "state", "version", "coalesced", "forced", "retry_count", "crash_count", "not_before",
    "claimed_by", "error_class", "error_code", "error_message", "remedy", "trace_id", "document_type", "document_id",
    "outcome", "created_at", "updated_at",
)  # fmt: skip


def version_now() -> int:
    """Microseconds since 1970: of two changes the later one has the higher version."""
    return time.time_ns() // 1_000


def enqueue(
    kind: str,
    *,
    site: Site,
    rows: Iterable[RequestInput],
    document: models.Model | None = None,
    supersede: bool = False,
) -> EnqueueResult:
    """Ask that the shop is told of these changes. Safe in or out of a transaction; one statement per 500 rows.

    A change whose key waits already joins that row and makes it newer. document: what the requests belong to, such
    as a price document. supersede: the beginning of a new state (a full run): failed and dead requests of the same
    keys are set aside, and waiting ones forget their earlier attempts.
    """
    queue = KINDS[kind]
    chosen = {row.key or queue.key_of(row): row for row in rows}
    # In the order of keys, so that two callers who touch the same rows never wait for each other in a circle.
    keys = sorted(chosen)
    created = coalesced = 0
    for start in range(0, len(keys), CHUNK):
        part = {key: chosen[key] for key in keys[start : start + CHUNK]}
        with transaction.atomic():
            if supersede:
                _set_problems_aside(queue, site_id=site.pk, keys=list(part))
            made, joined = _insert(queue, site.pk, part, document=document, supersede=supersede)
        created += made
        coalesced += joined
    return EnqueueResult(created, coalesced)


def insert_for_items(kind: str, *, site: Site, source: str) -> tuple[str, list[Any]]:
    """The INSERT of `enqueue` for the items in `source`, as SQL and values: a part of a larger statement.

    source: the name of a table or of a part of the same WITH clause, with a column item_id and each item once. Returns
    `coalesced` of each row: 0 = new. Only for kinds whose key is the item alone.
    """
    queue, row = KINDS[kind], RequestInput()
    if queue.key_of(RequestInput(item_id=7)) != "7":
        raise ValueError(f"Requests of the kind {kind} are not told apart by the item alone.")
    own = queue.columns(row)
    cells = _cells(site.pk, "", row, version=version_now(), now=timezone.now(), about=("", None)) | dict(own)
    key = "CAST(s.item_id AS varchar(200))"
    computed = {"item_id": "s.item_id", "key": key}
    names = [*_COMMON, *own]
    values = [prepared_column(queue.model, name, [cells[name]])[0] for name in names if name not in computed]
    # The order of `enqueue`, for the same reason: by key, character by character.
    order = f'{key} COLLATE "C"' if connection.vendor == "postgresql" else key
    statement = (
        f"INSERT INTO {table_of(queue.model)} AS t ({', '.join(column_of(queue.model, name) for name in names)}) "
        f"SELECT {', '.join(computed.get(name, '%s') for name in names)} FROM {source} AS s WHERE true ORDER BY {order} "
        "ON CONFLICT (site_id, key) WHERE state = 'pending' "
        f"DO UPDATE SET {_joined(queue, list(own), supersede=False)} RETURNING coalesced"
    )
    return statement, values


def discard_older(kind: str, *, site: Site, before: datetime, among: models.Q | None = None) -> int:
    """The end of a full run: set aside what waited, failed or died before it began and was not asked for again.

    among: the requests that the run stands for; None: all of the queue.
    """
    queue = KINDS[kind]
    old = queue.model._default_manager.filter(
        among or models.Q(), site=site, state__in=(State.PENDING, *PROBLEM_STATES), updated_at__lt=before
    )
    return old.update(state=State.SUPERSEDED, completed_at=timezone.now())


def _set_problems_aside(queue: Kind, *, site_id: int, keys: Sequence[str]) -> None:
    now = timezone.now()
    queue.model._default_manager.filter(site_id=site_id, key__in=keys, state__in=PROBLEM_STATES).update(
        state=State.SUPERSEDED, completed_at=now, updated_at=now
    )


def _insert(
    queue: Kind,
    site_id: int,
    part: Mapping[str, RequestInput],
    *,
    document: models.Model | None,
    supersede: bool,
) -> tuple[int, int]:
    """One INSERT … ON CONFLICT on the partial index of waiting rows."""
    own = list(queue.columns(next(iter(part.values()))))
    names = [*_COMMON, *own]
    version, now = version_now(), timezone.now()
    about = (document._meta.label_lower, document.pk) if document is not None else ("", None)
    cells = [
        {**_cells(site_id, key, row, version=version, now=now, about=about), **queue.columns(row)}
        for key, row in part.items()
    ]
    columns = [prepared_column(queue.model, name, [row[name] for row in cells]) for name in names]
    values = [value for row in zip(*columns, strict=True) for value in row]
    statement = (
        f"INSERT INTO {table_of(queue.model)} AS t ({', '.join(column_of(queue.model, name) for name in names)}) "
        f"VALUES {placeholders(len(part), len(names))} "
        "ON CONFLICT (site_id, key) WHERE state = 'pending' "
        f"DO UPDATE SET {_joined(queue, own, supersede=supersede)} RETURNING coalesced"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        answers = [int(row[0]) for row in cursor.fetchall()]
    created = answers.count(0)
    return created, len(answers) - created


def _cells(
    site_id: int, key: str, row: RequestInput, *, version: int, now: datetime, about: tuple[str, int | None]
) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "item_id": row.item_id,
        "key": key,
        "state": State.PENDING.value,
        "version": version,
        "coalesced": 0,
        "forced": row.forced,
        "retry_count": 0,
        "crash_count": 0,
        "not_before": row.not_before or now,
        "claimed_by": "",
        "error_class": "",
        "error_code": "",
        "error_message": "",
        "remedy": "",
        "trace_id": current_trace_id(),
        "document_type": about[0],
        "document_id": about[1],
        "outcome": "",
        "created_at": now,
        "updated_at": now,
    }


def _joined(queue: Kind, own: Sequence[str], *, supersede: bool) -> str:
    """What a change does to the row that waits: it becomes the newer one and goes out no later than before.

    A row in back-off keeps its waiting time, unless a new state begins. What the newest change says replaces what
    earlier ones said; a document stays with the row until another one takes its place.
    """
    larger, smaller = ("GREATEST", "LEAST") if connection.vendor == "postgresql" else ("MAX", "MIN")
    sets = [
        f"version = {larger}(t.version + 1, excluded.version)",
        "coalesced = t.coalesced + 1",
        "forced = (t.forced OR excluded.forced)",
        "updated_at = excluded.updated_at",
        "document_type = CASE WHEN excluded.document_type <> '' THEN excluded.document_type ELSE t.document_type END",
        "document_id = COALESCE(excluded.document_id, t.document_id)",
    ]
    sooner = f"{smaller}(t.not_before, excluded.not_before)"
    if supersede:
        sets += [
            f"not_before = {sooner}",
            "retry_count = 0",
            *(f"{name} = ''" for name in ("error_class", "error_code", "error_message", "remedy")),
        ]
    else:
        sets.append(f"not_before = CASE WHEN t.retry_count = 0 THEN {sooner} ELSE t.not_before END")
    sets += [f"{column} = excluded.{column}" for column in map(connection.ops.quote_name, own)]
    return ", ".join(sets)
