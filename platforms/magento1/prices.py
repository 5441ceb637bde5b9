"""Pushing prices: base and special prices by the product, tier prices by reading, merging and writing all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import EcomsyncError, Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import ACCESS_DENIED, RemoteFault
from platforms.magento1.mapping_prices import PRICE_ATTRIBUTES, price_data, read_price, shop_zone, shows
from platforms.magento1.members import KIND
from platforms.magento1.results import not_linked
from platforms.magento1.tiers import TierPusher
from platforms.types import Outcome, PriceUpdate, PushResult

LANE = "prices"
PRICE_BUNDLE = 50
#: Reading a product costs the shop a fraction of saving it.
READ_BUNDLE = 200
_PATH, _INFO = "catalog_product.update", "catalog_product.info"


@dataclass(frozen=True, slots=True)
class _Row:
    update: PriceUpdate
    data: Mapping[str, str]
    warning: str = ""


MEMBERS_PRICES = "Its members have the prices; nothing was sent."


class PricePusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._tiers = TierPusher(client)

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set prices; a promotion of the shop is not touched unless the row says so.

        Cost: one call per 200 rows to read the present prices, one per 50 changed rows to write (as many again per
        further store view of 'Store views for prices'). Rows that show the price already are not sent.
        """
        now = datetime.now(UTC)
        results: dict[int, PushResult] = {}
        rows: dict[int, _Row] = {}
        tiers: dict[int, PriceUpdate] = {}
        for n, update in enumerate(updates):
            if update.remote_id.isdigit() and (update.price_list or update.min_quantity > 1):
                try:
                    refuse_impossible(update, self._client.connection.currency)
                    tiers[n] = update
                except Rejected as error:
                    results[n] = result_from_error(update.key, error)
                continue
            prepared = self._prepare(update, now)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows[n] = prepared
        present = self._present([row.update.remote_id for row in rows.values()])
        for n, row in list(rows.items()):
            settled = self._settled(row, present.get(row.update.remote_id))
            if isinstance(settled, PushResult):
                results[n] = settled
                del rows[n]
            else:
                rows[n] = settled
        batches = list(chunks(list(rows.values()), PRICE_BUNDLE))
        sent = push_in_batches(batches, self._send, lambda row: row.update.key)
        results.update(zip(rows, sent, strict=True))
        results.update(zip(tiers, self._tiers.push(list(tiers.values())), strict=True))
        return [results[n] for n in range(len(updates))]

    def _prepare(self, update: PriceUpdate, now: datetime) -> PushResult | _Row:
        if not update.remote_id.isdigit():
            return not_linked(update.key, update.remote_id)
        try:
            refuse_impossible(update, self._client.connection.currency)
            data = price_data(
                update,
                decimals=self._client.options.price_decimals,
                currency=self._client.connection.currency,
                zone=shop_zone(self._client.connection.time_zone),
                now=now,
            )
        except Rejected as error:
            return result_from_error(update.key, error)
        return _Row(update, data)

    # -- reading ------------------------------------------------------------
    def _present(self, remote_ids: Sequence[str]) -> dict[str, Mapping[str, Any] | RemoteFault]:
        """What the shop shows of each product now; a fault for one that is gone."""
        found: dict[str, Mapping[str, Any] | RemoteFault] = {}
        for batch in chunks(list(dict.fromkeys(remote_ids)), READ_BUNDLE):
            calls = [(_INFO, [remote_id, None, list(PRICE_ATTRIBUTES), "id"]) for remote_id in batch]
            rows = self._client.bundle(calls, lane=LANE)
            if all(isinstance(row, RemoteFault) and row.code == ACCESS_DENIED for row in rows):
                raise self._client.error(rows[0], _INFO)
            for remote_id, row in zip(batch, rows, strict=True):
                if isinstance(row, EcomsyncError):
                    raise row
                if isinstance(row, Mapping | RemoteFault):
                    found[remote_id] = row
        return found

    def _settled(self, row: _Row, record: Mapping[str, Any] | RemoteFault | None) -> PushResult | _Row:
        """The result of a row that need not or must not be sent, else the row with what staff should know."""
        update = row.update
        if isinstance(record, RemoteFault):
            error = self._client.error(record, _INFO, f"the price of '{update.sku or update.remote_id}'")
            return replace(result_from_error(update.key, error), remote_id=update.remote_id)
        if record is None:
            return row
        if record.get("type") == KIND:
            return PushResult(
                update.key, Outcome.UNCHANGED, remote_id=update.remote_id, warning=MEMBERS_PRICES
            )
        if shows(record, row.data) and not self._client.options.price_views:
            return PushResult(update.key, Outcome.UNCHANGED, remote_id=update.remote_id)
        return replace(row, warning=_promotion_warning(row.data, record))

    # -- writing ------------------------------------------------------------
    def _send(self, rows: Sequence[_Row]) -> list[PushResult]:
        """Each row to every store view of prices, one bundle per view. A view's refusal is the row's."""
        views: tuple[str | None, ...] = self._client.options.price_views or (None,)
        results: list[PushResult] = []
        for view in views:
            calls = [(_PATH, [row.update.remote_id, dict(row.data), view, "id"]) for row in rows]
            answers = self._client.bundle(calls, lane=LANE)
            if all(isinstance(one, RemoteFault) and one.code == ACCESS_DENIED for one in answers):
                raise self._client.error(answers[0], _PATH)
            now = [self._result(row, answer) for row, answer in zip(rows, answers, strict=True)]
            results = (
                [new if old.is_ok else old for old, new in zip(results, now, strict=True)] if results else now
            )
        return results

    def _result(self, row: _Row, answer: Any) -> PushResult:
        update = row.update
        if isinstance(answer, RemoteFault | EcomsyncError):
            error = self._client.error(answer, _PATH, f"the price of '{update.sku or update.remote_id}'")
            return replace(result_from_error(update.key, error), remote_id=update.remote_id)
        return PushResult(update.key, Outcome.OK, remote_id=update.remote_id, warning=row.warning)


def refuse_impossible(update: PriceUpdate, shop_currency: str) -> None:
    """Raises Rejected for what no shop of this platform can show."""
    if shop_currency and update.currency and update.currency.upper() != shop_currency.upper():
        raise Rejected(
            f"The price is in {update.currency} and the shop sells in {shop_currency}.",
            code="currency_mismatch",
            cure="Choose a price list in the shop's currency on the site.",
            platform="magento1",
        )
    amounts = [update.price] if update.special is None else [update.price, update.special]
    if any(not amount.is_finite() or amount < 0 for amount in amounts):
        raise Rejected(
            "A price is below zero.",
            code="negative_price",
            cure="Correct the price list.",
            platform="magento1",
        )


def _promotion_warning(data: Mapping[str, str], record: Mapping[str, Any]) -> str:
    """Buyers pay the lower of price and special price; a special price that is not lower does nothing."""
    special = read_price(data.get("special_price", record.get("special_price")))
    price = read_price(data["price"])
    if special is not None and price is not None and special >= price:
        return f"The special price {special:f} is not below the price {price:f}, so buyers do not get it."
    return ""
