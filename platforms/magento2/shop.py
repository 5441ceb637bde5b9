"""What the shop tells of itself: currency, zone, store views, sources, and the lists that staff map.

Magento has no list of payment methods, shipping methods or statuses: those that its recent orders bear are offered,
beside the statuses that every shop has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import to_decimal
from platforms.magento2.answers import as_rows
from platforms.magento2.client import MageClient
from platforms.magento2.criteria import Criteria
from platforms.magento2.mapping_prices import ALL_GROUPS
from platforms.types import ShopInfo

LANE = "products"
MSI_MODULE = "Magento_InventoryApi"
STAGING_MODULE = "Magento_CatalogStaging"
#: The last is one of a running order, so that it can be set on a paid one.
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("pending", "Pending"),
    ("pending_payment", "Pending Payment"),
    ("payment_review", "Payment Review"),
    ("holded", "On Hold"),
    ("complete", "Complete"),
    ("closed", "Closed"),
    ("canceled", "Canceled"),
    ("processing", "Processing"),
    ("fraud", "Suspected Fraud"),
)
_ORDER_FIELDS = (
    "items[status,shipping_description,payment[method],extension_attributes[shipping_assignments[shipping[method]],"
    "payment_additional_info[key,value],applied_taxes[code,title,percent]]],total_count"
)


class ShopReader:
    """Reads of the set-up, each made once in the life of an adapter."""

    def __init__(self, client: MageClient) -> None:
        self._client = client
        self._kept: dict[str, list[dict[str, Any]]] = {}

    # -- tables -------------------------------------------------------------
    def websites(self) -> list[dict[str, Any]]:
        return self._rows("store/websites")

    def views(self) -> list[dict[str, Any]]:
        """Store views but for the admin's own."""
        return [row for row in self._rows("store/storeViews") if row.get("code") != "admin"]

    def groups(self) -> list[dict[str, Any]]:
        return self._rows("store/storeGroups")

    def configs(self) -> list[dict[str, Any]]:
        """Settings of each store view: locale, currencies, zone, unit of weight."""
        return self._rows("store/storeConfigs")

    def modules(self) -> set[str]:
        """Names of the installed modules; empty where the keys may not read them."""
        if "modules" not in self._kept:
            try:
                answer = self._client.get("modules", lane=LANE)
            except (PermanentError, ConfigurationError) as error:
                if error.code == "bad_credentials":
                    raise
                answer = []
            names = answer.get("items") if isinstance(answer, dict) else answer
            self._kept["modules"] = [{"name": name} for name in names or ()]
        return {str(row["name"]) for row in self._kept["modules"]}

    def sources(self) -> list[dict[str, Any]]:
        """Places of stock; empty in a shop without sources."""
        if "sources" not in self._kept:
            try:
                answer = self._client.record("inventory/sources", Criteria().params(size=100), lane=LANE)
                self._kept["sources"] = as_rows(answer.get("items") or [])
            except (PermanentError, ConfigurationError) as error:
                if error.code == "bad_credentials":
                    raise
                self._kept["sources"] = []
        return self._kept["sources"]

    # -- what is made of them -------------------------------------------------
    def default_view(self) -> dict[str, Any]:
        """The store view of the first website's default group; {} in a shop without any."""
        groups = {row.get("id"): row for row in self.groups()}
        views = self.views()
        for website in self.websites():
            group = groups.get(website.get("default_group_id"), {})
            for view in views:
                if website.get("code") != "admin" and view.get("id") == group.get("default_store_id"):
                    return view
        return views[0] if views else {}

    def default_config(self) -> dict[str, Any]:
        code = self.default_view().get("code")
        configs = self.configs()
        return next((row for row in configs if row.get("code") == code), configs[0] if configs else {})

    def root_category(self) -> int:
        """The category under which the default store's tree stands."""
        if self._client.options.root_category is not None:
            return self._client.options.root_category
        group_id = self.default_view().get("store_group_id")
        group = next((row for row in self.groups() if row.get("id") == group_id), {})
        return int(group.get("root_category_id") or 2)

    def website_ids(self, codes: Iterable[str] = ()) -> list[int]:
        """Ids of these websites, or of all. Raises ConfigurationError for a code that the shop does not know."""
        known = {str(row.get("code")): int(row.get("id") or 0) for row in self.websites()}
        known.pop("admin", None)
        wanted = list(codes)
        for code in wanted:
            if code not in known:
                raise ConfigurationError(
                    f"The shop has no website '{code}'.",
                    code="unknown_website",
                    cure=f"Correct 'Websites of new products' on the site: {', '.join(sorted(known))}.",
                    platform="magento2",
                )
        return [known[code] for code in wanted] if wanted else sorted(known.values())

    def store_of_websites(self) -> dict[str, int]:
        """Website code -> id of a store view in it."""
        views = self.views()
        found: dict[str, int] = {}
        for website in self.websites():
            for view in views:
                if view.get("website_id") == website.get("id"):
                    found.setdefault(str(website.get("code")), int(view.get("id") or 0))
        return found

    def views_of_languages(self) -> dict[str, str]:
        """Language -> code of the store view that shows it: as the site says, else by the locales of the views; of
        several views with one language the first counts."""
        if self._client.options.store_views:
            return dict(self._client.options.store_views)
        found: dict[str, str] = {}
        active = {str(view.get("code")) for view in self.views() if view.get("is_active", True)}
        for config in self.configs():
            language = str(config.get("locale") or "").partition("_")[0].lower()
            if language and config.get("code") in active:
                found.setdefault(language, str(config["code"]))
        return found

    # -- the whole ------------------------------------------------------------
    def info(self) -> ShopInfo:
        """Seven calls. What the keys may not read is left empty; a shop out of reach raises."""
        config = self.default_config()
        modules = self.modules()
        if modules and self._client.options.stock_mode == "auto":
            self._client.has_msi = MSI_MODULE in modules
        if STAGING_MODULE in modules:
            self._client.staging = True
        seen = self._recent_orders()
        locales = dict.fromkeys(str(row.get("locale") or "").partition("_")[0] for row in self.configs())
        return ShopInfo(
            name=str(self.default_view().get("name") or ""),
            currency=str(config.get("base_currency_code") or ""),
            time_zone=str(config.get("timezone") or ""),
            languages=tuple(language for language in locales if language),
            weight_unit=str(config.get("weight_unit") or ""),
            statuses=_statuses(seen, self._client.options.statuses),
            payment_methods=_payment_methods(seen),
            shipping_methods=_shipping_methods(seen),
            locations=[
                (str(row.get("source_code", "")), str(row.get("name") or row.get("source_code", "")))
                for row in (self.sources() if self._client.has_msi is not False else ())
            ],
            taxes=_taxes(seen),
            price_lists=[(code, code, "") for code in self._group_codes()],
            extra={
                "auth_mode": self._client.auth_mode,
                "msi": self._client.has_msi is not False,
                "modules": len(modules),
                "websites": [str(row.get("code")) for row in self.websites() if row.get("code") != "admin"],
                "store_views": [str(row.get("code")) for row in self.views()],
                "base_url": str(config.get("base_url") or ""),
            },
        )

    def _group_codes(self) -> list[str]:
        """Customer groups by the codes that tier prices name; none where the keys may not read them."""
        try:
            answer = self._client.record("customerGroups/search", Criteria().params(size=100), lane=LANE)
        except (PermanentError, ConfigurationError) as error:
            if error.code == "bad_credentials":
                raise
            return []
        codes = [str(row.get("code") or "") for row in as_rows(answer.get("items") or [])]
        return [ALL_GROUPS, *(code for code in codes if code)]

    def _recent_orders(self) -> list[dict[str, Any]]:
        criteria = Criteria().ordered("entity_id", direction="DESC")
        try:
            rows, _total, _size = self._client.search(
                "orders", criteria, lane=LANE, size=200, fields=_ORDER_FIELDS
            )
        except (PermanentError, ConfigurationError) as error:
            if error.code == "bad_credentials":
                raise
            return []
        return rows

    def _rows(self, route: str) -> list[dict[str, Any]]:
        if route not in self._kept:
            self._kept[route] = as_rows(self._client.get(route, lane=LANE))
        return self._kept[route]


def _statuses(rows: Iterable[Mapping[str, Any]], own: Iterable[str]) -> list[tuple[str, str]]:
    found = dict(ORDER_STATUSES)
    for code in [*own, *(str(row.get("status") or "") for row in rows)]:
        if code:
            found.setdefault(code, code.replace("_", " ").capitalize())
    return list(found.items())


def _payment_methods(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for row in rows:
        payment = row.get("payment")
        code = str(payment.get("method") or "") if isinstance(payment, Mapping) else ""
        if code:
            told = _extension(row).get("payment_additional_info") or ()
            titles = [str(entry.get("value")) for entry in told if entry.get("key") == "method_title"]
            found.setdefault(code, titles[0] if titles else code)
    return sorted(found.items())


def _shipping_methods(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for row in rows:
        for entry in _extension(row).get("shipping_assignments") or ():
            shipping = entry.get("shipping") if isinstance(entry, Mapping) else None
            code = str(shipping.get("method") or "") if isinstance(shipping, Mapping) else ""
            if code:
                found.setdefault(code, str(row.get("shipping_description") or code))
    return sorted(found.items())


def _taxes(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, Decimal]]:
    found: dict[str, tuple[str, str, Decimal]] = {}
    for row in rows:
        for tax in _extension(row).get("applied_taxes") or ():
            code = str(tax.get("code") or "")
            try:
                percent = to_decimal(tax.get("percent"))
            except ValueError:
                continue
            if code:
                found.setdefault(code, (code, str(tax.get("title") or code), percent))
    return list(found.values())


def _extension(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("extension_attributes")
    return found if isinstance(found, Mapping) else {}
