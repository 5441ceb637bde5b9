"""Events of shops, what came to the porch, and who may fetch events from a gateway."""

from webhooks.models.events import WAITING_STATES, EventState, WebhookCounter, WebhookEvent
from webhooks.models.gateway import GatewayClient, GatewaySite
from webhooks.models.gateway_grant import GatewayGrant
from webhooks.models.rhythm import SiteRhythm

__all__ = [
    "WAITING_STATES",
    "EventState",
    "GatewayClient",
    "GatewayGrant",
    "GatewaySite",
    "SiteRhythm",
    "WebhookCounter",
    "WebhookEvent",
]
