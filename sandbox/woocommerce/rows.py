"""The rows of the shop's tables, and its options."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

ORDER_STATUSES = (
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
CURRENCY_SYMBOLS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "SAR": "ر.س",
    "AED": "د.إ",
    "KWD": "د.ك",
    "EGP": "EGP",
}


@dataclass(slots=True)
class Options:
    """How this shop is set up; every one can be changed while it runs."""

    version: str = "9.9.5"
    wp_version: str = "6.9"
    title: str = "Sandbox shop"
    currency: str = "SAR"
    decimals: int = 2
    prices_include_tax: bool = False
    tax_round_at_subtotal: bool = False
    base_country: str = "SA"
    base_state: str = ""
    treat_as_https: bool = False
    pretty_permalinks: bool = True
    rest_prefix: str = "wp-json"
    base_path: str = ""
    hpos: bool = True
    tracking_plugin: str = ""  # "", "shipment-tracking" or "ast"
    fulfillments: bool = False  # the feature of 10.1 and newer, off by default there too
    manage_stock: bool = True
    weight_unit: str = "kg"
    dimension_unit: str = "cm"
    batch_limit: int = 100
    trash_enabled: bool = True
    order_number_format: str = "{id}"
    max_webhook_failures: int = 5
    webhook_hosts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # a multilingual plugin: each product has one, the first is the default
    download_external_images: bool = False
    auth_skew: int = 0

    def at_least(self, *wanted: int) -> bool:
        have = tuple(int(part) for part in self.version.split(".") if part.isdigit())
        return have >= wanted


@dataclass(slots=True)
class Meta:
    id: int
    key: str
    value: Any


@dataclass(slots=True)
class Product:
    """A product, or a variation (type `variation`, `parent_id` set)."""

    id: int
    type: str = "simple"
    parent_id: int = 0
    lang: str = ""
    name: str = ""
    slug: str = ""
    status: str = "publish"
    trashed_from: str = ""
    created: int = 0
    modified: int = 0
    featured: bool = False
    catalog_visibility: str = "visible"
    description: str = ""
    short_description: str = ""
    sku: str = ""
    global_unique_id: str = ""
    price: str = ""
    regular_price: str = ""
    sale_price: str = ""
    sale_from: int | None = None
    sale_to: int | None = None
    virtual: bool = False
    downloadable: bool = False
    downloads: list[Json] = field(default_factory=list)
    download_limit: int = -1
    download_expiry: int = -1
    external_url: str = ""
    button_text: str = ""
    tax_status: str = "taxable"
    tax_class: str = ""
    manage_stock: bool = False
    stock_quantity: int | None = None
    stock_status: str = "instock"
    backorders: str = "no"
    low_stock_amount: int | None = None
    sold_individually: bool = False
    weight: str = ""
    length: str = ""
    width: str = ""
    height: str = ""
    shipping_class_id: int = 0
    reviews_allowed: bool = True
    upsell_ids: list[int] = field(default_factory=list)
    cross_sell_ids: list[int] = field(default_factory=list)
    purchase_note: str = ""
    category_ids: list[int] = field(default_factory=list)
    tag_ids: list[int] = field(default_factory=list)
    image_ids: list[int] = field(default_factory=list)
    attributes: list[Json] = field(default_factory=list)  # id, name, position, visible, variation, options
    default_attributes: list[Json] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)  # of a variation: attribute key -> option
    children: list[int] = field(default_factory=list)
    grouped: list[int] = field(default_factory=list)
    menu_order: int = 0
    total_sales: int = 0
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """A product line of an order or, with negative figures, of a refund."""

    id: int
    name: str = ""
    parent_name: str | None = None
    product_id: int = 0
    variation_id: int = 0
    quantity: int = 1
    tax_class: str = ""
    tax_status: str = "taxable"
    subtotal: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    subtotal_tax: Decimal = Decimal(0)
    total_tax: Decimal = Decimal(0)
    taxes: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)  # rate id -> total, subtotal
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Charge:
    """A shipping or fee line."""

    id: int
    kind: str  # "shipping" or "fee"
    title: str = ""
    method_id: str = ""
    instance_id: str = ""
    tax_class: str = ""
    tax_status: str = "taxable"
    total: Decimal = Decimal(0)
    total_tax: Decimal = Decimal(0)
    taxes: dict[int, Decimal] = field(default_factory=dict)
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class CouponLine:
    id: int
    code: str
    discount: Decimal = Decimal(0)
    discount_tax: Decimal = Decimal(0)
    discount_type: str = ""
    amount: Decimal = Decimal(0)
    free_shipping: bool = False
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class TaxLine:
    id: int
    rate_id: int
    rate_code: str
    label: str
    compound: bool
    percent: Decimal
    tax_total: Decimal = Decimal(0)
    shipping_tax_total: Decimal = Decimal(0)


@dataclass(slots=True)
class Refund:
    id: int
    order_id: int
    created: int
    amount: Decimal
    reason: str
    refunded_by: int
    refunded_payment: bool
    lines: list[Line] = field(default_factory=list)
    shipping_lines: list[Charge] = field(default_factory=list)
    fee_lines: list[Charge] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    id: int
    number: str = ""
    order_key: str = ""
    created_via: str = "rest-api"
    status: str = "pending"
    trashed_from: str = ""
    currency: str = ""
    prices_include_tax: bool = False
    created: int = 0
    modified: int = 0
    paid: int | None = None
    completed: int | None = None
    customer_id: int = 0
    billing: Json = field(default_factory=dict)
    shipping: Json = field(default_factory=dict)
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    ip: str = ""
    user_agent: str = ""
    customer_note: str = ""
    cart_hash: str = ""
    discount_total: Decimal = Decimal(0)
    discount_tax: Decimal = Decimal(0)
    shipping_total: Decimal = Decimal(0)
    shipping_tax: Decimal = Decimal(0)
    cart_tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    meta: list[Meta] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    shipping_lines: list[Charge] = field(default_factory=list)
    fee_lines: list[Charge] = field(default_factory=list)
    coupon_lines: list[CouponLine] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    trackings: list[Json] = field(default_factory=list)
    fulfillments: list[Json] = field(default_factory=list)
    stock_reduced: bool = False


@dataclass(slots=True)
class TaxRate:
    id: int
    country: str
    state: str
    rate: Decimal
    name: str
    priority: int = 1
    compound: bool = False
    shipping: bool = True
    order: int = 0
    tax_class: str = ""  # "" is the standard class
    postcode: str = ""
    city: str = ""


@dataclass(slots=True)
class Term:
    """A category, a tag, an attribute term or a shipping class."""

    id: int
    name: str
    slug: str
    parent: int = 0
    description: str = ""
    display: str = "default"
    image_id: int = 0
    menu_order: int = 0


@dataclass(slots=True)
class Attribute:
    id: int
    name: str
    slug: str
    order_by: str = "menu_order"
    has_archives: bool = False
    terms: dict[int, Term] = field(default_factory=dict)


@dataclass(slots=True)
class Customer:
    id: int
    email: str
    username: str
    role: str = "customer"
    first_name: str = ""
    last_name: str = ""
    created: int = 0
    modified: int | None = None
    billing: Json = field(default_factory=dict)
    shipping: Json = field(default_factory=dict)
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Coupon:
    id: int
    code: str
    discount_type: str = "fixed_cart"
    amount: Decimal = Decimal(0)
    status: str = "publish"
    created: int = 0
    modified: int = 0
    expires: int | None = None
    usage_count: int = 0
    usage_limit: int | None = None
    individual_use: bool = False
    product_ids: list[int] = field(default_factory=list)
    free_shipping: bool = False
    minimum_amount: str = "0.00"
    maximum_amount: str = "0.00"
    description: str = ""
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Webhook:
    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    status: str = "active"
    created: int = 0
    modified: int | None = None
    failure_count: int = 0
    pending_delivery: bool = True
    user_id: int = 1


@dataclass(slots=True)
class Media:
    id: int
    src: str
    name: str
    alt: str
    created: int
    source: str = ""


@dataclass(slots=True)
class ApiKey:
    id: int
    key: str
    secret: str
    permissions: str = "read_write"
    user_id: int = 1
    role: str = "administrator"
    description: str = ""
