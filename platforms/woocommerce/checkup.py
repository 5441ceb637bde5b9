"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from ecomsync.common.errors import EcomsyncError, NotFound, Rejected
from platforms.types import CheckReport, CheckStep, ShopInfo
from platforms.woocommerce.client import TESTED_VERSIONS, WooClient
from platforms.woocommerce.errors import clock_skew
from platforms.woocommerce.shop import ShopReader
from platforms.woocommerce.webhooks import WebhookRegistrar

LANE = "products"
OLDEST, NEWEST = (3, 9), (11, 0)
MODIFIED_FILTER_SINCE = (5, 8)
_NEWEST = (("per_page", "1"), ("orderby", "id"), ("order", "desc"), ("_fields", "id,date_modified_gmt"))
_MODES = {
    "basic": "the Authorization header",
    "query": "keys in the query (the shop's server drops the Authorization header)",
    "oauth1": "OAuth 1.0a signatures",
}


class Checkup:
    def __init__(self, client: WooClient, shop: ShopReader, webhooks: WebhookRegistrar) -> None:
        self._client = client
        self._shop = shop
        self._webhooks = webhooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        if self._address() and self._signed_in():
            self._permissions()
            self._cache()
            info = self._facts()
            self._hooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _address(self) -> bool:
        skew: list[float | None] = []

        def step() -> str:
            reply = self._client.get("", lane=LANE, namespace="")
            namespaces = reply.record().get("namespaces") or ()
            skew.append(clock_skew(reply.headers))
            if "wc/v3" not in namespaces:
                raise Rejected(
                    "The REST API answers but WooCommerce is not part of it.",
                    code="no_woocommerce",
                    cure="Activate WooCommerce (3.5 or newer) in the shop, or correct the URL.",
                )
            return f"The REST API answers at {self._client.api_root}."

        if not self._try("address", step):
            return False
        self._add("tls", *self._tls())
        self._clock(skew[0])
        if self._client.address_form == "plain":
            self._add(
                "permalinks",
                "warn",
                "The shop has no permalinks (or hides /wp-json); the longer form of addresses is used.",
                "In WordPress > Settings > Permalinks, choose any structure but 'Plain'.",
            )
        else:
            self._add("permalinks", "ok", "The shop has permalinks.")
        return True

    def _tls(self) -> tuple[str, str, str]:
        if self._client.base_url.startswith("https://"):
            verified = self._client.connection.verify_tls
            return (
                ("ok", "The connection is encrypted and the certificate is trusted.", "")
                if verified
                else ("warn", "The certificate is not checked.", "Switch 'verify TLS' on.")
            )
        if self._client.options.treat_as_https:
            return (
                "warn",
                "The connection is not encrypted up to the proxy before the shop: the keys travel in clear.",
                "Use the https address of the shop.",
            )
        return (
            "warn",
            "The connection is not encrypted; calls are signed by OAuth 1.0a.",
            "Use https in production.",
        )

    def _clock(self, skew: float | None) -> None:
        if skew is None:
            self._add("clock", "skip", "The shop does not tell its time.")
        elif abs(skew) > 900:
            state = "fail" if self._client.auth_mode == "oauth1" else "warn"
            self._add("clock", state, f"The clocks differ by {abs(skew) / 60:.0f} minutes.", _CLOCK_CURE)
        elif abs(skew) > 60:
            self._add("clock", "warn", f"The clocks differ by {abs(skew):.0f} seconds.", _CLOCK_CURE)
        else:
            self._add("clock", "ok", "The clocks agree.")

    def _signed_in(self) -> bool:
        def step() -> str:
            self._client.get("orders", [("per_page", "1"), ("_fields", "id")], lane=LANE)
            return f"Signed in by {_MODES[self._client.auth_mode]}; orders can be read."

        return self._try("authenticated", step)

    def _permissions(self) -> None:
        """Reading is tried by the shortest list, writing by a batch of nothing, which changes nothing."""
        for resource, what in (("products", "products"), ("products/categories", "categories")):
            self._try(f"read_{what}", lambda r=resource, w=what: self._may_read(r, w))  # type: ignore[misc]
        for resource, what in (("orders", "orders"), ("products", "products"), ("webhooks", "webhooks")):
            self._try(f"write_{what}", lambda r=resource, w=what: self._may_write(r, w))  # type: ignore[misc]

    def _may_read(self, resource: str, what: str) -> str:
        self._client.get(resource, [("per_page", "1"), ("_fields", "id")], lane=LANE)
        return f"The key may read {what}."

    def _may_write(self, resource: str, what: str) -> str:
        with suppress(Rejected, NotFound):  # it looked at the content, so the right is there
            self._client.post(f"{resource}/batch", {"update": []}, lane=LANE)
        return f"The key may write {what}."

    def _cache(self) -> None:
        """Whether a cache answers for the shop. One that says nothing shows only once it has missed a change."""

        def step() -> str:
            for resource in ("orders", "products"):
                self._client.compare_with_fresh(resource, _NEWEST, lane=LANE)
            return "Reads are answered by the shop itself."

        if not self._try("cache", step):
            return
        for finding in self._client.findings:
            self._steps.pop()
            state = "fail" if self._client.fresh.stubborn else "warn"
            self._add("cache", state, finding.message, finding.cure)

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("settings", step):
            return None
        info = found[0]
        self._add("version", *version_step(info.version))
        self._add("currency", *self._currency(info))
        self._add(
            "tax",
            *(
                ("warn", "The shop's tax mode cannot be read.", "Give the API key to an Administrator.")
                if info.prices_include_tax is None
                else (
                    "ok",
                    "Prices are entered with tax."
                    if info.prices_include_tax
                    else "Prices are entered without tax.",
                    "",
                )
            ),
        )
        self._add(
            "manage_stock",
            *(
                ("ok", "The shop keeps stock.", "")
                if info.extra.get("manage_stock")
                else (
                    "warn",
                    "The shop's stock management is switched off, or may not be read: quantities would be ignored.",
                    "In WooCommerce > Settings > Products > Inventory, switch 'Enable stock management' on.",
                )
            ),
        )
        plugin = info.extra.get("multilingual")
        if plugin and not self._client.options.language:
            self._add(
                "languages",
                "warn",
                f"The shop keeps a product per language ({plugin}); those of its default language are used.",
                "Set 'Language of the catalogue' in the options of the site.",
            )
        return info

    def _currency(self, info: ShopInfo) -> tuple[str, str, str]:
        ours = self._client.connection.currency
        if ours and info.currency and ours.upper() != info.currency.upper():
            return (
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        return "ok", f"The shop sells in {info.currency or '?'}.", ""

    def _hooks(self) -> None:
        if not self._client.connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
            return

        def step() -> str:
            hooks = self._webhooks.health()
            off = [hook for hook in hooks if not hook.active]
            if off:
                raise Rejected(
                    f"{len(off)} of {len(hooks)} webhooks are switched off: {', '.join(hook.topic for hook in off)}.",
                    code="webhooks_disabled",
                    cure="Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not delivered.",
                )
            return f"{len(hooks)} webhooks are active." if hooks else "No webhook is registered yet."

        self._try("webhooks", step, state="warn")

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


_CLOCK_CURE = "Let this server and the shop's server take their time from a time server."


def version_step(version: str) -> tuple[str, str, str]:
    """How the shop's WooCommerce stands to what this adapter was tested with."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return (
            "warn",
            "WooCommerce's version cannot be read.",
            "Give the API key to an Administrator, who may read the system status.",
        )
    number = (int(found.group(1)), int(found.group(2)))
    if number < OLDEST:
        return (
            "warn",
            f"WooCommerce {version} is older than what was tested ({TESTED_VERSIONS}).",
            "Update WooCommerce.",
        )
    if number > NEWEST:
        return (
            "warn",
            f"WooCommerce {version} is newer than what was tested ({TESTED_VERSIONS}).",
            "Update ecomsync.",
        )
    if number < MODIFIED_FILTER_SINCE:
        return (
            "warn",
            f"WooCommerce {version} cannot list changed orders; recent orders are compared instead, which is slower.",
            "Update WooCommerce to 5.8 or newer.",
        )
    return "ok", f"WooCommerce {version} (tested: {TESTED_VERSIONS}).", ""
