"""Prices of markets and companies: fixed prices of a price list, and its quantity breaks, 250 rows per call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import Rejected, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.shopify.answers import user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.errors import error_of_user_errors, row_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_prices import price_text
from platforms.shopify.rows import accepted, rejected
from platforms.types import PriceUpdate, PushResult

LANE = "prices"
BATCH = 250

ADD_FIXED_PRICES = document(
    """mutation AddFixedPrices($list: ID!, $prices: [PriceListPriceInput!]!) {
  priceListFixedPricesAdd(priceListId: $list, prices: $prices) {
    prices { variant { id } }
    userErrors { field message code }
  }
}""",
    cost=10,
)
ADD_BREAKS = document(
    """mutation AddQuantityBreaks($list: ID!, $input: QuantityPricingByVariantUpdateInput!) {
  quantityPricingByVariantUpdate(priceListId: $list, input: $input) {
    productVariants { id }
    userErrors { field message code }
  }
}""",
    cost=10,
)
PRICE_LISTS = document(
    """query PriceLists($first: Int!, $after: String) {
  priceLists(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name currency }
  }
}""",
    cost=20,
)


class PriceListPusher:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """`price_list` is the number of a list of the shop; `min_quantity` above one is a quantity break."""
        groups: dict[tuple[str, bool], list[int]] = {}
        results: dict[int, PushResult] = {}
        for n, update in enumerate(updates):
            list_id = number_of(update.price_list)
            if not list_id:
                results[n] = _unknown_list(update)
                continue
            groups.setdefault((list_id, update.min_quantity > 1), []).append(n)
        batches = [list(batch) for members in groups.values() for batch in chunks(members, BATCH)]
        answers = push_in_batches(
            batches, lambda batch: self._send([updates[n] for n in batch]), lambda n: updates[n].key
        )
        results |= dict(zip((n for batch in batches for n in batch), answers, strict=True))
        return [results[n] for n in range(len(updates))]

    def _send(self, batch: Sequence[PriceUpdate]) -> list[PushResult]:
        address = gid("PriceList", number_of(batch[0].price_list))
        if batch[0].min_quantity > 1:
            payload = self._client.mutate(ADD_BREAKS, {"list": address, "input": _breaks(batch)}, lane=LANE)
            return _judge(batch, payload, "quantityPriceBreaksToAdd")
        variables = {"list": address, "prices": [_fixed(update) for update in batch]}
        return _judge(batch, self._client.mutate(ADD_FIXED_PRICES, variables, lane=LANE), "prices")


def _judge(batch: Sequence[PriceUpdate], payload: Mapping[str, Any], name: str) -> list[PushResult]:
    """A call with user errors changed nothing: it is sent in halves until the bad rows stand alone."""
    errors = user_errors(payload)
    if not errors:
        return [accepted(update, price_list=number_of(update.price_list)) for update in batch]
    first = next((error for error in errors if row_of(error, name) is not None), errors[0])
    error = error_of_user_errors([first], what="the price list")
    if len(batch) == 1:
        return [replace(result_from_error(batch[0].key, error), remote_id=batch[0].remote_id)]
    if isinstance(error, RetryableError):
        raise error
    raise Rejected(error.message, code=error.code, cure=error.cure)


def _money(amount: Any, currency: str) -> dict[str, str]:
    return {"amount": price_text(amount, currency), "currencyCode": currency.upper()}


def _fixed(update: PriceUpdate) -> dict[str, Any]:
    """A special price stands before the regular one, which is struck through."""
    special = update.special if update.special is not None and update.special < update.price else None
    row: dict[str, Any] = {
        "variantId": gid("ProductVariant", update.remote_id),
        "price": _money(update.price if special is None else special, update.currency),
    }
    if special is not None:
        row["compareAtPrice"] = _money(update.price, update.currency)
    return row


def _breaks(batch: Sequence[PriceUpdate]) -> dict[str, Any]:
    return {
        "pricesToAdd": [],
        "pricesToDeleteByVariantId": [],
        "quantityRulesToAdd": [],
        "quantityRulesToDeleteByVariantId": [],
        "quantityPriceBreaksToDelete": [],
        "quantityPriceBreaksToAdd": [
            {
                "variantId": gid("ProductVariant", update.remote_id),
                "minimumQuantity": int(update.min_quantity),
                "price": _money(update.price, update.currency),
            }
            for update in batch
        ],
    }


def _unknown_list(update: PriceUpdate) -> PushResult:
    return rejected(
        update,
        "unknown_price_list",
        f"'{update.price_list}' is not the number of a price list of the shop.",
        "Choose one of the price lists that 'Test Connection' has read.",
    )
