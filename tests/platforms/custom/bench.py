"""The sandbox shop as the shared cases see it, driven by the settings file that is shipped as an example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_options
from platforms.types import WebhookDelivery
from sandbox.custom import CustomShop
from sandbox.custom.delivery import proof
from sandbox.custom.state import ApiError
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/custom/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/(api/v1/|graphql)"
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "rate_limit": ("rate_limit", {}),
    "server_error": ("http_500", {}),
    "maintenance_page": ("http_503", {}),
    "html": ("html_200", {}),
    "broken_json": ("broken_json", {}),
    "silence_before": ("timeout_before", {"ms": 1300}),
    "silence_after": ("timeout_after", {"ms": 1300}),
    "firewall": ("waf_403", {}),
}


class CustomBench(Bench):
    order_topic = "order.updated"
    example = "generic_rest"

    def __init__(self, shop: CustomShop) -> None:
        self.shop = shop
        self.currency = shop.options.currency
        self._made = 0

    def adapter(
        self,
        *,
        timeout: float = 10.0,
        options: dict[str, Any] | None = None,
        connection: dict[str, Any] | None = None,
        credentials: Mapping[str, str] | None = None,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> CustomAdapter:
        key = self.shop.store.keys[0]
        good = {
            "access_token": key.token,
            "username": key.user,
            "password": key.secret,
            "gateway_client_id": key.user,
            "gateway_client_secret": key.secret,
            "refresh_token": "",
        }
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {**good, **(credentials or {})},
            "options": {**example_options(self.example), **(options or {})},
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        return CustomAdapter(Connection(**settings), observer=observer, budget=budget)

    # -- keys ---------------------------------------------------------------
    def wrong_credentials(self) -> dict[str, str]:
        wrong = ("access_token", "password", "gateway_client_secret")
        return dict.fromkeys(wrong, "0badc0de-0badc0de")

    def read_only_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_key("read").token}

    def powerless_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_key("none").token}

    # -- the shop's inside --------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(str(row["id"]), row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [BenchProduct(str(row["id"]), row["sku"], str(row["parent_id"])) for row in rows]

    def order(self, **buyer: str) -> str:
        if self.shop.store.by_sku("BENCH") is None:
            self.shop.add_product(sku="BENCH", price="10.00", quantity=100_000)
        note = buyer.pop("note", "")
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], billing=dict(buyer), note=note)
        return str(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.edit_order(int(remote_id), note="changed")

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["status"])

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.order(int(remote_id))["refunds"])

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return self.shop.stock_of(product.sku)

    def price_of(self, product: BenchProduct) -> Decimal:
        return Decimal(self.shop.product(product.sku)["price"])

    def special_of(self, product: BenchProduct) -> Decimal | None:
        found: Decimal | None = self.shop.product(product.sku)["special_price"]
        return found

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.product(product.sku)["special_price"] = Decimal(special)

    def count_by_sku(self, sku: str) -> int:
        return sum(1 for row in self.shop.store.products.values() if row["sku"] == sku)

    def switch_webhooks_off(self) -> None:
        for hook in self.shop.store.hooks.values():
            hook["active"] = False

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path=API, skus=params["skus"])
        elif kind == "refuse_batches_with":
            self._refuse_batches(str(params["remote_id"]))
        elif kind == "drop_field":
            self.shop.faults.add("drop_fields", path=API, fields=[params["field"]])
        else:
            name, extra = _KINDS[kind]
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _refuse_batches(self, remote_id: str) -> None:
        """The shop refuses the call with such a row in it, and does not say which row it was."""
        inner = self.shop.app._answered

        def refuse(request: Any) -> Any:
            body = json.loads(request.body) if request.method in ("PUT", "POST") else {}
            by_rest = request.path.endswith("/stock") and body["rows"]
            by_graphql = "mutation stock" in body.get("query", "") and body["variables"]["rows"]
            if any(str(row["id"]) == remote_id for row in by_rest or by_graphql or ()):
                raise ApiError(422, "BAD_BATCH", "The call is refused.")
            return inner(request)

        self.shop.app._answered = refuse  # type: ignore[method-assign]

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        return self.shop.counters.writes

    # -- webhooks -----------------------------------------------------------
    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        signing = SECRET if secret is None else secret
        proved = proof(self.shop.options.signature, signing, body, self.shop.app.clock.now())
        headers = {"content-type": "application/json", "x-shop-topic": topic}
        return WebhookDelivery({**headers, **{name.lower(): value for name, value in proved.items()}}, body)
