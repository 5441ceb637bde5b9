"""The addresses of an installation in the gateway role."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("gateway/", include("webhooks.gateway.urls"))]
