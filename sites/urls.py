"""Addresses under /connect/: platforms hand over credentials here, and send staff back."""

from __future__ import annotations

from django.urls import path

from sites import views

app_name = "sites"
urlpatterns = [
    path("<int:pk>/start/", views.connect_start, name="connect_start"),
    path("<int:pk>/return/", views.connect_return, name="connect_return"),
    path("<slug:platform>/callback/", views.connect_callback, name="connect_callback"),
]
