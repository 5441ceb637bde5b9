"""Which full runs are due by the intervals of the sites."""

from __future__ import annotations

import logging

from ecomsync.common.errors import EcomsyncError
from sites.choices import Flow
from sites.runs import refusal, request_run
from sites.services import cursors

logger = logging.getLogger(__name__)

ACTIONS = (
    (Flow.QUANTITY_FULL, "update_all_qtys"),
    (Flow.PRICE_FULL, "update_all_prices"),
    (Flow.ITEMS, "send_items"),
    (Flow.RECONCILE, "reconcile"),
)


def request_due_full_runs() -> int:
    """Queue the runs; they are carried out by the workers of the sites. Returns how many."""
    requested = 0
    for flow, action in ACTIONS:
        for site in cursors.due(flow):
            if refusal(site, action) or not cursors.begin(site, flow):
                continue
            message = ""
            try:
                request_run(site=site, action=action)
                requested += 1
            except EcomsyncError as error:
                logger.warning("%s", error, extra={"site": site.code})
                message = str(error)
            cursors.finish(site, flow, error=message)
    return requested
