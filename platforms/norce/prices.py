"""Publishing prices: what differs goes out as one file, one job, its log. Source: fact sheet §7.

Prices of Norce are without VAT, and a row of nothing is ignored by the import. Only the price lists of the site are
written: promotions live in campaign lists of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, ShopUnavailable, UncertainOutcome
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.norce.client import NorceClient, any_of
from platforms.norce.fields import field, json_number, number, text
from platforms.norce.files import FullFileGuard, cut, header
from platforms.norce.jobs import JobDesk, Kind
from platforms.norce.lookups import Known, Lookups, PriceList
from platforms.norce.rows import accepted, not_linked, refused_by_job, rejected
from platforms.types import PriceUpdate, PushResult

LANE = "prices"
_FIELDS = {"SkuPriceListFieldsThatAreSet": (3, 10), "IgnoreSkuPriceListFieldsWhenEmpty": (3,)}
#: Up to so many articles are asked for by their numbers; above, the whole list is read by pages.
ASKED_BY_NUMBER = 400
NUMBERS_A_CALL = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One price on its way."""

    update: PriceUpdate
    price_list: PriceList
    quantity_break: int
    warning: str = ""

    @property
    def key(self) -> str:
        return self.update.key

    @property
    def place(self) -> tuple[str, int, int]:
        return self.update.remote_id, self.price_list.number, self.quantity_break


Entry = tuple[Row, Mapping[str, Any]]


class PricePusher:
    def __init__(self, client: NorceClient, lookups: Lookups, jobs: JobDesk, guard: FullFileGuard) -> None:
        self._client = client
        self._lookups = lookups
        self._jobs = jobs
        self._guard = guard

    def push(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Reads what Norce has, then three calls per file of what differs."""
        results, ready = self._prepared(updates)
        try:
            present = self._present(list(ready.values())) if ready else {}
        except (ShopUnavailable, UncertainOutcome) as error:
            results |= {place: result_from_error(row.key, error) for place, row in ready.items()}
            return [results[place] for place in range(len(updates))]
        changed: dict[int, Row] = {}
        for place, row in ready.items():
            if present.get(row.place) == (None if row.update.remove else row.update.price):
                results[place] = accepted(row.key, row.update.remote_id, unchanged=True, warning=row.warning)
            else:
                changed[place] = row
        answers = push_in_batches(
            list(cut([(row, _item(row)) for row in changed.values()], self._client.options.file_rows)),
            lambda file: self._send(file, full=False),
            lambda entry: entry[0].key,
        )
        return _in_order(results, changed, answers)

    def push_all(self, updates: Sequence[PriceUpdate], *, complete: bool) -> list[PushResult]:
        """One full file, never in halves: of the price lists in it, every price that it does not name is switched off."""
        self._guard.check(Kind.PRICES, len(updates), complete=complete)
        results, ready = self._prepared(updates)
        self._guard.check_rows(list(results.values()))
        answers = self._send([(row, _item(row)) for row in ready.values()], full=True)
        self._guard.sent(Kind.PRICES, len(updates))
        self._jobs.discard_failures(Kind.PRICES)
        return _in_order(results, ready, answers)

    def _prepared(self, updates: Sequence[PriceUpdate]) -> tuple[dict[int, PushResult], dict[int, Row]]:
        """What cannot be sent, and what can, by its place among the updates."""
        results: dict[int, PushResult] = {}
        ready: dict[int, Row] = {}
        lists: Known[PriceList] = Known(lambda code: self._lookups.price_list(code, lane=LANE))
        for place, update in enumerate(updates):
            prepared = self._prepare(update, lists)
            if isinstance(prepared, PushResult):
                results[place] = prepared
            else:
                ready[place] = prepared
        return results, ready

    def _prepare(self, update: PriceUpdate, lists: Known[PriceList]) -> PushResult | Row:
        if not update.remote_id:
            return not_linked(update.key)
        price_list = lists.get(update.price_list or self._client.options.price_list_code)
        if isinstance(price_list, EcomsyncError):
            return replace(result_from_error(update.key, price_list), remote_id=update.remote_id)
        if price_list.currency and update.currency.upper() != price_list.currency:
            return rejected(
                update.key,
                update.remote_id,
                "wrong_currency",
                f"The price is in {update.currency} and the price list '{price_list.code}' in {price_list.currency}.",
                "Send prices in the currency of the price list, or choose another price list on the site.",
            )
        if update.price <= 0 and not update.remove:
            return rejected(
                update.key,
                update.remote_id,
                "no_price",
                "Norce ignores prices of 0.",
                "Enter a price above 0, or take the article out of sale.",
            )
        if update.min_quantity != update.min_quantity.to_integral_value():
            return rejected(
                update.key,
                update.remote_id,
                "fractional_quantity",
                f"Quantity breaks of Norce are whole numbers, and this one is {update.min_quantity}.",
                "Enter a whole quantity in the price list of the ERP.",
            )
        warning = ""
        if update.special is not None:
            warning = "The special price was not sent: in Norce it belongs into a campaign price list."
        return Row(update, price_list, int(update.min_quantity) or 1, warning)

    # -- what Norce has -----------------------------------------------------
    def _present(self, rows: Sequence[Row]) -> dict[tuple[str, int, int], Decimal]:
        found: dict[tuple[str, int, int], Decimal] = {}
        for number_of_list in dict.fromkeys(row.price_list.number for row in rows):
            own = [row for row in rows if row.price_list.number == number_of_list]
            part_numbers = list(dict.fromkeys(row.update.remote_id for row in own))
            base = f"PriceListId eq {number_of_list} and IsActive eq true"
            if all(row.quantity_break == 1 for row in own):
                base += " and QtyBreak eq 1"
            filters = [base]
            if len(part_numbers) <= ASKED_BY_NUMBER:
                filters = [
                    f"{base} and ({any_of('PartNo', part)})" for part in chunks(part_numbers, NUMBERS_A_CALL)
                ]
            for one in filters:
                query = [
                    ("$filter", one),
                    ("$select", "PartNo,PriceListId,QtyBreak,PriceSale"),
                ]
                for entry in self._client.pages("Products/ProductSkuPriceLists", query, lane=LANE):
                    if field(entry, "PriceSale") is not None:
                        place = (text(entry, "PartNo"), number_of_list, int(text(entry, "QtyBreak") or 1))
                        found[place] = number(entry, "PriceSale")
        return found

    def _send(self, entries: Sequence[Entry], *, full: bool) -> list[PushResult]:
        told = header(self._client, self._client.options.account_id_prices, _FIELDS, full=full)
        result = self._jobs.run(Kind.PRICES, [item for _, item in entries], told, lane=LANE)
        return [
            refused_by_job(row.key, row.update.remote_id, result.number, result.refused[place])
            if place in result.refused
            else accepted(
                row.key, row.update.remote_id, warning=result.warnings.get(place, ""), job=result.number
            )
            for place, (row, _) in enumerate(entries)
        ]


def _in_order(
    results: dict[int, PushResult], sent: Mapping[int, Row], answers: Sequence[PushResult]
) -> list[PushResult]:
    for (place, row), answer in zip(sent.items(), answers, strict=True):
        results[place] = replace(answer, warning=" ".join(filter(None, (row.warning, answer.warning))))
    return [results[place] for place in sorted(results)]


def _item(row: Row) -> dict[str, Any]:
    return {
        "PartNo": row.update.remote_id,
        "PriceListCode": row.price_list.code,
        "QuantityBreak": row.quantity_break,
        "PriceSale": json_number(row.update.price),
        "CurrencyCode": row.update.currency.upper(),
        "IsActive": not row.update.remove,  # a row is never deleted, and one without a price is ignored
    }
