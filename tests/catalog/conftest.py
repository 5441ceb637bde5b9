from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.catalog.world import make_site


@pytest.fixture
def shop() -> Iterator[WooShop]:
    """A shop that delivers webhooks only when it is told to."""
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(db: None, shop: WooShop) -> Site:
    return make_site(shop)
