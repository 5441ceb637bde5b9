"""Django's view of the wiring package and of the admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from ecomsync import checks


class EcomsyncConfig(AppConfig):
    name = "ecomsync"
    label = "ecomsync"
    verbose_name = _("ecomsync")

    def ready(self) -> None:
        checks.register()


class EcomsyncAdminConfig(AdminConfig):
    default_site = "ecomsync.admin_site.EcomsyncAdminSite"
