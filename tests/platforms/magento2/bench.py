"""The sandbox shop as the shared cases see it: Adobe Commerce with sources, signed in to by OAuth."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ecomsync.common.http import Observer
from platforms.base import Connection, RateBudget
from platforms.magento2.adapter import Magento2Adapter
from platforms.magento2.signing_in import OAUTH_FIELDS
from platforms.types import WebhookDelivery
from sandbox.magento2 import Magento2Shop
from sandbox.magento2.errors import MageError
from tests.contracts.bench import Bench, BenchProduct

HOOK_URL = "https://erp.example.test/webhooks/magento2/7f3c/"
SECRET = "wh_s3cret-1234567890"
API = r"/rest/"
PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = (
    PRIVATE_KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
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
#: A batch of quantities or prices is looked up before it is written.
CALLS_PER_BATCH = 2


def signature_of(body: bytes) -> str:
    """As the documents of Adobe have it: over the base64 text of the body."""
    signed = PRIVATE_KEY.sign(base64.b64encode(body), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signed).decode()


class MageBench(Bench):
    order_topic = "order"
    cannot: ClassVar[Mapping[str, str]] = {
        "refuse_rows": "a list of source items is kept whole or not at all",
        "switch_webhooks_off": "Adobe Commerce switches no hook off; it is there or it is not",
    }

    def __init__(self, shop: Magento2Shop) -> None:
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
    ) -> Magento2Adapter:
        keys = dict(zip(OAUTH_FIELDS, self.shop.auth, strict=True))
        settings: dict[str, Any] = {
            "site_code": "S1",
            "url": self.shop.url,
            "credentials": {
                **dict.fromkeys(("username", "password", "otp_secret"), ""),
                **keys,
                **(credentials or {}),
            },
            "options": {
                "webhook_variant": "commerce",
                "webhook_public_key": PUBLIC_KEY,
                **(options or {}),
            },
            "currency": self.currency,
            "time_zone": "Asia/Riyadh",
            "webhook_url": HOOK_URL,
            "webhook_secret": SECRET,
            "timeout": timeout,
            "allow_private": True,
            **(connection or {}),
        }
        return Magento2Adapter(Connection(**settings), observer=observer, budget=budget)

    def wrong_credentials(self) -> dict[str, str]:
        return dict.fromkeys(OAUTH_FIELDS, "0" * 32)

    def read_only_credentials(self) -> dict[str, str]:
        grant = self.shop.add_integration(
            "Magento_Sales::actions_view", "Magento_Catalog::products", "Magento_Backend::store"
        )
        return _keys(grant)

    def powerless_credentials(self) -> dict[str, str]:
        return _keys(self.shop.add_integration("Magento_Cms::page"))

    def products(self, count: int) -> list[BenchProduct]:
        rows = self.shop.bulk_simple(count, start=self._made + 1)
        self._made += count
        return [BenchProduct(str(row["id"]), row["sku"]) for row in rows]

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        rows = self.shop.bulk_variable(parents, each)
        return [
            BenchProduct(str(row["id"]), row["sku"], str(row["parent_id"]))
            for row in rows
            if row.get("parent_id")
        ]

    def order(self, **buyer: str) -> str:
        if self.shop.by_sku("BENCH") is None:
            self.shop.add_product(sku="BENCH", price="10.00", stock_quantity=100_000)
        note = buyer.pop("note", "")
        names = {"first_name": "firstname"}
        billing = {names.get(name, name): value for name, value in buyer.items()}
        extra: dict[str, Any] = {"billing": billing} if billing else {}
        if note:
            extra["customer_note"] = note
        made = self.shop.place_order([{"sku": "BENCH", "quantity": 1}], **extra)
        if not made.get("total_paid"):
            self.shop.invoice(made["entity_id"])
        return str(made["entity_id"])

    def touch_order(self, remote_id: str) -> None:
        self.shop.advance(1)
        self.shop.comment(int(remote_id), "changed")

    def quantity_of(self, product: BenchProduct) -> Decimal:
        """What lies in all sources, or in the one stock of a shop without them."""
        if not self.shop.options.msi:
            return self.shop.stock_of(product.sku)
        rows = list(self.shop.store.source_items.values())
        return sum((row.quantity for row in rows if row.sku == product.sku), Decimal(0))

    def price_of(self, product: BenchProduct) -> Decimal:
        return self.shop.price_of(product.sku)

    def special_of(self, product: BenchProduct) -> Decimal | None:
        rows = (self.shop.by_sku(product.sku) or {})["custom_attributes"]
        told = [row["value"] for row in rows if row["attribute_code"] == "special_price"]
        return Decimal(str(told[0])) if told and told[0] not in (None, "") else None

    def start_promotion(self, product: BenchProduct, special: str) -> None:
        self.shop.set_special(product.sku, special)

    def status_of(self, remote_id: str) -> str:
        return str(self.shop.order(int(remote_id))["status"])

    def refunds_of(self, remote_id: str) -> int:
        return len(self.shop.creditmemos(int(remote_id)))

    def switch_webhooks_off(self) -> None:
        raise NotImplementedError

    def count_by_sku(self, sku: str) -> int:
        with self.shop.store.lock:
            return sum(1 for product in self.shop.store.products.values() if product.sku == sku)

    def fail(self, kind: str, **params: Any) -> None:
        if kind == "refuse_batches_with":
            self._refuse_batches(params["sku"])
        elif kind == "drop_field":
            self.shop.faults.add("drop_fields", path=API, fields=[f"grand_{params['field']}"])
        else:
            name, extra = _KINDS[kind]
            if "skip" in params:
                params["skip"] *= CALLS_PER_BATCH
            method = "POST|PUT|DELETE" if params.pop("writes_only", False) else None
            self.shop.faults.add(name, path=API, method=method, **extra, **params)

    def _refuse_batches(self, sku: str) -> None:
        """A trigger of the database that refuses one row, and the whole list with it."""
        app, inner = self.shop.app, self.shop.app._run

        def refuse(call: Any, route: Any) -> Any:
            rows = call.body.get("sourceItems", []) if isinstance(call.body, dict) else []
            if any(row.get("sku") == sku for row in rows):
                raise MageError("Could not save Source Item")
            return inner(call, route)

        app._run = refuse  # type: ignore[method-assign]

    def heal(self) -> None:
        self.shop.faults.clear()

    @property
    def calls(self) -> int:
        return self.shop.counters.requests

    @property
    def writes(self) -> int:
        """Without the reads of prices, which are POSTs."""
        return self.shop.counters.writes - self.shop.counters.calls("POST *-information")

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        return WebhookDelivery(
            {
                "content-type": "application/json",
                "x-ecomsync-token": SECRET if secret is None else secret,
                "x-ecomsync-topic": topic,
                "x-adobe-commerce-webhook-signature": signature_of(body),
            },
            body,
        )


def _keys(grant: Any) -> dict[str, str]:
    return dict(zip(OAUTH_FIELDS, (grant.key, grant.secret, grant.token, grant.token_secret), strict=True))
