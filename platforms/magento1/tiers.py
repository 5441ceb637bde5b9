"""Tier prices: an update replaces all of a product's, so they are read, merged and written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, Rejected
from platforms.base import result_from_error
from platforms.batching import chunks
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault
from platforms.magento1.mapping_prices import price_text, read_price
from platforms.types import Outcome, PriceUpdate, PushResult

LANE = "prices"
TIER_BUNDLE = 25
_INFO, _UPDATE = "product_tier_price.info", "product_tier_price.update"

#: (customer group or "all", website or "all", from quantity)
TierKey = tuple[str, str, Decimal]


class TierPusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._groups: dict[str, str] | None = None

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Per 25 products one call to read and one to write. Rows of one product are written together."""
        results: dict[int, PushResult] = {}
        by_product: dict[str, list[int]] = {}
        for n, update in enumerate(updates):
            by_product.setdefault(update.remote_id, []).append(n)
        for batch in chunks(list(by_product), TIER_BUNDLE):
            try:
                pushed = self._push_products(batch, by_product, updates)
            except EcomsyncError as error:
                if not results:
                    raise
                for n, update in enumerate(updates):
                    results.setdefault(n, again(update.key, error))
                break
            for remote_id, found in pushed.items():
                results.update(zip(by_product[remote_id], found, strict=True))
        return [results[n] for n in range(len(updates))]

    def _push_products(
        self, remote_ids: Sequence[str], by_product: Mapping[str, list[int]], updates: Sequence[PriceUpdate]
    ) -> dict[str, list[PushResult]]:
        present = self._client.bundle([(_INFO, [one, "id"]) for one in remote_ids], lane=LANE)
        found: dict[str, list[PushResult]] = {}
        waiting: dict[str, list[dict[str, str]]] = {}
        for remote_id, row in zip(remote_ids, present, strict=True):
            ours = [updates[n] for n in by_product[remote_id]]
            try:
                if isinstance(row, RemoteFault | EcomsyncError):
                    raise self._client.error(row, _INFO, f"the tier prices of product {remote_id}")
                merged = self._merged(ours, row if isinstance(row, list) else [])
            except EcomsyncError as error:
                found[remote_id] = [
                    replace(result_from_error(one.key, error), remote_id=remote_id) for one in ours
                ]
                continue
            if merged is None:
                found[remote_id] = [
                    PushResult(one.key, Outcome.UNCHANGED, remote_id=remote_id) for one in ours
                ]
            else:
                waiting[remote_id] = merged
        answers = self._client.bundle(
            [(_UPDATE, [one, rows, "id"]) for one, rows in waiting.items()], lane=LANE
        )
        for remote_id, answer in zip(waiting, answers, strict=True):
            ours = [updates[n] for n in by_product[remote_id]]
            found[remote_id] = [self._result(one, answer) for one in ours]
        return found

    def _result(self, update: PriceUpdate, answer: Any) -> PushResult:
        if isinstance(answer, RemoteFault | EcomsyncError):
            error = self._client.error(
                answer, _UPDATE, f"the tier prices of '{update.sku or update.remote_id}'"
            )
            return replace(result_from_error(update.key, error), remote_id=update.remote_id)
        return PushResult(update.key, Outcome.OK, remote_id=update.remote_id)

    def _merged(
        self, updates: Sequence[PriceUpdate], present: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, str]] | None:
        """All rows of the product with ours among them; None when ours are there already. Raises Rejected."""
        known = {_key(row): row for row in present}
        ours: dict[TierKey, str | None] = {}  # None: to be left out
        for update in updates:
            key = (self._group(update.price_list), "all", update.min_quantity)
            price = price_text(update.price, update.currency, self._client.options.price_decimals)
            ours[key] = None if update.remove else price
        if all(_has(known.get(key), price) for key, price in ours.items()):
            return None
        foreign = {key: row for key, row in known.items() if key not in ours}
        readable = all(read_price(row.get("price")) is not None for row in foreign.values())
        if foreign and not (self._client.options.keep_foreign_tiers and readable):
            raise Rejected(
                f"The product has {len(foreign)} other tier prices, and an update replaces all of them.",
                code="foreign_tiers",
                cure="Set 'Tier prices of the shop's staff' in the options of the site to keep, or remove them in the shop.",
                platform="magento1",
            )
        rows = [_tier(key, str(row["price"])) for key, row in foreign.items()]
        return rows + [_tier(key, price) for key, price in ours.items() if price is not None]

    def _group(self, name: str) -> str:
        """The number of a customer group by number or name; "" means everybody. Raises Rejected."""
        wanted = name.strip()
        if wanted.lower() in ("", "all"):
            return "all"
        if self._groups is None:
            rows = self._client.rows("customer_group.list", lane=LANE)
            self._groups = {}
            for row in rows:
                number = str(row.get("customer_group_id"))
                self._groups |= {number: number, str(row.get("customer_group_code") or "").casefold(): number}
        found = self._groups.get(wanted.casefold())
        if found is None:
            raise Rejected(
                f"The shop has no customer group '{name}'.",
                code="unknown_group",
                cure="Name the price list on the site after a customer group of the shop, or give its number.",
                platform="magento1",
            )
        return found


def again(key: str, error: EcomsyncError) -> PushResult:
    """A row that was not sent since the whole connection failed meanwhile."""
    return replace(result_from_error(key, error), outcome=Outcome.RETRY)


def _has(row: Mapping[str, Any] | None, price: str | None) -> bool:
    """Whether the shop shows this tier; price None: whether it shows none."""
    if row is None or price is None:
        return row is None and price is None
    return read_price(row.get("price")) == read_price(price)


def _key(row: Mapping[str, Any]) -> TierKey:
    """A number may come as a number, and the group 0 is of buyers who are not signed in and not of all."""
    group, website = (str(row.get(name, "") or "") for name in ("customer_group_id", "website"))
    if row.get("customer_group_id") == 0:
        group = "0"
    return group or "all", website or "all", read_price(row.get("qty")) or Decimal(1)


def _tier(key: TierKey, price: str) -> dict[str, str]:
    group, website, quantity = key
    return {
        "customer_group_id": group,
        "website": website,
        "qty": f"{quantity.normalize():f}",
        "price": price,
    }
