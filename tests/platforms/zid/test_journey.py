"""The journeys of every platform, walked at this one's sandbox."""

from dataclasses import replace

import pytest

from platforms.zid.adapter import ZidAdapter
from tests.contracts.journey_cases import JourneyCases


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events."""

    @pytest.fixture(autouse=True)
    def _no_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The sandbox of the journeys has no limit of calls, so the budget need not wait for the minute to pass."""
        unlimited = replace(ZidAdapter.capabilities, calls_per_second=None)
        monkeypatch.setattr(ZidAdapter, "capabilities", unlimited)
