"""Sends the present prices of items to a shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    RetryableError,
    UnsupportedFeature,
)
from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from linking.services.record_sent import SentPrice, record_sent_prices
from platforms.base import PlatformAdapter
from platforms.types import PriceUpdate, PushResult
from pricing.list_handler import ListPriceHandler
from pricing.models import SentSale
from pricing.row_results import (
    dry_run,
    in_unit,
    no_answer,
    not_linked,
    problem,
    result_of,
    unit_factors,
    worst,
)
from pricing.selectors.shop_prices import Answer, PriceProblem, ShopPrice, shop_prices
from pricing.sheets import Sheet
from sites.choices import SpecialPriceOwnership
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import UpdatePriceRequest

Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """What one product of the shop would be told for one request."""

    request: UpdatePriceRequest
    line: ItemLinkerLine
    answer: Answer

    @property
    def key(self) -> str:
        return f"{self.request.pk}:{self.line.pk}"


class PriceHandler:
    """Resolves the prices now, leaves out what the shop has already, and sends the rest in bulk.

    A promotion of the shop is never touched unless special prices belong to the ERP. The number of statements does
    not depend on the number of requests (one write per 500 links).
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site
        self.adapter = adapter
        self._owns_specials = site.special_price_ownership == SpecialPriceOwnership.ERP

    def handle(self, requests: Sequence[UpdatePriceRequest]) -> list[RowResult]:
        """One result per request. Raises only what concerns the whole connection."""
        listed = [request for request in requests if request.price_list_id is not None]
        if not listed:
            return self._base_prices(requests)
        base = [request for request in requests if request.price_list_id is None]
        found = {result.request_id: result for result in self._base_prices(base)} if base else {}
        found |= {result.request_id: result for result in self._list_prices(listed, alone=not base)}
        return [found[request.pk] for request in requests]

    def _list_prices(self, requests: Sequence[UpdatePriceRequest], *, alone: bool) -> list[RowResult]:
        """A shop that refuses its lists (a right that is missing, say) has had its base prices all the same."""
        try:
            return ListPriceHandler(self.site, self.adapter).handle(requests)
        except BadCredentials:
            raise
        except (RetryableError, ConfigurationError, UnsupportedFeature) as error:
            if alone:
                raise
            return [_as_row(request, error) for request in requests]

    def _base_prices(self, requests: Sequence[UpdatePriceRequest]) -> list[RowResult]:
        planned = self.plan(requests)
        windows = self._windows(planned)
        results: dict[int, list[RowResult]] = defaultdict(list)
        to_send: list[tuple[PlannedPrice, ShopPrice]] = []
        for row in planned:
            if isinstance(row.answer, PriceProblem):
                results[row.request.pk].append(problem(row.request, row.answer))
            elif (told := self._settled(row, row.answer, windows)) is not None:
                results[row.request.pk].append(told)
            else:
                to_send.append((row, row.answer))
        for row, result in self._send(to_send):
            results[row.request.pk].append(result)
        return [
            worst(results[request.pk]) if results[request.pk] else not_linked(request) for request in requests
        ]

    def compare(self, requests: Sequence[UpdatePriceRequest]) -> list[tuple[PlannedPrice, RowResult | None]]:
        """What would be sent (None beside it), and what need not be, with the reason. Sends nothing."""
        planned = self.plan(requests)
        windows = self._windows(planned)
        return [
            (row, None if isinstance(row.answer, PriceProblem) else self._settled(row, row.answer, windows))
            for row in planned
        ]

    def plan(self, requests: Sequence[UpdatePriceRequest]) -> list[PlannedPrice]:
        """What would be sent, without sending. Requests whose item has no product are missing here."""
        ids = {request.item_id for request in requests if request.item_id is not None}
        links = all_links_for_items(site=self.site, item_ids=ids)
        sheets = {
            request.item_id: Sheet.from_json(request.sheet)
            for request in requests
            if isinstance(request.sheet, dict) and request.item_id is not None
        }
        prices = shop_prices(site=self.site, item_ids=list(links), sheets=sheets)
        factors = unit_factors(links)
        return [
            PlannedPrice(request, line, in_unit(prices[request.item_id], _factor(line, factors)))
            for request in requests
            if request.item_id is not None
            for line in links.get(request.item_id, ())
        ]

    def _settled(
        self, row: PlannedPrice, price: ShopPrice, windows: Mapping[int, Window]
    ) -> RowResult | None:
        """The result of a row that need not be sent."""
        if row.request.sheet is not None and row.request.version < row.line.last_price_version:
            message = _("A newer price has been sent meanwhile.")
            return RowResult(row.request.pk, RowOutcome.UNCHANGED, code="newer_price", message=message)
        if row.request.forced or row.line.last_sent_price != price.price:
            return None
        if self._owns_specials:
            window = windows.get(row.line.pk, (None, None)) if price.special is not None else (None, None)
            if row.line.last_sent_special != price.special or window != (
                price.special_from,
                price.special_to,
            ):
                return None
        message = _("The shop has %(price)s already.") % {"price": price.shown}
        return RowResult(row.request.pk, RowOutcome.UNCHANGED, message=message)

    def _windows(self, planned: Sequence[PlannedPrice]) -> dict[int, Window]:
        """Sale windows as last sent, where special prices are ours."""
        if not self._owns_specials:
            return {}
        rows = SentSale.objects.filter(line_id__in=[row.line.pk for row in planned])
        return {row.line_id: (row.special_from, row.special_to) for row in rows}

    def _send(self, rows: Sequence[tuple[PlannedPrice, ShopPrice]]) -> list[tuple[PlannedPrice, RowResult]]:
        if not rows:
            return []
        if self.site.dry_run:
            return [(row, dry_run(row.request, price)) for row, price in rows]
        updates = [update_of(row, price) for row, price in rows]
        answers = {answer.key: answer for answer in self.adapter.push_prices(updates)}
        self.keep([(row, price) for row, price in rows if row.key in answers and answers[row.key].is_ok])
        return [(row, _result(row, price, answers.get(row.key))) for row, price in rows]

    def keep(self, accepted: Sequence[tuple[PlannedPrice, ShopPrice]]) -> None:
        """What the shop took, so that it is not sent again."""
        record_sent_prices(
            SentPrice(row.line.pk, price.price, price.special, row.request.version) for row, price in accepted
        )
        self._keep_windows(accepted)

    def _keep_windows(self, accepted: Sequence[tuple[PlannedPrice, ShopPrice]]) -> None:
        sales = {
            row.line.pk: SentSale(
                line_id=row.line.pk, special_from=price.special_from, special_to=price.special_to
            )
            for row, price in accepted
            if price.special is not None
        }
        SentSale.objects.bulk_create(
            sales.values(),
            batch_size=500,
            update_conflicts=True,
            unique_fields=["line"],
            update_fields=["special_from", "special_to"],
        )


def update_of(row: PlannedPrice, price: ShopPrice) -> PriceUpdate:
    line = row.line
    return PriceUpdate(
        key=row.key,
        remote_id=line.remote_id,
        price=price.price,
        currency=price.currency,
        sku=line.remote_sku,
        parent_remote_id=line.parent_remote_id or (line.remote_product_id if line.remote_variant_id else ""),
        special=price.special,
        special_from=price.special_from if price.special is not None else None,
        special_to=price.special_to if price.special is not None else None,
        clear_special=price.clear_special,
    )


def _result(row: PlannedPrice, price: ShopPrice, answer: PushResult | None) -> RowResult:
    return no_answer(row.request) if answer is None else result_of(row.request, price, answer)


def _factor(line: ItemLinkerLine, factors: Mapping[tuple[int, int], Decimal]) -> Decimal:
    """Base units in the unit that the shop sells."""
    if line.unit_id is None or line.item_id is None:
        return Decimal(1)
    return factors.get((line.item_id, line.unit_id), Decimal(1))


def _as_row(request: UpdatePriceRequest, error: EcomsyncError) -> RowResult:
    outcome = RowOutcome.RETRY if isinstance(error, RetryableError) else RowOutcome.CONFIGURATION
    if isinstance(error, UnsupportedFeature):
        outcome = RowOutcome.REJECTED
    wait = error.retry_after if isinstance(error, RetryableError) else None
    return RowResult(request.pk, outcome, error.code, error.message, error.cure, retry_after=wait)
