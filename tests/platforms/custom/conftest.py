from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.custom import CustomShop
from tests.platforms.custom.bench import CustomBench


@pytest.fixture
def shop() -> Iterator[CustomShop]:
    with CustomShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: CustomShop) -> CustomBench:
    return CustomBench(shop)
