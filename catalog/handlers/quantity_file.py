"""The quantities of a site as one complete file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from catalog.handlers.quantities import PlannedQuantity, QuantityHandler, sent_of, update_of
from linking.services.record_sent import forget_sent_quantities, record_sent_quantities
from platforms.base import PlatformAdapter
from platforms.types import PushResult
from sites.models import Site
from sync_queues.models import UpdateQtyRequest
from sync_queues.services.enqueue import version_now
from sync_queues.services.full_file import Unclear


class QuantityFile:
    """admit: which of these items belong into the file."""

    def __init__(
        self, site: Site, adapter: PlatformAdapter, admit: Callable[[Sequence[int]], Collection[int]]
    ) -> None:
        self.site = site
        self.adapter = adapter
        self.again: set[int] = set()
        self._admit = admit
        self._handler = QuantityHandler(site, adapter)

    def rows_of(self, item_ids: Sequence[int]) -> tuple[list[PlannedQuantity], list[Unclear]]:
        """A row per product and location. A location that is mapped no more does not belong into the file, which would
        switch off all else that lies there."""
        version = version_now()
        requests = [
            UpdateQtyRequest(pk=pk, site=self.site, item_id=pk, version=version, forced=True)
            for pk in self._admit(item_ids)
        ]
        rows = [row for row in self._handler.plan(requests) if row.line.remote_kind != "variable"]
        self.again |= {row.line.item_id for row in rows if row.is_left and row.line.item_id is not None}
        return [row for row in rows if not row.is_left], []

    def send(self, rows: Sequence[PlannedQuantity], *, complete: bool) -> list[PushResult]:
        return self.adapter.push_all_quantities([update_of(row) for row in rows], complete=complete)

    def keep(self, answered: Sequence[tuple[PlannedQuantity, PushResult]]) -> None:
        record_sent_quantities(sent_of(answered))

    def forget(self, line_ids: Sequence[int]) -> None:
        forget_sent_quantities(line_ids)
