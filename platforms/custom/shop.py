"""What the shop tells of itself, where the settings have an operation for it."""

from __future__ import annotations

from typing import Any

from platforms.custom.client import CustomClient
from platforms.custom.paging import record_of
from platforms.custom.records import Record
from platforms.types import ShopInfo

LANE = "products"


class ShopReader:
    def __init__(self, client: CustomClient) -> None:
        self._client = client

    def info(self) -> ShopInfo:
        """Without an operation 'shop': what the site says itself."""
        settings, connection = self._client.settings, self._client.connection
        operation = settings.operation("shop")
        if operation is None:
            return ShopInfo(
                currency=connection.currency.upper(),
                time_zone=connection.time_zone,
                statuses=settings.status_titles,
            )
        row = record_of(self._client, operation, self._client.run(operation, {}, lane=LANE)) or {}
        record = Record("shop", row, settings.maps.get("shop", {}), self._client.scope)
        return ShopInfo(
            name=record.text("name"),
            version=record.text("version"),
            currency=record.text("currency").upper() or connection.currency.upper(),
            time_zone=record.text("time_zone"),
            prices_include_tax=record.maybe_flag("prices_include_tax"),
            weight_unit=record.text("weight_unit"),
            statuses=_pairs(record, "statuses") or settings.status_titles,
            payment_methods=_pairs(record, "payment_methods"),
            shipping_methods=_pairs(record, "shipping_methods"),
            locations=_pairs(record, "locations"),
        )


def _pairs(record: Record, name: str) -> tuple[tuple[str, str], ...]:
    rows: list[Any] = [(row.text("code"), row.text("title") or row.text("code")) for row in record.rows(name)]
    return tuple((code, title) for code, title in rows if code)
