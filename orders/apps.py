"""Registration of the orders app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ecomsync.common.stored_text import register_reader


class OrdersConfig(AppConfig):
    """Teaches the remedies of held orders and listens to the ERP and the mappings."""

    name = "orders"
    label = "orders"
    verbose_name = _("Orders")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from orders import cures, labels, reasons, receivers

        reasons.register_remedies()
        register_reader(labels.story_text)
        receivers.connect()
        cures.connect()
