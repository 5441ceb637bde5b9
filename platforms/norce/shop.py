"""What Norce tells of itself: currency, cultures, and the lists that staff map. Read by Query."""

from __future__ import annotations

from decimal import Decimal

from ecomsync.common.errors import EcomsyncError, PermanentError
from platforms.norce.client import TESTED_VERSIONS, NorceClient
from platforms.norce.fields import field, number, text
from platforms.norce.lookups import Lookups
from platforms.norce.order_states import ORDER_STATUSES
from platforms.types import ShopInfo

LANE = "products"


class ShopReader:
    def __init__(self, client: NorceClient, lookups: Lookups) -> None:
        self._client = client
        self._lookups = lookups

    def info(self) -> ShopInfo:
        """Nine calls. A list that Norce does not have stays empty; what concerns signing in is raised."""
        lists = self._lookups.price_lists(lane=LANE, fresh=True)
        wanted = self._client.options.price_list_code
        primary = next((one for one in lists.values() if one.code == wanted), None) or next(
            (one for one in lists.values() if one.is_primary), None
        )
        locations = []
        for warehouse in self._lookups.warehouses(lane=LANE, fresh=True).values():
            for place in warehouse.locations:
                code = warehouse.code if place == warehouse.code else f"{warehouse.code}/{place}"
                locations.append((code, f"{warehouse.name} {place}" if "/" in code else warehouse.name))
        return ShopInfo(
            name=self._name(),
            version=TESTED_VERSIONS,
            currency=(primary.currency if primary else "") or self._currency(),
            languages=tuple(
                dict.fromkeys(code[:2] for code, _ in self._pairs("Application/ApplicationCultures"))
            ),
            prices_include_tax=False,
            weight_unit="kg",
            statuses=ORDER_STATUSES,
            payment_methods=self._pairs("Core/PaymentMethods"),
            shipping_methods=self._pairs("Core/DeliveryMethods"),
            locations=locations,
            taxes=self._taxes(),
            price_lists=[(one.code, one.name, one.currency) for one in lists.values()],
        )

    def _name(self) -> str:
        for row in self._optional("Application/Applications"):
            if text(row, "Id") == self._client.application:
                return text(row, "Name", "DefaultName")
        return ""

    def _currency(self) -> str:
        rows = self._optional("Application/ClientCurrencies")
        primary = [row for row in rows if field(row, "IsPrimary") is True] or rows
        return text(primary[0], "Code", "CurrencyCode").upper() if primary else ""

    def _pairs(self, route: str) -> list[tuple[str, str]]:
        found = []
        for row in self._optional(route):
            code = text(row, "Code", "CultureCode", "Id")
            if code:
                found.append((code, text(row, "DefaultName", "Name") or code))
        return found

    def _taxes(self) -> list[tuple[str, str, Decimal]]:
        found: dict[str, tuple[str, str, Decimal]] = {}
        for row in self._optional("Core/VatCodes"):
            try:
                rate = number(row, "VatRate", "Rate")
            except ValueError:
                continue
            rate = rate * 100 if 0 < rate <= 1 else rate
            code = f"{rate.normalize():f}"
            found.setdefault(code, (code, text(row, "Code", "DefaultName") or f"VAT {code} %", rate))
        return list(found.values())

    def _optional(self, route: str) -> list[dict[str, object]]:
        try:
            return self._lookups.rows(route, lane=LANE)
        except PermanentError:
            return []
        except EcomsyncError:
            raise
