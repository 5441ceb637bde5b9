"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import EcomsyncError, MissingPermission, PermanentError, Rejected
from ecomsync.common.http import http_date
from platforms.bigcommerce.client import BigCommerceClient, quota_of
from platforms.bigcommerce.shop import ShopReader
from platforms.bigcommerce.webhooks import WebhookRegistrar
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"
_ONE = (("limit", "1"),)
#: (step, scope as the control panel writes it, route that needs it to read)
_READS: tuple[tuple[str, str, str], ...] = (
    ("read_orders", "Orders", "v2/orders"),
    ("read_products", "Products", "v3/catalog/products"),
    ("read_stock", "Store Inventory", "v3/inventory/items"),
    ("read_locations", "Store Locations", "v3/inventory/locations"),
    ("read_customers", "Customers", "v3/customers"),
    ("read_channels", "Channel Listings", "v3/channels"),
)
#: (step, scope, method, route, body): writes that change nothing, since the record or the rows are not there.
_WRITES: tuple[tuple[str, str, str, str, Any], ...] = (
    ("write_orders", "Orders", "PUT", "v2/orders/0", {"staff_notes": ""}),
    ("write_products", "Products", "PUT", "v3/catalog/products", []),
    ("write_stock", "Store Inventory", "PUT", "v3/inventory/adjustments/absolute", {"items": []}),
)


class Checkup:
    def __init__(self, client: BigCommerceClient, shop: ShopReader, webhooks: WebhookRegistrar) -> None:
        self._client = client
        self._shop = shop
        self._webhooks = webhooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        if self._signed_in():
            self._scopes()
            info = self._facts()
            self._proofs()
            self._hooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _signed_in(self) -> bool:
        """One call tells of the address, the certificate, the clock, the token and the quota."""
        replies: list[Any] = []

        def step() -> str:
            replies.append(self._client.get("v2/store", lane=LANE))
            return f"The API answers for the store '{replies[0].record().get('name') or self._client.store_hash}'."

        if not self._try("authenticated", step):
            return False
        reply = replies[0]
        self._add("tls", *self._tls())
        self._clock(reply.headers.get("date", ""))
        status = str(reply.record().get("status") or "live")
        if status not in ("live", "prelaunch"):
            self._add(
                "store_status",
                "warn",
                f"The store's status is '{status}'.",
                "Look at the store's account in BigCommerce: a suspended store sells nothing.",
            )
        quota = quota_of(reply.headers)
        if quota is None:
            self._add("quota", "ok", "The store tells no quota of calls.")
        else:
            self._add("quota", "ok", f"The store allows {quota.limit} calls in a window, shared by all apps.")
        return True

    def _tls(self) -> tuple[str, str, str]:
        if not self._client.root.startswith("https://"):
            return (
                "warn",
                "The connection is not encrypted: the token travels in clear.",
                "Use the https address.",
            )
        if not self._client.connection.verify_tls:
            return "warn", "The certificate is not checked.", "Switch 'verify TLS' on."
        return "ok", "The connection is encrypted and the certificate is trusted.", ""

    def _clock(self, date: str) -> None:
        moment = http_date(date)
        if moment is None:
            self._add("clock", "skip", "The shop does not tell its time.")
            return
        skew = abs((moment - datetime.now(UTC)).total_seconds())
        if skew > 60:
            self._add("clock", "warn", f"The clocks differ by {skew:.0f} seconds.", _CLOCK_CURE)
        else:
            self._add("clock", "ok", "The clocks agree.")

    def _scopes(self) -> None:
        """Reading is tried by the shortest list, writing by a call about nothing."""
        for name, scope, route in _READS:
            self._try(name, lambda s=scope, r=route: self._may_read(s, r), state=_weight(scope))  # type: ignore[misc]
        for name, scope, method, route, body in _WRITES:
            self._try(name, lambda s=scope, m=method, r=route, b=body: self._may_write(s, m, r, b))  # type: ignore[misc]

    def _may_read(self, scope: str, route: str) -> str:
        try:
            self._client.get(route, _ONE, lane=LANE)
        except MissingPermission as error:
            raise _lacks(scope, "read-only", error) from error
        return f"The account has the scope '{scope}' to read."

    def _may_write(self, scope: str, method: str, route: str, body: Any) -> str:
        try:
            with suppress(PermanentError):  # it looked at the content, so the right is there
                self._client.call(method, route, body=body, lane=LANE)
        except MissingPermission as error:
            raise _lacks(scope, "modify", error) from error
        return f"The account has the scope '{scope}' to write."

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("settings", step):
            return None
        info = found[0]
        self._add("currency", *self._currency(info))
        if info.prices_include_tax is None:
            self._add("tax", "warn", "The shop's tax mode cannot be read.")
        else:
            self._add(
                "tax", "ok", f"Prices are entered {'with' if info.prices_include_tax else 'without'} tax."
            )
        self._add("location", *self._location(info))
        return info

    def _currency(self, info: ShopInfo) -> tuple[str, str, str]:
        ours = self._client.connection.currency
        if ours and info.currency and ours.upper() != info.currency:
            return (
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        return "ok", f"The shop sells in {info.currency or '?'}.", ""

    def _location(self, info: ShopInfo) -> tuple[str, str, str]:
        wanted = str(self._client.options.location_id)
        if info.locations and wanted not in {number for number, _ in info.locations}:
            return (
                "fail",
                f"The store has no active location {wanted}.",
                "Choose another 'Location of quantities' in the options of the site.",
            )
        return "ok", f"Quantities go to location {wanted} where a warehouse has none of its own.", ""

    def _proofs(self) -> None:
        if not self._client.connection.webhook_url:
            return
        if self._client.connection.credentials.get("password", "").strip():
            self._add("client_secret", "ok", "Deliveries are proved by our header and by their signature.")
        else:
            self._add(
                "client_secret",
                "warn",
                "Without the client secret deliveries are proved by our header alone.",
                "Enter the client secret of the API account on the site.",
            )

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


def _weight(scope: str) -> str:
    """Without customers and channels the work goes on."""
    return "fail" if scope in ("Orders", "Products", "Store Inventory") else "warn"


def _lacks(scope: str, extent: str, error: MissingPermission) -> MissingPermission:
    return MissingPermission(
        f"The API account lacks the scope '{scope}' ({extent}).",
        cure="Scopes of an API account cannot be changed: make a new store-level API account with this scope, and enter its "
        "token.",
        platform="bigcommerce",
        status=error.status,
    )


_CLOCK_CURE = "Let this server and the shop's server take their time from a time server."
