"""Which full runs are due by the intervals of the sites."""

from __future__ import annotations

import logging

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
    (Flow.RECONCILE, ("reconcile", "reconcile_orders")),
)
#: Runs that also need a switch of the site.
SWITCHES = {"reconcile_orders": "read_orders"}


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
                    request_run(site=site, action=action)
                    requested += 1
            except EcomsyncError as error:
                logger.warning("%s", error, extra={"site": site.code})
                message = str(error)
            cursors.finish(site, flow, error=message)
    return requested


def _is_possible(site: Site, action: str) -> bool:
    return not refusal(site, action) and bool(getattr(site, SWITCHES.get(action, "active")))
