"""Lists over pages, in every style that shops have: page, offset, cursor, link header, next address, since id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from platforms.custom.client import CustomClient, Reply, wrong_type
from platforms.custom.mapping_orders import OrderMapper
from platforms.custom.operations import Operation
from platforms.custom.settings import bad_option
from platforms.custom.templates import as_text

MAX_PAGES = 10_000
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?')


def rows_of(client: CustomClient, operation: Operation, reply: Reply) -> list[dict[str, Any]]:
    """The records of an answer; one record where a list should be is a list of one, as XML has it."""
    found = client.value(operation.rows or "body", reply.context)
    rows = [] if found is None else found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise wrong_type(operation.name, "a list of records", found, client.connection.site_code)
    return rows


def record_of(client: CustomClient, operation: Operation, reply: Reply) -> dict[str, Any] | None:
    """The one record of an answer; None when the shop answers with nothing."""
    found = client.value(operation.record or operation.rows or "body", reply.context)
    if isinstance(found, list):
        found = found[0] if found else None
    if found is None:
        return None
    if not isinstance(found, dict):
        raise wrong_type(operation.name, "one record", found, client.connection.site_code)
    return found


def pages(
    client: CustomClient, operation: Operation, context: Mapping[str, Any], *, lane: str
) -> Iterator[list[dict[str, Any]]]:
    """The pages of a list, as needed."""
    paging, position, url, read = operation.paging, _start(operation), "", 0
    for number in range(MAX_PAGES):
        reply = client.call(operation, {**context, "paging": position}, lane=lane, url=url)
        rows = rows_of(client, operation, reply)
        yield rows
        read += len(rows)
        if paging.style in ("none", "window") or not _has_more(client, operation, reply, rows, read):
            return
        if paging.style in ("link", "next_url"):
            url = _next_address(client, operation, reply)
            if not url:
                return
        elif paging.style == "cursor":
            cursor = as_text(client.value(paging.next, reply.context))
            if not cursor or cursor == position["cursor"]:
                return
            position = {**position, "cursor": cursor}
        elif paging.style == "since_id":
            last = as_text(rows[-1].get(paging.id))
            if not last or last == position["last_id"]:
                return
            position = {**position, "last_id": last}
        position = {**position, "page": paging.first + number + 1, "offset": read}


def _start(operation: Operation) -> dict[str, Any]:
    paging = operation.paging
    return {"page": paging.first, "offset": 0, "size": paging.size, "cursor": None, "last_id": None}


def _has_more(
    client: CustomClient, operation: Operation, reply: Reply, rows: list[dict[str, Any]], read: int
) -> bool:
    paging = operation.paging
    if not rows:
        return False
    if paging.more:
        return bool(client.value(paging.more, reply.context))
    if paging.total:
        return read < int(client.value(f"{paging.total} -> default 0 -> int", reply.context) or 0)
    return paging.style in ("link", "next_url", "cursor") or len(rows) >= paging.size


def _next_address(client: CustomClient, operation: Operation, reply: Reply) -> str:
    if operation.paging.style == "link":
        found = _NEXT.search(reply.headers.get("link", ""))
        return found[1] if found else ""
    return as_text(client.value(operation.paging.next, reply.context))


def all_rows(
    client: CustomClient, operation: Operation, context: Mapping[str, Any], *, lane: str
) -> Iterator[dict[str, Any]]:
    for page in pages(client, operation, context, lane=lane):
        yield from page


def changed_rows(
    client: CustomClient,
    operation: Operation,
    mapper: OrderMapper,
    context: Mapping[str, Any],
    since: datetime,
    *,
    lane: str,
) -> Iterator[dict[str, Any]]:
    """Orders by their change, always the first page of what changed since the last row seen.

    Page numbers would skip rows: one that changes while we read moves to the end and pulls the others forward. Only
    when a whole page bears one moment is the next page asked for.
    """
    seen: set[tuple[str, datetime | None]] = set()
    shown: list[tuple[str, datetime | None]] = []
    bound, position, size = since, _start(operation), operation.paging.size
    for _page in range(MAX_PAGES):
        asked = {**context, "since": bound, "paging": position}
        rows = rows_of(client, operation, client.call(operation, asked, lane=lane))
        before, shown = shown, [(mapper.id_of(row), mapper.updated_at(row)) for row in rows]
        if position["offset"] and shown == before:
            raise bad_option(
                "operations",
                f"{operation.name}: more than {size} rows changed in one second, and the shop shows the same page again; put "
                "paging.page or paging.offset into the request",
            )
        for row, mark in zip(rows, shown, strict=True):
            if mark not in seen:
                seen.add(mark)
                yield row
        if len(rows) < size:
            return
        known = [moment for row in rows if (moment := mapper.updated_at(row)) is not None]
        last = max(known) if known else bound
        # Shops differ in whether "since" takes the moment itself, so one second of overlap is read again.
        following = last - timedelta(seconds=1)
        if following > bound:
            bound, position = following, _start(operation)
        else:
            position = {
                **position,
                "page": position["page"] + 1,
                "offset": position["offset"] + size,
            }
