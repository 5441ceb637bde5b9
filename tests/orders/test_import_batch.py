"""Importing new orders together: the same as one by one, all or none, and nobody is taken down by another."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from ecomsync.common.errors import PermanentError
from erp.models import (
    AccountingEntry,
    AccountingEntryLine,
    Customer,
    CustomerAddress,
    Delivery,
    DeliveryLine,
    DocumentCharge,
    ExternalReference,
    InvoiceTax,
    NumberSeries,
    Receipt,
    ReceiptAllocation,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
    StockBalance,
    StockMovement,
    StockReservation,
)
from erp.services.accounting import ensure_default_accounts
from orders.models import (
    Order,
    OrderCharge,
    OrderDiscount,
    OrderDocument,
    OrderHold,
    OrderLine,
    OrderOutbox,
    OrderPayment,
    OrderTax,
)
from orders.services import document_batch, import_many, saved_documents, totals
from orders.services.context import ImportContext
from orders.services.import_many import import_together
from orders.services.import_order import import_order
from orders.services.read_sales import import_batch
from orders.states import ImportOutcome, OrderSource, OrderState
from platforms.types import OrderPhase, OrderReadFailure
from sites.models import Site, UpdateOrderStatusLine
from tests.orders.factories import (
    count_documents,
    later,
    make_address,
    make_buyer,
    make_charge,
    make_coupon,
    make_fee,
    make_item,
    make_line,
    make_remote,
    make_service,
    make_shop_site,
    one,
)

pytestmark = pytest.mark.django_db
ALL = {"create_delivery": True, "create_invoice": True, "create_receipt": True, "auto_confirm": True}

#: Everything that an import writes, and what must not be compared: moments, and the keys of rows.
DOCUMENTS = (
    SalesOrder, SalesOrderLine, DocumentCharge, StockReservation, StockMovement, StockBalance, Delivery, DeliveryLine,
    SalesInvoice, SalesInvoiceLine, InvoiceTax, Receipt, ReceiptAllocation, AccountingEntry, AccountingEntryLine,
    Customer, CustomerAddress, ExternalReference, NumberSeries,
)  # fmt: skip
MIRROR = (Order, OrderLine, OrderCharge, OrderDiscount, OrderTax, OrderPayment, OrderDocument)
MOMENTS = {
    "id", "created_at", "updated_at", "shipped_at", "issued_at", "posted_at", "imported_at", "last_seen_at", "trace_id",
}  # fmt: skip


def content(model: Any) -> list[dict[str, Any]]:
    """All rows of a table in the order they were made; keys of rows that an import makes become positions."""
    rows = []
    order = {DocumentCharge: ("invoice", "sales_order", "id"), NumberSeries: ("code",)}
    for row in model.objects.order_by(*order.get(model, ("id",))):
        values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
        rows.append({name: value for name, value in values.items() if name not in MOMENTS})
    for name in _keys(model):
        places: dict[Any, list[int]] = {}
        kind = {"object_id": "document_type", "source_id": "source_type"}.get(name, "")
        for key in sorted({(row.get(kind), row[name]) for row in rows if row[name] is not None}, key=str):
            places.setdefault(key[0], []).append(key[1])
        for row in rows:
            if row[name] is not None:
                row[name] = sorted(places[row.get(kind)]).index(row[name])
    return rows


def _keys(model: Any) -> list[str]:
    made = (*DOCUMENTS, *MIRROR)
    found = [field.attname for field in model._meta.concrete_fields if field.related_model in made]
    soft = {StockMovement: ["source_id", "source_line"], AccountingEntry: ["source_id"]}
    return found + soft.get(model, ["object_id"] if model in (OrderDocument, ExternalReference) else [])


def everything() -> dict[str, Any]:
    """All that an import wrote, comparable between two imports of the same orders."""
    found: dict[str, Any] = {model.__name__: content(model) for model in (*DOCUMENTS, *MIRROR)}
    found["Event"] = [
        (event.kind, re.sub(r" \d+(?=,|$)", " draft", event.message), _without_keys(event.payload))
        for event in Event.objects.order_by("id")
    ]
    found["OrderOutbox"] = list(
        OrderOutbox.objects.order_by("id").values_list("kind", "echo_status", "state")
    )
    return found


def _without_keys(payload: dict[str, Any]) -> dict[str, Any]:
    steps = [(kind, number, state) for kind, _key, number, state in payload["documents"]]
    return {**payload, "documents": steps}


def take(site: Site, remotes: Any, **values: Any) -> int:
    return import_batch(site=site, adapter=None, batch=list(remotes), **values)


def together(site: Site, remotes: Any) -> dict[str, Any]:
    context = ImportContext(site)
    context.prefetch(remotes)
    return import_together(remotes=remotes, context=context, source=OrderSource.POLL)


def buyer(number: int) -> dict[str, Any]:
    email, phone = f"buyer{number}@example.com", f"05012345{number:02d}"
    return {
        "customer": make_buyer(remote_id=str(number), email=email, phone=phone),
        "billing": make_address(email=email, phone=phone),
        "shipping": make_address(email=email, phone=phone, line1=f"Street {number}"),
    }


def mixed_orders() -> list[Any]:
    """Clean orders of many kinds: new and returning buyers, discounts, fees, free shipping, unpaid, several lines."""
    return [
        make_remote(make_line("A1", 2), make_line("A2", 1, "33.33"), remote_id="901", **buyer(1)),
        make_remote(make_line("A2", 3, "9.99"), charges=(), remote_id="902", **buyer(2)),
        make_remote(
            make_line("A1", 1, discount="10"),
            discounts=(make_coupon("10", "1.5"),),
            charges=(make_charge(), make_fee("5")),
            remote_id="903",
            **buyer(1),
        ),
        make_remote(make_line("A3", 4, "0.07"), make_line("A1", 1), paid=False, remote_id="904", **buyer(3)),
        make_remote(make_line("SERVICE", 1, "50"), remote_id="905", **buyer(4)),
        make_remote(make_line("A1", 40), remote_id="906", **buyer(2)),
        make_remote(make_line("A2", 1), make_line("A2", 2), remote_id="907", **buyer(5)),
    ]


def make_world(**values: Any) -> Site:
    ensure_default_accounts()
    site = make_shop_site(code="MANY", rule={**ALL, **values.pop("rule", {})}, **values)
    for code in ("A1", "A2", "A3"):
        make_item(code, stock=60)
    make_service("SERVICE")
    return site


# ---------------------------------------------------------------- the same as one by one


@pytest.mark.parametrize(
    "terms",
    [
        {"generate_accounting_entries": True},
        {"rule": {"create_delivery": False, "create_invoice": True, "create_receipt": True}},
        {"rule": {"create_delivery": False, "create_invoice": False, "create_receipt": True}},
        {"auto_confirm_documents": False},
        {"auto_confirm_documents": False, "reserve_stock": "on_confirm", "rule": {"create_delivery": False, "create_invoice": False}},
        {"prices_include_tax": "no", "reserve_stock": "no"},
    ],
)  # fmt: skip
def test_batch_makes_the_same_as_one_by_one(terms):
    site = make_world(**terms)
    tell_statuses(site)
    remotes = mixed_orders()
    with transaction.atomic():
        for remote in remotes:
            assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
        single = everything()
        transaction.set_rollback(True)
    done = together(site, remotes)
    assert [str(done[remote.remote_id].outcome) for remote in remotes] == ["created"] * len(remotes)
    many = everything()
    for name, rows in single.items():
        assert many[name] == rows, name


def tell_statuses(site: Site) -> None:
    site.update_order_status = True
    site.save(update_fields=["update_order_status"])
    for kind, state in (("sales_order", "confirmed"), ("delivery", "shipped"), ("invoice", "issued")):
        UpdateOrderStatusLine.objects.create(
            site=site, document_type=kind, document_state=state, remote_status="completed"
        )


def test_order_of_a_batch_is_unchanged_when_it_comes_again(site):
    make_item("A1", stock=9)
    remotes = [make_remote(), make_remote()]
    take(site, remotes)
    before = (count_documents(), Event.objects.count())
    assert take(site, remotes) == 0
    assert (count_documents(), Event.objects.count()) == before


def test_stock_of_the_batch_is_given_in_the_order_of_the_orders():
    site = make_shop_site()
    make_item("A1", stock=3)
    take(site, [make_remote(make_line("A1", 2)), make_remote(make_line("A1", 2))])
    assert [line.shortage_qty for line in SalesOrderLine.objects.order_by("id")] == [0, 1]
    assert one(StockBalance).reserved == 4


# ---------------------------------------------------------------- mixed batches


def test_what_is_not_common_goes_one_by_one(site, run_of):
    make_item("A1", stock=50)
    known, changed = make_remote(), make_remote()
    take(site, [known, changed])
    batch: list[Any] = [
        known,
        make_remote(),
        make_remote(make_line("GONE")),
        later(changed, status="completed"),
        OrderReadFailure("77", "bad_total", "The total is no number.", "Correct it.", raw={"id": 77}),
        make_remote(phase=OrderPhase.CANCELLED),
        make_remote(total_changes={"grand_total": Decimal("1")}),
        make_remote(),
    ]
    reporter = run_of(site)
    assert take(site, batch, reporter=reporter) == 6
    states = [Order.objects.get(remote_id=entry.remote_id).state for entry in batch]
    assert states == [
        "imported", "imported", "held", "imported", "failed", "cancelled", "held", "imported",
    ]  # fmt: skip
    assert SalesOrder.objects.count() == 4
    assert sorted(OrderHold.objects.values_list("code", flat=True)) == ["total_mismatch", "unknown_sku"]
    reporter.finish()
    run = reporter.run
    assert (run.found, run.created, run.held, run.failed) == (8, 2, 2, 1)
    assert run.adds_up


def test_two_versions_of_one_order_in_a_batch_end_with_the_newer(site):
    make_item("A1", stock=9)
    first = make_remote()
    take(site, [first, later(first, status="completed"), make_remote(), first])
    assert SalesOrder.objects.count() == 2
    assert Order.objects.get(remote_id=first.remote_id).status_remote == "completed"


def test_several_orders_of_one_new_customer_make_one_customer(site):
    make_item("A1", stock=9)
    orders = [make_remote(**buyer(7)), make_remote(**buyer(8)), make_remote(**buyer(7))]
    assert len(together(site, orders)) == 3
    assert Customer.objects.count() == 2
    assert SalesOrder.objects.filter(customer__email="buyer7@example.com").count() == 2


def test_several_orders_of_guests_go_to_the_default_customer():
    default = Customer.objects.create(code="WALKIN", name1="Walk in")
    site = make_shop_site(default_customer=default)
    make_item("A1", stock=9)
    guests = [make_remote(customer=make_buyer(remote_id="", is_guest=True)) for _ in range(2)]
    assert len(together(site, guests)) == 2
    assert one(Customer) == default


def test_blocked_customer_holds_its_own_order_only(site):
    make_item("A1", stock=9)
    Customer.objects.create(code="C9", name1="Bad", email="buyer9@example.com", blocked="orders")
    bad = make_remote(**buyer(9))
    take(site, [make_remote(**buyer(1)), bad, make_remote(**buyer(2)), make_remote(**buyer(3))])
    assert SalesOrder.objects.count() == 3
    held = Order.objects.get(state=OrderState.HELD)
    assert (held.remote_id, held.holds.get().code) == (bad.remote_id, "customer_blocked")


def test_customers_with_a_credit_limit_are_judged_one_by_one(site):
    make_item("A1", stock=9)
    limited = {"credit_limit": Decimal("150"), "credit_check": "block"}
    Customer.objects.create(code="C9", name1="Careful", email="buyer9@example.com", **limited)
    orders = [
        make_remote(paid=False, **buyer(9)),
        make_remote(paid=False, **buyer(9)),
        make_remote(**buyer(1)),
    ]
    assert list(together(site, orders)) == []  # of three, one is left, and one is no batch
    take(site, orders)
    assert SalesOrder.objects.count() == 2
    assert one(OrderHold).code == "credit_limit"


# ---------------------------------------------------------------- failures


def test_goods_that_are_missing_hold_one_order_and_the_others_are_delivered():
    site = make_shop_site(rule=ALL)
    make_item("A1", stock=9)
    make_item("A2", stock=1)
    short = make_remote(make_line("A2", 5))
    take(site, [make_remote(), short, make_remote(), make_remote()])
    assert Delivery.objects.filter(state="shipped").count() == 3
    assert Order.objects.get(state=OrderState.HELD).remote_id == short.remote_id
    assert one(OrderHold).code == "stock_shortage"


def test_proof_that_fails_as_saved_holds_that_order_alone(site, monkeypatch):
    make_item("A1", stock=9)
    remotes = [make_remote(), make_remote(), make_remote()]
    spoilt = remotes[1].remote_id
    real = saved_documents.read_saved

    def read_saved(ids: Any) -> Any:
        """As if the database had kept another total than it was given."""
        found = real(ids)
        for order in SalesOrder.objects.filter(external_id=spoilt, pk__in=found):
            found[order.pk].grand_total += 1
        return found

    monkeypatch.setattr(document_batch, "read_saved", read_saved)
    monkeypatch.setattr(totals, "read_saved", read_saved)
    take(site, remotes)
    assert SalesOrder.objects.count() == 2
    held = Order.objects.get(state=OrderState.HELD)
    assert (held.remote_id, held.proof_ok) == (spoilt, False)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), IntegrityError("odd"), PermanentError("no")])
def test_failure_of_the_batch_leaves_nothing_and_each_order_is_tried_alone(site, monkeypatch, error):
    make_item("A1", stock=9)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(import_many, "record_events", fail)  # the last step: all documents stand
    take(site, [make_remote(), make_remote(), make_remote()])
    assert list(Order.objects.values_list("state", flat=True)) == ["imported"] * 3
    assert list(SalesOrder.objects.order_by("id").values_list("number", flat=True)) == [
        "SO-000001",
        "SO-000002",
        "SO-000003",
    ]


def test_order_whose_planning_breaks_does_not_part_the_others(site, monkeypatch):
    make_item("A1", stock=9)
    remotes = [make_remote(), make_remote(), make_remote()]
    module = sys.modules["orders.services.import_order"]
    real = module.map_payments

    def bug(plan: Any, context: Any) -> None:
        if plan.remote.remote_id == remotes[1].remote_id:
            raise ZeroDivisionError("bug")
        real(plan, context)

    monkeypatch.setattr(module, "map_payments", bug)
    assert set(together(site, remotes)) == {remotes[0].remote_id, remotes[2].remote_id}


def test_order_that_another_worker_has_just_made_is_left_to_the_single_way(site):
    make_item("A1", stock=9)
    remotes = [make_remote(), make_remote(), make_remote()]
    context = ImportContext(site)
    context.prefetch(remotes)
    import_order(site=site, remote=remotes[0])
    done = import_together(remotes=remotes, context=context, source=OrderSource.POLL)
    assert set(done) == {remotes[1].remote_id, remotes[2].remote_id}
    assert SalesOrder.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_of_a_batch_leaves_nothing():
    site = make_shop_site(rule=ALL)
    make_item("A1", stock=50)
    before = count_documents()
    script = textwrap.dedent(
        f"""
        import os, signal, sys, django
        django.setup()
        from django.db import connection
        connection.settings_dict["NAME"] = {str(connection.settings_dict["NAME"])!r}
        from orders.services import import_many, read_sales
        from sites.models import Site
        from tests.orders.factories import make_line, make_remote
        def die(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        import_many.record_events = die  # the last step: every document stands in the open transaction
        site = Site.objects.get(pk={site.pk})
        batch = [make_remote(make_line("A1"), remote_id=f"900{{n}}") for n in range(3)]
        read_sales.import_batch(site=site, adapter=None, batch=batch)
        """
    )
    died = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert count_documents() == before and not Order.objects.exists()


# ---------------------------------------------------------------- statements


def statements(site: Site, count: int) -> tuple[int, int]:
    """(all, without inserts, which SQLite takes apart) for a batch of orders with 5 lines of new customers."""
    remotes = [
        make_remote(*(make_line(f"A{number}", 1) for number in range(5)), **buyer(place))
        for place in range(count)
    ]
    with CaptureQueriesContext(connection) as seen:
        context = ImportContext(site)
        context.prefetch(remotes)
        done = import_together(remotes=remotes, context=context, source=OrderSource.POLL)
    assert len(done) == count
    texts = [str(query["sql"]) for query in seen.captured_queries]
    return len(texts), sum(not text.startswith("INSERT") for text in texts)


def test_statements_of_a_batch_do_not_grow_with_its_orders():
    site = make_shop_site(rule=ALL, generate_accounting_entries=True)
    ensure_default_accounts()
    for number in range(5):
        make_item(f"A{number}", stock=500)
    tell_statuses(site)
    statements(site, 2)  # number series and the like exist
    few, many = statements(site, 10), statements(site, 20)
    assert many[1] == few[1] + 10, (
        few,
        many,
    )  # the lines of each delivery, read for the message of its shipment
    assert many[0] <= 130, many


def test_twenty_clean_orders_with_invoice_and_receipt_cost_few_statements():
    site = make_shop_site(rule={"create_invoice": True, "create_receipt": True, "auto_confirm": True})
    for number in range(5):
        make_item(f"A{number}", stock=500)
    statements(site, 2)
    few, many = statements(site, 10), statements(site, 20)
    assert many[1] == few[1], (few, many)
    assert many[0] <= 75, many
