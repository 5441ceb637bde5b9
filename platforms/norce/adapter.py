"""Norce behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.http import Observer
from platforms.base import Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.norce import webhooks
from platforms.norce.checkup import Checkup
from platforms.norce.client import NorceClient
from platforms.norce.customers import CustomerPusher
from platforms.norce.declaration import CAPABILITIES, CREDENTIAL_FIELDS
from platforms.norce.files import FullFileGuard
from platforms.norce.invoices import InvoiceWriter, RefundWriter
from platforms.norce.jobs import JobDesk, is_echoing
from platforms.norce.lookups import Lookups
from platforms.norce.mapping_orders import order_from_json
from platforms.norce.options import OPTION_FIELDS, NorceOptions
from platforms.norce.order_desk import OrderDesk
from platforms.norce.order_updates import ShipmentWriter, StatusWriter
from platforms.norce.orders import OrderReader
from platforms.norce.prices import PricePusher
from platforms.norce.product_reader import ProductReader
from platforms.norce.products import ProductPusher
from platforms.norce.quantities import QuantityPusher
from platforms.norce.shop import ShopReader
from platforms.norce.sold_lines import sold_lines
from platforms.types import (
    CheckReport,
    CheckStep,
    CustomerSheet,
    EventKind,
    Finding,
    InvoiceNotice,
    PriceUpdate,
    ProductSheet,
    PushResult,
    QuantityUpdate,
    RefundNotice,
    RemoteOrder,
    RemoteProduct,
    ShipmentNotice,
    ShopInfo,
    SoldLine,
    StatusNotice,
    Token,
    WebhookDelivery,
    WebhookNotice,
)


class NorceAdapter(PlatformAdapter):
    """One application. Without credentials it still reads deliveries and stored orders, which need no call."""

    name = "norce"
    label_en = "Norce Commerce"
    label_ar = "نورس كوميرس"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS
    #: Norce reads it where the order receiver was called; of events any 200 will do.
    webhook_answer = webhooks.ANSWER
    webhook_headers = (webhooks.TYPE_HEADER,)
    webhook_topic_headers = (webhooks.TYPE_HEADER,)
    webhook_credentials = ("application_id",)
    memory = ("jobs", "failed", "ended", "full_files")

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self._options = NorceOptions.read(connection.options)
        self._memory: dict[str, Any] = deepcopy(dict(connection.learned))
        self._opened: _Parts | None = None

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            client = NorceClient(self.connection, self._options, observer=self.observer, budget=self.budget)
            self._opened = _Parts(client, self._memory, self.keep_learned)
        return self._opened

    @property
    def client(self) -> NorceClient:
        return self._parts.client

    @property
    def jobs(self) -> JobDesk:
        return self._parts.jobs

    @property
    def learned(self) -> Mapping[str, Any]:
        """Jobs that are still open, failed ones, when the last ended, and how many rows the last full files had."""
        return {name: value for name, value in self._memory.items() if value}

    @property
    def findings(self) -> Sequence[Finding]:
        return () if self._opened is None else self._opened.client.findings

    def clock(self) -> datetime | None:
        return None if self._opened is None else self._opened.client.http.server_time

    def close(self) -> None:
        if self._opened is not None:
            self._opened.client.close()

    @classmethod
    def stock_meaning_of(cls, options: Mapping[str, Any], learned: Mapping[str, Any]) -> str:
        """Norce keeps reservations beside the figure on hand; what a shop agreed upon is its own."""
        return "salable" if str(options.get("stock_meaning") or "") == "salable" else "physical"

    def check(self) -> CheckReport:
        try:
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.lookups).run()

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    def request_token(self, *, code: str = "") -> Token:
        return self._parts.client.tokens.ask()

    def refresh_token(self) -> Token:
        """Tokens of Norce cannot be refreshed; another one is asked for."""
        return self._parts.client.tokens.ask()

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
        return order_from_json(payload, self._options)

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        return sold_lines(payload)

    # -- catalogue ----------------------------------------------------------
    def iter_products(self, *, modified_from: datetime | None = None) -> Iterator[RemoteProduct]:
        return self._parts.reader.iterate(modified_from)

    def find_products(self, skus: Sequence[str]) -> list[RemoteProduct]:
        return self._parts.reader.find(skus)

    def push_products(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        return self._parts.products.push(sheets)

    # -- stock and prices ---------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        return self._parts.quantities.push(updates)

    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        return self._parts.prices.push(updates)

    # -- full files -----------------------------------------------------------
    def push_all_quantities(self, updates: Sequence[QuantityUpdate], *, complete: bool) -> list[PushResult]:
        return self._parts.quantities.push_all(updates, complete=complete)

    def push_all_prices(self, updates: Sequence[PriceUpdate], *, complete: bool) -> list[PushResult]:
        return self._parts.prices.push_all(updates, complete=complete)

    def push_all_products(self, sheets: Sequence[ProductSheet], *, complete: bool) -> list[PushResult]:
        return self._parts.products.push_all(sheets, complete=complete)

    # -- customers ------------------------------------------------------------
    def push_customers(self, sheets: Sequence[CustomerSheet]) -> list[PushResult]:
        """Persons and companies, a file and a job for each of the two and for each set of fields that they fill."""
        return self._parts.customers.push(sheets)

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
        return webhooks.read_delivery(
            delivery,
            secret=self.connection.webhook_secret,
            receiver_user=self._options.receiver_user,
            application=self.connection.credentials.get("application_id", "").strip(),
        )

    def is_echo(self, topic: str) -> bool:
        """Our imports announce every row that they touch, during their job and for ten minutes after it."""
        kind = webhooks.ECHOES.get(topic)
        return kind is not None and is_echoing(self._memory, kind)

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(kind)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: NorceClient, memory: dict[str, Any], keep: Callable[[], None]) -> None:
        self.client = client
        self.lookups = Lookups(client)
        self.jobs = JobDesk(client, memory, keep)
        guard = FullFileGuard(client, memory)
        self.shop = ShopReader(client, self.lookups)
        self.orders = OrderReader(client)
        self.reader = ProductReader(client)
        self.quantities = QuantityPusher(client, self.lookups, self.jobs, guard)
        self.prices = PricePusher(client, self.lookups, self.jobs, guard)
        self.products = ProductPusher(client, self.reader, self.lookups, self.jobs, self.quantities, guard)
        self.customers = CustomerPusher(client, self.jobs)
        desk = OrderDesk(client, self.orders)
        self.statuses = StatusWriter(desk)
        self.shipments = ShipmentWriter(desk)
        self.invoices = InvoiceWriter(desk)
        self.refunds = RefundWriter(desk)
