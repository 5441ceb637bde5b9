"""Shopify behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.shopify import webhooks
from platforms.shopify.address import shop_address
from platforms.shopify.checkup import Checkup
from platforms.shopify.client import ShopifyClient
from platforms.shopify.collections import CollectionPusher
from platforms.shopify.declaration import CAPABILITIES, CREDENTIAL_FIELDS, WEBHOOK_CREDENTIALS
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_orders import order_from_json
from platforms.shopify.options import OPTION_FIELDS, ShopifyOptions
from platforms.shopify.order_updates import OrderUpdater
from platforms.shopify.orders import OrderReader
from platforms.shopify.own_operations import run_operation
from platforms.shopify.prices import PricePusher
from platforms.shopify.product_reader import ProductReader
from platforms.shopify.products import ProductPusher
from platforms.shopify.quantities import QuantityPusher
from platforms.shopify.refunds import RefundPusher
from platforms.shopify.registrar import WebhookRegistrar
from platforms.shopify.shipments import ShipmentPusher
from platforms.shopify.shop import ShopReader
from platforms.shopify.sold_lines import sold_lines
from platforms.shopify.tokens import TokenDesk
from platforms.shopify.versions import NEWEST, ends_on
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
    ConnectCode,
    EventKind,
    Finding,
    InvoiceNotice,
    PersonNamed,
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


class ShopifyAdapter(PlatformAdapter):
    """One shop. Without a token it still reads webhooks and stored orders, and asks for a token."""

    name = "shopify"
    label_en = "Shopify"
    label_ar = "شوبيفاي"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    memory = ("bulk_pending", "webhook_topics")
    webhook_headers = ("x-shopify-", "shopify-")
    webhook_topic_headers = ("x-shopify-topic", "shopify-topic")
    webhook_credentials = WEBHOOK_CREDENTIALS

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = ShopifyOptions.read(connection.options)
        self._opened: _Parts | None = None
        #: Waits between two looks at work that Shopify does by itself; a test puts its own clock here.
        self.pause: Callable[[float], None] = time.sleep

    def _open(self) -> _Parts:
        """The workers around one client, whether there is a token or not."""
        if self._opened is None:
            client = ShopifyClient(
                self.connection, self._options, observer=self.observer, budget=self.budget, pause=self.pause
            )
            client.keep = self.keep_learned
            self._opened = _Parts(client)
        return self._opened

    @property
    def _parts(self) -> _Parts:
        if not self.connection.credentials.get("access_token", "").strip():
            raise ConfigurationError(
                "The site has no Admin API access token.",
                code="missing_credentials",
                cure="Press 'Connect' or 'Request Token', or enter a token of an app made in the shop's admin; then run "
                "'Test Connection'.",
                site=self.connection.site_code,
                platform=self.name,
            )
        return self._open()

    @property
    def learned(self) -> Mapping[str, Any]:
        if self._opened is None:
            return self.connection.learned
        parts = self._opened
        return {**parts.client.learned, **parts.locations.learned, **parts.webhooks.learned}

    @property
    def findings(self) -> Sequence[Finding]:
        return () if self._opened is None else self._opened.client.findings

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
        return Checkup(parts.client, parts.shop, parts.locations, parts.webhooks).run()

    @classmethod
    def served_until(cls, version: str) -> tuple[str, date] | None:
        called = version.strip() or NEWEST
        end = ends_on(called)
        return (called, end) if end is not None else None

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    # -- tokens -------------------------------------------------------------
    def request_token(self, *, code: str = "") -> Token:
        return self._open().tokens.request(code.strip())

    def refresh_token(self) -> Token:
        return self._open().tokens.refresh()

    def connect_url(self, *, app_name: str, token: str, return_url: str, callback_url: str) -> str:
        return self._open().tokens.approval_url(state=token, return_url=return_url)

    @classmethod
    def read_connect_return(cls, query: Mapping[str, str]) -> tuple[str, bool]:
        return query.get("state", ""), bool(query.get("code"))

    def read_connect_code(self, query: Mapping[str, str]) -> ConnectCode:
        return ConnectCode(query.get("state", ""), self._open().tokens.code_of_return(query))

    # -- orders -------------------------------------------------------------
    def iter_orders(
        self,
        *,
        modified_from: datetime | None = None,
        created_from: datetime | None = None,
        limit: int | None = None,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[OrderOrFailure]:
        return self._parts.orders.iterate(modified_from=modified_from, created_from=created_from, limit=limit)

    def get_order(self, remote_id: str) -> RemoteOrder:
        return self._parts.orders.get(remote_id)

    def get_orders(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        return self._parts.orders.get_many(remote_ids)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(
            payload,
            tax_number_keys=self._options.tax_number_keys,
            import_test_orders=self._options.import_test_orders,
        )

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        return sold_lines(payload)

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
        return self._parts.collections.iterate()

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        return self._parts.collections.push(sheets)

    # -- stock and prices ---------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        return self._parts.quantities.push(updates)

    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        return self._parts.prices.push(updates)

    # -- back to the shop ---------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        return self._parts.updater.push_status(notice)

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        return self._parts.shipments.push(notice)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._parts.updater.push_invoice(notice)

    def push_refund(self, notice: RefundNotice) -> PushResult:
        return self._parts.refunds.push(notice)

    # -- operations of the site's own ---------------------------------------
    def run_graphql(self, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        return run_operation(self._parts.client, document, variables)

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        keys = self.connection.credentials
        secret = keys.get("password", "").strip() or self.connection.webhook_secret
        return webhooks.read_delivery(
            delivery,
            secrets=(secret, keys.get("old_client_secret", "").strip()),
            shop=webhooks.shop_domain(shop_address(self.connection.url)),
        )

    def person_named(self, payload: Mapping[str, Any]) -> PersonNamed:
        return webhooks.person_named(payload)

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.webhooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.webhooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: ShopifyClient) -> None:
        self.client = client
        self.locations = LocationBook(client)
        self.shop = ShopReader(client, self.locations)
        self.tokens = TokenDesk(
            client.connection, client.http, exchange=client.options.exchange_lasting_token
        )
        self.orders = OrderReader(client)
        self.quantities = QuantityPusher(client, self.locations)
        self.prices = PricePusher(client)
        self.reader = ProductReader(client)
        self.products = ProductPusher(client, self.reader, self.prices, self.locations, self.shop)
        self.collections = CollectionPusher(client, self.shop)
        self.updater = OrderUpdater(client)
        self.refunds = RefundPusher(client, self.locations, self.updater)
        self.shipments = ShipmentPusher(client, self.updater)
        self.webhooks = WebhookRegistrar(client)
