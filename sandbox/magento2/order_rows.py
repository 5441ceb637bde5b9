"""The rows of orders and of their documents."""

from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.magento2.rows import ZERO, Json


@dataclass(slots=True)
class Item:
    """A line of an order. Amounts are in the order's currency and without tax unless they say otherwise."""

    id: int
    sku: str
    name: str
    product_id: int | None = None
    product_type: str = "simple"
    parent_id: int | None = None
    ordered: Decimal = Decimal(1)
    invoiced: Decimal = ZERO
    shipped: Decimal = ZERO
    canceled: Decimal = ZERO
    refunded: Decimal = ZERO
    returned: Decimal = ZERO  # put back to stock by a credit memo
    price: Decimal = ZERO
    price_incl_tax: Decimal = ZERO
    original_price: Decimal = ZERO
    tax_percent: Decimal = ZERO
    tax_amount: Decimal = ZERO
    discount_percent: Decimal = ZERO
    discount_amount: Decimal = ZERO
    compensation: Decimal = ZERO  # discount_tax_compensation_amount
    row_total: Decimal = ZERO  # as stored: before the discount
    weee: Decimal = ZERO
    weight: Decimal = ZERO
    is_virtual: bool = False
    is_qty_decimal: bool = False
    options: Json = field(default_factory=dict)
    taxes: list[Json] = field(default_factory=list)  # code, title, percent, amount


@dataclass(slots=True)
class Order:
    id: int
    increment_id: str
    store_id: int
    state: str = "new"
    status: str = "pending"
    hold_before: tuple[str, str] | None = None
    created: int = 0
    updated: int = 0
    base_currency: str = ""
    currency: str = ""
    rate: Decimal = Decimal(1)  # base_to_order_rate
    customer_id: int | None = None
    customer_group_id: int = 0
    email: str = ""
    firstname: str = ""
    lastname: str = ""
    taxvat: str | None = None
    note: str | None = None
    ext_order_id: str | None = None
    quote_id: int = 0
    coupon_code: str | None = None
    rule_ids: str | None = None
    discount_description: str | None = None
    includes_tax: bool = False  # how the shop's prices were that day
    items: list[Item] = field(default_factory=list)
    billing: Json = field(default_factory=dict)
    shipping: Json | None = None
    method: str = "flatrate_flatrate"
    shipping_description: str = ""
    shipping_amount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    shipping_compensation: Decimal = ZERO
    shipping_rate: Decimal = ZERO
    shipping_taxes: list[Json] = field(default_factory=list)
    payment: Json = field(default_factory=dict)
    extras: dict[str, Decimal] = field(
        default_factory=dict
    )  # gift_cards, customer_balance, reward, gw, surcharge
    gift_cards: list[Json] = field(default_factory=list)
    subtotal: Decimal = ZERO
    subtotal_incl_tax: Decimal = ZERO
    discount: Decimal = ZERO  # positive here, negative in answers
    tax: Decimal = ZERO
    compensation: Decimal = ZERO
    grand_total: Decimal = ZERO
    paid: Decimal = ZERO
    invoiced: Decimal = ZERO
    refunded: Decimal = ZERO
    canceled: Decimal = ZERO
    parts_canceled: dict[str, Decimal] = field(default_factory=dict)  # subtotal, tax, shipping, discount
    shipping_invoiced: Decimal = ZERO
    shipping_refunded: Decimal = ZERO
    adjustment_positive: Decimal = ZERO
    adjustment_negative: Decimal = ZERO
    histories: list[Json] = field(default_factory=list)
    stock_id: int = 1

    def item(self, item_id: int) -> Item | None:
        return next((i for i in self.items if i.id == item_id), None)

    def children(self, item: Item) -> list[Item]:
        return [i for i in self.items if i.parent_id == item.id]

    @property
    def is_virtual(self) -> bool:
        return all(i.is_virtual for i in self.items if not self.children(i))


@dataclass(slots=True)
class DocumentItem:
    id: int
    order_item_id: int
    sku: str
    name: str
    product_id: int | None
    quantity: Decimal
    price: Decimal = ZERO
    price_incl_tax: Decimal = ZERO
    row_total: Decimal = ZERO
    tax_amount: Decimal = ZERO
    discount_amount: Decimal = ZERO
    compensation: Decimal = ZERO


@dataclass(slots=True)
class Document:
    """An invoice, a shipment or a credit memo."""

    id: int
    kind: str  # invoice, shipment, creditmemo
    increment_id: str
    order_id: int
    store_id: int
    state: int = 1  # invoices: 1 open, 2 paid, 3 canceled; credit memos: 1 open, 2 refunded, 3 canceled
    created: int = 0
    updated: int = 0
    items: list[DocumentItem] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    tracks: list[Json] = field(default_factory=list)
    source_code: str = ""
    invoice_id: int | None = None
    online: bool = False
    subtotal: Decimal = ZERO
    tax: Decimal = ZERO
    discount: Decimal = ZERO
    compensation: Decimal = ZERO
    shipping_amount: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    adjustment_positive: Decimal = ZERO
    adjustment_negative: Decimal = ZERO
    grand_total: Decimal = ZERO
    emails: int = 0


@dataclass(slots=True)
class Operation:
    id: int
    status: int  # 1 complete, 2 failed retriable, 3 failed, 4 open, 5 rejected
    body: Json
    data_hash: str
    message: str | None = None
    error_code: int | None = None
    result: str | None = None


@dataclass(slots=True)
class Bulk:
    uuid: str
    method: str
    template: str
    topic: str
    scope: int
    started: int
    grant_id: int
    polls: int = 0
    done: bool = False  # nothing of it is open
    operations: list[Operation] = field(default_factory=list)
