from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.zid import ZidShop
from tests.sandbox.zid.api import Api


@pytest.fixture
def shop() -> Iterator[ZidShop]:
    with ZidShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def api(shop: ZidShop) -> Api:
    return Api(shop)
