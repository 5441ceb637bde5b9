"""What the store tells of itself: currency, zone, tax mode, and the lists that staff map."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import currency_decimals, to_decimal
from platforms.types import ShopInfo
from platforms.zid.client import ZidClient
from platforms.zid.locations import LocationBook
from platforms.zid.mapping_orders import ORDER_STATUSES
from platforms.zid.mapping_products import dicts, text_of

LANE = "products"


class ShopReader:
    """Meant for connecting a site, not for every run."""

    def __init__(self, client: ZidClient, locations: LocationBook) -> None:
        self._client = client
        self._locations = locations

    def info(self) -> ShopInfo:
        """Five calls. What the app may not read is left empty."""
        store = self._client.store()
        currency = _code(store.get("currency"))
        settings = self.tax_settings()
        subscription = store.get("subscription")
        plan = subscription if isinstance(subscription, Mapping) else {}
        return ShopInfo(
            name=str(store.get("title") or ""),
            version="v1",
            currency=currency,
            currency_decimals=currency_decimals(currency) if currency else None,
            time_zone=str(store.get("timezone") or ""),
            languages=tuple(filter(None, (_code(row).lower() for row in dicts(store.get("languages"))))),
            prices_include_tax=_flag(settings.get("is_vat_included_in_product_price")),
            weight_unit="kg",
            statuses=self._statuses(),
            payment_methods=self._payment_methods(),
            shipping_methods=(),
            locations=self._location_pairs(),
            taxes=_rates(settings),
            extra={
                "store_id": str(store.get("id") or ""),
                "store_uuid": str(store.get("uuid") or ""),
                "package": str(plan.get("package_name") or ""),
                "suspended": str(bool(plan.get("is_suspended"))),
                "shipping_taxed": str(_flag(settings.get("is_shipping_fee_included_in_vat"))),
            },
        )

    def tax_settings(self) -> Mapping[str, Any]:
        """`tax_settings` is an empty list where there are none."""
        try:
            found = self._client.get("/v1/managers/store/third-party/vat", lane=LANE).data
        except (PermanentError, ConfigurationError):
            return {}
        settings = found.get("tax_settings") if isinstance(found, Mapping) else None
        return settings if isinstance(settings, Mapping) else {}

    def _statuses(self) -> list[tuple[str, str]]:
        """Those of Zid, and the store's own beneath them."""
        found = list(ORDER_STATUSES)
        known = {code for code, _ in found}
        try:
            rows = self._client.get("/v1/managers/store/orders/custom-statuses", lane=LANE).rows("payload")
        except (PermanentError, ConfigurationError):
            return found
        for row in rows:
            for sub in dicts(row.get("sub_statuses")):
                code = str(sub.get("code") or "")
                if code and code not in known and sub.get("is_active") is not False:
                    found.append((code, text_of(sub.get("name")) or code))
        return found

    def _payment_methods(self) -> list[tuple[str, str]]:
        try:
            reply = self._client.get("/v1/managers/store/payment-methods", lane=LANE)
            rows = reply.rows("payment_methods", "payload", "data")
        except (PermanentError, ConfigurationError):
            return []
        return [
            (str(row["code"]), text_of(row.get("name")) or str(row["code"]))
            for row in rows
            if row.get("code")
        ]

    def _location_pairs(self) -> list[tuple[str, str]]:
        """Also settles which one gets quantities that name none."""
        try:
            rows = self._locations.rows()
            if not self._client.options.location_id:
                self._locations.ask_default(rows)
        except (PermanentError, ConfigurationError):
            return []
        return [
            (
                str(row.get("id")),
                text_of(row.get("name"), self._client.connection.languages) or str(row.get("id")),
            )
            for row in rows
            if row.get("is_enabled", True)
        ]


def _rates(settings: Mapping[str, Any]) -> list[tuple[str, str, Decimal]]:
    """Zid tells fractions; a rate is a percentage."""
    found = []
    for row in dicts(settings.get("countries")):
        country = row.get("country")
        code = str(country.get("iso_code_2") or "") if isinstance(country, Mapping) else ""
        try:
            percent = to_decimal(row.get("tax_percentage")) * 100
        except ValueError:
            continue
        found.append((f"vat-{percent.normalize():f}", f"VAT {code} {percent.normalize():f}%", percent))
    return found


def _code(value: Any) -> str:
    return str(value.get("code") or "") if isinstance(value, Mapping) else str(value or "")


def _flag(value: Any) -> bool | None:
    return bool(value) if isinstance(value, bool | int) else None
