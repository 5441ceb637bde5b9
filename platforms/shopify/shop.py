"""What the shop tells of itself, and the lists that staff map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import currency_decimals
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import Document, document
from platforms.shopify.ids import number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_orders import ORDER_STATUSES
from platforms.shopify.price_lists import PRICE_LISTS
from platforms.shopify.versions import days_left
from platforms.types import ShopInfo

LANE = "products"
_WEIGHT_UNITS = {"KILOGRAMS": "kg", "GRAMS": "g", "POUNDS": "lb", "OUNCES": "oz"}

SHOP = document(
    """query ShopFacts {
  shop {
    name myshopifyDomain currencyCode ianaTimezone taxesIncluded weightUnit
    plan { publicDisplayName shopifyPlus partnerDevelopment }
    enabledPresentmentCurrencies
  }
}""",
    cost=3,
)
INSTALLATION = document(
    """query GrantedScopes {
  currentAppInstallation { accessScopes { handle } }
}""",
    cost=3,
)
VERSIONS = document(
    """query ServedVersions {
  publicApiVersions { handle supported displayName }
}""",
    cost=2,
)
LOCALES = document(
    """query ShopLocales {
  shopLocales { locale primary published }
}""",
    cost=2,
)
PUBLICATIONS = document(
    """query Publications($first: Int!, $after: String) {
  publications(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name catalog { title } }
  }
}""",
    cost=20,
)
SEEN_METHODS = document(
    """query MethodsOfLateOrders($first: Int!) {
  orders(first: $first, sortKey: CREATED_AT, reverse: true) {
    nodes { paymentGatewayNames shippingLines(first: 5) { nodes { code title } } }
  }
}""",
    cost=50,
)
#: Gateways that many shops have; further ones are read of the late orders.
KNOWN_GATEWAYS: tuple[tuple[str, str], ...] = (
    ("shopify_payments", "Shopify Payments"),
    ("gift_card", "Gift card"),
    ("shopify_store_credit", "Store credit"),
    ("paypal", "PayPal"),
    ("Cash on Delivery (COD)", "Cash on Delivery (COD)"),
    ("Bank Deposit", "Bank Deposit"),
    ("manual", "Manual payment"),
)


class ShopReader:
    """Meant for connecting a site, not for every run."""

    def __init__(self, client: ShopifyClient, locations: LocationBook) -> None:
        self._client = client
        self._locations = locations

    def info(self) -> ShopInfo:
        """Eight calls. What the app may not read is left empty; a shop out of reach raises."""
        shop = self._client.query(SHOP, lane=LANE).get("shop") or {}
        currency = str(shop.get("currencyCode") or "")
        payments, shippings = self._seen_methods()
        locales = self.locales()
        return ShopInfo(
            name=str(shop.get("name") or ""),
            version=self._client.answered_version or self._client.version,
            currency=currency,
            currency_decimals=currency_decimals(currency) if currency else None,
            time_zone=str(shop.get("ianaTimezone") or ""),
            languages=tuple(locales),
            prices_include_tax=shop.get("taxesIncluded")
            if isinstance(shop.get("taxesIncluded"), bool)
            else None,
            weight_unit=_WEIGHT_UNITS.get(str(shop.get("weightUnit")), ""),
            statuses=list(ORDER_STATUSES),
            payment_methods=payments,
            shipping_methods=shippings,
            locations=[
                (number_of(row.get("id")), str(row.get("name") or ""))
                for row in self._list(lambda: self._locations.rows(lane=LANE))
            ],
            price_lists=[
                (number_of(row.get("id")), _name(row), str(row.get("currency") or ""))
                for row in self._all(PRICE_LISTS, "priceLists")
            ],
            extra={
                "domain": str(shop.get("myshopifyDomain") or ""),
                "plan": str((shop.get("plan") or {}).get("publicDisplayName") or ""),
                "scopes": sorted(self.scopes()),
                "publications": self._named(PUBLICATIONS, "publications"),
                "presentment_currencies": list(shop.get("enabledPresentmentCurrencies") or ()),
                "version_ends_in_days": days_left(self._client.version),
            },
        )

    def scopes(self) -> list[str]:
        """What the app was granted."""
        data = self._client.query(INSTALLATION, lane=LANE)
        rows = (data.get("currentAppInstallation") or {}).get("accessScopes") or ()
        return [str(row.get("handle")) for row in rows if isinstance(row, dict)]

    def served_versions(self) -> list[str]:
        """Versions that Shopify serves as stable now."""
        rows = self._client.query(VERSIONS, lane=LANE).get("publicApiVersions") or ()
        return [str(row.get("handle")) for row in rows if row.get("supported")]

    def locales(self) -> list[str]:
        """The shop's languages, its own first."""
        rows = self._list(lambda: self._client.query(LOCALES, lane=LANE).get("shopLocales") or [])
        return [
            str(row["locale"])
            for row in sorted(rows, key=lambda row: not row.get("primary"))
            if row.get("locale")
        ]

    def publications(self) -> list[tuple[str, str]]:
        """(number, name) of the sales channels."""
        return self._named(PUBLICATIONS, "publications")

    def _seen_methods(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Shopify has no list of them: those of the last hundred orders, and gateways that are everywhere."""
        payments = dict(KNOWN_GATEWAYS)
        shippings: dict[str, str] = {}
        rows = self._list(
            lambda: nodes_of(self._client.query(SEEN_METHODS, {"first": 100}, lane=LANE).get("orders"))
        )
        for row in rows:
            for name in row.get("paymentGatewayNames") or ():
                payments.setdefault(str(name), str(name).replace("_", " "))
            for line in nodes_of(row.get("shippingLines")):
                code = str(line.get("code") or line.get("title") or "")
                if code:
                    shippings.setdefault(code, str(line.get("title") or code))
        return list(payments.items()), list(shippings.items())

    def _named(self, query: Document, field: str) -> list[tuple[str, str]]:
        return [(number_of(row.get("id")), _name(row)) for row in self._all(query, field)]

    def _all(self, query: Document, field: str) -> list[dict[str, Any]]:
        return self._list(
            lambda: list(self._client.pages(query, {}, lambda data: data.get(field), lane=LANE, size=100))
        )

    def _list(self, read: Any) -> list[dict[str, Any]]:
        """What the app may not read is empty; wrong keys are not."""
        try:
            return [row for row in read() if isinstance(row, dict)]
        except (PermanentError, ConfigurationError) as error:
            if error.code == "bad_credentials":
                raise
            return []


def _name(row: dict[str, Any]) -> str:
    """Of a sales channel its own name, which is to go one day, else that of its catalogue."""
    return str(row.get("name") or (row.get("catalog") or {}).get("title") or "")


def names_to_ids(wanted: tuple[str, ...], known: list[tuple[str, str]]) -> Iterator[str]:
    """The numbers of those that are named, by name or number."""
    for text in wanted:
        for number, name in known:
            if text == number or text.lower() == name.lower():
                yield number
                break
