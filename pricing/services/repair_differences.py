"""Repairs what a comparison found about prices; the price queue carries it out."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from activity.difference_kinds import Repair
from activity.models import Difference
from activity.services import RunReporter
from linking.services.repair_differences import DRY_RUN, asked, follow_requests, linked_of, refused
from pricing.services.requests import request_prices
from sites.models import Site

NO_PRICES = _("The site does not send prices. Switch ‘update prices’ on.")


def repair_prices(*, run: RunReporter, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """Price requests that are sent even if the shop should have the price."""
    site = Site.objects.get(code=site_code)
    if not site.update_prices:
        return refused(rows, NO_PRICES)
    if site.dry_run:
        return refused(rows, DRY_RUN)
    lines = linked_of(site, rows)
    items = {line.item_id for line in lines.values() if line.item_id is not None}
    request_prices(item_ids=items, sites=[site], forced=True, lists=False)
    return asked(rows, lines)


def follow_prices(*, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    return follow_requests("price", site_code=site_code, rows=rows)
