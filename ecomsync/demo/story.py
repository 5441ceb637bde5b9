"""The main job of a day, step by step, through the same doors that staff and the shop use."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import close_old_connections
from django.db.models import Count, Manager, Q
from django.utils import timezone

from activity.models import ApiCall, Run
from catalog.models import CategoryConfig
from ecomsync.demo.company import map_payment_method
from ecomsync.demo.printing import say, step, table
from ecomsync.demo.processes import DemoFailed, SandboxControl
from erp.inputs import MovementInput
from erp.models import Delivery, Item, MovementType, Receipt, SalesInvoice, SalesOrder, Warehouse
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.stock import post_movements
from orders.models import Order, OrderHold, OrderOutbox
from orders.states import OrderState, OutboxState
from pricing.models import DocState, PriceUpdaterDoc, PriceUpdaterLine
from pricing.services.documents import approve, submit
from pricing.services.process import process
from sites.models import Site
from sites.runs import request_run
from sync_queues.models import State as RequestState
from sync_queues.models import UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest
from webhooks.models import WebhookEvent

OUTCOMES = ("found", "created", "updated", "unchanged", "held", "skipped", "failed")
QUEUES: dict[str, Manager[Any]] = {
    "quantities": UpdateQtyRequest.objects,
    "prices": UpdatePriceRequest.objects,
    "items": UpdateItemRequest.objects,
}
BUSY = (RequestState.PENDING, RequestState.PROCESSING)


@dataclass
class Demo:
    """What the steps share."""

    site: Site
    shop: SandboxControl
    numbers: dict[str, Any] = field(default_factory=dict)


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    """Poll the database until the condition holds. Raises DemoFailed naming what did not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        close_old_connections()
        if condition():
            return
        time.sleep(0.2)
    raise DemoFailed(f"Waited {seconds:.0f} s in vain for this: {what}.")


def run_action(
    demo: Demo, action: str, params: Mapping[str, Any] | None = None, *, seconds: float = 120
) -> Run:
    """Press a button of the site and wait for its report. A failed run ends the demo with its message."""
    return run_together([demo], action, params, seconds=seconds)[0]


def run_together(
    demos: Sequence[Demo], action: str, params: Mapping[str, Any] | None = None, *, seconds: float = 120
) -> list[Run]:
    """Press the same button of several sites and wait for all reports."""
    runs = [request_run(site=demo.site, action=action, params=params) for demo in demos]
    over = (Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED)
    ids = [run.pk for run in runs]
    wait_until(
        lambda: Run.objects.filter(pk__in=ids, state__in=over).count() == len(ids),
        f"the report of '{runs[0].title}'",
        seconds=seconds,
    )
    for demo, run in zip(demos, runs, strict=True):
        _tell_end(run, f"{demo.site.code}: " if len(demos) > 1 else "")
    return runs


def _tell_end(run: Run, whose: str) -> None:
    run.refresh_from_db()
    if run.state != Run.State.FINISHED:
        raise DemoFailed(f"{whose}'{run.title}' ended as {run.state}: {run.message}")
    if not run.adds_up:
        raise DemoFailed(f"{whose}The report of '{run.title}' does not add up: {_figures(run)}")
    say(f"    {whose}{run.title}: {_figures(run)}")


def _figures(run: Run) -> str:
    figures = {
        name: getattr(run, name) for name in ("found", "created", "updated", "unchanged", "held", "failed")
    }
    figures.update(run.counts or {})
    return ", ".join(f"{name} {value}" for name, value in figures.items() if value) or "nothing to do"


def queues_are_empty(demo: Demo) -> bool:
    return not any(rows.filter(site=demo.site, state__in=BUSY).exists() for rows in QUEUES.values())


def outbox_is_empty(demo: Demo) -> bool:
    busy = (OutboxState.PENDING, OutboxState.PROCESSING)
    return not OrderOutbox.objects.filter(order__site=demo.site, state__in=busy).exists()


def wait_for_quiet(demo: Demo, *, seconds: float = 120) -> None:
    """Until nothing waits in the queues, the outbox or the event table."""
    wait_until(lambda: queues_are_empty(demo), "empty queues", seconds=seconds)
    wait_until(lambda: outbox_is_empty(demo), "messages to the shop sent", seconds=seconds)


# ---------------------------------------------------------------- the steps


def connect(demo: Demo) -> None:
    step("Connect: test the connection, register webhooks, link the catalogue")
    run_action(demo, "test_connection")
    run_action(demo, "register_webhooks")
    run_action(demo, "link_items")


def read_orders(demo: Demo) -> None:
    step("Orders in: Read Sales")
    demo.numbers["first_read"] = run_action(demo, "read_sales", seconds=180)
    show_orders(demo)
    show_holds(demo)


def heal(demo: Demo) -> None:
    step("A mapping is added: what it held goes on by itself")
    before = Order.objects.filter(site=demo.site, state=OrderState.HELD).count()
    map_payment_method(demo.site, "stc_pay")
    wait_until(
        lambda: not open_holds(demo).filter(code="unmapped_payment").exists(),
        "orders held for their payment method to be imported",
    )
    after = Order.objects.filter(site=demo.site, state=OrderState.HELD).count()
    demo.numbers["healed"] = before - after
    say(
        f"    payment method 'stc_pay' mapped: {before - after} orders imported by themselves, {after} still held"
    )


def push_all(demo: Demo) -> None:
    step("Stock, prices, categories and products out")
    run_action(demo, "fetch_categories")
    add_category(demo)
    run_action(demo, "send_categories")
    run_action(demo, "update_all_qtys")
    run_action(demo, "update_all_prices")
    run_action(demo, "send_items")
    wait_for_quiet(demo)
    show_queues(demo)


def add_category(demo: Demo) -> None:
    """A new category under the first of the shop, with an Arabic and an English name."""
    parent = CategoryConfig.objects.filter(site=demo.site, parent=None).order_by("code").first()
    CategoryConfig.objects.create(
        site=demo.site, code="RAMADAN", parent=parent, name1="عروض رمضان", name2="Ramadan offers", active=True
    )


def trade(demo: Demo) -> None:
    step("A day of trade: goods arrive, prices change, deliveries leave, buyers order")
    receive_goods(demo)
    change_prices(demo)
    ship_open_deliveries(demo, count=8)
    place_storefront_orders(demo)
    wait_for_quiet(demo)
    document = PriceUpdaterDoc.objects.get(pk=demo.numbers["price_document"])
    wait_until(lambda: _state_of(document) == DocState.PROCESSED, "the price document to be processed")
    say(f"    price document {document.number}: {document.details.count()} lines, {_state_of(document)}")


def trade_without_webhooks(demo: Demo) -> None:
    """The ERP's side of a day alone."""
    receive_goods(demo)
    change_prices(demo)
    ship_open_deliveries(demo, count=8)
    wait_for_quiet(demo)


def _state_of(document: PriceUpdaterDoc) -> str:
    document.refresh_from_db()
    return document.state


def receive_goods(demo: Demo) -> None:
    items = list(Item.objects.filter(code__startswith="DEMO-0").order_by("code")[:50])
    warehouse = Warehouse.objects.get(code="RUH")
    post_movements(
        movements=[
            MovementInput(item, warehouse, Decimal(5), MovementType.RECEIPT, source_label="demo")
            for item in items
        ]
    )
    say(f"    {len(items)} items received in warehouse {warehouse.code}, 5 pieces each")


def change_prices(demo: Demo) -> None:
    document = PriceUpdaterDoc.objects.create(
        price_list=demo.site.price_source_list, currency=demo.site.currency
    )
    document.sites.add(demo.site)
    items = list(Item.objects.filter(code__startswith="DEMO-0", special_price=None).order_by("-code")[:40])
    PriceUpdaterLine.objects.bulk_create(
        [
            PriceUpdaterLine(
                document=document, line_no=number, item=item, new_price=item.sales_price + Decimal("1.25")
            )
            for number, item in enumerate(items, start=1)
        ]
    )
    submit(document=document)
    approve(document=document)
    process(document=document)
    demo.numbers["price_document"] = document.pk


def ship_open_deliveries(demo: Demo, *, count: int) -> None:
    shipped = []
    for order in SalesOrder.objects.filter(state="confirmed", channel=demo.site.code).order_by("-id")[:count]:
        delivery = create_delivery(order=order)
        number = f"ARX{delivery.pk:08d}"
        ship_delivery(delivery=delivery, carrier="Aramex", tracking_numbers=[number])
        shipped.append(number)
    demo.numbers["shipped"] = len(shipped)
    say(f"    {len(shipped)} deliveries shipped; the shop is told with tracking numbers")


def place_storefront_orders(demo: Demo) -> None:
    known = set(Order.objects.filter(site=demo.site).values_list("remote_id", flat=True))
    skus = list(
        Item.objects.filter(code__startswith="DEMO-0")
        .order_by("code")
        .values_list("code", flat=True)[100:110]
    )
    for sku in skus:
        demo.shop.post("sale", {"sku": sku, "quantity": 2})
    demo.shop.post("webhooks/flush")
    wait_until(
        lambda: (
            Order.objects.filter(site=demo.site, state=OrderState.IMPORTED)
            .exclude(remote_id__in=known)
            .count()
            >= 10
        ),
        "10 new orders to come in by webhook",
    )
    events = WebhookEvent.objects.filter(site=demo.site).count()
    say(f"    10 buyers ordered; {events} webhook events so far, all 10 orders are ERP documents")


def repeat(demo: Demo) -> None:
    step("Everything once more: nothing changes")
    wait_for_quiet(demo)
    demo.numbers["documents_before"] = document_counts()
    demo.numbers["writes_before"] = demo.shop.get("counters")["writes"]
    for action in ("link_items", "read_sales", "update_all_qtys", "update_all_prices", "send_categories"):
        run_action(demo, action)
    wait_for_quiet(demo)
    demo.numbers["documents_after"] = document_counts()
    demo.numbers["writes_after"] = demo.shop.get("counters")["writes"]
    written = demo.numbers["writes_after"] - demo.numbers["writes_before"]
    say(f"    {written} writes at the shop, {_new_documents(demo)} new documents")


def _new_documents(demo: Demo) -> int:
    before: dict[str, int] = demo.numbers["documents_before"]
    after: dict[str, int] = demo.numbers["documents_after"]
    return sum(after.values()) - sum(before.values())


# ---------------------------------------------------------------- the tables


def document_counts() -> dict[str, int]:
    return {
        "sales orders": SalesOrder.objects.count(),
        "deliveries": Delivery.objects.count(),
        "invoices": SalesInvoice.objects.filter(kind="invoice").count(),
        "credit notes": SalesInvoice.objects.filter(kind="credit_note").count(),
        "receipts": Receipt.objects.count(),
    }


def open_holds(demo: Demo) -> Any:
    return OrderHold.objects.filter(order__site=demo.site, released_at=None)


def show_orders(demo: Demo) -> None:
    states = (
        Order.objects.filter(site=demo.site).values_list("state").annotate(n=Count("id")).order_by("state")
    )
    proved = Order.objects.filter(site=demo.site, proof_ok=True).count()
    rows: list[tuple[object, ...]] = [(dict(OrderState.choices)[state], count) for state, count in states]
    rows.append(("totals proved to the cent", proved))
    rows += [(name, count) for name, count in document_counts().items()]
    table(("orders and documents", "count"), rows)


def show_holds(demo: Demo) -> None:
    held = Counter(open_holds(demo).values_list("code", "subject"))
    if held:
        say()
        table(
            ("held because of", "concerns", "orders"),
            [(code, subject, n) for (code, subject), n in held.items()],
        )


def show_queues(demo: Demo) -> None:
    rows = []
    for name, requests in QUEUES.items():
        states: Counter[str] = Counter(requests.filter(site=demo.site).values_list("state", flat=True))
        sent = states[RequestState.COMPLETED]
        failed = states[RequestState.FAILED] + states[RequestState.DEAD]
        rows.append((name, sum(states.values()), sent, failed, states[RequestState.PENDING]))
    table(("queue", "requests", "completed", "failed", "waiting"), rows)


def show_summary(demo: Demo) -> None:
    step("What happened")
    show_orders(demo)
    show_holds(demo)
    say()
    show_queues(demo)
    say()
    calls = ApiCall.objects.filter(site_code=demo.site.code)
    counted = calls.aggregate(n=Count("id"), failed=Count("id", filter=Q(status__gte=400)))
    counters = demo.shop.get("counters")
    events = Counter(WebhookEvent.objects.filter(site=demo.site).values_list("state", flat=True))
    table(
        ("traffic", "count"),
        [
            ("API calls", counted["n"]),
            ("of them refused", counted["failed"]),
            ("writes at the shop", counters["writes"]),
            ("webhook events", sum(events.values())),
            ("orders that needed no help", Order.objects.filter(site=demo.site, heal_attempts=0).count()),
        ],
    )
    say(f"    finished at {timezone.now():%H:%M:%S} UTC")
