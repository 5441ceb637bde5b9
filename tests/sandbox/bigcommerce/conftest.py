from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.bigcommerce import BigCommerceShop
from tests.sandbox.bigcommerce.api import Api


@pytest.fixture
def shop() -> Iterator[BigCommerceShop]:
    with BigCommerceShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def api(shop: BigCommerceShop) -> Api:
    return Api(shop)
