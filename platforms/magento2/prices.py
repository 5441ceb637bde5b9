"""Pushing prices by the price routes, which touch neither promotions nor anything else of a product.

Base prices go at store 0 unless the site names websites; special prices are set, or taken away as they are read; tier
prices are added to, never replaced. Catalogue price rules are the shop's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ecomsync.common.errors import ConfigurationError, Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.magento2.answers import as_rows
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.compositions import is_dynamic
from platforms.magento2.mapping_prices import (
    read_amount,
    refuse_unsupported,
    shop_zone,
    window_begin,
    window_end,
    window_is_over,
    wire_price,
)
from platforms.magento2.price_rows import CURE, LANE, Row, post_rows
from platforms.magento2.product_finder import ProductFinder
from platforms.magento2.results import accepted, gone, not_linked, rejected
from platforms.magento2.shop import ShopReader
from platforms.magento2.special_prices import SpecialPrices
from platforms.magento2.wire_numbers import json_number
from platforms.types import PriceUpdate, PushResult

_FIELDS = "id,sku,type_id,price"
_WITH_SPECIAL = f"{_FIELDS},custom_attributes[attribute_code,value]"
COSTS_PARTS = "It costs what its parts cost; nothing was sent."


class PricePusher:
    def __init__(self, client: MageClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop
        self._finder = ProductFinder(client, lane=LANE)
        self._specials = SpecialPrices(client)

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Per 250 rows one call to read and one to write; one more of each kind for special and tier prices.

        Rows that the shop shows already are not sent, except where the site has prices per website.
        """
        if not updates:
            return []
        now, zone = datetime.now(UTC), shop_zone(self._client.connection.time_zone)
        results: dict[int, PushResult] = {}
        rows: dict[int, Row] = {}
        for n, update in enumerate(updates):
            try:
                if not update.remote_id.isdigit():
                    results[n] = not_linked(update.key, update.remote_id)
                else:
                    rows[n] = self._row(update, zone, now)
            except Rejected as error:
                results[n] = replace(result_from_error(update.key, error), remote_id=update.remote_id)
        batches = [list(batch) for batch in chunks(list(rows.values()), self._client.array_rows)]
        sent = push_in_batches(batches, self._send, lambda row: row.key)
        results.update(zip(rows, sent, strict=True))
        return [results[n] for n in range(len(updates))]

    def _row(self, update: PriceUpdate, zone: ZoneInfo, now: datetime) -> Row:
        refuse_unsupported(update, self._client.connection.currency)
        currency = update.currency or self._client.connection.currency
        price = wire_price(update.price, currency)
        over = window_is_over(update.special_to, zone, now)
        if update.clear_special or (update.special is not None and over):
            return Row(update, price, clears=True)
        if update.special is None:
            return Row(update, price)
        return Row(
            update,
            price,
            wire_price(update.special, currency),
            begins=window_begin(update.special_from, zone),
            ends=window_end(update.special_to, zone),
        )

    # -- one batch ----------------------------------------------------------
    def _send(self, rows: Sequence[Row]) -> list[PushResult]:
        minds = any(row.minds_special for row in rows)
        products = self._finder.by_id(
            [row.update.remote_id for row in rows], _WITH_SPECIAL if minds else _FIELDS
        )
        dynamic = self._dynamic_bundles(products)
        results: dict[str, PushResult] = {}
        ready: list[tuple[Row, dict[str, Any]]] = []
        for row in rows:
            product = products.get(row.update.remote_id)
            if product is None:
                results[row.key] = gone(row.key, row.update.remote_id)
            elif product.get("type_id") == "configurable":
                results[row.key] = _no_own_price(row, str(product["type_id"]))
            elif product.get("type_id") == "grouped" or row.update.remote_id in dynamic:
                remote_id = row.update.remote_id
                results[row.key] = accepted(row.key, remote_id, unchanged=True, warning=COSTS_PARTS)
            else:
                ready.append((replace(row, sku=str(product.get("sku") or "")), product))
        plain = [(row, product) for row, product in ready if not row.is_tier]
        failed, changed = self._base_prices(plain)
        minding = [(row, product) for row, product in plain if row.minds_special and row.key not in failed]
        tiers = [row for row, _product in ready if row.is_tier]
        for messages, sent in (self._specials.write(minding), self._tier_prices(tiers)):
            failed |= messages
            changed |= sent
        for row, _product in ready:
            if row.key in failed:
                results[row.key] = _refused(row, failed[row.key])
            else:
                results[row.key] = accepted(row.key, row.update.remote_id, unchanged=row.key not in changed)
        return [results[row.key] for row in rows]

    def _dynamic_bundles(self, products: Mapping[str, dict[str, Any]]) -> set[str]:
        """Ids of the bundles without a price of their own; one call where there are bundles at all."""
        bundles = [number for number, product in products.items() if product.get("type_id") == "bundle"]
        known = self._finder.by_id(bundles, _WITH_SPECIAL) if bundles else {}
        return {number for number, product in known.items() if is_dynamic(product)}

    def _base_prices(self, rows: Sequence[tuple[Row, dict[str, Any]]]) -> tuple[dict[str, str], set[str]]:
        """Messages by key of what failed, and the keys of what was sent."""
        stores = self._stores()
        wanted = [
            row
            for row, product in rows
            if self._client.options.price_websites or read_amount(product.get("price")) != row.price
        ]
        body = [
            {"price": json_number(row.price), "store_id": store, "sku": row.sku}
            for row in wanted
            for store in stores
        ]
        return post_rows(self._client, "products/base-prices", body, wanted)

    def _stores(self) -> list[int]:
        """Where base prices are written: store 0, for all; a store of each website where prices differ by website."""
        codes = self._client.options.price_websites
        if not codes:
            return [0]
        stores = self._shop.store_of_websites()
        missing = [code for code in codes if code not in stores]
        if missing:
            raise ConfigurationError(
                f"The shop has no website '{missing[0]}'.",
                code="unknown_website",
                cure=f"Correct 'Websites with prices of their own' on the site: {', '.join(sorted(stores))}.",
                platform="magento2",
            )
        return [stores[code] for code in codes]

    # -- tier prices --------------------------------------------------------
    def _tier_prices(self, rows: Sequence[Row]) -> tuple[dict[str, str], set[str]]:
        """Prices of customer groups and quantities, and those to be taken away. POST adds and changes; what the shop has
        beside them stays."""
        if not rows:
            return {}, set()
        present = self._tiers(sorted({row.sku for row in rows}))
        wanted = [row for row in rows if not row.update.remove and present.get(_tier_mark(row)) != row.price]
        body = [_tier_body(row, row.price) for row in wanted]
        failed, changed = post_rows(self._client, "products/tier-prices", body, wanted)
        # The shop takes a row away only at the price that it has.
        going = [row for row in rows if row.update.remove and _tier_mark(row) in present]
        body = [_tier_body(row, present[_tier_mark(row)]) for row in going]
        messages, gone = post_rows(self._client, "products/tier-prices-delete", body, going)
        return failed | messages, changed | gone

    def _tiers(self, skus: Sequence[str]) -> dict[tuple[str, str, Decimal], Decimal]:
        found: dict[tuple[str, str, Decimal], Decimal] = {}
        for batch in chunks(skus, self._client.array_rows):
            answer = self._client.post(
                "products/tier-prices-information", {"skus": list(batch)}, lane=LANE, scope=ALL
            )
            for row in as_rows(answer):
                price, quantity = read_amount(row.get("price")), read_amount(row.get("quantity"))
                if row.get("price_type") == "fixed" and not row.get("website_id") and price is not None:
                    mark = (
                        str(row.get("sku", "")).casefold(),
                        _folded(row.get("customer_group")),
                        quantity or Decimal(0),
                    )
                    found[mark] = price
        return found


def _tier_body(row: Row, price: Decimal) -> dict[str, Any]:
    return {
        "price": json_number(price),
        "price_type": "fixed",
        "website_id": 0,
        "sku": row.sku,
        "customer_group": row.group,
        "quantity": json_number(row.update.min_quantity),
    }


def _tier_mark(row: Row) -> tuple[str, str, Decimal]:
    return row.sku.casefold(), _folded(row.group), row.update.min_quantity


def _folded(group: Any) -> str:
    return str(group or "").strip().casefold()


def _refused(row: Row, message: str) -> PushResult:
    return rejected(row.key, row.update.remote_id, "price_refused", message, CURE)


def _no_own_price(row: Row, kind: str) -> PushResult:
    return rejected(
        row.key,
        row.update.remote_id,
        "price_on_variable",
        f"A product of type '{kind}' has no price of its own.",
        "Price its variants: link the ERP variants to the shop's products and leave the parent out.",
    )
