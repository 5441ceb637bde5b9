"""Tables of the app; everything is exported here."""

from sites.models.catalogue_lines import (
    CopyToEcommerceItemLine,
    GraphQLLine,
    PriceListLine,
    UpdateItemCriterion,
    UpdateQtyCriterion,
    WarehouseLine,
)
from sites.models.gateway import WebhookGateway
from sites.models.lines import (
    DocumentGenerationLine,
    EventActionLine,
    PaymentMethodLine,
    ShippingItemLine,
    UpdateOrderStatusLine,
)
from sites.models.site import Site
from sites.models.state import ConnectRequest, RateBucket, ReadingWindow, SyncCursor

__all__ = [
    "ConnectRequest",
    "CopyToEcommerceItemLine",
    "DocumentGenerationLine",
    "EventActionLine",
    "GraphQLLine",
    "PaymentMethodLine",
    "PriceListLine",
    "RateBucket",
    "ReadingWindow",
    "ShippingItemLine",
    "Site",
    "SyncCursor",
    "UpdateItemCriterion",
    "UpdateOrderStatusLine",
    "UpdateQtyCriterion",
    "WarehouseLine",
    "WebhookGateway",
]
