"""Sends the present prices of items to a shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from erp.models import ItemUnit
from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from linking.services.record_sent import SentPrice, record_sent_prices
from platforms.base import PlatformAdapter
from platforms.types import Outcome, PriceUpdate, PushResult
from pricing.models import SentSale
from pricing.selectors.shop_prices import Answer, PriceProblem, ShopPrice, shop_prices
from pricing.sheets import Sheet
from sites.choices import SpecialPriceOwnership
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import UpdatePriceRequest

Window = tuple[datetime | None, datetime | None]

_OUTCOMES = {
    Outcome.OK: RowOutcome.DONE,
    Outcome.UNCHANGED: RowOutcome.UNCHANGED,
    Outcome.REJECTED: RowOutcome.REJECTED,
    Outcome.RETRY: RowOutcome.RETRY,
}
#: Of several products that stand for one item, the request shows the worst.
_WEIGHT = (
    RowOutcome.UNCHANGED,
    RowOutcome.DONE,
    RowOutcome.RETRY,
    RowOutcome.REJECTED,
    RowOutcome.CONFIGURATION,
)


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
        planned = self.plan(requests)
        windows = self._windows(planned)
        results: dict[int, list[RowResult]] = defaultdict(list)
        to_send: list[tuple[PlannedPrice, ShopPrice]] = []
        for row in planned:
            if isinstance(row.answer, PriceProblem):
                results[row.request.pk].append(_problem(row, row.answer))
            elif (told := self._settled(row, row.answer, windows)) is not None:
                results[row.request.pk].append(told)
            else:
                to_send.append((row, row.answer))
        for row, result in self._send(to_send):
            results[row.request.pk].append(result)
        return [
            _worst(results[request.pk]) if results[request.pk] else _not_linked(request)
            for request in requests
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
        factors = _unit_factors(links)
        return [
            PlannedPrice(request, line, _in_unit(prices[request.item_id], line, factors))
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
        message = _("The shop has %(price)s already.") % {"price": _shown(price)}
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
            return [(row, _dry_run(row, price)) for row, price in rows]
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
    if answer is None:
        message = "The adapter gave no answer for this row."
        return RowResult(row.request.pk, RowOutcome.RETRY, code="no_valid_answer", message=message)
    sent = {"price_sent": price.price, "special_sent": price.special} if answer.is_ok else {}
    told = " ".join(part for part in (answer.message or answer.warning, price.note) if part)
    return RowResult(
        row.request.pk, _OUTCOMES[answer.outcome], answer.code, told, answer.cure, sent, answer.retry_after
    )


def _dry_run(row: PlannedPrice, price: ShopPrice) -> RowResult:
    message = _("Dry run: would send %(price)s.") % {"price": _shown(price)}
    return RowResult(row.request.pk, RowOutcome.DONE, code="dry_run", message=message)


def _problem(row: PlannedPrice, problem: PriceProblem) -> RowResult:
    return RowResult(row.request.pk, RowOutcome.REJECTED, problem.code, problem.message, problem.cure)


def _not_linked(request: UpdatePriceRequest) -> RowResult:
    return RowResult(
        request.pk,
        RowOutcome.REJECTED,
        code="not_linked",
        message="The item has no product in this shop.",
        cure="Link the item in the item linker of this site, or run 'Link Items'.",
    )


def _shown(price: ShopPrice) -> str:
    base = f"{price.price} {price.currency}".strip()
    return f"{base} ({price.special})" if price.special is not None else base


def _worst(results: Sequence[RowResult]) -> RowResult:
    return max(results, key=lambda result: _WEIGHT.index(RowOutcome(result.outcome)))


def _in_unit(answer: Answer, line: ItemLinkerLine, factors: Mapping[tuple[int, int], Decimal]) -> Answer:
    """The price of the unit that the shop sells."""
    if line.unit_id is None or line.item_id is None or isinstance(answer, PriceProblem):
        return answer
    factor = factors.get((line.item_id, line.unit_id), Decimal(1))
    special = None if answer.special is None else answer.special * factor
    return replace(answer, price=answer.price * factor, special=special)


def _unit_factors(links: Mapping[int, Collection[ItemLinkerLine]]) -> dict[tuple[int, int], Decimal]:
    """(item, unit) -> base units in it, for links to other units; no statement when there is none."""
    with_unit = [pk for pk, lines in links.items() if any(line.unit_id is not None for line in lines)]
    if not with_unit:
        return {}
    rows = ItemUnit.objects.filter(item_id__in=with_unit).values_list("item_id", "unit_id", "factor_to_base")
    return {(item, unit): factor for item, unit, factor in rows}
