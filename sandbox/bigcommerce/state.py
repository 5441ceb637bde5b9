"""What a store holds, and its settings. Rows are plain dictionaries, near to what the API prints."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.answers import Json
from sandbox.clock import ShopClock

ALL_SCOPES = (
    "store_v2_orders",
    "store_v2_transactions",
    "store_v2_products",
    "store_inventory",
    "store_locations",
    "store_v2_customers",
    "store_v2_information",
    "store_channel_listings",
    "store_channel_settings",
)
#: Endpoint -> calls that may be under way at once; more are answered with 429 (fact sheet, section 3).
CONCURRENCY = {
    "PUT /v3/pricelists/{id}/records": 2,
    "PUT /v3/pricelists/records": 1,
    "POST /v3/pricelists/{id}/records": 10,
    "GET /v3/pricelists/{id}/records": 10,
    "PUT /v3/pricelists/{id}/assignments": 25,
    "DELETE /v3/pricelists/assignments": 25,
    "PUT /v3/customers": 3,
    "GET /v3/catalog/trees": 1,
    "GET /v3/catalog/trees/categories": 40,
    "GET /v3/inventory/locations": 50,
}


@dataclass
class Options:
    """Settings of the store; all can be changed while it runs."""

    store_hash: str = "z9k2q7m1ab"
    name: str = "متجر الديوان | Diwan Store"
    currency: str = "SAR"
    decimals: int = 2
    prices_include_tax: bool = False
    tax_rate: str = "15"
    tax_name: str = "VAT"
    language: str = "ar"
    weight_units: str = "KGS"
    plan: str = "Standard"
    status: str = "live"
    quota: int | None = None  # calls per window; None = unlimited, as in the vendor's own sandboxes
    window_ms: int = 30_000
    unmarked_overload: bool = False  # 429 of the infrastructure comes without the headers
    inventory_delay: int = 2  # seconds of the shop's clock until an accepted adjustment counts
    stock_on: str = "placement"  # placement | completion
    shipment_moves_status: bool = True  # whether a shipment sets Partially Shipped and Shipped by itself
    cancel_restocks: bool = True
    sign_webhooks: bool = True
    webhook_hosts: tuple[str, ...] = ()
    loopback_hooks: bool = (
        True  # take http://127.0.0.1 as a destination; the real one wants HTTPS on port 443
    )
    concurrency: dict[str, int] = field(default_factory=lambda: dict(CONCURRENCY))


@dataclass
class Account:
    """A store-level API account, or what an installed app was given."""

    token: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ALL_SCOPES
    app: bool = False

    def may(self, scope: str, *, write: bool) -> bool:
        return scope in self.scopes or (not write and f"{scope}_read_only" in self.scopes)


class Store:
    """All rows, under one lock."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.accounts: dict[str, Account] = {}
        self.ids: Counter[str] = Counter()
        self.products: dict[int, Json] = {}
        self.variants: dict[int, Json] = {}
        self.variants_of: dict[int, list[int]] = {}
        self.product_options: dict[int, list[Json]] = {}
        self.images: dict[int, list[Json]] = {}
        self.skus: dict[str, tuple[str, int]] = {}  # lower-case SKU -> (product | variant, id)
        self.names: dict[str, int] = {}  # lower-case name -> product
        self.categories: dict[int, Json] = {}
        self.trees: list[Json] = [{"id": 1, "name": "Default catalog tree", "channels": [1]}]
        self.locations: dict[int, Json] = {}
        self.levels: dict[tuple[str, int], int] = {}  # ("p17" | "v381", location) -> on hand
        self.pending: list[tuple[int, list[tuple[str, int, int, bool]]]] = []
        self.price_lists: dict[int, Json] = {}
        self.price_records: dict[tuple[int, int, str], Json] = {}  # (list, variant, currency)
        self.assignments: list[Json] = []
        self.channels: list[Json] = [
            {
                "id": 1,
                "name": "Storefront",
                "type": "storefront",
                "platform": "bigcommerce",
                "status": "active",
            }
        ]
        self.channel_products: set[tuple[int, int]] = set()
        self.customers: dict[int, Json] = {}
        self.groups: dict[int, Json] = {}
        self.orders: dict[int, Json] = {}
        self.refunds: dict[int, Json] = {}
        self.hooks: dict[int, Json] = {}
        self.metafields: dict[int, Json] = {}
        self.codes: dict[str, Json] = {}  # authorization codes of app installations, used once
        self.coupons: dict[str, Json] = {}
        self.demo_tags: dict[int, list[str]] = {}
        self.archived_all = False
        self.custom_labels: dict[int, str] = {}
        self.payment_methods = [
            {"name": "Credit Card", "code": "moyasar", "test_mode": False},
            {"name": "Cash on Delivery", "code": "cod", "test_mode": False},
            {"name": "Bank Deposit", "code": "bankdeposit", "test_mode": False},
            {"name": "Tabby", "code": "tabby", "test_mode": False},
        ]
        self.shipping_zones = [
            {
                "id": 1,
                "name": "السعودية",
                "type": "country",
                "enabled": True,
                "methods": [
                    {
                        "id": 1,
                        "name": "Aramex",
                        "type": "perorder",
                        "enabled": True,
                        "settings": {"rate": 25},
                    },
                    {
                        "id": 2,
                        "name": "Free Shipping",
                        "type": "freeshipping",
                        "enabled": True,
                        "settings": {},
                    },
                    {"id": 3, "name": "SMSA", "type": "perorder", "enabled": True, "settings": {"rate": 20}},
                ],
            }
        ]
        self.add_location("BC-LOCATION-1", "Default location")

    def next_id(self, kind: str, start: int = 1) -> int:
        self.ids[kind] = max(self.ids[kind] + 1, start)
        return self.ids[kind]

    def token(self, length: int) -> str:
        return "".join(self.random.choice("0123456789abcdef") for _ in range(length))

    def add_location(self, code: str, label: str) -> Json:
        made: Json = {
            "id": self.next_id("location"),
            "code": code,
            "label": label,
            "description": "",
            "type_id": "PHYSICAL",
            "enabled": True,
            "managed_by_external_source": False,
            "storefront_visibility": True,
            "time_zone": "Asia/Riyadh",
            "address": {"city": "Riyadh", "country_code": "SA"},
        }
        self.locations[made["id"]] = made
        return made

    @property
    def rate(self) -> Decimal:
        return Decimal(self.options.tax_rate) / 100


def plain(value: Any) -> Any:
    """Rows as the control API shows them."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(entry) for entry in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
