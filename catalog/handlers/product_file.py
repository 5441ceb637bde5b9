"""The products of a site as one complete file: which there are. What they look like is sent as single changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from catalog.sheets.build import naming_sheet
from linking.models import ItemLinkerLine
from linking.selectors import all_links_for_items
from linking.services.record_sent import forget_sent_hashes
from platforms.base import PlatformAdapter
from platforms.types import PushResult
from sites.models import Site
from sync_queues.services.full_file import Unclear


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A product that the shop is to go on showing."""

    line: ItemLinkerLine

    @property
    def key(self) -> str:
        return str(self.line.pk)


class ProductFile:
    """admit: which of these items belong into the file."""

    def __init__(
        self, site: Site, adapter: PlatformAdapter, admit: Callable[[Sequence[int]], Collection[int]]
    ) -> None:
        self.site = site
        self.adapter = adapter
        self.again: set[int] = set()
        self._admit = admit

    def rows_of(self, item_ids: Sequence[int]) -> tuple[list[NamedProduct], list[Unclear]]:
        links = all_links_for_items(site=self.site, item_ids=self._admit(item_ids))
        lines = [line for found in links.values() for line in found if line.remote_kind != "variable"]
        return [NamedProduct(line) for line in lines], []

    def send(self, rows: Sequence[NamedProduct], *, complete: bool) -> list[PushResult]:
        sheets = [naming_sheet(row.line, row.key, self.adapter.capabilities) for row in rows]
        return self.adapter.push_all_products(sheets, complete=complete)

    def keep(self, answered: Sequence[tuple[NamedProduct, PushResult]]) -> None:
        """The file says nothing that a link keeps."""

    def forget(self, line_ids: Sequence[int]) -> None:
        forget_sent_hashes(line_ids)
