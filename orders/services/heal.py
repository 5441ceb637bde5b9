"""Held orders go again by themselves: at once when what they wait for comes, and from time to time anyway."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ecomsync.common.conf import conf
from ecomsync.common.errors import EcomsyncError
from orders.models import Order, ReturnOrder
from orders.reasons import CODES_BY_CUSTOMER, CODES_BY_MAPPING, REFUSED_CUSTOMER, HoldCode
from orders.services.context import ImportContext
from orders.services.failures import fail_order
from orders.services.read_sales import import_safely
from orders.services.result import ImportResult
from orders.services.returns import post_return
from orders.states import ImportOutcome, OrderState, ReturnState
from sites.models import Site
from sites.services.adapters import open_adapter


def held_orders() -> QuerySet[Order]:
    """Orders without documents that may get some."""
    return Order.objects.filter(state__in=(OrderState.HELD, OrderState.FAILED), sales_order=None)


def waiting_orders() -> QuerySet[Order]:
    """Those, and orders with documents whose newest version broke the import."""
    broken = Q(sales_order__isnull=False, state=OrderState.IMPORTED, heal_at__isnull=False)
    return Order.objects.filter(broken | Q(state__in=(OrderState.HELD, OrderState.FAILED), sales_order=None))


def due_for_mapping(*, site_id: int, kind: str, codes: Collection[str] = ()) -> int:
    """Mark the orders of a site that this mapping can cure; `codes` only inform. Returns how many."""
    orders = held_orders().filter(site_id=site_id)
    if kind in CODES_BY_MAPPING:
        curable = CODES_BY_MAPPING[kind]
        if not curable:
            return 0
        orders = orders.filter(holds__released_at=None, holds__code__in=curable)
    return _mark_due(orders)


def due_for_skus(*, site_id: int, skus: Collection[str]) -> int:
    """Mark the orders that wait for these products. Returns how many."""
    orders = held_orders().filter(site_id=site_id)
    waiting = Q(holds__released_at=None, holds__code=HoldCode.UNKNOWN_SKU)
    exact = orders.filter(waiting, holds__subject__in=list(skus)) if skus else orders.filter(waiting)
    # Some are held under the product's name, since the shop sends no SKU for them: those are tried too.
    nameless = orders.filter(waiting, lines__sku="", lines__item=None)
    return _mark_due(exact) + _mark_due(nameless)


def due_for_customers(codes: Collection[str], *, holds: Collection[str] = REFUSED_CUSTOMER) -> int:
    """Mark the orders that wait for one of these customers (by code). Returns how many."""
    waiting = Q(holds__released_at=None, holds__code__in=holds, holds__subject__in=list(codes))
    return _mark_due(held_orders().filter(waiting)) if codes else 0


def due_for_buyers() -> int:
    """A customer was made or corrected: mark the orders whose buyer was not found, or found twice."""
    waiting = Q(holds__released_at=None, holds__code__in=CODES_BY_CUSTOMER)
    return _mark_due(held_orders().filter(waiting))


def _mark_due(orders: QuerySet[Order]) -> int:
    ids = orders.order_by().values("pk").distinct()
    return Order.objects.filter(pk__in=ids).update(heal_at=timezone.now(), heal_attempts=0)


def heal_due_orders(*, limit: int | None = None) -> dict[str, int]:
    """Try the orders that are due, oldest first. outcome -> how many."""
    size = limit or conf.order_processing_batch_size
    due = waiting_orders().filter(heal_at__lte=timezone.now(), site__active=True)
    by_site: dict[int, list[Order]] = {}
    for order in due.select_related("site").order_by("heal_at", "id")[:size]:
        if _claim(order):
            by_site.setdefault(order.site_id, []).append(order)
    counts: dict[str, int] = {}
    for orders in by_site.values():
        for result in heal_orders(site=orders[0].site, orders=orders):
            counts[str(result.outcome)] = counts.get(str(result.outcome), 0) + 1
    heal_returns(limit=size)
    return counts


def _claim(order: Order) -> bool:
    """While an order is being tried nobody else takes it; a dead worker's claim lapses."""
    later = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    return bool(Order.objects.filter(pk=order.pk, heal_at=order.heal_at).update(heal_at=later))


def heal_orders(*, site: Site, orders: Iterable[Order], source: str = "") -> list[ImportResult]:
    """Import orders of one site again from the payload we keep; no call to the shop is made."""
    results = []
    context = ImportContext(site)
    with open_adapter(site) as adapter:
        for order in orders:
            try:
                remote = adapter.parse_order(order.raw)
            except EcomsyncError as error:
                results.append(fail_order(site=site, remote_id=order.remote_id, error=error, raw=order.raw))
                continue
            results.append(
                import_safely(
                    site=site, remote=remote, context=context, source=source or order.source, force=True
                )
            )
    return results


def heal_returns(*, limit: int = 50) -> int:
    """Returns that waited for their order, which is here now. Returns how many were posted."""
    waiting = ReturnOrder.objects.filter(
        state=ReturnState.HELD, hold_code=HoldCode.RETURN_WITHOUT_ORDER, site__active=True
    ).filter(site__orders__remote_id=F("order_remote_id"), site__orders__sales_order__isnull=False)
    posted = 0
    for row in waiting.select_related("site").distinct()[:limit]:
        row.order = Order.objects.filter(site=row.site, remote_id=row.order_remote_id).first()
        row.save(update_fields=["order", "updated_at"])
        posted += post_return(return_order=row, policy=row.site.return_policy).state == ReturnState.POSTED
    return posted


def is_solved(result: ImportResult) -> bool:
    """Whether trying again led on."""
    return result.outcome in (ImportOutcome.CREATED, ImportOutcome.UPDATED, ImportOutcome.SKIPPED)
