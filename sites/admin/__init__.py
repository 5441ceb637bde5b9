"""Pages of the app."""

from sites.admin.differences import DifferenceAdmin
from sites.admin.gateways import WebhookGatewayAdmin
from sites.admin.site import SiteAdmin
from sites.admin.state import SyncCursorAdmin

__all__ = ["DifferenceAdmin", "SiteAdmin", "SyncCursorAdmin", "WebhookGatewayAdmin"]
