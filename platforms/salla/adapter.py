"""Salla behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.salla import tokens, webhooks
from platforms.salla.categories import CategoryPusher
from platforms.salla.checkup import Checkup
from platforms.salla.client import SallaClient
from platforms.salla.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.salla.mapping_orders import order_from_json
from platforms.salla.options import OPTION_FIELDS, SallaOptions
from platforms.salla.order_updates import OrderUpdater
from platforms.salla.orders import OrderReader
from platforms.salla.prices import PricePusher
from platforms.salla.product_reader import ProductReader
from platforms.salla.products import ProductPusher
from platforms.salla.quantities import QuantityPusher
from platforms.salla.refunds import RefundPusher
from platforms.salla.shop import ShopReader
from platforms.salla.sold_lines import sold_lines
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
    ConnectCode,
    EventKind,
    Finding,
    InvoiceNotice,
    PriceUpdate,
    ProductSheet,
    PushResult,
    QuantityUpdate,
    RefundNotice,
    RemoteCategory,
    RemoteOrder,
    RemoteProduct,
    RemoteReturn,
    ShipmentNotice,
    ShopInfo,
    SoldLine,
    StatusNotice,
    Token,
    WebhookDelivery,
    WebhookHealth,
    WebhookNotice,
)


class SallaAdapter(PlatformAdapter):
    """One store. Without credentials it still reads webhooks and stored orders, which need no call."""

    name = "salla"
    label_en = "Salla"
    label_ar = "سلة"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    webhook_headers = ("x-salla-",)
    webhook_credentials = ("app_webhook_secret", "merchant")
    account_credential = "merchant"

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = SallaOptions.read(connection.options)
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._require_token()
            self._opened = _Parts(self._client(), self.connection.learned)
        return self._opened

    def _client(self) -> SallaClient:
        return SallaClient(self.connection, self._options, observer=self.observer, budget=self.budget)

    def _require_token(self) -> None:
        if not self.connection.credentials.get("access_token", "").strip():
            raise ConfigurationError(
                "The site has no access token.",
                code="missing_credentials",
                cure="Install the app in the store, press 'Connect', or run 'Read Salla Access Token'.",
                site=self.connection.site_code,
                platform=self.name,
            )

    def clock(self) -> datetime | None:
        return None if self._opened is None else self._opened.client.http.server_time

    def close(self) -> None:
        if self._opened is not None:
            self._opened.client.close()
            self._opened = None

    @property
    def learned(self) -> Mapping[str, Any]:
        """When the daily sweep was made, and the store's default branch."""
        found = dict(self.connection.learned)
        if self._opened is not None:
            if self._opened.orders.last_wide is not None:
                found["wide_sweep"] = self._opened.orders.last_wide.isoformat()
            if self._opened.shop.default_branch:
                found["default_branch"] = self._opened.shop.default_branch
        return found

    @property
    def findings(self) -> Sequence[Finding]:
        return () if self._opened is None else tuple(self._opened.orders.findings)

    def check(self) -> CheckReport:
        try:
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.webhooks).run()

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    # -- tokens -------------------------------------------------------------
    def request_token(self, *, code: str = "") -> Token:
        """See `TokenDesk.request`: a code, the address of the return, the text of the event, or nothing."""
        client = self._client()
        try:
            return tokens.TokenDesk(client).request(code)
        finally:
            client.close()

    def refresh_token(self) -> Token:
        client = self._client()
        try:
            return tokens.TokenDesk(client).refresh()
        finally:
            client.close()

    def connect_url(self, *, app_name: str, token: str, return_url: str, callback_url: str) -> str:
        return tokens.approval_url(self.connection, token=token, return_url=return_url)

    def read_connect_code(self, query: Mapping[str, str]) -> ConnectCode:
        return tokens.code_of_return(query)

    # -- orders -------------------------------------------------------------
    def iter_orders(
        self,
        *,
        modified_from: datetime | None = None,
        created_from: datetime | None = None,
        limit: int | None = None,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[OrderOrFailure]:
        return self._parts.orders.iterate(
            modified_from=modified_from, created_from=created_from, limit=limit, open_orders=open_orders
        )

    def get_order(self, remote_id: str) -> RemoteOrder:
        return self._parts.orders.get(remote_id)

    def get_orders(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        return self._parts.orders.get_many(remote_ids)

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        return sold_lines(payload)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(payload, self._options)

    def iter_returns(self, *, modified_from: datetime | None = None) -> Iterator[RemoteReturn]:
        return self._parts.orders.iterate_returns(modified_from)

    def get_returns(self, order_remote_id: str) -> list[RemoteReturn]:
        return self._parts.orders.returns_of(order_remote_id)

    # -- catalogue ----------------------------------------------------------
    def iter_products(self, *, modified_from: datetime | None = None) -> Iterator[RemoteProduct]:
        return self._parts.reader.iterate(modified_from)

    def find_products(self, skus: Sequence[str]) -> list[RemoteProduct]:
        return self._parts.reader.find(skus)

    def push_products(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        return self._parts.products.push(sheets)

    def iter_categories(self) -> Iterator[RemoteCategory]:
        return self._parts.categories.iterate()

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        return self._parts.categories.push(sheets)

    # -- stock and prices ---------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        return self._parts.quantities.push(updates)

    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        return self._parts.prices.push(updates)

    # -- back to the shop ---------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        return self._parts.updater.push_status(notice)

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        return self._parts.updater.push_shipment(notice)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._parts.updater.push_invoice(notice)

    def push_refund(self, notice: RefundNotice) -> PushResult:
        return self._parts.refunds.push(notice)

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        credentials = self.connection.credentials
        return webhooks.read_delivery(
            delivery,
            secret=self.connection.webhook_secret,
            app_secret=credentials.get("app_webhook_secret", "").strip(),
            strategy=self._options.webhook_strategy,
            merchant=credentials.get("merchant", "").strip(),
        )

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.webhooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.webhooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: SallaClient, learned: Mapping[str, Any]) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client, last_wide=_moment(learned.get("wide_sweep")))
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client, default_branch=str(learned.get("default_branch") or ""))
        self.prices = PricePusher(client)
        self.products = ProductPusher(client, self.reader)
        self.categories = CategoryPusher(client)
        self.updater = OrderUpdater(client)
        self.refunds = RefundPusher(client)
        self.webhooks = webhooks.WebhookRegistrar(client)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
