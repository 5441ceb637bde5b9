from __future__ import annotations

from collections.abc import Iterator

import pytest

from platforms.magento1.client import MagentoClient
from platforms.magento1.sessions import BOOK
from sandbox.magento1 import Magento1Shop
from tests.platforms.magento1.bench import MagentoBench


@pytest.fixture(autouse=True)
def _fresh_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sessions live as long as the process: each test begins without any, and waits for nothing."""
    BOOK.clear()
    monkeypatch.setattr(MagentoClient, "deadlock_pause", 0.0)
    yield
    BOOK.clear()


@pytest.fixture
def shop() -> Iterator[Magento1Shop]:
    with Magento1Shop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: Magento1Shop) -> MagentoBench:
    return MagentoBench(shop)
