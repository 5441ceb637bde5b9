"""The journeys of every platform, walked at this one's sandbox."""

from tests.contracts.journey_cases import JourneyCases


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events."""
