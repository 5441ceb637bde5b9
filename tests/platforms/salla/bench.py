"""The sandbox store as the shared cases see it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.salla.adapter import SallaAdapter
from platforms.salla.webhooks import signature_of
from platforms.types import WebhookDelivery
from sandbox.salla import SallaShop, stock
from sandbox.salla.answers import ApiError
from sandbox.salla.state import READ_SCOPES
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/salla/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/admin/v2/"
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


class SallaBench(Bench):
    order_topic = "order.updated"
    cannot = {
        "refuse_rows": "the bulk call has no result per row: it is taken or refused as a whole",
    }

    def __init__(self, shop: SallaShop) -> None:
        self.shop = shop
        self._patched: Any = None
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
    ) -> SallaAdapter:
        good = {
            "access_token": self.shop.key,
            "refresh_token": self.shop.refresh_token,
            "username": self.shop.client_id,
            "password": self.shop.secret,
            "merchant": str(self.shop.merchant),
            "app_webhook_secret": "",
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
        return SallaAdapter(Connection(**settings), observer=observer, budget=budget)

    def wrong_credentials(self) -> dict[str, str]:
        return {"access_token": "ory_at_" + "0" * 40}

    def read_only_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_key(READ_SCOPES).access_token}

    def powerless_credentials(self) -> dict[str, str]:
        return {"access_token": self.shop.add_key(("settings.read",)).access_token}

    # -- the shop's inside --------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(str(row["id"]), row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [BenchProduct(str(row["id"]), row["sku"], str(row["product_id"])) for row in rows]

    def order(self, **buyer: str) -> str:
        if not self.shop.count_by_sku("BENCH"):
            self.shop.add_product(sku="BENCH", price="10.00", quantity=100_000)
        note = buyer.pop("note", "")
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], buyer=buyer, note=note)
        return str(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.touch_order(int(remote_id))

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["status"]["slug"])

    def refunds_of(self, remote_id: str) -> int:
        """The notes of the order are all that is kept of them."""
        notes = self.shop.notes_of(int(remote_id))
        return sum(1 for note in notes if note.startswith("ecomsync refund [") and "] done" in note)

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
        """Salla switches none off; the merchant deletes them."""
        self.shop.store.hooks.clear()

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_batches_with":
            self._refuse_batches(str(params["remote_id"]))
        elif kind == "drop_field":
            self.shop.faults.add("drop_fields", path=API, fields=[params["field"]])
        else:
            name, extra = _KINDS[kind]
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _refuse_batches(self, remote_id: str) -> None:
        """A refusal of the whole call that names no row."""
        inner = stock._faults

        def refuse(store: Any, n: int, row: Any) -> dict[str, str]:
            if str(row.get("identifer")) == remote_id:
                raise ApiError(422, fields={"products": "one of the rows cannot be taken"})
            return inner(store, n, row)

        self._patched = inner
        stock._faults = refuse

    def heal(self) -> None:
        self.shop.faults.clear()
        self.undo()

    def undo(self) -> None:
        if self._patched is not None:
            stock._faults = self._patched
            self._patched = None

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        return self.shop.counters.writes

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        head = (
            f'{{"event":"{topic}","merchant":{self.shop.merchant},"created_at":"2026-11-08 10:15:30","data":'
        )
        raw = head.encode() + body + b"}"
        headers = {
            "content-type": "application/json",
            "x-salla-security-strategy": "Signature",
            "x-salla-signature": signature_of(SECRET if secret is None else secret, raw),
        }
        return WebhookDelivery(headers, raw)
