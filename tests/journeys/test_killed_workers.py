"""SIGKILL at any moment loses no order, doubles no document, leaves no row stuck."""

from __future__ import annotations

import random
import time

import pytest
from django.db.models import Count

from activity.models import Run
from ecomsync.demo import story
from ecomsync.demo.checks import check
from ecomsync.demo.story import Demo
from erp.models import SalesOrder
from orders.models import Order
from orders.states import OrderState
from sites.models import Site
from sites.runs import request_run
from tests.journeys.conftest import Workers

pytestmark = [pytest.mark.worker, pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(300)]


def test_killed_workers_lose_and_double_nothing(demo: Demo, workers: Workers) -> None:
    # given: short leases, so that what a dead worker held is free again soon
    workers.environment |= {"LEASE_SECONDS": "3"}
    chance = random.Random(20)
    Site.objects.filter(pk=demo.site.pk).update(max_orders_per_read=1000)
    wanted = [
        request_run(site=demo.site, action=action)
        for action in ("link_items", "read_sales", "update_all_qtys", "update_all_prices")
    ]
    # when: the workers are killed again and again in the middle of the work
    for _kill in range(6):
        workers.start()
        time.sleep(chance.uniform(1.5, 4.5))
        workers.kill()
    workers.start()
    # then: all that was asked for ends, each order is there once, and the shop agrees with the ERP
    over = (Run.State.FINISHED, Run.State.FAILED, Run.State.CANCELLED)
    ids = [run.pk for run in wanted]
    story.wait_until(
        lambda: Run.objects.filter(pk__in=ids, state__in=over).count() == len(ids), "all reports", seconds=90
    )
    story.run_action(demo, "link_items")
    story.run_action(demo, "read_sales")
    story.heal(demo)
    story.push_all(demo)
    story.trade_without_webhooks(demo)
    story.repeat(demo)
    assert check(demo, least_orders=30, least_links=100) == []
    doubles = SalesOrder.objects.values("channel", "external_number").annotate(n=Count("id")).filter(n__gt=1)
    assert not doubles
    imported = Order.objects.filter(state=OrderState.IMPORTED)
    assert imported.filter(sales_order=None).count() == 0
    assert SalesOrder.objects.count() == imported.count()
