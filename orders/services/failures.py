"""Orders that could not be read or broke the import: kept and shown, never dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from activity.services import report_error
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.logs import current_trace_id
from orders.models import Order
from orders.reasons import settings_link
from orders.services.context import ImportContext
from orders.services.holds import next_wait
from orders.services.intake import clean_json, clean_text
from orders.services.result import ImportResult
from orders.services.sold import state_lines
from orders.services.versions import keep_version
from orders.states import ImportOutcome, OrderState
from platforms.types import SoldLine
from sites.models import Site


def fail_order(
    *,
    site: Site,
    remote_id: str,
    error: EcomsyncError,
    raw: Mapping[str, Any] | None = None,
    sold: Sequence[SoldLine] | None = None,
) -> ImportResult:
    """Keep the order with its payload, try it again later, open a problem. Documents that stand are left alone.

    sold: what it sells all the same, which is not offered again; None leaves what was stated before.
    """
    key = clean_text(remote_id or "unknown", 100)
    with transaction.atomic():
        Order.objects.bulk_create([Order(site=site, remote_id=key)], ignore_conflicts=True)
        order = Order.objects.select_for_update(no_key=True).get(site=site, remote_id=key)
        order.site = site
        if not order.is_imported:
            if sold is not None:
                state_lines(order, sold, ImportContext(site))
            order.state, order.state_reason = OrderState.FAILED, error.code[:60]
        order.trace_id = current_trace_id()[:64]
        order.last_seen_at = timezone.now()
        order.heal_at = timezone.now() + next_wait(order.heal_attempts)
        order.heal_attempts += 1
        if raw:  # the hash stays that of the last version taken over, so that this one is tried again
            kept = clean_json(dict(raw))
            keep_version(order, kept)
            order.raw = kept
            order.number = order.number or clean_text(str(raw.get("number", "")), 100)
        order.save()
        report_error(
            site_code=site.code, error=error, subject=order, link=settings_link(error.code, site_id=site.pk)
        )
    return ImportResult(ImportOutcome.FAILED, order, code=error.code, message=error.message)
