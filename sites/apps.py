"""Registration of the app. The label avoids a clash with `django.contrib.sites`."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    """Connects the announcements of mapping changes, the audit trail, system checks and the roles."""

    name = "sites"
    label = "ecomsites"
    verbose_name = _("Sites")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sites import audit, checks, receivers

        checks.register()
        audit.register()
        receivers.connect(self)
