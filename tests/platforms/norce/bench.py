"""The sandbox client as the shared cases see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.norce.adapter import NorceAdapter
from platforms.types import WebhookDelivery
from sandbox.norce import NorceShop
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/webhooks/norce/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/commerce/"
ONHANDS, PRICES, PRODUCTS = "Product/ImportOnhands", "Product/ImportSkuPriceLists", "Product/ImportProducts"
CALLS_PER_FILE = 3  # the file, its job, the job's log
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


class NorceBench(Bench):
    order_topic = "OrderReceivedEvent"
    cannot: ClassVar[Mapping[str, str]] = {
        "drop_field": "an order of Norce has no total of its own; its lines and payments tell it",
        "promotions": "promotions live in campaign price lists, which no price of the ERP touches",
        "refunds": "money is given back against an invoice, which the order of these cases has not",
        "switch_webhooks_off": "events are set up in Norce Admin; there is no API that tells of them",
    }

    def __init__(self, shop: NorceShop) -> None:
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
    ) -> NorceAdapter:
        good = {
            "username": self.shop.key,
            "password": self.shop.secret,
            "application_id": str(self.shop.options.application),
            "access_token": "",
        }
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {**good, **(credentials or {})},
            "options": {"warehouse_code": self.shop.options.warehouse, **(options or {})},
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        return NorceAdapter(Connection(**settings), observer=observer, budget=budget)

    # -- keys ---------------------------------------------------------------
    def wrong_credentials(self) -> dict[str, str]:
        return {"access_token": "eyJ0bad0c0de0bad0c0de"}

    def read_only_credentials(self) -> dict[str, str]:
        account = self.shop.add_key(("query",))
        return {"username": account.client_id, "password": account.client_secret}

    def powerless_credentials(self) -> dict[str, str]:
        account = self.shop.add_key(())
        return {"username": account.client_id, "password": account.client_secret}

    # -- the shop's inside --------------------------------------------------
    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(row["sku"], row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [BenchProduct(row["sku"], row["sku"], row["code"]) for row in rows]

    def order(self, **buyer: str) -> str:
        if "BENCH" not in self.shop.store.skus:
            self.shop.add_product("BENCH", stock_quantity=100_000)
        note = buyer.pop("note", "")
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], buyer=dict(buyer), note=note)
        return str(made["ClientOrderRef"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.edit_order(remote_id, CustomerOrderComment="changed")

    def status_of(self, remote_id: str) -> str:
        return self.shop.status_of(remote_id)

    def refunds_of(self, remote_id: str) -> int:
        return sum(1 for row in self.shop.invoices_of(remote_id) if row["CreditedInvoiceNo"])

    def quantity_of(self, product: BenchProduct) -> Decimal:
        return self.shop.stock_of(product.sku)

    def price_of(self, product: BenchProduct) -> Decimal:
        price = self.shop.price_of(product.sku)
        assert price is not None
        return price

    def special_of(self, product: BenchProduct) -> Decimal | None:
        return None

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        raise NotImplementedError

    def count_by_sku(self, sku: str) -> int:
        return self.shop.count_by_sku(sku)

    def switch_webhooks_off(self) -> None:
        raise NotImplementedError

    # -- faults and counters ------------------------------------------------
    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_rows":
            self.shop.faults.add("batch_fail", skus=params["skus"], path=ONHANDS)
        elif kind == "refuse_batches_with":
            self._refuse_files(params["sku"])
        else:
            name, extra = _KINDS[kind]
            if "skip" in params:
                params["skip"] *= CALLS_PER_FILE
                # The warehouses are looked up once before the first file.
                params["skip"] += 1
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _refuse_files(self, sku: str) -> None:
        """A file with such a row in it does not pass the validation, and nothing says which row it was."""
        app, inner = self.shop.app, self.shop.app.settle

        def settle() -> None:
            for job in app.store.jobs.values():
                if not job.is_finished and any(row.get("PartNo") == sku for row in job.rows):
                    job.status = 4
            inner()

        app.settle = settle  # type: ignore[method-assign]

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        """Without those of Identity, which has a limit of its own."""
        return self.shop.counters.calls("* /commerce/*")

    @property
    def writes(self) -> int:
        return self.shop.counters.calls("POST /commerce/*")

    # -- webhooks -----------------------------------------------------------
    def order_body(self, remote_id: str, **more: Any) -> bytes:
        options = self.shop.options
        body = {
            "ClientId": options.client,
            "ApplicationId": options.application,
            "ClientOrderRef": remote_id,
            "Email": "anna@example.com",
            "CellPhone": "+46700000111",
            "FirstName": "Anna",
            "LastName": "Berg",
            "Source": "web",
            **more,
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        return WebhookDelivery(
            {
                "content-type": "application/json",
                "x-norce-event-type": topic,
                "x-hub-token": SECRET if secret is None else secret,
            },
            body,
        )

    def unsigned(self, delivery: WebhookDelivery) -> WebhookDelivery:
        bare = {name: value for name, value in delivery.headers.items() if name != "x-hub-token"}
        return WebhookDelivery(bare, delivery.body, delivery.query)
