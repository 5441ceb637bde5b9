"""Addresses. Webhooks are served by `webhooks.porch` before these are looked at."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import include, path, reverse


def home(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:index"))


urlpatterns = [
    path("", home),
    path("", include("ecomsync.monitor_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("activity.api")),
    path("connect/", include("sites.urls")),
    path("documents/", include("erp.urls")),
]

if settings.ROLE == "gateway":
    urlpatterns.append(path("gateway/", include("webhooks.gateway.urls")))
