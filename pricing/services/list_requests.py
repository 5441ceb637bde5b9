"""Ask the price queue to tell lists and customer groups of the shops: a request per item, list and quantity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from erp.models import PriceList
from erp.services.price_breaks import break_quantities
from pricing.models import SentListPrice
from pricing.selectors.list_prices import mapped_lists
from sites.models import PriceListLine, Site
from sync_queues.inputs import RequestInput

CHUNK = 500


def list_requests(
    *,
    site: Site,
    item_ids: Collection[int],
    price_list_id: int | None = None,
    parents: dict[int, int | None] | None = None,
    forced: bool = False,
) -> list[RequestInput]:
    """Requests for the list prices of these items: for each quantity at which one begins, or was sent to begin.

    item_ids: linked at the site. price_list_id: the list that changed; None: whichever. parents: as `parent_lists`
    answers, where the caller has it already. Two statements per 500 items.
    """
    lines = mapped_lists(site=site) if item_ids else []
    if not lines:
        return []
    known = parent_lists() if parents is None else parents
    chains = {line.price_list_id: chain_of(line.price_list_id, known) for line in lines}
    if price_list_id is not None:
        chains = {pk: chain for pk, chain in chains.items() if price_list_id in chain}
    found = break_quantities(item_ids=item_ids, lists=chains)
    _add_sent(found, [line for line in lines if line.price_list_id in chains], site, item_ids)
    return [
        RequestInput(item_id=item_id, price_list_id=pk, min_quantity=quantity, forced=forced)
        for pk, of_list in found.items()
        for item_id, quantities in of_list.items()
        for quantity in quantities
    ]


def _add_sent(
    found: dict[int, dict[int, set[Decimal]]],
    lines: Sequence[PriceListLine],
    site: Site,
    item_ids: Collection[int],
) -> None:
    """Prices that the shop has: of those the ERP has no more, it is to hear too."""
    lists: dict[str, int] = {line.remote_code: line.price_list_id for line in lines}
    ordered = sorted(set(item_ids)) if lists else []
    for start in range(0, len(ordered), CHUNK):
        rows = SentListPrice.objects.filter(
            line__site=site,
            line__item_id__in=ordered[start : start + CHUNK],
            remote_code__in=lists,
            price__isnull=False,
        )
        columns = rows.order_by().values_list("remote_code", "line__item_id", "base_quantity").distinct()
        for code, item_id, quantity in columns:
            if item_id is not None:
                found[lists[code]].setdefault(item_id, set()).add(quantity)


def parent_lists() -> dict[int, int | None]:
    """List -> the one that it falls back on; one statement."""
    return dict(PriceList.objects.values_list("pk", "parent_id"))


def chain_of(start: int | None, parents: dict[int, int | None]) -> set[int]:
    """The list and all that it falls back on."""
    seen: set[int] = set()
    while start is not None and start not in seen:
        seen.add(start)
        start = parents.get(start)
    return seen
