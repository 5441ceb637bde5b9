"""The journeys of every platform, walked at this one's sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.salla import SallaShop
from tests.contracts.arabic_cases import (
    CITY,
    FIRST,
    LAST,
    PRICE,
    SHIPPING,
    STREET,
    ArabicShopCases,
)
from tests.contracts.bench import Bench
from tests.contracts.journey_cases import JourneyCases
from tests.platforms.salla.bench import SallaBench


@pytest.fixture
def shop() -> Iterator[SallaShop]:
    with SallaShop(webhook_delay=None, branches=2) as shop:
        yield shop


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events, at a store with two branches."""


@pytest.fixture
def dinars() -> Iterator[SallaBench]:
    with SallaShop(webhook_delay=None, currency="KWD", decimals=3, tax_rate="0") as shop:
        yield SallaBench(shop)


class TestArabicShop(ArabicShopCases):
    """In Kuwait."""

    def place(self, bench: Bench) -> str:
        assert isinstance(bench, SallaBench)
        bench.shop.add_product(sku="ATTAR", name="عطر العود", price=PRICE, quantity=10)
        made = bench.shop.place_order(
            [{"sku": "ATTAR", "quantity": 3}],
            buyer={
                "first_name": FIRST,
                "last_name": LAST,
                "city": CITY,
                "street": STREET,
                "mobile": 512345678,
            },
            shipping=SHIPPING,
        )
        return str(made["id"])
