"""Sends the present stock figure of items to a shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.handlers.answers import row_result, worst
from catalog.selectors.stock import StockFigure, figures, round_quantity
from ecomsync.common.money import ZERO
from erp.models import ItemUnit
from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from linking.services.record_sent import SentQuantity, places_text, record_sent_quantities
from platforms.base import PlatformAdapter
from platforms.types import Outcome, PushResult, QuantityUpdate
from sites.choices import QtyRounding
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import UpdateQtyRequest


@dataclass(frozen=True, slots=True)
class PlannedQuantity:
    """What one product of the shop would be told for one request."""

    request: UpdateQtyRequest
    line: ItemLinkerLine
    quantity: Decimal
    figure: StockFigure
    place: str = ""
    whole: Decimal = ZERO  # of all locations together; the quantity where the shop has one stock only

    @property
    def key(self) -> str:
        return (
            f"{self.request.pk}:{self.line.pk}:{self.place}"
            if self.place
            else f"{self.request.pk}:{self.line.pk}"
        )

    @property
    def is_left(self) -> bool:
        """Whether its location is not mapped any more, beside others that are."""
        return bool(self.figure.places) and self.place not in dict(self.figure.places)

    @property
    def last_sent(self) -> Decimal | None:
        """What the shop accepted last, at this location; None when it is not known to have anything."""
        if not self.place:
            return self.line.last_sent_quantity
        told = self.line.sent_places.get(self.place)
        return None if told is None else Decimal(told)

    @property
    def is_known(self) -> bool:
        """Whether the shop has accepted this very figure last."""
        return not self.request.forced and self.last_sent == self.quantity


class QuantityHandler:
    """Computes the figures now, leaves out what the shop has already, and sends the rest in bulk.

    The number of statements does not depend on the number of requests (one write per 500 links).
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site
        self.adapter = adapter

    def handle(self, requests: Sequence[UpdateQtyRequest]) -> list[RowResult]:
        """One result per request. Raises only what concerns the whole connection."""
        planned = self.plan(requests)
        by_request: dict[int, list[RowResult]] = defaultdict(list)
        to_send = []
        for row in planned:
            if row.is_known:
                by_request[row.request.pk].append(_unchanged(row))
            else:
                to_send.append(row)
        for row, answer in self._send(to_send):
            by_request[row.request.pk].append(answer)
        return [
            worst(by_request[request.pk]) if by_request[request.pk] else self._without_row(request)
            for request in requests
        ]

    def _without_row(self, request: UpdateQtyRequest) -> RowResult:
        """Not linked, or with a product whose stock the shop reckons itself."""
        ids = [request.item_id] if request.item_id is not None else []
        lines = all_links_for_items(site=self.site, item_ids=ids).get(request.item_id or 0, [])
        if not any(self._follows_parts(line) for line in lines):
            return not_linked(request)
        message = _("The shop reckons the stock of this product from its parts.")
        return RowResult(request.pk, RowOutcome.UNCHANGED, message=message)

    def _follows_parts(self, line: ItemLinkerLine) -> bool:
        return line.remote_kind in self.adapter.capabilities.kinds_of_parts

    def plan(self, requests: Sequence[UpdateQtyRequest]) -> list[PlannedQuantity]:
        """What would be sent, without sending, a row per location. Requests whose item has no product are missing here."""
        ids = {request.item_id for request in requests if request.item_id is not None}
        links = all_links_for_items(site=self.site, item_ids=ids)
        stock = figures(site=self.site, item_ids=list(links))
        factors = _unit_factors(links)
        planned: list[PlannedQuantity] = []
        for request in requests:
            for line in links.get(request.item_id, ()) if request.item_id is not None else ():
                if line.item_id not in stock or self._follows_parts(line):
                    continue
                figure = stock[line.item_id]
                parts = [
                    (place, self._in_unit(quantity, line, factors))
                    for place, quantity in _places(figure, request, line)
                ]
                whole = sum((quantity for _place, quantity in parts), ZERO)
                planned += [
                    PlannedQuantity(request, line, quantity, figure, place, whole)
                    for place, quantity in parts
                ]
        return planned

    def wholes(self, requests: Sequence[UpdateQtyRequest]) -> dict[int, PlannedQuantity]:
        """Id of the link -> what its product is to show over all locations."""
        return {row.line.pk: replace(row, quantity=row.whole, place="") for row in self.plan(requests)}

    def _in_unit(
        self, quantity: Decimal, line: ItemLinkerLine, factors: Mapping[tuple[int, int], Decimal]
    ) -> Decimal:
        """The figure in the unit that the shop sells, whole where the shop takes no fractions."""
        exact = (
            self.adapter.capabilities.fractional_quantities and self.site.qty_rounding == QtyRounding.EXACT
        )
        if line.unit_id is not None and line.item_id is not None:
            quantity = quantity / factors.get((line.item_id, line.unit_id), Decimal(1))
        return quantity if exact else round_quantity(quantity, QtyRounding.DOWN)

    def _send(self, rows: Sequence[PlannedQuantity]) -> list[tuple[PlannedQuantity, RowResult]]:
        if not rows:
            return []
        if self.site.dry_run:
            return [(row, _dry_run(row)) for row in rows]
        answers = {
            answer.key: answer for answer in self.adapter.push_quantities([update_of(row) for row in rows])
        }
        record_sent_quantities(sent_of([(row, answers[row.key]) for row in rows if row.key in answers]))
        return [(row, _result(row, answers.get(row.key))) for row in rows]


def _places(
    figure: StockFigure, request: UpdateQtyRequest, line: ItemLinkerLine
) -> Sequence[tuple[str, Decimal]]:
    """Location and quantity; a request for one location is for that one.

    What we told a location that is no longer mapped would be sold on there, beside the same goods elsewhere: nothing is
    left of it.
    """
    if not figure.places:
        return [(request.remote_location_id, figure.published)]
    mapped = {place for place, _quantity in figure.places}
    left = [
        (place, ZERO) for place, told in line.sent_places.items() if place not in mapped and _may_sell(told)
    ]
    return [
        (place, quantity)
        for place, quantity in (*figure.places, *left)
        if request.remote_location_id in ("", place)
    ]


def sent_of(answered: Sequence[tuple[PlannedQuantity, PushResult]]) -> Iterator[SentQuantity]:
    """What is kept of the rows that the shop took: the whole, and the parts of its locations.

    A location that is not mapped is forgotten with its answer, also when it was refused: the shop may have it no longer.
    """
    by_line: dict[int, list[PlannedQuantity]] = defaultdict(list)
    for row, answer in answered:
        if not row.place and answer.is_ok:
            yield SentQuantity(row.line.pk, row.quantity, row.request.version)
        elif row.place and (answer.is_ok or (row.is_left and answer.outcome == Outcome.REJECTED)):
            by_line[row.line.pk].append(row)
    for line_id, rows in by_line.items():
        line, wanted = rows[0].line, dict(rows[0].figure.places)
        done = {row.place for row in rows}
        places = {
            **{
                place: told
                for place, told in line.sent_places.items()
                if place in wanted or (wanted and place not in done and _may_sell(told))
            },
            **{row.place: f"{row.quantity.normalize():f}" for row in rows if not row.is_left},
        }
        known = [Decimal(told) for told in places.values() if told is not None]
        whole = sum(known, ZERO) if places.keys() == wanted.keys() and len(known) == len(places) else None
        version = max(row.request.version for row in rows)
        yield SentQuantity(line_id, whole, version, places_text(places))


def _may_sell(told: str | None) -> bool:
    """Whether a location with this last figure, or with an unknown one, may still have something to sell."""
    return told is None or bool(Decimal(told))


def update_of(row: PlannedQuantity) -> QuantityUpdate:
    return QuantityUpdate(
        key=row.key,
        remote_id=row.line.remote_id,
        quantity=row.quantity,
        sku=row.line.remote_sku,
        parent_remote_id=row.line.parent_remote_id
        or (row.line.remote_product_id if row.line.remote_variant_id else ""),
        inventory_id=row.line.remote_inventory_id,
        location_id=row.place,
        expected=row.last_sent,
    )


def _result(row: PlannedQuantity, answer: PushResult | None) -> RowResult:
    if answer is None:
        message = "The adapter gave no answer for this row."
        return RowResult(row.request.pk, RowOutcome.RETRY, code="no_valid_answer", message=message)
    return row_result(row.request.pk, answer, sent={"quantity_sent": row.whole})


def _unchanged(row: PlannedQuantity) -> RowResult:
    return RowResult(
        row.request.pk,
        RowOutcome.UNCHANGED,
        message=_("The shop has %(quantity)s already.") % {"quantity": f"{row.whole.normalize():f}"},
    )


def _dry_run(row: PlannedQuantity) -> RowResult:
    return RowResult(
        row.request.pk,
        RowOutcome.DONE,
        code="dry_run",
        message=_("Dry run: would send %(quantity)s.") % {"quantity": f"{row.whole.normalize():f}"},
    )


def not_linked(request: UpdateQtyRequest) -> RowResult:
    """The item has no product in this shop."""
    return RowResult(
        request.pk,
        RowOutcome.REJECTED,
        code="not_linked",
        message="The item has no product in this shop.",
        cure="Link the item in the item linker of this site, or run 'Link Items'.",
    )


def _unit_factors(links: Mapping[int, Collection[ItemLinkerLine]]) -> dict[tuple[int, int], Decimal]:
    """(item, unit) -> base units in it, for links to other units; no statement when there is none."""
    with_unit = [pk for pk, lines in links.items() if any(line.unit_id is not None for line in lines)]
    if not with_unit:
        return {}
    rows = ItemUnit.objects.filter(item_id__in=with_unit).values_list("item_id", "unit_id", "factor_to_base")
    return {(item, unit): factor for item, unit, factor in rows}
