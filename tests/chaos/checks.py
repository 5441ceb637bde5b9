"""What must be true at the end, each fault with the order or SKU that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from activity.models import Run
from catalog.selectors.stock import figures
from ecomsync.demo.processes import SandboxControl
from ecomsync.demo.story import QUEUES
from erp.models import StockBalance
from erp.services.stock import rebuild_balances
from linking.models import ItemLinkerLine, LinkState
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.states import OrderState, OutboxState
from pricing.selectors.shop_prices import ShopPrice, shop_prices
from sites.models import Site, SyncCursor
from sync_queues.models import State
from tests.chaos import books, documents
from tests.chaos.archive import Archive
from tests.chaos.wrong import Wrong
from webhooks.models import EventState, WebhookEvent


@dataclass(frozen=True)
class World:
    """Both sides as they stand: `orders` and `by_sku` are the shop's own tables."""

    site: Site
    orders: list[dict[str, Any]]
    stock: Mapping[str, Any]
    prices: Mapping[str, Any]
    archive: Archive

    @classmethod
    def read(cls, site: Site, shop: SandboxControl, archive: Archive) -> World:
        site.refresh_from_db()
        return cls(site, shop.get("db/orders"), shop.get("db/stock"), shop.get("db/prices"), archive)


CHECKS: dict[str, Callable[[World], Iterator[Wrong]]] = {
    "every order once, with proved documents": lambda w: documents.orders(w.site, w.orders),
    "cancelled orders hold nothing": lambda w: documents.cancelled(w.site, w.orders),
    "refunds once": lambda w: documents.refunds(w.site, w.orders),
    "stock at the shop": lambda w: _stock(w),
    "prices at the shop": lambda w: _prices(w),
    "nothing stuck": lambda w: _stuck(w),
    "run reports add up": lambda w: _runs(w),
    "stock ledger": lambda w: _ledger(),
    "number series": lambda w: books.series(),
    "accounting": lambda w: books.accounting(),
    "archive": lambda w: (Wrong("archive", sentence) for sentence in w.archive.wrong()),
}


def _links(world: World) -> list[ItemLinkerLine]:
    rows = ItemLinkerLine.objects.filter(site=world.site, state=LinkState.LINKED, active=True)
    return [row for row in rows.exclude(item=None) if row.remote_kind != "variable"]


def _stock(world: World) -> Iterator[Wrong]:
    links = _links(world)
    computed = figures(site=world.site, item_ids=[link.item_id for link in links if link.item_id])
    for link in links:
        figure = computed.get(link.item_id or 0)
        there = Decimal(world.stock.get(link.remote_sku) or 0)
        if figure is not None and there != figure.published:
            sums = ", ".join(figure.explain())
            yield Wrong(
                link.remote_sku,
                f"{link.remote_sku}: the shop shows {there}, the ERP says {figure.published} ({sums}); "
                f"last sent {link.last_sent_quantity} at {link.last_sent_quantity_at}",
            )
    if not links:
        yield Wrong("links", "No item is linked.")


def _prices(world: World) -> Iterator[Wrong]:
    links = [link for link in _links(world) if link.last_sent_price is not None]
    answers = shop_prices(site=world.site, item_ids=[link.item_id for link in links if link.item_id])
    for link in links:
        answer = answers.get(link.item_id or 0)
        there = Decimal(world.prices[link.remote_sku][0] or 0)
        if isinstance(answer, ShopPrice) and there != answer.price:
            yield Wrong(
                link.remote_sku,
                f"{link.remote_sku}: the shop asks {there}, the ERP says {answer.price}; "
                f"last sent {link.last_sent_price} at {link.last_sent_price_at}",
            )
    if not links:
        yield Wrong("prices", "No price was sent.")


def _stuck(world: World) -> Iterator[Wrong]:
    for name, requests in QUEUES.items():
        rows = requests.filter(site=world.site).exclude(state__in=(State.COMPLETED, State.SUPERSEDED))
        for row in rows[:10]:
            sku = row.item.code if row.item else "requests"
            yield Wrong(
                sku, f"{name} request {row} is {row.state}: {row.error_code} {row.error_message[:200]}"
            )
    messages = OrderOutbox.objects.filter(order__site=world.site).select_related("order")
    done = (OutboxState.DONE, OutboxState.SUPERSEDED, OutboxState.CANCELLED)
    for message in messages.exclude(state__in=done)[:10]:
        yield Wrong(
            f"order {message.order.remote_id}",
            f"Message {message.kind} of order {message.order.number} is {message.state}: "
            f"{message.error_code} {message.error_message[:200]}",
        )
    over = (EventState.PROCESSED, EventState.IGNORED)
    for event in WebhookEvent.objects.filter(site=world.site).exclude(state__in=over)[:10]:
        yield Wrong(
            f"order {event.remote_id}",
            f"Event {event.topic} {event.remote_id} is {event.state}: {event.error_code} {event.error_message[:200]}",
        )
    for cursor in SyncCursor.objects.filter(site=world.site, claimed_until__gt=timezone.now()):
        yield Wrong("cursors", f"The flow {cursor.flow} is claimed until {cursor.claimed_until}.")
    if not Site.objects.get(pk=world.site.pk).is_working:
        yield Wrong("site", "The site is paused.")


def _runs(world: World) -> Iterator[Wrong]:
    for run in Run.objects.filter(site_code=world.site.code):
        if not run.is_over:
            yield Wrong("runs", f"Run {run.pk} ({run.action}) is {run.state}.")
        elif run.state == Run.State.FINISHED and not run.adds_up:
            yield Wrong("runs", f"The report of run {run.pk} ({run.action}) does not add up.")


def _ledger() -> Iterator[Wrong]:
    for difference in rebuild_balances(repair=False):
        yield Wrong("ledger", f"A stock balance differs from its ledger: {difference}.")
    for row in StockBalance.objects.filter(reserved__lt=0).select_related("item"):
        yield Wrong(row.item.code, f"A reservation is below zero: {row}.")


def survived(site: Site) -> list[tuple[str, object]]:
    """Counts for the report."""
    orders = Counter(Order.objects.filter(site=site).values_list("state", flat=True))
    rows: list[tuple[str, object]] = [(f"orders {state}", number) for state, number in sorted(orders.items())]
    rows.append(
        (
            "proved to the cent",
            Order.objects.filter(site=site, proof_ok=True, state=OrderState.IMPORTED).count(),
        )
    )
    rows.append(("returns", ReturnOrder.objects.filter(site=site).count()))
    for name, requests in QUEUES.items():
        counted = requests.filter(site=site).aggregate(n=Count("id"), crashes=Sum("crash_count"))
        rows.append((f"{name} requests (crashed under them)", f"{counted['n']} ({counted['crashes'] or 0})"))
    events = WebhookEvent.objects.filter(site=site).aggregate(n=Count("id"), times=Sum("occurrences"))
    rows.append(("webhook events (deliveries)", f"{events['n']} ({events['times'] or 0})"))
    runs = Counter(Run.objects.filter(site_code=site.code).values_list("state", flat=True))
    rows += [(f"runs {state}", number) for state, number in sorted(runs.items())]
    return rows
