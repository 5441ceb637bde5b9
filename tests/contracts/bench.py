"""A platform's sandbox as the shared cases see it. A platform subclasses `Bench`; what it cannot show it says in `cannot`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from ecomsync.common.http import Observer
from platforms.base import PlatformAdapter, RateBudget
from platforms.types import PriceUpdate, QuantityUpdate, WebhookDelivery

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BenchProduct:
    remote_id: str
    sku: str
    parent_remote_id: str = ""
    inventory_id: str = ""


class Bench(ABC):
    """Products cost 10.00 and have 5 pieces; orders have one line of one piece.

    cannot: fault or question -> why this platform has no such thing; cases that need it are skipped with the reason.
    """

    currency: str
    cannot: ClassVar[Mapping[str, str]] = {}
    unknown_id: ClassVar[str] = "99999999"  # well formed, and of no record

    # -- adapters and keys --------------------------------------------------
    @abstractmethod
    def adapter(
        self,
        *,
        timeout: float = 10.0,
        credentials: Mapping[str, str] | None = None,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> PlatformAdapter:
        """credentials: laid over the good ones."""

    @abstractmethod
    def wrong_credentials(self) -> dict[str, str]:
        """Well formed, and not of this shop."""

    def no_credentials(self) -> dict[str, str]:
        return {field.name: "" for field in type(self.adapter()).credential_fields}

    @abstractmethod
    def read_only_credentials(self) -> dict[str, str]:
        """Valid, without the right to write. `cannot["read_only"]` where rights are not told apart."""

    @abstractmethod
    def powerless_credentials(self) -> dict[str, str]:
        """Valid keys of a user without rights. `cannot["powerless"]`."""

    # -- the shop's inside --------------------------------------------------
    @abstractmethod
    def products(self, count: int) -> list[BenchProduct]:
        """New simple products."""

    def variants(self, parents: int, each: int) -> list[BenchProduct]:
        """New variants with their parents' ids. `cannot["variants"]`."""
        raise NotImplementedError

    @abstractmethod
    def order(self, **buyer: str) -> str:
        """A new paid order; returns its id. buyer: first_name, city, note."""

    @abstractmethod
    def touch_order(self, remote_id: str) -> None:
        """Change an order as the shop's staff would, so that its date moves."""

    @abstractmethod
    def status_of(self, remote_id: str) -> str: ...

    @abstractmethod
    def refunds_of(self, remote_id: str) -> int: ...

    @abstractmethod
    def quantity_of(self, product: BenchProduct) -> Decimal: ...

    @abstractmethod
    def price_of(self, product: BenchProduct) -> Decimal: ...

    @abstractmethod
    def special_of(self, product: BenchProduct) -> Decimal | None: ...

    @abstractmethod
    def start_promotion(self, product: BenchProduct, special: str) -> None:
        """The shop's staff put a product on sale, without end."""

    @abstractmethod
    def count_by_sku(self, sku: str) -> int:
        """How many products and variants bear it, the shop's trash included."""

    @abstractmethod
    def switch_webhooks_off(self) -> None:
        """As the shop itself does after failures. `cannot["switch_webhooks_off"]`."""

    # -- faults and counters ------------------------------------------------
    @abstractmethod
    def fail(self, kind: str, **params: Any) -> None:
        """From now on, until `heal()`. kind: rate_limit (retry_after, skip) | server_error | maintenance_page | html |
        broken_json | silence_before | silence_after (writes_only) | refuse_rows (skus) |
        refuse_batches_with (sku, remote_id) | drop_field (field) | firewall."""

    @abstractmethod
    def heal(self) -> None:
        """Take all faults away."""

    @property
    @abstractmethod
    def calls(self) -> int: ...

    @property
    @abstractmethod
    def writes(self) -> int: ...

    # -- webhooks -----------------------------------------------------------
    order_topic: ClassVar[str]

    @abstractmethod
    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery:
        """A delivery as the shop signs it. secret: another than the site's."""

    def order_body(self, remote_id: str, **more: Any) -> bytes:
        """The body of a delivery about an order."""
        return json.dumps({"id": int(remote_id), **more}, ensure_ascii=False).encode()

    def unsigned(self, delivery: WebhookDelivery) -> WebhookDelivery:
        bare = {
            name: value
            for name, value in delivery.headers.items()
            if "signature" not in name and "hmac" not in name
        }
        return WebhookDelivery(bare, delivery.body, delivery.query)


def need(bench: Bench, *features: str) -> None:
    """Skip the case where the platform says that it cannot show this."""
    for feature in features:
        if feature in bench.cannot:
            pytest.skip(f"{feature}: {bench.cannot[feature]}")


def need_capability(adapter: PlatformAdapter, *names: str) -> None:
    """Skip the case where the platform declares that it cannot do this; that it then refuses is a case of its own."""
    for name in names:
        if not getattr(adapter.capabilities, name):
            pytest.skip(f"{adapter.label_en} declares no '{name}'")


def quantities(products: Sequence[BenchProduct], figure: int) -> list[QuantityUpdate]:
    return [
        QuantityUpdate(
            f"key-{p.sku}",
            p.remote_id,
            Decimal(figure),
            sku=p.sku,
            parent_remote_id=p.parent_remote_id,
            inventory_id=p.inventory_id,
        )
        for p in products
    ]


def prices(products: Sequence[BenchProduct], price: str, currency: str) -> list[PriceUpdate]:
    return [
        PriceUpdate(
            f"key-{p.sku}",
            p.remote_id,
            Decimal(price),
            currency,
            sku=p.sku,
            parent_remote_id=p.parent_remote_id,
        )
        for p in products
    ]
