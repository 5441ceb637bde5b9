"""What the client holds: articles, stock, prices, customers, orders, jobs, and who may sign in."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.norce.answers import Json

#: Parts of the API that an account may be allowed.
RIGHTS = ("connect", "orders", "query")
CULTURES = ("en-GB", "ar-SA")
SALES_AREA = 25
#: What Application/* and Core/* tell without anybody changing it here.
ORDER_STATUSES = (
    "Created",
    "Allocation",
    "Confirmed",
    "BackOrder",
    "Delivered",
    "Invoiced",
    "Cancelled",
    "CreditControl",
    "PartlyDelivered",
    "Acknowledged",
)


@dataclass
class Options:
    """Settings of the client; changeable while it runs."""

    slug: str = "demo"
    client: int = 1042
    application: int = 1588
    application_key: str = "3f2b8c1e-6d0a-4b7e-9a55-0c1d2e3f4a5b"
    application_name: str = "متجر نورس | Norce demo"
    currency: str = "SAR"
    decimals: int = 2
    vat: str = "15"
    price_list: str = "B2C"
    warehouse: str = "RUH"
    scope: str = "playground"
    token_seconds: int = 3600
    token_burst: int = 20
    tokens_a_minute: int = 3
    #: The older Storm Connect: application id and secret by Basic.
    allows_basic: bool = False
    #: How long a job takes once it is its turn; 0: it is done when it is looked at first.
    job_seconds: int = 0
    #: The import answers in the form of the contracts, with a header and a status.
    nested_answers: bool = False
    #: Job/… lies below api/, as one client calls it.
    job_below_api: bool = False
    page_size: int = 500
    #: Seconds until Query shows an order that was placed.
    query_lag: int = 0
    date_form: str = "iso"  # iso | ticks: /Date(ms)/
    delivery_notes_in_query: bool = True
    #: entity set -> usual name -> the name that this server has in its place.
    field_names: dict[str, dict[str, str]] = field(default_factory=dict)
    webhook_hosts: tuple[str, ...] = ()


@dataclass
class Account:
    client_id: str
    client_secret: str
    rights: tuple[str, ...] = RIGHTS


@dataclass
class Job:
    """One import on its way. `apply` is what it does when its turn comes."""

    number: int
    kind: str
    storage: str
    rows: list[Json]
    header: Json
    posted: int
    start: int
    stop: int
    status: int = 6
    inserts: int = 0
    updates: int = 0
    fail: int = 0
    log: list[Json] = field(default_factory=list)
    announced: bool = False

    @property
    def is_finished(self) -> bool:
        return self.status in (2, 3, 4)


Emit = Callable[[str, Json], None]


class Store:
    """All tables. Whoever changes one holds `lock`."""

    def __init__(self, options: Options, clock: ShopClock, seed: int) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, tuple[str, int]] = {}  # token -> (client id, lapses at)
        self.bucket: tuple[float, int] = (float(options.token_burst), 0)
        self.counters: dict[str, int] = {}
        self.products: dict[str, Json] = {}  # by key: Code, or the number of the manufacturer
        self.skus: dict[str, Json] = {}
        self.onhands: dict[tuple[str, str, str], Json] = {}
        self.prices: dict[tuple[str, str, int], Json] = {}
        self.price_lists: dict[str, Json] = {}
        self.warehouses: dict[str, Json] = {}
        self.categories: dict[str, Json] = {}
        self.flags: dict[str, Json] = {}
        self.customers: dict[str, Json] = {}
        self.companies: dict[str, Json] = {}
        self.orders: dict[str, Json] = {}
        self.invoices: dict[str, Json] = {}
        self.notes: dict[str, Json] = {}
        self.jobs: dict[int, Job] = {}
        self.overlaps: dict[str, int] = {}  # kind -> most jobs of it that were open at once
        self.failing: list[tuple[str, int]] = []  # (kind, status) of jobs that will fail
        self.demo_tags: dict[str, list[str]] = {}
        self.add_price_list(options.price_list, "Buyers", primary=True)
        self.add_warehouse(options.warehouse, "Riyadh")

    def next_id(self, name: str, first: int = 1) -> int:
        self.counters[name] = self.counters.get(name, first - 1) + 1
        return self.counters[name]

    def token(self, size: int) -> str:
        return "".join(self.random.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=size))

    def stamp(self) -> int:
        return self.clock.now()

    # -- rows that other rows stand on --------------------------------------
    def add_price_list(self, code: str, name: str = "", *, currency: str = "", primary: bool = False) -> Json:
        return self.price_lists.setdefault(
            code,
            {
                "Id": self.next_id("price_list", 12),
                "Code": code,
                "Name": name or code,
                "CurrencyCode": currency or self.options.currency,
                "IsPrimary": primary,
                "IsActive": True,
                "Updated": self.stamp(),
            },
        )

    def add_warehouse(self, code: str, name: str = "", location: str = "") -> Json:
        row = self.warehouses.setdefault(
            code,
            {
                "Id": self.next_id("warehouse", 3),
                "Code": code,
                "Name": name or code,
                "IsActive": True,
                "Locations": [],
            },
        )
        place = location or code
        if place not in row["Locations"]:
            row["Locations"].append(place)
        return row

    # -- figures ------------------------------------------------------------
    def on_hand(self, part_no: str, warehouse: str = "") -> Decimal:
        """What lies there, over all active records of the article or of one warehouse."""
        return sum(
            (
                row["OnhandValue"]
                for (part, place, _), row in self.onhands.items()
                if part == part_no and row["IsActive"] and warehouse in ("", place)
            ),
            Decimal(0),
        )

    def set_on_hand(
        self, part_no: str, value: Decimal | int | str, warehouse: str = "", location: str = ""
    ) -> None:
        place = warehouse or self.options.warehouse
        key = (part_no, place, location or place)
        row = self.onhands.setdefault(key, new_onhand(*key))
        row["OnhandValue"], row["IsActive"], row["Updated"] = Decimal(value), True, self.stamp()

    def set_price(
        self, part_no: str, price: Decimal | int | str, price_list: str = "", quantity_break: int = 1
    ) -> None:
        code = price_list or self.options.price_list
        key = (part_no, code, quantity_break)
        row = self.prices.setdefault(key, new_price(*key))
        row["PriceSale"], row["IsActive"], row["Updated"] = Decimal(price), True, self.stamp()


def new_onhand(part_no: str, warehouse: str, location: str) -> Json:
    return {
        "PartNo": part_no,
        "WarehouseCode": warehouse,
        "LocationCode": location,
        "OnhandValue": Decimal(0),
        "IncomingValue": None,
        "NextDeliveryDate": None,
        "LeadTimeDayCount": None,
        "MinimumValue": None,
        "MaximumValue": None,
        "IsActive": True,
        "Infos": [],
        "Updated": 0,
    }


def new_price(part_no: str, price_list: str, quantity_break: int) -> Json:
    return {
        "PartNo": part_no,
        "PriceListCode": price_list,
        "QuantityBreak": quantity_break,
        "PriceSale": None,
        "PriceRecommended": None,
        "PricePrevious": None,
        "PriceCatalog": None,
        "CostPurchase": None,
        "CostUnit": None,
        "IsPriceDiscountable": True,
        "PriceRule": 2,
        "IsActive": True,
        "Updated": 0,
    }


def plain(value: Any) -> Any:
    """JSON without Decimals, for the control API."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
