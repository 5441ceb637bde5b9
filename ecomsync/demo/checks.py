"""What must be true after the demo: every figure of ours against the shop's own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count

from activity.models import Run
from catalog.selectors.stock import figures
from ecomsync.demo.printing import say, step
from ecomsync.demo.story import QUEUES, Demo, open_holds
from erp.models import SalesOrder, StockBalance
from erp.services.stock import rebuild_balances
from erp.states import SalesOrderState
from linking.models import ItemLinkerLine, LinkState
from orders.models import Order, ReturnOrder
from orders.states import OrderState
from sync_queues.models import State

IMPORTED_STATUSES = ("processing", "on-hold", "completed")


def check(demo: Demo, *, least_orders: int = 100, least_links: int = 400) -> list[str]:
    """Check everything and return what is wrong, one sentence each."""
    step("Check: every figure against the shop")
    wrong: list[str] = []
    for name, faults in (
        ("orders and their totals", _orders(demo, least_orders)),
        ("holds", _holds(demo)),
        ("refunds", _refunds(demo)),
        ("stock at the shop", _stock(demo, least_links)),
        ("prices at the shop", _prices(demo)),
        ("statuses at the shop", _statuses(demo)),
        ("queues", _queues(demo)),
        ("run reports", _runs(demo)),
        ("stock ledger", _ledger()),
        ("second round", _second_round(demo)),
    ):
        found = list(faults)
        say(f"    {'ok   ' if not found else 'WRONG'} {name}")
        wrong += found
    return wrong


def _orders(demo: Demo, least: int) -> Iterator[str]:
    """Each order that the shop would let us import is one sales order with the same total, or held."""
    ours = {
        order.remote_id: order for order in Order.objects.filter(site=demo.site).select_related("sales_order")
    }
    for remote in demo.shop.get("db/orders"):
        order = ours.get(str(remote["id"]))
        if order is None:
            if remote["status"] in IMPORTED_STATUSES:
                yield f"Order {remote['number']} ({remote['status']}) was not read."
            continue
        if order.state == OrderState.IMPORTED:
            if order.sales_order is None or order.sales_order.grand_total != Decimal(remote["total"]):
                total = order.sales_order.grand_total if order.sales_order else None
                yield f"Order {remote['number']}: the shop says {remote['total']}, the sales order {total}."
            if not order.proof_ok:
                yield f"Order {remote['number']} was imported without a proof."
        elif order.state == OrderState.FAILED:
            yield f"Order {remote['number']} failed."
    live = SalesOrder.objects.exclude(state=SalesOrderState.CANCELLED)
    doubles = live.values("channel", "external_number").annotate(n=Count("id")).filter(n__gt=1)
    for double in doubles:
        yield f"Shop order {double['external_number']} has {double['n']} sales orders."
    if Order.objects.filter(site=demo.site, state=OrderState.IMPORTED).count() < least:
        yield f"Fewer than {least} orders were imported."


def _holds(demo: Demo) -> Iterator[str]:
    codes = set(open_holds(demo).values_list("code", flat=True))
    if "unmapped_payment" in codes:
        yield "Orders are still held for a payment method that is mapped."
    if "unknown_sku" not in codes:
        yield "Orders with an unknown SKU should be held, and none is."
    if demo.numbers["healed"] < 1:
        yield "No held order was healed by the new mapping."


def _refunds(demo: Demo) -> Iterator[str]:
    """Each refund of an imported order is a credit note of the same amount."""
    returns = ReturnOrder.objects.filter(site=demo.site).select_related("credit_note", "order")
    by_id = {found.remote_id: found for found in returns}
    for remote in demo.shop.get("db/orders"):
        order = Order.objects.filter(
            site=demo.site, remote_id=str(remote["id"]), state=OrderState.IMPORTED
        ).first()
        for refund in remote["refunds"] if order else ():
            ours = by_id.get(str(refund["id"]))
            total = -Decimal(refund["total"])
            if ours is None or ours.credit_note is None:
                state = ours and f"{ours.state}: {ours.hold_code}"
                yield f"Refund {refund['id']} of order {remote['number']} has no credit note ({state})."
            elif ours.credit_note.grand_total != total:
                yield f"Refund {refund['id']}: the shop says {total}, the credit note {ours.credit_note.grand_total}."


def _stock(demo: Demo, least: int) -> Iterator[str]:
    links = ItemLinkerLine.objects.filter(site=demo.site, state=LinkState.LINKED, active=True)
    by_item = {
        link.item_id: link.remote_sku for link in links if link.item_id and link.remote_kind != "variable"
    }
    at_shop = demo.shop.get("db/stock")
    computed = figures(site=demo.site, item_ids=list(by_item))
    if len(by_item) < least:
        yield f"Only {len(by_item)} items are linked."
    for item_id, sku in by_item.items():
        figure = computed.get(item_id)
        if figure is not None and Decimal(at_shop.get(sku) or 0) != figure.published:
            yield f"{sku}: the shop shows {at_shop.get(sku)}, the ERP says {figure.published}."


def _prices(demo: Demo) -> Iterator[str]:
    at_shop = demo.shop.get("db/prices")
    links = ItemLinkerLine.objects.filter(site=demo.site, state=LinkState.LINKED).exclude(
        last_sent_price=None
    )
    for link in links:
        if Decimal(at_shop[link.remote_sku][0]) != link.last_sent_price:
            yield f"{link.remote_sku}: the shop asks {at_shop[link.remote_sku][0]}, {link.last_sent_price} was sent."
    if not links:
        yield "No price was sent."


def _statuses(demo: Demo) -> Iterator[str]:
    if not demo.numbers["shipped"]:
        yield "No delivery was shipped, so no status could go back."
    orders = {str(order["id"]): order for order in demo.shop.get("db/orders")}
    delivered = Order.objects.filter(site=demo.site, sales_order__deliveries__state="shipped").distinct()
    for order in delivered:
        if orders[order.remote_id]["status"] not in ("completed", "refunded"):
            yield f"Order {order.number} is shipped, and the shop says {orders[order.remote_id]['status']}."


def _queues(demo: Demo) -> Iterator[str]:
    for name, requests in QUEUES.items():
        stuck = requests.filter(site=demo.site).exclude(state__in=(State.COMPLETED, State.SUPERSEDED))
        for request in stuck[:5]:
            yield f"A request of the {name} queue is {request.state}: {request.error_code} {request.error_message}"


def _runs(demo: Demo) -> Iterator[str]:
    for run in Run.objects.filter(site_code=demo.site.code):
        if not run.adds_up:
            yield f"The report of run {run.pk} ({run.title}) does not add up."


def _ledger() -> Iterator[str]:
    for difference in rebuild_balances(repair=False):
        yield f"A stock balance differs from its ledger: {difference}."
    if StockBalance.objects.filter(reserved__lt=0).exists():
        yield "A reservation is below zero."


def _second_round(demo: Demo) -> Iterator[str]:
    before, after = demo.numbers["documents_before"], demo.numbers["documents_after"]
    if before != after:
        yield f"The second round made documents: {before} became {after}."
    writes = demo.numbers["writes_after"] - demo.numbers["writes_before"]
    if writes:
        yield f"The second round wrote {writes} times to the shop."
