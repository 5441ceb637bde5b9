"""The sandbox shop as the shared cases see it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.magento1.adapter import Magento1Adapter
from platforms.magento1.webhooks import signature_of
from platforms.types import WebhookDelivery
from sandbox.magento1 import Magento1Shop
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/magento1/7f3c/"
SECRET = "wh_s3cret-1234567890"
_KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "rate_limit": ("rate_limit", {}),
    "server_error": ("http_500", {}),
    "maintenance_page": ("http_503", {}),
    "html": ("html_200", {}),
    "broken_json": ("broken_json", {}),
    "silence_before": ("timeout_before", {"ms": 1300}),
    "silence_after": ("timeout_after", {"ms": 1300}),
    "firewall": ("waf_403", {}),
}


class MagentoBench(Bench):
    order_topic = "order.updated"
    cannot: ClassVar[Mapping[str, str]] = {
        "variants": "the core API cannot tell which configurable a product belongs to; children are simple products",
        "second_topic": "the contract of the shop's module has one topic",
        "switch_webhooks_off": "the shop registers no hooks: a module sends hints where staff installed it",
        "refuse_batches_with": "multiCall answers each call for itself and is never refused over one of them",
    }

    def __init__(self, shop: Magento1Shop) -> None:
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
    ) -> Magento1Adapter:
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
        return Magento1Adapter(Connection(**settings), observer=observer, budget=budget)

    def wrong_credentials(self) -> dict[str, str]:
        return {"username": "erp", "password": "not-the-key"}

    def read_only_credentials(self) -> dict[str, str]:
        self.shop.add_user("reader", "reader-key-123456", self.shop.read_only_rights())
        return {"username": "reader", "password": "reader-key-123456"}

    def powerless_credentials(self) -> dict[str, str]:
        self.shop.add_user("nobody", "nobody-key-123456", frozenset())
        return {"username": "nobody", "password": "nobody-key-123456"}

    # -- the shop's inside --------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(str(row.id), row.sku) for row in rows]

    def order(self, **buyer: str) -> str:
        if self.shop.by_sku("BENCH") is None:
            self.shop.add_product("BENCH", price="10.00", stock=100_000)
        billing = {
            {"first_name": "firstname"}.get(name, name): value
            for name, value in buyer.items()
            if name != "note"
        }
        made = self.shop.place_order(
            [{"sku": "BENCH", "quantity": 1}], billing=billing, note=buyer.get("note", ""), invoiced=True
        )
        return made.increment_id

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.touch_order(remote_id)

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return self.shop.stock_of(product.sku)

    def _value(self, product: BenchProduct, code: str) -> Any:
        return self.shop.store.products[int(product.remote_id)].value(code)

    def price_of(self, product: BenchProduct) -> Decimal:
        return Decimal(self._value(product, "price"))

    def special_of(self, product: BenchProduct) -> Decimal | None:
        special = self._value(product, "special_price")
        return None if special in (None, "") else Decimal(special)

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.rpc("product.update", product.remote_id, {"special_price": special}, None, "id")

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(remote_id).columns["status"])

    def refunds_of(self, remote_id: str) -> int:
        order = self.shop.order(remote_id)
        return len(self.shop.store.documents_of("creditmemo", order.id))

    def switch_webhooks_off(self) -> None:
        raise NotImplementedError

    def count_by_sku(self, sku: str) -> int:
        return sum(1 for product in self.shop.store.products.values() if product.sku == sku)

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path="/api/", skus=params["skus"])
        elif kind == "drop_field":
            names = {"total": "grand_total"}
            self.shop.faults.add(
                "drop_fields", path="/api/", fields=[names.get(params["field"], params["field"])]
            )
        else:
            name, extra = _KINDS[kind]
            if params.get("skip"):
                params["skip"] += 1  # signing in is a call of its own
            method = "POST" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path="/api/", method=method, **extra, **params)

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        return self.shop.counters.writes

    # -- hints --------------------------------------------------------------
    def order_body(self, remote_id: str, **more: Any) -> bytes:
        body = {"increment_id": remote_id, "updated_at": "2024-05-01 09:13:02", **more}
        return json.dumps(body, ensure_ascii=False).encode()

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        stamp = str(int(time.time()))
        return WebhookDelivery(
            {
                "content-type": "application/json",
                "x-ecomsync-topic": topic,
                "x-ecomsync-delivery": "5b0a1c9e-6a55-4a60-9c5e-0d0b7c1f2a33",
                "x-ecomsync-timestamp": stamp,
                "x-ecomsync-signature": signature_of(SECRET if secret is None else secret, stamp, body),
            },
            body,
        )
