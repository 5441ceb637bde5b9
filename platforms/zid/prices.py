"""Pushing prices: 50 rows per call, all or none; a promotion of the store is never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import currency_decimals
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.types import PriceUpdate, PushResult
from platforms.zid.client import BULK, ZidClient
from platforms.zid.mapping_prices import number, period_of, read_price, rounded, shows
from platforms.zid.product_reader import ProductReader
from platforms.zid.rows import accepted, is_id, not_linked, rejected

LANE = "prices"
ROUTE = "/v1/products/"


@dataclass(frozen=True, slots=True)
class Row:
    update: PriceUpdate
    body: Mapping[str, Any]
    warning: str = ""


class PricePusher:
    def __init__(self, client: ZidClient, reader: ProductReader) -> None:
        self._client = client
        self._reader = reader

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """One result per update, in their order. Cost: one call to read and one to write per 50 rows. What the store shows
        already is not sent."""
        results: dict[int, PushResult] = {}
        rows: dict[int, Row] = {}
        now = datetime.now(UTC)
        for n, update in enumerate(updates):
            try:
                if is_id(update.remote_id):
                    rows[n] = self._row(update, now)
                else:
                    results[n] = not_linked(update.key, update.remote_id)
            except Rejected as error:
                results[n] = result_from_error(update.key, error)
        if rows:
            results |= self._push(rows)
        return [results[n] for n in range(len(updates))]

    @property
    def _decimals(self) -> int:
        own = self._client.options.price_decimals
        return currency_decimals(self._client.connection.currency) if own is None else own

    def _row(self, update: PriceUpdate, now: datetime) -> Row:
        self._refuse_unsupported(update)
        currency = self._client.connection.currency or update.currency
        price = rounded(update.price, currency, self._client.options.price_decimals)
        body: dict[str, Any] = {"price": number(price)}
        over = update.special_to is not None and update.special_to < now
        if update.clear_special or (update.special is not None and over):
            body["sale_price"] = None
        elif update.special is not None:
            sale = rounded(update.special, currency, self._client.options.price_decimals)
            if sale >= price:
                raise Rejected(
                    f"The special price {sale} is not below the price {price}.",
                    code="special_not_below_price",
                    cure="Correct the price list or the promotion in the ERP.",
                )
            body["sale_price"] = number(sale)
            period = period_of(update)
            if period:
                body["purchase_restrictions"] = period
        return Row(update, body)

    def _refuse_unsupported(self, update: PriceUpdate) -> None:
        currency = self._client.connection.currency
        if currency and update.currency and update.currency.upper() != currency.upper():
            raise Rejected(
                f"The price is in {update.currency} and the store's prices are in {currency}.",
                code="currency_mismatch",
                cure="Choose a price list in the store's currency on the site.",
            )
        if update.price_list or update.min_quantity > 1:
            raise Rejected(
                "Zid has no price lists and no quantity breaks.",
                code="unsupported",
                cure="Send the base price only.",
            )
        if update.price < 0 or (update.special is not None and update.special < 0):
            raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")

    def _push(self, rows: Mapping[int, Row]) -> dict[int, PushResult]:
        results: dict[int, PushResult] = {}
        present = self._reader.records(
            [(row.update.remote_id, row.update.parent_remote_id) for row in rows.values()], lane=LANE
        )
        ready: list[tuple[int, Row]] = []
        for n, row in rows.items():
            record = present.get(row.update.remote_id)
            settled = self._settled(row, record)
            if settled is not None:
                results[n] = settled
            elif record is not None:
                ready.append((n, replace(row, body=self._with_period(row.body, record))))
        batches = [list(batch) for batch in chunks(ready, BULK)]
        answers = push_in_batches(batches, self._send, lambda entry: entry[1].update.key)
        for (n, row), answer in zip(ready, answers, strict=True):
            results[n] = replace(
                answer,
                remote_id=row.update.remote_id,
                parent_remote_id=row.update.parent_remote_id,
                warning=row.warning if answer.is_ok else answer.warning,
            )
        return results

    def _settled(self, row: Row, record: Mapping[str, Any] | None) -> PushResult | None:
        """The result of a row that need not or must not be sent."""
        update = row.update
        parent = update.parent_remote_id
        if record is None:
            return rejected(
                update.key,
                update.remote_id,
                "not_found",
                "The store does not know this product any more.",
                "See in the store whether it was deleted; then run 'Link Items' again.",
                parent=parent,
            )
        if record.get("structure") == "parent":
            return rejected(
                update.key,
                update.remote_id,
                "price_on_variable",
                "The product has variants, which have prices of their own.",
                "Link the ERP variants to the store's variants and leave the product itself out.",
            )
        sale = read_price(record.get("sale_price"))
        price = Decimal(str(row.body["price"]))
        if "sale_price" not in row.body and sale and sale >= price:
            return rejected(
                update.key,
                update.remote_id,
                "below_promotion",
                f"The store's own sale price {_shown(sale, self._decimals)} is not below the new price {price}, and Zid refuses such a pair.",
                "End the sale in the store, or let the ERP send the special price too.",
                parent=parent,
            )
        if shows(record, row.body, self._decimals):
            return accepted(update.key, update.remote_id, unchanged=True, parent=parent, warning=row.warning)
        return None

    @staticmethod
    def _with_period(body: Mapping[str, Any], record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The time of a sale goes with the product's other restrictions, which must stay."""
        if "purchase_restrictions" not in body:
            return body
        present = record.get("purchase_restrictions")
        kept = present if isinstance(present, Mapping) else {}
        return {**body, "purchase_restrictions": {**kept, **body["purchase_restrictions"]}}

    def _send(self, batch: Sequence[tuple[int, Row]]) -> list[PushResult]:
        """Raises Rejected when a row is bad, so that the batch is split. What the answer does not name is unknown."""
        body = [{"id": row.update.remote_id, **row.body} for _, row in batch]
        reply = self._client.patch(ROUTE, body, lane=LANE)
        answered = {str(row.get("id")): row for row in reply.rows("results")}
        return [
            accepted(row.update.key, row.update.remote_id)
            if row.update.remote_id in answered or not answered
            else _unknown(row)
            for _, row in batch
        ]


def _unknown(row: Row) -> PushResult:
    return rejected(
        row.update.key,
        row.update.remote_id,
        "not_confirmed",
        "The store's answer does not name this product.",
        "See in the store whether it shows the price; the next price update sends it again.",
        parent=row.update.parent_remote_id,
    )


def _shown(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
