"""Stock that changed without a word to anybody is found by comparison."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import StockMark
from catalog.services import delta
from catalog.services.delta import DeltaReport, request_changed_quantities
from catalog.services.schedule import request_due_quantity_deltas
from erp.models import Item, ItemType, KitComponent, StockBalance
from linking.models import LinkState
from sandbox.woocommerce import WooShop
from sites.choices import Flow
from sites.models import Site, SyncCursor, UpdateQtyCriterion, WarehouseLine
from sync_queues.models import State, UpdateQtyRequest
from tests.catalog.world import link, linker_of, make_item, make_site, rows_of, work_off
from tests.erp.factories import make_warehouse, stock_up

D = Decimal
pytestmark = pytest.mark.django_db


def known_item(site: Site, code: str, remote_id: int, *, stock: int = 5) -> Item:
    """An item of the shop whose stock has been seen: no request waits."""
    item = make_item(code, stock=stock)
    link(site, item, remote_id)
    settle(site)
    return item


def settle(site: Site) -> None:
    request_changed_quantities(site)
    UpdateQtyRequest.objects.filter(site=site).delete()


def change_silently(item: Item, quantity: int, warehouse: str = "RUH") -> None:
    """As bulk SQL or an outside system would: no signal is sent."""
    rows = StockBalance.objects.filter(item=item, warehouse=make_warehouse(warehouse))
    assert rows.update(on_hand=D(quantity)) == 1


def asked(site: Site) -> list[str]:
    return sorted(row.item.code for row in rows_of(site, "qty"))


@pytest.fixture
def quiet_site(db: None) -> Site:
    """A site whose shop nobody calls."""
    return make_site()


def test_a_silent_change_is_asked_for_once(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    known_item(quiet_site, "CUP", 2)
    change_silently(item, 9)
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=1, created=1)
    assert asked(quiet_site) == ["MUG"]
    assert request_changed_quantities(quiet_site) == DeltaReport()


@pytest.mark.parametrize("column", ["reserved", "safety_stock"])
def test_reserved_and_safety_stock_count_too(quiet_site: Site, column: str) -> None:
    item = known_item(quiet_site, "MUG", 1)
    StockBalance.objects.filter(item=item).update(**{column: D(2)})
    assert request_changed_quantities(quiet_site).created == 1


def test_safety_stock_of_the_item_counts_where_the_balance_has_none(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    Item.objects.filter(pk=item.pk).update(safety_stock=D(3))
    assert request_changed_quantities(quiet_site).created == 1


def test_unlinked_items_are_left_out_and_found_once_they_are_linked(quiet_site: Site) -> None:
    item = make_item("MUG", stock=5)
    assert request_changed_quantities(quiet_site) == DeltaReport()
    line = link(quiet_site, item, 1, state=LinkState.CANDIDATE)
    assert request_changed_quantities(quiet_site) == DeltaReport()
    type(line).objects.update(state=LinkState.LINKED)
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=1, created=1)


def test_each_site_has_its_own_marks(quiet_site: Site) -> None:
    other = make_site()
    item = known_item(quiet_site, "MUG", 1)
    link(other, item, 77)
    settle(other)
    change_silently(item, 8)
    assert request_changed_quantities(quiet_site).created == 1
    assert (asked(quiet_site), asked(other)) == (["MUG"], [])
    assert request_changed_quantities(other).created == 1


def test_only_warehouses_that_feed_the_site_count(quiet_site: Site) -> None:
    for code in ("RUH", "JED"):
        WarehouseLine.objects.create(site=quiet_site, warehouse=make_warehouse(code), for_stock=True)
    item = known_item(quiet_site, "MUG", 1)
    for code in ("JED", "DMM"):
        stock_up(item, make_warehouse(code), 4)
    settle(quiet_site)
    change_silently(item, 1, "DMM")
    assert request_changed_quantities(quiet_site) == DeltaReport()
    change_silently(item, 1, "JED")
    change_silently(item, 1, "RUH")
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=2, created=1)


def test_a_warehouse_that_newly_feeds_the_site_is_news(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    stock_up(item, make_warehouse("JED"), 4)
    for code in ("RUH", "JED"):
        WarehouseLine.objects.create(site=quiet_site, warehouse=make_warehouse(code), for_stock=True)
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=1, created=1)


def test_what_changed_while_the_site_was_off_is_found_afterwards(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    Site.objects.update(update_quantities=False)
    quiet_site.refresh_from_db()
    stock_up(item, make_warehouse(), 1)
    assert request_changed_quantities(quiet_site) == DeltaReport()
    Site.objects.update(update_quantities=True)
    quiet_site.refresh_from_db()
    assert request_changed_quantities(quiet_site).created == 1


def test_a_kit_is_asked_for_when_a_component_changes(quiet_site: Site) -> None:
    part = make_item("PART", stock=9)
    kit = make_item("KIT", item_type=ItemType.KIT)
    KitComponent.objects.create(kit=kit, component=part, quantity=D(2), line_no=1)
    link(quiet_site, kit, 1)
    settle(quiet_site)
    change_silently(part, 3)
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=1, created=1)
    assert asked(quiet_site) == ["KIT"]


def test_a_change_joins_the_request_that_waits(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    stock_up(item, make_warehouse(), 1)
    [row] = rows_of(quiet_site, "qty")
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=1, joined=1)
    [joined] = rows_of(quiet_site, "qty")
    assert (joined.pk, joined.coalesced, joined.state) == (row.pk, 1, State.PENDING)
    assert joined.version > row.version


def test_requests_are_those_that_the_signals_make(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    stock_up(item, make_warehouse(), 1)
    [by_signal] = UpdateQtyRequest.objects.values()
    UpdateQtyRequest.objects.all().delete()
    request_changed_quantities(quiet_site)
    [by_delta] = UpdateQtyRequest.objects.values()
    differ = {
        name for (name, one), two in zip(by_signal.items(), by_delta.values(), strict=True) if one != two
    }
    assert differ <= {"id", "version", "not_before", "created_at", "updated_at"}


def test_what_a_signal_had_sent_is_not_sent_again(shop: WooShop, site: Site) -> None:
    product = shop.add_product(sku="MUG", regular_price="10.00", stock_quantity=0)
    item = make_item("MUG")
    link(site, item, product["id"])
    stock_up(item, make_warehouse(), 12)
    work_off(site, "qty")
    shop.counters.reset()
    assert request_changed_quantities(site).created == 1
    assert work_off(site, "qty").done == 1
    assert shop.counters.requests == 0
    change_silently(item, 7)
    request_changed_quantities(site)
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 7


def test_criteria_decide_and_what_they_keep_out_is_not_looked_at_again(quiet_site: Site) -> None:
    items = [known_item(quiet_site, code, number) for number, code in enumerate(("MUG", "CUP", "POT"), 1)]
    UpdateQtyCriterion.objects.create(site=quiet_site, expression="code = 'MUG' or warehouse = 'JED'")
    for item in items:
        change_silently(item, 1)
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=3, created=1)
    assert asked(quiet_site) == ["MUG"]
    assert request_changed_quantities(quiet_site) == DeltaReport()


def test_criteria_are_read_in_pages(quiet_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "PAGE", 2)
    UpdateQtyCriterion.objects.create(site=quiet_site, expression="code != 'I3'")
    for number in range(5):
        link(quiet_site, make_item(f"I{number}", stock=1), number + 1)
    UpdateQtyRequest.objects.all().delete()
    assert request_changed_quantities(quiet_site) == DeltaReport(changed=5, created=4)
    assert asked(quiet_site) == ["I0", "I1", "I2", "I4"]


def test_statements_do_not_depend_on_the_number_of_rows(
    quiet_site: Site, is_postgres: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # Warehouses (2), criteria, safety stocks, the savepoint around (2), and the one with what is set for it; on SQLite
    # two of them and their count.
    counted = 8 if is_postgres else 9
    for size in (1, 40):
        for number in range(size):
            link(quiet_site, make_item(f"I{size}-{number}", stock=1), size * 1000 + number)
        UpdateQtyRequest.objects.all().delete()
        with django_assert_num_queries(counted):
            assert request_changed_quantities(quiet_site).changed == size


def test_marks_and_requests_stand_or_fall_together(quiet_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies, or a statement that fails, between the two leaves neither."""
    item = known_item(quiet_site, "MUG", 1)
    change_silently(item, 9)
    monkeypatch.setattr(delta, "_mark", lambda site: "INSERT INTO nowhere SELECT * FROM changed")
    with pytest.raises(DatabaseError), transaction.atomic():
        request_changed_quantities(quiet_site)
    assert not UpdateQtyRequest.objects.exists()
    monkeypatch.undo()
    assert request_changed_quantities(quiet_site).created == 1


def test_the_tick_keeps_to_the_interval_of_the_site(quiet_site: Site) -> None:
    item = known_item(quiet_site, "MUG", 1)
    change_silently(item, 9)
    assert request_due_quantity_deltas() == 1
    change_silently(item, 8)
    assert request_due_quantity_deltas() == 0
    SyncCursor.objects.filter(flow=Flow.QUANTITY_DELTA).update(
        last_started_at=timezone.now() - timedelta(minutes=quiet_site.quantity_delta_interval)
    )
    assert request_due_quantity_deltas() == 1
    cursor = SyncCursor.objects.get(flow=Flow.QUANTITY_DELTA)
    assert (cursor.last_error, cursor.claimed_until) == ("", None)


def test_deleting_a_site_takes_its_marks(quiet_site: Site) -> None:
    known_item(quiet_site, "MUG", 1)
    assert StockMark.objects.count() == 1
    linker_of(quiet_site).details.all().delete()
    linker_of(quiet_site).delete()
    quiet_site.delete()
    assert not StockMark.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_movements_beside_the_comparison_lose_nothing() -> None:
    """In the end the marks equal the balances, and every item was asked for after its last change."""
    site = make_site()
    items = [make_item(f"I{number}", stock=1) for number in range(12)]
    for number, item in enumerate(items):
        link(site, item, number + 1)
    settle(site)
    failures: list[BaseException] = []

    def work(job: object, times: int) -> None:
        try:
            for _time in range(times):
                job()  # type: ignore[operator]
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    def move() -> None:
        for item in items:
            stock_up(item, make_warehouse(), 1)

    threads = [
        threading.Thread(target=work, args=(move, 3)),
        threading.Thread(target=work, args=(lambda: request_changed_quantities(site), 12)),
        threading.Thread(target=work, args=(lambda: request_changed_quantities(site), 12)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    request_changed_quantities(site)
    assert request_changed_quantities(site) == DeltaReport()
    assert set(StockMark.objects.values_list("on_hand", flat=True)) == {D(4)}
    assert UpdateQtyRequest.objects.filter(state=State.PENDING).count() == len(items)
    assert connection.vendor == "postgresql"
