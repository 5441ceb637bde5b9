"""Builds the adapter of a site: connection values, observer of calls, rate budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from activity.models import Run
from activity.services import observe_calls
from ecomsync.common.conf import conf
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.logs import ensure_trace
from platforms.base import Connection, PlatformAdapter
from sites.budget import SiteBudget
from sites.models import Site
from sites.services.learned import Keeper, learned_of


def connection_for(site: Site, *, afresh: bool = False) -> Connection:
    """All that the adapter may know of the site, as plain values. afresh: nothing of what was learned before but what
    cannot be learned again.

    Raises ConfigurationError.
    """
    adapter = site.adapter_class
    defaults = {field.name: field.default for field in adapter.option_fields}
    timeout = site.request_timeout or conf.api_request_timeout / 1000
    return Connection(
        site_code=site.code,
        url=site.url,
        credentials={field.name: site.credential(field.name) for field in adapter.credential_fields},
        options={**defaults, **site.platform_options},
        currency=site.currency,
        time_zone=site.time_zone or "UTC",
        languages=tuple(site.languages),
        api_version=site.api_version,
        webhook_url=site.webhook_url,
        webhook_secret=site.webhook_secret,
        verify_tls=site.verify_tls,
        timeout=float(timeout),
        pool_size=conf.connection_pool_size,
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
        user_agent_suffix=site.integrator_name,
        learned=_remembered(site, adapter) if afresh else learned_of(site),
    )


def _remembered(site: Site, adapter: type[PlatformAdapter]) -> Mapping[str, Any]:
    return {name: value for name, value in learned_of(site).items() if name in adapter.memory}


@contextmanager
def open_adapter(
    site: Site, *, lane: str = "orders", run: Run | None = None, afresh: bool = False, patient: bool = True
) -> Iterator[PlatformAdapter]:
    """The site's adapter, ready to call; closes its connections at the end and keeps what it has learned, also when the
    work ended with an error of ours.

    lane: orders | stock | prices | products, the priority in the rate budget. run: its calls are joined to it.
    afresh: it is to find everything out by itself, as for a test of the connection. patient: False where somebody waits
    for the page.
    """
    with ensure_trace(), observe_calls(site.code, site.site_type, run) as observer:
        budget = SiteBudget(site, lane=lane, patient=patient)
        connection = connection_for(site, afresh=afresh)
        with site.adapter_class(connection, observer=observer, budget=budget) as adapter:
            keeper = Keeper(site, adapter)
            adapter.keep = keeper.keep
            try:
                yield adapter
            except EcomsyncError:
                keeper.close()
                raise
            keeper.close()
