"""Which full runs and deltas are due by the intervals of the sites."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError

from catalog.services.delta import request_changed_quantities
from ecomsync.common.conf import conf
from ecomsync.common.errors import EcomsyncError
from sites.choices import Flow
from sites.models import Site
from sites.runs import refusal, request_run
from sites.services import cursors

logger = logging.getLogger(__name__)

#: Flow -> the runs that are due together. One that the site cannot have now is left out.
ACTIONS = (
    (Flow.QUANTITY_FULL, ("update_all_qtys",)),
    (Flow.PRICE_FULL, ("update_all_prices",)),
    (Flow.ITEMS, ("send_items",)),
    (Flow.CUSTOMERS, ("send_customers",)),
    (Flow.RECONCILE, ("reconcile", "reconcile_orders")),
)
#: Runs that also need a switch of the site.
SWITCHES = {"reconcile_orders": "read_orders"}
#: What runs that are due by themselves are told.
PARAMS: Mapping[str, Mapping[str, Any]] = {"send_customers": {"changed": True}}


def request_due_full_runs() -> int:
    """Queue the runs; they are carried out by the workers of the sites. Returns how many."""
    requested = 0
    for flow, actions in ACTIONS:
        for site in cursors.due(flow):
            possible = [action for action in actions if _is_possible(site, action)]
            if not possible or not cursors.begin(site, flow):
                continue
            message = ""
            try:
                for action in possible:
                    request_run(site=site, action=action, params=PARAMS.get(action))
                    requested += 1
            except EcomsyncError as error:
                logger.warning("%s", error, extra={"site": site.code})
                message = str(error)
            cursors.finish(site, flow, error=message)
    return requested


def _is_possible(site: Site, action: str) -> bool:
    return not refusal(site, action) and bool(getattr(site, SWITCHES.get(action, "active")))


def request_due_quantity_deltas() -> int:
    """Compare the stock of each due site with what it was asked to look at last. Returns how many requests were made.

    The safety net behind the signals: changes made by bulk SQL, by an outside system or while the site was switched
    off are found here. A site that fails does not stop the others; nothing of its comparison is kept then.
    """
    if not conf.inventory_sync_enabled:
        return 0
    requested = 0
    for site in cursors.due(Flow.QUANTITY_DELTA):
        if not cursors.begin(site, Flow.QUANTITY_DELTA):
            continue
        message = ""
        try:
            requested += request_changed_quantities(site).requested
        except (EcomsyncError, DatabaseError) as error:
            logger.exception("Changed stock could not be looked for", extra={"site": site.code})
            message = str(error)
        cursors.finish(site, Flow.QUANTITY_DELTA, error=message)
    return requested
