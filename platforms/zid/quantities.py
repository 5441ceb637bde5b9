"""Publishing quantities: absolute, whole numbers, 50 rows per call and location.

Zid takes a call whole or not at all and does not say which row was bad: a refused batch is split until it stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import NotFound, Rejected
from platforms.batching import chunks, push_in_batches
from platforms.types import PushResult, QuantityUpdate
from platforms.zid.client import BULK, ZidClient
from platforms.zid.errors import PLATFORM
from platforms.zid.locations import LANE, ROUTE, LocationBook
from platforms.zid.rows import accepted, is_id, not_linked, rejected

PRODUCTS = "/v1/products/"
HIGHEST = 2_147_483_647


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    remote_id: str
    parent: str
    location: str
    quantity: int
    warning: str = ""


class QuantityPusher:
    def __init__(self, client: ZidClient, locations: LocationBook) -> None:
        self._client = client
        self._options = client.options
        self._locations = locations

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 50 rows of a location and nothing read beforehand, but once the store's default location where no
        option and no warehouse names one; up to twelve more calls for each row that the store refuses."""
        results: dict[int, PushResult] = {}
        rows: list[tuple[int, _Row]] = []
        for n, update in enumerate(updates):
            prepared = self._prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows.append((n, prepared))
        rows = self._with_locations(rows, results)
        batches = self._batches(rows)
        send = self._send if self._options.by_location else self._send_simple
        ordered = [entry for batch in batches for entry in batch]
        answers = push_in_batches(batches, send, lambda entry: entry[1].key)
        for (n, row), answer in zip(ordered, answers, strict=True):
            warning = " ".join(filter(None, (row.warning, answer.warning)))
            results[n] = replace(
                answer, warning=warning, remote_id=row.remote_id, parent_remote_id=row.parent
            )
        return [results[n] for n in range(len(updates))]

    def _prepare(self, update: QuantityUpdate) -> PushResult | _Row:
        if not is_id(update.remote_id):
            return not_linked(update.key, update.remote_id)
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
                    f"Zid takes whole numbers only, and the quantity is {update.quantity}.",
                    "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to floor.",
                )
            warning = f"The quantity {update.quantity} was published as {whole}."
        if whole > HIGHEST:
            return rejected(
                update.key,
                update.remote_id,
                "quantity_too_large",
                f"Zid keeps at most {HIGHEST} pieces, and the quantity is {whole}.",
                "Correct the stock of the item, or limit it by the quantity formula of the site.",
            )
        return _Row(
            update.key,
            update.remote_id,
            update.parent_remote_id,
            update.location_id.strip(),
            int(whole),
            warning,
        )

    def _with_locations(
        self, rows: list[tuple[int, _Row]], results: dict[int, PushResult]
    ) -> list[tuple[int, _Row]]:
        """Each row with its location; ids are compared without dashes, since Zid writes them in both ways."""
        if not self._options.by_location:
            return rows
        found: list[tuple[int, _Row]] = []
        for n, row in rows:
            location = row.location or self._locations.default()
            if not is_id(location):
                results[n] = rejected(
                    row.key,
                    row.remote_id,
                    "bad_location",
                    f"'{location}' is not the id of a location in this store.",
                    "Choose the location in 'Warehouses' of the site.",
                )
                continue
            found.append((n, replace(row, location=location)))
        return found

    def _batches(self, rows: Sequence[tuple[int, _Row]]) -> list[list[tuple[int, _Row]]]:
        """Rows of one location go together."""
        if not self._options.by_location:
            return [list(batch) for batch in chunks(rows, BULK)]
        groups: dict[str, list[tuple[int, _Row]]] = {}
        for entry in rows:
            groups.setdefault(entry[1].location, []).append(entry)
        size = self._options.stock_rows
        return [list(batch) for group in groups.values() for batch in chunks(group, size)]

    # -- sending ------------------------------------------------------------
    def _send(self, batch: Sequence[tuple[int, _Row]]) -> list[PushResult]:
        """Raises Rejected when a row is bad, so that the batch is split, and NotFound when the location is gone."""
        location = batch[0][1].location
        body: list[dict[str, Any]] = [
            {"product_id": row.remote_id, "available_quantity": row.quantity, "is_infinite": False}
            for _, row in batch
        ]
        try:
            self._client.post(f"{ROUTE}{location}/stock-update/", body, lane=LANE)
        except NotFound as error:
            self._refuse_lost_location(location)
            # The location is there, so it is a product that is gone.
            raise Rejected(
                error.message, code=error.code, cure=error.cure, platform=PLATFORM, status=error.status
            ) from error
        return [accepted(row.key, row.remote_id) for _, row in batch]

    def _refuse_lost_location(self, location: str) -> None:
        try:
            self._client.get(f"{ROUTE}{location}/", lane=LANE)
        except NotFound as error:
            raise NotFound(
                f"The store has no location {location} any more.",
                code="bad_location",
                cure="Choose the location in 'Warehouses' of the site.",
                platform=PLATFORM,
                status=error.status,
            ) from error

    def _send_simple(self, batch: Sequence[tuple[int, _Row]]) -> list[PushResult]:
        """The product's own quantity, for stores with a single inventory."""
        body = [{"id": row.remote_id, "quantity": row.quantity, "is_infinite": False} for _, row in batch]
        self._client.patch(PRODUCTS, body, lane=LANE)
        return [accepted(row.key, row.remote_id) for _, row in batch]
