"""The audit trail of settings. Secrets are left out altogether: a masked half still tells half."""

from __future__ import annotations

from auditlog.registry import auditlog

from ecomsync.common.fields import EncryptedTextField
from sites.models import (
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    GraphQLLine,
    PaymentMethodLine,
    PriceListLine,
    ShippingItemLine,
    Site,
    UpdateItemCriterion,
    UpdateOrderStatusLine,
    UpdateQtyCriterion,
    WarehouseLine,
    WebhookGateway,
)

LINE_MODELS = (
    PaymentMethodLine,
    ShippingItemLine,
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    WarehouseLine,
    PriceListLine,
    GraphQLLine,
    UpdateItemCriterion,
    UpdateQtyCriterion,
    UpdateOrderStatusLine,
)
# Columns that the system writes by itself; they are no settings.
STATE_COLUMNS = (
    "created_at",
    "updated_at",
    "created_by",
    "updated_by",
    "shop_info",
    "shop_info_at",
    "last_check",
    "last_check_at",
    "last_check_ok",
    "last_webhook_read_at",
    "token_expires_at",
)


def secret_columns() -> list[str]:
    """Encrypted columns of Site."""
    return [field.name for field in Site._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def register() -> None:
    auditlog.register(Site, exclude_fields=[*STATE_COLUMNS, *secret_columns()])
    auditlog.register(
        WebhookGateway,
        exclude_fields=[
            *("created_at", "updated_at", "created_by", "updated_by", "client_secret", "last_pulled_at"),
            *("last_error", "failures", "sites_hash", "claimed_until"),
        ],
    )
    for model in LINE_MODELS:
        auditlog.register(model)
