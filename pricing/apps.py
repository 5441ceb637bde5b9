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
        from auditlog.registry import auditlog

        from pricing import receivers, remedies
        from pricing.models import PriceUpdaterDoc

        auditlog.register(
            PriceUpdaterDoc, exclude_fields=["created_at", "updated_at", "created_by", "updated_by"]
        )
        receivers.connect()
        remedies.register_all()
