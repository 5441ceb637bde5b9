"""A changed site is known to the porch of this process at once; other processes learn it within half a minute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models.signals import post_delete, post_save

from erp.signals import customer_erasing
from orders.signals import orders_erased
from sites.models import EventActionLine, Site
from webhooks.services.erase import erase_customer_events, erase_order_events
from webhooks.services.sites import cards


def on_site_changed(sender: Any, instance: Site, **_kwargs: Any) -> None:
    cards.forget(instance.webhook_public_id)


def on_line_changed(sender: Any, **_kwargs: Any) -> None:
    cards.clear()


def on_customer_erasing(sender: Any, accounts: Sequence[tuple[str, str]], **_kwargs: Any) -> None:
    erase_customer_events(accounts=accounts)


def on_orders_erased(sender: Any, site_id: int, remote_ids: Sequence[str], **_kwargs: Any) -> None:
    erase_order_events(site_id=site_id, remote_ids=remote_ids)


def connect() -> None:
    """Connect the receivers; called once when the app starts."""
    customer_erasing.connect(on_customer_erasing, dispatch_uid="webhooks.customer_erasing")
    orders_erased.connect(on_orders_erased, dispatch_uid="webhooks.orders_erased")
    for signal in (post_save, post_delete):
        signal.connect(on_site_changed, sender=Site, dispatch_uid=f"webhooks.site.{id(signal)}")
        signal.connect(on_line_changed, sender=EventActionLine, dispatch_uid=f"webhooks.line.{id(signal)}")
