"""Which stock changed since a site was last asked to look at it: found by comparison, whoever changed it.

Every balance that feeds the site is compared with its mark (`StockMark`); what differs is asked for and marked in the
same transaction. On PostgreSQL that is one statement, on SQLite two; nothing of it passes through Python, so memory does
not grow with the tables. Sites with criteria are read page by page, since criteria are looked at in Python.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from catalog.models import StockMark
from catalog.selectors.admission import item_context, load_items, quantity_condition
from catalog.selectors.stock import warehouse_ids_for_stock
from ecomsync.common.conditions import Condition
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.sql import large_statements, table_of
from erp.models import Item, KitComponent, StockBalance, Warehouse
from linking.selectors import sellable_lines
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.services.enqueue import enqueue, insert_for_items

logger = logging.getLogger(__name__)

PAGE = 500


@dataclass(frozen=True, slots=True)
class DeltaReport:
    """changed: balances that differed from their marks. requested = created + joined; joined waited already."""

    changed: int = 0
    created: int = 0
    joined: int = 0

    @property
    def requested(self) -> int:
        return self.created + self.joined


def request_changed_quantities(site: Site) -> DeltaReport:
    """Ask for the figures of all items of the site whose balances differ from what was seen last.

    Looks at on hand, reserved and safety stock in the warehouses that the site sells from, of items that it sells and
    of the components of kits that it sells. A balance without a mark counts as changed. May be repeated, killed or run
    beside movements at any time: requests and marks are committed together, and a balance that changes meanwhile
    differs from its mark at the next look.
    """
    warehouses = sorted(warehouse_ids_for_stock(site))
    if not (site.active and site.update_quantities and warehouses):
        return DeltaReport()
    condition = _condition(site)
    if condition is not None:
        return _page_by_page(site, warehouses, condition)
    return _in_one(site, warehouses) if connection.vendor == "postgresql" else _in_two(site, warehouses)


def _condition(site: Site) -> Condition | None:
    """None: everything is let in, also when a criterion cannot be read (as in `request_quantities`)."""
    if not site.update_qty_for.filter(active=True).exists():
        return None
    try:
        return quantity_condition(site)
    except ConfigurationError as error:
        logger.error("%s", error, extra={"site": site.code})
        return None


# ---------------------------------------------------------------- in SQL


def _with(site: Site, warehouses: Sequence[int]) -> tuple[str, list[Any]]:
    """The parts of the comparison: sold (items, some more than once), changed (balances), wanted (items to ask for).

    Whether the site sells an item is asked of the few balances that differ only, hence CASE; and "IS TRUE" lets
    PostgreSQL look it up in a hash table. Joined, the items would be taken for 200 different ones, however many there
    are, and every later step would be planned for that. What changed and is in no kit is sold by itself. Items are joined
    only where some have a safety stock of their own; one that gets the first while we look is found at the next look.
    """
    materialized = "MATERIALIZED " if connection.vendor == "postgresql" else ""
    sold, values = sellable_lines(site=site).order_by().values("item_id").query.sql_with_params()
    kits, places = table_of(KitComponent), ", ".join(str(int(pk)) for pk in warehouses)
    safety, with_items = "COALESCE(b.safety_stock, 0)", ""
    if Item.objects.exclude(safety_stock=0).exists():
        safety = "COALESCE(b.safety_stock, i.safety_stock, 0)"
        with_items = f"LEFT JOIN {table_of(Item)} AS i ON i.id = b.item_id AND i.safety_stock <> 0"
    statement = f"""WITH sold AS {materialized}({sold}),
changed AS {materialized}(
  SELECT b.item_id, b.warehouse_id, b.on_hand, b.reserved, {safety} AS safety_stock
  FROM {table_of(StockBalance)} AS b {with_items}
  LEFT JOIN {table_of(StockMark)} AS m
    ON m.site_id = {int(site.pk)} AND m.item_id = b.item_id AND m.warehouse_id = b.warehouse_id
  WHERE b.warehouse_id IN ({places}) AND CASE
    WHEN m.item_id IS NULL OR b.on_hand <> m.on_hand OR b.reserved <> m.reserved OR {safety} <> m.safety_stock
    THEN b.item_id IN (SELECT item_id FROM sold) OR b.item_id IN (
      SELECT k.component_id FROM {kits} AS k WHERE (k.kit_id IN (SELECT item_id FROM sold)) IS TRUE)
    ELSE false END
),
wanted AS {materialized}(
  SELECT c.item_id FROM changed AS c
    WHERE c.item_id NOT IN (SELECT component_id FROM {kits}) OR c.item_id IN (SELECT item_id FROM sold)
  UNION SELECT k.kit_id FROM changed AS c JOIN {kits} AS k ON k.component_id = c.item_id
    WHERE (k.kit_id IN (SELECT item_id FROM sold)) IS TRUE
)"""
    return statement, list(values)


def _mark(site: Site) -> str:
    return (
        f"INSERT INTO {table_of(StockMark)} (site_id, item_id, warehouse_id, on_hand, reserved, safety_stock) "
        f"SELECT {int(site.pk)}, item_id, warehouse_id, on_hand, reserved, safety_stock FROM changed "
        "WHERE true ORDER BY item_id, warehouse_id ON CONFLICT (site_id, item_id, warehouse_id) DO UPDATE SET "
        "on_hand = excluded.on_hand, reserved = excluded.reserved, safety_stock = excluded.safety_stock"
    )


def _in_one(site: Site, warehouses: Sequence[int]) -> DeltaReport:
    found, values = _with(site, warehouses)
    ask, cells = insert_for_items("qty", site=site, source="wanted")
    statement = (
        f"{found},\nmarked AS ({_mark(site)}),\nasked AS ({ask})\n"
        "SELECT (SELECT count(*) FROM changed), count(*) FILTER (WHERE coalesced = 0), "
        "count(*) FILTER (WHERE coalesced > 0) FROM asked"
    )
    with large_statements(), connection.cursor() as cursor:
        cursor.execute(statement, [*values, *cells])
        changed, created, joined = cursor.fetchone()
    return DeltaReport(changed, created, joined)


def _in_two(site: Site, warehouses: Sequence[int]) -> DeltaReport:
    """SQLite writes to one table per statement; its one writer sees no change between the two."""
    found, values = _with(site, warehouses)
    ask, cells = insert_for_items("qty", site=site, source="wanted")
    created = joined = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{found}\n{ask}", [*values, *cells])
        while part := cursor.fetchmany(PAGE):
            new = sum(1 for (coalesced,) in part if coalesced == 0)
            created, joined = created + new, joined + len(part) - new
        cursor.execute(f"{found}\n{_mark(site)}", values)
        cursor.execute("SELECT changes()")  # a rowcount is only told of statements that begin with INSERT
        changed = cursor.fetchone()[0]
    return DeltaReport(changed, created, joined)


# ---------------------------------------------------------------- page by page, through the criteria

Row = tuple[int, int, Any, Any, Any]


def _page_by_page(site: Site, warehouses: Sequence[int], condition: Condition) -> DeltaReport:
    codes = dict(Warehouse.objects.filter(pk__in=warehouses).values_list("pk", "code"))
    changed = created = joined = 0
    for page in _pages(site, warehouses):
        with transaction.atomic():
            inside = _let_in(site, condition, page, codes)
            result = enqueue("qty", site=site, rows=[RequestInput(item_id=pk) for pk in inside])
            _mark_page(site, page)
        changed, created, joined = changed + len(page), created + result.created, joined + result.coalesced
    return DeltaReport(changed, created, joined)


def _pages(site: Site, warehouses: Sequence[int]) -> Iterator[list[Row]]:
    found, values = _with(site, warehouses)
    statement = (
        f"{found}\nSELECT item_id, warehouse_id, on_hand, reserved, safety_stock FROM changed "
        "WHERE (item_id, warehouse_id) > (%s, %s) ORDER BY item_id, warehouse_id LIMIT %s"
    )
    after = (0, 0)
    while True:
        with large_statements(), connection.cursor() as cursor:
            cursor.execute(statement, [*values, *after, PAGE])
            page = cursor.fetchall()
        if not page:
            return
        yield page
        after = (page[-1][0], page[-1][1])


def _let_in(site: Site, condition: Condition, page: Sequence[Row], codes: Mapping[int, str]) -> list[int]:
    """Items of the page and kits that hold them, as far as the site sells and admits them."""
    changed_in: dict[int, set[str]] = defaultdict(set)
    for item_id, warehouse_id, *_figures in page:
        changed_in[item_id].add(codes[warehouse_id])
    kits = KitComponent.objects.filter(component_id__in=list(changed_in))
    for kit_id, component_id in kits.values_list("kit_id", "component_id"):
        changed_in[kit_id] |= changed_in[component_id]
    lines = sellable_lines(site=site).filter(item_id__in=list(changed_in)).order_by()
    items = load_items(set(lines.values_list("item_id", flat=True)))
    return [
        pk
        for pk, item in sorted(items.items())
        if condition.matches({**item_context(item), "warehouse": sorted(changed_in[pk])})
    ]


def _mark_page(site: Site, page: Sequence[Row]) -> None:
    StockMark.objects.bulk_create(
        [
            StockMark(
                site=site,
                item_id=item_id,
                warehouse_id=warehouse_id,
                on_hand=on_hand,
                reserved=reserved,
                safety_stock=safety_stock,
            )
            for item_id, warehouse_id, on_hand, reserved, safety_stock in page
        ],
        update_conflicts=True,
        unique_fields=["site", "item", "warehouse"],
        update_fields=["on_hand", "reserved", "safety_stock"],
    )
