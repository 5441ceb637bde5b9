from __future__ import annotations

from collections.abc import Iterator

import pytest

from platforms.magento2.signing_in import forget_tokens
from sandbox.magento2 import Magento2Shop
from tests.platforms.magento2.bench import MageBench


@pytest.fixture
def shop() -> Iterator[Magento2Shop]:
    forget_tokens()
    with Magento2Shop(webhook_delay=None, edition="Commerce") as shop:
        shop.add_source("JED", "Jeddah")
        yield shop


@pytest.fixture
def bench(shop: Magento2Shop) -> MageBench:
    return MageBench(shop)


@pytest.fixture
def open_source() -> Iterator[MageBench]:
    """A shop without what Adobe Commerce has beyond it."""
    forget_tokens()
    with Magento2Shop(webhook_delay=None) as shop:
        yield MageBench(shop)
