"""Django's view of the wiring package and of the admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.translation import gettext_lazy as _

from ecomsync import checks


class EcomsyncConfig(AppConfig):
    name = "ecomsync"
    label = "ecomsync"
    verbose_name = _("ecomsync")

    def ready(self) -> None:
        checks.register()


class EcomsyncAdminConfig(SimpleAdminConfig):
    """The admin modules are loaded when a page is asked for (`EcomsyncAdminSite`): workers, beat and the porch never
    need them."""

    default_site = "ecomsync.admin_site.EcomsyncAdminSite"
