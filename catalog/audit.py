"""The audit trail of product and category settings; columns that the queues write are no settings."""

from __future__ import annotations

from auditlog.registry import auditlog

from catalog.models import (
    CategoryConfig,
    CategoryConfigLine,
    CategoryLine,
    CustomAttributeLine,
    GalleryLine,
    ProductAttributeLine,
    ProductConfig,
)

AUTHORED = ("created_at", "updated_at", "created_by", "updated_by")
PRODUCT_STATE = (
    "last_request_sent",
    "request_status",
    "request_message",
    "remote_id",
    "remote_parent_id",
    "content_hash",
)


def register() -> None:
    """Called once when the app starts."""
    auditlog.register(ProductConfig, exclude_fields=[*AUTHORED, *PRODUCT_STATE])
    auditlog.register(CategoryConfig, exclude_fields=[*AUTHORED, "last_sent_at", "content_hash"])
    for model in (CategoryLine, CustomAttributeLine, ProductAttributeLine, CategoryConfigLine):
        auditlog.register(model)
    auditlog.register(GalleryLine, exclude_fields=["content_hash", "remote_id"])
