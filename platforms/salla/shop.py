"""What the store tells of itself: currency, branches, and the lists that staff map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import currency_decimals, to_decimal
from platforms.salla.client import Params, SallaClient
from platforms.salla.mapping_orders import ORDER_STATUSES
from platforms.salla.payloads import amount_of
from platforms.types import ShopInfo

LANE = "products"


class ShopReader:
    """Meant for connecting a site, not for every run."""

    def __init__(self, client: SallaClient) -> None:
        self._client = client
        self.default_branch = ""

    def info(self) -> ShopInfo:
        """About eight calls. What the app may not read is left empty."""
        store = self._client.get("store/info", lane=LANE).record()
        branches = [row for row in self._rows("branches") if row.get("status") != "inactive"]
        self.default_branch = next((str(row["id"]) for row in branches if row.get("is_default")), "")
        currency = str(store.get("currency") or "").upper()
        methods = self._rows("payment/methods", [("status", "enabled")], paged=False)
        companies = self._rows("shipping/companies", paged=False)
        licenses = store.get("licenses")
        return ShopInfo(
            name=str(store.get("name") or ""),
            version="v2",
            currency=currency,
            currency_decimals=currency_decimals(currency) if currency else None,
            time_zone="Asia/Riyadh",
            languages=self._languages(),
            prices_include_tax=self._prices_include_tax(),
            weight_unit="kg",
            statuses=self.statuses(),
            payment_methods=[
                (str(row["slug"]), str(row.get("name") or row["slug"])) for row in methods if row.get("slug")
            ],
            shipping_methods=[(str(row["name"]), str(row["name"])) for row in companies if row.get("name")],
            locations=[
                (str(row["id"]), str(row.get("name") or row["id"])) for row in branches if "id" in row
            ],
            taxes=self._taxes(),
            extra={
                "merchant": str(store.get("id") or ""),
                "plan": str(store.get("plan") or ""),
                "domain": str(store.get("domain") or ""),
                "tax_number": str(licenses.get("tax_number") or "") if isinstance(licenses, Mapping) else "",
            },
        )

    def statuses(self) -> list[tuple[str, str]]:
        """Built-in ones by slug, custom ones of this store as `slug/number`."""
        found = []
        for row in self._rows("orders/statuses", paged=False):
            slug, name = str(row.get("slug") or ""), str(row.get("name") or "")
            if slug and row.get("is_active", True):
                code = f"{slug}/{row.get('id')}" if row.get("type") == "custom" else slug
                found.append((code, name or slug))
        return found or list(ORDER_STATUSES)

    def _languages(self) -> tuple[str, ...]:
        rows = sorted(self._rows("languages", paged=False), key=lambda row: row.get("is_default") is not True)
        codes = [str(row.get("iso_code") or row.get("code") or "")[:2].lower() for row in rows]
        return tuple(code for code in codes if code) or ("ar",)

    def _prices_include_tax(self) -> bool | None:
        """By a taxed product: with tax in the price, its taxed price is the price itself. None where none tells."""
        rows = self._rows("products", [("per_page", "20")], paged=False)
        for row in rows:
            try:
                price, taxed, net = (amount_of(row.get(n)) for n in ("price", "taxed_price", "pre_tax_price"))
            except ValueError:
                continue
            if taxed and net and taxed != net:
                return price == taxed
        return None

    def _taxes(self) -> list[tuple[str, str, Any]]:
        found = []
        for row in self._rows("taxes", paged=False):
            try:
                rate = to_decimal(row.get("tax"))
            except ValueError:
                continue
            found.append((f"{rate.normalize():f}", f"VAT {rate.normalize():f}%", rate))
        return found

    def _rows(self, route: str, params: Params = (), *, paged: bool = True) -> list[dict[str, Any]]:
        """A list, or nothing where the app may not read it."""
        try:
            if paged:
                return list(self._client.pages(route, params, lane=LANE))
            return self._client.get(route, params, lane=LANE).rows()
        except (PermanentError, ConfigurationError):
            return []
