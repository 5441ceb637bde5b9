"""Events of shops, what came to the porch, and who may fetch events from a gateway."""

from webhooks.models.events import WAITING_STATES, EventState, WebhookCounter, WebhookEvent
from webhooks.models.gateway import GatewayClient, GatewaySite

__all__ = ["WAITING_STATES", "EventState", "GatewayClient", "GatewaySite", "WebhookCounter", "WebhookEvent"]
