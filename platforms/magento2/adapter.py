"""Magento 2 behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.magento2 import handshake, webhooks
from platforms.magento2.categories import CategoryPusher
from platforms.magento2.checkup import Checkup
from platforms.magento2.client import MageClient
from platforms.magento2.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.magento2.event_keys import ADOBE_KEYS, EventKeys
from platforms.magento2.hook_registrar import HookRegistrar
from platforms.magento2.invoices import InvoiceWriter
from platforms.magento2.mapping_orders import order_from_json
from platforms.magento2.options import OPTION_FIELDS, MageOptions
from platforms.magento2.order_desk import OrderDesk
from platforms.magento2.order_updates import StatusWriter
from platforms.magento2.orders import OrderReader
from platforms.magento2.prices import PricePusher
from platforms.magento2.product_reader import ProductReader
from platforms.magento2.products import ProductPusher
from platforms.magento2.quantities import QuantityPusher
from platforms.magento2.refunds import RefundWriter
from platforms.magento2.shipments import ShipmentWriter
from platforms.magento2.shop import ShopReader
from platforms.magento2.sold_lines import sold_lines
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
    ConnectGrant,
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


class Magento2Adapter(PlatformAdapter):
    """One shop. Without credentials it still reads webhooks and stored orders, which need no call."""

    name = "magento2"
    label_en = "Magento 2"
    label_ar = "ماجنتو 2"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    #: Hooks of Adobe Commerce run inside a shopper's request and count anything else as a failure.
    webhook_answer = b'{"op":"success"}'
    #: Where Adobe's keys come from.
    event_keys: EventKeys = ADOBE_KEYS

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = MageOptions.read(connection.options)
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._opened = _Parts(
                MageClient(self.connection, self._options, observer=self.observer, budget=self.budget)
            )
        return self._opened

    @property
    def client(self) -> MageClient:
        return self._parts.client

    @property
    def learned(self) -> Mapping[str, Any]:
        return self.connection.learned if self._opened is None else self._opened.client.learned

    @property
    def findings(self) -> Sequence[Finding]:
        return () if self._opened is None else self._opened.client.findings

    def clock(self) -> datetime | None:
        return None if self._opened is None else self._opened.client.http.server_time

    def close(self) -> None:
        if self._opened is not None:
            self._opened.client.close()
            self._opened = None

    @classmethod
    def stock_meaning_of(cls, options: Mapping[str, Any], learned: Mapping[str, Any]) -> str:
        """Sources hold what lies there physically; the one figure of shops without them is lowered by each order."""
        mode = str(options.get("stock_mode") or "auto")
        is_legacy = mode == "legacy" or (mode == "auto" and learned.get("msi") is False)
        return "salable" if is_legacy else "physical"

    @classmethod
    def read_connect_callback(cls, payload: Any) -> ConnectGrant:
        return handshake.read_callback(payload)

    @classmethod
    def read_connect_return(cls, query: Mapping[str, str]) -> tuple[str, bool]:
        return handshake.read_return(query)

    def finish_grant(self, code: str) -> Token:
        return handshake.exchange(self.connection, self._options, code)

    def check(self) -> CheckReport:
        try:
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.hooks).run()

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

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
            prices_include_tax=self._options.prices_include_tax,
            book_difference=self._options.book_difference,
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
        return self._parts.statuses.push(notice)

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        return self._parts.shipments.push(notice)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._parts.invoices.push(notice)

    def push_refund(self, notice: RefundNotice) -> PushResult:
        return self._parts.refunds.push(notice)

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        """Makes no call to the shop; of I/O events Adobe's keys are fetched once a day from Adobe's own host."""
        return webhooks.read_delivery(
            delivery,
            secret=self.connection.webhook_secret,
            variant=self._options.webhook_variant,
            public_key=self._options.webhook_public_key,
            keys=self.event_keys,
        )

    def webhook_challenge(self, query: Mapping[str, str]) -> bytes:
        return webhooks.challenge_answer(query, self._options.webhook_variant)

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.hooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.hooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: MageClient) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client)
        self.prices = PricePusher(client, self.shop)
        self.products = ProductPusher(client, self.shop, self.prices, self.quantities)
        self.categories = CategoryPusher(client, self.shop)
        desk = OrderDesk(client)
        self.invoices = InvoiceWriter(desk)
        self.shipments = ShipmentWriter(desk)
        self.refunds = RefundWriter(desk)
        self.statuses = StatusWriter(desk, self.invoices, self.shipments)
        self.hooks = HookRegistrar(client)
