"""Prices of markets and companies: fixed prices of a price list, and its quantity breaks, 250 rows per call; the same for
those to be taken out, but for breaks, which are looked up first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import Rejected, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.errors import error_of_user_errors, row_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_prices import price_text
from platforms.shopify.rows import accepted, rejected
from platforms.types import PriceUpdate, PushResult

LANE = "prices"
BATCH = 250
READ_BATCH = 20  # variants whose breaks are read in one call
BREAKS_OUT, PRICES, BREAKS, PRICES_OUT = range(4)

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
DELETE_FIXED_PRICES = document(
    """mutation DeleteFixedPrices($list: ID!, $variants: [ID!]!) {
  priceListFixedPricesDelete(priceListId: $list, variantIds: $variants) {
    deletedFixedPriceVariantIds
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


BREAKS_OF_VARIANTS = document(
    """query BreaksOfVariants($list: ID!, $first: Int!, $query: String!) {
  priceList(id: $list) {
    prices(first: $first, query: $query) {
      nodes { variant { id } quantityPriceBreaks(first: 20) { nodes { id minimumQuantity } } }
    }
  }
}""",
    cost=250,
)
_NO_BREAKS: Mapping[str, list[Any]] = {
    "pricesToAdd": [],
    "pricesToDeleteByVariantId": [],
    "quantityRulesToAdd": [],
    "quantityRulesToDeleteByVariantId": [],
    "quantityPriceBreaksToDelete": [],
    "quantityPriceBreaksToAdd": [],
}


class PriceListPusher:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """`price_list` is the number of a list of the shop; `min_quantity` above one is a quantity break."""
        groups: dict[tuple[str, int], list[int]] = {}
        results: dict[int, PushResult] = {}
        for n, update in enumerate(updates):
            list_id = number_of(update.price_list)
            if not list_id:
                results[n] = _unknown_list(update)
                continue
            if update.min_quantity != update.min_quantity.to_integral_value():
                results[n] = _fractional(update)
                continue
            groups.setdefault((list_id, _step(update)), []).append(n)
        batches = [
            list(batch)
            for (_list, step), members in sorted(groups.items())
            for batch in chunks(members, READ_BATCH if step == BREAKS_OUT else BATCH)
        ]
        answers = push_in_batches(
            batches, lambda batch: self._send([updates[n] for n in batch]), lambda n: updates[n].key
        )
        results |= dict(zip((n for batch in batches for n in batch), answers, strict=True))
        return [results[n] for n in range(len(updates))]

    def _send(self, batch: Sequence[PriceUpdate]) -> list[PushResult]:
        address = gid("PriceList", number_of(batch[0].price_list))
        step = _step(batch[0])
        if step == BREAKS_OUT:
            return self._take_breaks_out(address, batch)
        if step == PRICES_OUT:
            ids = [gid("ProductVariant", update.remote_id) for update in batch]
            payload = self._client.mutate(DELETE_FIXED_PRICES, {"list": address, "variants": ids}, lane=LANE)
            if len(batch) == 1 and _codes(payload) == {"PRICE_NOT_FIXED"}:
                return [accepted(batch[0], unchanged=True)]
            return _judge(batch, payload, "variantIds")
        if step == BREAKS:
            payload = self._client.mutate(ADD_BREAKS, {"list": address, "input": _breaks(batch)}, lane=LANE)
            return _judge(batch, payload, "quantityPriceBreaksToAdd")
        variables = {"list": address, "prices": [_fixed(update) for update in batch]}
        return _judge(batch, self._client.mutate(ADD_FIXED_PRICES, variables, lane=LANE), "prices")

    def _take_breaks_out(self, address: str, batch: Sequence[PriceUpdate]) -> list[PushResult]:
        """A break is deleted by its id, which only the list tells; one that is gone is none."""
        ids = " OR ".join(f"variant_id:{number}" for number in dict.fromkeys(u.remote_id for u in batch))
        variables = {"list": address, "first": READ_BATCH, "query": ids}
        answer = self._client.query(BREAKS_OF_VARIANTS, variables, lane=LANE)
        known = {
            (number_of((row.get("variant") or {}).get("id")), int(one["minimumQuantity"])): str(one["id"])
            for row in nodes_of((answer.get("priceList") or {}).get("prices"))
            for one in nodes_of(row.get("quantityPriceBreaks"))
        }
        going = [update for update in batch if (update.remote_id, int(update.min_quantity)) in known]
        if not going:
            return [accepted(update, unchanged=True) for update in batch]
        named = [known[update.remote_id, int(update.min_quantity)] for update in going]
        body = {**_NO_BREAKS, "quantityPriceBreaksToDelete": named}
        payload = self._client.mutate(ADD_BREAKS, {"list": address, "input": body}, lane=LANE)
        judged = {result.key: result for result in _judge(going, payload, "quantityPriceBreaksToDelete")}
        return [judged.get(update.key) or accepted(update, unchanged=True) for update in batch]


def _step(update: PriceUpdate) -> int:
    """The order in which a list is written: a break needs a fixed price beneath it."""
    if update.min_quantity > 1:
        return BREAKS_OUT if update.remove else BREAKS
    return PRICES_OUT if update.remove else PRICES


def _codes(payload: Mapping[str, Any]) -> set[str]:
    return {str(error.get("code")) for error in user_errors(payload)}


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
        **_NO_BREAKS,
        "quantityPriceBreaksToAdd": [
            {
                "variantId": gid("ProductVariant", update.remote_id),
                "minimumQuantity": int(update.min_quantity),
                "price": _money(update.price, update.currency),
            }
            for update in batch
        ],
    }


def _fractional(update: PriceUpdate) -> PushResult:
    return rejected(
        update,
        "fractional_quantity",
        f"Quantity breaks of Shopify are whole numbers, and this one is {update.min_quantity.normalize():f}.",
        "Enter a whole quantity in the price list of the ERP.",
    )


def _unknown_list(update: PriceUpdate) -> PushResult:
    return rejected(
        update,
        "unknown_price_list",
        f"'{update.price_list}' is not the number of a price list of the shop.",
        "Choose one of the price lists that 'Test Connection' has read.",
    )
