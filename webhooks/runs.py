"""Long actions of a site that this app carries out."""

from __future__ import annotations

from typing import Any

from activity.services import RunReporter
from ecomsync.common.errors import ConfigurationError
from platforms.types import Outcome
from sites.models import Site
from sites.services.adapters import open_adapter
from webhooks.services.watch import register_site


def register_webhooks(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """'Register Webhooks': one active hook per wanted topic, with our secret and our address."""
    if not site.capabilities.webhook_registration:
        raise ConfigurationError(
            f"{site.adapter_class.label_en} does not let us register webhooks.",
            code="unsupported",
            site=site.code,
            cure="Register the webhook address that the site shows by hand in the shop.",
        )
    with open_adapter(site, lane="orders", run=run.run) as adapter:
        results = register_site(site, adapter)
    run.found(len(results))
    for result in results:
        if result.outcome is Outcome.UNCHANGED:
            run.unchanged()
        elif result.outcome is Outcome.OK:
            (run.updated if result.code else run.created)()
        else:
            run.failed(1, f"{result.key}: {result.message} {result.cure}".strip(), code=result.code)
        if result.warning:
            run.note(f"{result.key}: {result.warning}", level="warning")
