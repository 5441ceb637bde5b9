from __future__ import annotations

from collections.abc import Iterator

import pytest

from platforms.norce.lookups import forget_lookups
from platforms.norce.tokens import forget_tokens
from sandbox.norce import NorceShop
from tests.platforms.norce.bench import NorceBench


@pytest.fixture
def shop() -> Iterator[NorceShop]:
    forget_tokens()
    forget_lookups()
    with NorceShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: NorceShop) -> NorceBench:
    return NorceBench(shop)
