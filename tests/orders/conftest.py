"""A shop in memory that the registry knows as the platform 'memory'."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from activity.services import RunReporter, start_run
from platforms import registry
from sites.models import Site
from tests.orders.factories import ORDERED, make_shop_site
from tests.orders.shop import Shop, ShopAdapter

POINTS = (EntryPoint("memory", "tests.orders.shop:ShopAdapter", registry.ENTRY_POINT_GROUP),)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: POINTS if group == registry.ENTRY_POINT_GROUP else ()
    )
    registry.platform_entries.cache_clear()
    registry.adapter_class.cache_clear()
    ShopAdapter.shop = Shop()
    yield ShopAdapter.shop
    registry.platform_entries.cache_clear()
    registry.adapter_class.cache_clear()


@pytest.fixture
def site(db: None) -> Site:
    return make_shop_site()


@pytest.fixture
def memory_site(shop: Shop, db: None) -> Site:
    """A site of the shop in memory, which reads everything from the beginning."""
    return make_shop_site(site_type="memory", read_orders_from_date=ORDERED.replace(year=2020))


@pytest.fixture
def run_of() -> object:
    """Starts a run and gives its reporter."""

    def begin(site: Site, action: str = "read_sales") -> RunReporter:
        return RunReporter(start_run(site_code=site.code, action=action))

    return begin
