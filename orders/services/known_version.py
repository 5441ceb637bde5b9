"""Telling news from what we know already, without a call to the shop."""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import Order
from orders.services.intake import clean_text, hash_of_content
from orders.states import OrderState
from platforms.types import RemoteOrder
from sites.models import Site
from sites.services.reading_windows import shop_time

#: A stamp so far beyond the shop's own time was made while its clock was wrong.
FUTURE = timedelta(minutes=5)


def is_older(moment: datetime, *, known: datetime | None, site: Site) -> bool:
    """Whether a version of that moment is older than the one that we hold.

    A clock that was ahead for a while must not make everything old that comes after it was set right: what we hold from a
    future that the shop has not come to yet is newer only than what was stamped in that future too.
    """
    if known is None or known <= moment:
        return False
    limit = shop_time(site) + FUTURE
    return known <= limit or moment > limit


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
