"""Asynchronous bulks: many saves handed over at once and followed operation by operation.

Nothing happens until the shop's consumer `async.operations.all` runs, and nothing is repeated by itself: what failed
for a lock is sent again here, once, and what is still open after a while is given back, to be read and sent one by one.
Source: fact sheet §5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from ecomsync.common.errors import NotFound, ShopUnavailable
from platforms.magento2.answers import as_record
from platforms.magento2.client import ALL, MageClient
from platforms.types import Finding

#: The queue keeps each operation in 64 KB.
MAX_OPERATION_BYTES = 60_000
MAX_BODY_BYTES = 900_000
MAX_OPERATIONS = 500
POLLS = (5.0, 5.0, 10.0, 20.0, 40.0, 60.0)
_COMPLETE, _RETRIABLE, _FAILED, _OPEN, _REJECTED = 1, 2, 3, 4, 5


class State(Enum):
    DONE = "done"
    REFUSED = "refused"
    LOCKED = "locked"  # a deadlock or a lost connection to the database
    UNKNOWN = "unknown"  # open when the wait was over


@dataclass(frozen=True, slots=True)
class Operation:
    state: State
    message: str = ""


class BulkSender:
    def __init__(self, client: MageClient, *, lane: str) -> None:
        self._client = client
        self._lane = lane

    def send(self, route: str, bodies: Sequence[Mapping[str, Any]]) -> list[Operation]:
        """One operation per body, in their order. No two bodies may be about one SKU, since their order is not kept."""
        results: list[Operation] = []
        for batch in _batches(bodies):
            answers = self._send(route, batch)
            locked = [n for n, answer in enumerate(answers) if answer.state is State.LOCKED]
            if locked:
                again = self._send(route, [batch[n] for n in locked])
                for n, answer in zip(locked, again, strict=True):
                    answers[n] = answer
            results += answers
        return results

    def _send(self, route: str, bodies: Sequence[Mapping[str, Any]]) -> list[Operation]:
        answer = as_record(
            self._client.call(
                "POST",
                route,
                body=list(bodies),
                lane=self._lane,
                scope=ALL,
                api="async/bulk/V1",
                timeout=120.0,
            )
        )
        found: dict[int, Operation] = {}
        for row in answer.get("request_items") or ():
            if row.get("status") == "rejected":
                found[int(row.get("id", -1))] = Operation(State.REFUSED, str(row.get("error_message") or ""))
        uuid = str(answer.get("bulk_uuid") or "")
        if not uuid:
            raise ShopUnavailable("The shop took a bulk and gave it no number.", code="unexpected_answer")
        if len(found) < len(bodies):
            found |= {n: entry for n, entry in self._follow(uuid).items() if n not in found}
        return [found.get(n, Operation(State.UNKNOWN)) for n in range(len(bodies))]

    def _follow(self, uuid: str) -> dict[int, Operation]:
        """Ask until all is settled or the time is over. A failure counts once it was told twice: some versions call an
        operation failed while it still runs."""
        left = float(self._client.options.bulk_wait)
        told: dict[int, Operation] = {}
        for n in range(10_000):
            before, told = told, self._status(uuid)
            settled = told and all(
                entry.state is State.DONE or (entry.state is not State.UNKNOWN and before.get(place) == entry)
                for place, entry in told.items()
            )
            wait = POLLS[min(n, len(POLLS) - 1)]
            if settled or left <= 0:
                break
            self._client.pause(min(wait, left))
            left -= wait
        if any(entry.state is State.UNKNOWN for entry in told.values()) or not told:
            self._client.met(CONSUMER_DOWN)
        return told

    def _status(self, uuid: str) -> dict[int, Operation]:
        try:
            answer = self._client.record(f"bulk/{uuid}/status", lane=self._lane)
        except NotFound:
            return {}
        found: dict[int, Operation] = {}
        for row in answer.get("operations_list") or ():
            state = _STATES.get(int(row.get("status") or _OPEN), State.UNKNOWN)
            found[int(row.get("id", -1))] = Operation(state, str(row.get("result_message") or ""))
        return found


_STATES = {
    _COMPLETE: State.DONE,
    _RETRIABLE: State.LOCKED,
    _FAILED: State.REFUSED,
    _OPEN: State.UNKNOWN,
    _REJECTED: State.REFUSED,
}

CONSUMER_DOWN = Finding(
    "consumers_not_running",
    "A bulk stayed open in the shop: its consumer does not run, or is slow.",
    "On the shop's server run 'bin/magento queue:consumers:start async.operations.all', by cron or supervisor; until then "
    "products are sent one by one.",
)


def fits(body: Mapping[str, Any]) -> bool:
    """Whether a body fits into one operation."""
    return _size(body) <= MAX_OPERATION_BYTES


def _size(body: Mapping[str, Any]) -> int:
    return len(json.dumps(body, default=_text).encode())


def _text(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)


def _batches(bodies: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: list[list[Mapping[str, Any]]] = []
    size = 0
    for body in bodies:
        length = _size(body)
        if not found or len(found[-1]) >= MAX_OPERATIONS or size + length > MAX_BODY_BYTES:
            found.append([])
            size = 0
        found[-1].append(body)
        size += length
    return found
