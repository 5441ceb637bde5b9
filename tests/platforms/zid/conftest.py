from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.zid import ZidShop
from tests.platforms.zid.bench import ZidBench


@pytest.fixture
def shop() -> Iterator[ZidShop]:
    with ZidShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def bench(shop: ZidShop) -> ZidBench:
    return ZidBench(shop)
