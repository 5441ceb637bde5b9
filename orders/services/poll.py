"""Asking for the readings whose interval has passed."""

from __future__ import annotations

from activity.models import Run
from sites.choices import Flow
from sites.runs import request_run
from sites.services import cursors

_ACTIONS = {Flow.ORDERS: ("read_sales", "read_orders"), Flow.RETURNS: ("read_returns", "read_returns")}


def request_due_readings() -> list[Run]:
    """One run per site and flow that is due; a run that waits or works already is not asked for twice."""
    made = []
    for flow, (action, capability) in _ACTIONS.items():
        for site in cursors.due(flow):
            if not getattr(site.capabilities, capability):
                continue
            working = Run.objects.filter(
                site_code=site.code, action=action, state__in=(Run.State.QUEUED, Run.State.RUNNING)
            )
            if not working.exists():
                made.append(request_run(site=site, action=action))
    return made
