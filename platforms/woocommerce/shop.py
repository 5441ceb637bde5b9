"""What the shop tells of itself: version, currency, zone, tax mode, and the lists that staff map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import MissingPermission, NotFound, Rejected
from ecomsync.common.money import to_decimal
from platforms.types import ShopInfo
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.errors import plain_text

LANE = "products"
MAX_ZONES = 50
_MULTILINGUAL = (("sitepress-multilingual", "WPML"), ("polylang", "Polylang"))
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("pending", "Pending payment"),
    ("processing", "Processing"),
    ("on-hold", "On hold"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("refunded", "Refunded"),
    ("failed", "Failed"),
)


#: What this key's user may not read, or this shop has not. Anything else, a garbled answer or a firewall, is no answer:
#: taking it for an empty one would change what is known of the shop, such as whether its prices include tax.
HIDDEN = (NotFound, MissingPermission, Rejected)


class ShopReader:
    """Slow calls among them: meant for connecting a site, not for every run."""

    def __init__(self, client: WooClient) -> None:
        self._client = client

    def info(self) -> ShopInfo:
        """About fifteen calls, and one per shipping zone. What the key's user may not read is left empty; a shop out of reach raises."""
        index = self.index()
        status = self.system_status()
        environment, settings = _dict(status.get("environment")), _dict(status.get("settings"))
        return ShopInfo(
            name=str(index.get("name") or ""),
            version=str(environment.get("version") or ""),
            currency=str(settings.get("currency") or self._currency()),
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
                "dimension_unit": self.setting("products", "woocommerce_dimension_unit"),
                "shipping_zones": self._zones(),
                "shipping_classes": [
                    (str(row.get("slug", "")), plain_text(str(row.get("name", ""))))
                    for row in self._rows("products/shipping_classes", all_pages=True)
                ],
                "attributes": [
                    (str(row.get("slug", "")), plain_text(str(row.get("name", ""))))
                    for row in self._rows("products/attributes")
                ],
                "multilingual": multilingual_plugin(status),
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
        except HIDDEN:
            return {}

    def setting(self, group: str, name: str) -> str:
        """One setting, or "" when the key's user may not read settings."""
        try:
            return str(self._client.get(f"settings/{group}/{name}", lane=LANE).record().get("value") or "")
        except HIDDEN:
            return ""

    def prices_include_tax(self) -> bool | None:
        value = self.setting("tax", "woocommerce_prices_include_tax")
        return None if not value else value == "yes"

    def _currency(self) -> str:
        """For keys that may not read the system status."""
        try:
            told = str(self._client.get("data/currencies/current", lane=LANE).record().get("code") or "")
        except HIDDEN:
            told = ""
        return told or self.setting("general", "woocommerce_currency")

    def _zones(self) -> list[tuple[str, str]]:
        """What buyers choose among: (`method:instance`, "zone: title") of every zone. One call per zone."""
        found = []
        for zone in self._rows("shipping/zones")[:MAX_ZONES]:
            for row in self._rows(f"shipping/zones/{zone.get('id')}/methods"):
                if row.get("enabled"):
                    code = f"{row.get('method_id', '')}:{row.get('instance_id', '')}"
                    title = str(row.get("title") or row.get("method_title") or row.get("method_id", ""))
                    found.append((code, f"{plain_text(str(zone.get('name', '')))}: {plain_text(title)}"))
        return found

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
        except HIDDEN:
            return []


def multilingual_plugin(status: Mapping[str, Any]) -> str:
    """The plugin that keeps a product per language, or ""."""
    for plugin in status.get("active_plugins") or ():
        name = str(plugin.get("plugin", "")) if isinstance(plugin, dict) else str(plugin)
        for known, label in _MULTILINGUAL:
            if known in name:
                return label
    return ""


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
