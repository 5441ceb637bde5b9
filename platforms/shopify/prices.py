"""Pushing prices: the present ones are read first, so that what is right is not sent and no sale of the shop is ended
unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.shopify.answers import user_errors
from platforms.shopify.bulk import BulkOperation, run
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.errors import error_of_errors, error_of_user_errors, row_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_prices import Shown, Wanted, price_text, read_price, wanted_price
from platforms.shopify.price_lists import PriceListPusher
from platforms.shopify.rows import VariantFacts, accepted, not_linked, read_variants, rejected
from platforms.types import Outcome, PriceUpdate, PushResult

LANE = "prices"
BATCH = 250

SET_PRICES = document(
    """mutation SetPrices($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
    productVariants { id price compareAtPrice }
    userErrors { field message code }
  }
}""",
    cost=10,
)
BULK_PRICES = BulkOperation(
    "EcomsyncPrices",
    """mutation NAME($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
    productVariants { id price compareAtPrice }
    userErrors { field message code }
  }
}""",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A price to set on a variant, and how many rows of the caller it answers."""

    update: PriceUpdate
    facts: VariantFacts
    wanted: Wanted


class PricePusher:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._currency = client.connection.currency.upper()
        self._lists = PriceListPusher(client)

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Cost: one call per 250 rows to read, then one per product that changes, or one bulk operation (seven calls and
        a look from time to time) when that would be as many calls as the site's threshold. Prices of price lists: one
        call per 250.
        """
        results: dict[int, PushResult] = {}
        base: dict[int, PriceUpdate] = {}
        listed: dict[int, PriceUpdate] = {}
        for n, update in enumerate(updates):
            refused = self._refused(update)
            if refused is not None:
                results[n] = refused
            elif update.price_list:
                listed[n] = update
            else:
                base[n] = update
        results |= self._push_base(base)
        if listed:
            results |= dict(zip(listed, self._lists.push(list(listed.values())), strict=True))
        return [results[n] for n in range(len(updates))]

    def _refused(self, update: PriceUpdate) -> PushResult | None:
        if not update.remote_id.isdigit():
            return not_linked(update)
        if update.price < 0 or (update.special is not None and update.special < 0):
            return rejected(update, "negative_price", "A price is below zero.", "Correct the price list.")
        if update.price_list:
            return None
        if self._currency and update.currency and update.currency.upper() != self._currency:
            return rejected(
                update,
                "currency_mismatch",
                f"The price is in {update.currency} and the shop sells in {self._currency}.",
                "Choose a price list in the shop's currency on the site.",
            )
        if update.min_quantity > 1:
            return rejected(
                update,
                "unsupported",
                "Shopify has quantity breaks in price lists only.",
                "Name a price list of the shop, or take quantity breaks off this site's price update.",
            )
        return None

    # -- base prices --------------------------------------------------------
    def _push_base(self, updates: Mapping[int, PriceUpdate]) -> dict[int, PushResult]:
        facts = read_variants(self._client, list(updates.values()), lane=LANE) if updates else {}
        results: dict[int, PushResult] = {}
        rows: dict[int, Row] = {}
        now = datetime.now(UTC)
        for n, update in updates.items():
            prepared = self._prepare(update, facts.get(update.remote_id), now)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows[n] = prepared
        results |= self._send(rows)
        return results

    def _prepare(self, update: PriceUpdate, facts: VariantFacts | None, now: datetime) -> PushResult | Row:
        if facts is None:
            return rejected(
                update,
                "not_found",
                f"The shop has no variant {update.remote_id}.",
                "The variant is gone from the shop: run 'Link Items' again.",
            )
        shown = Shown(read_price(facts.price), read_price(facts.compare_at))
        try:
            wanted = wanted_price(
                update,
                shown,
                currency=self._currency or update.currency,
                now=now,
                overwrite=self._client.options.overwrite_promotions,
            )
        except Rejected as error:
            return replace(
                result_from_error(update.key, error), remote_id=update.remote_id, data=error.details
            )
        if wanted.is_shown_by(shown):
            return accepted(update, unchanged=True, warning=wanted.warning)
        return Row(update, facts, wanted)

    def _send(self, rows: Mapping[int, Row]) -> dict[int, PushResult]:
        groups: dict[str, list[int]] = {}
        for n, row in rows.items():
            groups.setdefault(row.facts.product_id, []).append(n)
        batches = [list(batch) for members in groups.values() for batch in chunks(members, BATCH)]
        threshold = self._client.options.bulk_threshold
        if threshold and len(batches) >= threshold:
            return self._send_bulk(batches, rows)
        answers = push_in_batches(
            batches, lambda batch: self._send_batch([rows[n] for n in batch]), lambda n: rows[n].update.key
        )
        return dict(zip((n for batch in batches for n in batch), answers, strict=True))

    def _send_batch(self, batch: Sequence[Row]) -> list[PushResult]:
        payload = self._client.mutate(SET_PRICES, self._variables(batch), lane=LANE)
        return self._judge(batch, payload)

    def _variables(self, batch: Sequence[Row]) -> dict[str, Any]:
        return {
            "productId": gid("Product", batch[0].facts.product_id),
            "variants": [
                {
                    "id": gid("ProductVariant", row.facts.variant_id),
                    "price": price_text(row.wanted.price, self._currency or row.update.currency),
                    "compareAtPrice": None
                    if row.wanted.compare_at is None
                    else price_text(row.wanted.compare_at, self._currency or row.update.currency),
                }
                for row in batch
            ],
        }

    def _judge(self, batch: Sequence[Row], payload: Mapping[str, Any]) -> list[PushResult]:
        """One result per row: named errors are its own, an error without a row is the whole batch's."""
        errors = user_errors(payload)
        named: dict[int, Mapping[str, Any]] = {}
        for error in errors:
            at = row_of(error, "variants")
            if at is not None and at < len(batch):
                named.setdefault(at, error)
        if errors and not named:
            raise error_of_user_errors(errors, what="the prices")
        kept = {number_of(row.get("id")): row for row in payload.get("productVariants") or () if row}
        return [
            self._refusal(row, named[at]) if at in named else self._kept(row, kept.get(row.facts.variant_id))
            for at, row in enumerate(batch)
        ]

    def _refusal(self, row: Row, error: Mapping[str, Any]) -> PushResult:
        found = error_of_user_errors([error], what=f"the price of {row.update.sku or row.update.remote_id}")
        return replace(
            result_from_error(row.update.key, found),
            remote_id=row.update.remote_id,
            parent_remote_id=row.update.parent_remote_id,
        )

    def _kept(self, row: Row, answer: Mapping[str, Any] | None) -> PushResult:
        """Read back what the shop made of it; an answer without the variant counts as taken."""
        if answer is not None:
            shown = Shown(read_price(answer.get("price")), read_price(answer.get("compareAtPrice")))
            if not row.wanted.is_shown_by(shown):
                return rejected(
                    row.update,
                    "price_not_kept",
                    f"The shop keeps the price {answer.get('price')} although {row.wanted.price} was sent.",
                    "An app of the shop sets prices: settle which of the two is to rule.",
                )
        return accepted(row.update, warning=row.wanted.warning, price=str(row.wanted.price))

    # -- many at once -------------------------------------------------------
    def _send_bulk(self, batches: Sequence[Sequence[int]], rows: Mapping[int, Row]) -> dict[int, PushResult]:
        """All batches as lines of one bulk operation. A line that Shopify lost is to be tried again."""
        lines = [self._variables([rows[n] for n in batch]) for batch in batches]
        try:
            answers = run(self._client, BULK_PRICES, lines, lane=LANE)
        except PermanentError as error:
            return {
                n: _with_ids(rows[n], result_from_error(rows[n].update.key, error))
                for b in batches
                for n in b
            }
        except RetryableError as error:
            if error.code not in ("bulk_running", "bulk_failed", "operation_in_progress"):
                raise
            return {
                n: _with_ids(rows[n], result_from_error(rows[n].update.key, error))
                for b in batches
                for n in b
            }
        results: dict[int, PushResult] = {}
        for at, batch in enumerate(batches):
            members = [rows[n] for n in batch]
            results |= dict(zip(batch, self._judge_line(members, answers.get(at)), strict=True))
        return results

    def _judge_line(self, members: Sequence[Row], line: Mapping[str, Any] | None) -> list[PushResult]:
        if line is None:
            return [_lost(row) for row in members]
        try:
            if line.get("errors"):
                raise error_of_errors(
                    line["errors"], what="the prices", site=self._client.connection.site_code
                )
            payload = (line.get("data") or {}).get("productVariantsBulkUpdate") or {}
            return self._judge(members, payload)
        except EcomsyncError as error:
            return [_with_ids(row, result_from_error(row.update.key, error)) for row in members]


def _with_ids(row: Row, result: PushResult) -> PushResult:
    return replace(result, remote_id=row.update.remote_id, parent_remote_id=row.update.parent_remote_id)


def _lost(row: Row) -> PushResult:
    return _with_ids(
        row,
        PushResult(
            row.update.key,
            Outcome.RETRY,
            "no_valid_answer",
            "The bulk operation's result does not tell what became of this row.",
            "Nothing to do: it is tried again by itself.",
        ),
    )
