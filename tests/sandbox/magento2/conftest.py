from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.magento2 import Magento2Shop
from tests.sandbox.client import Receiver
from tests.sandbox.magento2.client import Api


@pytest.fixture
def shop() -> Iterator[Magento2Shop]:
    """An empty shop; hooks leave only when told."""
    with Magento2Shop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def api(shop: Magento2Shop) -> Api:
    return Api(shop)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
