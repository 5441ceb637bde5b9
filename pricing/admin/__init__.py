"""Price update documents."""

from pricing.admin.documents import PriceUpdaterDocAdmin

__all__ = ["PriceUpdaterDocAdmin"]
