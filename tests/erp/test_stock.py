"""Ledger, balances, reservations, counts."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp import signals
from erp.errors import IllegalState, StockShortage
from erp.inputs import MovementInput, ReservationInput
from erp.models import (
    ItemType,
    KitComponent,
    MovementType,
    ReservationState,
    StockBalance,
    StockCount,
    StockCountLine,
    StockMovement,
    StockReservation,
)
from erp.selectors.stock import availability
from erp.services import stock
from erp.services.stock.reservations import OnShortage
from tests.erp.factories import D, figures, make_item, make_warehouse, stock_up

pytestmark = pytest.mark.django_db


def test_movements_move_balances_and_keep_running_balance(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    rows = stock.post_movements(
        movements=[
            MovementInput(item, riyadh, D("-2.5"), MovementType.ISSUE),
            MovementInput(item, riyadh, D("0.1"), MovementType.RECEIPT),
            MovementInput(item, riyadh, D("0.2"), MovementType.RECEIPT),
        ]
    )
    assert [row.balance_after for row in rows] == [D("7.5"), D("7.6"), D("7.8")]
    balance = StockBalance.objects.get(item=item)
    assert (balance.on_hand, balance.last_movement_id) == (D("7.8"), rows[-1].pk)


def test_movement_below_zero_is_refused_with_figures_and_posts_nothing(riyadh):
    first, second = make_item(), make_item()
    stock_up(first, riyadh, 5)
    with pytest.raises(StockShortage, match="3 needed, 0 on hand"):
        stock.post_movements(
            movements=[
                MovementInput(first, riyadh, D(-1), MovementType.ISSUE),
                MovementInput(second, riyadh, D(-3), MovementType.ISSUE),
            ]
        )
    assert figures(first, riyadh) == (D(5), D(0))
    assert StockMovement.objects.count() == 1


def test_item_that_may_go_negative_does(riyadh):
    item = make_item(allow_negative=True)
    stock.post_movements(movements=[MovementInput(item, riyadh, D(-3), MovementType.ISSUE)])
    assert figures(item, riyadh) == (D(-3), D(0))
    assert availability(item_ids=[item.pk], warehouse_ids=[riyadh.pk])[item.pk, riyadh.pk].available == 0


def test_database_itself_refuses_negative_balances(riyadh):
    item = make_item()
    stock_up(item, riyadh, 1)
    for change in ({"on_hand": -1}, {"reserved": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockBalance.objects.filter(item=item).update(**change)


def test_ledger_rows_cannot_be_changed_or_deleted(riyadh):
    item = make_item()
    stock_up(item, riyadh, 1)
    row = StockMovement.objects.get()
    with pytest.raises(ValidationError):
        row.save()
    with pytest.raises(ValidationError):
        row.delete()


def test_reversal_restores_balance_and_happens_once(riyadh):
    item = make_item()
    stock_up(item, riyadh, 4)
    row = StockMovement.objects.get()
    (back,) = stock.reverse_movements(movements=[row])
    assert (back.quantity, back.reversal_of_id, figures(item, riyadh)[0]) == (D(-4), row.pk, D(0))
    with pytest.raises(IllegalState, match="reversed already"):
        stock.reverse_movements(movements=[row])


def test_transfer_moves_between_warehouses(riyadh, jeddah):
    item = make_item()
    stock_up(item, riyadh, 10)
    stock.transfer(item=item, from_warehouse=riyadh, to_warehouse=jeddah, quantity=D(4))
    assert (figures(item, riyadh)[0], figures(item, jeddah)[0]) == (D(6), D(4))
    assert stock.rebuild_balances() == []


def test_templates_and_services_have_no_stock(riyadh):
    for item_type in (ItemType.TEMPLATE, ItemType.SERVICE, ItemType.KIT):
        with pytest.raises(Exception, match="keeps no stock"):
            stock_up(make_item(item_type=item_type), riyadh, 1)


def test_reserve_rejects_when_free_stock_is_short(riyadh):
    item = make_item(safety_stock=2)
    stock_up(item, riyadh, 3)
    stock.reserve(requests=[ReservationInput(item, riyadh, D(2))], on_shortage="reject")
    with pytest.raises(StockShortage, match="2 ordered, 1 free"):
        stock.reserve(requests=[ReservationInput(item, riyadh, D(2))], on_shortage="reject")
    assert figures(item, riyadh) == (D(3), D(2))


def test_back_order_holds_everything_so_that_receipts_serve_it_first(riyadh):
    item = make_item()
    stock_up(item, riyadh, 1)
    stock.reserve(requests=[ReservationInput(item, riyadh, D(5))])
    stock_up(item, riyadh, 10)
    figure = availability(item_ids=[item.pk], warehouse_ids=[riyadh.pk])[item.pk, riyadh.pk]
    assert (figure.on_hand, figure.reserved, figure.available) == (D(11), D(5), D(6))


def test_release_and_consume_never_give_back_more_than_was_held(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    (row,) = stock.reserve(requests=[ReservationInput(item, riyadh, D(6))])
    stock.consume(quantities={row.pk: D(2)})
    stock.release(reservations=[row])
    stock.release(reservations=[row])
    row.refresh_from_db()
    assert (row.consumed_quantity, row.released_quantity, row.state) == (
        D(2),
        D(4),
        ReservationState.CONSUMED,
    )
    assert figures(item, riyadh) == (D(10), D(0))
    assert stock.rebuild_balances() == []


def test_stock_count_posts_only_differences(riyadh):
    short, equal, new = make_item(), make_item(), make_item()
    stock_up(short, riyadh, 10)
    stock_up(equal, riyadh, 3)
    count = StockCount.objects.create(warehouse=riyadh)
    for item, counted in ((short, 7), (equal, 3), (new, 2)):
        StockCountLine.objects.create(stock_count=count, item=item, counted_quantity=counted)
    before = StockMovement.objects.count()
    stock.post_stock_count(stock_count=count)
    assert (count.state, count.number) == ("posted", "SC-000001")
    assert [figures(item, riyadh)[0] for item in (short, equal, new)] == [D(7), D(3), D(2)]
    assert StockMovement.objects.count() - before == 2
    assert [line.difference for line in count.lines.all()] == [D(-3), D(0), D(2)]
    with pytest.raises(IllegalState):
        stock.post_stock_count(stock_count=count)


def test_availability_of_kit_is_least_whole_kits_of_components(riyadh, jeddah):
    kit = make_item(item_type=ItemType.KIT)
    cup, spoon = make_item(), make_item()
    KitComponent.objects.create(kit=kit, component=cup, quantity=1)
    KitComponent.objects.create(kit=kit, component=spoon, quantity=2)
    stock_up(cup, riyadh, 10)
    stock_up(spoon, riyadh, 7)
    found = availability(item_ids=[kit.pk, cup.pk], warehouse_ids=[riyadh.pk, jeddah.pk])
    assert found[kit.pk, riyadh.pk].available == D(3)
    assert found[kit.pk, jeddah.pk].available == D(0)
    assert found[cup.pk, riyadh.pk].available == D(10)


def test_availability_takes_constant_number_of_statements(riyadh, django_assert_num_queries):
    items = [make_item() for _ in range(30)]
    for item in items:
        stock_up(item, riyadh, 1)
    for count in (2, 30):
        with django_assert_num_queries(2):
            availability(item_ids=[item.pk for item in items[:count]], warehouse_ids=[riyadh.pk])


def test_warehouse_safety_stock_beats_that_of_the_item(riyadh, jeddah):
    item = make_item(safety_stock=3)
    stock_up(item, riyadh, 10)
    stock_up(item, jeddah, 10)
    stock.set_balance_terms(item=item, warehouse=jeddah, safety_stock=D(8))
    found = availability(item_ids=[item.pk], warehouse_ids=[riyadh.pk, jeddah.pk])
    assert [found[item.pk, place.pk].available for place in (riyadh, jeddah)] == [D(7), D(2)]


def test_stock_changed_names_items_their_kits_and_warehouses(riyadh, heard):
    kit, part = make_item(item_type=ItemType.KIT), make_item()
    KitComponent.objects.create(kit=kit, component=part, quantity=1)
    messages = heard(signals.stock_changed)
    stock_up(part, riyadh, 5)
    assert [(message["item_ids"], message["warehouse_ids"]) for message in messages] == [
        ({kit.pk, part.pk}, {riyadh.pk})
    ]


def test_rebuild_finds_and_repairs_a_wrong_balance(riyadh):
    item = make_item()
    stock_up(item, riyadh, 5)
    stock.reserve(requests=[ReservationInput(item, riyadh, D(2))])
    StockBalance.objects.filter(item=item).update(on_hand=9, reserved=0)
    (difference,) = stock.rebuild_balances(repair=True)
    assert (difference.on_hand, difference.on_hand_expected, difference.reserved_expected) == (
        D(9),
        D(5),
        D(2),
    )
    assert stock.rebuild_balances() == []
    assert figures(item, riyadh) == (D(5), D(2))


def test_statements_of_posting_do_not_grow_with_the_batch(riyadh, django_assert_max_num_queries):
    items = [make_item() for _ in range(60)]
    with django_assert_max_num_queries(9):
        stock.post_movements(
            movements=[MovementInput(item, riyadh, D(1), MovementType.OPENING) for item in items]
        )


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "reserve", "release", "consume", "transfer", "count"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.decimals(min_value=D("-20"), max_value=D("20"), places=3),
    ),
    min_size=3,
    max_size=18,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_balances_equal_the_ledger_after_a_random_walk(steps):
    with transaction.atomic():
        point = transaction.savepoint()
        items = [make_item(), make_item(), make_item(allow_negative=True)]
        places = [make_warehouse("RUH"), make_warehouse("JED")]
        for verb, item_no, place_no, amount in steps:
            _step(verb, items[item_no], places, place_no, amount)
            assert stock.rebuild_balances() == []
        assert not StockBalance.objects.filter(reserved__lt=0).exists()
        assert not StockBalance.objects.filter(on_hand__lt=0, item__allow_negative=False).exists()
        assert all(row.available >= 0 for row in StockBalance.objects.select_related("item"))
        transaction.savepoint_rollback(point)


def _step(verb, item, places, place_no, amount):
    place = places[place_no]
    held = StockReservation.objects.filter(item=item, state=ReservationState.ACTIVE).first()
    try:
        if verb == "move":
            stock.post_movements(movements=[MovementInput(item, place, amount, MovementType.RECEIPT)])
        elif verb == "reserve" and amount > 0:
            policy: OnShortage = "reject" if place_no else "back_order"
            stock.reserve(requests=[ReservationInput(item, place, amount)], on_shortage=policy)
        elif verb == "release" and held:
            stock.release(reservations=[held])
        elif verb == "consume" and held:
            stock.consume(quantities={held.pk: abs(amount)})
        elif verb == "transfer" and amount > 0:
            stock.transfer(
                item=item, from_warehouse=place, to_warehouse=places[1 - place_no], quantity=amount
            )
        elif verb == "count":
            count = StockCount.objects.create(warehouse=place)
            StockCountLine.objects.create(stock_count=count, item=item, counted_quantity=abs(amount))
            stock.post_stock_count(stock_count=count)
    except StockShortage:
        return
