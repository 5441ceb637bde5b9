"""Which held orders and returns may go again: marked as due when what they wait for comes.

Marking writes a time only; `heal` tries them, in a run with progress when there are many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils import timezone

from orders.models import Order, OrderHold, ReturnOrder
from orders.reasons import CODES_BY_CUSTOMER, CODES_BY_MAPPING, REFUSED_CUSTOMER, HoldCode
from orders.states import OrderState, ReturnState
from sites.models import Site
from sites.runs import request_run

#: From so many on a run of its own shows the progress; fewer go with the next wake-up.
BULK = 25
CHUNK = 500


def held_orders() -> QuerySet[Order]:
    """Orders without documents that may get some, and those whose change could not be followed."""
    waiting = Q(state__in=(OrderState.HELD, OrderState.FAILED), sales_order=None)
    return Order.objects.filter(waiting | Q(state=OrderState.HELD, heal_at__isnull=False))


def waiting_orders() -> QuerySet[Order]:
    """Those, and orders with documents whose newest version broke the import."""
    broken = Q(sales_order__isnull=False, state=OrderState.IMPORTED, heal_at__isnull=False)
    return Order.objects.filter(broken | Q(state__in=(OrderState.HELD, OrderState.FAILED)))


def due_orders(site: Site) -> QuerySet[Order]:
    """Orders of a site that are to be tried now, oldest first."""
    return waiting_orders().filter(site=site, heal_at__lte=timezone.now()).order_by("heal_at", "id")


def held_returns() -> QuerySet[ReturnOrder]:
    return ReturnOrder.objects.filter(state=ReturnState.HELD)


def due_for_mapping(*, site_id: int, kind: str, codes: Collection[str] = ()) -> int:
    """Mark the orders and returns of a site that this mapping can cure; `codes` only inform. Returns how many."""
    orders, returns = held_orders().filter(site_id=site_id), held_returns().filter(site_id=site_id)
    if kind in CODES_BY_MAPPING:
        curable = CODES_BY_MAPPING[kind]
        if not curable:
            return 0
        orders = orders.filter(pk__in=_open_holds(curable).values("order"))
        returns = returns.filter(hold_code__in=curable)
    return mark_due(orders, returns)


def due_for_skus(*, site_id: int, skus: Collection[str]) -> int:
    """Mark the orders and returns that wait for these products. Returns how many."""
    orders, returns = held_orders().filter(site_id=site_id), held_returns().filter(site_id=site_id)
    holds = _open_holds((HoldCode.UNKNOWN_SKU,))
    named = _about(holds, skus) if skus else holds
    # Some are held under the product's name, since the shop sends no SKU for them: those are tried too.
    nameless = orders.filter(pk__in=holds.values("order"), lines__sku="", lines__item=None)
    wanted = Q(pk__in=named.values("order")) | Q(pk__in=nameless.order_by().values("pk"))
    return mark_due(orders.filter(wanted), returns.filter(hold_code__in=("unknown_sku", "not_linked")))


def due_for_codes(codes: Iterable[str], subjects: Iterable[str] | None = None, *, fresh: bool = True) -> int:
    """Mark what any site holds for these reasons, about these subjects (None: whatever they concern).

    fresh: staff removed the cause, so the waiting times begin anew. Without it each sign is good for one try, and
    what is held again waits longer every time. Returns how many.
    """
    wanted, marked = tuple(codes), 0
    names = None if subjects is None else sorted({name for name in subjects if name})
    parts = [None] if names is None else [names[at : at + CHUNK] for at in range(0, len(names), CHUNK)]
    for part in parts:
        holds = _open_holds(wanted) if part is None else _about(_open_holds(wanted), part)
        returns = held_returns().filter(hold_code__in=wanted)
        if part is not None:
            returns = returns.filter(hold_subject__in=part)
        orders = held_orders().filter(pk__in=holds.values("order"))
        marked += mark_due(orders, returns, fresh=fresh)
    return marked


def due_for_customers(codes: Collection[str], *, holds: Collection[str] = REFUSED_CUSTOMER) -> int:
    """Mark what waits for one of these customers (by code). Returns how many."""
    return due_for_codes(holds, codes)


def due_for_buyers() -> int:
    """A customer was made or corrected: mark the orders whose buyer was not found, or found twice."""
    return due_for_codes(CODES_BY_CUSTOMER)


def due_for_order(order: Order) -> int:
    """A document of the order moved on (confirmed, invoiced): mark the returns that may have waited for it."""
    mine = Q(order=order) | Q(site=order.site_id, order_remote_id=order.remote_id)
    return mark_due(Order.objects.none(), held_returns().filter(mine))


def mark_due(
    orders: QuerySet[Order],
    returns: QuerySet[ReturnOrder] | None = None,
    *,
    fresh: bool = True,
    run: bool = True,
) -> int:
    """Let these go again now; many of one site get a run unless one is under way. Returns how many were marked."""
    counts: dict[int, int] = {}
    for rows in (orders, returns):
        for site_id, number in _mark(rows, fresh=fresh).items() if rows is not None else ():
            counts[site_id] = counts.get(site_id, 0) + number
    for site in Site.objects.filter(
        pk__in=[key for key, number in counts.items() if run and number >= BULK], active=True
    ):
        request_run(site=site, action="release_orders", params={})
    return sum(counts.values())


def _mark(rows: QuerySet[Any], *, fresh: bool) -> dict[int, int]:
    """site -> how many."""
    found = list(rows.order_by().values_list("pk", "site_id").distinct())
    changes: dict[str, Any] = {"heal_at": timezone.now(), **({"heal_attempts": 0} if fresh else {})}
    counts: dict[int, int] = {}
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        rows.model._default_manager.filter(pk__in=[pk for pk, _site in part]).update(**changes)
        for _pk, site_id in part:
            counts[site_id] = counts.get(site_id, 0) + 1
    return counts


def _open_holds(codes: Collection[str]) -> QuerySet[OrderHold]:
    return OrderHold.objects.filter(released_at=None, code__in=list(codes))


def _about(holds: QuerySet[OrderHold], subjects: Iterable[str]) -> QuerySet[OrderHold]:
    """Shops and the ERP do not agree about capital letters."""
    return holds.annotate(about=Upper("subject")).filter(about__in=[name.upper() for name in subjects])
