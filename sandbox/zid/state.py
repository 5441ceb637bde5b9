"""What a store holds, and its settings. Rows are plain dictionaries, near to what the API prints."""

import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.zid.answers import Json

#: Data scopes are ticked in the partner dashboard.
ALL_SCOPES = (
    "orders.read",
    "orders.write",
    "products.read",
    "products.write",
    "inventories.read",
    "inventories.write",
    "webhooks.read",
    "webhooks.write",
    "customers.read",
    "account.read",
)
READ_SCOPES = tuple(scope for scope in ALL_SCOPES if scope.endswith(".read"))


@dataclass
class Options:
    """Settings of the store; all can be changed while it runs."""

    store_id: int = 90210
    name: str = "متجر الديوان | Diwan Store"
    currency: str = "SAR"
    prices_include_tax: bool = True
    tax_rate: str = "0.15"  # a fraction, as the API tells it
    shipping_taxed: bool = True
    language: str = "ar"
    languages: tuple[str, ...] = ("ar", "en")
    rate_limit: int | None = None  # calls per minute of one app; the real one allows 60
    store_header: str = "id"  # id | uuid: what the catalogue takes as Store-Id
    list_children: bool = True  # whether variants stand in the product list beside their parents
    newest_first: bool = True  # whether `ordering=-updated_at` is kept to
    bulk_names_rows: bool = False  # whether the refusal of a bulk call says which row it was about
    send_basic: bool = True  # whether deliveries bear the user and password given at registration
    envelope: str = ""  # "" | order | data | payload: what a delivery wraps its object in
    suspended: bool = False
    webhook_hosts: tuple[str, ...] = ()
    loopback_hooks: bool = True  # take http://127.0.0.1 as a target; the real one wants https
    stock_on: str = "placement"
    cancel_restocks: bool = True


@dataclass
class Account:
    """An app in this store: its three tokens and what its scopes allow."""

    client_id: str
    client_secret: str
    authorization: str
    manager_token: str
    refresh_token: str
    expires_at: int
    scopes: tuple[str, ...] = ALL_SCOPES
    redirect_uri: str = "https://erp.example.test/connect/zid/"


class Store:
    """All rows, under one lock."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.ids: Counter[str] = Counter()
        self.uuid = self.new_uuid()
        self.accounts: list[Account] = []
        self.codes: dict[str, Json] = {}
        self.products: dict[str, Json] = {}
        self.skus: dict[str, str] = {}  # SKU -> product id
        self.attributes: dict[str, Json] = {}
        self.locations: dict[str, Json] = {}
        self.categories: dict[int, Json] = {}
        self.customers: dict[int, Json] = {}
        self.orders: dict[int, Json] = {}
        self.reverses: dict[int, Json] = {}
        self.reasons: list[Json] = [{"id": 1, "name": "Damaged"}, {"id": 2, "name": "Wrong item"}]
        self.hooks: dict[str, Json] = {}
        self.coupons: dict[str, Json] = {}
        self.demo_tags: dict[int, list[str]] = {}
        self.add_location("الرياض", "Riyadh", default=True)

    def next_id(self, kind: str, start: int = 1) -> int:
        self.ids[kind] = max(self.ids[kind] + 1, start)
        return self.ids[kind]

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def token(self, length: int) -> str:
        return "".join(self.random.choice("0123456789abcdef") for _ in range(length))

    def add_location(self, name_ar: str, name_en: str, *, default: bool = False) -> Json:
        made: Json = {
            "id": self.new_uuid(),
            "name": {"ar": name_ar, "en": name_en},
            "city": {"id": 1, "name": name_en},
            "type": "PHYSICAL",
            "coordinates": {"latitude": 24.7, "longitude": 46.7},
            "full_address": name_ar,
            "short_address": None,
            "fulfillment_priority": len(self.locations) + 1,
            "is_default": default,
            "is_private": False,
            "is_enabled": True,
            "has_stocks": True,
            "channels": ["pos", "catalog"],
        }
        self.locations[made["id"]] = made
        return made

    @property
    def default_location(self) -> str:
        return next(number for number, row in self.locations.items() if row["is_default"])

    @property
    def rate(self) -> Decimal:
        return Decimal(self.options.tax_rate)


def plain(value: Any) -> Any:
    """Rows as the control API shows them."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(entry) for entry in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
