"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from ecomsync.common.errors import EcomsyncError, MissingPermission, NotFound, Rejected
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.criteria import Criteria
from platforms.magento2.hook_registrar import HookRegistrar
from platforms.magento2.rsa import is_key
from platforms.magento2.shop import ShopReader
from platforms.magento2.signing_in import AdminSigner
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"
_MODES = {
    "oauth": "OAuth signatures",
    "bearer": "an integration's access token",
    "admin": "an admin user's token",
}
#: What is read and written, and a call that tells whether it is allowed and changes nothing: Magento looks at the right
#: first, and refuses the empty content then.
_READS = (
    ("orders", "orders"),
    ("creditmemos", "credit memos"),
    ("shipments", "shipments"),
    ("products", "products"),
    ("categories/list", "categories"),
    ("products/attribute-sets/sets/list", "attribute sets"),
)
_WRITES: tuple[tuple[str, str, object], ...] = (
    ("products/base-prices", "prices", {"prices": []}),
    ("products", "products", {}),
    ("categories", "categories", {}),
    ("orders/0/comments", "comments", {}),
    ("order/0/ship", "shipments", {}),
    ("order/0/invoice", "invoices", {}),
    ("order/0/refund", "credit memos", {}),
    ("orders/0/cancel", "cancellations", {}),
)


class Checkup:
    def __init__(self, client: MageClient, shop: ShopReader, hooks: HookRegistrar) -> None:
        self._client = client
        self._shop = shop
        self._hooks = hooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        if self._signed_in():
            info = self._facts()
            self._permissions()
            self._webhooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _signed_in(self) -> bool:
        if isinstance(self._client.signer, AdminSigner):
            self._client.signer.allow()

        def step() -> str:
            # Not the modules: a site without the right to read them works all the same.
            self._client.get("store/storeViews", lane=LANE)
            means = _MODES[self._client.auth_mode]
            return f"The REST API answers at {self._client.api_root}; signed in by {means}."

        try:
            self._add("address", "ok", step())
        except MissingPermission as error:
            self._add("address", "fail", error.message, error.cure)
        except EcomsyncError as error:
            self._add("address", "fail", error.message, error.cure)
            return False
        self._add("tls", *self._tls())
        self._clock()
        return True

    def _tls(self) -> tuple[str, str, str]:
        if not self._client.base_url.startswith("https://"):
            secure = self._client.auth_mode == "oauth"
            return (
                "warn",
                "The connection is not encrypted; calls are signed by OAuth 1.0a."
                if secure
                else "The connection is not encrypted: the token travels in clear.",
                "Use https in production.",
            )
        if not self._client.connection.verify_tls:
            return "warn", "The certificate is not checked.", "Switch 'verify TLS' on."
        return "ok", "The connection is encrypted and the certificate is trusted.", ""

    def _clock(self) -> None:
        """Magento refuses signatures that are made more than ten minutes ahead of its clock."""
        skew = self._client.skew
        if skew is None:
            self._add("clock", "skip", "The shop does not tell its time.")
        elif abs(skew) > 600:
            state = "fail" if self._client.auth_mode == "oauth" else "warn"
            self._add("clock", state, f"The clocks differ by {abs(skew) / 60:.0f} minutes.", _CLOCK_CURE)
        elif abs(skew) > 60:
            self._add("clock", "warn", f"The clocks differ by {abs(skew):.0f} seconds.", _CLOCK_CURE)
        else:
            self._add("clock", "ok", "The clocks agree.")

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
        self._stock([code for code, _name in info.locations])
        return info

    def _stock(self, sources: Sequence[str]) -> None:
        if self._client.has_msi is False:
            self._add(
                "stock",
                "ok",
                "The shop keeps one figure per product, which its orders lower; quantities take two calls each.",
            )
        elif self._client.options.source_code in sources:
            self._add(
                "stock",
                "ok",
                f"Quantities go to the source '{self._client.options.source_code}', which holds what lies there.",
            )
        elif sources:
            self._add(
                "stock",
                "fail",
                f"The shop has no source '{self._client.options.source_code}'.",
                f"Set 'Source of stock' in the options of the site to one of: {', '.join(sorted(sources))}.",
            )
        else:
            self._add(
                "stock",
                "warn",
                "The shop's sources cannot be read.",
                "Give the keys the resource Magento_InventoryApi::source.",
            )

    def _permissions(self) -> None:
        for route, what in _READS:
            self._try(f"read_{what.replace(' ', '_')}", lambda r=route, w=what: self._may_read(r, w))  # type: ignore[misc]
        writes = list(_WRITES)
        if self._client.has_msi is not False:
            writes.append(("inventory/source-items", "quantities", {"sourceItems": []}))
        for route, what, body in writes:
            name = f"write_{what.replace(' ', '_')}"
            self._try(name, lambda r=route, w=what, b=body: self._may_write(r, w, b))  # type: ignore[misc]

    def _may_read(self, route: str, what: str) -> str:
        self._client.get(route, Criteria().params(size=1, fields="total_count"), lane=LANE)
        return f"The keys may read: {what}."

    def _may_write(self, route: str, what: str, body: object) -> str:
        with suppress(Rejected, NotFound):  # it looked at the content, so the right is there
            self._client.post(route, body, lane=LANE, scope=ALL)
        return f"The keys may change: {what}."

    def _webhooks(self) -> None:
        if not self._client.connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
            return
        if self._client.options.webhook_variant == "module":
            self._add(
                "webhooks",
                "skip",
                "Webhooks come from a module that staff set up in the shop; it tells nobody how it is.",
            )
            return

        key = self._client.options.webhook_public_key
        if key and not is_key(key):
            self._add(
                "webhook_key",
                "fail",
                "The public key of webhooks cannot be read, so every delivery is refused.",
                "Copy the public key of webhooks from the shop's admin to the site again.",
            )

        def step() -> str:
            hooks = self._hooks.health()
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
