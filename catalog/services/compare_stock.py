"""Whether the shop shows the stock figure that it should show now."""

from __future__ import annotations

from decimal import Decimal

from activity.models import Difference
from activity.services.differences import Found
from catalog.handlers import QuantityHandler
from catalog.handlers.quantities import PlannedQuantity
from catalog.services.requests import items_wanting_quantities
from ecomsync.common.conf import conf
from linking.comparers import ComparedPage, Comparison, Pair
from linking.models import ItemLinkerLine
from sync_queues.models import UpdateQtyRequest
from sync_queues.selectors import items_on_their_way

Aspect, Kind, Problem = Difference.Aspect, Difference.Kind, Difference.Problem


def compare_stock(page: ComparedPage) -> Comparison:
    """The figure of each linked product, computed as it would be sent now, beside the shop's.

    A figure is no difference while its request waits, when it was sent after the page was read, and while the shop has
    sales that we have not read: these are waiting. Only where the site publishes stock, and items that its criteria admit.
    """
    compared = Comparison()
    pairs = page.sellable
    if not page.site.update_quantities or not conf.inventory_sync_enabled or not pairs:
        return compared
    planned = _planned(page)
    differing = [
        (pair, entry)
        for pair in pairs
        if pair.line.pk in planned and (entry := _difference(pair, planned[pair.line.pk])) is not None
    ]
    if not differing:
        return compared
    items = [pair.line.item_id for pair, _entry in differing if pair.line.item_id is not None]
    moving = items_on_their_way("qty", site=page.site, item_ids=items)
    selling = page.in_flight.remote_ids()
    for pair, entry in differing:
        # The page's lines were read after the shop; a figure that went out in between is seen on the fresh ones.
        sent_at = planned[pair.line.pk].line.last_sent_quantity_at
        waits = pair.line.item_id in moving or page.was_sent_since(sent_at) or _is_selling(pair.line, selling)
        if waits:
            compared.waiting.add((entry.kind, entry.key))
        else:
            compared.found.append(entry)
    return compared


def _planned(page: ComparedPage) -> dict[int, PlannedQuantity]:
    """Line -> what it would be told."""
    ids = {pair.line.item_id for pair in page.sellable if pair.line.item_id is not None}
    wanted = items_wanting_quantities(page.site, ids)
    requests = [UpdateQtyRequest(site=page.site, item_id=item_id) for item_id in sorted(wanted)]
    handler = QuantityHandler(page.site, page.adapter)
    return handler.wholes(requests)


def _difference(pair: Pair, planned: PlannedQuantity) -> Found | None:
    product, wanted = pair.product, planned.quantity
    if any(part.code == "not_stocked" for part in planned.figure.parts):
        return None
    key, erp = pair.line.remote_id, _short(wanted)
    if not product.manages_stock:
        return Found(Kind.STOCK, Problem.DIFFERENT, key, Aspect.STOCK_KEEPING, "", erp, subject=pair.line)
    if product.quantity == wanted:
        return None
    shop = "" if product.quantity is None else _short(product.quantity)
    return Found(Kind.STOCK, Problem.DIFFERENT, key, Aspect.QUANTITY, shop, erp, subject=pair.line)


def _is_selling(line: ItemLinkerLine, remote_ids: frozenset[str]) -> bool:
    return line.remote_id in remote_ids


def _short(value: Decimal) -> str:
    return f"{value.normalize():f}"
