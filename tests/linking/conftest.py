from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activity.models import Run
from activity.services.runs import RunReporter, start_run
from erp.models import Item
from linking.runs import link_items
from linking.signals import items_linked
from platforms.registry import PlatformEntry, adapter_class, platform_entries
from platforms.types import RemoteProduct
from sites.models import Site
from tests.sync_queues.fake_shop import FakeAdapter

LinkSite = Callable[[], Run]


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RemoteProduct]]:
    """The products that the shop lists."""
    entry = PlatformEntry("fake", "Fake", "Fake", "tests.sync_queues.fake_shop:FakeAdapter")
    monkeypatch.setitem(platform_entries(), "fake", entry)
    FakeAdapter.shelf, FakeAdapter.broken_after = [], None
    yield FakeAdapter.shelf
    FakeAdapter.shelf, FakeAdapter.broken_after = [], None
    adapter_class.cache_clear()


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(code="SHOP", site_type="fake", url="http://127.0.0.1/shop", name2="My shop")


@pytest.fixture
def link(site: Site) -> LinkSite:
    """Run 'Link Items' as a worker would."""

    def run() -> Run:
        started = start_run(site_code=site.code, action="link_items")
        with RunReporter(started) as reporter:
            link_items(run=reporter, site=site, params={})
        started.refresh_from_db()
        return started

    return run


@pytest.fixture
def announced() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def hear(sender: object, **kwargs: Any) -> None:
        kwargs.pop("signal")
        heard.append(kwargs)

    items_linked.connect(hear)
    yield heard
    items_linked.disconnect(hear)


def product(remote_id: str, sku: str = "", **values: Any) -> RemoteProduct:
    return RemoteProduct(
        remote_id, sku, values.pop("name", f"Product {remote_id}"), values.pop("kind", "simple"), **values
    )


def item(code: str, **values: Any) -> Item:
    return Item.objects.create(code=code, **values)
