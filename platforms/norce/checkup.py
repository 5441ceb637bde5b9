"""'Test Connection': what works, what does not, and what to do about it, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    MissingPermission,
    NotFound,
    PermanentError,
    Rejected,
)
from platforms.norce.client import NorceClient
from platforms.norce.errors import PLATFORM
from platforms.norce.jobs import Kind
from platforms.norce.lookups import Lookups
from platforms.norce.query_names import ARTICLES, ORDERS, OTHERS, PRICES, Asked
from platforms.norce.shop import ShopReader
from platforms.norce.webhooks import TOKEN_HEADER
from platforms.types import CheckReport, CheckStep, ShopInfo

LANE = "products"
_READS = (("read_orders", ORDERS), ("read_products", ARTICLES), ("read_prices", PRICES))
BAD_QUERY = 400


class Checkup:
    def __init__(self, client: NorceClient, shop: ShopReader, lookups: Lookups) -> None:
        self._client = client
        self._shop = shop
        self._lookups = lookups
        self._steps: list[CheckStep] = []

    def run(self) -> CheckReport:
        """Never raises for what a step can tell; nothing is changed in Norce."""
        info: ShopInfo | None = None
        if self._try("authenticated", self._signed_in):
            self._add("tls", *self._tls())
            self._clock()
            for name, asked in _READS:
                self._try(name, lambda a=asked: self._may_read(a))  # type: ignore[misc]
            self._try("query_fields", self._other_fields, state="warn")
            self._try("write_connect", self._may_import)
            self._try("write_orders", self._may_tell_of_orders)
            self._try("jobs", self._jobs, state="warn")
            info = self._facts()
            self._hooks()
        return CheckReport(tuple(self._steps), info)

    # -- steps --------------------------------------------------------------
    def _signed_in(self) -> str:
        if not self._client.application.isdigit():
            raise ConfigurationError(
                "The site has no application id.",
                code="missing_credentials",
                cure="Enter the number of the application, as Norce Admin > Settings > Applications shows it.",
            )
        if self._client.options.auth_mode == "oauth":
            self._client.tokens.token()
        return f"Norce gives a token for application {self._client.application}."

    def _tls(self) -> tuple[str, str, str]:
        if not self._client.root.startswith("https://"):
            return (
                "warn",
                "The connection is not encrypted: the secret travels in clear.",
                "Use the https address.",
            )
        if not self._client.connection.verify_tls:
            return "warn", "The certificate is not checked.", "Switch 'verify TLS' on."
        return "ok", "The connection is encrypted and the certificate is trusted.", ""

    def _clock(self) -> None:
        told = self._client.http.server_time
        skew = abs((told - datetime.now(UTC)).total_seconds()) if told else 0.0
        if skew > 60:
            self._add(
                "clock",
                "warn",
                f"The clocks differ by {skew:.0f} seconds.",
                "Let this server and the shop's server take their time from a time server.",
            )
        else:
            self._add("clock", "ok", "The clocks agree.")

    def _may_read(self, asked: Asked) -> str:
        """By all names at once; only a call that Query cannot read is taken apart, name by name."""
        try:
            self._client.query(asked.route, asked.whole(), lane=LANE)
        except Rejected as error:
            unknown = self._unknown_names(asked) if error.status == BAD_QUERY else []
            if not unknown:
                raise
            raise Rejected(
                f"Query does not know {', '.join(unknown)} of {asked.route}.",
                code="unknown_field",
                cure="Look up in Norce's documents of Query what the field is called there, and enter it in 'Names of "
                f"fields in Query' of the site: {asked.route}.{unknown[0]}=…",
                platform=PLATFORM,
            ) from error
        return f"The account may read {asked.route}."

    def _unknown_names(self, asked: Asked) -> list[str]:
        found = []
        for name, query in asked.each():
            try:
                self._client.query(asked.route, query, lane=LANE)
            except Rejected as error:
                if error.status == BAD_QUERY:
                    found.append(name)
        return found

    def _other_fields(self) -> str:
        for asked in OTHERS:
            self._may_read(asked)
        return "Query knows the fields that are asked for."

    def _may_import(self) -> str:
        """A file that is no list is refused before a job is made; the right is looked at first."""
        try:
            self._client.post_file(Kind.ONHANDS.value, [{}], {"FullFile": False})
        except MissingPermission:
            raise
        except (Rejected, NotFound) as error:
            if isinstance(error, NotFound):
                raise
        return "The account may send imports to Connect."

    def _may_tell_of_orders(self) -> str:
        """A status of order 0, which there is not."""
        try:
            self._client.post_order("Order/SendOrderStatus", {"ClientOrderRef": 0, "OrderStatus": "Created"})
        except Rejected:
            return "The account may send order statuses."
        return "The account may send order statuses."

    def _jobs(self) -> str:
        try:
            self._client.job("Job/Ping", lane=LANE)
        except NotFound as error:
            raise Rejected(
                "Norce has no jobs at this path.",
                code="bad_job_path",
                cure="Set 'Path of jobs' in the options of the site to commerce/connect/4.0/api, or empty it.",
            ) from error
        return "Jobs can be followed."

    def _facts(self) -> ShopInfo | None:
        found: list[ShopInfo] = []

        def step() -> str:
            found.append(self._shop.info())
            return "The shop's settings were read."

        if not self._try("settings", step):
            return None
        info = found[0]
        ours = self._client.connection.currency.upper()
        if ours and info.currency and ours != info.currency:
            self._add(
                "currency",
                "fail",
                f"The shop sells in {info.currency} and the site says {ours}.",
                f"Set the site's currency to {info.currency}.",
            )
        else:
            self._add("currency", "ok", f"The shop sells in {info.currency or '?'}.")
        self._try("price_list", self._price_list, state="warn")
        self._try("location", self._warehouse, state="warn")
        return info

    def _price_list(self) -> str:
        found = self._lookups.price_list(self._client.options.price_list_code, lane=LANE)
        return f"Prices go to the price list '{found.code}'."

    def _warehouse(self) -> str:
        warehouse, location = self._lookups.place(self._client.options.warehouse_code, lane=LANE)
        return f"Quantities go to warehouse '{warehouse}', location '{location}', where a warehouse has none of its own."

    def _hooks(self) -> None:
        connection = self._client.connection
        if not connection.webhook_url:
            self._add("webhooks", "skip", "This site receives no webhooks.")
        elif not connection.webhook_secret:
            self._add(
                "webhooks", "warn", "The site has no webhook secret.", "Save a webhook secret on the site."
            )
        else:
            self._add(
                "webhooks",
                "ok",
                f"Enter {connection.webhook_url} in Norce Admin: as ERP integration (REST, user "
                f"{self._client.options.receiver_user}, password: the webhook secret), and per event with the header "
                f"{TOKEN_HEADER}.",
            )

    # -- bookkeeping --------------------------------------------------------
    def _try(self, name: str, step: Callable[[], str], *, state: str = "fail") -> bool:
        try:
            self._add(name, "ok", step())
        except PermanentError as error:
            self._add(name, state, error.message, error.cure)
            return False
        except EcomsyncError as error:
            self._add(name, state, error.message, error.cure)
            return False
        return True

    def _add(self, name: str, state: str, message: str, cure: str = "") -> None:
        self._steps.append(CheckStep(name, state, message, cure))
