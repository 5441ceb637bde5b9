"""Ask the queues to tell the shops: only those that want it, know the item, and let it in."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from catalog.models import ProductConfig
from catalog.selectors.admission import admitted, item_condition, load_items, quantity_condition
from catalog.selectors.stock import warehouse_ids_for_stock
from ecomsync.common.conf import conf
from ecomsync.common.errors import ConfigurationError
from erp.models import Item, Warehouse
from erp.models.items import ItemType
from linking.selectors import linked_lines, sellable_lines
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.services.enqueue import enqueue

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Wish:
    """A call of `request_quantities`. sites: by id; None: all that publish stock."""

    item_ids: set[int]
    warehouse_ids: set[int]
    sites: dict[int, Site] | None
    forced: bool

    @property
    def kind(self) -> tuple[frozenset[int] | None, bool, bool]:
        """Wishes of one kind are one wish over all their items."""
        return (
            frozenset(self.sites) if self.sites is not None else None,
            self.forced,
            bool(self.warehouse_ids),
        )


_gathered: ContextVar[list[_Wish] | None] = ContextVar("catalog_gathered_requests", default=None)


@contextmanager
def gathering_requests() -> Iterator[None]:
    """Put the quantity requests made inside into the queues once, in the order of their keys, at the end of the block.

    For a transaction that moves stock more than once: two of them that touch the same items in different orders then
    never wait for each other's queue rows in a circle. Must end inside the transaction; inner blocks join the outer
    one, and what is made in a block that fails is forgotten with it.
    """
    outer = _gathered.get()
    found: list[_Wish] = []
    token = _gathered.set(found)
    try:
        yield
    finally:
        _gathered.reset(token)
    if outer is not None:
        outer += found
    else:
        _enqueue(found)


def request_quantities(
    *,
    item_ids: Collection[int],
    warehouse_ids: Collection[int] = (),
    sites: Iterable[Site] | None = None,
    forced: bool = False,
) -> int:
    """Quantity requests for these items in the given sites, else in all that publish stock.

    Returns how many; 0 inside `gathering_requests`, where they are made later.
    warehouse_ids: where stock changed; shops that do not sell from any of them are left out. Empty: no matter where.
    Only writes rows; the statements per site do not depend on the number of items (one insert per 500).
    """
    if not item_ids or not conf.inventory_sync_enabled:
        return 0
    chosen = {site.pk: site for site in sites} if sites is not None else None
    wish = _Wish(set(item_ids), set(warehouse_ids), chosen, forced)
    gathered = _gathered.get()
    if gathered is None:
        return _enqueue([wish])
    gathered.append(wish)
    return 0


def _enqueue(wishes: Sequence[_Wish]) -> int:
    rows: dict[int, dict[int, RequestInput]] = {}
    sites: dict[int, Site] = {}
    for wish in _merged(wishes):
        for site, item_ids in _chosen(wish):
            sites[site.pk] = site
            mine = rows.setdefault(site.pk, {})
            for pk in item_ids:
                forced = wish.forced or (pk in mine and mine[pk].forced)
                mine[pk] = RequestInput(item_id=pk, forced=forced)
    return sum(
        enqueue("qty", site=sites[key], rows=[rows[key][pk] for pk in sorted(rows[key])]).total
        for key in sorted(rows)
    )


def _merged(wishes: Sequence[_Wish]) -> list[_Wish]:
    found: dict[tuple[frozenset[int] | None, bool, bool], _Wish] = {}
    for wish in wishes:
        same = found.get(wish.kind)
        if same is None:
            found[wish.kind] = wish
        else:
            same.item_ids |= wish.item_ids
            same.warehouse_ids |= wish.warehouse_ids
    return list(found.values())


def _chosen(wish: _Wish) -> Iterator[tuple[Site, set[int]]]:
    """The sites that want to hear of it, with the items that they sell and let in."""
    wanted = _sites_that("update_quantities", wish.sites.values() if wish.sites is not None else None)
    items = load_items(wish.item_ids) if wanted else {}
    codes = _warehouse_codes(wish.warehouse_ids) if wanted and wish.warehouse_ids else []
    for site in wanted:
        if wish.warehouse_ids and not warehouse_ids_for_stock(site) & wish.warehouse_ids:
            continue
        lines = sellable_lines(site=site).filter(item_id__in=wish.item_ids).order_by()
        linked = set(lines.values_list("item_id", flat=True))
        yield site, _let_in_quantities(site, [items[pk] for pk in linked if pk in items], codes)


def request_items(
    *, item_ids: Collection[int], sites: Iterable[Site] | None = None, forced: bool = False
) -> int:
    """Item requests for these items in the given sites, else in all that take items. Returns how many.

    An item that the criteria keep out is not asked for, unless the shop has it already and it is inactive or not for
    sale: then it is to be disabled there, if the site wants that.
    """
    if not item_ids:
        return 0
    wanted = _sites_that("send_items_to_magento", sites)
    items = load_items(item_ids) if wanted else {}
    total = 0
    for site in wanted:
        linked = linked_item_ids(site, item_ids)
        configured = set(
            ProductConfig.objects.filter(site=site, item_id__in=item_ids, active=True).values_list(
                "item_id", flat=True
            )
        )
        rows = [
            RequestInput(item_id=item.pk, action=action, forced=forced)
            for item in sorted(items.values(), key=lambda item: item.pk)
            if (
                action := action_for(
                    site, item, is_linked=item.pk in linked, is_configured=item.pk in configured
                )
            )
        ]
        chosen = _let_in_items(site, items, rows)
        total += enqueue("item", site=site, rows=chosen).total
    return total


def items_wanting_quantities(site: Site, item_ids: Collection[int]) -> set[int]:
    """Those of the items whose stock the site is told, by its criteria."""
    return _let_in_quantities(site, list(load_items(item_ids).values()), [])


def linked_item_ids(site: Site, item_ids: Collection[int]) -> set[int]:
    """Those of the items that the shop knows."""
    lines = linked_lines(site=site).filter(item_id__in=item_ids).order_by()
    return set(lines.values_list("item_id", flat=True).distinct())


def _sites_that(switch: str, sites: Iterable[Site] | None) -> list[Site]:
    chosen = Site.objects.filter(active=True) if sites is None else sites
    return [site for site in chosen if site.active and getattr(site, switch)]


def _warehouse_codes(warehouse_ids: Collection[int]) -> list[str]:
    return list(Warehouse.objects.filter(pk__in=warehouse_ids).values_list("code", flat=True))


def _let_in_quantities(site: Site, items: list[Item], codes: list[str]) -> set[int]:
    """A criterion that cannot be read must not undo the movement that was announced: everything goes then."""
    try:
        condition = quantity_condition(site)
    except ConfigurationError as error:
        logger.error("%s", error, extra={"site": site.code})
        return {item.pk for item in items}
    return admitted(
        condition, items, extra={"warehouse": codes} if codes else {"warehouse": _own_codes(site)}
    )


def _own_codes(site: Site) -> list[str]:
    lines = site.ecommerce_warehouse_lines.filter(active=True, for_stock=True)
    return list(lines.values_list("warehouse__code", flat=True))


def _let_in_items(site: Site, items: dict[int, Item], rows: list[RequestInput]) -> list[RequestInput]:
    try:
        inside = admitted(item_condition(site), items.values())
    except ConfigurationError as error:
        logger.error("%s", error, extra={"site": site.code})
        return []
    return [row for row in rows if row.action == "disable" or row.item_id in inside]


def action_for(site: Site, item: Item, *, is_linked: bool, is_configured: bool) -> str:
    """send, disable, or "" when the shop need not hear of it."""
    if item.item_type == ItemType.SERVICE and not (is_linked or is_configured):
        return ""
    if item.active and item.sellable:
        return "send" if is_linked or is_configured or site.create_products else ""
    return "disable" if is_linked and site.disable_products_when_inactive else ""
