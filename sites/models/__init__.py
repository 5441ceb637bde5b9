"""Tables of the app; everything is exported here."""

from sites.models.lines import (
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    GraphQLLine,
    PaymentMethodLine,
    ShippingItemLine,
    UpdateItemCriterion,
    UpdateOrderStatusLine,
    UpdateQtyCriterion,
    WarehouseLine,
)
from sites.models.site import Site
from sites.models.state import RateBucket, SyncCursor

__all__ = [
    "CopyToEcommerceItemLine",
    "DocumentGenerationLine",
    "EventActionLine",
    "GraphQLLine",
    "PaymentMethodLine",
    "RateBucket",
    "ShippingItemLine",
    "Site",
    "SyncCursor",
    "UpdateItemCriterion",
    "UpdateOrderStatusLine",
    "UpdateQtyCriterion",
    "WarehouseLine",
]
