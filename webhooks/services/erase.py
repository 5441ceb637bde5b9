"""Deliveries about a person whose data is erased: that they came stays, what they said goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q

from webhooks.models import EventState, WebhookEvent

#: The second is what those of one platform were called once.
_CUSTOMERS = ("customer", "customers")


def erase_order_events(*, site_id: int, remote_ids: Collection[str]) -> int:
    """Empty the kept deliveries of these orders and of what belongs to them. Returns how many."""
    about = Q(resource__in=("order", "refund"), remote_id__in=list(remote_ids))
    return _empty(Q(site_id=site_id) & about)


def erase_customer_events(*, accounts: Sequence[tuple[str, str]]) -> int:
    """Empty the kept deliveries about these accounts: (site code, id in the shop)."""
    about = Q(pk__in=())
    for system, external_id in accounts:
        about |= Q(site__code=system, resource__in=_CUSTOMERS, remote_id=external_id)
    return _empty(about)


def _empty(about: Q) -> int:
    done = WebhookEvent.objects.filter(about).exclude(state=EventState.PENDING)
    return done.update(body=b"{}", headers={})
