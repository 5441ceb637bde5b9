from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from erp.models import Item
from platforms.registry import PlatformEntry, adapter_class, platform_entries
from sites.models import Site
from sync_queues.kinds import KINDS
from tests.sync_queues.fake_shop import FakeAdapter, ScriptedHandler

MakeSite = Callable[..., Site]
MakeItems = Callable[[int], list[Item]]


@pytest.fixture(autouse=True)
def _fake_platforms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = "tests.sync_queues.fake_shop"
    entries = platform_entries()
    monkeypatch.setitem(entries, "fake", PlatformEntry("fake", "Fake", "Fake", f"{module}:FakeAdapter"))
    monkeypatch.setitem(
        entries, "onewriter", PlatformEntry("onewriter", "One", "One", f"{module}:OneWriterAdapter")
    )
    monkeypatch.setitem(
        entries, "tokenshop", PlatformEntry("tokenshop", "Token", "Token", f"{module}:TokenAdapter")
    )
    FakeAdapter.shelf, FakeAdapter.broken_after = [], None
    yield
    adapter_class.cache_clear()


@pytest.fixture(autouse=True)
def handler(monkeypatch: pytest.MonkeyPatch) -> type[ScriptedHandler]:
    """All three queues answer by script."""
    ScriptedHandler.script, ScriptedHandler.batches = None, []
    for name, kind in list(KINDS.items()):
        monkeypatch.setitem(KINDS, name, replace(kind, handler="tests.sync_queues.fake_shop.ScriptedHandler"))
    return ScriptedHandler


@pytest.fixture
def make_site(db: None) -> MakeSite:
    def make(code: str = "SHOP", **fields: object) -> Site:
        values: dict[str, object] = {
            "site_type": "fake",
            "url": f"http://127.0.0.1/{code.lower()}",
            "update_quantities": True,
            "update_prices": True,
            "send_items_to_magento": True,
        }
        return Site.objects.create(code=code, **{**values, **fields})

    return make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def make_items(db: None) -> MakeItems:
    def make(count: int) -> list[Item]:
        start = Item.objects.count()
        return Item.objects.bulk_create(
            Item(code=f"IT-{number:05}", name2=f"Item {number}") for number in range(start, start + count)
        )

    return make
