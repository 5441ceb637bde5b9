"""Orders with something wrong in them: kept with their payload and a reason, beside sound ones that are imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from activity.models import Run
from erp.models import Customer, SalesOrder
from orders.models import Order
from orders.services.totals import saved_figures
from orders.states import OrderState
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.journeys.bad_input.world import act, changing, hold, problem, spoiled, told
from tests.orders.factories import make_item

pytestmark = pytest.mark.django_db
D = Decimal
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def three(woo: WooShop) -> list[dict[str, Any]]:
    """A sound order, the one that will be spoiled, and another sound one."""
    return [woo.place_order([{"sku": "S1", "quantity": 2}]) for _ in range(3)]


def read_spoiled(site: Site, woo: WooShop, three: list[dict[str, Any]], change: Change) -> tuple[Run, Order]:
    """Read with the middle order spoiled; the others are in, whatever it holds."""
    with spoiled(woo, changing(three[1]["id"], change)):
        run = act(site, "read_sales")
    assert run.state == Run.State.FINISHED, run.message
    assert (run.found, run.adds_up) == (3, True)
    sound = Order.objects.filter(remote_id__in=[str(three[0]["id"]), str(three[2]["id"])])
    assert [order.state for order in sound] == [OrderState.IMPORTED] * 2
    return run, Order.objects.get(remote_id=str(three[1]["id"]))


def without(name: str) -> Change:
    return lambda row: row.pop(name)


def with_(**values: Any) -> Change:
    return lambda row: row.update(values)


def line_with(**values: Any) -> Change:
    return lambda row: row["line_items"][0].update(values)


UNREADABLE: list[tuple[str, Change, str]] = [
    ("no lines", without("line_items"), "line_items is missing"),
    ("no billing", without("billing"), "billing is missing"),
    ("no total", without("total"), "total is missing"),
    ("no status", without("status"), "status is missing"),
    ("no currency", without("currency"), "currency is missing"),
    ("no date", without("date_created_gmt"), "date_created_gmt is missing"),
    ("empty date", with_(date_created_gmt=""), "date_created_gmt is empty"),
    ("garbage date", with_(date_created_gmt="yesterday"), "date_created_gmt"),
    ("month 13", with_(date_created_gmt="2026-13-41T00:00:00"), "date_created_gmt"),
    ("garbage change", with_(date_modified_gmt="0000-00-00T00:00:00"), "date_modified_gmt"),
    ("comma in the total", with_(total="12,50"), "total"),
    ("words for the total", with_(total="twelve"), "total"),
    ("nan", with_(total="NaN"), "total"),
    ("infinity", with_(total="Infinity"), "total"),
    ("null total", with_(total=None), "total"),
    ("currency of four letters", with_(currency="RIAL"), "currency"),
    ("lines are text", with_(line_items="none"), "line_items"),
    (
        "quantity missing",
        lambda row: row["line_items"][0].pop("quantity"),
        "line_items.0.quantity is missing",
    ),
    ("quantity in words", line_with(quantity="two"), "line_items.0.quantity"),
    ("1e20 total", with_(total="1e20"), "grand_total is 1.000E+20"),
    ("huge line", line_with(total="99999999999999999999.00"), "amount of line 'S1'"),
    ("huge quantity", line_with(quantity=10**30), "quantity of line 'S1'"),
    ("many digits", with_(total="1" * 4000), "total"),
    ("line amount nan", line_with(total="nan"), "line_items.0.total"),
]


@pytest.mark.parametrize(
    ("change", "word"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE]
)
def test_an_order_that_cannot_be_read_is_kept_and_the_others_go_on(
    site: Site, woo: WooShop, three: list[dict[str, Any]], change: Change, word: str
) -> None:
    run, order = read_spoiled(site, woo, three, change)
    assert (run.created, run.failed) == (2, 1)
    assert order.state == OrderState.FAILED
    assert order.raw["id"] == three[1]["id"], "the payload is kept"
    assert order.sales_order is None
    opened = problem(site, "invalid_payload")
    assert word in opened.message, opened.message
    assert str(three[1]["id"]) in opened.message
    assert "save it" in opened.cure
    note = run.notes.get(level="error")
    told(note.code, note.message)
    # as soon as the shop sends it whole, it goes through
    run = act(site, "reread_orders", {"numbers": [str(three[1]["id"])]})
    order.refresh_from_db()
    assert order.state == OrderState.IMPORTED
    assert order.sales_order is not None
    problem_left = order.site and run.failed
    assert not problem_left


HELD: list[tuple[str, Change, str, str]] = [
    ("negative quantity", line_with(quantity=-2), "invalid_order", "-2"),
    ("quantity 0 with amount", line_with(quantity=0), "invalid_order", "quantity 0"),
    ("negative line", line_with(total="-5.00", subtotal="-5.00"), "invalid_order", "negative"),
    ("negative total", with_(total="-40.00"), "invalid_order", "negative"),
    ("no lines at all", with_(line_items=[]), "invalid_order", "neither"),
    ("total off by one", with_(total="47.00"), "total_mismatch", "grand_total"),
    ("product 0", line_with(product_id=0, sku=None), "unknown_sku", ""),
    ("product null", line_with(product_id=None, variation_id=None, sku=""), "unknown_sku", ""),
    ("currency unknown", with_(currency="XQZ"), "missing_exchange_rate", "XQZ"),
    ("currency in digits", with_(currency="1$3"), "invalid_order", "1$3"),
]


@pytest.mark.parametrize(("change", "code", "word"), [row[1:] for row in HELD], ids=[row[0] for row in HELD])
def test_an_order_that_cannot_be_booked_is_held_with_its_reason(
    site: Site, woo: WooShop, three: list[dict[str, Any]], change: Change, code: str, word: str
) -> None:
    run, order = read_spoiled(site, woo, three, change)
    assert (run.created, run.held, run.failed) == (2, 1, 0), [note.message for note in run.notes.all()]
    found = hold(order, code)
    assert word in json.dumps([found.params, found.subject], ensure_ascii=False)
    assert order.state == OrderState.HELD
    assert order.raw["id"] == three[1]["id"]
    assert SalesOrder.objects.count() == 2
    # the same spoiled answer again changes nothing
    with spoiled(woo, changing(three[1]["id"], change)):
        again = act(site, "read_sales")
    assert (again.created, again.held, again.failed) == (0, 0, 0)
    # and the sound version heals it
    act(site, "reread_orders", {"numbers": [str(three[1]["id"])]})
    order.refresh_from_db()
    assert order.state == OrderState.IMPORTED
    assert not order.holds.filter(released_at=None).exists()


def test_an_order_without_id_is_told_and_the_others_go_on(
    site: Site, woo: WooShop, three: list[dict[str, Any]]
) -> None:
    with spoiled(woo, changing(three[1]["id"], without("id"))):
        run = act(site, "read_sales")
    assert (run.created, run.failed, run.adds_up) == (2, 1, True)
    assert "id is missing" in problem(site, "invalid_payload").message


LONG = "Ünï-" * 100
EMOJI = "😀🇸🇦👨‍👩‍👧‍👦"


def test_emoji_everywhere(site: Site, woo: WooShop) -> None:
    woo.place_order(
        [{"sku": "S1", "quantity": 1}],
        customer_note=f"Ring twice {EMOJI}\nلا تتصل",
        billing={
            "first_name": f"Sara {EMOJI}",
            "last_name": "علي",
            "city": f"الرياض {EMOJI}",
            "company": EMOJI,
        },
    )
    with spoiled(woo, lambda request, data: [data[0]["line_items"][0].update(name=f"Mug {EMOJI}"), data][1]):
        run = act(site, "read_sales")
    assert run.created == 1, [note.message for note in run.notes.all()]
    order = Order.objects.get()
    assert EMOJI in order.note
    assert EMOJI in order.customer_name
    assert EMOJI in order.billing_address["city"]
    assert EMOJI in order.lines.get().name
    sales_order = order.sales_order
    assert sales_order is not None
    assert EMOJI in json.dumps(sales_order.shipping_address, ensure_ascii=False)
    assert EMOJI in str(Customer.objects.get(pk=sales_order.customer_id))


def test_names_of_400_characters(site: Site, woo: WooShop) -> None:
    assert len(LONG) == 400
    billing = {"first_name": LONG, "last_name": LONG, "company": LONG, "address_1": LONG, "city": LONG}
    woo.place_order([{"sku": "S1", "quantity": 1}], billing=billing, payment_method_title=LONG)
    with spoiled(woo, lambda request, data: [data[0]["line_items"][0].update(name=LONG), data][1]):
        run = act(site, "read_sales")
    assert run.created == 1, [note.message for note in run.notes.all()]
    order = Order.objects.get()
    assert order.raw["line_items"][0]["name"] == LONG
    assert order.lines.get().name == LONG
    assert order.customer_name.startswith(LONG)
    assert order.sales_order is not None
    assert order.sales_order.customer.code


@pytest.mark.parametrize("text", ["nul \x00 inside", "lone \ud83d surrogate", "‮ right to left", "a\r\nb\x07"])
def test_text_that_databases_refuse(site: Site, woo: WooShop, three: list[dict[str, Any]], text: str) -> None:
    def change(row: dict[str, Any]) -> None:
        row["customer_note"] = row["billing"]["first_name"] = row["line_items"][0]["name"] = text
        row["meta_data"] = [{"id": 1, "key": text, "value": {text: [text]}}]

    run, order = read_spoiled(site, woo, three, change)
    assert run.created == 3
    assert order.state == OrderState.IMPORTED


def test_amounts_of_a_tenth_and_two_tenths(site: Site, woo: WooShop) -> None:
    woo.add_product(sku="T1", regular_price="0.10", stock_quantity=9)
    woo.add_product(sku="T2", regular_price="0.20", stock_quantity=9)
    for code in ("T1", "T2"):
        make_item(code, stock=9)
    placed = woo.place_order([{"sku": "T1", "quantity": 1}, {"sku": "T2", "quantity": 1}])

    def as_numbers(row: dict[str, Any]) -> None:
        row["line_items"][0].update(price=0.1, total=0.1, subtotal=0.1)
        row["line_items"][1].update(price=0.2, total=0.2, subtotal=0.2)
        row["total"] = float(row["total"])

    with spoiled(woo, changing(placed["id"], as_numbers)):
        assert act(site, "read_sales").created == 1
    order = Order.objects.get()
    assert order.sales_order is not None
    figures = saved_figures(order.sales_order)
    assert figures["goods"] == D("0.30")
    assert figures["grand_total"] == D(placed["total"])


def test_a_float_that_is_not_quite_a_cent_is_rounded_or_held_never_booked_wrong(
    site: Site, woo: WooShop, three: list[dict[str, Any]]
) -> None:
    # what JavaScript and PHP plugins make of 0.1 + 0.2
    run, order = read_spoiled(site, woo, three, with_(total=46.00000000000001))
    assert run.created == 3, hold(order, "total_mismatch").params
    assert order.sales_order is not None
    assert order.sales_order.grand_total == D("46.00")
