"""What the store tells of itself: currency, zone, tax mode, and the lists that staff map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from platforms.bigcommerce.client import BigCommerceClient, Params
from platforms.bigcommerce.mapping_orders import ORDER_STATUSES
from platforms.types import ShopInfo

LANE = "products"
MAX_ZONES = 50
_WEIGHTS = {
    "ounces": "oz", "oz": "oz", "lbs": "lb", "pounds": "lb", "lb": "lb", "grams": "g", "g": "g", "kgs": "kg",
    "kilograms": "kg", "kg": "kg", "tonnes": "t",
}  # fmt: skip


class ShopReader:
    """Meant for connecting a site, not for every run."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._store: dict[str, Any] | None = None

    def store(self) -> dict[str, Any]:
        """The store's own record, read once. Raises what the call raises."""
        if self._store is None:
            self._store = self._client.get("v2/store", lane=LANE).record()
        return self._store

    def info(self) -> ShopInfo:
        """About ten calls, and one per shipping zone. What the account may not read is left empty."""
        store = self.store()
        zone = store.get("timezone")
        return ShopInfo(
            name=str(store.get("name") or ""),
            version="V2/V3",
            currency=str(store.get("currency") or "").upper(),
            currency_decimals=_whole(store.get("decimal_places")),
            time_zone=str(zone.get("name") or "") if isinstance(zone, Mapping) else "",
            languages=tuple(filter(None, [str(store.get("language") or "")[:2].lower()])),
            prices_include_tax=_flag(store.get("is_price_entered_with_tax")),
            weight_unit=self.weight_unit(),
            statuses=self._statuses(),
            payment_methods=self._payment_methods(),
            shipping_methods=self._shipping_methods(),
            locations=[
                (str(row.get("id")), str(row.get("label") or row.get("code") or row.get("id")))
                for row in self._rows("v3/inventory/locations")
                if row.get("enabled", True)
            ],
            price_lists=[(code, title, "") for code, title in self._pairs("v3/pricelists")],
            extra={
                "store_hash": self._client.store_hash,
                "plan": str(store.get("plan_name") or ""),
                "status": str(store.get("status") or ""),
                "channels": self._pairs("v3/channels"),
                "customer_groups": self._pairs("v2/customer_groups"),
                "tax_classes": self._pairs("v2/tax_classes"),
                "category_trees": self._pairs("v3/catalog/trees"),
            },
        )

    def weight_unit(self) -> str:
        return _WEIGHTS.get(str(self.store().get("weight_units") or "").strip().lower(), "kg")

    def _statuses(self) -> Sequence[tuple[str, str]]:
        """By number, since merchants rename the labels."""
        rows = self._rows("v2/order_statuses")
        found = [
            (str(row["id"]), str(row.get("custom_label") or row.get("name"))) for row in rows if "id" in row
        ]
        return found or ORDER_STATUSES

    def _payment_methods(self) -> list[tuple[str, str]]:
        """Orders bear the label of a method and not its code."""
        names = [str(row.get("name") or "") for row in self._rows("v2/payments/methods")]
        return [(name, name) for name in dict.fromkeys(names) if name]

    def _shipping_methods(self) -> list[tuple[str, str]]:
        names: dict[str, None] = {}
        for zone in self._rows("v2/shipping/zones")[:MAX_ZONES]:
            for method in self._rows(f"v2/shipping/zones/{zone.get('id')}/methods"):
                if method.get("enabled", True) and method.get("name"):
                    names[str(method["name"])] = None
        return [(name, name) for name in names]

    def _pairs(self, route: str) -> list[list[str]]:
        return [[str(row.get("id")), str(row.get("name") or row.get("id"))] for row in self._rows(route)]

    def _rows(self, route: str, params: Params = ()) -> list[dict[str, Any]]:
        """A list, or nothing where the account may not read it or the plan has no such thing."""
        try:
            pages = self._client.pages_v2 if route.startswith("v2/") else self._client.pages_v3
            return list(pages(route, params, lane=LANE))
        except (PermanentError, ConfigurationError):
            return []


def _whole(value: Any) -> int | None:
    return int(value) if str(value).isdigit() else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
