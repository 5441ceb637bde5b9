"""Ten thousand deliveries of twenty shops at once: all kept, worked off in order, at a cost that does not grow."""

from __future__ import annotations

import gc
import hashlib
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from orders.models import Order
from platforms.types import RemoteOrder
from platforms.woocommerce.adapter import WooCommerceAdapter
from sites.models import Site
from tests.orders.factories import make_item, make_line, make_remote
from tests.webhooks.world import make_site, order_payload
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.services.claim import claim_batch
from webhooks.services.process import process_waiting

pytestmark = pytest.mark.django_db

SITES, ORDERS_EACH, EVENTS, BATCH = 20, 1, 10_000, 300
BEGAN = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def sites() -> list[Site]:
    make_item("MUG", stock=10_000)
    return [make_site() for _number in range(SITES)]


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Every shop answers with the orders it is asked for; counts the calls."""
    asked: Counter[str] = Counter()
    known: dict[str, RemoteOrder] = {}

    def get_orders(self: WooCommerceAdapter, ids: Sequence[str]) -> Iterator[RemoteOrder]:
        asked[self.connection.site_code] += 1
        for one in ids:
            if one not in known:
                known[one] = make_remote(make_line("MUG"), remote_id=one, number=one)
            yield known[one]

    monkeypatch.setattr(WooCommerceAdapter, "get_orders", get_orders)
    return asked


def flood(sites: list[Site], number: int) -> None:
    """A plugin saves the same orders again and again; the deliveries came in disorder."""
    rows = []
    for index in range(number):
        site = sites[index % len(sites)]
        order = 1 + index // len(sites) % ORDERS_EACH
        body = json.dumps(order_payload(order, save=index)).encode()
        rows.append(
            WebhookEvent(
                site=site,
                platform="woocommerce",
                topic="order.updated",
                kind="order.updated",
                identity=hashlib.sha256(body).hexdigest(),
                resource="order",
                remote_id=str(order),
                occurred_at=BEGAN + timedelta(seconds=index * 7919 % number),
                body=body,
                trace_id=uuid.uuid4().hex,
            )
        )
    WebhookEvent.objects.bulk_create(rows, batch_size=500)


@pytest.mark.timeout(400)
def test_a_storm_is_worked_off_in_order_at_a_cost_that_does_not_grow(
    sites: list[Site], shelf: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flood(sites, EVENTS)
    batches: list[list[tuple[datetime, int]]] = []
    statements: list[int] = []
    alive: list[int] = []

    def watched(**values: Any) -> list[WebhookEvent]:
        if len(batches) % 8 == 0:
            gc.collect()
            # By its type alone: isinstance would wake up lazy objects of other tests.
            alive.append(sum(type(one) is WebhookEvent for one in gc.get_objects()))
        statements.append(count[0])
        found = claim_batch(**values)
        batches.append([(event.occurred_at, event.pk) for event in found])
        return found

    count = [0]

    def counting(execute: Any, *values: Any) -> Any:
        count[0] += 1
        return execute(*values)

    monkeypatch.setattr("webhooks.services.process.claim_batch", watched)
    with connection.execute_wrapper(counting):
        report = process_waiting()

    assert (report.taken, report.processed, report.adds_up) == (EVENTS, EVENTS, True)
    assert not WebhookEvent.objects.exclude(state=EventState.PROCESSED, attempts=1).exists()
    assert Order.objects.count() == SITES * ORDERS_EACH
    assert sum(WebhookCounter.objects.values_list("accepted", flat=True)) == EVENTS

    sizes = [len(batch) for batch in batches if batch]
    assert sizes == [BATCH] * (EVENTS // BATCH) + [EVENTS % BATCH]
    taken = list(itertools.chain.from_iterable(batches))
    assert taken == sorted(taken), "the shops' time counts, then the id"
    assert max(shelf.values()) <= len(sizes), "one call per site and batch"

    per_batch = [after - before for before, after in itertools.pairwise(statements)][: EVENTS // BATCH]
    assert max(per_batch[1:]) <= BATCH, "less than one statement for an event"
    assert max(per_batch[-5:]) <= 1.1 * max(per_batch[1:6]), "flat in what was done before"
    assert max(alive) <= 2 * BATCH, "a batch is forgotten when it is done"
