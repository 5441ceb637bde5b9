"""Bulk operations, which cost no points: one mutation run over a file of variables, or one query over all there is.

Start, look from time to time, fetch the result. An operation bears a digest of what it does in its name, so that a later
run that wants the same takes up the one that is still running in place of starting another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ShopUnavailable
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.uploads import upload

RUN_MUTATION = document(
    """mutation RunBulkOperation($mutation: String!, $path: String!, $client: String) {
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $client) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}""",
    cost=11,
)
OPERATION = document(
    """query BulkOperation($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount url partialDataUrl }
}""",
    cost=2,
)
RUNNING = document(
    """query RunningBulkOperations($first: Int!) {
  bulkOperations(first: $first) {
    nodes { id status type query }
  }
}""",
    cost=30,
)
_OPEN = ("CREATED", "RUNNING", "CANCELING")
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 10.0


RUN_QUERY = document(
    """mutation RunBulkQuery($query: String!) {
  bulkOperationRunQuery(query: $query) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}""",
    cost=11,
)


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """A mutation to run per line, or a query over everything. `text` holds NAME where the operation's name stands."""

    name: str
    text: str

    def named(self, digest: str) -> str:
        return self.text.replace("NAME", f"{self.name}_{digest}")


def run(
    client: ShopifyClient, mutation: BulkOperation, lines: Sequence[Mapping[str, Any]], *, lane: str
) -> dict[int, dict[str, Any]]:
    """The answer per line, by its place; lines that Shopify lost are missing.

    Raises ShopUnavailable with the code bulk_running when the operation takes longer than the site waits: the next push
    takes it up. An operation of the same kind with other lines is waited for too, lest the older one ends last.
    """
    text = "".join(json.dumps(line, ensure_ascii=False, default=str, sort_keys=True) + "\n" for line in lines)
    digest = _digest(text)
    rows = _carry_through(
        client,
        mutation,
        digest,
        lambda: _start(client, mutation.named(digest), text, mutation.name, lane),
        lane,
    )
    return {int(row["__lineNumber"]): row for row in rows if str(row.get("__lineNumber", "")).isdigit()}


def run_query(client: ShopifyClient, query: BulkOperation, *, lane: str) -> list[dict[str, Any]]:
    """All objects that a query finds; those within others bear `__parentId`. Raises ShopUnavailable as `run` does."""
    digest = _digest(query.text)

    def start() -> str:
        payload = client.change(
            RUN_QUERY, {"query": query.named(digest)}, lane=lane, what="the bulk operation"
        )
        return str((payload.get("bulkOperation") or {}).get("id") or "")

    return _carry_through(client, query, digest, start, lane)


def finish_open(client: ShopifyClient, wanted: BulkOperation, *, lane: str) -> list[dict[str, Any]]:
    """The lines of operations of this kind that an earlier run left behind, whatever they were for, once they have ended.
    One call when there are none. Raises ShopUnavailable (bulk_running) for one that takes longer than the site waits."""
    data = client.query(RUNNING, {"first": 20}, lane=lane)
    found: list[dict[str, Any]] = []
    waited = 0.0
    for row in nodes_of(data.get("bulkOperations")):
        _, mark, rest = str(row.get("query") or "").partition(f"{wanted.name}_")
        digest = rest[:16]
        if not mark or (row.get("status") not in _OPEN and digest not in client.bulk_pending):
            continue
        operation, waited = _wait(client, str(row["id"]), waited, lane=lane)
        with suppress(ShopUnavailable):  # it failed and left nothing: its rows are looked at like any others
            found += _results(client, operation)
        client.bulk_pending.discard(digest)
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _carry_through(
    client: ShopifyClient, wanted: BulkOperation, digest: str, start: Callable[[], str], lane: str
) -> list[dict[str, Any]]:
    waited = 0.0
    running = _find(client, wanted, digest, lane)
    while running is not None and running[1] != digest:
        waited = _wait(client, running[0], waited, lane=lane)[1]
        running = _find(client, wanted, digest, lane)
    if running is None:
        client.bulk_pending.add(digest)  # before the call: its answer may be lost, and so may we
        client.keep()
        address = start()
    else:
        address = running[0]
    operation, _ = _wait(client, address, waited, lane=lane)
    found = _results(client, operation)
    client.bulk_pending.discard(digest)
    return found


def _find(client: ShopifyClient, wanted: BulkOperation, digest: str, lane: str) -> tuple[str, str] | None:
    """(address, digest) of an operation of this kind that has not ended, or of one with our very lines that has ended
    since we asked for it and did not read its result. Any other ended one is history: the figures may have moved."""
    data = client.query(RUNNING, {"first": 20}, lane=lane)
    for row in nodes_of(data.get("bulkOperations")):
        _, mark, rest = str(row.get("query") or "").partition(f"{wanted.name}_")
        if not mark:
            continue
        ours = rest[:16] == digest and digest in client.bulk_pending
        if row.get("status") in _OPEN or (ours and row.get("status") == "COMPLETED"):
            return str(row["id"]), rest[:16]
    return None


def _start(client: ShopifyClient, mutation: str, text: str, name: str, lane: str) -> str:
    file = upload(
        client,
        resource="BULK_MUTATION_VARIABLES",
        filename=f"{name}.jsonl",
        mime_type="text/jsonl",
        content=text.encode(),
        lane=lane,
    )
    payload = client.change(
        RUN_MUTATION,
        {"mutation": mutation, "path": file.path, "client": client.connection.site_code},
        lane=lane,
        what="the bulk operation",
    )
    return str((payload.get("bulkOperation") or {}).get("id") or "")


def _wait(client: ShopifyClient, address: str, waited: float, *, lane: str) -> tuple[dict[str, Any], float]:
    """The ended operation, and the seconds waited so far. Raises ShopUnavailable when it takes too long."""
    step = _FIRST_WAIT
    while True:
        operation = client.query(OPERATION, {"id": address}, lane=lane).get("bulkOperation") or {}
        if operation.get("status") not in _OPEN:
            return operation, waited
        if waited + step > client.options.bulk_wait:
            raise ShopUnavailable(
                "Shopify is still at work on a bulk operation.",
                code="bulk_running",
                cure="Nothing to do: the operation goes on at Shopify and is taken up by the next run.",
                retry_after=30.0,
                platform="shopify",
                site=client.connection.site_code,
            )
        client.pause(step)
        waited, step = waited + step, min(_LONGEST_WAIT, step * 2)


def _results(client: ShopifyClient, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    url = operation.get("url") or operation.get("partialDataUrl")
    if operation.get("status") != "COMPLETED" and not url:
        raise ShopUnavailable(
            f"Shopify ended the bulk operation as {str(operation.get('status')).lower()}"
            f" ({operation.get('errorCode') or 'no reason is given'}).",
            code="bulk_failed",
            cure="It is tried again by itself; look at the related requests if it lasts.",
            platform="shopify",
            site=client.connection.site_code,
        )
    return client.fetch_lines(str(url)) if url else []
