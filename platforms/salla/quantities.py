"""Pushing quantities: bulk calls that are queued by Salla, without a result per row and nothing read beforehand.

The keys are spelled `identifer_type` and `identifer`, as the API has them. Quantities overwrite: an increment could not be
repeated. What Salla answers means sent, not done; it may take minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.batching import chunks, push_in_batches
from platforms.salla.client import BATCH_TIMEOUT, SallaClient
from platforms.salla.rows import accepted, not_linked, rejected
from platforms.types import PushResult, QuantityUpdate

LANE = "stock"
ROUTE = "products/quantities/bulk"
BATCH = 100
_ROW = re.compile(r"products\.(\d+)(?:\.|$)")


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    remote_id: str
    parent: str
    branch: int | None
    quantity: int
    warning: str = ""

    def item(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "identifer_type": "variant_id" if self.parent else "id",
            "identifer": self.remote_id,
            "quantity": self.quantity,
            "mode": "overwrite",
        }
        return found if self.branch is None else {**found, "branch": self.branch}


class QuantityPusher:
    """default_branch: the store's, where it is known; rows of warehouses without a branch go there."""

    def __init__(self, client: SallaClient, *, default_branch: str) -> None:
        self._client = client
        self._options = client.options
        self._default = default_branch

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 100 rows; one more for a batch of which rows are refused by name."""
        results: dict[int, PushResult] = {}
        rows: list[tuple[int, _Row]] = []
        for n, update in enumerate(updates):
            prepared = self._prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows.append((n, prepared))
        batches = [list(batch) for batch in chunks(rows, min(BATCH, self._options.bulk_rows))]
        answers = push_in_batches(batches, self._send, lambda entry: entry[1].key)
        for (n, row), answer in zip(rows, answers, strict=True):
            warning = " ".join(filter(None, (row.warning, answer.warning)))
            results[n] = replace(
                answer, warning=warning, remote_id=row.remote_id, parent_remote_id=row.parent
            )
        return [results[n] for n in range(len(updates))]

    def _prepare(self, update: QuantityUpdate) -> PushResult | _Row:
        if not update.remote_id.isdigit():
            return not_linked(update.key, update.remote_id)
        branch = update.location_id or str(self._options.branch_id or "") or self._default
        if branch and not branch.isdigit():
            return rejected(
                update.key,
                update.remote_id,
                "bad_location",
                f"'{branch}' is not the number of a branch in this store.",
                "Choose the branch in 'Warehouses' of the site.",
            )
        quantity, warning = update.quantity, ""
        if quantity < 0:
            quantity, warning = Decimal(0), f"The quantity {update.quantity} is below zero; 0 was published."
        whole = quantity.to_integral_value(rounding=ROUND_FLOOR)
        if whole != quantity:
            if not self._options.floor_quantities:
                return rejected(
                    update.key,
                    update.remote_id,
                    "fractional_quantity",
                    f"Salla takes whole numbers only, and the quantity is {update.quantity}.",
                    "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to floor.",
                )
            warning = f"The quantity {update.quantity} was published as {whole}."
        return _Row(
            key=update.key,
            remote_id=update.remote_id,
            parent=update.parent_remote_id,
            branch=int(branch) if branch else None,
            quantity=int(whole),
            warning=warning,
        )

    def _send(self, batch: Sequence[tuple[int, _Row]]) -> list[PushResult]:
        """Raises Rejected when a refusal names no row; then the batch is split."""
        waiting = list(batch)
        settled: dict[int, PushResult] = {}
        while waiting:
            body = {"products": [row.item() for _, row in waiting]}
            timeout = max(BATCH_TIMEOUT, self._client.connection.timeout) if len(waiting) > 20 else None
            try:
                self._client.post(ROUTE, body, lane=LANE, timeout=timeout)
            except Rejected as error:
                bad = named_rows(error, len(waiting))
                if not bad:
                    raise
                for position, reason in bad.items():
                    n, row = waiting[position]
                    settled[n] = _refused(row, reason)
                waiting = [entry for position, entry in enumerate(waiting) if position not in bad]
                continue
            settled |= {n: accepted(row.key, row.remote_id) for n, row in waiting}
            break
        return [settled[n] for n, _ in batch]


def named_rows(error: Rejected, sent: int) -> dict[int, str]:
    """position -> reason, of the rows that a 422 names as `products.N.field`."""
    fields = error.details.get("fields")
    found: dict[int, str] = {}
    for name, reason in fields.items() if isinstance(fields, Mapping) else ():
        position = _ROW.match(str(name))
        if position and int(position.group(1)) < sent:
            found.setdefault(int(position.group(1)), str(reason))
    return found


def _refused(row: _Row, reason: str) -> PushResult:
    return rejected(
        row.key,
        row.remote_id,
        "rejected",
        f"Salla refused the quantity: {reason.rstrip('.')}.",
        "See in the store whether the product is still there and whether it has variants; then run 'Link Items' again.",
        parent=row.parent,
    )
