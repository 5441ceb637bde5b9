"""Lists that go out in one synchronous call, as long as the shop takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecomsync.common.errors import Conflict, Rejected
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.errors import TOO_MANY_ITEMS

#: Deadlocks pass; Magento repeats nothing by itself.
TRIES = 3


def send_array(
    client: MageClient, route: str, name: str, rows: Sequence[dict[str, Any]], *, lane: str
) -> list[Any]:
    """POST {name: rows} and return what the shop answered, of all calls together.

    A shop with input limits tells how many rows it takes; then they go in smaller calls, now and from now on. A
    deadlock is tried up to three times. All rows are absolute figures, so a repetition does no harm.
    """
    answers: list[Any] = []
    waiting = list(rows)
    while waiting:
        size = client.array_rows
        batch = waiting[:size]
        try:
            answer = _send(client, route, {name: batch}, lane)
        except Rejected as error:
            if error.code == TOO_MANY_ITEMS and client.array_rows < min(size, len(batch)):
                continue
            raise
        answers += answer if isinstance(answer, list) else []
        waiting = waiting[size:]
    return answers


def _send(client: MageClient, route: str, body: dict[str, Any], lane: str) -> Any:
    for _ in range(TRIES - 1):
        try:
            return client.post(route, body, lane=lane, scope=ALL)
        except Conflict:
            continue
    return client.post(route, body, lane=lane, scope=ALL)
