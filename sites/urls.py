"""Addresses under /connect/, to which platforms send staff back after granting access.

WooCommerce gives out its keys in its own admin, so no platform of this release needs one.
"""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
