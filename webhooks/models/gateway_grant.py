"""What an event of the app grants, kept sealed on a gateway until the inner installation has it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.fields import EncryptedTextField


class GatewayGrant(models.Model):
    """A token that a shop gave, or took away, by an event. Goes as soon as the event is acknowledged."""

    event = models.OneToOneField(
        "webhooks.WebhookEvent",
        on_delete=models.CASCADE,
        related_name="gateway_grant",
        verbose_name=_("webhook event"),
    )
    sealed = EncryptedTextField(editable=False)

    class Meta:
        verbose_name = _("grant of an app event")
        verbose_name_plural = _("grants of app events")

    def __str__(self) -> str:
        return f"{self.event_id}"
