"""Requests of one transaction go into the queue once, in one order, at its end."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from catalog.services.requests import gathering_requests, request_quantities
from erp.inputs import MovementInput
from erp.models import Item, MovementType, Warehouse
from erp.services.stock import post_movements
from sites.models import Site, WarehouseLine
from sync_queues.models import UpdateQtyRequest
from tests.catalog.world import D, link, make_item, make_site
from tests.erp.factories import make_warehouse, stock_up
from tests.erp.test_concurrency import together

pytestmark = pytest.mark.django_db


def queued(site: Site) -> list[str]:
    rows = UpdateQtyRequest.objects.filter(site=site).order_by("pk")
    return list(rows.values_list("item__code", flat=True))


def linked_items(site: Site, count: int) -> list[Item]:
    items = [make_item(f"M{number}") for number in range(count)]
    for item in items:
        link(site, item, 100 + item.pk)
    return items


def test_nothing_is_queued_before_the_end_and_then_all_at_once_in_order() -> None:
    site = make_site()
    items = linked_items(site, 3)
    with transaction.atomic(), gathering_requests():
        for item in reversed(items):
            stock_up(item, make_warehouse(), 1)
            request_quantities(item_ids=[item.pk], sites=[site])
        assert queued(site) == []
    assert queued(site) == ["M0", "M1", "M2"]


def test_inner_blocks_join_the_outer_one_and_one_that_fails_is_forgotten() -> None:
    site = make_site()
    kept, lost = linked_items(site, 2)
    with transaction.atomic(), gathering_requests():
        with gathering_requests():
            stock_up(kept, make_warehouse(), 1)
        assert queued(site) == []
        with pytest.raises(RuntimeError), transaction.atomic(), gathering_requests():
            stock_up(lost, make_warehouse(), 1)
            raise RuntimeError
    assert queued(site) == ["M0"]


def test_shops_that_do_not_sell_from_the_warehouse_are_left_out() -> None:
    site, other = make_site(), make_site(default_warehouse=make_warehouse("FAR"))
    [item] = linked_items(site, 1)
    link(other, item, 900)
    WarehouseLine.objects.create(site=other, warehouse=make_warehouse("FAR"), remote_location_id="1")
    with transaction.atomic(), gathering_requests():
        stock_up(item, make_warehouse(), 1)
    assert (queued(site), queued(other)) == (["M0"], [])


@pytest.mark.django_db(transaction=True)
def test_two_transactions_over_the_same_items_in_two_warehouses_never_wait_in_a_circle() -> None:
    places = [make_warehouse("EAST"), make_warehouse("WEST")]
    site = make_site(default_warehouse=places[0])
    for place in places:
        WarehouseLine.objects.create(site=site, warehouse=place, remote_location_id=place.code)
    items = linked_items(site, 2)
    barrier = threading.Barrier(2, timeout=20)

    def move(place: Warehouse, order: list[Item]) -> None:
        """Both hold their first item before either asks for its second."""
        with transaction.atomic(), gathering_requests():
            for turn, item in enumerate(order):
                post_movements(movements=[MovementInput(item, place, D(1), MovementType.OPENING)])
                if turn == 0 and is_concurrent:
                    barrier.wait()

    is_concurrent = connection.vendor == "postgresql"  # SQLite has one writer at a time
    together([partial(move, places[0], items), partial(move, places[1], items[::-1])])
    assert sorted(queued(site)) == ["M0", "M1"]
