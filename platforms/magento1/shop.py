"""What the shop tells of itself, and of itself little: the API knows neither its currency nor its methods.

So currency, payment and shipping methods and statuses are taken from the latest orders, beside what the core brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from platforms.magento1.client import MagentoClient
from platforms.magento1.statuses import ORDER_STATUSES
from platforms.magento1.windows import wire_time
from platforms.types import ShopInfo

LANE = "products"
_LOOKED_AT = 25
_LOOK_BACK = (timedelta(days=2), timedelta(days=16), timedelta(days=92))
_PAYMENTS = (
    ("checkmo", "Check / Money order"),
    ("banktransfer", "Bank Transfer Payment"),
    ("cashondelivery", "Cash On Delivery"),
    ("purchaseorder", "Purchase Order"),
    ("free", "No Payment Information Required"),
    ("paypal_express", "PayPal Express Checkout"),
    ("ccsave", "Credit Card (saved)"),
    ("authorizenet", "Credit Card (Authorize.net)"),
)
_SHIPPING = (
    ("flatrate_flatrate", "Flat Rate"),
    ("freeshipping_freeshipping", "Free Shipping"),
    ("tablerate_bestway", "Best Way"),
)


class ShopReader:
    """Some ten calls: meant for connecting a site, not for every run."""

    def __init__(self, client: MagentoClient) -> None:
        self._client = client

    def info(self) -> ShopInfo:
        """What the API user may not read is left empty; a shop out of reach raises."""
        version = self.version()
        orders = self._latest_orders()
        base = {str(row.get("base_currency_code") or "").upper() for row in orders} - {""}
        views = self._rows("store.list")
        return ShopInfo(
            name=str(views[0].get("name") or "") if views else "",
            version=version_text(version),
            currency=base.pop() if len(base) == 1 else self._client.connection.currency.upper(),
            languages=tuple(self._client.options.language_views),
            weight_unit="",
            statuses=self._statuses(orders),
            payment_methods=self._payments(orders),
            shipping_methods=_merged(
                _SHIPPING,
                [
                    (str(row.get("shipping_method") or ""), str(row.get("shipping_description") or ""))
                    for row in orders
                ],
            ),
            price_lists=[
                ("all", "ALL GROUPS", ""),
                *(
                    (str(row.get("customer_group_id") or ""), str(row.get("customer_group_code") or ""), "")
                    for row in self._rows("customer_group.list")
                ),
            ],
            extra={
                "door": self._client.door_name,
                "edition": str(version.get("magento_edition") or ""),
                "currency_seen": bool(orders),
                "store_views": [(str(row.get("code") or ""), str(row.get("name") or "")) for row in views],
                "attribute_sets": [
                    (str(row.get("set_id") or ""), str(row.get("name") or ""))
                    for row in self._rows("product_attribute_set.list")
                ],
                "tax_classes": self._tax_classes(),
            },
        )

    def version(self) -> Mapping[str, Any]:
        """`magento.info`; empty where the API user may not ask."""
        try:
            found = self._client.read("magento.info", lane=LANE)
        except (PermanentError, ConfigurationError) as error:
            if isinstance(error, ConfigurationError) and error.code != "missing_permission":
                raise
            return {}
        return found if isinstance(found, Mapping) else {}

    def _latest_orders(self) -> list[dict[str, Any]]:
        """Headers of the last days, going further back as long as there are none."""
        now = self._client.http.server_time or datetime.now(UTC)
        for back in _LOOK_BACK:
            rows = self._rows("order.list", {"created_at": {"from": wire_time(now - back)}})
            if rows:
                return rows
        return []

    def _payments(self, orders: list[dict[str, Any]]) -> list[tuple[str, str]]:
        numbers = [str(row.get("increment_id")) for row in orders[-_LOOKED_AT:] if row.get("increment_id")]
        seen = []
        for row in self._client.bundle([("order.info", [one]) for one in numbers], lane=LANE):
            payment = row.get("payment") if isinstance(row, Mapping) else None
            if isinstance(payment, Mapping) and payment.get("method"):
                seen.append((str(payment["method"]), ""))
        return _merged(_PAYMENTS, seen)

    def _statuses(self, orders: list[dict[str, Any]]) -> list[tuple[str, str]]:
        own = [(name, "") for name in self._client.options.custom_statuses]
        return _merged(ORDER_STATUSES, [*own, *((str(row.get("status") or ""), "") for row in orders)])

    def _tax_classes(self) -> list[tuple[str, str]]:
        rows = self._rows("product_attribute.options", "tax_class_id")
        return [
            (str(row.get("value")), str(row.get("label") or ""))
            for row in rows
            if row.get("value") not in (None, "")
        ]

    def _rows(self, path: str, *arguments: Any) -> list[dict[str, Any]]:
        try:
            return self._client.rows(path, *arguments, lane=LANE)
        except (PermanentError, ConfigurationError) as error:
            if isinstance(error, ConfigurationError) and error.code != "missing_permission":
                raise
            return []


def version_text(told: Mapping[str, Any]) -> str:
    """`OpenMage 20.0.20 (1.9.4.5)`, or the bare version of Magento."""
    magento, openmage = str(told.get("magento_version") or ""), str(told.get("openmage_version") or "")
    return f"OpenMage {openmage} ({magento})" if openmage else magento


def _merged(known: tuple[tuple[str, str], ...], seen: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The core's own and what the shop's orders show beside them, each code once."""
    found = dict(known)
    for code, label in seen:
        if code:
            found.setdefault(code, label or code)
    return list(found.items())
