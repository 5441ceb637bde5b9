"""The long actions of this app, as the table of the sites names them."""

from __future__ import annotations

from typing import Any

from activity.services.runs import RunReporter
from linking.services.link_catalogue import link_site
from linking.services.reconcile import reconcile
from linking.services.send_customers import send_customers
from sites.models import Site

__all__ = ["link_items", "reconcile", "send_customers"]


def link_items(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Link Items': match the whole catalogue of the site. May be repeated from the start at any time."""
    report = link_site(site=site, reporter=run)
    run.finish(
        f"{report.states.get('linked', 0)} linked, {report.held} to review, "
        f"{report.states.get('item_missing', 0)} without item, {report.remote_missing} gone from the shop."
    )
