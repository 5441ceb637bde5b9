"""Many products by one bulk operation: a line each, written in any order, followed to its end, taken up after a kill.

A run that did not see the end of its operation leaves it to the next, which waits for it before it looks what the shop
has: what was written is then unchanged, and only the rest goes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, RetryableError, ShopUnavailable
from platforms.shopify.bulk import finish_open, run
from platforms.shopify.client import ShopifyClient
from platforms.shopify.errors import error_of_errors
from platforms.shopify.ids import gid, number_of
from platforms.shopify.product_documents import BULK_SET_PRODUCTS
from platforms.shopify.product_plans import ProductPlan, settle_all
from platforms.shopify.product_reader import LANE, ProductReader
from platforms.types import ProductSheet

_OPERATION_FAULTS = ("bulk_running", "bulk_failed", "operation_in_progress")


class ProductBulk:
    def __init__(self, client: ShopifyClient, reader: ProductReader) -> None:
        self._client = client
        self._reader = reader

    def is_for(self, products: int) -> bool:
        """Whether so many products are best written by one operation."""
        threshold = self._client.options.bulk_products
        return bool(threshold) and products >= threshold

    def finish_earlier(self, sheets: int) -> set[str]:
        """Numbers of the products that an operation of an earlier run wrote. Without a call where there can be none."""
        threshold = self._client.options.bulk_products
        if not threshold or (sheets < threshold and not self._client.bulk_pending):
            return set()
        rows = finish_open(self._client, BULK_SET_PRODUCTS, lane=LANE)
        products = (_payload(row).get("product") or {} for row in rows)
        return {number for product in products if (number := number_of(product.get("id")))}

    def write(
        self, entries: Sequence[tuple[ProductPlan, dict[str, Any], list[ProductSheet]]]
    ) -> list[tuple[ProductPlan, dict[str, Any], list[ProductSheet]]]:
        """Of plan, input and sheets of its variants: the same with the answer of its `productSet` in place of the input;
        plans without an answer are settled.

        Cost: seven calls and a look from time to time; one call more per 20 products with pictures.
        """
        lines = [{"identifier": identifier_of(plan), "input": body} for plan, body, _ in entries]
        try:
            answers = run(self._client, BULK_SET_PRODUCTS, lines, lane=LANE)
        except (PermanentError, RetryableError) as error:
            if isinstance(error, RetryableError) and error.code not in _OPERATION_FAULTS:
                raise
            for plan, _, _ in entries:
                settle_all(plan, error)
            return []
        found = []
        for at, (plan, _, order) in enumerate(entries):
            try:
                found.append((plan, self._answer(answers.get(at)), order))
            except EcomsyncError as error:
                settle_all(plan, error)
        return self._with_pictures(found)

    def _answer(self, line: Mapping[str, Any] | None) -> dict[str, Any]:
        if line is None:
            raise ShopUnavailable(
                "The bulk operation's result does not tell what became of this row.",
                code="no_valid_answer",
                cure="Nothing to do: it is tried again by itself.",
                platform="shopify",
            )
        if line.get("errors"):
            raise error_of_errors(line["errors"], what="the product", site=self._client.connection.site_code)
        return _payload(line)

    def _with_pictures(
        self, found: list[tuple[ProductPlan, dict[str, Any], list[ProductSheet]]]
    ) -> list[tuple[ProductPlan, dict[str, Any], list[ProductSheet]]]:
        """A line's answer has no pictures: products that were given some are read."""
        wanting = {
            number_of((answer.get("product") or {}).get("id"))
            for plan, answer, _ in found
            if any(sheet.images for sheet in plan.sheets)
        } - {""}
        records = self._reader.details(sorted(wanting)) if wanting else {}
        return [
            (plan, {**answer, "product": records.get(number) or answer.get("product")}, order)
            for plan, answer, order in found
            for number in (number_of((answer.get("product") or {}).get("id")),)
        ]


def identifier_of(plan: ProductPlan) -> dict[str, str] | None:
    """By what Shopify finds the product; the handle also for one that is to be made, so that it is made once."""
    if plan.exists:
        return {"id": gid("Product", plan.product_id)}
    return {"handle": plan.handle} if plan.handle else None


def _payload(line: Mapping[str, Any]) -> dict[str, Any]:
    return dict((line.get("data") or {}).get("productSet") or {})
