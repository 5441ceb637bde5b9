"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import BadCredentials, EcomsyncError
from platforms.magento1.client import TESTED_VERSIONS, MagentoClient
from platforms.magento1.faults import ACCESS_DENIED, BAD_PATH, NOT_CALLABLE, RemoteFault
from platforms.magento1.shop import ShopReader
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"
OLDEST = (1, 7)
_CLOCK_CURE = "Let this server and the shop's server take their time from a time server."
_RIGHTS_CURE = (
    "In the shop's admin, under System > Web Services > SOAP/XML-RPC - Roles, give the role of the API user this right, "
    "or all resources."
)
_NOTHING = "0"
#: (step, what it is for, harmless call). A refusal of the content proves the right; writes name records that are not.
_RIGHTS: tuple[tuple[str, str, str, list[Any]], ...] = (
    ("read_orders", "read orders", "order.list", [{"order_id": {"from": "0", "to": "0"}}]),
    ("read_returns", "read credit memos", "order_creditmemo.list", [{"order_id": {"eq": "0"}}]),
    ("read_shipments", "read shipments", "order_shipment.list", [{"order_id": {"eq": "0"}}]),
    ("read_products", "read products", "product.list", [{"product_id": {"from": "0", "to": "0"}}]),
    ("read_stock", "read stock", "product_stock.list", [["ecomsync-no-such-sku"]]),
    ("read_categories", "read categories", "category.tree", [None, None]),
    ("read_attributes", "read attributes", "product_attribute_set.list", []),
    ("read_customer_groups", "read customer groups", "customer_group.list", []),
    ("write_products", "change products", "product.update", [_NOTHING, {}, None, "id"]),
    ("write_stock", "change stock", "product_stock.update", ["ecomsync-no-such-sku", {}]),
    ("write_orders", "comment on orders", "order.addComment", [_NOTHING, "", "", False]),
    ("cancel_orders", "cancel orders", "order.cancel", [_NOTHING]),
    ("write_shipments", "make shipments", "order_shipment.create", [_NOTHING, {}, "", False, False]),
    ("write_tracks", "add tracking numbers", "order_shipment.addTrack", [_NOTHING, "custom", "", "0"]),
    ("write_invoices", "make invoices", "order_invoice.create", [_NOTHING, {}, "", False, False]),
    ("write_returns", "make credit memos", "order_creditmemo.create", [_NOTHING, {}, "", False, False]),
    ("write_categories", "change categories", "category.update", [_NOTHING, {}, None]),
    ("write_pictures", "add pictures", "product_media.create", [_NOTHING, {}, None, "id"]),
)
#: Without these nothing of the main work runs; the others only close a feature.
_NEEDED = frozenset({"read_orders", "read_products", "write_products"})


class Checkup:
    def __init__(self, client: MagentoClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        self._client.start_over()
        if self._signed_in():
            self._add("tls", *self._tls())
            self._clock()
            self._rights()
            info = self._facts()
            self._hints()
        return CheckReport(tuple(self._steps), info)

    def _signed_in(self) -> bool:
        """Address, door and login in one: the API answers nothing to a stranger."""
        try:
            self._client.bundle([("magento.info", [])], lane=LANE)
        except BadCredentials as error:
            self._add("address", "ok", f"The API answers at {self._client.address}.")
            self._add("authenticated", "fail", error.message, error.cure)
            return False
        except EcomsyncError as error:
            self._add("address", "fail", error.message, error.cure)
            return False
        self._add("address", "ok", f"The API answers at {self._client.address}.")
        for finding in self._client.findings:
            self._add("door", "warn", finding.message, finding.cure)
        self._add("authenticated", "ok", "The API user is signed in.")
        return True

    def _tls(self) -> tuple[str, str, str]:
        if not self._client.base_url.startswith("https://"):
            return (
                "warn",
                "The connection is not encrypted: the API key and the orders travel in clear.",
                "Use the https address of the shop.",
            )
        if not self._client.connection.verify_tls:
            return "warn", "The certificate is not checked.", "Switch 'verify TLS' on."
        return "ok", "The connection is encrypted and the certificate is trusted.", ""

    def _clock(self) -> None:
        told = self._client.http.server_time
        if told is None:
            self._add("clock", "skip", "The shop does not tell its time.")
            return
        skew = abs((told - datetime.now(UTC)).total_seconds())
        if skew > 60:
            self._add("clock", "warn", f"The clocks differ by {skew:.0f} seconds.", _CLOCK_CURE)
        else:
            self._add("clock", "ok", "The clocks agree.")

    def _rights(self) -> None:
        """One bundle of calls that change nothing: each right is asked for by its own method."""

        def step() -> list[Any]:
            return self._client.bundle([(path, arguments) for _, _, path, arguments in _RIGHTS], lane=LANE)

        try:
            rows = step()
        except EcomsyncError as error:
            self._add("rights", "fail", error.message, error.cure)
            return
        for (name, what, path, _), row in zip(_RIGHTS, rows, strict=True):
            state = "fail" if name in _NEEDED else "warn"
            if isinstance(row, RemoteFault) and row.code == ACCESS_DENIED:
                self._add(name, state, f"The API user may not {what} ({path}).", _RIGHTS_CURE)
            elif isinstance(row, RemoteFault) and row.code in (BAD_PATH, NOT_CALLABLE):
                self._add(
                    name, state, f"This shop has no '{path}'.", "Update the shop, or do without this feature."
                )
            elif isinstance(row, EcomsyncError):
                self._add(name, state, row.message, row.cure)
            else:
                self._add(name, "ok", f"The API user may {what}.")

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "What the shop tells of itself was read."

        if not self._try("settings", step):
            return None
        info = found[0]
        self._add("version", *version_step(info.version))
        self._add("currency", *self._currency(info))
        return info

    def _currency(self, info: ShopInfo) -> tuple[str, str, str]:
        ours = self._client.connection.currency.upper()
        if not info.extra.get("currency_seen"):
            return (
                "warn",
                "The shop tells its currency only in orders, and it has no recent one.",
                "See that the currency of the site is the base currency of the shop.",
            )
        if ours and info.currency and ours != info.currency:
            return (
                "fail",
                f"The shop's base currency is {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        return "ok", f"The shop's base currency is {info.currency or '?'}.", ""

    def _hints(self) -> None:
        if not self._client.connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
            return
        self._add(
            "webhooks",
            "ok",
            "Magento 1 sends nothing by itself: changes are found by polling, and sooner where the shop's module sends hints.",
        )

    def _try(self, name: str, step: Callable[[], str]) -> bool:
        try:
            self._add(name, "ok", step())
        except EcomsyncError as error:
            self._add(name, "fail", error.message, error.cure)
            return False
        return True

    def _add(self, name: str, state: str, message: str, cure: str = "") -> None:
        self._steps.append(CheckStep(name, state, message, cure))


def version_step(version: str) -> tuple[str, str, str]:
    """How the shop's version stands to what this adapter was tested with."""
    found = re.search(r"(?:^|\()(\d+)\.(\d+)", version)
    if found is None:
        return (
            "warn",
            "The version of the shop cannot be read.",
            "Give the API user the right 'Core > Magento info'.",
        )
    number = (int(found.group(1)), int(found.group(2)))
    if number < OLDEST:
        return (
            "warn",
            f"Magento {version} is older than what was tested ({TESTED_VERSIONS}).",
            "Update the shop, to OpenMage at best.",
        )
    name = version if version.startswith("OpenMage") else f"Magento {version}"
    return "ok", f"{name} (tested: {TESTED_VERSIONS}).", ""
