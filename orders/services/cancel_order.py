"""An order that is gone from the shop: trashed or deleted, so that it cannot be read any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from activity.services import record_event
from catalog.services.requests import gathering_requests
from ecomsync.common.logs import ensure_trace
from orders.models import Order
from orders.services import outbox
from orders.services.cancellations import cancel_documents
from orders.services.context import ImportContext
from orders.services.holds import release_holds
from orders.services.intake import clean_text
from orders.services.result import ImportResult
from orders.services.sold import clear_sold, note_gone
from orders.states import CANCELLED_IN_SHOP, ImportOutcome, OrderState
from platforms.types import OrderPhase
from sites.models import Site


def cancel_order(
    *, site: Site, remote_id: str, reason: str = "", moment: datetime | None = None
) -> ImportResult:
    """Treat the order as cancelled in the shop, by the site's cancel policy.

    An unknown order is skipped, and remembered as gone since `moment` (now when unknown): a version that somebody
    read before and imports at this moment is older and makes no documents; one restored later is newer.
    """
    context = ImportContext(site)
    with ensure_trace(), transaction.atomic(), gathering_requests():
        order = _locked(site, clean_text(remote_id, 100))
        if order.state == OrderState.NEW and not order.raw_hash:
            order.phase, order.updated_remote = OrderPhase.CANCELLED.value, moment or timezone.now()
            order.state, order.state_reason = OrderState.CANCELLED, CANCELLED_IN_SHOP
            order.save()
            return ImportResult(ImportOutcome.SKIPPED, order, message="unknown order")
        if order.phase == OrderPhase.CANCELLED.value and order.state == OrderState.CANCELLED:
            return ImportResult(ImportOutcome.UNCHANGED, order)
        order.phase = OrderPhase.CANCELLED.value
        note_gone(order)
        if order.sales_order is None:
            result = _drop(order, reason)
        else:
            with outbox.collecting() as changes:
                result = cancel_documents(
                    order, order.sales_order, context, reason=reason or "Gone from the shop."
                )
            outbox.link_documents(order, changes)
            outbox.enqueue_changes(order=order, changes=changes, context=context)
        order.save()
    return result


def _locked(site: Site, remote_id: str) -> Order:
    """The order's row; when another worker is importing it, we wait for that one."""
    Order.objects.bulk_create([Order(site=site, remote_id=remote_id)], ignore_conflicts=True)
    order = Order.objects.select_for_update(no_key=True).get(site=site, remote_id=remote_id)
    order.site = site
    return order


def _drop(order: Order, reason: str) -> ImportResult:
    order.state, order.state_reason, order.heal_at = OrderState.CANCELLED, CANCELLED_IN_SHOP, None
    release_holds(order)
    clear_sold(order)
    record_event(kind="order.cancelled", site_code=order.site.code, subject=order, message=reason)
    return ImportResult(ImportOutcome.UPDATED, order, message=reason)
