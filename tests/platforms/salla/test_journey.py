"""The journeys of every platform, walked at this one's sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.salla import SallaShop
from tests.contracts.journey_cases import JourneyCases


@pytest.fixture
def shop() -> Iterator[SallaShop]:
    with SallaShop(webhook_delay=None, branches=2) as shop:
        yield shop


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events, at a store with two branches."""
