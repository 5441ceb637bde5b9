"""The sandbox store as the shared cases see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.types import WebhookDelivery
from platforms.zid.adapter import ZidAdapter
from platforms.zid.webhooks import USER, basic_header, basic_password, url_token
from sandbox.zid import ZidShop
from sandbox.zid.state import READ_SCOPES, Account
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/hooks/zid/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/v1/"
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


class ZidBench(Bench):
    order_topic = "order.status.update"
    unknown_id = "99999999"
    cannot = {
        "signed_body": "Zid signs no body: the token of the address is the proof, and the body is read again by the API",
        "broken_json": "an answer to a write of stock has no body that could be broken",
    }

    def __init__(self, shop: ZidShop) -> None:
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
    ) -> ZidAdapter:
        good = {**self._keys(self.shop.account), "store_id": str(self.shop.options.store_id)}
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {**good, **(credentials or {})},
            "options": {
                "location_id": self.shop.location,
                "redirect_uri": self.shop.account.redirect_uri,
                "invoice_comment": True,
                **(options or {}),
            },
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "languages": ("ar", "en"),
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        adapter = ZidAdapter(Connection(**settings), observer=observer, budget=budget)
        adapter.pause = lambda seconds: None
        return adapter

    # -- keys ---------------------------------------------------------------
    @staticmethod
    def _keys(account: Account) -> dict[str, str]:
        return {
            "authorization_token": account.authorization,
            "access_token": account.manager_token,
            "refresh_token": account.refresh_token,
            "username": account.client_id,
            "password": account.client_secret,
        }

    def wrong_credentials(self) -> dict[str, str]:
        return {"access_token": "0badc0de" * 4}

    def read_only_credentials(self) -> dict[str, str]:
        return self._keys(self.shop.add_key(READ_SCOPES))

    def powerless_credentials(self) -> dict[str, str]:
        return self._keys(self.shop.add_key(("customers.read",)))

    # -- the store's inside -------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(row["id"], row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [BenchProduct(row["id"], row["sku"], row["parent_id"]) for row in rows]

    def order(self, **buyer: str) -> str:
        if "BENCH" not in self.shop.store.skus:
            self.shop.add_product(sku="BENCH", price="11.50", quantity=100_000)
        note = buyer.pop("note", "")
        # One field holds the whole name.
        who = {**buyer, **({"last_name": ""} if "first_name" in buyer else {})}
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], buyer=who, note=note)
        return str(made["id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.edit_order(int(remote_id), "changed")

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["order_status"]["code"])

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.credit_notes_of(int(remote_id)))

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
        self.shop.break_hooks()

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", path=API, skus=params["skus"])
        elif kind == "refuse_batches_with":
            self.shop.faults.add("batch_fail", path=API, ids=[params["remote_id"]])
        elif kind == "drop_field":
            self._drop({"total": "order_total"}.get(params["field"], params["field"]))
        else:
            name, extra = _KINDS[kind]
            method = "POST|PUT|PATCH|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _drop(self, field: str) -> None:
        """The field is missing from the order itself, which stands one level below the answer."""
        inner = self.shop.app.answer

        def answer(request: Any) -> Any:
            response = inner(request)
            body = json.loads(response.body)
            for order in [body.get("order"), *(body.get("orders") or ())]:
                if isinstance(order, dict):
                    order.pop(field, None)
            response.body = json.dumps(body).encode()
            return response

        self.shop.app.answer = answer  # type: ignore[method-assign]

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
        body = {"id": int(remote_id), "store_id": self.shop.options.store_id, **more}
        return json.dumps(body, ensure_ascii=False).encode()

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        signing = SECRET if secret is None else secret
        password = basic_password(signing)
        return WebhookDelivery(
            {"content-type": "application/json", "authorization": basic_header(USER, password)},
            body,
            {"event": topic, "token": url_token(signing, topic)},
        )

    def unsigned(self, delivery: WebhookDelivery) -> WebhookDelivery:
        bare = {name: value for name, value in delivery.headers.items() if name != "authorization"}
        return WebhookDelivery(bare, delivery.body, {"event": delivery.query["event"]})
