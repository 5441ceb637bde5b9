"""The sandbox shop as the shared cases see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.ids import gid, number_of
from platforms.shopify.webhooks import signature_of
from platforms.types import WebhookDelivery
from sandbox.shopify import ShopifyShop
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/shopify/7f3c/"
API = r"/admin/api/"
_NAMES = {"first_name": "firstName"}
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "rate_limit": ("rate_limit", {}),
    "server_error": ("http_500", {}),
    "maintenance_page": ("http_503", {}),
    "html": ("html_200", {}),
    "broken_json": ("broken_json", {}),
    "silence_before": ("timeout_before", {"ms": 2500}),
    "silence_after": ("timeout_after", {"ms": 2500}),
    "firewall": ("waf_403", {}),
}


class ShopifyBench(Bench):
    order_topic = "orders/updated"
    cannot = {
        "refuse_batches_with": "Shopify names the row that it refuses; what names none has a test of its own",
    }

    def __init__(self, shop: ShopifyShop) -> None:
        self.shop = shop
        self.currency = shop.options.currency
        self.location = number_of(shop.store.rows("Location")[0]["id"])
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
    ) -> ShopifyAdapter:
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {
                "username": self.shop.client_id,
                "password": self.shop.secret,
                "access_token": self.shop.token,
                "refresh_token": "",
                "old_client_secret": "",
                **(credentials or {}),
            },
            "options": {"location_id": self.location, **(options or {})},
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        adapter = ShopifyAdapter(Connection(**settings), observer=observer, budget=budget)
        adapter.pause = self.wait
        return adapter

    def wait(self, seconds: float) -> None:
        """The shop's clock goes on in place of ours."""
        self.shop.advance(max(1, round(seconds)))

    def wrong_credentials(self) -> dict[str, str]:
        return {"access_token": "shpat_" + "0" * 32}

    def read_only_credentials(self) -> dict[str, str]:
        scopes = tuple(scope for scope in self.shop.options.scopes if scope.startswith("read_"))
        return {"access_token": self.shop.add_token(scopes)}

    def powerless_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_token(("read_locations",))}

    # -- the shop's inside --------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [_product(row) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        return [_product(row) for row in self.shop.bulk_variable(parents, each)]

    def order(self, **buyer: str) -> str:
        if self.shop.by_sku("BENCH") is None:
            self.shop.add_product(sku="BENCH", price="10.00", stock=100_000)
        note = buyer.pop("note", "")
        extra: dict[str, Any] = {"note": note} if note else {}
        if buyer:
            extra["billing_address"] = extra["shipping_address"] = {
                _NAMES.get(name, name): value for name, value in buyer.items()
            }
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], **extra)
        return number_of(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.touch_order(gid("Order", remote_id))

    def status_of(self, remote_id: str) -> str:
        order = self.shop.order(gid("Order", remote_id))
        if order["cancelled_at"]:
            return "cancelled"
        return "closed" if order["closed_at"] else str(order["financial_status"]).lower()

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.order(gid("Order", remote_id))["refunds"])

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return Decimal(self.shop.stock_of(product.sku))

    def price_of(self, product: BenchProduct) -> Decimal:
        row = self.shop.by_sku(product.sku) or {}
        return Decimal(row["compareAtPrice"] or row["price"])

    def special_of(self, product: BenchProduct) -> Decimal | None:
        row = self.shop.by_sku(product.sku) or {}
        return Decimal(row["price"]) if row["compareAtPrice"] else None

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.set_price(product.sku, special, "10.00")

    def switch_webhooks_off(self) -> None:
        """Shopify removes them."""
        with self.shop.store.lock:
            self.shop.store.tables["WebhookSubscription"].clear()

    def count_by_sku(self, sku: str) -> int:
        with self.shop.store.lock:
            return sum(1 for row in self.shop.store.rows("ProductVariant") if row["sku"] == sku)

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path=API, skus=params["skus"])
        elif kind == "drop_field":
            self.shop.faults.add("drop_fields", path=API, fields=["totalPriceSet"])
        else:
            name, extra = _KINDS[kind]
            method = "POST" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

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
        return WebhookDelivery(
            {
                "content-type": "application/json",
                "x-shopify-topic": topic,
                "x-shopify-shop-domain": self.shop.domain,
                "x-shopify-api-version": "2026-10",
                "x-shopify-webhook-id": "6f1d0a52-0c7a-4a1e-9a5e-3f7f0f9a1c77",
                "x-shopify-event-id": "2c9b7e10-55aa-4f0e-8a43-0b8d2f1c9e42",
                "x-shopify-triggered-at": "2026-11-02T09:15:31.118000000Z",
                "x-shopify-hmac-sha256": signature_of(body, self.shop.secret if secret is None else secret),
            },
            body,
        )

    def order_body(self, remote_id: str, **more: Any) -> bytes:
        whole = {"id": int(remote_id), "admin_graphql_api_id": gid("Order", remote_id), **more}
        return json.dumps(whole, ensure_ascii=False).encode()


def _product(row: Mapping[str, Any]) -> BenchProduct:
    return BenchProduct(
        number_of(row["variant_id"]),
        row["sku"],
        number_of(row["id"]),
        number_of(row["inventory_item_id"]),
    )
