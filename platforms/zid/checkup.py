"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecomsync.common.errors import EcomsyncError, MissingPermission, PermanentError, Rejected
from ecomsync.common.http import http_date
from platforms.types import CheckReport, CheckStep, ShopInfo
from platforms.zid.client import PROFILE, Params, ZidClient
from platforms.zid.mapping_orders import created_at
from platforms.zid.orders import ROUTE as ORDERS
from platforms.zid.orders import OrderReader
from platforms.zid.rows import is_id
from platforms.zid.shop import ShopReader
from platforms.zid.webhooks import WebhookRegistrar

LANE = "products"
_NOBODY = "00000000-0000-4000-8000-000000000000"
#: (step, scope as the partner dashboard writes it, path that needs it to read, parameters, whether work stops without it)
_READS: tuple[tuple[str, str, str, Params, bool], ...] = (
    ("read_orders", "orders", ORDERS, (("payload_type", "tiny"), ("per_page", "1")), True),
    ("read_products", "products", "/v1/products/", (("page_size", "1"),), True),
    ("read_stock", "inventories", "/v1/locations/", (("page_size", "1"),), True),
    ("read_customers", "customers", "/v1/managers/store/customers", (("per_page", "1"),), False),
    ("read_webhooks", "webhooks", "/v1/managers/webhooks", (), False),
)
#: (step, scope, method, path, body): writes about nothing, which are refused for what they say and not for who says it.
_WRITES: tuple[tuple[str, str, str, str, Any], ...] = (
    ("write_orders", "orders", "POST", f"{ORDERS}/0/add-order-comment", {"comment": ""}),
    ("write_products", "products", "PATCH", "/v1/products/", [{"id": _NOBODY}]),
    ("write_stock", "inventories", "POST", f"/v1/locations/{_NOBODY}/stock-update/", []),
)
_ISSUED = re.compile(r"(\d{2})-(\d{2})-(\d{4}) \| (\d{1,2}):(\d{2})\s*(\S*)")
_AFTERNOON = ("م", "pm", "PM")


class Checkup:
    def __init__(
        self, client: ZidClient, shop: ShopReader, orders: OrderReader, webhooks: WebhookRegistrar
    ) -> None:
        self._client = client
        self._shop = shop
        self._orders = orders
        self._webhooks = webhooks
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; later steps are skipped once an earlier one makes them pointless."""
        info: ShopInfo | None = None
        if self._signed_in():
            self._scopes()
            info = self._facts()
            self._order_times(info)
            self._hooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _signed_in(self) -> bool:
        """One call tells of the address, the certificate, the clock, the tokens and the store."""
        replies: list[Any] = []

        def step() -> str:
            replies.append(self._client.get(PROFILE, lane=LANE))
            store = replies[0].record("user").get("store")
            name = store.get("title") if isinstance(store, Mapping) else ""
            return f"The API answers for the store '{name}'."

        if not self._try("authenticated", step):
            return False
        self._add("tls", *self._tls())
        self._clock(replies[0].headers.get("date", ""))
        self._try("store", self._store_state, state="warn")
        return True

    def _store_state(self) -> str:
        store = self._client.store()
        subscription = store.get("subscription")
        if isinstance(subscription, Mapping) and subscription.get("is_suspended"):
            raise Rejected(
                "The store's subscription is suspended.",
                code="suspended",
                cure="Renew the package in Zid's dashboard; then run 'Register Webhooks' and read the orders.",
            )
        if store.get("maintenance_mode"):
            raise Rejected(
                "The store is in maintenance mode.",
                code="maintenance",
                cure="End it in Zid's dashboard when the store is to sell.",
            )
        return f"The store's number is {store.get('id')}."

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
        for name, scope, path, params, needed in _READS:
            state = "fail" if needed else "warn"
            self._try(name, lambda s=scope, p=path, q=params: self._may_read(s, p, q), state=state)  # type: ignore[misc]
        for name, scope, method, path, body in _WRITES:
            self._try(name, lambda s=scope, m=method, p=path, b=body: self._may_write(s, m, p, b))  # type: ignore[misc]

    def _may_read(self, scope: str, path: str, params: Params) -> str:
        try:
            self._client.get(path, params, lane=LANE)
        except MissingPermission as error:
            raise _lacks(scope, "read", error) from error
        return f"The app has the scope '{scope}' to read."

    def _may_write(self, scope: str, method: str, path: str, body: Any) -> str:
        try:
            with suppress(PermanentError):  # it looked at the content, so the right is there
                self._client.call(method, path, body=body, lane=LANE)
        except MissingPermission as error:
            raise _lacks(scope, "write", error) from error
        return f"The app has the scope '{scope}' to write."

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
        if not self._client.options.by_location:
            return "ok", "Quantities are set on the products themselves.", ""
        wanted = self._client.options.location_id or str(self._client.learned.get("location_id") or "")
        names = {_hex(number): name for number, name in info.locations}
        if info.locations and _hex(wanted) not in names:
            return (
                "fail",
                f"The store has no active location {wanted}.",
                "Choose another 'Location of quantities' in the options of the site.",
            )
        name = names.get(_hex(wanted), wanted)
        return "ok", f"Quantities go to location '{name}' where a warehouse has none of its own.", ""

    def _order_times(self, info: ShopInfo | None) -> None:
        """The invoice's time is the store's own: with its zone it must be the moment of the order."""
        try:
            zone = ZoneInfo(info.time_zone) if info is not None and info.time_zone else None
        except (ZoneInfoNotFoundError, ValueError):
            zone = None
        if zone is None:
            self._add("order_times", "skip", "The store's time zone cannot be read.")
            return

        def step() -> str:
            rows = self._client.get(ORDERS, [("payload_type", "tiny"), ("per_page", "1")], lane=LANE).rows(
                "orders"
            )
            if not rows:
                return "The store has no order yet, by which its time zone could be compared."
            order = self._orders.view(str(rows[0].get("id", "")))
            return _compared(order, zone, created_at(order, self._client.options))

        self._try("order_times", step, state="warn")

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


def _compared(order: Mapping[str, Any], zone: ZoneInfo, moment: datetime | None) -> str:
    """Raises Rejected when the order's time and its invoice's differ. Whole hours of 12 are the clock of the invoice."""
    issued = issued_at(str(order.get("issue_date") or ""), zone)
    if issued is None or moment is None:
        return "The order tells no time of its invoice, by which its time zone could be compared."
    apart = abs(issued - moment) % timedelta(hours=12)
    if min(apart, timedelta(hours=12) - apart) > timedelta(minutes=2):
        raise Rejected(
            f"Order {order.get('id')} was placed at {moment:%Y-%m-%d %H:%M} UTC by our reading and its invoice says "
            f"{issued:%Y-%m-%d %H:%M} UTC.",
            code="order_timezone",
            cure=f"Set 'Time zone of orders' to {zone.key}, and run 'Test Connection' again.",
        )
    return "The time of orders agrees with the time of their invoices."


def issued_at(text: str, zone: ZoneInfo) -> datetime | None:
    """`31-01-2026 | 03:56 ص`, the store's own time with Arabic am and pm, as UTC."""
    found = _ISSUED.search(text)
    if found is None:
        return None
    day, month, year, hour, minute = (int(part) for part in found.groups()[:5])
    hour = hour % 12 + (12 if found.group(6).startswith(_AFTERNOON) else 0)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _hex(text: str) -> str:
    return text.replace("-", "").lower() if is_id(text) else text


def _lacks(scope: str, extent: str, error: MissingPermission) -> MissingPermission:
    return MissingPermission(
        f"The app lacks the scope '{scope}' ({extent}).",
        cure="Tick the scope of the app in Zid's partner dashboard, then install the app again.",
        platform="zid",
        status=error.status,
    )


_CLOCK_CURE = "Let this server and the shop's server take their time from a time server."
