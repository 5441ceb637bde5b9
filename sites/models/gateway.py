"""A public host of ours that takes webhooks for an installation behind a firewall."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.fields import EncryptedTextField
from ecomsync.common.models import MasterFile
from sites.addresses import normalise_url


class WebhookGateway(MasterFile):
    """Where events are fetched from, and how we sign in there (OAuth 2 client credentials)."""

    url = models.CharField(
        _("gateway URL"),
        max_length=500,
        help_text=_("Public address of an ecomsync in the gateway role, such as https://hooks.example.com."),
    )
    client_id = models.CharField(
        _("gateway client ID"),
        max_length=64,
        help_text=_("As printed by 'manage.py make_gateway_client' on the gateway."),
    )
    client_secret = EncryptedTextField(_("gateway client secret"), blank=True, default="")
    last_pulled_at = models.DateTimeField(_("last fetched at"), null=True, blank=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    sites_hash = models.CharField(max_length=64, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("webhook gateway")
        verbose_name_plural = _("webhook gateways")
        ordering = ("code",)

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        try:
            self.url = normalise_url(self.url) if self.url else self.url
        except ValidationError as error:
            errors["url"] = error
        if errors:
            raise ValidationError(errors)
