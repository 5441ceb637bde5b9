"""Several deliveries of one order: each told once, the last one completes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import DeliveryMethod, SalesOrder
from erp.services.deliveries import cancel_delivery, create_delivery, ship_delivery
from orders.models import Order, OrderOutbox
from orders.services.import_order import import_order
from orders.services.push_outbox import push_outbox
from orders.states import OutboxState
from platforms.types import OrderPhase, Parcel, ShipmentNotice, StatusNotice
from sites.models import Site
from tests.orders.factories import later, make_item, make_line, make_remote, one

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def telling(memory_site):
    Site.objects.filter(pk=memory_site.pk).update(update_order_status=True)
    memory_site.refresh_from_db()
    memory_site.update_order_status_to.create(
        document_type="delivery",
        document_state="shipped",
        remote_status="completed",
        remote_action="ship",
        comment_template="{items} {tracking} {tracking_url}",
        notify_customer=True,
    )
    DeliveryMethod.objects.update_or_create(
        code="DHL", defaults={"carrier": "DHL", "tracking_url_template": "https://dhl.example/?n={number}"}
    )
    make_item("A1", stock=9)
    make_item("B1", stock=9)
    return memory_site


def sell(site):
    remote = make_remote(make_line("A1", 5), make_line("B1", 1))
    import_order(site=site, remote=remote)
    push_outbox()
    return remote


def ship(quantities=None, numbers=()):
    order = one(SalesOrder)
    chosen = quantities and {
        order.lines.get(item__code=code).pk: D(quantity) for code, quantity in quantities.items()
    }
    return ship_delivery(delivery=create_delivery(order=order, quantities=chosen), tracking_numbers=numbers)


def shipments(shop):
    return [notice for notice in shop.told if isinstance(notice, ShipmentNotice)]


def test_each_delivery_is_told_once_with_its_lines_and_the_last_completes(telling, shop):
    remote = sell(telling)
    ship({"A1": 2}, ["T1", "T2", "T1"])
    push_outbox()
    assert one(Order).status_remote == "processing", "a part does not complete the order"
    ship(None, ["T3"])
    push_outbox()
    first, last = shipments(shop)
    shirts, mug = (line.remote_id for line in remote.lines)
    assert first.lines == ((shirts, D(2)),)
    assert first.parcels == (
        Parcel("T1", "https://dhl.example/?n=T1"),
        Parcel("T2", "https://dhl.example/?n=T2"),
    )
    assert (first.status, first.is_partial) == ("", True)
    assert first.comment.startswith("2 × Product A1 T1, T2 https://dhl.example/?n=T1\nhttps://")
    assert dict(last.lines) == {shirts: D(3), mug: D(1)}
    assert (last.status, last.is_partial, last.carrier) == ("completed", True, "DHL")
    assert one(Order).status_remote == "completed"
    assert push_outbox() == 0 and len(shipments(shop)) == 2


def test_deliveries_shipped_before_anything_was_told_complete_only_with_the_last_message(telling, shop):
    sell(telling)
    ship({"A1": 5})
    ship()
    push_outbox(limit=1)
    assert [notice.status for notice in shipments(shop)] == [""]
    push_outbox()
    assert [notice.status for notice in shipments(shop)] == ["", "completed"]


def test_single_delivery_is_not_partial(telling, shop):
    sell(telling)
    ship()
    push_outbox()
    (notice,) = shipments(shop)
    assert (notice.is_partial, notice.status) == (False, "completed")


def test_complete_action_on_a_delivery_waits_for_the_last_one(telling, shop):
    telling.update_order_status_to.update(remote_action="complete", comment_template="")
    sell(telling)
    ship({"A1": 1})
    push_outbox()
    ship()
    push_outbox()
    statuses = [n.status for n in shop.told if isinstance(n, StatusNotice) and not n.key.endswith("number")]
    assert statuses[-2:] == ["", "completed"]


def test_cancelled_delivery_is_never_told_when_the_shop_has_not_heard_of_it(telling, shop):
    sell(telling)
    delivery = ship(None, ["T1"])
    cancel_delivery(delivery=delivery)
    push_outbox()
    assert shipments(shop) == []
    assert OrderOutbox.objects.get(kind="ship").state == OutboxState.SUPERSEDED


def test_carrier_of_the_delivery_method_is_told_where_the_delivery_names_none(telling, shop):
    sell(telling)
    ship(None, ["T9"])
    push_outbox()
    assert shipments(shop)[0].carrier == "DHL"


def test_delivery_told_while_a_change_of_the_shop_comes_in_keeps_both(telling, shop):
    remote = sell(telling)
    ship({"A1": 2}, ["T1"])
    import_order(site=telling, remote=later(remote, status="on-hold", phase=OrderPhase.OPEN))
    push_outbox()
    order = one(Order)
    assert order.status_remote == "on-hold" and len(shipments(shop)) == 1
