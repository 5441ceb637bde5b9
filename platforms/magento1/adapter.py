"""Magento 1 / OpenMage behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.magento1 import webhooks
from platforms.magento1.categories import CategoryPusher
from platforms.magento1.checkup import Checkup
from platforms.magento1.client import MagentoClient
from platforms.magento1.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.magento1.mapping_orders import order_from_json
from platforms.magento1.options import OPTION_FIELDS, MagentoOptions
from platforms.magento1.order_updates import OrderUpdater
from platforms.magento1.orders import OrderReader
from platforms.magento1.prices import PricePusher
from platforms.magento1.product_reader import ProductReader
from platforms.magento1.products import ProductPusher
from platforms.magento1.quantities import QuantityPusher
from platforms.magento1.refunds import RefundPusher
from platforms.magento1.shipments import ShipmentPusher
from platforms.magento1.shop import ShopReader
from platforms.magento1.sold_lines import sold_lines
from platforms.types import (
    CategorySheet,
    CheckReport,
    CheckStep,
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
    WebhookNotice,
)


class Magento1Adapter(PlatformAdapter):
    """One shop. Without credentials it still reads hints and stored orders, which need no call."""

    name = "magento1"
    label_en = "Magento 1 / OpenMage"
    label_ar = "ماجنتو 1 / OpenMage"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = MagentoOptions.read(connection.options)
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            self._require_credentials()
            self._opened = _Parts(
                MagentoClient(self.connection, self._options, observer=self.observer, budget=self.budget)
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
    def learned(self) -> Mapping[str, Any]:
        return self.connection.learned if self._opened is None else self._opened.client.learned

    @property
    def findings(self) -> Sequence[Finding]:
        if self._opened is None:
            return ()
        return (*self._opened.client.findings, *self._opened.orders.findings)

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
        return Checkup(parts.client, parts.shop).run()

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

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        return sold_lines(payload)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return order_from_json(payload, amounts=self._options.amounts, keep_extras=self._options.keep_extras)

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
        return self._parts.products.push(sheets) if sheets else []

    def iter_categories(self) -> Iterator[RemoteCategory]:
        return self._parts.categories.iterate()

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        return self._parts.categories.push(sheets) if sheets else []

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

    # -- hints --------------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        return webhooks.read_delivery(
            delivery, secret=self.connection.webhook_secret, tolerance=self._options.hint_tolerance
        )

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: MagentoClient) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client)
        self.prices = PricePusher(client)
        self.products = ProductPusher(client, self.reader, self.quantities)
        self.categories = CategoryPusher(client)
        self.updater = OrderUpdater(client, self.orders)
        self.shipments = ShipmentPusher(client, self.orders, self.updater)
        self.refunds = RefundPusher(client, self.orders)
