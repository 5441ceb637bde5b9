"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

from collections.abc import Callable

from ecomsync.common.errors import EcomsyncError, Rejected
from platforms.shopify.client import ShopifyClient
from platforms.shopify.locations import LocationBook
from platforms.shopify.registrar import WebhookRegistrar
from platforms.shopify.scopes import ESSENTIAL, FURTHER, OLD_ORDERS, covered, missing
from platforms.shopify.shop import ShopReader
from platforms.shopify.versions import TESTED, TESTED_VERSIONS, WARN_DAYS, days_left
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"


class Checkup:
    def __init__(
        self,
        client: ShopifyClient,
        shop: ShopReader,
        locations: LocationBook,
        webhooks: WebhookRegistrar,
    ) -> None:
        self._client = client
        self._shop = shop
        self._locations = locations
        self._webhooks = webhooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        self._encryption()
        granted = self._signed_in()
        if granted is not None:
            self._scopes(granted)
            self._version()
            info = self._facts()
            self._location()
            self._hooks()
            self._protected_data()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _encryption(self) -> None:
        if not self._client.base_url.startswith("https://"):
            self._add("tls", "warn", "The connection is not encrypted.", "Use the https address of the shop.")
        elif not self._client.connection.verify_tls:
            self._add("tls", "warn", "The certificate is not checked.", "Switch 'verify TLS' on.")
        else:
            self._add("tls", "ok", "The connection is encrypted and the certificate is trusted.")

    def _signed_in(self) -> list[str] | None:
        granted: list[str] = []

        def step() -> str:
            granted.extend(self._shop.scopes())
            return f"The access token is valid; the app has {len(granted)} access scopes."

        return granted if self._try("authenticated", step) else None

    def _scopes(self, granted: list[str]) -> None:
        lost = missing(granted, ESSENTIAL)
        if lost:
            self._add("scopes", "fail", f"The app lacks access scopes: {_told(lost)}.", _SCOPE_CURE)
        else:
            self._add(
                "scopes", "ok", "The app has the access scopes for orders, quantities, prices and products."
            )
        further = missing(granted, FURTHER)
        if further:
            self._add(
                "further_scopes", "warn", f"The app lacks access scopes: {_told(further)}.", _SCOPE_CURE
            )
        else:
            self._add("further_scopes", "ok", "The app has all further access scopes.")
        if OLD_ORDERS not in covered(granted):
            self._add(
                "old_orders",
                "warn",
                "Orders older than 60 days cannot be read: the app lacks the access scope read_all_orders.",
                "Ask Shopify for it in the app's settings if older orders are to be read.",
            )
        else:
            self._add("old_orders", "ok", "Orders of any age can be read.")

    def _version(self) -> None:
        asked, answered = self._client.version, self._client.answered_version
        left = days_left(asked)
        if answered and answered != asked:
            self._add(
                "version",
                "fail" if asked in TESTED else "warn",
                f"The shop answered with version {answered} of its interface although {asked} was asked for.",
                "The version that was asked for is gone. Update ecomsync, or choose a version that Shopify still serves.",
            )
        elif self._is_gone(asked):
            self._add(
                "version",
                "warn",
                f"Shopify no longer lists version {asked} of the interface among those that it serves.",
                "Update ecomsync, or choose a newer version on the site.",
            )
        elif asked not in TESTED:
            self._add(
                "version",
                "warn",
                f"Version {asked} of the interface was not tested (tested: {TESTED_VERSIONS}).",
                "Empty 'API version' on the site to use the newest version that was tested.",
            )
        elif left is not None and left < WARN_DAYS:
            self._add(
                "version",
                "warn",
                f"Version {asked} of the interface ends in {left} days.",
                "Update ecomsync, or choose a newer version on the site.",
            )
        else:
            self._add("version", "ok", f"Version {asked} of the interface; it ends in {left} days.")

    def _is_gone(self, version: str) -> bool:
        """By Shopify's own list; where it cannot be read, the answers' header alone tells."""
        try:
            served = self._shop.served_versions()
        except EcomsyncError:
            return False
        return bool(served) and version not in served

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("settings", step):
            return None
        info = found[0]
        ours = self._client.connection.currency
        if ours and info.currency and ours.upper() != info.currency.upper():
            self._add(
                "currency",
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        else:
            self._add("currency", "ok", f"The shop sells in {info.currency or '?'}.")
        return info

    def _location(self) -> None:
        def step() -> str:
            chosen = self._locations.default(lane=LANE)
            rows = {str(row.get("id", "")).rpartition("/")[2]: row for row in self._locations.rows(lane=LANE)}
            if chosen not in rows:
                known = ", ".join(f"{number} ({row.get('name')})" for number, row in rows.items())
                raise Rejected(
                    f"The shop has no active location {chosen}.",
                    code="unknown_location",
                    cure=f"Set 'Location for stock' of the site to one of: {known}.",
                )
            return f"Quantities go to the location {rows[chosen].get('name')} ({chosen})."

        self._try("location", step)

    def _hooks(self) -> None:
        if not self._client.connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
            return

        def step() -> str:
            hooks = self._webhooks.health()
            off = [hook for hook in hooks if not hook.active]
            if off:
                raise Rejected(
                    f"{len(off)} of {len(hooks)} webhooks were removed by Shopify: {', '.join(hook.topic for hook in off)}.",
                    code="webhooks_disabled",
                    cure="Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not delivered.",
                )
            return f"{len(hooks)} webhooks are active." if hooks else "No webhook is registered yet."

        if self._try("webhooks", step, state="warn"):
            self._payload_version()

    def _payload_version(self) -> None:
        """Payloads are written in the version of the app's own settings, whatever version calls are made in."""
        versions = self._webhooks.payload_versions()
        lapsing = {
            name: left for name in versions if (left := days_left(name)) is not None and left < WARN_DAYS
        }
        if lapsing:
            name = min(lapsing, key=lambda known: lapsing[known])
            self._add(
                "webhook_version",
                "warn",
                f"Webhooks are written in version {name}, which ends in {lapsing[name]} days.",
                "Choose a newer webhook version in the app's settings.",
            )

    def _protected_data(self) -> None:
        for finding in self._client.findings:
            if finding.code == "protected_data":
                self._add("protected_data", "warn", finding.message, finding.cure)

    # -- bookkeeping --------------------------------------------------------
    def _try(self, name: str, step: Callable[[], str], *, state: str = "fail") -> bool:
        try:
            self._add(name, "ok", step())
        except EcomsyncError as error:
            self._add(name, state, error.message, error.cure)
            return False
        return True

    def _add(self, name: str, state: str, message: str, cure: str = "") -> None:
        self._steps.append(CheckStep(name, state, message, cure))


def _told(scopes: list[tuple[str, str]]) -> str:
    return ", ".join(f"{scope} ({purpose})" for scope, purpose in scopes)


_SCOPE_CURE = (
    "Add the access scopes in the app's settings, release the version, and let the shop's owner approve it: press "
    "'Connect', or install the app again."
)
