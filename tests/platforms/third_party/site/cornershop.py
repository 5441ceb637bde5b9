"""The smallest adapter that is of use: it tests the connection and publishes stock."""

from __future__ import annotations

from collections.abc import Sequence

from platforms.base import Capabilities, CredentialField, PlatformAdapter
from platforms.types import CheckReport, CheckStep, Outcome, PushResult, QuantityUpdate, ShopInfo


class CornerShopAdapter(PlatformAdapter):
    name = "cornershop"
    label_en = "Corner shop"
    label_ar = "متجر الزاوية"
    capabilities = Capabilities(push_quantities=True, quantity_batch=50, tested_versions="1")
    credential_fields = (CredentialField("access_token", "Key", "المفتاح", secret=True),)

    def check(self) -> CheckReport:
        return CheckReport((CheckStep("reach", "ok", f"The shop answers at {self.connection.url}."),))

    def shop_info(self) -> ShopInfo:
        return ShopInfo(name="Corner shop", version="1", currency=self.connection.currency, time_zone="UTC")

    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        return [PushResult(update.key, Outcome.OK, remote_id=update.remote_id) for update in updates]

    def close(self) -> None:
        """Nothing is open."""
