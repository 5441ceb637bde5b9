"""Zid behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
    ConnectCode,
    EventKind,
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
from platforms.zid import tokens, webhooks
from platforms.zid.categories import CategoryPusher
from platforms.zid.checkup import Checkup
from platforms.zid.client import ZidClient
from platforms.zid.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.zid.locations import LocationBook
from platforms.zid.mapping_orders import order_from_json
from platforms.zid.options import OPTION_FIELDS, ZidOptions
from platforms.zid.order_updates import OrderUpdater
from platforms.zid.orders import OrderReader
from platforms.zid.prices import PricePusher
from platforms.zid.product_reader import ProductReader
from platforms.zid.products import ProductPusher
from platforms.zid.quantities import QuantityPusher
from platforms.zid.refunds import RefundPusher
from platforms.zid.shop import ShopReader
from platforms.zid.sold_lines import sold_lines


class ZidAdapter(PlatformAdapter):
    """One store. Without credentials it still reads webhooks and stored orders, which need no call."""

    name = "zid"
    label_en = "Zid"
    label_ar = "زد"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    memory = ("webhook_basic",)
    webhook_credentials = ("store_id",)
    account_credential = "store_id"

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = ZidOptions.read(connection.options)
        self._opened: _Parts | None = None
        self._basic_seen = bool(connection.learned.get("webhook_basic"))
        #: Waits between deleting hooks and making them again; a test goes on at once.
        self.pause: Callable[[float], None] = time.sleep

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._require_credentials()
            self._opened = _Parts(self._client(), lambda seconds: self.pause(seconds))
        return self._opened

    def _client(self) -> ZidClient:
        return ZidClient(self.connection, self._options, observer=self.observer, budget=self.budget)

    def _require_credentials(self) -> None:
        missing = [
            field.label_en
            for field in self.credential_fields
            if field.required and not self.connection.credentials.get(field.name, "").strip()
        ]
        if missing:
            raise ConfigurationError(
                f"The site has no {' and no '.join(missing)}.",
                code="missing_credentials",
                cure="Press 'Connect', or enter it on the site, then run 'Test Connection'.",
                site=self.connection.site_code,
                platform=self.name,
            )

    @property
    def learned(self) -> Mapping[str, Any]:
        found = dict(self.connection.learned if self._opened is None else self._opened.client.learned)
        if self._basic_seen:
            found["webhook_basic"] = True
        return found

    def clock(self) -> datetime | None:
        return None if self._opened is None else self._opened.client.http.server_time

    def close(self) -> None:
        if self._opened is not None:
            self._opened.client.close()
            self._opened = None

    def check(self) -> CheckReport:
        try:
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.orders, parts.webhooks).run()

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    # -- tokens -------------------------------------------------------------
    def request_token(self, *, code: str = "") -> Token:
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
        client = self._client()
        try:
            return tokens.TokenDesk(client).approval_url(state=token, return_url=return_url)
        finally:
            client.close()

    def read_connect_code(self, query: Mapping[str, str]) -> ConnectCode:
        return tokens.read_connect_code(query)

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
        reader = webhooks.DeliveryReader(
            self._options,
            secret=self.connection.webhook_secret,
            store_id=self.connection.credentials.get("store_id", "").strip(),
            basic_seen=self._basic_seen,
        )
        notice = reader.read(delivery)
        if reader.basic_seen and not self._basic_seen:
            self._basic_seen = True
            self.keep_learned()
        return notice

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.webhooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.webhooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: ZidClient, pause: Callable[[float], None]) -> None:
        self.client = client
        self.locations = LocationBook(client)
        self.shop = ShopReader(client, self.locations)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client, self.locations)
        self.prices = PricePusher(client, self.reader)
        self.products = ProductPusher(client, self.reader, self.prices, self.quantities, self.locations)
        self.categories = CategoryPusher(client)
        self.updater = OrderUpdater(client, self.orders)
        self.refunds = RefundPusher(client, self.orders, self.locations)
        self.webhooks = webhooks.WebhookRegistrar(client, pause)
