"""Ask the price queue to tell the shops: those that want prices, use the list, and know the item."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ecomsync.common.conf import conf
from erp.models import PriceList
from linking.selectors import sellable_lines
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.services.enqueue import enqueue


def request_prices(
    *,
    item_ids: Collection[int],
    price_list_id: int | None = None,
    sites: Iterable[Site] | None = None,
    forced: bool = False,
) -> int:
    """Price requests for these items in the given sites, else in all whose prices may come from there.

    price_list_id: the list that changed; None: the prices on the items themselves, which every list falls back on.
    Only writes rows. Returns how many.
    """
    if not item_ids or not conf.price_sync_enabled:
        return 0
    chosen = Site.objects.filter(active=True).select_related("price_source_list") if sites is None else sites
    wanted = [site for site in chosen if site.active and site.update_prices]
    parents = _parents() if price_list_id is not None and wanted else {}
    total = 0
    for site in wanted:
        if price_list_id is not None and price_list_id not in _chain(site.price_source_list_id, parents):
            continue
        lines = sellable_lines(site=site).filter(item_id__in=item_ids).order_by("item_id")
        linked = lines.values_list("item_id", flat=True).distinct()
        rows = [RequestInput(item_id=pk, forced=forced) for pk in linked]
        total += enqueue("price", site=site, rows=rows).total
    return total


def _parents() -> dict[int, int | None]:
    return dict(PriceList.objects.values_list("pk", "parent_id"))


def _chain(start: int | None, parents: dict[int, int | None]) -> set[int]:
    """The list and all that it falls back on."""
    seen: set[int] = set()
    while start is not None and start not in seen:
        seen.add(start)
        start = parents.get(start)
    return seen
