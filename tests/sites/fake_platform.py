"""A third-party platform as an outside package would bring it: declared by an entry point, no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from ecomsync.common.errors import EcomsyncError
from platforms.base import Capabilities, CredentialField, OptionField, PlatformAdapter
from platforms.types import CheckReport, CheckStep, ShopInfo, Token


class FakeShopAdapter(PlatformAdapter):
    """Can do nearly everything. Tests steer it by the class attributes."""

    name = "fakeshop"
    label_en = "Fake Shop"
    label_ar = "متجر تجريبي"
    capabilities = Capabilities(
        read_orders=True,
        read_returns=True,
        push_quantities=True,
        push_prices=True,
        special_prices=True,
        push_products=True,
        push_categories=True,
        push_status=True,
        push_invoices="link",
        webhooks=True,
        webhook_registration=True,
        webhook_health=True,
        locations=True,
        request_token=True,
        max_parallel_calls=2,
        order_statuses=(("processing", "Processing"), ("completed", "Completed")),
        fields_of_product=(("meta.color", "Color"),),
    )
    credential_fields = (
        CredentialField("username", "Public key", "المفتاح العام", help_en="Begins with pk_."),
        CredentialField("password", "Private key", "المفتاح السري", secret=True),
        CredentialField("fake_store_id", "Store number", "رقم المتجر", required=False),
        CredentialField("fake_manager_token", "Manager token", "رمز المدير", secret=True, required=False),
    )
    option_fields = (
        OptionField("mode", "Mode", "الوضع", kind="choice", default="auto", choices=("auto", "strict")),
        OptionField("days", "Days", "الأيام", kind="int", default=7),
        OptionField("loud", "Loud", "مرتفع", kind="bool", default=False),
    )

    fault: ClassVar[EcomsyncError | None] = None
    on_check: ClassVar[Callable[[PlatformAdapter], None] | None] = None
    steps: ClassVar[tuple[CheckStep, ...]] = (CheckStep("reach", "ok", "The shop answers."),)
    closed: ClassVar[int] = 0

    def close(self) -> None:
        type(self).closed += 1

    def check(self) -> CheckReport:
        if self.fault is not None:
            raise self.fault
        return CheckReport(self.steps)

    def shop_info(self) -> ShopInfo:
        return ShopInfo(
            name="Fake",
            version="9.1",
            currency="SAR",
            time_zone="Asia/Riyadh",
            prices_include_tax=True,
            payment_methods=(("cod", "Cash on delivery"), ("card", "Card")),
            shipping_methods=(("flat", "Flat rate"),),
            statuses=(("processing", "Processing"), ("on-hold", "On hold")),
        )

    def request_token(self, *, code: str = "") -> Token:
        if self.fault is not None:
            raise self.fault
        expires = datetime.now(UTC) + timedelta(hours=1)
        return Token(f"token-for-{code}", "refresh-1", expires, ("orders",), {"fake_manager_token": "m-1"})

    def refresh_token(self) -> Token:
        if self.fault is not None:
            raise self.fault
        return Token("token-2", "refresh-2", datetime.now(UTC) + timedelta(hours=1))


class TinyShopAdapter(PlatformAdapter):
    """Takes quantities and nothing else."""

    name = "tinyshop"
    label_en = "Tiny Shop"
    label_ar = "متجر صغير"
    capabilities = Capabilities(push_quantities=True, calls_per_second=5.0, max_parallel_calls=1)
    credential_fields = (CredentialField("access_token", "Token", "الرمز", secret=True),)

    def close(self) -> None:
        return None

    def check(self) -> CheckReport:
        return CheckReport((CheckStep("auth", "fail", "The token is refused.", "Enter a valid token."),))

    def shop_info(self) -> ShopInfo:
        return ShopInfo()


NOT_AN_ADAPTER: Any = object()
