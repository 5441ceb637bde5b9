"""Publishing quantities: absolute, whole numbers, 250 rows per call whatever their products and locations.

Every call carries a new idempotency key. A key made of the content would be wrong: within a day Shopify answers it with
the first result and sets nothing, although the quantity may have moved meanwhile. A lost answer needs no key, since
setting the same number again is harmless.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected, RetryableError
from platforms.base import result_from_error
from platforms.batching import push_in_batches
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.errors import STALE_CODES, error_of_user_errors, row_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.rows import accepted, not_linked, read_variants, rejected
from platforms.types import Outcome, PushResult, QuantityUpdate

LANE = "stock"
BATCH = 250
REASON = "correction"
HIGHEST = 1_000_000_000
#: How often rows that go on changing under our hands are read again before they wait for the next run.
STALE_ROUNDS = 3

SET_QUANTITIES = document(
    """mutation SetQuantities($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta item { id } location { id } } }
    userErrors { field message code }
  }
}""",
    cost=13,
)
ACTIVATE = document(
    """mutation StockAtLocation($item: ID!, $location: ID!, $available: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available) @idempotent(key: $key) {
    inventoryLevel { id }
    userErrors { field message }
  }
}""",
    cost=11,
)
LEVELS = document(
    """query QuantitiesNow($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on InventoryItem {
      id
      inventoryLevels(first: 50) {
        nodes { location { id } quantities(names: ["available", "on_hand"]) { name quantity } }
      }
    }
  }
}""",
    cost=500,
)
_NOT_STOCKED = "ITEM_NOT_STOCKED_AT_LOCATION"


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity at one location. expected: what must be there now; None sets it whatever is there."""

    update: QuantityUpdate
    item: str
    location: str
    quantity: int
    expected: int | None
    warning: str = ""


class QuantityPusher:
    def __init__(self, client: ShopifyClient, locations: LocationBook) -> None:
        self._client = client
        self._locations = locations
        self._options = client.options

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 250 rows; one more per 250 rows of which the inventory item is not known.

        Shopify refuses a call as a whole when one row is wrong: refused rows are taken out and the rest goes again.
        """
        results: dict[int, PushResult] = {}
        open_rows: dict[int, tuple[QuantityUpdate, int, str]] = {}
        for n, update in enumerate(updates):
            prepared = self._whole(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                open_rows[n] = (update, *prepared)
        rows = self._place(open_rows, results)
        batches = _batches(rows)
        answers = push_in_batches(batches, self._send, lambda entry: entry[1].update.key)
        for (n, _), answer in zip((entry for batch in batches for entry in batch), answers, strict=True):
            results[n] = answer
        return [results[n] for n in range(len(updates))]

    def _whole(self, update: QuantityUpdate) -> PushResult | tuple[int, str]:
        """The number to set and a warning, or the refusal."""
        if not update.remote_id.isdigit():
            return not_linked(update)
        quantity, warning = update.quantity, ""
        if quantity < 0:
            quantity, warning = Decimal(0), f"The quantity {update.quantity} is below zero; 0 was published."
        whole = quantity.to_integral_value(rounding=ROUND_FLOOR)
        if whole != quantity:
            if not self._options.floor_quantities:
                return rejected(
                    update,
                    "fractional_quantity",
                    f"Shopify takes whole numbers only, and the quantity is {update.quantity}.",
                    "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to floor.",
                )
            warning = f"The quantity {update.quantity} was published as {whole}."
        if whole > HIGHEST:
            return rejected(
                update,
                "invalid_quantity_too_high",
                f"The quantity {whole} is more than Shopify keeps.",
                "Shopify takes quantities up to 1,000,000,000.",
            )
        return int(whole), warning

    def _place(
        self, open_rows: Mapping[int, tuple[QuantityUpdate, int, str]], results: dict[int, PushResult]
    ) -> list[tuple[int, Row]]:
        """Rows with their inventory item and location; those whose variant is gone are refused."""
        unknown = [update for update, _, _ in open_rows.values() if not update.inventory_id.isdigit()]
        facts = read_variants(self._client, unknown, lane=LANE) if unknown else {}
        rows = []
        for n, (update, quantity, warning) in open_rows.items():
            item = update.inventory_id
            if not item.isdigit():
                found = facts.get(update.remote_id)
                if found is None or not found.inventory_id:
                    results[n] = _gone(update)
                    continue
                item = found.inventory_id
            location = number_of(update.location_id) or self._locations.default(lane=LANE)
            rows.append((n, Row(update, item, location, quantity, self._expected(update), warning)))
        return rows

    def _expected(self, update: QuantityUpdate) -> int | None:
        if not self._options.compare_quantities or update.expected is None:
            return None
        return int(update.expected) if update.expected == update.expected.to_integral_value() else None

    # -- sending ------------------------------------------------------------
    def _send(self, batch: Sequence[tuple[int, Row]]) -> list[PushResult]:
        """One result per row. What Shopify names is settled, and the rest is sent again until it passes."""
        results: dict[int, PushResult] = {}
        left = dict(batch)
        told_stale: set[int] = set()
        rounds = 0
        while left:
            payload = self._call(list(left.values()))
            errors = user_errors(payload)
            if not errors:
                changed = _changed(payload)
                for n, row in left.items():
                    unchanged = changed is not None and (row.item, row.location) not in changed
                    results[n] = accepted(
                        row.update, unchanged=unchanged, warning=row.warning, quantity=row.quantity
                    )
                break
            order = list(left)
            named = {order[at]: error for error in errors if (at := _index(error, len(order))) is not None}
            is_stale = any(_is_stale(error) for error in errors)
            if not named and not is_stale:
                raise _unnamed(errors)
            stale = {n for n, error in named.items() if _is_stale(error)}
            for n in [n for n in named if n not in stale]:
                results[n] = self._refused(left.pop(n), named[n])
            if is_stale:
                rounds += 1
                # Where rows are told one after the other, or none is named, all that are compared are looked at.
                if not stale or (told_stale and stale - told_stale):
                    stale = {n for n, row in left.items() if row.expected is not None}
                told_stale |= stale
                self._renew(left, sorted(stale), results, last=rounds >= STALE_ROUNDS)
        return [results[n] for n, _ in batch]

    def _call(self, rows: Sequence[Row]) -> dict[str, Any]:
        """`changeFromQuantity` must stand in every row, be it null."""
        quantities = [
            {
                "inventoryItemId": gid("InventoryItem", row.item),
                "locationId": gid("Location", row.location),
                "quantity": row.quantity,
                "changeFromQuantity": row.expected,
            }
            for row in rows
        ]
        body = {"name": self._options.quantity_name, "reason": REASON, "quantities": quantities}
        return self._client.mutate(SET_QUANTITIES, {"input": body, "key": str(uuid.uuid4())}, lane=LANE)

    def _refused(self, row: Row, error: Mapping[str, Any]) -> PushResult:
        if str(error.get("code")) == _NOT_STOCKED and self._options.stock_at_new_locations:
            return self._activate(row)
        if str(error.get("code")) == "INVALID_LOCATION":
            self._locations.forget()
        found = error_of_user_errors(
            [error], what=f"the quantity of {row.update.sku or row.update.remote_id}"
        )
        return _with_ids(row.update, result_from_error(row.update.key, found))

    def _activate(self, row: Row) -> PushResult:
        """Stock an item at a location for the first time, which also sets its quantity."""
        variables = {
            "item": gid("InventoryItem", row.item),
            "location": gid("Location", row.location),
            "available": row.quantity,
            "key": str(uuid.uuid4()),
        }
        try:
            self._client.change(ACTIVATE, variables, lane=LANE, what="the stocking at the location")
        except (PermanentError, RetryableError) as error:
            return _with_ids(row.update, result_from_error(row.update.key, error))
        return accepted(row.update, warning=row.warning, quantity=row.quantity, stocked=True)

    # -- what changed meanwhile ---------------------------------------------
    def _renew(
        self, left: dict[int, Row], stale: Sequence[int], results: dict[int, PushResult], *, last: bool
    ) -> None:
        """Read the quantities of stale rows and let them go on top of what is there; what is right already is done."""
        now = self._quantities_now([left[n] for n in stale])
        for n in stale:
            row = left[n]
            found = now.get((row.item, row.location))
            if found == row.quantity:
                results[n] = accepted(
                    left.pop(n).update, unchanged=True, warning=row.warning, quantity=row.quantity
                )
            elif last:
                results[n] = _changing(left.pop(n).update)
            elif found is None:  # not stocked there any more: nothing to compare with
                left[n] = replace(row, expected=None)
            elif found != row.expected:
                warning = row.warning or f"The shop had {found} where {row.expected} was expected."
                left[n] = replace(row, expected=found, warning=warning)

    def _quantities_now(self, rows: Sequence[Row]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        ids = [gid("InventoryItem", row.item) for row in rows]
        for address, item in self._client.nodes(LEVELS, ids, lane=LANE, size=100).items():
            for level in nodes_of(item.get("inventoryLevels")):
                place = number_of((level.get("location") or {}).get("id"))
                for entry in level.get("quantities") or ():
                    if entry.get("name") == self._options.quantity_name and isinstance(
                        entry.get("quantity"), int
                    ):
                        found[number_of(address), place] = entry["quantity"]
        return found


def _batches(rows: Sequence[tuple[int, Row]]) -> list[list[tuple[int, Row]]]:
    """At most 250 rows, and never twice the same item at the same place, which Shopify refuses."""
    batches: list[list[tuple[int, Row]]] = []
    pairs: list[set[tuple[str, str]]] = []
    first = 0
    for entry in rows:
        pair = (entry[1].item, entry[1].location)
        at = next(
            (k for k in range(first, len(batches)) if len(batches[k]) < BATCH and pair not in pairs[k]), None
        )
        if at is None:
            batches.append([])
            pairs.append(set())
            at = len(batches) - 1
        batches[at].append(entry)
        pairs[at].add(pair)
        while first < len(batches) and len(batches[first]) >= BATCH:
            first += 1
    return batches


def _index(error: Mapping[str, Any], size: int) -> int | None:
    at = row_of(error, "quantities")
    return at if at is not None and at < size else None


def _is_stale(error: Mapping[str, Any]) -> bool:
    return str(error.get("code")) in STALE_CODES


def _unnamed(errors: Sequence[Mapping[str, Any]]) -> EcomsyncError:
    """An error that names no row: a refusal is narrowed down in halves, whatever its code says is missing."""
    error = error_of_user_errors(errors, what="the quantities")
    if isinstance(error, RetryableError | Rejected):
        return error
    return Rejected(error.message, code=error.code, cure=error.cure, platform="shopify")


def _changed(payload: Mapping[str, Any]) -> set[tuple[str, str]] | None:
    """(item, location) of all that moved; None where the shop tells no changes at all."""
    group = payload.get("inventoryAdjustmentGroup")
    if not isinstance(group, Mapping):
        return None
    return {
        (number_of((row.get("item") or {}).get("id")), number_of((row.get("location") or {}).get("id")))
        for row in group.get("changes") or ()
        if row.get("delta")
    }


def _with_ids(update: QuantityUpdate, result: PushResult) -> PushResult:
    return replace(result, remote_id=update.remote_id, parent_remote_id=update.parent_remote_id)


def _gone(update: QuantityUpdate) -> PushResult:
    return rejected(
        update,
        "not_found",
        f"The shop has no variant {update.remote_id}.",
        "The variant is gone from the shop: run 'Link Items' again.",
    )


def _changing(update: QuantityUpdate) -> PushResult:
    """A row that others change faster than we can look."""
    return PushResult(
        update.key,
        Outcome.RETRY,
        "conflict",
        "The quantity in the shop changes while it is being set.",
        "Nothing to do: it is tried again by itself.",
        remote_id=update.remote_id,
        parent_remote_id=update.parent_remote_id,
    )
