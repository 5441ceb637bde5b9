from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.shopify import ShopifyShop
from tests.sandbox.client import Receiver
from tests.sandbox.shopify.client import Admin


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    """An empty shop that delivers webhooks only when told."""
    with ShopifyShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def admin(shop: ShopifyShop) -> Admin:
    return Admin(shop)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
