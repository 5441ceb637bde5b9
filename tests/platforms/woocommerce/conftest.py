from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import WooBench


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: WooShop) -> WooBench:
    return WooBench(shop)
