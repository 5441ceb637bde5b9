"""The journeys of every platform, walked at this one's sandbox."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from platforms.zid.adapter import ZidAdapter
from sandbox.zid import ZidShop
from tests.contracts.arabic_cases import (
    CITY,
    FIRST,
    LAST,
    MOBILE,
    PRICE,
    SHIPPING,
    STREET,
    ArabicShopCases,
)
from tests.contracts.bench import Bench
from tests.contracts.journey_cases import JourneyCases
from tests.platforms.zid.bench import ZidBench


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events."""

    @pytest.fixture(autouse=True)
    def _no_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The sandbox of the journeys has no limit of calls, so the budget need not wait for the minute to pass."""
        unlimited = replace(ZidAdapter.capabilities, calls_per_second=None)
        monkeypatch.setattr(ZidAdapter, "capabilities", unlimited)


@pytest.fixture
def dinars() -> Iterator[ZidBench]:
    with ZidShop(webhook_delay=None, currency="KWD", tax_rate="0") as shop:
        yield ZidBench(shop)


class TestArabicShop(ArabicShopCases):
    """In Kuwait."""

    def place(self, bench: Bench) -> str:
        assert isinstance(bench, ZidBench)
        bench.shop.add_product(sku="ATTAR", name="عطر العود", price=PRICE, quantity=10)
        buyer = {"first_name": FIRST, "last_name": LAST, "city": CITY, "street": STREET, "mobile": MOBILE[1:]}
        made = bench.shop.place_order(
            [{"sku": "ATTAR", "quantity": 3}], buyer=buyer, shipping={"amount": SHIPPING, "method": "أرامكس"}
        )
        return str(made["id"])
