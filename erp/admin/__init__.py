"""Pages of the ERP."""

from __future__ import annotations

from erp.admin import (
    accounting,
    billing,
    deliveries,
    items,
    legal_entity,
    masters,
    parties,
    prices,
    receipts,
    returns,
    sales,
    stock,
)

__all__ = [
    "accounting",
    "billing",
    "deliveries",
    "items",
    "legal_entity",
    "masters",
    "parties",
    "prices",
    "receipts",
    "returns",
    "sales",
    "stock",
]
