"""Telling news from what we know already, without a call to the shop."""

from __future__ import annotations

from orders.models import Order
from orders.services.intake import clean_text, hash_of_content
from orders.states import OrderState
from platforms.types import RemoteOrder
from sites.models import Site


def is_known_version(*, site: Site, remote: RemoteOrder) -> bool:
    """Whether we hold just this version of the order: the same moment of change, status, payment and content.

    Above all the echo of our own writes, whose answer was taken over at once. An order that failed is never known.
    """
    row = (
        Order.objects.filter(site=site, remote_id=clean_text(remote.remote_id, 100))
        .exclude(state=OrderState.FAILED)
        .only("updated_remote", "status_remote", "financial_status", "refunded_total", "relevant_hash")
        .first()
    )
    return (
        row is not None
        and row.updated_remote == remote.updated_at
        and row.status_remote == clean_text(remote.status, 100)
        and row.financial_status == remote.financial_status.value
        and row.refunded_total == remote.totals.refunded_total
        and row.relevant_hash == hash_of_content(remote)
    )
