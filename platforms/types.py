"""Frozen values that cross the border between a shop and us.

Amounts are Decimal in the currency beside them, times are aware UTC, quantities are in the shop item's unit.
All amounts of an order are given NET of tax with the tax beside them, whatever the shop shows its buyers:
`prices_include_tax` says what the buyer saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal(0)


# ---------------------------------------------------------------- orders in


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        """True when nothing but perhaps the country is filled in."""
        return not any(
            (self.first_name, self.last_name, self.company, self.line1, self.city, self.postal_code)
        )


@dataclass(frozen=True, slots=True)
class RemoteCustomer:
    """Who bought. `remote_id` is empty for guests."""

    remote_id: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    tax_number: str = ""
    is_guest: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True)
class RemoteTax:
    """Tax of one rate on one line, charge or order. `rate_percent` is None when the shop does not tell.

    A row of rate 0 and amount 0 says zero-rated; a line without any row is exempt. `compound`: it is taken on the
    amount and the taxes before it.
    """

    rate_id: str
    name: str
    rate_percent: Decimal | None
    amount: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class RemoteOrderLine:
    """quantity x unit price before discounts = subtotal_net; after them = net. Tax belongs to `net`."""

    remote_id: str
    sku: str
    name: str
    quantity: Decimal
    subtotal_net: Decimal
    subtotal_tax: Decimal
    net: Decimal
    tax: Decimal
    taxes: tuple[RemoteTax, ...] = ()
    product_id: str = ""
    variant_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def discount_net(self) -> Decimal:
        return self.subtotal_net - self.net

    @property
    def discount_tax(self) -> Decimal:
        return self.subtotal_tax - self.tax


class ChargeKind(StrEnum):
    SHIPPING = "shipping"
    FEE = "fee"
    PAYMENT_FEE = "payment_fee"
    GIFT_WRAP = "gift_wrap"
    TIP = "tip"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class RemoteCharge:
    """Shipping, fees and the like; a negative fee is a discount of the shop. `code` is the method's code.

    All charges but shipping count in the totals' `fees_net` and `fees_tax`: tips, duties and gift wrap too.
    """

    remote_id: str
    kind: ChargeKind
    code: str
    title: str
    net: Decimal
    tax: Decimal
    taxes: tuple[RemoteTax, ...] = ()


class DiscountKind(StrEnum):
    COUPON = "coupon"
    HEADER = "header"
    # Tenders that a platform takes off the total; where it counts them as paid they are payments (PaymentKind).
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    REWARD = "reward"


@dataclass(frozen=True, slots=True)
class RemoteDiscount:
    """A coupon or discount of the whole order. Positive amounts.

    `in_lines` is True when the amounts are already taken off the lines' `net` (WooCommerce), so that the
    proof must not take them off twice. `taxes`: `tax` per rate, where the shop tells.
    """

    code: str
    kind: DiscountKind
    net: Decimal
    tax: Decimal
    in_lines: bool
    title: str = ""
    taxes: tuple[RemoteTax, ...] = ()


class PaymentKind(StrEnum):
    """What money came as. Gift cards, store credit and points that pay leave `grand_total` whole."""

    PAYMENT = "payment"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    REWARD = "reward"


@dataclass(frozen=True, slots=True)
class RemotePayment:
    code: str
    title: str
    amount: Decimal
    currency: str
    paid_at: datetime | None = None
    transaction_id: str = ""
    kind: PaymentKind = PaymentKind.PAYMENT
    is_paid: bool = False
    is_authorised: bool = False
    fee: Decimal = ZERO  # what the provider withheld of the amount, where the shop tells it


@dataclass(frozen=True, slots=True)
class RemoteReturnLine:
    """Positive figures. `order_line_id` is empty for an amount that belongs to no line."""

    order_line_id: str
    sku: str
    name: str
    quantity: Decimal
    net: Decimal
    tax: Decimal
    kind: str = "line"  # line | shipping | fee | amount
    product_id: str = ""
    variant_id: str = ""
    taxes: tuple[RemoteTax, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteReturn:
    """A refund or return: positive amounts.

    `paid_back`: whether the shop itself gave the money back; False when staff must, None when it does not tell.
    `payments`: by which methods, where it tells. `our_key`: the key of a RefundNotice, when the refund is our own.
    `exchange_lines`: goods that the buyer gets instead. `announced`: goods come back or are back, and the shop has given
    nothing for them; once it does, the refund is a return of its own that names this one in `settles`.
    """

    remote_id: str
    order_remote_id: str
    created_at: datetime
    currency: str
    total: Decimal
    lines: tuple[RemoteReturnLine, ...]
    reason: str = ""
    number: str = ""
    restock: bool | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    paid_back: bool | None = None
    payments: tuple[RemotePayment, ...] = ()
    our_key: str = ""
    exchange_lines: tuple[RemoteOrderLine, ...] = ()
    announced: bool = False
    settles: str = ""

    @property
    def unexplained(self) -> Decimal:
        """What was given back beyond the lines."""
        return self.total - sum((line.net + line.tax for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class RemoteTotals:
    """The shop's own totals, `grand_total` = nets of lines and charges − discounts beside them + `tax_total` + `rounding`.

    `grand_total` is what the buyer owed when the order was placed: before refunds, and before gift cards, store
    credit and points that count as payments. `discount_net`: all discounts, in the lines and beside them.
    `rounding`: what the platform vouches to be rounding; rounding of the tax is in `tax_total` already.
    """

    lines_net: Decimal
    lines_tax: Decimal
    discount_net: Decimal
    discount_tax: Decimal
    shipping_net: Decimal
    shipping_tax: Decimal
    fees_net: Decimal
    fees_tax: Decimal
    tax_total: Decimal
    grand_total: Decimal
    refunded_total: Decimal = ZERO
    rounding: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class RemoteShipment:
    """Goods that left according to the shop. lines: (order line id, quantity); empty = all that had not left."""

    remote_id: str
    lines: tuple[tuple[str, Decimal], ...] = ()
    carrier: str = ""
    tracking_numbers: tuple[str, ...] = ()
    shipped_at: datetime | None = None
    location_id: str = ""


class FinancialStatus(StrEnum):
    UNPAID = "unpaid"
    AUTHORISED = "authorised"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"


class OrderPhase(StrEnum):
    """What the shop's own status means to us."""

    INCOMPLETE = "incomplete"  # drafts and abandoned checkouts: never imported
    OPEN = "open"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """One order of a shop, complete. `raw` is the platform's own JSON; `version` changes with each change."""

    remote_id: str
    number: str
    created_at: datetime
    updated_at: datetime
    status: str
    phase: OrderPhase
    financial_status: FinancialStatus
    currency: str
    prices_include_tax: bool
    customer: RemoteCustomer
    billing: RemoteAddress
    shipping: RemoteAddress
    lines: tuple[RemoteOrderLine, ...]
    charges: tuple[RemoteCharge, ...]
    discounts: tuple[RemoteDiscount, ...]
    taxes: tuple[RemoteTax, ...]
    payments: tuple[RemotePayment, ...]
    totals: RemoteTotals
    returns: tuple[RemoteReturn, ...] = ()
    note: str = ""
    tags: tuple[str, ...] = ()
    presentment_currency: str = ""
    presentment_total: Decimal | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    location_id: str = ""  # where the shop wants it delivered from, or where it was sold
    shipments: tuple[RemoteShipment, ...] = ()


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What a line sells, and nothing else of it. `quantity` in the unit that the shop sells."""

    sku: str
    product_id: str
    variant_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderReadFailure:
    """An order of a page that could not be read: kept and shown, never dropped.

    sold: the lines that can be read all the same; None when that cannot be told, empty for a cancelled order.
    """

    remote_id: str
    code: str
    message: str
    cure: str
    raw: Mapping[str, Any] = field(default_factory=dict)
    sold: tuple[SoldLine, ...] | None = None


# ---------------------------------------------------------------- catalogue


@dataclass(frozen=True, slots=True)
class RemoteProduct:
    """A sellable thing of the shop: a simple product or one variant (then `parent_remote_id` is set).

    A variable parent is listed too, with `is_sellable` False.
    """

    remote_id: str
    sku: str
    name: str
    kind: str  # simple | variable | variant | grouped | bundle | other
    is_sellable: bool = True
    parent_remote_id: str = ""
    inventory_id: str = ""
    barcode: str = ""
    price: Decimal | None = None
    special_price: Decimal | None = None
    quantity: Decimal | None = None
    manages_stock: bool = True
    active: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)
    category_ids: tuple[str, ...] = ()
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalisedText:
    """A text per language code ("en", "ar"); the first is the shop's default."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def best(self, *languages: str) -> str:
        for language in languages:
            if self.texts.get(language):
                return self.texts[language]
        return next((text for text in self.texts.values() if text), "")


@dataclass(frozen=True, slots=True)
class ImageSheet:
    """One picture. `remote_id` is set once the shop has it, so that it is never uploaded twice."""

    url: str
    content_hash: str
    label: str = ""
    position: int = 0
    remote_id: str = ""
    is_main: bool = False
    filename: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class AttributeSheet:
    """An attribute of a product: its options on a parent, one value on a variant."""

    name: str
    options: tuple[str, ...]
    for_variants: bool = False
    visible: bool = True
    code: str = ""


@dataclass(frozen=True, slots=True)
class ComponentSheet:
    """A part of a bundle or a member of a group. `quantity`: in one of the whole, in the part's base unit.

    key: of the part's own sheet, whether it stands in the same call or not. optional: the buyer may leave it out.
    """

    key: str
    sku: str
    quantity: Decimal
    name: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ProductSheet:
    """All that the ERP wants the shop to show of one product. None = leave alone; "" = clear.

    A bundle is sold as one product and takes its parts off the shelf, so its stock follows theirs; a group only shows its
    members, each of which is bought for itself. Both come to platforms that declare them only, with `components`.
    """

    key: str
    sku: str
    kind: str  # simple | variable | variant | bundle | grouped
    name: str | None = None
    short_description: str | None = None
    description: str | None = None
    active: bool | None = None
    visible: bool | None = None
    weight: Decimal | None = None
    weight_unit: str = "kg"
    barcode: str | None = None
    tax_class: str | None = None
    price: Decimal | None = None
    special_price: Decimal | None = None
    quantity: Decimal | None = None
    category_ids: tuple[str, ...] | None = None
    attributes: tuple[AttributeSheet, ...] | None = None
    images: tuple[ImageSheet, ...] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    remote_id: str = ""
    parent_remote_id: str = ""
    parent_sku: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    allow_create: bool = True
    components: tuple[ComponentSheet, ...] | None = None


@dataclass(frozen=True, slots=True)
class CustomerSheet:
    """A buyer of the ERP for the shop. `company` is empty for persons; `address`: where invoices go.

    remote_id: under which the shop knows the buyer; empty when it does not yet, as far as we know.
    """

    key: str
    code: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    tax_number: str = ""
    phone: str = ""
    mobile: str = ""
    active: bool = True
    address: RemoteAddress | None = None
    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class CategorySheet:
    key: str
    name: str
    remote_id: str = ""
    parent_remote_id: str = ""
    parent_key: str = ""
    description: str | None = None
    position: int | None = None
    active: bool = True
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class RemoteCategory:
    remote_id: str
    name: str
    parent_remote_id: str = ""
    description: str = ""
    position: int = 0
    product_count: int = 0


# ---------------------------------------------------------------- stock and prices out


@dataclass(frozen=True, slots=True)
class QuantityUpdate:
    """`key` is the caller's own; results carry it back."""

    key: str
    remote_id: str
    quantity: Decimal
    sku: str = ""
    parent_remote_id: str = ""
    inventory_id: str = ""
    location_id: str = ""
    expected: Decimal | None = None  # compare-and-set where the platform can


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """`special` is None to leave the shop's own promotion alone; `clear_special` removes it.

    price_list: code of a list or customer group of the shop; empty: the base price. min_quantity: from so many on.
    remove: take the price of this list and quantity out; `price` is the one that was sent last.
    """

    key: str
    remote_id: str
    price: Decimal
    currency: str
    sku: str = ""
    parent_remote_id: str = ""
    special: Decimal | None = None
    special_from: datetime | None = None
    special_to: datetime | None = None
    clear_special: bool = False
    price_list: str = ""
    min_quantity: Decimal = Decimal(1)
    remove: bool = False


class Outcome(StrEnum):
    OK = "ok"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class PushResult:
    """The answer for one row. `code` and `message` explain what is not OK; `cure` says what to do."""

    key: str
    outcome: Outcome
    code: str = ""
    message: str = ""
    cure: str = ""
    remote_id: str = ""
    parent_remote_id: str = ""
    retry_after: float | None = None
    warning: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return self.outcome in (Outcome.OK, Outcome.UNCHANGED)


# ---------------------------------------------------------------- back to the shop


# `tried_since` of each notice: when it was first tried. What the order shows from before was not written by it,
# however alike it looks; what it shows from since then is not written again. None: unknown, any equal text counts.


@dataclass(frozen=True, slots=True)
class StatusNotice:
    """Set an order's status, and perhaps tell the buyer."""

    key: str
    order_remote_id: str
    status: str
    action: str = "status"  # status | complete | cancel
    comment: str = ""
    notify_customer: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    tried_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of a shipment, and where the buyer follows it."""

    number: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentNotice:
    """Goods of an order left. `is_partial`: more is to follow, or went before."""

    key: str
    order_remote_id: str
    lines: tuple[tuple[str, Decimal], ...] = ()  # (order line id, quantity); empty = all
    carrier: str = ""
    parcels: tuple[Parcel, ...] = ()
    shipped_at: datetime | None = None
    notify_customer: bool = False
    comment: str = ""
    status: str = ""  # the status to set afterwards, if any
    is_partial: bool = False
    tried_since: datetime | None = None
    location_id: str = ""  # where the goods left from, where the site names the shop's places


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True)
class InvoiceNotice:
    """url: a public address of the PDF; pdf: the file itself, for platforms that keep attachments."""

    key: str
    order_remote_id: str
    number: str
    url: str = ""
    pdf: bytes | None = None
    notify_customer: bool = False
    comment: str = ""
    kind: InvoiceKind = InvoiceKind.INVOICE
    tried_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundNotice:
    key: str
    order_remote_id: str
    amount: Decimal
    reason: str = ""
    lines: tuple[RemoteReturnLine, ...] = ()
    restock: bool = False
    pay_back: bool = False
    return_remote_id: str = ""  # the announced return of the shop that this is for


# ---------------------------------------------------------------- webhooks, tokens, health


class EventKind(StrEnum):
    """Our kinds of events; what a platform sends beyond them is UNKNOWN and kept."""

    ORDER_CREATED = "order.created"
    ORDER_UPDATED = "order.updated"
    ORDER_PAID = "order.paid"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_DELETED = "order.deleted"
    RETURN_CREATED = "return.created"
    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    STOCK_CHANGED = "stock.changed"
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_UPDATED = "customer.updated"
    CUSTOMER_DELETED = "customer.deleted"
    CATEGORY_CHANGED = "category.changed"
    APP_REMOVED = "app.removed"
    PERSON_ASKS_FOR_DATA = "privacy.data_request"
    PERSON_TO_ERASE = "privacy.erase_customer"
    SHOP_TO_ERASE = "privacy.erase_shop"
    TOKEN_GRANTED = "token.granted"
    PING = "ping"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """Whom an event of one of the kinds `privacy.…` is about, as the platform names a buyer."""

    customer_id: str = ""
    email: str = ""
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A delivery as it came: raw body, header names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppGrant:
    """What an event of the app tells of one of the shops that have it installed.

    account: the shop's number; token: the one it gives, None when it took the app away. body: what may be kept of the
    delivery, without the token.
    """

    account: str
    token: Token | None = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A delivery, verified and named. `identity` is computed so that real events never collide."""

    kind: EventKind
    topic: str
    identity: str
    delivery_id: str = ""
    occurred_at: datetime | None = None
    resource: str = ""
    remote_id: str = ""
    payload: Any = None
    error: str = ""  # a signed body that holds an error instead of the object
    is_refusal: bool = False  # the error is not about the object: the hook itself may not read it
    grant: AppGrant | None = None  # of an event of the app, which comes for all shops to one address


@dataclass(frozen=True, slots=True)
class WebhookHealth:
    """One registered hook as the shop sees it."""

    remote_id: str
    topic: str
    url: str
    active: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """What an answer tells of the platform's own bucket, in its own points; None where it does not tell.

    left: points left now, whoever used the others. limit: size of the bucket. per_second: how fast it refills.
    resets_in: seconds until an empty window begins anew. asked, cost: points that the call was taken for, and those
    that it took.
    """

    left: float | None = None
    limit: float | None = None
    per_second: float | None = None
    resets_in: float | None = None
    asked: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Token:
    access_token: str
    refresh_token: str = ""
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectGrant:
    """Credentials that a shop hands over after approval in the browser. token: the one we sent staff away with.

    code: what `finish_grant` still exchanges for a token, soon after; empty where the credentials are all.
    """

    token: str
    credentials: Mapping[str, str] = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ConnectCode:
    """What a shop sends the browser back with after approval. token: the one we sent staff away with."""

    token: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One line of 'Test Connection'. state: ok | warn | fail | skip."""

    name: str
    state: str
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the shop as a whole that stops nothing and that staff should know."""

    code: str
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """What the platform tells of itself; filled into the site where staff left it empty."""

    name: str = ""
    version: str = ""
    currency: str = ""
    currency_decimals: int | None = None
    time_zone: str = ""
    languages: tuple[str, ...] = ()
    prices_include_tax: bool | None = None
    weight_unit: str = ""
    statuses: Sequence[tuple[str, str]] = ()
    payment_methods: Sequence[tuple[str, str]] = ()
    shipping_methods: Sequence[tuple[str, str]] = ()
    locations: Sequence[tuple[str, str]] = ()
    taxes: Sequence[tuple[str, str, Decimal]] = ()
    price_lists: Sequence[
        tuple[str, str, str]
    ] = ()  # (code, title, currency or ""); lists or customer groups
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialCall:
    """One call of a trial, with its secrets masked. status is None when it was not sent, or not answered."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None = None
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying one operation. mapped: per record found, (our field, value) as text."""

    calls: tuple[TrialCall, ...] = ()
    mapped: tuple[tuple[tuple[str, str], ...], ...] = ()
    found: int | None = None
    message: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    steps: tuple[CheckStep, ...]
    info: ShopInfo | None = None

    @property
    def is_ok(self) -> bool:
        return all(step.state != "fail" for step in self.steps)
