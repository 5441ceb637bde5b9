"""How this shop is set up; every option can be changed while it runs."""

from dataclasses import dataclass, field
from decimal import Decimal

#: What the app asks for at installation (fact sheet, chapter 2).
SCOPES = (
    "read_products",
    "write_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_orders",
    "write_orders",
    "read_all_orders",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "read_fulfillments",
    "write_fulfillments",
    "read_returns",
    "write_returns",
    "read_customers",
    "write_customers",
    "read_publications",
    "write_publications",
    "read_translations",
    "write_translations",
    "read_files",
    "write_files",
    "read_locales",
    "write_locales",
    "read_markets",
    "write_markets",
    "read_companies",
    "write_companies",
    "read_discounts",
    "read_gift_cards",
    "read_order_edits",
    "write_order_edits",
)
#: Bucket by plan: points that it holds, points that come back each second.
PLANS = {
    "standard": (2000, 100),
    "advanced": (4000, 200),
    "plus": (20000, 1000),
    "enterprise": (40000, 2000),
}


@dataclass(slots=True)
class Options:
    name: str = "Sandbox shop"
    domain: str = "ecom-sandbox.myshopify.com"
    email: str = "owner@example.com"
    currency: str = "SAR"
    presentment: dict[str, Decimal] = field(
        default_factory=lambda: {"USD": Decimal("0.2667"), "AED": Decimal("0.98"), "KWD": Decimal("0.082")}
    )  # currency -> units of it for one unit of the shop's
    decimals: int | None = None  # None: what the currency has
    prices_include_tax: bool = False
    tax_rate: Decimal = Decimal("0.15")
    tax_title: str = "VAT"
    base_country: str = "SA"
    plan: str = "standard"
    bucket: int = 0  # odd values have been seen: 0 is what the plan has
    restore: float = 0.0
    scopes: tuple[str, ...] = SCOPES
    protected_customer_data: bool = True  # approved to see names, addresses, e-mail, phone
    version: str = ""  # the newest that this shop serves as stable; "" is what the calendar says
    webhook_version: str = "2026-10"  # what the app is configured for, not what a call asks for
    client_id: str = "5a0db0x5a0db0x5a0db0x5a0db0x5a0d"
    client_secret: str = "shpss_" + "5a0db0c5" * 4
    old_client_secret: str = ""  # after a rotation, deliveries of the first hour may still be signed with it
    public_app: bool = False  # public apps get tokens that expire only
    callback_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    same_organization: bool = True  # client credentials work only for shops of the app's own organization
    async_polls: int = 1  # how often a job, operation or file is found unfinished before it is done
    search_lag: int = 0  # seconds until searches find what was written
    frozen: int = 0  # 402, 403 or 423: what a frozen, forbidden or locked shop answers
    webhook_hosts: tuple[str, ...] = ()
    events_delivery: bool = False  # header names of the newer kind of delivery
    allow_http_webhooks: bool = True  # to loopback only; a real shop takes https alone
    locales: tuple[str, ...] = ("en", "ar")  # the first is the primary one
    smart_collections: bool = True
    discrepancy_in_current_total: bool = False  # unconfirmed: whether money-only refunds lower current totals
    max_bulk: int = 5
    bulk_file_limit: int = 100 * 1024 * 1024
    translation_keys: int = 100
    variant_day_cap: int = 0  # creations a day for large catalogues; 0 is none
    version_gone: tuple[str, ...] = ()  # versions that are retired before their time

    def zeros(self, currency: str = "") -> int:
        """Decimals of a currency."""
        code = currency or self.currency
        if self.decimals is not None and code == self.currency:
            return self.decimals
        return {"KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3, "JPY": 0, "KRW": 0}.get(code, 2)
