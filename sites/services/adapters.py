"""Builds the adapter of a site: connection values, observer of calls, rate budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from activity.models import Run
from activity.services import observe_calls
from ecomsync.common.conf import conf
from ecomsync.common.logs import ensure_trace
from platforms.base import Connection, PlatformAdapter
from sites.budget import SiteBudget
from sites.models import Site


def connection_for(site: Site) -> Connection:
    """All that the adapter may know of the site, as plain values. Raises ConfigurationError."""
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
    )


@contextmanager
def open_adapter(site: Site, *, lane: str = "orders", run: Run | None = None) -> Iterator[PlatformAdapter]:
    """The site's adapter, ready to call; closes its connections at the end.

    lane: orders | stock | prices | products, the priority in the rate budget. run: its calls are joined to it.
    """
    with ensure_trace(), observe_calls(site.code, site.site_type, run) as observer:
        budget = SiteBudget(site, lane=lane)
        with site.adapter_class(connection_for(site), observer=observer, budget=budget) as adapter:
            yield adapter
