"""What the events of one batch share: open adapters, orders read together, work that is done already."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from orders.services.context import ImportContext
from platforms.base import OrderOrFailure, PlatformAdapter
from platforms.types import EventKind, OrderReadFailure
from sites.models import Site
from sites.services.adapters import open_adapter
from webhooks.models import WebhookEvent

logger = logging.getLogger(__name__)

ORDERS_AT_ONCE = 50


@dataclass
class Batch:
    """Events claimed together. Everything read for them was read after they had been received."""

    worker: str
    events: Sequence[WebhookEvent]
    sites: dict[int, Site]
    stack: ExitStack
    done: set[tuple[int, str, str, str]] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    _by_record: dict[tuple[int, str, str], list[WebhookEvent]] = field(default_factory=dict)
    _adapters: dict[int, PlatformAdapter] = field(default_factory=dict)
    _contexts: dict[int, ImportContext] = field(default_factory=dict)
    _orders: dict[tuple[int, str], OrderOrFailure | None] = field(default_factory=dict)

    def is_done(self, site_id: int, action: str, event: WebhookEvent) -> bool:
        """Whether this batch has done the same for the same record already."""
        return (site_id, str(action), event.resource, event.remote_id) in self.done

    def note_done(self, site_id: int, action: str, event: WebhookEvent) -> None:
        self.done.add((site_id, str(action), event.resource, event.remote_id))

    def same_record(self, event: WebhookEvent) -> Sequence[WebhookEvent]:
        """The events of the batch about the same record."""
        if not self._by_record:
            for one in self.events:
                self._by_record.setdefault((one.site_id, one.resource, one.remote_id), []).append(one)
        return self._by_record.get((event.site_id, event.resource, event.remote_id), [])

    def adapter(self, site: Site) -> PlatformAdapter:
        """The adapter of a site, opened once per batch."""
        if site.pk not in self._adapters:
            self._adapters[site.pk] = self.stack.enter_context(open_adapter(site, lane="orders"))
        return self._adapters[site.pk]

    def order(self, site: Site, remote_id: str) -> OrderOrFailure | None:
        """An order as the shop has it now; None when the shop does not know it.

        The orders of the events that follow are read in the same call.
        """
        key = (site.pk, remote_id)
        if key not in self._orders:
            wanted = self._upcoming(site, remote_id)
            adapter = self.adapter(site)
            for event in self.events:
                # A body without a date of its own was given the time of its receipt, which is our clock's.
                dated = event.occurred_at != event.received_at
                if dated and event.site_id == site.pk and event.remote_id in wanted:
                    adapter.expect_order(event.remote_id, event.occurred_at)
            found = {order.remote_id: order for order in adapter.get_orders(wanted)}
            for one in wanted:
                self._orders[site.pk, one] = found.get(one)
            self._contexts[site.pk] = ImportContext(site)
            readable = [order for order in found.values() if not isinstance(order, OrderReadFailure)]
            self._contexts[site.pk].prefetch(readable)
        return self._orders[key]

    def context(self, site: Site) -> ImportContext:
        """What the import of the orders read together shares."""
        return self._contexts.get(site.pk) or ImportContext(site)

    def _upcoming(self, site: Site, remote_id: str) -> list[str]:
        ids = [remote_id]
        for event in self.events:
            if len(ids) >= ORDERS_AT_ONCE:
                break
            is_order = event.kind.startswith("order.") and event.kind != EventKind.ORDER_DELETED
            if event.site_id == site.pk and is_order and event.remote_id:
                known = event.remote_id in ids or (site.pk, event.remote_id) in self._orders
                ids += [] if known else [event.remote_id]
        return ids
