"""Locations: where quantities go when the row does not say."""

from __future__ import annotations

from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import number_of

LOCATIONS = document(
    """query Locations($first: Int!, $after: String) {
  locations(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name isActive fulfillsOnlineOrders }
  }
}""",
    cost=20,
)


class LocationBook:
    """The shop's locations; the one that is found to be the default is remembered with the site."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._default = client.options.location_id or str(client.connection.learned.get("location_id") or "")
        self._rows: list[dict[str, Any]] | None = None

    @property
    def learned(self) -> dict[str, str]:
        return {} if not self._default or self._client.options.location_id else {"location_id": self._default}

    def rows(self, *, lane: str) -> list[dict[str, Any]]:
        """All active locations; one call."""
        if self._rows is None:
            found = self._client.pages(LOCATIONS, {}, lambda data: data.get("locations"), lane=lane, size=100)
            self._rows = [row for row in found if row.get("isActive", True)]
        return self._rows

    def default(self, *, lane: str) -> str:
        """The number of the location for rows without one: the oldest that fulfils online orders. Raises
        ConfigurationError."""
        if not self._default:
            rows = sorted(self.rows(lane=lane), key=lambda row: int(number_of(row.get("id")) or 0))
            chosen = next((row for row in rows if row.get("fulfillsOnlineOrders")), rows[0] if rows else None)
            if chosen is None:
                raise ConfigurationError(
                    "The shop has no active location, so no quantity can be stored.",
                    code="no_location",
                    cure="Switch a location on in the shop under Settings > Locations.",
                    platform="shopify",
                    site=self._client.connection.site_code,
                )
            self._default = number_of(chosen.get("id"))
        return self._default

    def forget(self) -> None:
        """The remembered default is gone from the shop: look anew."""
        if not self._client.options.location_id:
            self._default, self._rows = "", None
