from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, Receiver


@pytest.fixture
def shop() -> Iterator[WooShop]:
    """An empty shop that believes to be HTTPS, and delivers webhooks only when told."""
    with WooShop(treat_as_https=True, webhook_delay=None) as running:
        yield running


@pytest.fixture
def api(shop: WooShop) -> Api:
    return Api(shop)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
