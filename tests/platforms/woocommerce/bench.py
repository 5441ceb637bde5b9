"""The sandbox shop as the shared cases see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.types import WebhookDelivery
from platforms.woocommerce.adapter import WooCommerceAdapter
from platforms.woocommerce.webhooks import signature_of
from sandbox.woocommerce import WooShop
from sandbox.woocommerce.errors import RestError
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/woocommerce/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/wc/v3/"
_KINDS = {
    "rate_limit": ("rate_limit", {}),
    "server_error": ("http_500", {}),
    "maintenance_page": ("http_503", {}),
    "html": ("html_200", {}),
    "broken_json": ("broken_json", {}),
    "silence_before": ("timeout_before", {"ms": 2500}),
    "silence_after": ("timeout_after", {"ms": 2500}),
    "firewall": ("waf_403", {}),
}


class WooBench(Bench):
    order_topic = "order.updated"

    def __init__(self, shop: WooShop) -> None:
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
    ) -> WooCommerceAdapter:
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {"username": self.shop.key, "password": self.shop.secret, **(credentials or {})},
            "options": options or {},
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        return WooCommerceAdapter(Connection(**settings), observer=observer, budget=budget)

    def wrong_credentials(self) -> dict[str, str]:
        return {"username": "ck_wrong", "password": "cs_wrong"}

    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(str(row["id"]), row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [
            BenchProduct(str(row["id"]), row["sku"], str(row["parent_id"]))
            for row in rows
            if row["parent_id"]
        ]

    def order(self, **buyer: str) -> str:
        if self.shop.by_sku("BENCH") is None:
            self.shop.add_product(sku="BENCH", regular_price="10.00", stock_quantity=100_000)
        note = buyer.pop("note", "")
        extra: dict[str, Any] = {"billing": buyer} if buyer else {}
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], **extra)
        if note:
            self.shop.rest("PUT", f"/orders/{made['id']}", {"customer_note": note})
        return str(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.rest("PUT", f"/orders/{remote_id}", {"customer_note": "changed"})

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return Decimal(self.shop.stock_of(product.sku) or 0)

    def price_of(self, product: BenchProduct) -> Decimal:
        return Decimal((self.shop.by_sku(product.sku) or {})["regular_price"])

    def special_of(self, product: BenchProduct) -> Decimal | None:
        special = (self.shop.by_sku(product.sku) or {})["sale_price"]
        return Decimal(special) if special else None

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.rest("PUT", f"/products/{product.remote_id}", {"sale_price": special})

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["status"])

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.order(int(remote_id))["refunds"])

    def switch_webhooks_off(self) -> None:
        with self.shop.store.lock:
            for hook in self.shop.store.webhooks.values():
                hook.status = "disabled"

    def count_by_sku(self, sku: str) -> int:
        with self.shop.store.lock:
            return sum(1 for product in self.shop.store.products.values() if product.sku == sku)

    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path=API, skus=params["skus"])
        elif kind == "refuse_batches_with":
            self._refuse_batches(int(params["remote_id"]))
        elif kind == "drop_field":
            self.shop.faults.add("drop_fields", path=API, fields=[params["field"]])
        else:
            name, extra = _KINDS[kind]
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _refuse_batches(self, remote_id: int) -> None:
        """A plugin that refuses the whole call when a certain product is in it."""
        self._answer_batches_with(
            remote_id, RestError("rest_invalid_param", "Invalid parameter(s): update", 400)
        )

    def crash_on(self, remote_id: str) -> None:
        """A plugin that brings PHP down when a certain product is in the call."""
        self._answer_batches_with(
            int(remote_id), RestError("internal_server_error", "There has been a critical error.", 500)
        )

    def _answer_batches_with(self, remote_id: int, error: RestError) -> None:
        app, inner = self.shop.app, self.shop.app._batch

        def refuse(call: Any, batch: Any, body: Any, *rest: Any) -> Any:
            if any(row.get("id") == remote_id for row in body.get("update", [])):
                raise error
            return inner(call, batch, body, *rest)

        app._batch = refuse  # type: ignore[method-assign, assignment]

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        return self.shop.counters.writes

    def read_only_credentials(self) -> dict[str, str]:
        key = self.shop.add_key("read")
        return {"username": key.key, "password": key.secret}

    def powerless_credentials(self) -> dict[str, str]:
        key = self.shop.add_key("read_write", role="customer")
        return {"username": key.key, "password": key.secret}

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        resource, _, event = topic.partition(".")
        return WebhookDelivery(
            {
                "content-type": "application/json",
                "x-wc-webhook-topic": topic,
                "x-wc-webhook-resource": resource,
                "x-wc-webhook-event": event,
                "x-wc-webhook-signature": signature_of(body, SECRET if secret is None else secret),
                "x-wc-webhook-id": "12",
                "x-wc-webhook-delivery-id": "5d41402abc4b2a76b9719d911017c592",
            },
            body,
        )
