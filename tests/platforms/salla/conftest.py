from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.salla import SallaShop
from tests.platforms.salla.bench import SallaBench


@pytest.fixture
def shop() -> Iterator[SallaShop]:
    with SallaShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: SallaShop) -> Iterator[SallaBench]:
    bench = SallaBench(shop)
    yield bench
    bench.undo()
