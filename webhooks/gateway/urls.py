"""Addresses of the gateway role."""

from __future__ import annotations

from django.urls import path

from webhooks.gateway.views import AcknowledgeView, EventsView, SitesView, TokenView

urlpatterns = [
    path("token", TokenView.as_view(), name="gateway-token"),
    path("sites", SitesView.as_view(), name="gateway-sites"),
    path("events", EventsView.as_view(), name="gateway-events"),
    path("events/acknowledge", AcknowledgeView.as_view(), name="gateway-acknowledge"),
]
