"""Pushing prices: base prices 50 rows per call, price lists 1,000; a promotion of the store is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.bigcommerce.client import PAGE_SIZE, BigCommerceClient
from platforms.bigcommerce.errors import row_sentence
from platforms.bigcommerce.mapping_prices import number, read_price, rounded, sale_to_send, shows
from platforms.bigcommerce.price_lists import PriceListPusher
from platforms.bigcommerce.rows import accepted, not_linked, rejected
from platforms.types import PriceUpdate, PushResult

LANE = "prices"
BATCH = 50
_PRODUCT_FIELDS = "price,sale_price,sku,base_variant_id"


@dataclass(frozen=True, slots=True)
class Row:
    """A price to set. variant_id: how it is addressed; a simple product by its base variant."""

    update: PriceUpdate
    body: Mapping[str, Any]
    warning: str = ""
    variant_id: int = 0
    record: Mapping[str, Any] = field(default_factory=dict)


class PricePusher:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._lists = PriceListPusher(client, self)

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """One result per update, in their order.

        Cost: one call to read per 250 products and per 250 variants (as many for the products of variants without a price of
        their own), one to write per 50 changed rows, and for price lists
        one to read per 250 records and one to write per 1,000. What the store shows already is not sent.
        """
        results: dict[int, PushResult] = {}
        base: dict[int, Row] = {}
        listed: dict[int, PriceUpdate] = {}
        now = datetime.now(UTC)
        for n, update in enumerate(updates):
            try:
                if not update.remote_id.isdigit():
                    results[n] = not_linked(update.key, update.remote_id)
                elif update.price_list:
                    listed[n] = update
                else:
                    base[n] = self._row(update, now)
            except Rejected as error:
                results[n] = result_from_error(update.key, error)
        if base:
            results |= self._push_base(base)
        if listed:
            results |= self._lists.push(listed, now)
        return [results[n] for n in range(len(updates))]

    def _row(self, update: PriceUpdate, now: datetime) -> Row:
        self._refuse_unsupported(update)
        currency, decimals = (
            self._client.connection.currency or update.currency,
            self._client.options.price_decimals,
        )
        price = rounded(update.price, currency, decimals)
        body: dict[str, Any] = {"price": number(price)}
        special, sent, warning = sale_to_send(update, now)
        if sent:
            sale = rounded(special, currency, decimals) if special is not None else Decimal(0)
            if special is not None and sale >= price:
                raise Rejected(
                    f"The special price {sale} is not below the price {price}.",
                    code="special_not_below_price",
                    cure="Correct the price list or the promotion in the ERP.",
                )
            body["sale_price"] = number(sale)
        return Row(update, body, warning)

    def _refuse_unsupported(self, update: PriceUpdate) -> None:
        currency = self._client.connection.currency
        if currency and update.currency and update.currency.upper() != currency.upper():
            raise Rejected(
                f"The price is in {update.currency} and the store's base prices are in {currency}.",
                code="currency_mismatch",
                cure="Choose a price list in the store's currency on the site, or send it to a price list of the store.",
            )
        if update.min_quantity > 1:
            raise Rejected(
                "Quantity breaks of base prices are not pushed.",
                code="unsupported",
                cure="Send quantity breaks to a price list of the store.",
            )
        if update.price < 0 or (update.special is not None and update.special < 0):
            raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")

    # -- base prices --------------------------------------------------------
    def _push_base(self, rows: dict[int, Row]) -> dict[int, PushResult]:
        results: dict[int, PushResult] = {}
        present = self.records([row.update for row in rows.values()])
        parents = self._parents(rows.values(), present)
        ready: list[tuple[int, Row]] = []
        for n, row in rows.items():
            record = present.get(row.update.remote_id)
            settled = _settled(row, record) or _spared(row, record, parents.get(row.update.parent_remote_id))
            if settled is not None:
                results[n] = settled
            elif record is not None:
                warned = replace(row, warning=_with_promotion(row, record))
                ready.append((n, replace(warned, variant_id=_variant_id(row.update, record), record=record)))
        batches = [list(batch) for batch in chunks(ready, BATCH)]
        answers = push_in_batches(batches, self._send, lambda entry: entry[1].update.key)
        for (n, row), answer in zip(ready, answers, strict=True):
            results[n] = replace(
                answer,
                remote_id=row.update.remote_id,
                parent_remote_id=row.update.parent_remote_id,
                warning=row.warning if answer.is_ok else answer.warning,
            )
        return results

    def records(self, updates: Sequence[PriceUpdate]) -> dict[str, dict[str, Any]]:
        """The store's present record by remote id; products give their base variant."""
        simple = [update.remote_id for update in updates if not update.parent_remote_id]
        parents = [update.parent_remote_id for update in updates if update.parent_remote_id.isdigit()]
        found: dict[str, dict[str, Any]] = {}
        for batch in chunks(list(dict.fromkeys(simple)), PAGE_SIZE):
            params = [("id:in", ",".join(batch)), ("include_fields", _PRODUCT_FIELDS)]
            for row in self._client.pages_v3("v3/catalog/products", params, lane=LANE):
                found[str(row.get("id"))] = row
        for batch in chunks(list(dict.fromkeys(parents)), PAGE_SIZE):
            params = [("product_id:in", ",".join(batch))]
            for row in self._client.pages_v3("v3/catalog/variants", params, lane=LANE):
                found[f"v{row.get('id')}"] = row
        return {
            update.remote_id: record
            for update in updates
            if (record := found.get(f"v{update.remote_id}" if update.parent_remote_id else update.remote_id))
        }

    def _parents(
        self, rows: Iterable[Row], present: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """The products of variants that have no price of their own: these show their product's, and its promotion."""
        wanted = [
            row.update.parent_remote_id
            for row in rows
            if row.update.parent_remote_id
            and "sale_price" not in row.body
            and read_price(present.get(row.update.remote_id, {}).get("price")) is None
        ]
        found: dict[str, dict[str, Any]] = {}
        for batch in chunks([one for one in dict.fromkeys(wanted) if one.isdigit()], PAGE_SIZE):
            params = [("id:in", ",".join(batch)), ("include_fields", _PRODUCT_FIELDS)]
            for row in self._client.pages_v3("v3/catalog/products", params, lane=LANE):
                found[str(row.get("id"))] = row
        return found

    def _send(self, batch: Sequence[tuple[int, Row]]) -> list[PushResult]:
        """The store takes a batch whole or not at all; the rows that it names are answered, the others sent again."""
        waiting = {row.variant_id: (n, row) for n, row in batch}
        settled: dict[int, PushResult] = {}
        while waiting:
            body = [{"id": variant_id, **row.body} for variant_id, (_, row) in waiting.items()]
            try:
                self._client.put("v3/catalog/variants", body, lane=LANE)
            except Rejected as error:
                bad = _bad_rows(error, set(waiting))
                if not bad:
                    raise
                for variant_id, reason in bad.items():
                    n, row = waiting.pop(variant_id)
                    settled[n] = _refused(row, reason)
                continue
            settled |= {n: accepted(row.update.key, row.update.remote_id) for n, row in waiting.values()}
            break
        return [settled.get(n) or _refused(row, "it was sent twice") for n, row in batch]


def _settled(row: Row, record: Mapping[str, Any] | None) -> PushResult | None:
    """The result of a row that need not or must not be sent."""
    update = row.update
    if record is None:
        return rejected(
            update.key,
            update.remote_id,
            "not_found",
            "The store does not know this product any more.",
            "See in the store whether it was deleted; then run 'Link Items' again.",
            parent=update.parent_remote_id,
        )
    if not update.parent_remote_id and not record.get("base_variant_id"):
        return rejected(
            update.key,
            update.remote_id,
            "price_on_variable",
            "The product has variants, which have prices of their own.",
            "Link the ERP variants to the store's variants and leave the product itself out.",
        )
    if shows(record, row.body):
        return accepted(
            update.key, update.remote_id, unchanged=True, parent=update.parent_remote_id, warning=row.warning
        )
    return None


def _spared(
    row: Row, record: Mapping[str, Any] | None, product: Mapping[str, Any] | None
) -> PushResult | None:
    """A variant without a price of its own takes part in its product's sale, which ends for it with the first price of
    its own: none is given while the sale runs."""
    sale = read_price((product or {}).get("sale_price"))
    if record is None or product is None or not sale or "sale_price" in row.body:
        return None
    if read_price(record.get("price")) is not None or read_price(record.get("sale_price")):
        return None
    update = row.update
    if shows(product, row.body):
        return accepted(
            update.key, update.remote_id, unchanged=True, parent=update.parent_remote_id, warning=row.warning
        )
    return rejected(
        update.key,
        update.remote_id,
        "promotion_of_product",
        f"The product is on sale for {sale} in the store, and a price of the variant's own would end that for it.",
        "Push the price again after the sale, or give the variant a price of its own in the store.",
        parent=update.parent_remote_id,
    )


def _with_promotion(row: Row, record: Mapping[str, Any]) -> str:
    """Say so when the store's own sale price is not below the new price any more."""
    sale = read_price(record.get("sale_price"))
    if "sale_price" in row.body or not sale or Decimal(str(row.body["price"])) > sale:
        return row.warning
    told = f"The store's own sale price {sale} is not below the new price; buyers go on paying it."
    return " ".join(filter(None, (row.warning, told)))


def _variant_id(update: PriceUpdate, record: Mapping[str, Any]) -> int:
    return int(update.remote_id if update.parent_remote_id else record["base_variant_id"])


def _bad_rows(error: Rejected, sent: set[int]) -> dict[int, str]:
    """variant id -> reason, of the rows that `batch_errors` names by their instance or in their words."""
    found: dict[int, str] = {}
    for row in error.details.get("batch_errors") or ():
        instance = str(row.get("instance", "")).rstrip("/").rpartition("/")[2]
        if instance.isdigit() and int(instance) in sent:
            found[int(instance)] = row_sentence(row)
    return found


def _refused(row: Row, reason: str) -> PushResult:
    return rejected(
        row.update.key,
        row.update.remote_id,
        "rejected",
        f"The store refused the price: {reason}.",
        "Correct what the store's message names, in the ERP or in the store, then try again.",
        parent=row.update.parent_remote_id,
    )
