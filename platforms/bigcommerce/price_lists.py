"""Price lists of the store: prices per customer group, channel and currency, with quantity breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ecomsync.common.errors import Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.bigcommerce.client import PAGE_SIZE, BigCommerceClient
from platforms.bigcommerce.errors import row_sentence
from platforms.bigcommerce.mapping_prices import number, read_price, rounded, sale_to_send, shows
from platforms.bigcommerce.rows import accepted, rejected
from platforms.types import PriceUpdate, PushResult

if TYPE_CHECKING:
    from platforms.bigcommerce.prices import PricePusher

LANE = "prices"
UPSERT = 1_000
ZERO = Decimal(0)


@dataclass(slots=True)
class _Record:
    """One record of a list: what several updates say of a variant in a currency."""

    list_id: str
    variant_id: int
    currency: str
    numbers: list[int] = field(default_factory=list)
    updates: list[PriceUpdate] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    tiers: dict[int, Decimal | None] = field(default_factory=dict)  # None: to be taken out
    goes: bool = False  # the price for one piece is to be taken out, and the record with it
    warning: str = ""
    named: bool = True

    @property
    def removes_only(self) -> bool:
        return "price" not in self.body and all(price is None for price in self.tiers.values())


class PriceListPusher:
    def __init__(self, client: BigCommerceClient, prices: PricePusher) -> None:
        self._client = client
        self._prices = prices
        self._names: dict[str, str] | None = None

    def push(self, updates: Mapping[int, PriceUpdate], now: datetime) -> dict[int, PushResult]:
        """Results by the updates' numbers. Breaks of a list that are not part of this call are kept."""
        results: dict[int, PushResult] = {}
        records = self._records(updates, results, now)
        by_list: dict[str, list[_Record]] = {}
        for record in records:
            by_list.setdefault(record.list_id, []).append(record)
        for list_id, members in by_list.items():
            results |= self._push_list(list_id, members)
        return results

    def _records(
        self, updates: Mapping[int, PriceUpdate], results: dict[int, PushResult], now: datetime
    ) -> list[_Record]:
        present = self._prices.records(list(updates.values()))
        records: dict[tuple[str, int, str], _Record] = {}
        for n, update in updates.items():
            found = present.get(update.remote_id)
            variant = update.remote_id if update.parent_remote_id else (found or {}).get("base_variant_id")
            try:
                list_id = self._list_id(update.price_list)
                if found is None or not variant:
                    raise Rejected(
                        "The store does not know this product any more, or it has variants with prices of their own.",
                        code="not_found",
                        cure="Run 'Link Items' again, and link variants rather than their product.",
                    )
                key = (list_id, int(variant), update.currency.lower())
                record = records.get(key) or _Record(*key)
                self._put(record, update, now)
            except Rejected as error:
                results[n] = result_from_error(update.key, error)
                continue
            records[key] = record
            record.numbers.append(n)
            record.updates.append(update)
        return list(records.values())

    def _list_id(self, name: str) -> str:
        """By number, or by name as the store has it."""
        if self._names is None:
            rows = self._client.pages_v3("v3/pricelists", lane=LANE)
            self._names = {}
            for row in rows:
                self._names[str(row.get("name", "")).strip().casefold()] = str(row.get("id"))
                self._names.setdefault(str(row.get("id")), str(row.get("id")))
        found = self._names.get(name.strip().casefold())
        if not found:
            raise Rejected(
                f"The store has no price list '{name}'.",
                code="unknown_price_list",
                cure="Make the price list in the store (Products > Price Lists), or choose another one on the site.",
            )
        return found

    def _put(self, record: _Record, update: PriceUpdate, now: datetime) -> None:
        decimals = self._client.options.price_decimals
        price = rounded(update.price, update.currency, decimals)
        if price < 0 or (update.special is not None and update.special < 0):
            raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")
        if update.min_quantity > 1:
            if update.min_quantity != update.min_quantity.to_integral_value():
                raise Rejected(
                    f"A quantity break must be a whole number, and it is {update.min_quantity}.",
                    code="fractional_quantity",
                    cure="Correct the quantity breaks of the price list.",
                )
            record.tiers[int(update.min_quantity)] = None if update.remove else price
            return
        if update.remove:
            record.goes = True
            return
        special, sent, warning = sale_to_send(update, now)
        if sent and special is not None and rounded(special, update.currency, decimals) >= price:
            raise Rejected(
                f"The special price {special} is not below the price {price}.",
                code="special_not_below_price",
                cure="Correct the price list or the promotion in the ERP.",
            )
        record.body["price"] = number(price)
        if sent:
            record.body["sale_price"] = (
                None if special is None else number(rounded(special, update.currency, decimals))
            )
        record.warning = warning

    # -- one list -----------------------------------------------------------
    def _push_list(self, list_id: str, records: Sequence[_Record]) -> dict[int, PushResult]:
        results: dict[int, PushResult] = {}
        known = self._present(list_id, records)
        ready: list[_Record] = []
        going: list[_Record] = []
        for record in records:
            present = known.get((record.variant_id, record.currency), {})
            if record.tiers:
                record.body["bulk_pricing_tiers"] = _tiers(record.tiers, present)
            if record.removes_only and not present:
                results |= _all(record, lambda u, r=record: _done(u, r, unchanged=True))
            elif record.goes and _tiers(record.tiers, present):
                results |= _all(record, lambda u: _breaks_need_price(u))
            elif record.goes:
                going.append(record)
            elif "price" not in record.body and not present:
                results |= _all(record, lambda u: _no_base_price(u))
            elif present and _same(present, record.body):
                results |= _all(record, lambda u, r=record: _done(u, r, unchanged=True))
            else:
                ready.append(record)
        batches = [list(batch) for batch in chunks(ready, UPSERT)]
        answers = push_in_batches(
            batches, lambda batch: self._send(list_id, batch), lambda record: str(record.variant_id)
        )
        for record, answer in zip(ready, answers, strict=True):
            results |= _all(record, lambda u, a=answer, r=record: _as_row(u, a, r))
        return results | self._remove(list_id, going)

    def _remove(self, list_id: str, records: Sequence[_Record]) -> dict[int, PushResult]:
        """Records are deleted by a filter: one currency, many variants."""
        by_currency: dict[str, list[_Record]] = {}
        for record in records:
            by_currency.setdefault(record.currency, []).append(record)
        results: dict[int, PushResult] = {}
        for members in by_currency.values():
            batches = [list(batch) for batch in chunks(members, PAGE_SIZE)]
            answers = push_in_batches(
                batches, lambda batch: self._delete(list_id, batch), lambda record: str(record.variant_id)
            )
            for record, answer in zip(members, answers, strict=True):
                results |= _all(record, lambda u, a=answer, r=record: _as_row(u, a, r))
        return results

    def _delete(self, list_id: str, batch: Sequence[_Record]) -> list[PushResult]:
        ids = ",".join(str(record.variant_id) for record in batch)
        params = [("currency", batch[0].currency), ("variant_id:in", ids)]
        self._client.delete(f"v3/pricelists/{list_id}/records", params, lane=LANE)
        return [accepted(str(record.variant_id), str(record.variant_id)) for record in batch]

    def _present(self, list_id: str, records: Sequence[_Record]) -> dict[tuple[int, str], dict[str, Any]]:
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for batch in chunks(list(dict.fromkeys(str(record.variant_id) for record in records)), PAGE_SIZE):
            params = [("variant_id:in", ",".join(batch)), ("include", "bulk_pricing_tiers")]
            for row in self._client.pages_v3(f"v3/pricelists/{list_id}/records", params, lane=LANE):
                found[int(row["variant_id"]), str(row.get("currency", "")).lower()] = row
        return found

    def _send(self, list_id: str, batch: Sequence[_Record]) -> list[PushResult]:
        """A refusal names its rows and keeps the others; one that names a row which is none of ours may be about any."""
        body = [{"variant_id": r.variant_id, "currency": r.currency, **r.body} for r in batch]
        bad: dict[tuple[int, str], str] = {}
        try:
            self._client.put(f"v3/pricelists/{list_id}/records", body, lane=LANE)
        except Rejected as error:
            sent = {(r.variant_id, r.currency) for r in batch}
            for row in error.details.get("batch_errors") or ():
                bad[_named(row)] = row_sentence(row)
            if not bad or not set(bad) <= sent:
                raise
        return [
            rejected(
                str(r.variant_id),
                str(r.variant_id),
                "rejected",
                f"The store refused the price: {bad[r.variant_id, r.currency]}.",
                "Correct what the store's message names, in the ERP or in the store, then try again.",
            )
            if (r.variant_id, r.currency) in bad
            else accepted(str(r.variant_id), str(r.variant_id))
            for r in batch
        ]


def _named(row: Mapping[str, Any]) -> tuple[int, str]:
    """(variant id, currency) of a refused record; 0 where the refusal does not tell the variant."""
    data = row.get("data")
    data = data if isinstance(data, Mapping) else {}
    number = str(data.get("variant_id") or "")
    return int(number) if number.isdigit() else 0, str(data.get("currency", "")).lower()


def _all(record: _Record, result: Any) -> dict[int, PushResult]:
    return {n: result(update) for n, update in zip(record.numbers, record.updates, strict=True)}


def _done(update: PriceUpdate, record: _Record, *, unchanged: bool) -> PushResult:
    return accepted(
        update.key,
        update.remote_id,
        unchanged=unchanged,
        parent=update.parent_remote_id,
        warning=record.warning,
    )


def _as_row(update: PriceUpdate, answer: PushResult, record: _Record) -> PushResult:
    """The record's answer in the name of one of its updates."""
    if answer.is_ok:
        return _done(update, record, unchanged=False)
    return PushResult(
        update.key,
        answer.outcome,
        answer.code,
        answer.message,
        answer.cure,
        remote_id=update.remote_id,
        parent_remote_id=update.parent_remote_id,
        retry_after=answer.retry_after,
    )


def _no_base_price(update: PriceUpdate) -> PushResult:
    return rejected(
        update.key,
        update.remote_id,
        "no_base_price",
        "A quantity break needs a price for one piece in the same price list.",
        "Give the price list of the ERP a price without a quantity for this item.",
        parent=update.parent_remote_id,
    )


def _breaks_need_price(update: PriceUpdate) -> PushResult:
    return rejected(
        update.key,
        update.remote_id,
        "no_base_price",
        "The price for one piece stays in the list, since quantity breaks of the list need it.",
        "Take the quantity breaks out of the price list of the ERP as well, or give it a price without a quantity.",
        parent=update.parent_remote_id,
    )


def _tiers(tiers: Mapping[int, Decimal | None], present: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All breaks of the record, each up to the next: those of this call over those that the list has."""
    merged = {
        int(tier["quantity_min"]): tier
        for tier in present.get("bulk_pricing_tiers") or ()
        if isinstance(tier, Mapping)
    }
    merged |= {
        least: {"quantity_min": least, "type": "fixed", "amount": number(price)}
        for least, price in tiers.items()
        if price is not None
    }
    ordered = [merged[least] for least in sorted(merged) if tiers.get(least, ZERO) is not None]
    found = []
    for position, tier in enumerate(ordered):
        last = position == len(ordered) - 1
        most = 0 if last else int(ordered[position + 1]["quantity_min"]) - 1
        found.append(
            {
                "quantity_min": int(tier["quantity_min"]),
                "quantity_max": most,
                "type": str(tier["type"]),
                "amount": number(Decimal(str(tier["amount"]))),
            }
        )
    return found


def _same(present: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    if not shows(present, {name: value for name, value in body.items() if name != "bulk_pricing_tiers"}):
        return False
    wanted = body.get("bulk_pricing_tiers")
    return wanted is None or _tier_marks(present.get("bulk_pricing_tiers")) == _tier_marks(wanted)


def _tier_marks(tiers: Any) -> list[tuple[int, int, str, Decimal | None]]:
    rows = [tier for tier in tiers or () if isinstance(tier, Mapping)]
    return sorted(
        (int(t["quantity_min"]), int(t.get("quantity_max") or 0), str(t["type"]), read_price(t["amount"]))
        for t in rows
    )
