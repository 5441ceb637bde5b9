"""The store's locations, and which of them gets quantities that name none."""

from __future__ import annotations

from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.zid.client import ZidClient
from platforms.zid.errors import PLATFORM

LANE = "stock"
ROUTE = "/v1/locations/"


class LocationBook:
    def __init__(self, client: ZidClient) -> None:
        self._client = client

    def rows(self) -> list[dict[str, Any]]:
        return list(self._client.pages(ROUTE, lane=LANE))

    def default(self) -> str:
        """The option's, else what was learned before, else one call for the store's default. Raises ConfigurationError."""
        known = self._client.options.location_id or str(self._client.learned.get("location_id") or "")
        return known or self.ask_default(self.rows())

    def ask_default(self, rows: list[dict[str, Any]]) -> str:
        """The default location of the list, which is remembered."""
        enabled = [row for row in rows if row.get("is_enabled", True)]
        chosen = next((row for row in enabled if row.get("is_default")), None) or next(iter(enabled), None)
        if chosen is None:
            raise ConfigurationError(
                "The store has no active location for stock.",
                code="no_location",
                cure="Make or enable a location in Zid's dashboard, or choose one in the options of the site.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        location = str(chosen.get("id", ""))
        self._client.learned["location_id"] = location
        return location
