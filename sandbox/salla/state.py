"""What a store holds, and its settings. Rows are plain dictionaries; amounts in them are Decimal."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.salla.answers import Json

RESOURCES = (
    "orders", "products", "customers", "branches", "settings", "webhooks", "payments", "taxes", "specialoffers",
    "categories", "brands", "metadata", "shipping", "transactions",
)  # fmt: skip
ALL_SCOPES = (*(f"{name}.read_write" for name in RESOURCES), "offline_access")
READ_SCOPES = (*(f"{name}.read" for name in RESOURCES), "offline_access")
PLANS = {"plus": 120, "pro": 360, "special": 720}
#: slug -> (id that is the same in every store, Arabic, English)
STATUSES: dict[str, tuple[int, str, str]] = {
    "payment_pending": (1473353380, "بإنتظار الدفع", "Pending payment"),
    "under_review": (566146469, "بإنتظار المراجعة", "Under review"),
    "in_progress": (1939592358, "قيد التنفيذ", "In progress"),
    "completed": (1298199463, "تم التنفيذ", "Completed"),
    "delivering": (349994915, "جاري التوصيل", "Delivering"),
    "delivered": (1723506348, "تم التوصيل", "Delivered"),
    "shipped": (814202285, "تم الشحن", "Shipped"),
    "canceled": (525144736, "ملغي", "Canceled"),
    "restored": (989286562, "مسترجع", "Restored"),
    "restoring": (1548352431, "قيد الإسترجاع", "Restoring"),
    "request_quote": (773200552, "طلب عرض سعر", "Request for a quote"),
}


@dataclass
class Options:
    """Settings of the store; all can be changed while it runs."""

    merchant: int = 1234509876
    name: str = "متجر الديوان"
    domain: str = "https://demo-store.example.test"
    currency: str = "SAR"
    decimals: int = 2
    prices_include_tax: bool = False
    tax_rate: str = "15"
    plan: str = "pro"
    limited: bool = False  # whether the plan's limit of calls is kept to
    client_id: str = "a7c1e0d2-4b5f-4c1e-9d3a-1f2e3d4c5b6a"
    app_id: str = "1093817264"
    token_life: int = 14 * 86_400
    expires_in: bool = False  # some clients receive seconds to live in place of an instant
    bare_user_info: bool = False  # user/info without `data`
    line_amounts: str = "unit"  # unit | line: what price_without_tax of a line is of
    line_discounts: bool = True  # whether a discount of the order is repeated on its lines
    line_tax: bool = True
    list_updated_at: bool = True  # whether short rows of orders tell when they changed
    bulk_delay: int = 60  # seconds of the shop's clock until queued quantities count
    bulk_checks_ids: bool = True  # whether a bulk call with an unknown product is refused as a whole
    custom_invoices: bool = True  # the store's invoice setting is `custom`
    ends_sale_with: str = "null"  # null | zero: what takes a sale price away
    mismatched_values: bool = False  # related_option_values that match no value
    webhook_hosts: tuple[str, ...] = ()
    branches: int = 1


@dataclass
class Grant:
    """One token pair. `family`: the chain of refreshes it belongs to."""

    access_token: str
    refresh_token: str
    family: int
    expires: int
    scopes: tuple[str, ...] = ALL_SCOPES
    spent: bool = False

    def may(self, scope: str, *, write: bool) -> bool:
        return f"{scope}.read_write" in self.scopes or (not write and f"{scope}.read" in self.scopes)


@dataclass
class Queued:
    """Quantities that were accepted and do not count yet."""

    due: int
    rows: list[Json] = field(default_factory=list)


class Store:
    """All rows, under one lock."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.ids: Counter[str] = Counter()
        self.grants: dict[str, Grant] = {}  # by access token
        self.refreshes: dict[str, Grant] = {}  # by refresh token, spent ones too
        self.codes: dict[str, Json] = {}
        self.installed = True
        self.products: dict[int, Json] = {}
        self.variants: dict[int, Json] = {}
        self.levels: dict[tuple[str, int], dict[int, int]] = {}  # (product|variant, id) -> branch -> pieces
        self.queued: list[Queued] = []
        self.audit: list[Json] = []
        self.images: dict[int, Json] = {}
        self.categories: dict[int, Json] = {}
        self.customers: dict[int, Json] = {}
        self.orders: dict[int, Json] = {}
        self.shipments: dict[int, Json] = {}
        self.invoices: dict[int, Json] = {}
        self.transactions: dict[int, Json] = {}
        self.hooks: dict[int, Json] = {}
        self.branches: dict[int, Json] = {}
        self.statuses: dict[int, Json] = {}
        self.coupons: dict[str, Json] = {}
        self.demo_tags: dict[int, list[str]] = {}
        self.companies: list[Json] = [
            {"id": 101, "name": "Aramex", "app_id": "11", "activation_type": "api", "slug": "aramex"},
            {"id": 102, "name": "SMSA", "app_id": "12", "activation_type": "api", "slug": "smsa"},
            {"id": 103, "name": "DHL", "app_id": None, "activation_type": "manual", "slug": None},
            {"id": 104, "name": "مندوب المتجر", "app_id": None, "activation_type": "manual", "slug": None},
        ]
        self.payment_methods: list[Json] = [
            {"id": 1, "slug": "credit_card", "name": "البطاقة الائتمانية"},
            {"id": 2, "slug": "mada", "name": "مدى"},
            {"id": 3, "slug": "cod", "name": "الدفع عند الاستلام"},
            {"id": 4, "slug": "bank", "name": "حوالة بنكية"},
            {"id": 5, "slug": "tabby_installment", "name": "تابي"},
        ]
        for slug, (original, arabic, english) in STATUSES.items():
            self.add_status(slug, arabic, english, original=original)
        for number in range(options.branches):
            self.add_branch("الفرع الرئيسي" if not number else f"فرع {number + 1}")

    def next_id(self, kind: str, start: int = 1) -> int:
        self.ids[kind] = max(self.ids[kind] + 1, start)
        return self.ids[kind]

    def token(self, length: int) -> str:
        return "".join(self.random.choice("0123456789abcdef") for _ in range(length))

    def add_branch(self, name: str) -> Json:
        made: Json = {
            "id": self.next_id("branch", 120_045),
            "name": name,
            "status": "active",
            "type": "branch",
            "is_default": not self.branches,
            "location": None,
            "street": "شارع العليا",
            "country": {"id": 1, "name": "السعودية", "code": "SA"},
            "city": {"id": 1, "name": "الرياض"},
            "is_open": True,
        }
        self.branches[made["id"]] = made
        return made

    def add_status(self, slug: str, arabic: str, english: str, *, original: int = 0, parent: int = 0) -> Json:
        """Ids over the built-in ones differ per store; a custom status shares its parent's slug."""
        made: Json = {
            "id": self.next_id("status", 770_011),
            "name": arabic,
            "_english": english,
            "type": "custom" if parent else "original",
            "slug": slug,
            "sort": len(self.statuses) + 1,
            "is_active": True,
            "_original": original,
            "_parent": parent,
        }
        self.statuses[made["id"]] = made
        return made

    @property
    def default_branch(self) -> int:
        return next(number for number, row in self.branches.items() if row["is_default"])

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
