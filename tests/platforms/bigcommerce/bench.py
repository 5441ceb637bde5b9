"""The sandbox store as the shared cases see it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.bigcommerce.adapter import BigCommerceAdapter
from platforms.bigcommerce.webhooks import SECRET_HEADER, signature_of
from platforms.types import WebhookDelivery
from sandbox.bigcommerce import BigCommerceShop
from sandbox.bigcommerce.answers import ApiError
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/bigcommerce/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/v[23]/"
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


class BigCommerceBench(Bench):
    order_topic = "store/order/updated"

    def __init__(self, shop: BigCommerceShop) -> None:
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
    ) -> BigCommerceAdapter:
        good = {
            "access_token": self.shop.key,
            "store_hash": self.shop.options.store_hash,
            "username": self.shop.client_id,
            "password": self.shop.secret,
        }
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {**good, **(credentials or {})},
            "options": options or {},
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        return BigCommerceAdapter(Connection(**settings), observer=observer, budget=budget)

    # -- keys ---------------------------------------------------------------
    def wrong_credentials(self) -> dict[str, str]:
        return {"access_token": "0badc0de" * 4}

    def read_only_credentials(self) -> dict[str, str]:
        scopes = ("store_v2_orders_read_only", "store_v2_products_read_only", "store_inventory_read_only")
        return {"access_token": self.shop.add_key(scopes).token}

    def powerless_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_key(("store_v2_customers_read_only",)).token}

    # -- the store's inside -------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [
            BenchProduct(str(row["id"]), row["sku"], inventory_id=str(row["base_variant_id"])) for row in rows
        ]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [
            BenchProduct(str(row["id"]), row["sku"], str(row["product_id"]), str(row["id"])) for row in rows
        ]

    def order(self, **buyer: str) -> str:
        if self.shop.store.skus.get("bench") is None:
            # Without tax, so that reading many orders needs no call for the rates of each.
            self.shop.add_product(sku="BENCH", price="10.00", inventory_level=100_000, tax_class_id=2)
        note = buyer.pop("note", "")
        made = self.shop.place_order(
            [{"sku": "BENCH", "quantity": 1}], billing=dict(buyer), customer_message=note
        )
        return str(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.edit_order(int(remote_id), customer_message="changed")

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["status_id"])

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.refunds_of(int(remote_id)))

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return Decimal(self.shop.stock_of(product.sku))

    def price_of(self, product: BenchProduct) -> Decimal:
        return self.shop.price_of(product.sku)

    def special_of(self, product: BenchProduct) -> Decimal | None:
        return self.shop.sale_price_of(product.sku)

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.put_on_sale(product.sku, special)

    def count_by_sku(self, sku: str) -> int:
        return self.shop.count_by_sku(sku)

    def switch_webhooks_off(self) -> None:
        for hook in self.shop.store.hooks.values():
            hook["is_active"] = False

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path=API, skus=params["skus"])
        elif kind == "refuse_batches_with":
            self._refuse_batches(int(params["remote_id"]))
        elif kind == "drop_field":
            field = {"total": "total_inc_tax"}.get(params["field"], params["field"])
            self.shop.faults.add("drop_fields", path=API, fields=[field])
        else:
            name, extra = _KINDS[kind]
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            # A quote of a refund is asked for by POST and writes nothing.
            path = r"/v[23]/(?!.*refund_quotes)" if method else API
            self.shop.faults.add(name, path=path, method=method, **extra, **params)

    def _refuse_batches(self, product_id: int) -> None:
        """The store refuses the call with such a row in it, and does not say which row it was."""
        inner = self.shop.app.serve

        def serve(request: Any) -> Any:
            if request.path.endswith("/adjustments/absolute"):
                items = json.loads(request.body)["items"]
                if any(item.get("product_id") == product_id for item in items):
                    self.shop.counters.arrived(request.method, "/v3/inventory/adjustments/absolute")
                    return ApiError(422, "[The request is invalid]").answer("v3")
            return inner(request)

        self.shop.app.serve = serve  # type: ignore[method-assign]

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        return self.shop.counters.writes

    # -- webhooks -----------------------------------------------------------
    def order_body(self, remote_id: str, **more: Any) -> bytes:
        """The scope is part of the body, so it is put in by `delivery`."""
        body = {
            "scope": "@",
            "store_id": "1001548912",
            "data": {"type": "order", "id": int(remote_id)},
            "hash": "0f9f2f3f7f0c5a3d4e1b2c6d8a7e9b0c1d2e3f40",
            "created_at": 1_793_613_400,
            "producer": f"stores/{self.shop.options.store_hash}",
            **more,
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        body = body.replace(b'"scope": "@"', f'"scope": "{topic}"'.encode())
        stamp = str(int(time.time()))
        message_id = f"msg_{hashlib.sha256(body).hexdigest()[:16]}"
        signing = self.shop.secret if secret is None else secret
        return WebhookDelivery(
            {
                "content-type": "application/json",
                SECRET_HEADER.lower(): SECRET,
                "webhook-id": message_id,
                "webhook-timestamp": stamp,
                "webhook-signature": signature_of(signing, message_id, stamp, body),
            },
            body,
        )
