from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.magento1 import Magento1Shop
from tests.sandbox.magento1.client import Rpc


@pytest.fixture
def shop() -> Iterator[Magento1Shop]:
    with Magento1Shop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def rpc(shop: Magento1Shop) -> Rpc:
    return Rpc(shop)
