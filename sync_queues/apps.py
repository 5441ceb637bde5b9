"""Registration of the queues."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyncQueuesConfig(AppConfig):
    """Registers the remedies of the queue's own error codes."""

    name = "sync_queues"
    label = "sync_queues"
    verbose_name = _("Queues")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sync_queues import remedies

        remedies.register_all()
