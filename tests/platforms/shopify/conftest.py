from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.shopify import ShopifyShop
from tests.platforms.shopify.bench import ShopifyBench


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: ShopifyShop) -> ShopifyBench:
    return ShopifyBench(shop)
