"""Pushing prices: products in bulk, variants one by one since the bulk call knows products only.

What the store shows already is not sent. A price leaves a promotion of the store alone; only a special price of the ERP
sends `sale_price`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound, Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.salla.client import BATCH_TIMEOUT, SallaClient
from platforms.salla.mapping_prices import last_day, number, price_of, rounded, sale_of, sale_to_send
from platforms.salla.quantities import named_rows
from platforms.salla.rows import accepted, not_linked, rejected
from platforms.types import PriceUpdate, PushResult

LANE = "prices"
ROUTE = "products/prices/bulkPrice"
BATCH = 100
#: Products that are read one by one; beyond, looking through the list is cheaper.
MOST_SINGLE = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A price to set. sale: what the special price is to be, where `sends_sale`; None takes it away."""

    update: PriceUpdate
    price: Decimal
    sale: Decimal | None
    sends_sale: bool
    warning: str = ""

    @property
    def is_variant(self) -> bool:
        return bool(self.update.parent_remote_id)


class PricePusher:
    def __init__(self, client: SallaClient) -> None:
        self._client = client
        self._options = client.options

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """One result per update, in their order.

        Cost: up to ten products one call each to read, more of them one per 50 products of the store; one call to write
        per 100 products, and one per variant. Where a special price was taken away it is read once more.
        """
        results: dict[int, PushResult] = {}
        rows: dict[int, Row] = {}
        now = datetime.now(UTC)
        for n, update in enumerate(updates):
            try:
                if update.remote_id.isdigit():
                    rows[n] = self._row(update, now)
                else:
                    results[n] = not_linked(update.key, update.remote_id)
            except Rejected as error:
                results[n] = result_from_error(update.key, error)
        if rows:
            results |= self._push(rows)
        return [results[n] for n in range(len(updates))]

    def _row(self, update: PriceUpdate, now: datetime) -> Row:
        self._refuse_unsupported(update)
        currency = self._client.connection.currency or update.currency
        price = rounded(update.price, currency)
        special, sends, warning = sale_to_send(update, now)
        sale = rounded(special, currency) if special is not None else None
        if sale is not None and sale >= price:
            raise Rejected(
                f"The special price {sale} is not below the price {price}.",
                code="special_not_below_price",
                cure="Correct the price list or the promotion in the ERP.",
            )
        return Row(update, price, sale, sends, warning)

    def _refuse_unsupported(self, update: PriceUpdate) -> None:
        currency = self._client.connection.currency
        if currency and update.currency and update.currency.upper() != currency.upper():
            raise Rejected(
                f"The price is in {update.currency} and the store's prices are in {currency}.",
                code="currency_mismatch",
                cure="Choose a price list in the store's currency on the site.",
            )
        if update.min_quantity > 1 or update.price_list:
            raise Rejected(
                "Salla has no price lists and no quantity breaks.",
                code="unsupported",
                cure="Send one price per item; take the price lists of groups off the site.",
            )
        if update.price < 0 or (update.special is not None and update.special < 0):
            raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")

    # -- sending ------------------------------------------------------------
    def _push(self, rows: dict[int, Row]) -> dict[int, PushResult]:
        results: dict[int, PushResult] = {}
        present = self.records([row.update for row in rows.values()])
        products: list[tuple[int, Row]] = []
        variants: list[tuple[int, Row]] = []
        for n, given in rows.items():
            record = present.get(given.update.remote_id)
            row = given if record is None else self._beside_promotion(given, record)
            settled = _settled(row, record)
            if settled is not None:
                results[n] = settled
            else:
                (variants if row.is_variant else products).append((n, row))
        batches = [list(batch) for batch in chunks(products, min(BATCH, self._options.bulk_rows))]
        answers = push_in_batches(batches, self._send, lambda entry: entry[1].update.key)
        answers += push_in_batches(
            [[entry] for entry in variants], self._send_variant, lambda e: e[1].update.key
        )
        for (n, row), answer in zip([*products, *variants], answers, strict=True):
            results[n] = replace(
                answer,
                remote_id=row.update.remote_id,
                parent_remote_id=row.update.parent_remote_id,
                warning=row.warning if answer.is_ok else answer.warning,
            )
        cleared = [row for n, row in products if results[n].is_ok and row.sends_sale and row.sale is None]
        if cleared:
            self._see_that_sales_ended(cleared)
        return results

    def records(self, updates: Sequence[PriceUpdate]) -> dict[str, Mapping[str, Any]]:
        """The store's present record by id of product or variant; ids that it does not know are missing."""
        wanted = list(dict.fromkeys(update.parent_remote_id or update.remote_id for update in updates))
        products = self.products([number for number in wanted if number.isdigit()])
        found: dict[str, Mapping[str, Any]] = {}
        for update in updates:
            product = products.get(update.parent_remote_id or update.remote_id)
            if product is None:
                continue
            if not update.parent_remote_id:
                found[update.remote_id] = product
                continue
            for variant in product.get("skus") or ():
                found[str(variant.get("id"))] = variant
        return found

    def products(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Raw products by id."""
        found: dict[str, dict[str, Any]] = {}
        if len(ids) <= MOST_SINGLE:
            for product_id in ids:
                try:
                    found[product_id] = self._client.get(f"products/{product_id}", lane=LANE).record()
                except NotFound:
                    continue
            return found
        missing = set(ids)
        for row in self._client.pages("products", lane=LANE):
            product_id = str(row.get("id"))
            if product_id in missing:
                found[product_id] = row
                missing.discard(product_id)
            if not missing:
                break
        return found

    def _beside_promotion(self, row: Row, record: Mapping[str, Any]) -> Row:
        """Leave the store's own promotion where that is wished, and say where it meets the new price."""
        standing = sale_of(record)
        if standing is None:
            return row
        if row.sends_sale and row.sale is not None and standing != row.sale and self._options.promotions_win:
            told = f"The store has a special price of {standing} of its own; ours of {row.sale} was not sent."
            return replace(row, sends_sale=False, warning=" ".join(filter(None, (row.warning, told))))
        if not row.sends_sale and row.price <= standing:
            told = (
                f"The store's own special price {standing} is not below the new price; look at the promotion."
            )
            return replace(row, warning=" ".join(filter(None, (row.warning, told))))
        return row

    def _send(self, batch: Sequence[tuple[int, Row]]) -> list[PushResult]:
        """The bulk call has no result per row; what it refuses by name is answered, the others are sent again."""
        waiting = list(batch)
        settled: dict[int, PushResult] = {}
        while waiting:
            body = {"products": [{"id": int(row.update.remote_id), **self.body(row)} for _, row in waiting]}
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
            settled |= {n: accepted(row.update.key, row.update.remote_id) for n, row in waiting}
            break
        return [settled[n] for n, _ in batch]

    def _send_variant(self, batch: Sequence[tuple[int, Row]]) -> list[PushResult]:
        ((_, row),) = batch
        route = f"products/variants/{row.update.remote_id}"
        try:
            answer = self._client.put(route, self.body(row), lane=LANE).record()
            if row.sends_sale and row.sale is None and sale_of(answer) is not None:
                self._client.put(route, {"sale_price": self._other_end()}, lane=LANE)
        except NotFound:
            return [_gone(row)]
        return [accepted(row.update.key, row.update.remote_id)]

    def body(self, row: Row) -> dict[str, Any]:
        """What sets the price; the sale is left out unless it is ours to send."""
        body: dict[str, Any] = {"price": number(row.price)}
        if row.sends_sale:
            none = None if self._options.end_sale_with == "null" else 0
            body["sale_price"] = none if row.sale is None else number(row.sale)
            if row.sale is not None and row.update.special_to is not None and not row.is_variant:
                body["sale_end"] = last_day(row.update.special_to)
        return body

    def _other_end(self) -> int | None:
        return 0 if self._options.end_sale_with == "null" else None

    def _see_that_sales_ended(self, rows: Sequence[Row]) -> None:
        """Whether null or 0 ends a sale is not documented: read again, and send the other where it stays."""
        try:
            shown = self.products([row.update.remote_id for row in rows])
            left = [
                {"id": int(product_id), "sale_price": self._other_end()}
                for product_id, record in shown.items()
                if sale_of(record) is not None
            ]
            for batch in chunks(left, BATCH):
                self._client.post(ROUTE, {"products": list(batch)}, lane=LANE)
        except EcomsyncError:
            return  # the prices were taken; the next update finds the sale and tries again


def _settled(row: Row, record: Mapping[str, Any] | None) -> PushResult | None:
    """The result of a row that need not or must not be sent."""
    update = row.update
    if record is None:
        return _gone(row)
    if not row.is_variant and record.get("skus"):
        return rejected(
            update.key,
            update.remote_id,
            "price_on_variable",
            "The product has variants, which have prices of their own.",
            "Link the ERP variants to the store's variants and leave the product itself out.",
        )
    same_sale = not row.sends_sale or sale_of(record) == row.sale
    if price_of(record) == row.price and same_sale and _same_end(row, record):
        return accepted(
            update.key, update.remote_id, unchanged=True, parent=update.parent_remote_id, warning=row.warning
        )
    return None


def _same_end(row: Row, record: Mapping[str, Any]) -> bool:
    if row.is_variant or not row.sends_sale or row.sale is None or row.update.special_to is None:
        return True
    return str(record.get("sale_end") or "")[:10] == last_day(row.update.special_to)


def _gone(row: Row) -> PushResult:
    return rejected(
        row.update.key,
        row.update.remote_id,
        "not_found",
        "The store does not know this product any more.",
        "See in the store whether it was deleted; then run 'Link Items' again.",
        parent=row.update.parent_remote_id,
    )


def _refused(row: Row, reason: str) -> PushResult:
    return rejected(
        row.update.key,
        row.update.remote_id,
        "rejected",
        f"Salla refused the price: {reason.rstrip('.')}.",
        "Correct what Salla's message names, in the ERP or in the store, then try again.",
    )
