"""Registration of the catalogue app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Listens to the ERP: stock and item changes become requests for the shops."""

    name = "catalog"
    label = "catalog"
    verbose_name = _("Catalogue")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from catalog import audit, receivers, remedies

        audit.register()
        receivers.connect()
        remedies.register_all()
