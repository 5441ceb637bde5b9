"""Sends the present stock figure of items to a shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.handlers.answers import row_result, worst
from catalog.selectors.stock import StockFigure, figures, round_quantity
from erp.models import ItemUnit
from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from linking.services.record_sent import SentQuantity, record_sent_quantities
from platforms.base import PlatformAdapter
from platforms.types import PushResult, QuantityUpdate
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

    @property
    def key(self) -> str:
        return f"{self.request.pk}:{self.line.pk}"

    @property
    def is_known(self) -> bool:
        """Whether the shop has accepted this very figure last."""
        return not self.request.forced and self.line.last_sent_quantity == self.quantity


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
            worst(by_request[request.pk]) if by_request[request.pk] else not_linked(request)
            for request in requests
        ]

    def plan(self, requests: Sequence[UpdateQtyRequest]) -> list[PlannedQuantity]:
        """What would be sent, without sending. Requests whose item has no product are missing here."""
        ids = {request.item_id for request in requests if request.item_id is not None}
        links = all_links_for_items(site=self.site, item_ids=ids)
        stock = figures(site=self.site, item_ids=list(links))
        factors = _unit_factors(links)
        return [
            PlannedQuantity(
                request, line, self._in_unit(stock[line.item_id], line, factors), stock[line.item_id]
            )
            for request in requests
            if request.item_id is not None
            for line in links.get(request.item_id, ())
            if line.item_id in stock
        ]

    def _in_unit(
        self, figure: StockFigure, line: ItemLinkerLine, factors: Mapping[tuple[int, int], Decimal]
    ) -> Decimal:
        """The figure in the unit that the shop sells, whole where the shop takes no fractions."""
        quantity = figure.published
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
            answer.key: answer for answer in self.adapter.push_quantities([_update(row) for row in rows])
        }
        record_sent_quantities(
            SentQuantity(row.line.pk, row.quantity, row.request.version)
            for row in rows
            if row.key in answers and answers[row.key].is_ok
        )
        return [(row, _result(row, answers.get(row.key))) for row in rows]


def _update(row: PlannedQuantity) -> QuantityUpdate:
    return QuantityUpdate(
        key=row.key,
        remote_id=row.line.remote_id,
        quantity=row.quantity,
        sku=row.line.remote_sku,
        parent_remote_id=row.line.parent_remote_id
        or (row.line.remote_product_id if row.line.remote_variant_id else ""),
        inventory_id=row.line.remote_inventory_id,
        location_id=row.request.remote_location_id,
        expected=row.line.last_sent_quantity,
    )


def _result(row: PlannedQuantity, answer: PushResult | None) -> RowResult:
    if answer is None:
        message = "The adapter gave no answer for this row."
        return RowResult(row.request.pk, RowOutcome.RETRY, code="no_valid_answer", message=message)
    return row_result(row.request.pk, answer, sent={"quantity_sent": row.quantity})


def _unchanged(row: PlannedQuantity) -> RowResult:
    return RowResult(
        row.request.pk,
        RowOutcome.UNCHANGED,
        message=_("The shop has %(quantity)s already.") % {"quantity": f"{row.quantity.normalize():f}"},
    )


def _dry_run(row: PlannedQuantity) -> RowResult:
    return RowResult(
        row.request.pk,
        RowOutcome.DONE,
        code="dry_run",
        message=_("Dry run: would send %(quantity)s.") % {"quantity": f"{row.quantity.normalize():f}"},
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
