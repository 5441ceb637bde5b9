"""WooCommerce behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

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
    WebhookDelivery,
    WebhookHealth,
    WebhookNotice,
)
from platforms.woocommerce import webhooks
from platforms.woocommerce.categories import CategoryPusher
from platforms.woocommerce.checkup import Checkup
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.connect import approval_url, grant_from, token_of_return
from platforms.woocommerce.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.woocommerce.mapping_orders import order_from_json
from platforms.woocommerce.options import OPTION_FIELDS, WooOptions
from platforms.woocommerce.order_updates import OrderUpdater
from platforms.woocommerce.orders import OrderReader
from platforms.woocommerce.prices import PricePusher
from platforms.woocommerce.product_reader import ProductReader
from platforms.woocommerce.products import ProductPusher
from platforms.woocommerce.quantities import QuantityPusher
from platforms.woocommerce.shop import ShopReader
from platforms.woocommerce.sold_lines import sold_lines


class WooCommerceAdapter(PlatformAdapter):
    """One shop. Without credentials it still reads webhooks and stored orders, which need no call."""

    name = "woocommerce"
    label_en = "WooCommerce"
    label_ar = "ووكومرس"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    webhook_headers = ("x-wc-webhook-",)
    webhook_topic_headers = ("x-wc-webhook-topic",)

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = WooOptions.read(connection.options)
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._require_credentials()
            self._opened = _Parts(
                WooClient(self.connection, self._options, observer=self.observer, budget=self.budget)
            )
        return self._opened

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
                cure="Enter it on the site, then run 'Test Connection'.",
                site=self.connection.site_code,
                platform=self.name,
            )

    @property
    def auth_mode(self) -> str:
        """The way of signing in that works: basic | query | oauth1."""
        return self._parts.client.auth_mode

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

    def check(self) -> CheckReport:
        try:
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.webhooks).run()

    def connect_url(self, *, app_name: str, token: str, return_url: str, callback_url: str) -> str:
        return approval_url(
            self.connection.url,
            app_name=app_name,
            token=token,
            return_url=return_url,
            callback_url=callback_url,
        )

    @classmethod
    def read_connect_callback(cls, payload: Any) -> ConnectGrant:
        return grant_from(payload)

    @classmethod
    def read_connect_return(cls, query: Mapping[str, str]) -> tuple[str, bool]:
        return token_of_return(query)

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
        return self._parts.orders.iterate(
            modified_from=modified_from, created_from=created_from, limit=limit, open_orders=open_orders
        )

    def get_order(self, remote_id: str) -> RemoteOrder:
        return self._parts.orders.get(remote_id)

    def get_orders(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        return self._parts.orders.get_many(remote_ids)

    def expect_order(self, remote_id: str, changed_at: datetime) -> None:
        self._parts.client.fresh.expect("orders", remote_id, changed_at)

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        return sold_lines(payload)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(payload, tax_number_keys=self._options.tax_number_keys)

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
        return self._parts.updater.push_refund(notice)

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        return webhooks.read_delivery(delivery, secret=self.connection.webhook_secret)

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.webhooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.webhooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: WooClient) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client)
        self.prices = PricePusher(client)
        self.products = ProductPusher(client, self.prices, self.reader)
        self.categories = CategoryPusher(client)
        self.updater = OrderUpdater(client)
        self.webhooks = webhooks.WebhookRegistrar(client)
