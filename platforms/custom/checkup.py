"""'Test Connection' of a custom shop: settings, keys, and one small read of each list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from ecomsync.common.errors import EcomsyncError, InvalidPayload, Rejected
from platforms.custom.catalogue import Catalogue
from platforms.custom.client import CustomClient
from platforms.custom.orders import OrderReader
from platforms.custom.shop import ShopReader
from platforms.custom.signing_in import NEEDS
from platforms.custom.webhooks import WebhookRegistrar
from platforms.types import CheckReport, CheckStep, OrderReadFailure, ShopInfo


class Checkup:
    def __init__(
        self,
        client: CustomClient,
        shop: ShopReader,
        orders: OrderReader,
        catalogue: Catalogue,
        hooks: WebhookRegistrar,
    ) -> None:
        self._client = client
        self._shop = shop
        self._orders = orders
        self._catalogue = catalogue
        self._hooks = hooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: list[ShopInfo] = []

        def facts() -> str:
            info.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("authenticated", facts):
            return CheckReport(tuple(self._steps))
        self._tls()
        self._clock()
        can = self._client.settings.operations
        if "list_orders" in can:
            self._try("read_orders", self._one_order)
        if "list_products" in can:
            self._try("read_products", self._one_product)
        self._currency(info[0])
        if "list_webhooks" in can and self._client.connection.webhook_url:
            self._try("webhooks", self._webhooks, state="warn")
        return CheckReport(tuple(self._steps), info[0])

    def _one_order(self) -> str:
        found = next(islice(self._orders.iterate(modified_from=None, created_from=None, limit=1), 1), None)
        if isinstance(found, OrderReadFailure):
            raise InvalidPayload(found.message, cure=found.cure)
        return "Orders can be read." if found else "Orders can be read; there is none yet."

    def _one_product(self) -> str:
        found = next(islice(self._catalogue.iterate(None), 1), None)
        return "Products can be read." if found else "Products can be read; there is none yet."

    def _webhooks(self) -> str:
        hooks = self._hooks.health()
        off = [hook.topic for hook in hooks if not hook.active]
        if off:
            raise Rejected(
                f"{len(off)} of {len(hooks)} webhooks are switched off: {', '.join(off)}.",
                code="webhooks_disabled",
                cure="Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not delivered.",
            )
        return f"{len(hooks)} webhooks are active." if hooks else "No webhook is registered yet."

    def _tls(self) -> None:
        connection = self._client.connection
        if not self._client.base.startswith("https://"):
            self._add(
                "tls",
                "warn",
                "The connection is not encrypted: keys travel in clear.",
                "Use the https address.",
            )
        elif not connection.verify_tls:
            self._add("tls", "warn", "The certificate is not checked.", "Switch 'verify TLS' on.")
        else:
            self._add("tls", "ok", "The connection is encrypted and the certificate is trusted.")

    def _clock(self) -> None:
        moment = self._client.http.server_time
        if moment is None:
            self._add("clock", "skip", "The shop does not tell its time.")
            return
        skew = abs((moment - datetime.now(UTC)).total_seconds())
        if skew > 60:
            cure = "Let this server and the shop's server take their time from a time server."
            self._add("clock", "warn", f"The clocks differ by {skew:.0f} seconds.", cure)
        else:
            self._add("clock", "ok", "The clocks agree.")

    def _currency(self, info: ShopInfo) -> None:
        ours = self._client.connection.currency.upper()
        if ours and info.currency and ours != info.currency:
            self._add(
                "currency",
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        elif info.currency:
            self._add("currency", "ok", f"The shop sells in {info.currency}.")

    def _try(self, name: str, step: Callable[[], str], *, state: str = "fail") -> bool:
        try:
            self._add(name, "ok", step())
        except EcomsyncError as error:
            self._add(name, state, error.message, error.cure)
            return False
        return True

    def _add(self, name: str, state: str, message: str, cure: str = "") -> None:
        self._steps.append(CheckStep(name, state, message, cure))


def missing_credentials(way: str, credentials: dict[str, str], labels: dict[str, str]) -> list[str]:
    """Labels of the credentials that this way of signing in needs and that are not there."""
    return [labels[name] for name in NEEDS.get(way, ()) if not credentials.get(name, "").strip()]
