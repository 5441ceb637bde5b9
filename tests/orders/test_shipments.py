"""Shipments that the shop made itself, and partial ones of the ERP told to the shop."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from erp.models import Delivery, SalesOrder, StockBalance
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import Order, OrderHold, OrderOutbox
from orders.services.import_order import import_order
from orders.services.push_outbox import push_outbox
from orders.states import ImportOutcome
from platforms.types import RemoteOrder, RemoteShipment, ShipmentNotice
from sites.models import Site
from tests.orders.factories import later, make_item, make_line, make_remote, make_shop_site, one

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def site(memory_site: Site) -> Site:
    memory_site.shop_shipments_policy = "deliver"
    memory_site.update_order_status = True
    memory_site.save()
    for code in ("A1", "B1"):
        make_item(code, stock=9)
    lines = memory_site.update_order_status_to
    lines.create(document_type="delivery", document_state="shipped", remote_action="ship")
    return memory_site


def order() -> RemoteOrder:
    return make_remote(make_line("A1", 3), make_line("B1", 1))


def shipped(remote: RemoteOrder, key: str, *lines: tuple[int, int]) -> RemoteShipment:
    rows = tuple((remote.lines[index].remote_id, D(quantity)) for index, quantity in lines)
    return RemoteShipment(key, rows, "SMSA", (f"T-{key}",))


def test_partial_shipments_of_the_shop_become_deliveries_once_each(site):
    remote = order()
    import_order(site=site, remote=remote)
    first = later(remote, shipments=(shipped(remote, "s1", (0, 2)),))
    assert import_order(site=site, remote=first).outcome == ImportOutcome.UPDATED
    assert one(SalesOrder).state == "partially_delivered"
    both = later(first, shipments=(*first.shipments, shipped(remote, "s2", (0, 1), (1, 1))))
    import_order(site=site, remote=both)
    import_order(site=site, remote=later(both, note="again"))
    found = Delivery.objects.order_by("id")
    assert [(row.external_id, row.carrier, row.tracking_numbers) for row in found] == [
        ("s1", "SMSA", ["T-s1"]),
        ("s2", "SMSA", ["T-s2"]),
    ]
    assert one(SalesOrder).state == "delivered"
    assert set(StockBalance.objects.values_list("item__code", "on_hand", "reserved")) == {
        ("A1", D(6), D(0)),
        ("B1", D(8), D(0)),
    }
    assert one(Order).documents.filter(document_type="delivery").count() == 2


def test_shipment_of_the_shop_is_not_told_back_to_it(site, shop):
    remote = order()
    import_order(site=site, remote=remote)
    push_outbox()
    told = len(shop.told)
    import_order(site=site, remote=later(remote, shipments=(RemoteShipment("s1"),)))
    push_outbox()
    assert len(shop.told) == told and not OrderOutbox.objects.filter(kind="ship").exists()


def test_order_that_comes_with_its_shipment_is_delivered_at_once(site):
    remote = order()
    remote = dataclasses.replace(remote, shipments=(shipped(remote, "s1", (0, 3)),))
    import_order(site=site, remote=remote)
    assert one(Delivery).external_id == "s1" and one(SalesOrder).state == "partially_delivered"


def test_shipment_beyond_the_order_is_flagged_and_taken_once_it_fits(site):
    remote = order()
    import_order(site=site, remote=remote)
    wrong = later(remote, shipments=(shipped(remote, "s1", (0, 5)),))
    import_order(site=site, remote=wrong)
    assert not Delivery.objects.exists()
    assert OrderHold.objects.get(released_at=None).code == "shipment_not_taken"
    import_order(site=site, remote=later(wrong, shipments=(shipped(remote, "s1", (0, 3)),)))
    assert one(Delivery).lines.get().quantity == 3
    assert not OrderHold.objects.filter(released_at=None).exists()


def test_shipments_are_left_alone_where_the_site_does_not_want_them(site):
    site.shop_shipments_policy = "ignore"
    site.save()
    remote = order()
    import_order(site=site, remote=remote)
    assert (
        import_order(site=site, remote=later(remote, shipments=(RemoteShipment("s1"),))).outcome
        == "unchanged"
    )
    assert not Delivery.objects.exists()


def test_partial_deliveries_and_invoices_of_the_erp_are_told_with_their_quantities(site, shop):
    remote = order()
    import_order(site=site, remote=remote)
    document = one(SalesOrder)
    rows = {row.item.code: row for row in document.lines.select_related("item")}
    parts = ({rows["A1"].pk: D(1)}, {rows["A1"].pk: D(2), rows["B1"].pk: D(1)})
    for part in parts:
        delivery = ship_delivery(
            delivery=create_delivery(order=document, quantities=part), tracking_numbers=["X"]
        )
        issue_invoice(invoice=create_invoice(order=document, delivery=delivery))
    push_outbox()
    told = [dict(notice.lines) for notice in shop.told if isinstance(notice, ShipmentNotice)]
    ids = [line.remote_id for line in remote.lines]
    assert told == [{ids[0]: D(1)}, {ids[0]: D(2), ids[1]: D(1)}]
    assert sum(document.invoices.values_list("grand_total", flat=True)) == remote.totals.grand_total
    assert one(Order).documents.filter(document_type="invoice").count() == 2


def test_shipment_of_the_shop_takes_its_goods_out_of_a_draft_delivery():
    site = make_shop_site(
        rule={"create_delivery": True, "auto_confirm": False}, shop_shipments_policy="deliver"
    )
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", 3))
    import_order(site=site, remote=remote)
    line = remote.lines[0].remote_id
    parcel = RemoteShipment(remote_id="S1", lines=((line, D(2)),))
    import_order(site=site, remote=later(remote, shipments=(parcel,)))
    rows = Delivery.objects.order_by("id").values_list("state", "external_id", "lines__quantity")
    assert list(rows) == [("draft", "", D(1)), ("shipped", "S1", D(2))]
    rest = RemoteShipment(remote_id="S2", lines=((line, D(1)),))
    import_order(site=site, remote=later(remote, 20, shipments=(parcel, rest)))
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == [
        "cancelled", "shipped", "shipped",
    ]  # fmt: skip
    assert one(StockBalance).on_hand == 2 and one(StockBalance).reserved == 0
    assert not OrderHold.objects.exists()
