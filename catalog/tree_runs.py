"""'Send Categories' and 'Fetch Categories'."""

from __future__ import annotations

from typing import Any

from activity.services import RunReporter
from catalog.models import CategoryConfig
from catalog.services import categories
from platforms.types import Outcome
from sites.models import Site
from sites.services.adapters import open_adapter


def send_categories(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Send the tree, parents first; what the shop has already is not sent. params["ids"]: only these."""
    ids = params.get("ids")
    with open_adapter(site, lane="products", run=run.run) as adapter:
        answers = categories.send_categories(
            site=site, adapter=adapter, category_ids=ids or None, forced=bool(params.get("force"))
        )
    rows = CategoryConfig.objects.in_bulk(answers)
    run.found(len(answers))
    for pk, answer in answers.items():
        if answer.outcome is Outcome.UNCHANGED:
            run.unchanged()
        elif answer.outcome is Outcome.OK:
            run.pushed()
            if answer.message or answer.warning:
                run.note(answer.message or answer.warning, subject=rows.get(pk), code=answer.code)
        else:
            run.failed(1, f"{answer.message} {answer.cure}".strip(), subject=rows.get(pk), code=answer.code)


def fetch_categories(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Take the shop's tree over."""
    with open_adapter(site, lane="products", run=run.run) as adapter:
        report = categories.fetch_categories(site=site, adapter=adapter)
    run.found(report.found)
    run.created(report.created)
    run.updated(report.updated)
    run.unchanged(report.unchanged)
