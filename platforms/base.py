"""The contract every platform fulfils: batches in, one result per row out, differences declared.

An adapter takes `Connection` (plain values) and returns the values of `platforms.types`; it never sees a
model or the database. Errors leave as classes of `ecomsync.common.errors`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol, Self

from ecomsync.common.errors import EcomsyncError, RetryableError, UnsupportedFeature
from ecomsync.common.http import Observer
from platforms.types import (
    CategorySheet,
    CheckReport,
    ConnectCode,
    ConnectGrant,
    CustomerSheet,
    EventKind,
    Finding,
    InvoiceNotice,
    OrderReadFailure,
    Outcome,
    PersonNamed,
    PriceUpdate,
    ProductSheet,
    PushResult,
    QuantityUpdate,
    Quota,
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


class RateBudget(Protocol):
    """Asked before each call and taught after it. One per site, shared by all workers."""

    def acquire(self, *, lane: str, cost: float = 1.0) -> AbstractContextManager[None]: ...

    def learn(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        retry_after: float | None,
        quota: Quota | None = None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class CredentialField:
    """A field of the site form that this platform needs. `name` is a field of Site."""

    name: str
    label_en: str
    label_ar: str
    secret: bool = False
    required: bool = True
    help_en: str = ""
    help_ar: str = ""


@dataclass(frozen=True, slots=True)
class OptionField:
    """A setting of one platform (stored in Site.platform_options). kind: text | bool | int | choice | json."""

    name: str
    label_en: str
    label_ar: str
    kind: str = "text"
    default: Any = ""
    choices: tuple[str, ...] = ()
    help_en: str = ""
    help_ar: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the platform can do. What is False or empty is hidden on the site form and refused at save."""

    read_orders: bool = False
    read_orders_modified_since: bool = False
    orders_in_events: bool = False  # the event of a new order is the order, which the shop may not list yet
    read_returns: bool = False
    returns_in_order: bool = False  # an order names all of its returns, so that a missing one was deleted
    read_customers: bool = False
    push_quantities: bool = False
    push_prices: bool = False
    full_files: tuple[str, ...] = ()  # of quantities, prices, products: what can go out as one complete file
    special_prices: bool = False
    special_price_windows: bool = False  # the shop itself begins and ends a special price at its dates
    price_lists: bool = False
    price_list_currencies: bool = False  # a list of the shop has a currency of its own
    price_list_specials: bool = False  # a list of the shop holds a special price beside the price
    price_list_whole: bool = (
        False  # a product's list prices are written all at once: those that stay come along
    )
    price_list_removal: bool = False  # a price can be taken out of a list (`PriceUpdate.remove`)
    push_products: bool = False
    variants: bool = False
    bundles: bool = False  # several items sold as one product, whose stock follows theirs
    groups: bool = False  # several items shown on one page, each bought for itself
    images: bool = False
    push_categories: bool = False
    push_customers: bool = False
    push_status: bool = False
    push_shipments: bool = False
    partial_shipments: bool = False
    read_shipments: bool = False  # orders tell what left by the shop's own shipping desk
    push_invoices: str = ""  # "" | link | attachment
    push_refunds: bool = False
    webhooks: bool = False
    webhook_registration: bool = False
    webhooks_by_get: bool = False  # the platform calls the address by GET too, with its proof in the query
    webhook_health: bool = False
    locations: bool = False
    graphql: bool = False
    rest: bool = True
    languages: bool = False
    request_token: bool = False
    named_token_action: bool = (
        False  # the documents name this platform's own action: 'Read Salla Access Token'
    )
    connect_by_browser: bool = False
    connect_by_address: bool = (
        False  # staff enter addresses of ours in the shop, which posts its keys to one of them upon approval
    )
    connect_with_code: bool = False  # the browser brings back a code, which is exchanged for a token
    refresh_ahead: int = 30  # minutes before a token lapses in which it is renewed
    renew_every: int = 0  # days after which a token is renewed although it has not lapsed; 0: only then
    token_by_keys: bool = False  # a token that lapses is asked for anew with the app's keys alone
    stock_meaning: str = "salable"  # salable | physical: must our own open orders still be subtracted?
    compare_and_set: bool = False
    idempotency_keys: bool = False
    sequential_writes: bool = False
    fractional_quantities: bool = False
    quantity_batch: int = 100
    price_batch: int = 100
    product_batch: int = 20
    category_batch: int = 100
    customer_batch: int = 100
    order_page: int = 100
    product_page: int = 100
    max_parallel_calls: int = 2
    calls_per_second: float | None = None
    webhook_topics: tuple[str, ...] = ()
    required_webhook_topics: tuple[str, ...] = ()
    order_statuses: tuple[tuple[str, str], ...] = ()
    default_statuses_to_import: tuple[str, ...] = ()
    fields_of_product: tuple[tuple[str, str], ...] = ()  # (field, label) targets of CopyToEcommerceItemLine
    tested_versions: str = ""

    @property
    def kinds_of_parts(self) -> frozenset[str]:
        """Kinds of products (`RemoteProduct.kind`) whose stock follows that of their parts in this shop."""
        told = {"bundle": self.bundles, "grouped": self.groups}
        return frozenset(kind for kind, can in told.items() if can)


@dataclass(frozen=True, slots=True)
class Connection:
    """All an adapter needs to know of a site, as plain values."""

    site_code: str
    url: str
    credentials: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    currency: str = ""
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ()
    api_version: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    verify_tls: bool = True
    timeout: float = 30.0
    pool_size: int = 10
    allow_private: bool = False
    user_agent_suffix: str = ""
    learned: Mapping[str, Any] = field(
        default_factory=dict
    )  # what an earlier adapter of this shop had found out


OrderOrFailure = RemoteOrder | OrderReadFailure


class PlatformAdapter(ABC):
    """Base of all adapters. Subclass, declare, and fulfil what the capabilities promise."""

    name: ClassVar[str]
    label_en: ClassVar[str]
    label_ar: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_fields: ClassVar[tuple[CredentialField, ...]] = ()
    option_fields: ClassVar[tuple[OptionField, ...]] = ()
    #: Credentials beside the webhook secret that `read_webhook` needs; a gateway is given these and no others.
    webhook_credentials: ClassVar[tuple[str, ...]] = ()
    #: Credential with the number of the shop by which events of the app (`WebhookNotice.grant`) tell shops apart.
    account_credential: ClassVar[str] = ""
    #: Names in `learned` that a look at the shop cannot find out anew, such as work that is under way there: an adapter
    #: that is to find out everything by itself is given these all the same.
    memory: ClassVar[tuple[str, ...]] = ()
    #: Set by the caller: stores what was `learned` at once.
    keep: Callable[[], None] | None = None
    #: JSON that the platform wants to read when a delivery was taken; empty where any answer will do.
    webhook_answer: ClassVar[bytes] = b""
    #: Beginnings of the platform's own headers that are kept with a delivery, in lower case. What proves or opens
    #: something is never kept, whatever it is called.
    webhook_headers: ClassVar[tuple[str, ...]] = ()
    #: Headers that name the topic, in lower case, the first that is there: of a delivery whose body cannot be read.
    webhook_topic_headers: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, connection: Connection, *, observer: Observer | None = None, budget: RateBudget | None = None
    ):
        self.connection = connection
        self.observer = observer
        self.budget = budget

    # -- life ---------------------------------------------------------------
    @abstractmethod
    def close(self) -> None:
        """Release the connection pool."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def learned(self) -> Mapping[str, Any]:
        """What was found out about the shop and spares the next adapter finding it out: values that JSON has.
        It comes back in `connection.learned`, and is never trusted further than a first try."""
        return {}

    def keep_learned(self) -> None:
        """For what must survive the end of this process, such as the number of a job that the shop goes on with."""
        if self.keep is not None:
            self.keep()

    @property
    def findings(self) -> Sequence[Finding]:
        """What this adapter met that staff should know although the work went on."""
        return ()

    @classmethod
    def stock_meaning_of(cls, options: Mapping[str, Any], learned: Mapping[str, Any]) -> str:
        """salable | physical: what a published quantity means in this very shop, by its options and what was learned;
        for platforms whose shops differ in it."""
        return cls.capabilities.stock_meaning

    @classmethod
    def capabilities_of(cls, options: Mapping[str, Any]) -> Capabilities:
        """What this very shop can do, for platforms where its options say so; never more than the class declares."""
        return cls.capabilities

    @classmethod
    def option_problems(cls, options: Mapping[str, Any]) -> Mapping[str, str]:
        """option -> what is wrong with it, asked before the options are saved; options that depend on each other or
        have a form of their own are judged here."""
        return {}

    def clock(self) -> datetime | None:
        """The platform's own time at its last answer; None where it does not tell. Cursors never pass it."""
        return None

    @abstractmethod
    def check(self) -> CheckReport:
        """'Test Connection' in steps. Never raises for what a step can tell."""

    @abstractmethod
    def shop_info(self) -> ShopInfo:
        """Currency, zone, statuses, payment and shipping methods … as the shop tells them."""

    def request_token(self, *, code: str = "") -> Token:
        raise self._unsupported("request_token")

    def refresh_token(self) -> Token:
        raise self._unsupported("refresh_token")

    def connect_url(self, *, app_name: str, token: str, return_url: str, callback_url: str) -> str:
        """The shop's page where staff approve and upon which it posts its keys to `callback_url`.

        token: comes back with the keys and with the browser; whoever has it may set the keys, so it is used once.
        """
        raise self._unsupported("connect_by_browser")

    @classmethod
    def read_connect_callback(cls, payload: Any) -> ConnectGrant:
        """The keys that the shop posts after approval: JSON or a form, with what the address of ours had in its query
        (`token`, where staff entered it by hand). Raises InvalidPayload, MissingPermission."""
        raise _unsupported_by(cls, "connect_by_browser")

    def finish_grant(self, code: str) -> Token:
        """The token for what a shop posted with its keys (`ConnectGrant.code`); the connection has the keys already."""
        raise self._unsupported("connect_by_address")

    @classmethod
    def read_connect_return(cls, query: Mapping[str, str]) -> tuple[str, bool]:
        """(token, whether it was approved) of the address to which the browser comes back."""
        raise _unsupported_by(cls, "connect_by_browser")

    def read_connect_code(self, query: Mapping[str, str]) -> ConnectCode:
        """The code that the browser brings back, proved to be this shop's; `request_token` exchanges it. Makes no call.
        Raises InvalidSignature, MissingPermission."""
        raise self._unsupported("connect_with_code")

    @classmethod
    def trials(cls, options: Mapping[str, Any]) -> Sequence[tuple[str, bool]]:
        """Operations that staff may try one by one: (name, whether it writes); empty where all is built in."""
        return ()

    def trial_values(self, name: str) -> Mapping[str, Any]:
        """An example of what the operation is given, as JSON has it, for staff to change."""
        raise self._unsupported("trials")

    def try_operation(self, name: str, values: Mapping[str, Any], *, send: bool) -> Trial:
        """The operation with these values; nothing leaves unless `send`, and then just this one."""
        raise self._unsupported("trials")

    def try_graphql(
        self, document: str, variables: Mapping[str, Any], *, send: bool, result_path: str = ""
    ) -> Trial:
        """The same for a GraphQL operation of the customer's own. result_path: what of the data is shown as read."""
        raise self._unsupported("trials")

    # -- orders -------------------------------------------------------------
    def iter_orders(
        self,
        *,
        modified_from: datetime | None = None,
        created_from: datetime | None = None,
        limit: int | None = None,
        open_orders: Callable[[], Sequence[str]] | None = None,
    ) -> Iterator[OrderOrFailure]:
        """Orders changed at or after `modified_from` (inclusive, overlap is the caller's), oldest change first
        where the platform allows. `created_from` bounds the creation instead. Pages are read as needed.

        open_orders: ids of the orders that the caller takes for open, asked for only where the shop cannot list what
        changed: those are read again one by one, however old they are.
        """
        raise self._unsupported("read_orders")

    def get_order(self, remote_id: str) -> RemoteOrder:
        """One order. Raises NotFound, InvalidPayload."""
        raise self._unsupported("read_orders")

    def get_orders(self, remote_ids: Sequence[str]) -> Iterator[OrderOrFailure]:
        """Several orders, in the fewest calls. Ids the shop does not know are left out."""
        for remote_id in remote_ids:
            yield self.get_order(remote_id)

    def expect_order(self, remote_id: str, changed_at: datetime) -> None:  # noqa: B027 - a hint, not a duty
        """Say that an order is known (from a delivery) to have changed then: an older answer is not the truth.
        Platforms whose reads cannot be kept by a cache need not care."""

    def parse_order(self, payload: Mapping[str, Any]) -> RemoteOrder:
        """Read an order from stored JSON without a call. Raises InvalidPayload."""
        raise self._unsupported("read_orders")

    def sold_lines(self, payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
        """What an order sells that cannot be read whole, as far as its lines tell; no call is made.

        Empty when it is cancelled or not placed yet, None when nothing can be told.
        """
        return None

    def iter_returns(self, *, modified_from: datetime | None = None) -> Iterator[RemoteReturn]:
        raise self._unsupported("read_returns")

    def get_returns(self, order_remote_id: str) -> list[RemoteReturn]:
        """All returns of one order with their lines."""
        raise self._unsupported("read_returns")

    # -- catalogue ----------------------------------------------------------
    def iter_products(self, *, modified_from: datetime | None = None) -> Iterator[RemoteProduct]:
        """Every product and every variant of the shop."""
        raise self._unsupported("push_products")

    def find_products(self, skus: Sequence[str]) -> list[RemoteProduct]:
        """Products and variants by exact SKU, in the fewest calls."""
        raise self._unsupported("push_products")

    def push_products(self, sheets: Sequence[ProductSheet]) -> list[PushResult]:
        """Create or update. Parents before their variants, parts before their bundles and groups. result.remote_id and .data["images"]
        ({content_hash: remote id}) are to be kept by the caller."""
        raise self._unsupported("push_products")

    def iter_categories(self) -> Iterator[RemoteCategory]:
        raise self._unsupported("push_categories")

    def push_categories(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update, parents first (parent_key may point at a sheet of the same call)."""
        raise self._unsupported("push_categories")

    # -- stock and prices ---------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """Set the quantity of each row; any number of rows, split into the platform's batches inside.

        One result per update in the same order; a refused row is a result, not an error. What follows the stock of
        its parts (bundles, groups, where the platform has them) is left as it is. Raises only when the whole connection is at fault (BadCredentials, …) and nothing was sent.
        """
        raise self._unsupported("push_quantities")

    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set prices, without touching a promotion that the shop owns.

        Rows with `remove` come only where `price_list_removal` is declared; one that is gone already is UNCHANGED.
        """
        raise self._unsupported("push_prices")

    # -- complete files -------------------------------------------------------
    # One file that is everything there is: the shop switches off whatever it does not name (`full_files`). A platform
    # that takes such files wants one writer at a time (`sequential_writes`). complete: what the ERP has was read to its
    # end and without an error. A row that the shop refuses is a result; each of the three raises when the file was not
    # taken as a whole: ConfigurationError of a guard, before anything left; Rejected; StillAtWork while the shop is busy
    # with it, then the same call is made again.
    def push_all_quantities(self, updates: Sequence[QuantityUpdate], *, complete: bool) -> list[PushResult]:
        """Every quantity that the shop is to have, as one file."""
        raise self._unsupported("full_files")

    def push_all_prices(self, updates: Sequence[PriceUpdate], *, complete: bool) -> list[PushResult]:
        """Every price that the shop is to have, as one file."""
        raise self._unsupported("full_files")

    def push_all_products(self, sheets: Sequence[ProductSheet], *, complete: bool) -> list[PushResult]:
        """Every product and variant that the shop is to show, as one file; of each what its sheet fills."""
        raise self._unsupported("full_files")

    # -- customers ------------------------------------------------------------
    def push_customers(self, sheets: Sequence[CustomerSheet]) -> list[PushResult]:
        """Create or update buyers; any number, split inside. One result per sheet in the same order; its remote_id is
        what orders of this buyer will name (`RemoteCustomer.remote_id`)."""
        raise self._unsupported("push_customers")

    # -- back to the shop ---------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Look, then write. Of this and the two below: when the platform answers a write with the whole order,
        result.data["order"] is that answer, for `parse_order`; what it sends about it later is then known."""
        raise self._unsupported("push_status")

    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        raise self._unsupported("push_shipments")

    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        raise self._unsupported("push_invoices")

    def push_refund(self, notice: RefundNotice) -> PushResult:
        raise self._unsupported("push_refunds")

    # -- webhooks -----------------------------------------------------------
    def read_webhook(self, delivery: WebhookDelivery) -> WebhookNotice:
        """Verify the raw body and name the event. Makes no call. Raises InvalidSignature, InvalidPayload."""
        raise self._unsupported("webhooks")

    def person_named(self, payload: Mapping[str, Any]) -> PersonNamed:
        """Whom an event of one of the kinds `privacy.…` is about. Makes no call."""
        raise self._unsupported("webhooks")

    @classmethod
    def served_until(cls, version: str) -> tuple[str, date] | None:
        """The version of the interface that is called when a site names `version` (empty: ours), and the day from which the
        platform may not serve it any more; None where versions do not end."""
        return None

    def webhook_challenge(self, query: Mapping[str, str]) -> bytes:
        """JSON that answers a GET by which the platform asks whether the address is ours; b"" when it asks nothing."""
        return b""

    def register_webhooks(self, topics: Sequence[str], *, anew: bool = False) -> list[PushResult]:
        """Make the shop send `topics` to connection.webhook_url; idempotent; re-enables what was switched off.

        anew: also hooks that seem well are made again, since the shop sends refusals with them.
        """
        raise self._unsupported("webhook_registration")

    def webhook_health(self) -> list[WebhookHealth]:
        raise self._unsupported("webhook_health")

    def is_echo(self, topic: str) -> bool:
        """Whether an event of this topic tells, at this time, of what we have sent ourselves and need not look up. Makes
        no call; for platforms whose events of a mass import come by the thousand."""
        return False

    def topic_for(self, kind: EventKind) -> str:
        """The platform's topic for one of our kinds, or ""."""
        return ""

    # -- helpers for subclasses --------------------------------------------
    def _unsupported(self, feature: str) -> UnsupportedFeature:
        return _unsupported_by(type(self), feature, site=self.connection.site_code)


def _unsupported_by(adapter: type[PlatformAdapter], feature: str, *, site: str = "") -> UnsupportedFeature:
    return UnsupportedFeature(
        f"{adapter.label_en} cannot do '{feature}'.",
        platform=adapter.name,
        site=site,
        cure="Switch this off on the site; the matrix in platforms/README.md shows what each platform can do.",
    )


def result_from_error(key: str, error: EcomsyncError) -> PushResult:
    """Turn an error about one row into its result."""
    if isinstance(error, RetryableError):
        return PushResult(
            key, Outcome.RETRY, error.code, error.message, error.cure, retry_after=error.retry_after
        )
    return PushResult(key, Outcome.REJECTED, error.code, error.message, error.cure)
