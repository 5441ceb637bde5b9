"""Registration of the ERP app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ErpConfig(AppConfig):
    """Connects the receivers that turn row changes into announcements."""

    name = "erp"
    label = "erp"
    verbose_name = _("ERP")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can only be imported once the apps are loaded.
        from erp import receivers, remedies

        receivers.connect()
        remedies.register_all()
