"""Public addresses of the ERP."""

from __future__ import annotations

from django.urls import path

from erp.views import document

urlpatterns = [path("<str:token>/", document, name="document")]
