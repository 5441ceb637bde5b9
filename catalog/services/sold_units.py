"""Units that a shop has sold and the ERP does not know yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from django.db import transaction

from catalog.models import SoldInShop
from catalog.services.requests import request_quantities
from ecomsync.common.money import ZERO
from erp.models import KitComponent
from linking.models import ItemLinkerLine
from linking.services.record_sent import places_text
from sites.models import Site


def set_sold_units(
    *, site: Site, remote_order_id: str, quantities: Mapping[int, Decimal], warehouse_id: int | None = None
) -> None:
    """State what an order took out of the shop's stock: item id -> base units. Replaces what was stated before.

    Kits are counted as their components. The figure that the shop was last sent is forgotten for these items,
    since the shop itself has changed it by the sale, and the new figures are asked for.
    warehouse_id: from which the order will be delivered; other shops that sell from it show less too.
    """
    wanted = _without_kits({item: quantity for item, quantity in quantities.items() if quantity > 0})
    with transaction.atomic():
        present = {
            row.item_id: row for row in SoldInShop.objects.filter(site=site, remote_order_id=remote_order_id)
        }
        if {item: (row.quantity, row.warehouse_id) for item, row in present.items()} == {
            item: (quantity, warehouse_id) for item, quantity in wanted.items()
        }:
            return
        gone = [row.pk for item, row in present.items() if item not in wanted]
        if gone:
            SoldInShop.objects.filter(pk__in=gone).delete()
        SoldInShop.objects.bulk_create(
            [
                SoldInShop(
                    site=site,
                    remote_order_id=remote_order_id,
                    item_id=item,
                    quantity=quantity,
                    warehouse_id=warehouse_id,
                )
                for item, quantity in wanted.items()
            ],
            update_conflicts=True,
            unique_fields=["site", "remote_order_id", "item"],
            update_fields=["quantity", "warehouse"],
        )
        touched = _with_their_kits({*present, *wanted, *quantities})
        _forget_sent(site, touched)
        _request(site, touched, {warehouse_id, *(row.warehouse_id for row in present.values())})


def clear_sold_units(*, site: Site, remote_order_id: str) -> None:
    """The order is in the ERP now, or will never be: its units count there, or nowhere."""
    with transaction.atomic():
        rows = SoldInShop.objects.filter(site=site, remote_order_id=remote_order_id)
        stated = list(rows.values_list("item_id", "warehouse_id"))
        if stated:
            rows.delete()
            items = _with_their_kits({item for item, _warehouse in stated})
            _request(site, items, {warehouse for _item, warehouse in stated})


def note_given_back(*, site: Site, item_ids: Collection[int]) -> None:
    """The shop has put units of these items back by itself, so what it was last sent is not what it shows any more.

    A figure that was sent between a sale and its cancellation, before the sale was known here, stands too high by it
    ever since, though it equals the present one: it is sent again.
    """
    with transaction.atomic():
        touched = _with_their_kits(item_ids)
        _forget_sent(site, touched)
        request_quantities(item_ids=touched, sites=[site])


def _forget_sent(site: Site, item_ids: Collection[int]) -> None:
    """In the order of the lines, as those lock them who record what was sent: nobody waits in a circle.

    The locations stay known, without a figure: one that is no longer mapped must still be emptied.
    """
    lines = ItemLinkerLine.objects.filter(site=site, item_id__in=item_ids).exclude(
        last_sent_quantity=None, last_sent_places=""
    )
    locked = lines.order_by("pk").select_for_update().only("last_sent_places")
    by_places: dict[str, list[int]] = defaultdict(list)
    for line in locked:
        by_places[places_text(dict.fromkeys(line.sent_places))].append(line.pk)
    for places, keys in by_places.items():
        ItemLinkerLine.objects.filter(pk__in=keys).update(last_sent_quantity=None, last_sent_places=places)


def _request(site: Site, item_ids: Collection[int], warehouse_ids: Collection[int | None]) -> None:
    """New figures for this shop, and for others that sell from these warehouses."""
    request_quantities(item_ids=item_ids, sites=[site])
    places = {pk for pk in warehouse_ids if pk is not None}
    others = Site.objects.filter(active=True, update_quantities=True).exclude(pk=site.pk)
    if places:
        request_quantities(item_ids=item_ids, warehouse_ids=places, sites=others)


def _with_their_kits(item_ids: Collection[int]) -> set[int]:
    kits = KitComponent.objects.filter(component_id__in=item_ids).values_list("kit_id", flat=True)
    return {*item_ids, *kits}


def _without_kits(quantities: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Kits replaced by their components."""
    parts = KitComponent.objects.filter(kit_id__in=quantities).values_list(
        "kit_id", "component_id", "quantity"
    )
    by_kit: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for kit, component, quantity in parts:
        by_kit[kit].append((component, quantity))
    flat: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item, quantity in quantities.items():
        for component, per_kit in by_kit.get(item) or [(item, Decimal(1))]:
            flat[component] += quantity * per_kit
    return dict(flat)
