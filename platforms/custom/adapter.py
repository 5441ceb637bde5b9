"""A custom shop behind the contract: puts the parts together and adds nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import ConfigurationError, UnsupportedFeature
from ecomsync.common.http import Observer
from platforms.base import Capabilities, Connection, OrderOrFailure, PlatformAdapter, RateBudget
from platforms.custom import webhooks
from platforms.custom.catalogue import Catalogue
from platforms.custom.checkup import Checkup, missing_credentials
from platforms.custom.client import CustomClient
from platforms.custom.declaration import CAPABILITIES, CREDENTIAL_FIELDS, capabilities_of
from platforms.custom.expressions import Scope
from platforms.custom.mapping_orders import OrderMapper
from platforms.custom.operations import NAMES, Operation
from platforms.custom.options import OPTION_FIELDS
from platforms.custom.order_updates import OrderUpdater
from platforms.custom.orders import OrderReader
from platforms.custom.settings import CustomSettings, problems_of, read_settings
from platforms.custom.shop import ShopReader
from platforms.custom.stock_and_prices import RowPusher
from platforms.custom.trial import OperationTrial, example_values, trial_names
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
    Trial,
    WebhookDelivery,
    WebhookHealth,
    WebhookNotice,
)


class CustomAdapter(PlatformAdapter):
    """One shop of any make. What it can do is what its operations say; the class declares the most of it."""

    name = "custom"
    label_en = "Custom platform"
    label_ar = "منصة مخصصة"
    capabilities = CAPABILITIES
    credential_fields = CREDENTIAL_FIELDS
    option_fields = OPTION_FIELDS

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ) -> None:
        super().__init__(connection, observer=observer, budget=budget)
        self.capabilities = capabilities_of(connection.options)  # type: ignore[misc]
        self._opened: _Parts | None = None

    @classmethod
    def capabilities_of(cls, options: Mapping[str, Any]) -> Capabilities:
        return capabilities_of(options)

    @classmethod
    def option_problems(cls, options: Mapping[str, Any]) -> Mapping[str, str]:
        return problems_of(options)

    @classmethod
    def stock_meaning_of(cls, options: Mapping[str, Any], learned: Mapping[str, Any]) -> str:
        return "physical" if options.get("stock_meaning") == "physical" else "salable"

    @property
    def _settings(self) -> CustomSettings:
        return read_settings(self.connection.options)

    @property
    def _scope(self) -> Scope:
        return Scope(self.connection.currency, self.connection.time_zone or "UTC")

    @property
    def _parts(self) -> _Parts:
        if self._opened is None:
            settings = self._settings
            self._require_credentials(settings)
            client = CustomClient(self.connection, settings, observer=self.observer, budget=self.budget)
            self._opened = _Parts(client, self._need)
        return self._opened

    def _require_credentials(self, settings: CustomSettings) -> None:
        labels = {field.name: field.label_en for field in self.credential_fields}
        missing = missing_credentials(settings.sign_in, dict(self.connection.credentials), labels)
        if missing and not (settings.sign_in == "oauth2" and self.connection.credentials.get("access_token")):
            raise ConfigurationError(
                f"The site has no {' and no '.join(missing)}.",
                code="missing_credentials",
                cure="Enter it on the site, then run 'Test Connection'.",
                site=self.connection.site_code,
                platform=self.name,
            )

    def _need(self, name: str) -> Operation:
        """An operation of the settings. Raises UnsupportedFeature that says which one is missing."""
        operation = self._settings.operation(name)
        if operation is None:
            raise UnsupportedFeature(
                f"The settings of this shop have no operation '{name}' ({NAMES[name]}).",
                code="no_operation",
                cure="Add it to the operations in the platform options of the site, or switch the feature off.",
                site=self.connection.site_code,
                platform=self.name,
            )
        return operation

    def clock(self) -> datetime | None:
        return None if self._opened is None else self._opened.client.http.server_time

    def close(self) -> None:
        if self._opened is not None:
            self._opened.client.close()
            self._opened = None

    def check(self) -> CheckReport:
        try:
            if not self._settings.operations:
                raise ConfigurationError(
                    "The site has no operations yet, so nothing is known of this shop.",
                    code="no_operations",
                    cure="Import the settings file of the shop, or fill in the platform options.",
                )
            parts = self._parts
        except ConfigurationError as error:
            return CheckReport((CheckStep("settings", "fail", error.message, error.cure),))
        return Checkup(parts.client, parts.shop, parts.orders, parts.catalogue, parts.hooks).run()

    def shop_info(self) -> ShopInfo:
        return self._parts.shop.info()

    def request_token(self, *, code: str = "") -> Token:
        self._require_tokens()
        return self._parts.client.sign_in.ask(code=code)

    def refresh_token(self) -> Token:
        self._require_tokens()
        return self._parts.client.sign_in.ask(refresh=True)

    def _require_tokens(self) -> None:
        if not self.capabilities.request_token:
            raise UnsupportedFeature(
                "This way of signing in asks for no token.",
                code="no_token_request",
                cure="Choose oauth2 or login as 'How to sign in', or enter the access token by hand.",
                site=self.connection.site_code,
                platform=self.name,
            )

    # -- one operation at a time --------------------------------------------
    @classmethod
    def trials(cls, options: Mapping[str, Any]) -> Sequence[tuple[str, bool]]:
        return trial_names(options)

    def trial_values(self, name: str) -> Mapping[str, Any]:
        return example_values(name, self.connection)

    def try_operation(self, name: str, values: Mapping[str, Any], *, send: bool) -> Trial:
        settings = self._settings
        self._require_credentials(settings)
        return OperationTrial(self.connection, settings, self.observer, self.budget).run(
            self._need(name), values, send=send
        )

    def try_graphql(
        self, document: str, variables: Mapping[str, Any], *, send: bool, result_path: str = ""
    ) -> Trial:
        settings = self._settings
        self._require_credentials(settings)
        operation = graphql_operation(settings, document, variables)
        trial = OperationTrial(self.connection, settings, self.observer, self.budget)
        return trial.run(operation, {}, send=send, result_path=result_path)

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
        return OrderMapper(self._settings, self._scope).sold_lines(payload)

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        return OrderMapper(self._settings, self._scope).order(payload)

    def iter_returns(self, *, modified_from: datetime | None = None) -> Iterator[RemoteReturn]:
        return self._parts.orders.iterate_returns(modified_from)

    def get_returns(self, order_remote_id: str) -> list[RemoteReturn]:
        return self._parts.orders.returns_of(order_remote_id)

    # -- catalogue ----------------------------------------------------------
    def iter_products(self, *, modified_from: datetime | None = None) -> Iterator[RemoteProduct]:
        return self._parts.catalogue.iterate(modified_from)

    def find_products(self, skus: Sequence[str]) -> list[RemoteProduct]:
        return self._parts.catalogue.find(skus)

    def push_products(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        return self._parts.catalogue.push(sheets)

    def iter_categories(self) -> Iterator[RemoteCategory]:
        return self._parts.catalogue.categories()

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        return self._parts.catalogue.push_categories(sheets)

    # -- stock and prices ---------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        return self._parts.rows.push_quantities(updates)

    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        return self._parts.rows.push_prices(updates)

    # -- back to the shop ---------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        return self._parts.updater.push_status(notice)

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        return self._parts.updater.push_shipment(notice)

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        return self._parts.updater.push_invoice(notice)

    def push_refund(self, notice: RefundNotice) -> PushResult:
        return self._parts.updater.push_refund(notice)

    def run_graphql(self, document: str, variables: Mapping[str, Any]) -> Any:
        """A GraphQL operation of the customer's own (`GraphQLLine`); returns its data."""
        return self._parts.run_graphql(document, variables)

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        return webhooks.read_delivery(
            delivery, self._settings, secret=self.connection.webhook_secret, scope=self._scope
        )

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        return self._parts.hooks.register(topics, anew=anew)

    def webhook_health(self) -> list[WebhookHealth]:
        return self._parts.hooks.health()

    def topic_for(self, kind: EventKind) -> str:
        return webhooks.topic_for(self._settings, kind)


def graphql_operation(settings: CustomSettings, document: str, variables: Mapping[str, Any]) -> Operation:
    """A document of the customer's own, which goes where the shop's other GraphQL operations go."""
    known = (one for one in settings.operations.values() if one.graphql)
    path = next((one.path for one in known), "graphql")
    reads = document.lstrip().startswith(("query", "{"))
    return Operation("graphql_line", "POST", path, graphql=document, variables=dict(variables), reads=reads)


class _Parts:
    """The workers around one client."""

    def __init__(self, client: CustomClient, need: Callable[[str], Operation]) -> None:
        self.client = client
        self.shop = ShopReader(client)
        self.orders = OrderReader(client, OrderMapper(client.settings, client.scope), need)
        self.catalogue = Catalogue(client, need)
        self.rows = RowPusher(client, self.catalogue, need)
        self.updater = OrderUpdater(client, self.orders, need)
        self.hooks = webhooks.WebhookRegistrar(client, need)

    def run_graphql(self, document: str, variables: Mapping[str, Any]) -> Any:
        operation = graphql_operation(self.client.settings, document, variables)
        reply = self.client.call(operation, {}, lane="orders")
        return reply.body.get("data") if isinstance(reply.body, Mapping) else None
