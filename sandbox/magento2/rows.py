"""The rows of the shop's tables, and its options."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
ZERO = Decimal(0)


@dataclass(slots=True)
class Options:
    """How this shop is set up; every one can be changed while it runs.

    Where None is the default, the version decides, as it does in the real software.
    """

    version: str = "2.4.6-p1"
    edition: str = "Community"  # or "Commerce"
    title: str = "Sandbox shop"
    currency: str = "SAR"
    decimals: int = 2  # a module for dinars makes it 3
    currency_rates: dict[str, str] = field(default_factory=lambda: {"USD": "0.2667", "EUR": "0.2450"})
    locale: str = "en_US"
    country: str = "SA"
    weight_unit: str = "kgs"
    prices_include_tax: bool = False
    tax_rate: str = "15"
    tax_title: str = "VAT"
    second_tax_rate: str = ""  # a further tax on the same goods, such as a city's
    price_scope: str = "global"  # or "website"
    msi: bool = True
    index_php: bool = False  # a host without URL rewrites: /index.php/rest/… only
    encoded_slash: bool = True  # False: the web server refuses %2F in a path
    # Signing in.
    two_factor: bool | None = None  # on by default from 2.4.0
    integration_as_bearer: bool | None = None  # off by default from 2.4.4
    old_sha256: bool = False  # before 2.4.4: HMAC-SHA256 is accepted too
    breaks_special_signatures: bool = False  # 2.4.6: signatures over an encoded path never match
    failed_logins: int = 6
    lock_seconds: int = 1800
    # Limits and lists.
    max_target: int = 8190  # bytes of path and query that the web server takes
    checkout_limit: int = 0  # 2.4.7: orders a minute over REST carts; 0 is off
    input_limits: bool | None = None  # on in 2.4.3 only
    sync_array_limit: int = 20
    async_array_limit: int = 5000
    maximum_page_size: int = 300
    default_page_size: int = 20
    repeats_last_page: bool | None = None  # a page past the end, before 2.4
    # Products and prices.
    overrides_everything: bool = False  # a write to a store view overrides every attribute there
    information_needs_all: bool = True  # one unknown SKU fails a `*-information` call
    option_answers_text: bool = False  # a new attribute option answers with its label
    # Orders.
    gross_row_total: bool | None = None  # before 2.4: `row_total` as stored
    unknown_status_accepted: bool | None = None  # in comments, before 2.4.3
    comment_moves_updated_at: bool = False
    order_save_nulls: bool = False  # POST /V1/orders empties what was not sent
    parallel_loss_ms: int = 0  # documents made side by side on one order lose quantities
    # Bulk.
    consumer_delay: int | None = 0  # seconds until the consumer works; None: only `run_consumers()`
    consumer_polls: int = 0  # status polls that still show everything open
    bulk_lies: bool = False  # the first status poll calls open operations failed
    bulk_shuffles: bool = False  # several consumers: no order inside a bulk
    # Events.
    webhook_module: bool = True  # a third-party module that posts what staff set up
    webhook_signing: bool = False  # Commerce Webhooks sign only when staff made a key pair
    signs_base64: bool = True  # what they sign: the base64 text of the body, or the raw body
    first_key_retired: bool = False  # I/O events: only the second signature still holds
    event_wrapping: str = "plain"  # or "value": where the fields of an I/O event lie under `data`
    webhook_hosts: tuple[str, ...] = ()

    def at_least(self, *wanted: int) -> bool:
        have = tuple(int(part) for part in re.findall(r"\d+", self.version.partition("-")[0]))
        return have >= wanted

    def _by_version(self, value: bool | None, *, since: tuple[int, ...]) -> bool:
        return self.at_least(*since) if value is None else value

    @property
    def commerce(self) -> bool:
        return self.edition.lower() == "commerce"

    @property
    def needs_otp(self) -> bool:
        return self._by_version(self.two_factor, since=(2, 4))

    @property
    def bearer_allowed(self) -> bool:
        if self.integration_as_bearer is not None:
            return self.integration_as_bearer
        return not self.at_least(2, 4, 4)

    @property
    def limited(self) -> bool:
        if self.input_limits is not None:
            return self.input_limits
        return self.at_least(2, 4, 3) and not self.at_least(2, 4, 4)

    @property
    def last_page_repeats(self) -> bool:
        return not self.at_least(2, 4) if self.repeats_last_page is None else self.repeats_last_page

    @property
    def rows_gross(self) -> bool:
        return not self.at_least(2, 4) if self.gross_row_total is None else self.gross_row_total

    @property
    def any_status(self) -> bool:
        if self.unknown_status_accepted is not None:
            return self.unknown_status_accepted
        return not self.at_least(2, 4, 3)


@dataclass(slots=True)
class Grant:
    """An integration, or an admin user: who calls, and what he may. resources None is everything."""

    id: int
    kind: str  # "integration" or "admin"
    name: str
    resources: frozenset[str] | None = None
    key: str = ""
    secret: str = ""
    token: str = ""
    token_secret: str = ""
    revoked: bool = False
    password: str = ""
    otp_secret: bytes = b""
    failures: int = 0
    locked_until: int = 0


@dataclass(slots=True)
class AdminToken:
    token: str
    grant_id: int
    ends: int


@dataclass(slots=True)
class Website:
    id: int
    code: str
    name: str
    default_group_id: int = 1
    price_currency: str = ""


@dataclass(slots=True)
class Group:
    id: int
    website_id: int
    root_category_id: int
    default_store_id: int
    name: str
    code: str


@dataclass(slots=True)
class View:
    """A store view."""

    id: int
    code: str
    name: str
    website_id: int
    group_id: int
    locale: str = "en_US"
    is_active: bool = True


@dataclass(slots=True)
class Attribute:
    id: int
    code: str
    label: str
    input: str = "text"  # text, textarea, select, multiselect, price, date, boolean, weight, media_image
    scope: str = "store"  # store, website or global
    user_defined: bool = False
    options: list[Json] = field(default_factory=list)  # value, label, sort_order, store_labels


@dataclass(slots=True)
class AttributeSet:
    id: int
    name: str
    sort_order: int = 1
    attribute_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Category:
    id: int
    parent_id: int
    values: dict[int, Json]  # store id -> attribute code -> value
    position: int = 0
    level: int = 0
    path: str = ""
    created: int = 0
    updated: int = 0


@dataclass(slots=True)
class MediaEntry:
    id: int
    file: str
    label: str | None
    position: int
    disabled: bool
    types: list[str]
    size: int
    digest: str
    media_type: str = "image"


@dataclass(slots=True)
class TierPrice:
    price: Decimal
    price_type: str  # fixed or discount
    website_id: int
    customer_group: str  # the group's code, or ALL GROUPS
    quantity: Decimal


@dataclass(slots=True)
class Product:
    """values: store id (0 is `all`) -> attribute code -> value, as the attribute tables hold them."""

    id: int
    sku: str
    type_id: str = "simple"
    attribute_set_id: int = 4
    created: int = 0
    updated: int = 0
    website_ids: list[int] = field(default_factory=list)
    categories: dict[int, int] = field(default_factory=dict)  # category id -> position
    values: dict[int, Json] = field(default_factory=lambda: {0: {}})
    media: list[MediaEntry] = field(default_factory=list)
    tiers: list[TierPrice] = field(default_factory=list)
    options: list[Json] = field(default_factory=list)  # custom options
    links: list[Json] = field(default_factory=list)  # related, associated (of grouped), …
    configurable: list[Json] = field(default_factory=list)  # id, attribute_id, label, position, values
    children: list[int] = field(default_factory=list)
    bundle: list[Json] = field(default_factory=list)  # option_id, title, required, type, links
    stock: Json = field(default_factory=dict)  # of the legacy stock item

    def get(self, code: str, store_id: int = 0) -> Any:
        """The value in a store view, or the global one."""
        own = self.values.get(store_id, {})
        return own[code] if code in own else self.values[0].get(code)


@dataclass(slots=True)
class Source:
    code: str
    name: str
    enabled: bool = True
    country_id: str = "SA"
    postcode: str = "11564"
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class Stock:
    id: int
    name: str
    websites: list[str] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)  # source code -> priority


@dataclass(slots=True)
class SourceItem:
    sku: str
    source_code: str
    quantity: Decimal
    status: int


@dataclass(slots=True)
class Customer:
    id: int
    email: str
    firstname: str
    lastname: str
    group_id: int = 1
    website_id: int = 1
    store_id: int = 1
    created: int = 0
    updated: int = 0
    extra: Json = field(default_factory=dict)  # taxvat, gender, dob, prefix, …
    addresses: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class CartRule:
    id: int
    code: str
    kind: str  # by_percent or cart_fixed
    amount: Decimal
    name: str = ""
    uses: int = 0
