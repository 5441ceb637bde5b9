"""Sends the prices of ERP lists to lists and customer groups of a shop, and takes out what the ERP has no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from platforms.base import PlatformAdapter
from platforms.types import PriceUpdate, PushResult
from pricing.models import SentListPrice
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
from pricing.selectors.list_prices import ListAnswers, list_prices, mapped_lists
from pricing.selectors.shop_prices import Answer, PriceProblem, ShopPrice
from pricing.sheets import Sheet
from sites.models import PriceListLine, Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import UpdatePriceRequest

ONE = Decimal(1)
#: (link, list or group of the shop, from quantity in the shop's unit): one figure of the shop.
Place = tuple[int, str, Decimal]


@dataclass(frozen=True, slots=True)
class PlannedListPrice:
    """What one list of the shop is to show of one product; answer None: nothing."""

    request: UpdatePriceRequest
    line: ItemLinkerLine
    mapping: PriceListLine
    quantity: Decimal
    answer: Answer | None

    @property
    def key(self) -> str:
        return f"{self.request.pk}:{self.line.pk}:{self.mapping.pk}"

    @property
    def place(self) -> Place:
        return self.line.pk, self.mapping.remote_code, self.quantity


class ListPriceHandler:
    """As `PriceHandler`, for requests that name a price list. What the lists have was kept when it was sent, so figures
    that did not change make no call. The number of statements does not depend on the number of requests or lists.
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site
        self.adapter = adapter

    def handle(self, requests: Sequence[UpdatePriceRequest]) -> list[RowResult]:
        """One result per request. Raises only what concerns the whole connection."""
        results: dict[int, list[RowResult]] = defaultdict(list)
        to_send: dict[Place, list[PlannedListPrice]] = defaultdict(list)
        planned, linked = self.plan(requests)
        sent = self._sent(planned)
        for row in planned:
            told = self._settled(row, sent.get(row.place))
            if told is not None:
                results[row.request.pk].append(told)
            else:
                to_send[row.place].append(row)
        for row, result in self._send(to_send, sent):
            results[row.request.pk].append(result)
        return [
            worst(results[request.pk])
            if results[request.pk]
            else _not_mapped(request)
            if request.item_id in linked
            else not_linked(request)
            for request in requests
        ]

    def compare(
        self, requests: Sequence[UpdatePriceRequest]
    ) -> list[tuple[PlannedListPrice, RowResult | None]]:
        """What would be sent (None beside it), and what need not be, with the reason. Sends nothing."""
        planned, _linked = self.plan(requests)
        sent = self._sent(planned)
        return [(row, self._settled(row, sent.get(row.place))) for row in planned]

    def plan(self, requests: Sequence[UpdatePriceRequest]) -> tuple[list[PlannedListPrice], Collection[int]]:
        """What each list is to show, and the items that have a product in the shop."""
        asked = {request.price_list_id for request in requests}
        mappings = [line for line in mapped_lists(site=self.site) if line.price_list_id in asked]
        ids = {request.item_id for request in requests if request.item_id is not None}
        links = all_links_for_items(site=self.site, item_ids=ids)
        sheets = {
            (request.price_list_id, request.item_id, request.min_quantity): Sheet.from_json(request.sheet)
            for request in requests
            if isinstance(request.sheet, dict)
            and request.item_id is not None
            and request.price_list_id is not None
        }
        prices = list_prices(site=self.site, lines=mappings, item_ids=list(links), sheets=sheets)
        factors = unit_factors(links)
        found = []
        for request in requests:
            for mapping in mappings:
                if mapping.price_list_id != request.price_list_id or request.item_id is None:
                    continue
                breaks = prices[mapping.pk].get(request.item_id, {})
                for line in links.get(request.item_id, ()):
                    factor = (
                        ONE if line.unit_id is None else factors.get((request.item_id, line.unit_id), ONE)
                    )
                    quantity = in_shop_units(request.min_quantity, factor)
                    answer = in_unit(_at(breaks, quantity, factor), factor)
                    found.append(PlannedListPrice(request, line, mapping, quantity, answer))
        return found, links.keys()

    def _sent(self, planned: Sequence[PlannedListPrice]) -> dict[Place, SentListPrice]:
        rows = SentListPrice.objects.filter(
            line_id__in={row.line.pk for row in planned},
            remote_code__in={row.mapping.remote_code for row in planned},
        )
        return {(row.line_id, row.remote_code, row.min_quantity): row for row in rows} if planned else {}

    def _settled(self, row: PlannedListPrice, sent: SentListPrice | None) -> RowResult | None:
        """The result of a row that need not be sent."""
        request, answer = row.request, row.answer
        if isinstance(answer, PriceProblem):
            return problem(request, answer)
        if request.sheet is not None and sent is not None and request.version < sent.version:
            message = _("A newer price has been sent meanwhile.")
            return RowResult(request.pk, RowOutcome.UNCHANGED, code="newer_price", message=message)
        if answer is None:
            return self._nothing_to_show(row, sent)
        if request.forced or sent is None or (sent.price, sent.special) != (answer.price, answer.special):
            return None
        if sent.currency != answer.currency:
            return None
        message = _("The list %(list)s has %(price)s already.") % {
            "list": row.mapping.remote_code,
            "price": answer.shown,
        }
        return RowResult(request.pk, RowOutcome.UNCHANGED, message=message)

    def _nothing_to_show(self, row: PlannedListPrice, sent: SentListPrice | None) -> RowResult | None:
        if sent is None or sent.price is None:
            message = _("The price list has no price here, and the shop was sent none.")
            return RowResult(row.request.pk, RowOutcome.UNCHANGED, message=message)
        if self.site.capabilities.price_list_removal:
            return None
        message = _(
            "Skipped: this platform has no way to take a price out of a list; %(list)s keeps %(price)s until it is taken "
            "out in the shop."
        ) % {"list": row.mapping.remote_code, "price": f"{sent.price.normalize():f} {sent.currency}".strip()}
        return RowResult(row.request.pk, RowOutcome.UNCHANGED, code="not_removable", message=message)

    # -- sending ------------------------------------------------------------
    def _send(
        self, places: Mapping[Place, Sequence[PlannedListPrice]], sent: Mapping[Place, SentListPrice]
    ) -> list[tuple[PlannedListPrice, RowResult]]:
        """Each figure of the shop once, however many requests came to it."""
        if not places:
            return []
        if self.site.dry_run:
            return [(row, _dry_run(row)) for rows in places.values() for row in rows]
        updates = [_update(rows[-1], sent.get(place)) for place, rows in places.items()]
        if self.site.capabilities.price_list_whole:
            updates += self._staying(places)
        answers = {answer.key: answer for answer in self.adapter.push_prices(updates)}
        by_place = {place: answers.get(rows[-1].key) for place, rows in places.items()}
        accepted = [
            rows[-1]
            for place, rows in places.items()
            if (answer := by_place[place]) is not None and answer.is_ok
        ]
        _keep(accepted)
        return [(row, _result(row, by_place[place])) for place, rows in places.items() for row in rows]

    def _staying(self, places: Mapping[Place, Sequence[PlannedListPrice]]) -> list[PriceUpdate]:
        """Our other prices of the same products, so that the shop does not take them for somebody else's."""
        lines = {rows[-1].line.pk: rows[-1].line for rows in places.values()}
        held = SentListPrice.objects.filter(line_id__in=lines, price__isnull=False)
        return [
            PriceUpdate(
                key=f"stays:{row.pk}",
                remote_id=lines[row.line_id].remote_id,
                price=row.price,
                currency=row.currency,
                sku=lines[row.line_id].remote_sku,
                price_list=row.remote_code,
                min_quantity=row.min_quantity,
            )
            for row in held
            if row.price is not None and (row.line_id, row.remote_code, row.min_quantity) not in places
        ]


def in_shop_units(quantity: Decimal, factor: Decimal) -> Decimal:
    """The smallest number of the shop's unit that reaches a quantity in base units."""
    if factor == ONE:
        return quantity
    return max((quantity / factor).to_integral_value(rounding=ROUND_CEILING), ONE)


def _at(breaks: ListAnswers, quantity: Decimal, factor: Decimal) -> Answer | None:
    """Of several quantities that the same number of the shop's unit reaches, the largest counts."""
    if factor == ONE:
        return breaks.get(quantity)
    reached = [base for base in breaks if in_shop_units(base, factor) == quantity]
    return breaks[max(reached)] if reached else None


def _update(row: PlannedListPrice, sent: SentListPrice | None) -> PriceUpdate:
    line = row.line
    price = row.answer if isinstance(row.answer, ShopPrice) else None
    old = sent.price if sent is not None and sent.price is not None else Decimal(0)
    return PriceUpdate(
        key=row.key,
        remote_id=line.remote_id,
        price=price.price if price is not None else old,
        currency=price.currency if price is not None else (sent.currency if sent is not None else ""),
        sku=line.remote_sku,
        parent_remote_id=line.parent_remote_id or (line.remote_product_id if line.remote_variant_id else ""),
        special=price.special if price is not None else None,
        clear_special=price is not None and price.clear_special,
        price_list=row.mapping.remote_code,
        min_quantity=row.quantity,
        remove=price is None,
    )


def _keep(accepted: Sequence[PlannedListPrice]) -> None:
    """One statement per 500 figures."""
    now = timezone.now()
    rows = []
    for row in sorted(accepted, key=lambda one: one.place):
        price = row.answer if isinstance(row.answer, ShopPrice) else None
        rows.append(
            SentListPrice(
                line_id=row.line.pk,
                remote_code=row.mapping.remote_code,
                min_quantity=row.quantity,
                base_quantity=row.request.min_quantity,
                price=price.price if price is not None else None,
                special=price.special if price is not None else None,
                currency=price.currency if price is not None else "",
                version=row.request.version,
                sent_at=now,
            )
        )
    SentListPrice.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["line", "remote_code", "min_quantity"],
        update_fields=["base_quantity", "price", "special", "currency", "version", "sent_at"],
    )


def _result(row: PlannedListPrice, answer: PushResult | None) -> RowResult:
    if answer is None:
        return no_answer(row.request)
    if isinstance(row.answer, ShopPrice):
        return result_of(row.request, row.answer, answer)
    taken_out = _("Taken out of %(list)s.") % {"list": row.mapping.remote_code}
    told = answer.message or answer.warning or (taken_out if answer.is_ok else "")
    return result_of(row.request, None, answer, message=told)


def _dry_run(row: PlannedListPrice) -> RowResult:
    if isinstance(row.answer, ShopPrice):
        return dry_run(row.request, row.answer)
    message = _("Dry run: would take the price out of %(list)s.") % {"list": row.mapping.remote_code}
    return RowResult(row.request.pk, RowOutcome.DONE, code="dry_run", message=message)


def _not_mapped(request: UpdatePriceRequest) -> RowResult:
    message = _("The site shows this price list in none of the shop's.")
    return RowResult(request.pk, RowOutcome.UNCHANGED, code="not_mapped", message=message)
