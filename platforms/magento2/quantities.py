"""Publishing quantities: absolute figures, to sources (MSI) or to the one stock item of older shops.

A source holds what lies there physically. An order lowers nothing there, it reserves: the shop takes its open orders
off by itself, so the physical figure is sent (`stock_meaning`), never one that is net of them. Magento keeps a
quantity for a SKU that no product has without a word, so each batch is looked up first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, Conflict, Rejected
from ecomsync.common.money import to_decimal
from platforms.batching import chunks, push_in_batches
from platforms.magento2.addresses import in_path
from platforms.magento2.answers import as_record
from platforms.magento2.arrays import send_array
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.compositions import COMPOSED
from platforms.magento2.criteria import Criteria
from platforms.magento2.errors import NO_ROUTE, SOURCE_ITEM_NOT_SAVED
from platforms.magento2.product_finder import ProductFinder
from platforms.magento2.results import accepted, gone, not_linked, rejected
from platforms.magento2.wire_numbers import json_number
from platforms.types import PushResult, QuantityUpdate

LANE = "stock"
_FIELDS = "id,sku,type_id"
FOLLOWS_PARTS = "Its stock follows that of its parts; nothing was sent."


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity on its way; `sku` is the shop's own once the product was found."""

    key: str
    remote_id: str
    quantity: Decimal
    source: str
    warning: str = ""
    sku: str = ""


class QuantityPusher:
    def __init__(self, client: MageClient) -> None:
        self._client = client
        self._finder = ProductFinder(client, lane=LANE)

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """Two calls per 250 rows with sources: one to see that the products are there, one to write. Without sources
        two per row, since there is no list to send."""
        results: list[PushResult | None] = [None] * len(updates)
        rows: dict[int, Row] = {}
        for n, update in enumerate(updates):
            prepared = self._prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows[n] = prepared
        for n, answer in zip(rows, self._send(list(rows.values())), strict=True):
            warning = " ".join(filter(None, (rows[n].warning, answer.warning)))
            results[n] = replace(answer, warning=warning)
        return [result for result in results if result is not None]

    def _prepare(self, update: QuantityUpdate) -> PushResult | Row:
        if not update.remote_id.isdigit():
            return not_linked(update.key, update.remote_id)
        quantity, warning = update.quantity, ""
        if quantity < 0:
            quantity, warning = Decimal(0), f"The quantity {update.quantity} is below zero; 0 was published."
        whole = quantity.to_integral_value(rounding=ROUND_FLOOR)
        policy = self._client.options.fractional_quantities
        if whole != quantity and policy == "reject":
            return rejected(
                update.key,
                update.remote_id,
                "fractional_quantity",
                f"The site sends whole numbers only, and the quantity is {update.quantity}.",
                "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to send or floor.",
            )
        if whole != quantity and policy == "floor":
            quantity, warning = whole, f"The quantity {update.quantity} was published as {whole}."
        source = update.location_id or self._client.options.source_code
        return Row(update.key, update.remote_id, quantity, source, warning)

    def _send(self, rows: Sequence[Row]) -> list[PushResult]:
        if self._client.has_msi is False:
            return self._send_legacy(rows)
        batches = [list(batch) for batch in chunks(rows, self._client.array_rows)]
        try:
            return push_in_batches(batches, self._send_sources, lambda row: row.key)
        except ConfigurationError as error:
            if error.code != NO_ROUTE or self._client.has_msi:
                raise
            self._client.has_msi = False
            return self._send_legacy(rows)

    # -- sources ------------------------------------------------------------
    def _send_sources(self, rows: Sequence[Row]) -> list[PushResult]:
        if not rows:
            return []
        results, ready = self._look_up(rows)
        if ready:
            # Sorted, so that two writers wait for each other instead of locking each other out.
            items = [_source_item(row) for row in sorted(ready, key=lambda row: (row.sku, row.source))]
            try:
                send_array(self._client, "inventory/source-items", "sourceItems", items, lane=LANE)
            except Conflict as error:
                if error.code != SOURCE_ITEM_NOT_SAVED:
                    raise
                unknown = self._of_unknown_sources(ready, error)
                if not unknown:
                    raise _not_saved(error) from error
                results |= unknown
                others = [row for row in ready if row.key not in unknown]
                results |= {answer.key: answer for answer in self._send_sources(others)}
            else:
                self._client.has_msi = True
                results |= {row.key: accepted(row.key, row.remote_id, sku=row.sku) for row in ready}
        return [results[row.key] for row in rows]

    def _look_up(self, rows: Sequence[Row]) -> tuple[dict[str, PushResult], list[Row]]:
        """The rows that cannot be sent, and the others with the SKU that their product has now."""
        products = self._finder.by_id([row.remote_id for row in rows], _FIELDS)
        results: dict[str, PushResult] = {}
        ready: list[Row] = []
        for row in rows:
            product = products.get(row.remote_id)
            if product is None:
                results[row.key] = gone(row.key, row.remote_id)
            elif product.get("type_id") in COMPOSED:
                results[row.key] = accepted(row.key, row.remote_id, unchanged=True, warning=FOLLOWS_PARTS)
            elif product.get("type_id") == "configurable":
                results[row.key] = _no_own_stock(row, str(product["type_id"]))
            else:
                ready.append(replace(row, sku=str(product.get("sku") or "")))
        return results, ready

    def _of_unknown_sources(self, rows: Sequence[Row], error: Conflict) -> dict[str, PushResult]:
        """An unknown source and a deadlock look alike, so the sources are asked for before the rows are blamed."""
        answer = self._client.record("inventory/sources", Criteria().params(size=100), lane=LANE)
        known = {str(source.get("source_code", "")) for source in answer.get("items") or ()}
        return {
            row.key: rejected(
                row.key,
                row.remote_id,
                "unknown_source",
                f"The shop has no source '{row.source}'.",
                "Correct 'Source of stock' in the options of the site, or the location of the warehouse: "
                f"{', '.join(sorted(known)) or '-'}.",
            )
            for row in rows
            if row.source not in known
        }

    # -- one stock item per product ------------------------------------------
    def _send_legacy(self, rows: Sequence[Row]) -> list[PushResult]:
        results: dict[str, PushResult] = {}
        for batch in chunks(rows, self._client.page_rows):
            found, ready = self._look_up(batch)
            results |= found
            answers = push_in_batches([[row] for row in ready], self._send_stock_item, lambda row: row.key)
            results |= {answer.key: answer for answer in answers}
        return [results[row.key] for row in rows]

    def _send_stock_item(self, rows: Sequence[Row]) -> list[PushResult]:
        """Without `is_in_stock` a product that was sold out stays so, whatever its quantity."""
        (row,) = rows
        sku = in_path(row.sku)
        item = as_record(self._client.get(f"stockItems/{sku}", lane=LANE))
        if item.get("manage_stock") is False:
            return [
                rejected(
                    row.key,
                    row.remote_id,
                    "manage_stock_off",
                    "The shop ignores quantities of this product: its stock management is switched off.",
                    "In the product's Advanced Inventory, set 'Manage Stock' to Yes, then run 'Update All Qtys'.",
                )
            ]
        in_stock = row.quantity > 0
        same = to_decimal(item.get("qty")) == row.quantity and bool(item.get("is_in_stock")) == in_stock
        if not same:
            body = {"stockItem": {"qty": json_number(row.quantity), "is_in_stock": in_stock}}
            self._client.put(
                f"products/{sku}/stockItems/{item.get('item_id') or 1}", body, lane=LANE, scope=ALL
            )
        return [accepted(row.key, row.remote_id, unchanged=same, sku=row.sku)]


def _source_item(row: Row) -> dict[str, Any]:
    """`status` 0 hides stock whatever the quantity, and without it the whole list is refused."""
    return {
        "sku": row.sku,
        "source_code": row.source,
        "quantity": json_number(row.quantity),
        "status": 1 if row.quantity > 0 else 0,
    }


def _not_saved(error: Conflict) -> Rejected:
    """Three times not saved and the sources are there: one of the rows is to blame, and halving finds it."""
    return Rejected(
        error.message,
        code=error.code,
        cure="See the shop's var/log/exception.log: the database refuses the row.",
        platform=error.platform,
        status=error.status,
        excerpt=error.excerpt,
    )


def _no_own_stock(row: Row, kind: str) -> PushResult:
    return rejected(
        row.key,
        row.remote_id,
        "no_own_stock",
        f"A product of type '{kind}' has no stock of its own.",
        "Link the item to a simple product or to a variant, or switch quantities off for it.",
    )
