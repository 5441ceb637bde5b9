"""BigCommerce behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.bigcommerce import app_flow, webhooks
from platforms.bigcommerce.categories import CategoryPusher
from platforms.bigcommerce.checkup import Checkup
from platforms.bigcommerce.client import BigCommerceClient, store_address
from platforms.bigcommerce.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.bigcommerce.mapping_orders import order_from_json
from platforms.bigcommerce.options import OPTION_FIELDS, BigCommerceOptions
from platforms.bigcommerce.order_updates import OrderUpdater
from platforms.bigcommerce.orders import OrderReader
from platforms.bigcommerce.prices import PricePusher
from platforms.bigcommerce.product_reader import ProductReader
from platforms.bigcommerce.products import ProductPusher
from platforms.bigcommerce.quantities import QuantityPusher
from platforms.bigcommerce.refunds import RefundPusher
from platforms.bigcommerce.shop import ShopReader
from platforms.bigcommerce.sold_lines import sold_lines
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
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


class BigCommerceAdapter(PlatformAdapter):
    """One store. Without credentials it still reads webhooks and stored orders, which need no call."""

    name = "bigcommerce"
    label_en = "BigCommerce"
    label_ar = "بيج كوميرس"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    webhook_credentials = ("username", "password", "store_hash")

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = BigCommerceOptions.read(connection.options)
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._require_credentials()
            self._opened = _Parts(self._client())
        return self._opened

    def _client(self) -> BigCommerceClient:
        return BigCommerceClient(self.connection, self._options, observer=self.observer, budget=self.budget)

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

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    def request_token(self, *, code: str = "") -> Token:
        """Of an app: the permanent token for the code with which its auth callback was called.

        code: best the callback's whole address, since scope and callback belong to the exchange too.
        """
        client = self._client()
        try:
            callback = app_flow.callback_of(code, store_hash=client.store_hash)
            return app_flow.exchange(client, callback, scopes="", redirect_uri="")
        finally:
            client.close()

    def refresh_token(self) -> Token:
        raise ConfigurationError(
            "Tokens of BigCommerce do not lapse and cannot be refreshed.",
            code="no_refresh",
            cure="If the token is refused, open the app again in the store's control panel and use the new code.",
            site=self.connection.site_code,
            platform=self.name,
        )

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
        """A delivery of a hook, or a callback of the app (load, uninstall, remove_user) with its proof in the query."""
        if app_flow.QUERY_NAME in delivery.query:
            return app_flow.read_callback(
                delivery.query,
                client_id=self.connection.credentials.get("username", "").strip(),
                client_secret=self.connection.credentials.get("password", "").strip(),
                store_hash=self._store_hash(),
            )
        return webhooks.read_delivery(
            delivery,
            secret=self.connection.webhook_secret,
            client_secret=self.connection.credentials.get("password", "").strip(),
            store_hash=self._store_hash(),
            mode=self._options.webhook_signature,
        )

    def _store_hash(self) -> str:
        """ "" where the site's address does not tell; a gateway may not know it."""
        credentials = self.connection.credentials
        try:
            return store_address(self.connection.url, credentials.get("store_hash", "").strip())[1]
        except ConfigurationError:
            return ""

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.webhooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.webhooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: BigCommerceClient) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client)
        self.prices = PricePusher(client)
        self.products = ProductPusher(client, self.reader, self.prices, self.quantities, self.shop)
        self.categories = CategoryPusher(client)
        self.updater = OrderUpdater(client)
        self.refunds = RefundPusher(client)
        self.webhooks = webhooks.WebhookRegistrar(client)
