"""What the shop tells of itself: version, currency, zone, tax mode, and the lists that staff map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import to_decimal
from platforms.types import ShopInfo
from platforms.woocommerce.client import WooClient

LANE = "products"
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("pending", "Pending payment"),
    ("processing", "Processing"),
    ("on-hold", "On hold"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("refunded", "Refunded"),
    ("failed", "Failed"),
)


class ShopReader:
    """Slow calls among them: meant for connecting a site, not for every run."""

    def __init__(self, client: WooClient) -> None:
        self._client = client

    def info(self) -> ShopInfo:
        """About ten calls. What the key's user may not read is left empty; a shop out of reach raises."""
        index = self.index()
        status = self.system_status()
        environment, settings = _dict(status.get("environment")), _dict(status.get("settings"))
        return ShopInfo(
            name=str(index.get("name") or ""),
            version=str(environment.get("version") or ""),
            currency=str(settings.get("currency") or self.setting("general", "woocommerce_currency")),
            currency_decimals=_whole(settings.get("number_of_decimals")),
            time_zone=zone_name(index),
            prices_include_tax=self.prices_include_tax(),
            weight_unit=self.setting("products", "woocommerce_weight_unit"),
            statuses=self._statuses(),
            payment_methods=[
                (
                    str(row.get("id", "")),
                    str(row.get("title") or row.get("method_title") or row.get("id", "")),
                )
                for row in self._rows("payment_gateways")
                if row.get("enabled")
            ],
            shipping_methods=[
                (str(row.get("id", "")), str(row.get("title") or row.get("id", "")))
                for row in self._rows("shipping_methods")
            ],
            taxes=list(self._taxes()),
            extra={
                "auth_mode": self._client.auth_mode,
                "address_form": self._client.address_form,
                "wp_version": str(environment.get("wp_version") or ""),
                "hpos": bool(settings.get("HPOS_enabled")),
                "manage_stock": self.setting("products", "woocommerce_manage_stock") == "yes",
                "tracking_plugin": any(
                    "shipment-tracking" in str(name) or "wc-ast" in str(name)
                    for name in index.get("namespaces") or ()
                ),
                "tax_classes": [
                    (str(row.get("slug", "")), str(row.get("name", "")))
                    for row in self._rows("taxes/classes")
                ],
                "home": str(index.get("home") or ""),
            },
        )

    def index(self) -> dict[str, Any]:
        """The API's own index; the shop gives it to anybody."""
        return self._client.get("", lane=LANE, namespace="").record()

    def system_status(self) -> dict[str, Any]:
        try:
            return self._client.get("system_status", lane=LANE).record()
        except (PermanentError, ConfigurationError) as error:
            if isinstance(error, ConfigurationError) and error.code == "bad_credentials":
                raise
            return {}

    def setting(self, group: str, name: str) -> str:
        """One setting, or "" when the key's user may not read settings."""
        try:
            return str(self._client.get(f"settings/{group}/{name}", lane=LANE).record().get("value") or "")
        except (PermanentError, ConfigurationError) as error:
            if error.code == "bad_credentials":
                raise
            return ""

    def prices_include_tax(self) -> bool | None:
        value = self.setting("tax", "woocommerce_prices_include_tax")
        return None if not value else value == "yes"

    def _statuses(self) -> list[tuple[str, str]]:
        rows = self._rows("reports/orders/totals")
        found = [(str(row.get("slug", "")), str(row.get("name") or row.get("slug", ""))) for row in rows]
        return found or list(ORDER_STATUSES)

    def _taxes(self) -> Iterator[tuple[str, str, Decimal]]:
        for row in self._rows("taxes", all_pages=True):
            try:
                yield str(row.get("id", "")), str(row.get("name") or ""), to_decimal(row.get("rate"))
            except ValueError:
                continue

    def _rows(self, route: str, *, all_pages: bool = False) -> list[dict[str, Any]]:
        try:
            if all_pages:
                return list(self._client.pages(route, [("orderby", "id"), ("order", "asc")], lane=LANE))
            return self._client.get(route, lane=LANE).rows()
        except (PermanentError, ConfigurationError) as error:
            if error.code == "bad_credentials":
                raise
            return []


def zone_name(index: dict[str, Any]) -> str:
    """The shop's zone: a name, or from an offset the nearest that Python knows ("" for odd minutes)."""
    name = str(index.get("timezone_string") or "")
    if name:
        return name
    offset = re.fullmatch(r"(-?\d{1,2})(?:\.0+)?", str(index.get("gmt_offset", "")))
    if offset is None:
        return ""
    hours = int(offset.group(1))
    return "UTC" if hours == 0 else f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}"  # POSIX counts westward


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None
