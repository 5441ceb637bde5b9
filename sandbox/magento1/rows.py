"""What the shop keeps: options, users, products, orders and what belongs to them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
ZERO = Decimal(0)


@dataclass
class Options:
    """How the shop is set up; everything may be changed while it runs."""

    version: str = "1.9.4.5"
    openmage_version: str = "20.0.20"
    currency: str = "SAR"
    decimals: int = 2
    prices_include_tax: bool = False
    tax_percent: str = "15"
    country: str = "SA"
    rewrites: bool = True  # off: only /index.php/api/… answers
    base_path: str = ""
    xmlrpc: bool = True  # off: a firewall of the host answers 403 to /api/xmlrpc
    soap_v2: bool = True
    namespace: str = "urn:OpenMage"
    soap_fault_status: int = 200
    session_timeout: int = 3600
    memory_rows: int = 5000  # a list with more rows uses up PHP's memory
    can_subtract: bool = True
    verbose_lists: bool = True


@dataclass
class ApiUser:
    """rights: None is the full role, else the methods (or `resource.*`) that may be called."""

    name: str
    key: str
    rights: frozenset[str] | None = None
    active: bool = True

    def may(self, path: str) -> bool:
        if self.rights is None:
            return True
        return path in self.rights or f"{path.partition('.')[0]}.*" in self.rights


@dataclass
class Session:
    user: str
    seen_at: int


@dataclass
class Stock:
    qty: Decimal = ZERO
    is_in_stock: bool = False
    manage_stock: bool = True
    use_config_manage_stock: bool = True
    min_qty: Decimal = ZERO
    backorders: int = 0
    more: Json = field(default_factory=dict)


@dataclass
class Image:
    file: str
    content: bytes
    label: str = ""
    position: int = 0
    exclude: bool = False
    types: list[str] = field(default_factory=list)


@dataclass
class Product:
    id: int
    sku: str
    type: str = "simple"
    set_id: int = 4
    values: dict[str, Any] = field(default_factory=dict)  # attribute code -> default value
    store_values: dict[int, dict[str, Any]] = field(default_factory=dict)
    category_ids: list[int] = field(default_factory=list)
    website_ids: list[int] = field(default_factory=lambda: [1])
    stock: Stock = field(default_factory=Stock)
    tier_prices: list[Json] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    links: dict[str, dict[int, dict[str, Decimal]]] = field(
        default_factory=dict
    )  # kind -> id -> qty, position
    parent_id: int = 0  # of a configurable: the API never tells
    created: int = 0
    updated: int = 0

    def value(self, code: str, store_id: int = 0) -> Any:
        own = self.store_values.get(store_id, {})
        return own[code] if code in own else self.values.get(code)


@dataclass
class Attribute:
    id: int
    code: str
    label: str
    input: str = "text"
    required: bool = False
    scope: str = "store"
    options: dict[int, str] = field(default_factory=dict)


@dataclass
class Category:
    id: int
    name: str
    parent_id: int
    is_active: bool = True
    position: int = 0
    values: Json = field(default_factory=dict)
    products: dict[int, int] = field(default_factory=dict)


@dataclass
class Document:
    """An invoice, a shipment or a credit memo: its columns, its rows, its comments, its tracks."""

    id: int
    kind: str
    increment_id: str
    order_id: int
    columns: Json
    items: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    tracks: list[Json] = field(default_factory=list)


@dataclass
class Order:
    """The flat row of an order with what hangs on it; amounts are Decimal until they are shown."""

    id: int
    increment_id: str
    columns: Json
    items: list[Json] = field(default_factory=list)
    billing: Json = field(default_factory=dict)
    shipping: Json = field(default_factory=dict)  # empty for virtual orders
    payment: Json = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.columns["state"])


@dataclass
class Customer:
    id: int
    columns: Json
    addresses: dict[int, Json] = field(default_factory=dict)
