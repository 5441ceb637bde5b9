"""Registration of the pricing app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PricingConfig(AppConfig):
    """Listens to the ERP: price changes become requests for the shops."""

    name = "pricing"
    label = "pricing"
    verbose_name = _("Pricing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from pricing import receivers, remedies

        receivers.connect()
        remedies.register_all()
