"""The prices of a site as one complete file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linking.models import ItemLinkerLine
from linking.services.record_sent import forget_sent_prices
from platforms.base import PlatformAdapter
from platforms.types import PushResult
from pricing.handlers import PlannedPrice, PriceHandler, update_of
from pricing.selectors.shop_prices import PriceProblem, ShopPrice
from sites.models import Site
from sync_queues.models import UpdatePriceRequest
from sync_queues.services.enqueue import version_now
from sync_queues.services.full_file import Unclear


@dataclass(frozen=True, slots=True)
class PricedRow:
    """A product and the price that it is to have."""

    planned: PlannedPrice
    price: ShopPrice

    @property
    def key(self) -> str:
        return self.planned.key

    @property
    def line(self) -> ItemLinkerLine:
        return self.planned.line


class PriceFile:
    """Prices that cannot be made out keep the file from being sent: it would take them off the shop."""

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site
        self.adapter = adapter
        self.again: set[int] = set()
        self._handler = PriceHandler(site, adapter)

    def rows_of(self, item_ids: Sequence[int]) -> tuple[list[PricedRow], list[Unclear]]:
        version = version_now()
        requests = [
            UpdatePriceRequest(pk=pk, site=self.site, item_id=pk, version=version, forced=True)
            for pk in item_ids
        ]
        rows: list[PricedRow] = []
        unclear: list[Unclear] = []
        for planned in self._handler.plan(requests):
            if planned.line.remote_kind == "variable":
                continue
            if isinstance(planned.answer, PriceProblem):
                told = f"{planned.line.remote_sku}: {planned.answer.message}"
                unclear.append(Unclear(told, planned.line, planned.answer.code))
            else:
                rows.append(PricedRow(planned, planned.answer))
        return rows, unclear

    def send(self, rows: Sequence[PricedRow], *, complete: bool) -> list[PushResult]:
        updates = [update_of(row.planned, row.price) for row in rows]
        return self.adapter.push_all_prices(updates, complete=complete)

    def keep(self, answered: Sequence[tuple[PricedRow, PushResult]]) -> None:
        self._handler.keep([(row.planned, row.price) for row, answer in answered if answer.is_ok])

    def forget(self, line_ids: Sequence[int]) -> None:
        forget_sent_prices(line_ids)
