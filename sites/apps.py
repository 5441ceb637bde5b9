"""Registration of the app. The label avoids a clash with `django.contrib.sites`."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ecomsync.common.stored_text import register_reader


class SitesConfig(AppConfig):
    """Connects the announcements of mapping changes, the audit trail, system checks, the roles, and the words for credentials."""

    name = "sites"
    label = "ecomsites"
    verbose_name = _("Sites")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sites import audit, checks, labels, receivers

        checks.register()
        audit.register()
        receivers.connect(self)
        register_reader(labels.credential_text)
