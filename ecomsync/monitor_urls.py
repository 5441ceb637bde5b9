"""Addresses for monitors. They stand alone, so that to say "I live" a process need not load its pages."""

from __future__ import annotations

from django.urls import path

from ecomsync.health import healthz, part_health, readyz
from ecomsync.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("healthz/<str:part>", part_health, name="part-health"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
