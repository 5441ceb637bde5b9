"""Publishing quantities: absolute, whole numbers, 2,000 rows per call, per location.

BigCommerce takes a call whole or not at all and names one bad row in the title of its refusal: that row is taken out and
the rest is sent again. What was taken counts a moment later (a read right after may be old), so calls follow one another
and are never sent beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.batching import chunks, push_in_batches
from platforms.bigcommerce.client import BATCH_TIMEOUT, BigCommerceClient
from platforms.bigcommerce.rows import accepted, not_linked, rejected
from platforms.types import PushResult, QuantityUpdate

LANE = "stock"
ROUTE = "v3/inventory/adjustments/absolute"
BATCH = 2_000
HIGHEST = 2_147_483_647
REASON = "ecomsync"
MOST_BAD_ROWS = 20  # of one call, before it is split in halves instead
_NAMED = re.compile(r"\b(variant_id|product_id|sku)\s+(\S+?)(?=[\s\],]|$)")
_BY_PRODUCT, _BY_VARIANT = "tracked by product", "tracked by variant"


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    remote_id: str
    parent: str
    other_id: str  # of a simple product its base variant: how it is addressed where stock is kept by variant
    name: str  # variant_id | product_id
    location: int
    quantity: int
    warning: str = ""
    turned: bool = False  # addressed in the other way already

    @property
    def number(self) -> str:
        return self.other_id if self.turned else self.remote_id

    def item(self) -> dict[str, Any]:
        return {"location_id": self.location, self.name: int(self.number), "quantity": self.quantity}


class QuantityPusher:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._options = client.options

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 2,000 rows and nothing read beforehand; one more for each row that the store refuses."""
        results: dict[int, PushResult] = {}
        rows: list[tuple[int, _Row]] = []
        for n, update in enumerate(updates):
            prepared = self._prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows.append((n, prepared))
        rows.sort(key=lambda entry: entry[1].location)  # rows of one location go together
        batches = [list(batch) for batch in chunks(rows, BATCH)]
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
        location = update.location_id or str(self._options.location_id)
        if not location.isdigit():
            return rejected(
                update.key,
                update.remote_id,
                "bad_location",
                f"'{location}' is not the number of a location in this store.",
                "Choose the location in 'Warehouses' of the site.",
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
                    f"BigCommerce takes whole numbers only, and the quantity is {update.quantity}.",
                    "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to floor.",
                )
            warning = f"The quantity {update.quantity} was published as {whole}."
        if whole > HIGHEST:
            return rejected(
                update.key,
                update.remote_id,
                "quantity_too_large",
                f"BigCommerce keeps at most {HIGHEST} units of an item at a location, and the quantity is {whole}.",
                "Correct the stock of the item, or limit it by the quantity formula of the site.",
            )
        return _Row(
            key=update.key,
            remote_id=update.remote_id,
            parent=update.parent_remote_id,
            other_id=update.inventory_id if not update.parent_remote_id else "",
            name="variant_id" if update.parent_remote_id else "product_id",
            location=int(location),
            quantity=int(whole),
            warning=warning,
        )

    # -- sending ------------------------------------------------------------
    def _send(self, batch: Sequence[tuple[int, _Row]]) -> list[PushResult]:
        """Raises Rejected when a refusal names no row, or too many rows are bad; then the batch is split."""
        waiting = dict(batch)
        settled: dict[int, PushResult] = {}
        while waiting:
            try:
                answer = self._client.call(
                    "PUT",
                    ROUTE,
                    body={"reason": REASON, "items": [row.item() for row in waiting.values()]},
                    lane=LANE,
                    timeout=max(BATCH_TIMEOUT, self._client.connection.timeout)
                    if len(waiting) > 100
                    else None,
                )
            except Rejected as error:
                if len(settled) >= MOST_BAD_ROWS or not self._take_out(error, waiting, settled):
                    raise
                continue
            done = str(answer.data.get("transaction_id", "")) if isinstance(answer.data, dict) else ""
            settled |= {
                n: accepted(row.key, row.remote_id, transaction_id=done) for n, row in waiting.items()
            }
            break
        return [settled[n] for n, _ in batch]

    def _take_out(self, error: Rejected, waiting: dict[int, _Row], settled: dict[int, PushResult]) -> bool:
        """Settle the rows that a refusal names. False when it names none of ours."""
        title = str(error.details.get("title") or error.message)
        named = _NAMED.search(title)
        if named is None:
            return False
        bad = [n for n, row in waiting.items() if (row.name, row.number) == named.groups()]
        for n in bad:
            row = waiting[n]
            if _BY_VARIANT in title and row.other_id.isdigit() and not row.turned:
                waiting[n] = replace(row, name="variant_id", turned=True)
                continue
            del waiting[n]
            settled[n] = _refused(row, title)
        return bool(bad)


def _refused(row: _Row, title: str) -> PushResult:
    text = title.strip("[] ")
    if _BY_PRODUCT in title:
        return rejected(
            row.key,
            row.remote_id,
            "tracked_by_product",
            f"The store keeps the stock of the whole product and not of its variants: {text}.",
            "In the store's product, set 'Track inventory' to 'On the variant level', or link the item to the product.",
        )
    if _BY_VARIANT in title:
        return rejected(
            row.key,
            row.remote_id,
            "tracked_by_variant",
            f"The store keeps the stock of the variants and not of the product: {text}.",
            "Link the ERP variants to the store's variants and leave the product itself out.",
        )
    return rejected(
        row.key,
        row.remote_id,
        "rejected",
        f"The store refused the quantity: {text}.",
        "See in the store whether the product is still there and its stock is tracked; then run 'Link Items' again.",
    )
