"""Ask the price queue to tell the shops: those that want prices, use the list, and know the item."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef

from ecomsync.common.conf import conf
from linking.selectors import sellable_lines
from pricing.services.list_requests import chain_of, list_requests, parent_lists
from sites.models import PriceListLine, Site
from sync_queues.inputs import RequestInput
from sync_queues.services.enqueue import enqueue


def request_prices(
    *,
    item_ids: Collection[int],
    price_list_id: int | None = None,
    sites: Iterable[Site] | None = None,
    forced: bool = False,
    base: bool = True,
    lists: bool = True,
) -> int:
    """Price requests for these items in the given sites, else in all whose prices may come from there.

    price_list_id: the list that changed; None: the prices on the items themselves, which every price source falls back
    on, or, with sites named, all that the items cost there. base, lists: whether base prices and the prices of lists
    and customer groups are asked for. Only writes rows. Returns how many.
    """
    if not item_ids or not conf.price_sync_enabled:
        return 0
    wants_lists = lists and (price_list_id is not None or sites is not None)
    wanted = [site for site in _all_sites() if site.update_prices] if sites is None else _working(sites)
    parents = parent_lists() if price_list_id is not None and wanted else {}
    total = 0
    for site in wanted:
        has_lists = wants_lists and getattr(site, "maps_lists", True)
        to_base = base and (
            price_list_id is None or price_list_id in chain_of(site.price_source_list_id, parents)
        )
        if not to_base and not has_lists:
            continue
        lines = sellable_lines(site=site).filter(item_id__in=item_ids).order_by("item_id")
        linked = list(lines.values_list("item_id", flat=True).distinct())
        rows = [RequestInput(item_id=pk, forced=forced) for pk in linked] if to_base else []
        if has_lists:
            rows += list_requests(
                site=site,
                item_ids=linked,
                price_list_id=price_list_id,
                parents=parents if price_list_id is not None else None,
                forced=forced,
            )
        total += enqueue("price", site=site, rows=rows).total
    return total


def _all_sites() -> Iterable[Site]:
    """Active sites, each with `maps_lists`: whether it shows price lists of the ERP in lists of its own."""
    maps = Exists(PriceListLine.objects.filter(site=OuterRef("pk"), active=True))
    return Site.objects.filter(active=True).select_related("price_source_list").annotate(maps_lists=maps)


def _working(sites: Iterable[Site]) -> list[Site]:
    return [site for site in sites if site.active and site.update_prices]
