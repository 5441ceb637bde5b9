"""A running shop for tests and demos.

from sandbox.magento2 import Magento2Shop

with Magento2Shop(seed="empty", version="2.4.6") as shop:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    token = shop.admin_token()
    requests.get(f"{shop.url}/rest/V1/orders?searchCriteria[pageSize]=1", headers={"Authorization": f"Bearer {token}"})
"""

from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.magento2 import auth, bulk_api, demo, handshake, storage, storefront
from sandbox.magento2.app import Magento2App
from sandbox.magento2.counter import OrderCounter
from sandbox.magento2.rows import (
    Grant,
    Json,
    Options,
)
from sandbox.server import SandboxServer

# Published: they open training shops only.
DEMO_KEY = "d3m0" * 8
DEMO_SECRET = "5ecr" * 8
DEMO_TOKEN = "70k3" * 8
DEMO_TOKEN_SECRET = "7ok5" * 8
ADMIN, PASSWORD = "admin", "Sandbox123!"


class Magento2Shop(OrderCounter):
    """Listens from construction on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`;
    every further keyword is a field of `Options` (version, msi, prices_include_tax, input_limits, …).
    """

    def __init__(
        self,
        seed: str = "empty",
        *,
        items: int = 500,
        orders: int = 200,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: tuple[str, str] | None = None,
        time_zone: str = "Asia/Riyadh",
        seed_number: int = 1,
        webhook_delay: float | None = 0.1,
        webhook_timeout: float = 10.0,
        home_url: str = "",
        state_file: str = "",
        key: str = DEMO_KEY,
        secret: str = DEMO_SECRET,
        token: str = DEMO_TOKEN,
        token_secret: str = DEMO_TOKEN_SECRET,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        self.app = Magento2App(
            Options(**options),
            time_zone=time_zone,
            seed=seed_number,
            home_url=home_url,
            webhook_delay=webhook_delay,
            webhook_timeout=webhook_timeout,
        )
        self.state_file = state_file
        self.server = SandboxServer(self.app, host=host, port=port, tls=tls, verbose=verbose)
        if state_file and Path(state_file).exists():
            self.app.replace_store(storage.load(state_file, self.app.options, self.app.clock))
        else:
            self._people(key, secret, token, token_secret)
            if seed == "demo":
                demo.seed(self.app, items=items, orders=orders, seed=seed_number)

    @staticmethod
    def option_names() -> set[str]:
        return {f.name for f in fields(Options)}

    def _people(self, key: str, secret: str, token: str, token_secret: str) -> None:
        store = self.app.store
        integration = Grant(store.next_id("grant"), "integration", "ERP")
        integration.key, integration.secret = key, secret
        integration.token, integration.token_secret = token, token_secret
        store.grants[integration.id] = integration
        self.add_admin(ADMIN, PASSWORD)

    def start(self) -> Self:
        self.server.start()
        return self

    def stop(self) -> None:
        self.server.stop()
        if self.state_file:
            storage.save(self.store, self.state_file)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Addresses and keys.

    @property
    def url(self) -> str:
        """The shop's base URL, without a trailing slash."""
        return self.app.home

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def integration(self) -> Grant:
        return next(g for g in self.store.grants.values() if g.kind == "integration")

    @property
    def key(self) -> str:
        return self.integration.key

    @property
    def secret(self) -> str:
        return self.integration.secret

    @property
    def token(self) -> str:
        return self.integration.token

    @property
    def token_secret(self) -> str:
        return self.integration.token_secret

    @property
    def auth(self) -> tuple[str, str, str, str]:
        """The four strings of the integration."""
        return self.key, self.secret, self.token, self.token_secret

    @property
    def sign_in(self) -> dict[str, str]:
        """What the command line prints."""
        return {
            "consumer key": self.key,
            "consumer secret": self.secret,
            "access token": self.token,
            "token secret": self.token_secret,
            "admin": f"{ADMIN} / {PASSWORD}",
        }

    def add_integration(self, *resources: str, name: str = "Second") -> Grant:
        """Another integration. resources: ACL names or patterns such as `Magento_Sales::*`; none is everything."""
        store = self.store
        with store.lock:
            grant = Grant(store.next_id("grant"), "integration", name, frozenset(resources) or None)
            grant.key, grant.secret = store.token(), store.token()
            grant.token, grant.token_secret = store.token(), store.token()
            store.grants[grant.id] = grant
            return grant

    def activate(self, callback_url: str, *resources: str, name: str = "Callback") -> Grant:
        """Staff activate an integration with a callback address: its keys are posted there, tokens are asked for."""
        grant = self.add_integration(*resources, name=name)
        handshake.activate(self.app, grant, callback_url)
        return grant

    def add_hook(self, url: str, topic: str = "order", **fields: Any) -> Json:
        """Staff set up a hook of the third-party module (token=, template=, statuses=), or `kind="io"` for I/O events."""
        return self.app.events.register(url=url, topic=topic, **fields)

    def announce(self, event: str, row_id: int) -> None:
        """An event as hooks see it, also about a row that was rolled back and is not there."""
        with self.store.lock:
            self.app.happened(event, row_id)

    def add_admin(self, username: str, password: str, *resources: str) -> Grant:
        store = self.store
        with store.lock:
            grant = Grant(store.next_id("grant"), "admin", username, frozenset(resources) or None)
            grant.password, grant.otp_secret = password, store.token(20).encode()
            store.grants[grant.id] = grant
            return grant

    def revoke(self, token: str) -> bool:
        """Staff revoke an integration, or an admin token goes."""
        with self.store.lock:
            if self.store.admin_tokens.pop(token, None):
                return True
            for grant in self.store.grants.values():
                if grant.token and grant.token == token:
                    grant.revoked = True
                    return True
        return False

    def admin_token(self, username: str = ADMIN) -> str:
        """A fresh token without signing in over HTTP."""
        with self.store.lock:
            grant = next(g for g in self.store.grants.values() if g.kind == "admin" and g.name == username)
            return auth.issue(self.store, grant)

    def otp(self, username: str = ADMIN) -> str:
        """The six figures on the admin's phone now."""
        return auth.otp_of(next(g for g in self.store.grants.values() if g.name == username))

    # The shop's inside.

    @property
    def counters(self) -> Counters:
        return self.app.counters

    @property
    def faults(self) -> FaultEngine:
        return self.app.faults

    @property
    def deliveries(self) -> list[Json]:
        """Every hook and event sent so far, with the status that it got."""
        return list(self.app.events.sent)

    def flush_webhooks(self) -> list[Json]:
        return self.app.events.flush()

    def run_consumers(self) -> int:
        """Runs the consumer of the bulk operations; returns how many it did."""
        with self.store.lock:
            return bulk_api.work(self.app, now=True)

    def run_cron(self) -> list[int]:
        """Orders that were not paid in eight hours are cancelled; returns their numbers."""
        return storefront.cancel_unpaid(self.app)

    def advance(self, seconds: int) -> int:
        return self.app.clock.advance(seconds)
