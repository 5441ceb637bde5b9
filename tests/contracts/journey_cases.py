"""The whole house on a platform's sandbox, over real HTTP: what is true for one platform is true for all.

Nothing here knows which platform it is: the site is made from the bench's own connection, and what the platform lacks
by its capabilities is skipped. Database tests; `bench.shop` is the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Run
from erp.models import Item, SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from linking.models import ItemLinkerLine, LinkState
from orders.models import Order, OrderHold, OrderOutbox
from orders.services.push_outbox import push_outbox
from orders.states import OrderState, OutboxState
from sites.models import Site
from sites.runs import request_run
from sites.services.execute_runs import execute_waiting_runs
from sync_queues.kinds import KINDS
from sync_queues.models import State
from sync_queues.services.drain import drain
from sync_queues.services.lanes import wake
from tests.contracts.bench import Bench, need_capability
from tests.erp.factories import make_warehouse, stock_up
from tests.orders.factories import count_documents, make_item, make_service, make_shop_site
from webhooks.models import EventState, WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

#: Why an order of the demo shop may be held: what the demo leaves unmapped on purpose, and nothing else.
EXPECTED_HOLDS = frozenset({"unknown_sku", "unmapped_payment", "missing_exchange_rate"})
DEMO_ITEMS, DEMO_ORDERS = 60, 40


def make_site(bench: Bench, **values: Any) -> Site:
    """A site as staff would set it up for this shop: address, keys and options of the bench's own connection."""
    with bench.adapter() as adapter:
        found = adapter.connection
        fields = {field.name for field in type(adapter).credential_fields}
    columns = {field.name for field in Site._meta.concrete_fields}
    site = make_shop_site(
        site_type=type(adapter).name,
        url=found.url,
        currency=found.currency,
        time_zone=found.time_zone,
        api_version=found.api_version,
        platform_options=dict(found.options),
        webhook_secret=found.webhook_secret,
        webhook_integration_enabled=True,
        update_order_status=True,
        send_items_to_magento=True,
        update_quantities=True,
        update_prices=True,
        read_returns=True,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        max_orders_per_read=1000,
        discount_item=make_service("DISCOUNT"),
        rounding_item=make_service("ROUNDING"),
        fee_item=make_service("FEE"),
        **{name: found.credentials.get(name, "") for name in fields & columns},
        **values,
    )
    for name in fields - columns:
        site.set_secret(name, found.credentials.get(name, ""))
    site.save()
    return site


def act(site: Site, action: str, **params: Any) -> Run:
    """Press a button of the site; the report must add up."""
    run = request_run(site=site, action=action, params=params)
    assert execute_waiting_runs() == 1
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED, (run.message, [note.message for note in run.notes.all()])
    assert run.adds_up
    return run


def drain_all(site: Site, kind: str) -> None:
    """Send what waits until nothing does; a row that is not completed names its reason."""
    rows = KINDS[kind].model._default_manager.filter(site=site)
    for _turn in range(10):
        wake(site.pk, kind)
        rows.filter(state=State.PENDING).update(not_before=timezone.now())
        drain(site.pk, kind)
        if not rows.filter(state__in=(State.PENDING, State.PROCESSING)).exists():
            break
    stuck = rows.exclude(state__in=(State.COMPLETED, State.SUPERSEDED))
    assert [(row.state, row.error_code, row.error_message) for row in stuck] == []


@pytest.mark.django_db
class JourneyCases:
    """Catalogue, stock, prices, orders, shipments and events through the same doors as staff and shop use."""

    @pytest.fixture(autouse=True)
    def _fresh(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
        settings.BASE_URL = "https://erp.example.test"
        monkeypatch.setattr("webhooks.porch.kick", lambda: None)
        cards.clear()
        yield
        cards.clear()

    def test_the_connection_is_tested(self, bench: Bench) -> None:
        run = act(make_site(bench), "test_connection")
        assert run.found > 0
        assert run.failed == 0, [note.message for note in run.notes.filter(level="error")]

    def test_catalogue_is_linked_and_stock_and_prices_go_out_once(self, bench: Bench) -> None:
        products = bench.products(5)
        if "variants" not in bench.cannot:
            products += bench.variants(2, 2)
        site = make_site(bench)
        for product in products:
            make_item(product.sku, stock=7, sales_price=Decimal("12.50"))
        act(site, "link_items")
        linked = ItemLinkerLine.objects.filter(site=site, state=LinkState.LINKED, item__isnull=False)
        assert set(linked.values_list("remote_sku", flat=True)) >= {product.sku for product in products}

        with bench.adapter() as adapter:
            can_price = adapter.capabilities.push_prices
            need_capability(adapter, "push_quantities")
        actions = ["update_all_qtys", *(["update_all_prices"] if can_price else [])]
        self._send(site, actions)
        assert {bench.quantity_of(product) for product in products} == {Decimal(7)}
        if can_price:
            assert {bench.price_of(product) for product in products} == {Decimal("12.50")}

        written = bench.writes
        self._send(site, actions)
        assert bench.writes == written

    def _send(self, site: Site, actions: list[str]) -> None:
        for action in actions:
            act(site, action)
        for kind in ("qty", "price"):
            drain_all(site, kind)

    def test_each_location_shows_its_own_warehouse(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            need_capability(adapter, "locations")
        site = make_site(bench)
        act(site, "test_connection")
        site.refresh_from_db()
        places = site.shop_info.get("locations") or []
        if len(places) < 2:
            pytest.skip("this sandbox has one location")
        north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
        for place, warehouse in zip(places, (north, south), strict=False):
            site.ecommerce_warehouse_lines.create(remote_location_id=place[0], warehouse=warehouse)
        (product,) = bench.products(1)
        item = make_item(product.sku, stock=4, warehouse=north)
        stock_up(item, south, 3)
        act(site, "link_items")
        self._send(site, ["update_all_qtys"])
        line = ItemLinkerLine.objects.get(site=site, item=item)
        assert line.sent_places == {places[0][0]: "4", places[1][0]: "3"}
        assert bench.quantity_of(product) == 7

        written = bench.writes
        self._send(site, ["update_all_qtys"])
        assert bench.writes == written

        stock_up(item, north, 2)
        drain_all(site, "qty")
        line.refresh_from_db()
        assert line.sent_places == {places[0][0]: "6", places[1][0]: "3"}
        assert bench.quantity_of(product) == 9

    def test_order_becomes_documents_of_the_same_total_once(self, bench: Bench) -> None:
        remote_id = bench.order(first_name="سلمى", city="جدة")
        site = self._ready_for_orders(bench)
        act(site, "read_sales")
        order = Order.objects.get(site=site, remote_id=remote_id)
        assert order.state == OrderState.IMPORTED, self._why(order)
        assert order.proof_ok
        with bench.adapter() as adapter:
            remote = adapter.get_order(remote_id)
        assert order.sales_order.grand_total == remote.totals.grand_total
        assert order.sales_order.customer is not None

        documents, written = count_documents(), bench.writes
        act(site, "read_sales")
        assert count_documents() == documents
        assert bench.writes == written

    def test_shipment_goes_back_to_the_shop_once(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            need_capability(adapter, "push_shipments")
        remote_id = bench.order()
        site = self._ready_for_orders(bench)
        site.update_order_status_to.create(
            document_type="delivery", document_state="shipped", remote_action="ship", notify_customer=True
        )
        act(site, "read_sales")
        order = Order.objects.get(site=site, remote_id=remote_id)
        assert order.sales_order is not None
        before = bench.writes
        ship_delivery(
            delivery=create_delivery(order=order.sales_order), carrier="Aramex", tracking_numbers=["TR1"]
        )
        assert push_outbox() >= 1
        sent = OrderOutbox.objects.filter(order=order)
        assert [
            (row.kind, row.payload, row.error_message) for row in sent.exclude(state=OutboxState.DONE)
        ] == []
        assert bench.writes > before

        written = bench.writes
        assert push_outbox() == 0
        act(site, "read_sales")
        assert bench.writes == written
        assert SalesOrder.objects.count() == 1

    def test_event_brings_its_order_and_its_replay_nothing(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            need_capability(adapter, "webhooks")
        remote_id = bench.order()
        site = self._ready_for_orders(bench)
        delivery = bench.delivery(bench.order_topic, bench.order_body(remote_id))
        for _again in range(2):
            answer = Client().post(
                site.webhook_path + (f"?{urlencode(delivery.query)}" if delivery.query else ""),
                delivery.body,
                content_type=delivery.headers.get("content-type", "application/json"),
                headers=dict(delivery.headers),
            )
            assert answer.status_code == 200, answer.content
            process_waiting()
        states = set(WebhookEvent.objects.filter(site=site).values_list("state", flat=True))
        assert states <= {EventState.PROCESSED, EventState.IGNORED}
        order = Order.objects.get(site=site)
        assert (order.remote_id, order.state) == (remote_id, OrderState.IMPORTED), self._why(order)
        assert SalesOrder.objects.count() == 1

    def test_every_kind_of_order_is_proved_or_held_for_a_reason(self, bench: Bench) -> None:
        """The demo shop has each kind that the platform knows."""
        present: Any = bench  # made of its sandbox, `present.shop`; so is another one
        shop_class, bench_class = type(present.shop), type(present)
        with shop_class(seed="demo", items=DEMO_ITEMS, orders=DEMO_ORDERS, webhook_delay=None) as shop:
            demo = bench_class(shop)
            site = self._ready_for_orders(demo)
            act(site, "link_items")
            run = act(site, "read_sales")
        assert run.failed == 0, [(note.code, note.message) for note in run.notes.exclude(level="info")]
        orders = Order.objects.filter(site=site)
        assert orders.filter(state=OrderState.IMPORTED).count() >= DEMO_ORDERS // 2
        for order in orders.filter(state=OrderState.IMPORTED):
            assert order.proof_ok, order.number
        holds = OrderHold.objects.filter(order__site=site, released_at=None)
        told = holds.exclude(code__in=EXPECTED_HOLDS).values_list("order__number", "code", "subject")
        assert list(told) == []

    def _ready_for_orders(self, bench: Bench) -> Site:
        """Every product of the shop is an item of the ERP with the same number; what sells is in stock."""
        site = make_site(bench)
        with bench.adapter() as adapter:
            skus = [product.sku for product in adapter.iter_products() if product.sku and product.is_sellable]
        for sku in dict.fromkeys(skus):
            if not Item.objects.filter(code=sku).exists():
                make_item(sku, stock=1000)
        return site

    def _why(self, order: Order) -> list[tuple[str, str]]:
        return list(order.holds.filter(released_at=None).values_list("code", "subject"))
