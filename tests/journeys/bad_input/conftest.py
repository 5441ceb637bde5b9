from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils.translation import trans_real

from ecomsync.compile_messages import main as compile_messages
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.orders.factories import make_item, make_shop_site


@pytest.fixture(scope="session", autouse=True)
def _texts() -> None:
    """The Arabic texts as they are now."""
    compile_messages()
    trans_real._translations.clear()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _short_timeouts(settings: Any) -> None:
    settings.LEASE_SECONDS = 60.0


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        for code in ("S1", "S2"):
            shop.add_product(sku=code, regular_price="20.00", stock_quantity=50)
        yield shop


@pytest.fixture
def site(woo: WooShop, db: None) -> Site:
    """A complete site with two items in stock, on the shop of this test."""
    for code in ("S1", "S2"):
        make_item(code, stock=50, sales_price="20.00")
    return make_shop_site(
        url=woo.url,
        username=woo.key,
        password=woo.secret,
        currency=woo.options.currency,
        time_zone="Asia/Riyadh",
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        request_timeout=2,
        update_quantities=True,
        update_prices=True,
        update_order_status=True,
        quantity_delta_interval=0,
        price_delta_interval=0,
    )
