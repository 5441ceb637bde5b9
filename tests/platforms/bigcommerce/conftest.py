from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.bigcommerce import BigCommerceShop
from tests.platforms.bigcommerce.bench import BigCommerceBench


@pytest.fixture
def shop() -> Iterator[BigCommerceShop]:
    with BigCommerceShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: BigCommerceShop) -> BigCommerceBench:
    return BigCommerceBench(shop)
