"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.http import http_date
from platforms.salla.client import SallaClient, quota_of
from platforms.salla.shop import ShopReader
from platforms.salla.webhooks import WebhookRegistrar
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"
_ONE = (("per_page", "1"),)
#: (step, scope, route that needs it to read, whether nothing works without)
_READS: tuple[tuple[str, str, str, bool], ...] = (
    ("read_orders", "orders.read", "orders", True),
    ("read_products", "products.read", "products", True),
    ("read_branches", "branches.read", "branches", False),
    ("read_shipments", "shipping.read", "shipments", False),
    ("read_transactions", "transactions.read", "transactions", False),
)
#: Writes that change nothing, since the record is not there or the list is empty.
_WRITES: tuple[tuple[str, str, str, str, Any], ...] = (
    ("write_orders", "orders.read_write", "POST", "orders/0/status", {}),
    ("write_products", "products.read_write", "POST", "products/quantities/bulk", {"products": []}),
)


class Checkup:
    def __init__(self, client: SallaClient, shop: ShopReader, webhooks: WebhookRegistrar) -> None:
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
            self._tokens()
            self._hooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _signed_in(self) -> bool:
        """One call tells of the address, the certificate, the clock, the token and the limit."""
        replies: list[Any] = []

        def step() -> str:
            replies.append(self._client.get("store/info", lane=LANE))
            return f"The API answers for the store '{replies[0].record().get('name') or '?'}'."

        if not self._try("authenticated", step):
            return False
        reply = replies[0]
        self._add("tls", *self._tls())
        self._clock(reply.headers.get("date", ""))
        status = str(reply.record().get("status") or "active")
        if status != "active":
            self._add(
                "store_status",
                "warn",
                f"The store's status is '{status}'.",
                "Look at the store's account in Salla.",
            )
        quota = quota_of(reply.headers)
        if quota is None:
            self._add("quota", "ok", "The store tells no limit of calls.")
        else:
            self._add(
                "quota", "ok", f"The store's plan allows {quota.limit} calls a minute, for all its apps."
            )
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
        for name, scope, route, needed in _READS:
            self._try(name, lambda s=scope, r=route: self._may_read(s, r), state="fail" if needed else "warn")  # type: ignore[misc]
        for name, scope, method, route, body in _WRITES:
            self._try(name, lambda s=scope, m=method, r=route, b=body: self._may_write(s, m, r, b))  # type: ignore[misc]

    def _may_read(self, scope: str, route: str) -> str:
        self._client.get(route, _ONE, lane=LANE)
        return f"The app has the scope {scope}."

    def _may_write(self, scope: str, method: str, route: str, body: Any) -> str:
        with suppress(PermanentError):  # it looked at the content, so the right is there
            self._client.call(method, route, body=body, lane=LANE)
        return f"The app has the scope {scope}."

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("settings", step):
            return None
        info = found[0]
        ours = self._client.connection.currency
        if ours and info.currency and ours.upper() != info.currency:
            self._add(
                "currency",
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        else:
            self._add("currency", "ok", f"The shop sells in {info.currency or '?'}.")
        if info.prices_include_tax is None:
            self._add("tax", "warn", "No product tells whether prices are entered with tax.")
        else:
            self._add(
                "tax", "ok", f"Prices are entered {'with' if info.prices_include_tax else 'without'} tax."
            )
        self._add("branch", *self._branch(info))
        return info

    def _branch(self, info: ShopInfo) -> tuple[str, str, str]:
        wanted = str(self._client.options.branch_id or "")
        known = {number for number, _ in info.locations}
        if wanted and known and wanted not in known:
            return (
                "fail",
                f"The store has no active branch {wanted}.",
                "Choose another 'Branch of quantities' in the options of the site.",
            )
        if not wanted and len(known) > 1:
            return (
                "ok",
                f"The store has {len(known)} branches, and quantities without one go to its default branch.",
                "Give each warehouse of the site its branch.",
            )
        return "ok", f"Quantities go to branch {wanted or self._shop.default_branch or '?'}.", ""

    def _tokens(self) -> None:
        credentials = self._client.connection.credentials
        missing = [
            label
            for name, label in (
                ("refresh_token", "refresh token"),
                ("username", "client ID"),
                ("password", "client secret"),
            )
            if not credentials.get(name, "").strip()
        ]
        if missing:
            self._add(
                "renewal",
                "warn",
                f"The access token cannot be renewed: the site has no {' and no '.join(missing)}.",
                "Enter what is missing, or install the app again in the store.",
            )
        else:
            self._add("renewal", "ok", "The access token is renewed before it lapses.")

    def _hooks(self) -> None:
        if not self._client.connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
            return

        def step() -> str:
            hooks = self._webhooks.health()
            off = [hook for hook in hooks if not hook.active and hook.remote_id]
            if off:
                raise Rejected(
                    f"{len(off)} of {len(hooks)} webhooks have another secret: {', '.join(hook.topic for hook in off)}.",
                    code="webhooks_disabled",
                    cure="Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not taken.",
                )
            active = [hook for hook in hooks if hook.active]
            return f"{len(active)} webhooks are active." if active else "No webhook is registered yet."

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
