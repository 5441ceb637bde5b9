"""Keep the link of products that we have just created in the shop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from linking.models import ItemLinkerLine, LinkState, MatchSource
from linking.services.announce import announce_linked
from linking.services.linkers import linker_for
from sites.models import Site

_ANSWER = (
    "item", "unit", "remote_sku", "remote_name", "remote_inventory_id", "parent_remote_id", "remote_kind", "state",
    "match_source", "candidates", "last_seen_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreatedLink:
    """A product (or a variant: then `remote_variant_id` is its id and `remote_product_id` its parent's)."""

    item_id: int
    remote_product_id: str
    remote_variant_id: str = ""
    remote_sku: str = ""
    remote_name: str = ""
    remote_inventory_id: str = ""
    parent_remote_id: str = ""
    remote_kind: str = "simple"
    unit_id: int | None = None


def record_created(*, site: Site, rows: Iterable[CreatedLink]) -> dict[int, ItemLinkerLine]:
    """Link items with the products made for them; safe to repeat. Returns the line of each item.

    An earlier line of the same item whose product is gone gives way to the new one.
    """
    chosen = {(row.item_id, row.unit_id): row for row in rows if row.remote_product_id}
    if not chosen:
        return {}
    linker, now = linker_for(site), timezone.now()
    items = {row.item_id for row in chosen.values()}
    with transaction.atomic():
        present = {
            (line.remote_product_id, line.remote_variant_id): line
            for line in ItemLinkerLine.objects.filter(
                site=site, remote_product_id__in={row.remote_product_id for row in chosen.values()}
            )
        }
        wanted = {(row.remote_product_id, row.remote_variant_id) for row in chosen.values()}
        fresh = {row.item_id for row in chosen.values() if not _is_link_of(present, row)}
        _let_go(site, set(chosen), wanted)
        lines = [
            ItemLinkerLine(
                linker=linker,
                site=site,
                item_id=row.item_id,
                unit_id=row.unit_id,
                remote_product_id=row.remote_product_id,
                remote_variant_id=row.remote_variant_id,
                remote_sku=row.remote_sku,
                remote_name=row.remote_name[:500],
                remote_inventory_id=row.remote_inventory_id,
                parent_remote_id=row.parent_remote_id,
                remote_kind=row.remote_kind,
                match_source=MatchSource.CREATED,
                state=LinkState.LINKED,
                last_seen_at=now,
                updated_at=now,
            )
            for _key, row in sorted(chosen.items(), key=lambda pair: pair[0][0])
        ]
        ItemLinkerLine.objects.bulk_create(
            lines,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["site", "remote_product_id", "remote_variant_id"],
            update_fields=_ANSWER,
        )
        stored = ItemLinkerLine.objects.filter(site=site, item_id__in=items, state=LinkState.LINKED)
        found = {
            line.item_id: line for line in stored.order_by("-unit_id", "-id") if line.item_id is not None
        }
        announce_linked(site_id=site.pk, item_ids=fresh, skus={row.remote_sku for row in chosen.values()})
    return found


def _is_link_of(present: dict[tuple[str, str], ItemLinkerLine], row: CreatedLink) -> bool:
    line = present.get((row.remote_product_id, row.remote_variant_id))
    return line is not None and line.is_linked and line.item_id == row.item_id


def _let_go(site: Site, sold: set[tuple[int, int | None]], wanted: set[tuple[str, str]]) -> None:
    """Free the place of items that are linked to another product, which the shop has lost."""
    lines = ItemLinkerLine.objects.filter(
        site=site, item_id__in={key[0] for key in sold}, state=LinkState.LINKED
    )
    gone = [
        line.pk
        for line in lines
        if (line.item_id, line.unit_id) in sold
        and (line.remote_product_id, line.remote_variant_id) not in wanted
    ]
    if gone:
        ItemLinkerLine.objects.filter(pk__in=gone).update(
            state=LinkState.REMOTE_MISSING, updated_at=timezone.now()
        )
