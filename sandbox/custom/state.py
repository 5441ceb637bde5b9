"""The shop's tables and its switches."""

import os
import pickle
import tempfile
import threading
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from sandbox.clock import ShopClock

Json = dict[str, Any]
AUTHS = ("bearer", "header", "query", "basic", "oauth2", "login", "hmac")
PAGINGS = ("page", "offset", "cursor", "link", "next_url", "since_id")
SIGNATURES = ("hmac", "base64", "timestamped", "token", "basic")
THREE_DECIMALS = frozenset({"KWD", "BHD", "OMR", "JOD", "TND"})
RATES = {"standard": Decimal("15"), "zero-rate": Decimal(0)}
STATUSES = ("pending", "processing", "completed", "cancelled")
PAYMENTS = (("mada", "mada"), ("cod", "الدفع عند الاستلام"), ("stc", "STC Pay"))
LOCATIONS = (("1", "المستودع الرئيسي"), ("2", "فرع الرياض"))
SHIPPINGS = (("aramex", "Aramex"), ("smsa", "SMSA"))


@dataclass
class Options:
    """auth: how callers sign in; body: json or xml; paging: how lists go on; signature: how deliveries are proved.
    envelope: refusals come with status 200 and `"ok": false`."""

    currency: str = "SAR"
    prices_include_tax: bool = False
    auth: str = "bearer"
    body: str = "json"
    paging: str = "page"
    signature: str = "hmac"
    envelope: bool = False
    page_size: int = 100
    webhook_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, known in (
            ("auth", AUTHS),
            ("body", ("json", "xml")),
            ("paging", PAGINGS),
            ("signature", SIGNATURES),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it is one of {', '.join(known)}.")


@dataclass(frozen=True, slots=True)
class Key:
    """rights: all, read or none."""

    user: str
    secret: str
    token: str
    rights: str = "all"


class Store:
    def __init__(self, options: Options, clock: ShopClock) -> None:
        self.options = options
        self.clock = clock
        self.lock = threading.RLock()
        self.products: dict[int, Json] = {}
        self.images: dict[int, Json] = {}
        self.categories: dict[int, Json] = {}
        self.orders: dict[int, Json] = {}
        self.hooks: dict[int, Json] = {}
        self.keys: list[Key] = []
        self.sessions: dict[str, Key] = {}
        self.demo_tags: dict[int, list[str]] = {}
        self._last: dict[str, int] = {}

    def next_id(self, table: str, first: int = 1) -> int:
        self._last[table] = self._last.get(table, first - 1) + 1
        return self._last[table]

    def by_sku(self, sku: str) -> Json | None:
        return next((row for row in self.products.values() if row["sku"] == sku), None)

    @property
    def quantum(self) -> Decimal:
        return Decimal("0.001") if self.options.currency in THREE_DECIMALS else Decimal("0.01")

    def money(self, value: Decimal) -> Decimal:
        return value.quantize(self.quantum, rounding=ROUND_HALF_UP)


_LEFT_OUT = ("lock", "clock", "options")


def save(store: Store, file: str) -> None:
    """Writes the whole file or nothing, with pickle: load only files that you wrote yourself."""
    with store.lock:
        kept = {name: value for name, value in vars(store).items() if name not in _LEFT_OUT}
        content = pickle.dumps({"format": 1, "rows": kept, "clock_offset": store.clock.offset})
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(temporary).replace(target)


def load(file: str, options: Options, clock: ShopClock) -> Store:
    content = pickle.loads(Path(file).read_bytes())
    if content.get("format") != 1:
        raise ValueError(f"{file} was not written by this sandbox; delete it to start anew.")
    store = Store(options, clock)
    vars(store).update(content["rows"])
    clock.offset = content["clock_offset"]
    return store


@dataclass
class ApiError(Exception):
    status: int
    code: str
    message: str
    headers: list[tuple[str, str]] = field(default_factory=list)
